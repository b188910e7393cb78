"""The real service sends its traces to a collector: what an answer cost and how it went, and nobody's personal data.
The same figures by skill on /metrics."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from chat_model import Wish, faithful, serving
from collector import Arrived, collecting
from prometheus_client.parser import text_string_to_metric_families
from starlette.responses import JSONResponse

from agents.prices import packaged, read
from api.settings import Settings
from api.wiring import model_prices
from masterdeal.errors import Misconfigured

ROOT = Path(__file__).parents[2]
CREATED = {
    "specversion": "1.0",
    "id": "1",
    "source": "crm",
    "type": "crm.deal.created",
    "subject": "D-1",
    "time": "2026-11-20T10:00:00+03:00",
    "data": {
        "title": "Весна",
        "client": {"name": "Кофейня Пчёлкин", "inn": "7707083893"},
        "manager": "Анна Жукова",
    },
}
PERSON = "Семён Брусникин, +7 916 123-45-67, semen.brusnikin@example.ru, ИНН 500100732259"
PLANTED = (
    "Брусникин", "Семён", "916 123", "9161234567", "semen.brusnikin", "500100732259", "Пчёлкин", "7707083893", "Жукова", "Весна", "стадии",
)  # fmt: skip
PRICES = """
edition = "test"
[[price]]
model = "any"
from = 2020-01-01
currency = "RUB"
input = "200"
output = "400"
source = "the test"
"""


def _chat(client: httpx.Client, message: str) -> dict[str, Any]:
    """The answer of a turn."""
    said = client.post("/v1/chat", json={"message": message}).text
    (data,) = [
        block.partition("data: ")[2] for block in said.split("\n\n") if block.startswith("event: answer\n")
    ]
    answer: dict[str, Any] = json.loads(data)
    return answer


def _moody(wish: Wish) -> Any:
    """A faithful model that has nothing but an error for one of the questions."""
    return (
        JSONResponse({"error": {"message": PERSON}}, 500) if "D-1 сейчас" in wish.question else faithful(wish)
    )


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Spans, raw bodies, headers and /metrics of a service that answered by model, by rules, and by rules in place of a
    model that failed."""
    folder = tmp_path_factory.mktemp("traced")
    (folder / "prices.toml").write_text(PRICES, encoding="utf-8")
    with collecting() as collector, serving(_moody) as model:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "api.cli",
                "serve",
                "--port",
                "0",
                "--json",
                "--data",
                str(folder / "data"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={
                **os.environ,
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
                "OTEL_EXPORTER_OTLP_HEADERS": "x-project=masterdeal",
                "OPENAI_BASE_URL": model.url,
                "OPENAI_MODEL": "any",
                "MASTERDEAL_MODEL_PRICES": str(folder / "prices.toml"),
                "MASTERDEAL_MODEL_SECONDS": "120",
            },
        )
        try:
            assert process.stdout is not None
            told = ""
            while not told.endswith("}\n"):
                line = process.stdout.readline()
                assert line, process.stderr.read() if process.stderr else ""
                told += line
            with httpx.Client(base_url=json.loads(told)["url"], timeout=120) as client:
                client.post(
                    "/v1/events",
                    content=json.dumps(CREATED),
                    headers={"Content-Type": "application/cloudevents+json"},
                ).raise_for_status()
                by_model = _chat(client, f"На какой стадии D-1? Спрашивает {PERSON}")
                fell_back = _chat(client, "На какой стадии D-1 сейчас?")
                _chat(client, "Подготовь КП")
                figures = client.get("/metrics").text
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
        finally:
            process.kill()
            process.communicate()
    assert (by_model["mode"], fell_back["mode"]) == ("llm", "rules")
    return collector, figures, by_model, fell_back


def _named(spans: list[Arrived], name: str) -> list[Arrived]:
    return [span for span in spans if span.name == name]


def test_an_answer_arrives_as_one_trace_with_its_steps_tools_requests_and_cost(seen: Any) -> None:
    collector, _, by_model, _ = seen
    spans = collector.spans
    assert {row["path"] for row in collector.headers} == {"/v1/traces"}
    assert {row["x-project"] for row in collector.headers} == {"masterdeal"}
    answers = _named(spans, "invoke_agent masterdeal")
    assert [span.facts["masterdeal.outcome"] for span in answers] == ["model", "fallback", "rules"]
    assert [span.facts["masterdeal.skill"] for span in answers] == ["deal", "deal", "offer"]
    first = answers[0]
    llm = by_model["llm"]
    assert first.facts["gen_ai.usage.input_tokens"] == llm["tokens_in"] > 0
    assert first.facts["gen_ai.usage.output_tokens"] == llm["tokens_out"] > 0
    assert first.facts["masterdeal.cost"] == pytest.approx(
        (200 * llm["tokens_in"] + 400 * llm["tokens_out"]) / 1e6
    )
    assert first.facts["masterdeal.currency"] == "RUB"
    assert first.facts["gen_ai.conversation.id"].startswith("T-")
    ours = [span for span in spans if span.trace == first.trace]
    steps = [span for span in ours if span.name.startswith("step ")]
    assert {span.name for span in steps} == {
        "step guard",
        "step think",
        "step act",
        "step check",
        "step answer",
    }
    assert {span.parent for span in steps} == {first.id}
    assert all(0 < span.took <= first.took for span in steps)
    (tool,) = _named(ours, "execute_tool deal_card")
    assert tool.parent in {span.id for span in _named(steps, "step act")}
    (asked,) = _named(ours, "chat any")
    assert asked.parent in {span.id for span in _named(steps, "step think")}
    assert asked.kind == 3  # CLIENT
    assert asked.facts["gen_ai.operation.name"] == "chat"
    assert asked.facts["gen_ai.request.model"] == "any"


def test_a_request_that_failed_says_what_kind_of_error_it_was(seen: Any) -> None:
    collector, *_ = seen
    fallback = _named(collector.spans, "invoke_agent masterdeal")[1]
    (asked,) = [span for span in _named(collector.spans, "chat any") if span.trace == fallback.trace]
    assert asked.failed
    assert asked.facts["error.type"].endswith("Error")
    assert fallback.facts["masterdeal.outcome"] == "fallback"


def test_no_trace_carries_personal_data_or_a_word_of_what_was_said(seen: Any) -> None:
    collector, *_ = seen
    assert len(collector.spans) > 15
    everything = b"".join(collector.bodies).decode("utf-8", "replace")
    assert [word for word in PLANTED if word in everything] == []


def test_the_same_figures_by_skill_on_metrics(seen: Any) -> None:
    _, figures, by_model, fell_back = seen
    found = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(figures)
        for sample in family.samples
    }
    assert found["masterdeal_answers_total", "deal", "model"] == 1
    assert found["masterdeal_answers_total", "deal", "fallback"] == 1
    assert found["masterdeal_answers_total", "offer", "rules"] == 1
    tokens_in = by_model["llm"]["tokens_in"] + fell_back["llm"]["tokens_in"]
    tokens_out = by_model["llm"]["tokens_out"] + fell_back["llm"]["tokens_out"]
    assert found["masterdeal_model_tokens_total", "any", "deal", "input"] == tokens_in
    assert found["masterdeal_model_tokens_total", "any", "deal", "output"] == tokens_out
    assert found["masterdeal_model_cost_total", "RUB", "any", "deal"] == pytest.approx(
        (200 * tokens_in + 400 * tokens_out) / 1e6
    )
    assert found["masterdeal_answer_seconds_count", "deal"] == 2
    assert found["masterdeal_answer_seconds_bucket", "+Inf", "deal"] == 2
    assert found["masterdeal_answer_step_seconds_count", "check"] == 3
    assert [word for word in PLANTED if word in figures] == []


def test_prices_count_from_their_day_and_an_unknown_model_has_no_cost() -> None:
    prices = read(
        PRICES
        + PRICES.partition("[[price]]")[1]
        + PRICES.partition("[[price]]")[2].replace("2020-01-01", "2026-06-01").replace('"200"', '"100"')
    )
    before, after = date(2026, 5, 31), date(2026, 6, 1)
    assert str(prices.cost("any", 1000, 0, before)) == "amount=Decimal('0.2') currency='RUB'"
    cost = prices.cost("any", 1000, 500, after)
    assert cost is not None
    assert f"{cost.amount:.2f}" == "0.30"
    assert prices.cost("any", 1, 1, date(2019, 1, 1)) is None
    assert prices.cost("of-ones-own", 1, 1, after) is None
    assert all(row.source for row in packaged().price)


def test_a_price_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="MASTERDEAL_MODEL_PRICES"):
        model_prices(Settings(model_prices=tmp_path / "missing.toml"))
    wrong = tmp_path / "prices.toml"
    wrong.write_text('edition = "x"\n[[price]]\nmodel = "m"\n', encoding="utf-8")
    with pytest.raises(Misconfigured, match="prices of models"):
        model_prices(Settings(model_prices=wrong))
