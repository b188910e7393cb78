"""Every operation of the OpenAPI document, called with what fits it and with what does not: no failure of the service,
no answer that the document does not describe, none without a token. FUZZ_EXAMPLES says how many calls of each kind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from identities import bearer, tokens_file
from running import running
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from api.settings import Settings
from api.wiring import open_house

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))
# It never ends; the tests of the server listen to it.
LEFT_OUT = {"/v1/stream"}
if EXAMPLES < 10:
    LEFT_OUT.add("/v1/knowledge")  # the first question builds an index, which takes half a minute
BRIEF = (
    "Клиент: Омега, продукт: корм для кошек. Бюджет 1 000 000 руб. без НДС. Период 01.12.2026-31.12.2026. Цель: охват."
    " Гео: Москва."
)
CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    tokens = tokens_file(folder / "tokens.toml", boss=["admin"])
    options = Settings(data=folder, tokens_file=tokens, sample_prices=True, max_body=200_000, rate_limit=None)
    with open_house(options) as house, running(house) as url:
        yield url


def _kept_things(address: str) -> dict[str, Any]:
    """Something of everything, so that paths lead somewhere: by the names of the path parameters."""
    with httpx.Client(base_url=address, headers=bearer("boss"), timeout=60) as http:

        def post(path: str, **more: Any) -> Any:
            answer = http.post(path, **more)
            assert answer.is_success, answer.text
            return answer.json()

        event = {
            "specversion": "1.0",
            "id": "1",
            "source": "crm",
            "type": "crm.deal.created",
            "subject": "D-1",
            "time": "2026-01-20T10:00:00+03:00",
            "data": {"title": "Весна", "client": {"name": "Ромашка"}, "manager": "Анна Ким"},
        }
        post("/v1/events", json=event)
        http.post("/v1/events", json={**event, "type": "crm.brief.submitted", "id": 5})
        job = {"master_deal_id": "D-1", "text": BRIEF}
        offer = post("/v1/assist/offer", json=job)["result"]
        plan = post("/v1/assist/mediaplan", json=job)["result"]
        message = f"Возьми бриф из письма и сделай план\n{BRIEF}"
        http.post("/v1/chat", json={"thread_id": "T-1", "message": message, "master_deal_id": "D-1"})
        proposal = http.get("/v1/proposals").json()["items"][0]["id"]
        leads = post("/v1/leads/import", json=[{"company": "Омега", "phone": "+7 916 123-45-67"}])["leads"]
        document = post("/v1/documents", files={"file": ("brief.txt", BRIEF.encode())})["document_id"]
        asked = post("/v1/assist/ask", json={"question": "На какой стадии D-1?"})
    return {
        "master_deal_id": "D-1",
        "offer_id": offer["offer_id"],
        "plan_id": plan["plan_id"],
        "thread_id": "T-1",
        "proposal_id": proposal,
        "approval_id": proposal,
        "lead_id": leads[0]["lead_id"],
        "document_id": document,
        "decision_id": asked["decision_id"],
        "number": 1,
        "name": "plan.xlsx",
        "table": "fact_deal",
        "system": "crm",
    }


def _tried(operation: Any, mode: GenerationMode, path: dict[str, Any] | None = None) -> list[str]:
    """What is wrong with the answers of an operation."""
    found: list[str] = []

    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=path))
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def each(case: Case) -> None:
        answer = case.call(headers=bearer("boss"), timeout=60)
        try:
            case.validate_response(answer, checks=CHECKS)
        except (Failure, FailureGroup) as failure:
            told = [str(one) for one in getattr(failure, "exceptions", [failure])]
            found.append(f"{operation.label}: {told}\n{case.as_curl_command()}\n{answer.text[:300]}")

    each()
    return found


def _opens_to_strangers(operation: Any) -> list[str]:
    @given(case=operation.as_strategy())
    @settings(max_examples=1, phases=[Phase.generate], deadline=None, derandomize=True, database=None)
    def one(case: Case) -> None:
        assert case.call(timeout=60).status_code == 401

    if "security" not in operation.definition.raw:
        return []
    try:
        one()
    except AssertionError:
        return [f"{operation.label} answers without a token"]
    return []


@pytest.mark.slow
def test_no_operation_fails_or_answers_a_stranger(address: str) -> None:
    kept = _kept_things(address)
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json", headers=bearer("boss"))
    operations = [found.ok() for found in schema.get_all_operations()]
    faults: list[str] = []
    for operation in operations:
        faults += _opens_to_strangers(operation)
        if operation.path in LEFT_OUT:
            continue
        faults += _tried(operation, GenerationMode.POSITIVE)
        named = {name: value for name, value in kept.items() if f"{{{name}}}" in operation.path}
        if named and operation.method != "delete":
            faults += _tried(operation, GenerationMode.POSITIVE, named)
        if operation.body or operation.query:
            faults += _tried(operation, GenerationMode.NEGATIVE)
    assert len(operations) > 50
    assert not faults, "\n\n".join(faults)
