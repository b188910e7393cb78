"""Callers for the tests: an identity provider in memory, and a file of static tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from api.tokens import digest

ISSUER = "https://id.example"
AUDIENCE = "masterdeal"


class Provider:
    """Publishes keys, signs tokens. `asked` counts how often its documents were fetched."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {"first": rsa.generate_private_key(public_exponent=65537, key_size=2048)}
        self.asked = 0
        self.down = False
        self.issuer = ISSUER

    def rotate(self, kid: str) -> None:
        """Another key in place of all before."""
        self.keys = {kid: ec.generate_private_key(ec.SECP256R1())}

    def fetch(self, url: str) -> bytes:
        self.asked += 1
        if self.down:
            raise_failed(url)
        if url.endswith("openid-configuration"):
            return json.dumps({"issuer": self.issuer, "jwks_uri": f"{ISSUER}/keys"}).encode()
        return json.dumps({"keys": [public(kid, key) for kid, key in self.keys.items()]}).encode()

    def token(self, now: int, kid: str | None = None, **claims: Any) -> str:
        """A token that is good for an hour from `now` (microseconds), but for the claims given; None leaves one out."""
        kid = kid or next(iter(self.keys))
        key = self.keys[kid]
        seconds = now // 1_000_000
        said = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "u-1",
            "iat": seconds,
            "exp": seconds + 3600,
            "roles": ["sales"],
            **claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        algorithm = "RS256" if isinstance(key, rsa.RSAPrivateKey) else "ES256"
        return jwt.encode(said, key, algorithm, headers={"kid": kid})


def raise_failed(url: str) -> None:
    from masterdeal.errors import IdentityProviderFailed

    raise IdentityProviderFailed(f"{url}: ConnectError")


def public(kid: str, key: Any) -> dict[str, Any]:
    """A key as the provider publishes it."""
    rsa_key = isinstance(key, rsa.RSAPrivateKey)
    algorithm: Any = jwt.algorithms.RSAAlgorithm if rsa_key else jwt.algorithms.ECAlgorithm
    row: dict[str, Any] = algorithm.to_jwk(key.public_key(), as_dict=True)
    return {**row, "kid": kid, "use": "sig", "alg": "RS256" if rsa_key else "ES256"}


def tokens_file(path: Path, **subjects: Any) -> Path:
    """A file of tokens `md_SUBJECT`: roles as a list, or a whole row."""
    text = ""
    for subject, row in subjects.items():
        told = row if isinstance(row, dict) else {"roles": row}
        text += f'[[token]]\nsubject = "{subject}"\nsha256 = "{digest("md_" + subject)}"\n'
        text += "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in told.items())
    path.write_text(text, encoding="utf-8")
    return path


def bearer(subject: str) -> dict[str, str]:
    """The header that presents a subject's token."""
    return {"authorization": f"Bearer md_{subject}"}
