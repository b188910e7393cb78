"""Who asks, and whether they may: the one door that every request passes. What no row of the table allows is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import LOCAL, Access, Action, Caller
from api.openid import OpenId
from api.problems import of_error, problem
from api.quota import Quota
from api.tokens import StaticTokens
from api.trail import Trail
from masterdeal.errors import DealError, Forbidden, Unauthenticated

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]", "testserver"})
LONGEST_TOKEN: Final = 16 * 1024
# Events have a log of their own, and what only reads is not kept.
NOT_KEPT: Final = frozenset({"events.publish", "webhooks.receive"})
# What may ask a language model.
WITH_MODEL: Final = frozenset({"assist.use", "chat.use"})
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Identity:
    """How callers are known here. With neither tokens nor a provider there is one caller: whoever sits at this machine."""

    access: Access
    tokens: StaticTokens | None = None
    provider: OpenId | None = None

    @property
    def configured(self) -> bool:
        """Whether callers have to say who they are."""
        return self.tokens is not None or self.provider is not None

    async def caller(self, token: str | None) -> Caller:
        """Whose bearer token this is. Unauthenticated where it is nobody's."""
        if not self.configured:
            return LOCAL
        if token is None:
            raise Unauthenticated()
        if len(token) <= LONGEST_TOKEN:
            found = self.tokens.caller(token) if self.tokens is not None else None
            if found is not None:
                return found
            if self.provider is not None:
                if self.provider.at_hand(token):
                    return self.provider.caller(token)
                return await run_in_threadpool(self.provider.caller, token)
        raise Unauthenticated("the token is not known here", presented=True)


def bearer(scope: Scope) -> str | None:
    """The bearer token of a request; None without one."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            return token.strip() or None if kind.lower() == "bearer" else None
    return None


class Door:
    """Lets a request in with its caller, or answers 401 or 403. Everything behind it, mounted applications too, finds
    the caller in the request's state."""

    def __init__(self, app: ASGIApp, identity: Identity, trail: Trail, quota: Quota) -> None:
        self.app = app
        self.quota = quota
        self.identity = identity
        self.trail = trail

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return  # no other protocol is spoken here
        if not self.identity.configured and (host := _foreign_host(scope)) is not None:
            answer = problem("host-not-allowed", f"Host {host!r} is not a loopback name")
            await answer(scope, receive, send)
            return
        action = self.identity.access.action(scope["method"], scope["path"])
        if action is not None and action.public:
            await self.app(scope, receive, send)
            return
        caller: Caller | None = None
        try:
            caller = await self.identity.caller(bearer(scope))
            admit(caller, action)
            await self.quota.take(caller, model=action is not None and action.name in WITH_MODEL)
        except DealError as error:
            self.trail.refuse(caller or "", why=error.kind, **_request(scope))
            await of_error(error)(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["caller"] = caller
        if scope["method"] in READING or (action is not None and action.name in NOT_KEPT):
            await self.app(scope, receive, send)
            return
        facts: dict[str, Any] = {}
        state["audited"] = facts
        status = 0

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, heard)
        finally:
            what = action.name if action is not None else "unlisted"
            self.trail.note(caller, what, status=status, **_request(scope), **facts)


def _request(scope: Scope) -> dict[str, str | None]:
    client = scope.get("client")
    return {"method": scope["method"], "path": scope["path"][:500], "from": client[0] if client else None}


def audited(request: Request, **facts: Any) -> None:
    """Add what an endpoint knows (what was asked, masked; which tools ran) to the request's entry in the audit trail."""
    facts_of(request).update(facts)


def facts_of(request: Request) -> dict[str, Any]:
    """The facts of the request's entry, to be added to while the answer is made."""
    found: dict[str, Any] = getattr(request.state, "audited", {})
    return found


def admit(caller: Caller, action: Action | None) -> None:
    """Forbidden where none of the caller's roles may do this; what no row names only `admin` may."""
    if action is None:
        if "admin" not in caller.roles:
            raise Forbidden("no row of the access table allows this")
    elif not action.open_to(caller):
        raise Forbidden(
            f"{action.name}: {action.about}. Roles that may: {', '.join(sorted(action.roles | {'admin'}))}",
            action=action.name,
        )


def _foreign_host(scope: Scope) -> str | None:
    """The host a request names, where it is not this machine: a page elsewhere must not reach a local administrator
    through a name that it makes point here."""
    host = next((value for name, value in scope["headers"] if name == b"host"), b"localhost").decode(
        "latin-1"
    )
    name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    return None if name in LOOPBACK else host


def caller_of(request: Request) -> Caller:
    """Who asks. Unauthenticated on a public route, where nobody was asked."""
    caller = getattr(request.state, "caller", None)
    if not isinstance(caller, Caller):
        raise Unauthenticated()
    return caller


CallerHere = Annotated[Caller, Depends(caller_of)]
