"""Who is let in, as whom, and how a token is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import respx
from click.testing import CliRunner
from identities import AUDIENCE, ISSUER, Provider, bearer, tokens_file
from starlette.testclient import TestClient

from api.access import LOCAL, Access, Caller
from api.app import build
from api.cli import main
from api.openid import PAUSE, STALE, OpenId, ProviderKeys
from api.serving import listen
from api.settings import Settings
from api.wiring import access_table, open_house
from masterdeal import instant
from masterdeal.errors import IdentityProviderFailed, Misconfigured, Unauthenticated
from masterdeal.instant import DAY, HOUR, MINUTE, SECOND

NOW = instant.parse("2026-11-22T12:00:00+03:00")
ACCESS = Access(access_table())


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def openid(provider: Provider, clock: Clock) -> OpenId:
    keys = ProviderKeys(ISSUER, provider.fetch, clock)
    return OpenId(ISSUER, AUDIENCE, "roles", ACCESS, keys, clock)


def test_a_token_names_its_caller(openid: OpenId, provider: Provider) -> None:
    token = provider.token(NOW, name="Анна Ким", roles=["sales", "superuser", "source:crm"], email="kim@x.ru")
    assert openid.caller(token) == Caller(
        "u-1", frozenset({"sales", "source:crm"}), "Анна Ким", frozenset({"Анна Ким", "kim@x.ru"})
    )


def test_roles_stand_where_the_installation_says(provider: Provider, clock: Clock) -> None:
    keys = ProviderKeys(ISSUER, provider.fetch, clock)
    nested = OpenId(ISSUER, AUDIENCE, "realm_access.roles", ACCESS, keys, clock)
    assert nested.caller(provider.token(NOW, realm_access={"roles": ["legal"]})).roles == {"legal"}
    assert nested.caller(provider.token(NOW)).roles == frozenset()
    assert nested.caller(provider.token(NOW, realm_access="legal")).roles == frozenset()


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": None},
        {"exp": None},
        {"sub": None},
        {"sub": ""},
        {"exp": NOW // SECOND - 61},
        {"exp": True},
        {"nbf": NOW // SECOND + 61},
        {"iat": NOW // SECOND + 61},
    ],
)
def test_a_token_that_is_not_for_here_and_now_is_refused(
    openid: OpenId, provider: Provider, claims: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        openid.caller(provider.token(NOW, **claims))


def test_clocks_may_differ_by_a_minute(openid: OpenId, provider: Provider) -> None:
    assert openid.caller(provider.token(NOW, exp=NOW // SECOND - 59))
    assert openid.caller(provider.token(NOW, nbf=NOW // SECOND + 59))


def encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_the_algorithm_is_not_the_tokens_choice(openid: OpenId, provider: Provider) -> None:
    good = provider.token(NOW)
    head, claims, signature = good.split(".")
    unsigned = f"{encoded({'alg': 'none', 'kid': 'first'})}.{claims}."
    # The public key as if it were a shared secret.
    secret = provider.keys["first"].public_key().public_bytes(*_pem())
    said = f"{encoded({'alg': 'HS256', 'kid': 'first'})}.{claims}"
    forged = (
        said
        + "."
        + base64.urlsafe_b64encode(hmac.new(secret, said.encode(), hashlib.sha256).digest())
        .rstrip(b"=")
        .decode()
    )
    other = f"{encoded({'alg': 'ES256', 'kid': 'first'})}.{claims}.{signature}"
    changed = f"{head}.{encoded({**jwt.decode(good, options={'verify_signature': False}), 'roles': ['admin']})}.{signature}"
    foreign = Provider().token(NOW)
    for token in (unsigned, forged, other, changed, foreign, good + "A", "", "a.b.c", "ё", good[:-3]):
        with pytest.raises(Unauthenticated):
            openid.caller(token)


def _pem() -> tuple[Any, Any]:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return Encoding.PEM, PublicFormat.SubjectPublicKeyInfo


def test_keys_are_fetched_once_and_again_when_they_change(
    openid: OpenId, provider: Provider, clock: Clock
) -> None:
    for _ in range(20):
        openid.caller(provider.token(clock.now))
    assert provider.asked == 2, "the configuration and the keys"
    old = provider.token(clock.now)
    provider.rotate("second")
    clock.now += PAUSE
    assert openid.caller(provider.token(clock.now))
    assert provider.asked == 4
    with pytest.raises(Unauthenticated):
        openid.caller(old)


def test_unknown_keys_do_not_make_the_service_hammer_the_provider(
    openid: OpenId, provider: Provider, clock: Clock
) -> None:
    openid.caller(provider.token(clock.now))
    strangers = Provider()
    clock.now += PAUSE
    for number in range(50):
        strangers.rotate(f"k{number}")
        with pytest.raises(Unauthenticated):
            openid.caller(strangers.token(clock.now))
    assert provider.asked == 4


def test_a_silent_provider_locks_nobody_out_for_a_day(
    openid: OpenId, provider: Provider, clock: Clock
) -> None:
    openid.caller(provider.token(clock.now))
    provider.down = True
    clock.now += 20 * HOUR
    assert openid.caller(provider.token(clock.now))
    clock.now = NOW + STALE + MINUTE
    with pytest.raises(IdentityProviderFailed):
        openid.caller(provider.token(clock.now))
    provider.down = False
    clock.now += PAUSE
    assert openid.caller(provider.token(clock.now))


def test_a_provider_that_calls_itself_otherwise_is_not_believed(openid: OpenId, provider: Provider) -> None:
    provider.issuer = "https://other.example"
    with pytest.raises(IdentityProviderFailed):
        openid.caller(provider.token(NOW))


@pytest.mark.parametrize("url", ["http://id.example", "ftp://id.example", "id.example"])
def test_keys_are_not_fetched_over_an_open_line(url: str, provider: Provider, clock: Clock) -> None:
    with pytest.raises(Misconfigured):
        ProviderKeys(url, provider.fetch, clock)


# Static tokens, over HTTP


@pytest.fixture
def http(tmp_path: Path, clock: Clock) -> Iterator[TestClient]:
    file = tokens_file(
        tmp_path / "tokens.toml",
        kim=["sales"],
        boss=["admin"],
        counter=["analyst"],
        crm=["source:crm"],
        law=["source:legal"],
        late={"roles": ["sales"], "expires": "2026-11-22"},
        nobody={"roles": ["source:crm"], "name": "Никто"},
    )
    file.write_text(file.read_text().replace('"2026-11-22"', "2026-11-22"))
    with (
        open_house(Settings(data=tmp_path, tokens_file=file), clock=clock) as house,
        TestClient(build(house), raise_server_exceptions=False) as client,
    ):
        yield client


def test_without_a_token_nothing_is_answered(http: TestClient) -> None:
    answer = http.get("/v1/deals")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="masterdeal"'
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:masterdeal:problem:unauthenticated"
    wrong = http.get("/v1/deals", headers={"authorization": "Bearer md_guess"})
    assert wrong.status_code == 401
    assert 'error="invalid_token"' in wrong.headers["www-authenticate"]
    assert "guess" not in wrong.text
    assert http.get("/v1/deals", headers={"authorization": "Basic a2ltOmtpbQ=="}).status_code == 401
    assert http.get("/v1/deals", headers=bearer("late")).status_code == 401
    assert http.get("/v1/no/such/thing").status_code == 401


def test_any_host_may_be_named_where_callers_are_known(http: TestClient) -> None:
    assert http.get("/v1/deals", headers={**bearer("kim"), "host": "deals.example"}).status_code == 200


def test_roles_decide(http: TestClient) -> None:
    assert http.get("/v1/deals", headers=bearer("kim")).status_code == 200
    refused = http.get("/metrics", headers=bearer("kim"))
    assert refused.status_code == 403
    assert refused.json()["action"] == "service.operate"
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert http.get("/metrics", headers=bearer("boss")).status_code == 200
    assert http.get("/v1/deals", headers=bearer("crm")).status_code == 403
    assert http.get("/v1/no/such/thing", headers=bearer("kim")).status_code == 403
    assert http.get("/v1/no/such/thing", headers=bearer("boss")).status_code == 404
    me = http.get("/v1/me", headers=bearer("counter")).json()
    assert (me["subject"], me["roles"], me["deals"]) == ("counter", ["analyst"], "all")
    assert "offers.approve" not in me["actions"]


def event(id_: str, type_: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "somewhere",
        "type": type_,
        "time": "2026-11-20T10:00:00+03:00",
        "subject": "D-1",
        "data": {"stage": "x"} if type_.endswith("stage.changed") else {},
    }


def test_a_source_publishes_its_own_types_only(http: TestClient) -> None:
    def send(subject: str, *types: str) -> Any:
        batch = [event(f"{subject}-{number}-{type_}", type_) for number, type_ in enumerate(types)]
        return http.post(
            "/v1/events",
            content=json.dumps(batch),
            headers={"content-type": "application/cloudevents-batch+json", **bearer(subject)},
        )

    said = send(
        "crm", "crm.deal.created", "docflow.contract.signed", "lead.created", "dcm.stage.changed", "crm.x"
    )
    assert [row["outcome"] for row in said.json()["results"]] == [
        "accepted",
        "rejected",
        "accepted",
        "rejected",
        "accepted",
    ]
    assert said.json()["results"][1]["reason"] == "not_its_own_type"
    assert send("law", "legal.contract.signed").json()["results"][0]["outcome"] == "accepted"
    one = http.post(
        "/v1/events",
        content=json.dumps(event("alone", "dcm.invoice.issued")),
        headers={"content-type": "application/cloudevents+json", **bearer("crm")},
    )
    assert one.status_code == 403
    assert send("kim", "crm.deal.created").status_code == 403
    assert send("boss", "dcm.invoice.issued").json()["results"][0]["outcome"] == "accepted"
    card = http.get("/v1/deals/D-1", headers=bearer("kim")).json()
    assert card["gates"]["G4"]["status"] is True, "legal's signature"
    assert len(http.get("/v1/deals/D-1/timeline", headers=bearer("boss")).json()["items"]) >= 5


def test_a_row_taken_out_ends_its_token(http: TestClient, tmp_path: Path) -> None:
    assert http.get("/v1/deals", headers=bearer("kim")).status_code == 200
    file = tmp_path / "tokens.toml"
    file.write_text("[[token")
    assert http.get("/v1/deals", headers=bearer("kim")).status_code == 200, "a broken file changes nothing"
    tokens_file(file, lee=["legal"])
    assert http.get("/v1/deals", headers=bearer("kim")).status_code == 401
    assert http.get("/v1/deals", headers=bearer("lee")).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        '[[token]]\nsubject = "a"\nroles = ["king"]\nsha256 = "' + "0" * 64 + '"',
        '[[token]]\nsubject = "a"\nroles = ["sales"]\nsha256 = "md_secret"',
        '[[token]]\nsubject = "a"\nroles = ["sales"]\ntoken = "md_secret"',
        "[[token",
    ],
)
def test_a_wrong_file_of_tokens_is_found_at_the_start(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tokens.toml"
    file.write_text(text)
    with pytest.raises(Misconfigured), open_house(Settings(data=tmp_path, tokens_file=file)):
        pass


def test_a_provider_without_an_audience_is_refused(tmp_path: Path) -> None:
    with (
        pytest.raises(Misconfigured, match="OIDC_AUDIENCE"),
        open_house(Settings(data=tmp_path, oidc_issuer=ISSUER)),
    ):
        pass


def test_a_local_administrator_is_asked_nothing(tmp_path: Path) -> None:
    with open_house(Settings(data=tmp_path)) as house, TestClient(build(house)) as client:
        assert client.get("/v1/me").json()["subject"] == LOCAL.subject
        assert client.get("/v1/deals", headers={"authorization": "Bearer anything"}).status_code == 200
        assert client.get("/v1/deals", headers={"host": "evil.example"}).status_code == 421


# Default deny


def test_every_route_stands_in_the_table_and_none_answers_a_stranger(http: TestClient) -> None:
    paths = http.get("/openapi.json", headers=bearer("boss")).json()["paths"]
    public = {"/healthz", "/readyz"}
    for path, operations in paths.items():
        for method, operation in operations.items():
            action = ACCESS.action(method.upper(), path)
            assert action is not None, f"{method.upper()} {path} stands in no row of api/access.toml"
            if action.public:
                continue
            concrete = path.replace("{", "").replace("}", "")
            assert http.request(method, concrete).status_code == 401, path
            assert operation["security"] == [{"bearer": []}]
    assert {path for path in paths if all("security" not in o for o in paths[path].values())} >= public


def test_the_table_names_no_route_twice() -> None:
    routes = [route for row in access_table()["action"] for route in row.get("routes", ())]
    assert len(routes) == len(set(routes))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('roles = ["people"]', 'roles = ["king"]'),
        ('deals = "all"', 'deals = "some"'),
        ("[[action]]", "[[acts]]"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = Path("api/access.toml").read_text(encoding="utf-8").replace(old, new)
    file = tmp_path / "access.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Misconfigured), open_house(Settings(data=tmp_path, access_file=file)):
        pass
    assert tomllib.loads(text)


def test_tokens_expire_by_the_services_clock(http: TestClient, clock: Clock) -> None:
    clock.now -= DAY
    assert http.get("/v1/deals", headers=bearer("late")).status_code == 200


def test_other_interfaces_are_served_only_where_callers_are_known() -> None:
    with pytest.raises(Misconfigured, match="MASTERDEAL_TOKENS_FILE"):
        listen("0.0.0.0", 0)
    listen("0.0.0.0", 0, identified=True).close()


def test_the_doctor_says_how_callers_are_known(tmp_path: Path) -> None:
    tokens_file(tmp_path / "tokens.toml", kim=["king"])
    for file, told in ((None, "ok"), (tmp_path / "tokens.toml", "king")):
        env = {"MASTERDEAL_TOKENS_FILE": str(file)} if file else {}
        said = CliRunner(env=env).invoke(main, ["doctor", "--json", "--data", str(tmp_path / "none")])
        assert told in json.loads(said.stdout)["checks"]["identity"]


def test_a_provider_on_the_wire(tmp_path: Path, provider: Provider, clock: Clock) -> None:
    settings = Settings(data=tmp_path, oidc_issuer=ISSUER, oidc_audience=AUDIENCE)
    with (
        open_house(settings, clock=clock) as house,
        TestClient(build(house), raise_server_exceptions=False) as client,
        respx.mock as wire,
    ):
        wire.get(url__startswith=ISSUER).mock(
            side_effect=lambda request: httpx.Response(200, content=provider.fetch(str(request.url)))
        )

        def ask(token: str) -> httpx.Response:
            return client.get("/v1/me", headers={"authorization": f"Bearer {token}"})

        good = ask(provider.token(NOW, name="Анна Ким"))
        assert (good.status_code, good.json()["name"]) == (200, "Анна Ким")
        assert ask("not.a.token").status_code == 401
        assert client.get("/v1/me").status_code == 401
        assert ask(provider.token(NOW, roles=[])).status_code == 403
        for answer in (httpx.Response(500), httpx.Response(302, headers={"location": "http://evil.example"})):
            wire.get(url__startswith=ISSUER).mock(return_value=answer)
            clock.now += STALE + PAUSE
            silent = ask(provider.token(clock.now))
            assert silent.status_code == 503
            assert silent.headers["retry-after"] == "1"
