"""Serving over HTTP: loopback only while there is no identity provider, and a clean end."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn

from api.app import build
from api.collecting import keep_what_is_built, seldom_collecting
from api.wiring import House
from masterdeal.errors import Misconfigured

log = logging.getLogger(__name__)

# How long open requests may take to end once the service was told to stop.
PATIENCE: Final = 10


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class _Server(uvicorn.Server):
    """Tells the open streams to end as soon as the signal comes, so that they do not hold the stop up."""

    def __init__(self, config: uvicorn.Config, house: House, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._house = house
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            keep_what_is_built()
            self._started()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._house.bus.close()
        super().handle_exit(sig, frame)


def listen(host: str, port: int, *, identified: bool = False) -> socket.socket:
    """A listening socket; port 0 takes a free one. Misconfigured where the address cannot be had, and for any but the
    loopback interface unless callers are `identified`."""
    if not identified and not is_loopback(host):
        raise Misconfigured(
            f"no identity provider is configured, so the service answers on the loopback interface only, not on {host};"
            " set OIDC_ISSUER and OIDC_AUDIENCE, or MASTERDEAL_TOKENS_FILE, to open it",
            host=host,
        )
    name = host.strip("[]")
    family = socket.AF_INET6 if ":" in name else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((name, port))
    except OSError as error:
        listening.close()
        raise Misconfigured(
            f"cannot listen on {host}:{port}: {error.strerror}", host=host, port=port
        ) from None
    return listening


def serve(house: House, listening: socket.socket, started: Callable[[], None]) -> None:
    """Serve until told to stop; `started` is called once requests are answered. What was answered is durable, so
    even kill -9 loses none of it."""
    config = uvicorn.Config(
        build(house), log_level="warning", access_log=False, timeout_graceful_shutdown=PATIENCE
    )
    # uvicorn raises the signal once more when it has stopped; by then there is nothing left to end but this block.
    before = {number: signal.signal(number, _heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with listening, seldom_collecting():
            _Server(config, house, started).run(sockets=[listening])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _heard(*_: object) -> None:
    """The signal has done its work already."""
