"""Tokens of an identity provider: JWTs (RFC 9068, OpenID Connect) checked against the keys it publishes."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import jwt

from api.access import Access, Caller
from masterdeal.errors import DealError, IdentityProviderFailed, Misconfigured, Unauthenticated
from masterdeal.instant import SECOND

log = logging.getLogger(__name__)

# Signatures by a key pair only: with a shared secret, whoever checks a token could also make one.
ALGORITHMS: Final = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
LEEWAY: Final = 60 * SECOND
FRESH: Final = 10 * 60 * SECOND
# Between two looks at the provider, however many unknown keys are named meanwhile.
PAUSE: Final = 5 * SECOND
# How long keys are trusted while the provider does not answer.
STALE: Final = 24 * 3600 * SECOND
# Tokens whose signature need not be computed again.
MOST_CHECKED: Final = 2000
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class Key:
    """One public key of the provider."""

    public: Any
    algorithm: str | None


class ProviderKeys:
    """The provider's public keys: discovered, cached, fetched anew when a token names one that is not known."""

    def __init__(self, issuer: str, fetch: Callable[[str], bytes], clock: Callable[[], int]) -> None:
        _check_url(issuer, "OIDC_ISSUER")
        self._issuer = issuer
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: dict[str | None, Key] = {}
        self._fetched: int | None = None
        self._tried: int | None = None

    def at_hand(self, kid: str | None) -> bool:
        """Whether `key` answers without asking the provider."""
        now = self._clock()
        fresh = self._fetched is not None and now - self._fetched < FRESH
        return (fresh and kid in self._keys) or (self._tried is not None and now - self._tried < PAUSE)

    def key(self, kid: str | None) -> Key | None:
        """The key of this name; None where the provider has none. IdentityProviderFailed where its keys are not known."""
        if not self.at_hand(kid):
            with self._lock:
                if not self.at_hand(kid):
                    self._refresh()
        if self._fetched is None or self._clock() - self._fetched > STALE:
            raise IdentityProviderFailed()
        return self._keys.get(kid)

    def _refresh(self) -> None:
        self._tried = self._clock()
        try:
            about = self._document(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
            if about.get("issuer") != self._issuer:
                raise IdentityProviderFailed(
                    f"the identity provider calls itself {about.get('issuer')!r}, OIDC_ISSUER says {self._issuer!r}"
                )
            address = str(about.get("jwks_uri"))
            _check_url(address, "jwks_uri")
            self._keys = _keys(self._document(address))
            self._fetched = self._tried
        except DealError as error:
            log.warning("the keys of the identity provider cannot be had: %s", error.message)

    def _document(self, url: str) -> dict[str, Any]:
        try:
            found = json.loads(self._fetch(url))
        except (ValueError, RecursionError) as error:
            raise IdentityProviderFailed(f"{url} is not JSON") from error
        if not isinstance(found, dict):
            raise IdentityProviderFailed(f"{url} is no JSON object")
        return found


def _check_url(url: str, name: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise Misconfigured(f"{name} {url!r}: an https address is wanted")


def _keys(document: dict[str, Any]) -> dict[str | None, Key]:
    found: dict[str | None, Key] = {}
    rows = document.get("keys")
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict) or row.get("use", "sig") != "sig" or row.get("kty") == "oct":
            continue
        try:
            key = jwt.PyJWK.from_dict(row)
        except (jwt.PyJWTError, ValueError, TypeError):
            continue  # a key of a kind that is not used here
        found[row.get("kid")] = Key(key.key, row.get("alg"))
    if len(found) == 1:
        # Where there is one key only, tokens need not name it.
        found.setdefault(None, next(iter(found.values())))
    return found


@dataclass(frozen=True)
class _Checked:
    """A token whose signature by this key is right."""

    kid: str | None
    key: Key
    claims: dict[str, Any]
    caller: Caller


class OpenId:
    """Checks tokens of one issuer for one audience. `roles_claim` is a path of members: roles, realm_access.roles."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        roles_claim: str,
        access: Access,
        keys: ProviderKeys,
        clock: Callable[[], int],
    ) -> None:
        self._issuer = issuer
        self._audience = audience
        self._roles_claim = roles_claim.split(".")
        self._access = access
        self._keys = keys
        self._clock = clock
        self._checked: dict[str, _Checked] = {}

    def at_hand(self, token: str) -> bool:
        """Whether the token can be checked without asking the provider."""
        known = self._checked.get(token)
        if known is not None:
            return self._keys.at_hand(known.kid)
        header = _header(token)
        return header is None or self._keys.at_hand(header.get("kid"))

    def caller(self, token: str) -> Caller:
        """Whose token this is. Unauthenticated where it is not valid here and now."""
        known = self._checked.get(token)
        if known is not None and self._keys.key(known.kid) is known.key:
            # The signature was right, and the key has not changed since; the time has.
            self._in_time(known.claims)
            return known.caller
        header = _header(token)
        if header is None or header.get("alg") not in ALGORITHMS:
            raise _refused("not a token that is signed as it must be")
        algorithm: str = header["alg"]
        key = self._keys.key(header.get("kid"))
        if key is None or (key.algorithm is not None and key.algorithm != algorithm):
            raise _refused("it is signed by an unknown key")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key.public,
                algorithms=[algorithm],
                audience=self._audience,
                issuer=self._issuer,
                # The times are compared below, with the clock of the service.
                options={
                    "require": ["exp", "iss", "aud", "sub"],
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise _refused(str(error)) from None
        self._in_time(claims)
        subject = claims["sub"]
        if not isinstance(subject, str) or not subject:
            raise _refused("it names no subject")
        name = next(
            (claims[c] for c in ("name", "preferred_username") if isinstance(claims.get(c), str)), None
        )
        caller = Caller(subject, self._access.known_roles(self._roles(claims)), name, _names(claims))
        while len(self._checked) >= MOST_CHECKED:
            self._checked.pop(next(iter(self._checked)), None)
        self._checked[token] = _Checked(header.get("kid"), key, claims, caller)
        return caller

    def _in_time(self, claims: dict[str, Any]) -> None:
        now = self._clock()
        times = {claim: claims[claim] for claim in ("exp", "nbf", "iat") if claim in claims}
        if any(isinstance(at, bool) or not isinstance(at, int | float) for at in times.values()):
            raise _refused("a time in it is no number")
        if now >= times["exp"] * SECOND + LEEWAY:
            raise _refused("it has expired")
        if any(times.get(claim, 0) * SECOND > now + LEEWAY for claim in ("nbf", "iat")):
            raise _refused("it is not valid yet")

    def _roles(self, claims: dict[str, Any]) -> Any:
        found: Any = claims
        for member in self._roles_claim:
            found = found.get(member) if isinstance(found, dict) else None
        return found.split() if isinstance(found, str) else found


def _names(claims: dict[str, Any]) -> frozenset[str]:
    """Under which managers' names deals may be the caller's."""
    listed = claims.get("managers")
    names = [claims.get("name"), claims.get("preferred_username"), claims.get("email")]
    names += listed if isinstance(listed, list) else []
    return frozenset(name for name in names if isinstance(name, str) and name)


def _header(token: str) -> dict[str, Any] | None:
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        return None
    return header if isinstance(header.get("kid"), str | None) else None


def _refused(why: str) -> Unauthenticated:
    return Unauthenticated(f"the token is not valid: {why}", presented=True)
