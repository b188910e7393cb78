"""Serving over HTTP: loopback only while there is no identity provider, and a clean end."""

from __future__ import annotations

import ipaddress
import logging
from types import FrameType
from typing import Final

import uvicorn

from api.app import build
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

    def __init__(self, config: uvicorn.Config, house: House) -> None:
        super().__init__(config)
        self._house = house

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._house.bus.close()
        super().handle_exit(sig, frame)


def serve(house: House, host: str, port: int) -> None:
    """Serve until told to stop. What was answered is durable, so even kill -9 loses none of it."""
    if not is_loopback(host):
        raise Misconfigured(
            f"no identity provider is configured, so the service answers on the loopback interface only, not on {host};"
            " set OIDC_ISSUER and OIDC_AUDIENCE to open it",
            host=host,
        )
    app = build(house)
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", access_log=False, timeout_graceful_shutdown=PATIENCE
    )
    _Server(config, house).run()
