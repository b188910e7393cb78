"""The learned score of an installation: from its own finished deals as they were created, beside the verdict, or refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from api import lead_learning
from api.app import build
from api.cli import main
from api.lead_book import today
from api.lead_learning import finished, known, learn
from api.settings import Settings
from api.wiring import House, open_house
from masterdeal.flow.intake import read, record

DAY = "2026-03-{:02}T09:00:00Z"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Settings(data=tmp_path)) as opened:
        yield opened


def tell(house: House, deal: str, kind: str, day: int = 1, number: int = 0, **data: Any) -> None:
    event = {
        "specversion": "1.0",
        "id": f"{deal}-{kind}-{number}",
        "source": "crm",
        "type": kind,
        "time": DAY.format(day),
        "subject": deal,
        "data": data,
    }
    with house.store.writing() as tx:
        record(tx, [read(msgspec.json.encode(event), house.book)], house.book, house.clock())


def won(house: House, deal: str, **created: Any) -> None:
    """A deal that has gone the whole way: its events are whatever the rule set asks for the last rank."""
    tell(house, deal, "crm.deal.created", **created)
    rules, catalogue = house.book.rules, house.book.catalogue
    needs = next(rule.needs for rule in rules.rules if rule.stage == rules.ladder[-1])
    for day, fact in enumerate(needs, 2):
        kinds = [kind for name in catalogue.names if (kind := catalogue.find(name))]
        bit = catalogue.facts.index(fact)
        tell(house, deal, next(kind.name for kind in kinds if kind.bit == bit and kind.value), day=day)


def lost(house: House, deal: str, **created: Any) -> None:
    tell(house, deal, "crm.deal.created", **created)
    tell(house, deal, "crm.deal.lost", day=20)


def budget(amount: int) -> dict[str, Any]:
    return {"amount": str(amount), "currency": "RUB", "vat": "incl"}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation for which thirty of each are history enough."""
    settings = lead_learning.score_settings().model_copy(update={"won": 30, "lost": 30, "level_rows": 5})
    monkeypatch.setattr(lead_learning, "score_settings", lambda: settings)


def history(house: House, count: int = 30) -> None:
    for number in range(count):
        won(
            house,
            f"MD-W{number}",
            industry="pharma" if number % 4 else "auto",
            client={"name": "A", "inn": "7707083893"},
        )
        lost(house, f"MD-L{number}", industry="auto" if number % 4 else "pharma", client={"name": "B"})


def test_too_little_history_is_a_refusal_that_says_what_is_missing(house: House) -> None:
    won(house, "MD-1", industry="auto")
    lost(house, "MD-2", industry="auto")
    kept = learn(house)
    assert (kept["state"], kept["won"], kept["lost"], kept["card"]) == ("too-little-history", 1, 1, None)
    assert kept["needed"] == {"won": 200, "lost": 200}
    with TestClient(build(house)) as http:
        assert http.get("/v1/leads/score").json()["state"] == "too-little-history"
        made = http.post("/v1/leads/import", json=[{"company": "ООО Ромашка", "inn": "7707083893"}]).json()
        assert made["leads"][0]["learned_score"] is None


def test_only_what_was_known_at_creation_is_learnt_from(house: House) -> None:
    won(house, "MD-1", industry="auto", budget=budget(5))
    tell(house, "MD-1", "crm.deal.created", day=25, number=1, industry="pharma", budget=budget(900))
    tell(house, "MD-3", "crm.deal.created", industry="auto")
    with house.store.reading() as reading:
        rows, outcomes = finished(reading, house)
    assert outcomes == [True]
    assert (rows[0]["industry"], rows[0]["budget_rub"]) == ("auto", "5")


@pytest.mark.usefixtures("small")
def test_imported_leads_get_a_chance_beside_their_verdict(house: House) -> None:
    history(house)
    with TestClient(build(house)) as http:
        assert http.get("/v1/leads/score").json()["state"] == "not-learned"
        table = [
            {"company": "ООО Альфа", "inn": "7736050003", "industry": "pharma"},
            {"company": "ООО Бета", "industry": "auto"},
        ]
        alfa, beta = http.post("/v1/leads/import", json=table).json()["leads"]
        assert alfa["learned_score"]["probability"] > beta["learned_score"]["probability"]
        assert alfa["learned_score"]["trained_on"] == 60
        assert "learned" not in json.dumps(alfa["qualification"])
        score = http.get("/v1/leads/score").json()
        assert (score["state"], score["won"], score["lost"]) == ("learned", 30, 30)
        assert 0.5 < score["judgement"]["auc"] <= 1
        assert score["judgement"]["reliability"]
        assert "card" not in score
        url = f"/v1/leads/{alfa['lead_id']}"
        assert http.get(url).json()["learned_score"] == alfa["learned_score"]
        http.post(f"{url}/approve")
        assert http.get(url).json()["learned_score"] == alfa["learned_score"]


@pytest.mark.usefixtures("small")
def test_the_history_is_looked_at_again_once_a_day(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lead_learning.card_of_today(house) is None
    history(house)
    assert lead_learning.card_of_today(house) is None
    tomorrow = today(house) + timedelta(days=1)
    monkeypatch.setattr(lead_learning, "today", lambda _: tomorrow)
    assert lead_learning.card_of_today(house) is not None
    kept = known(house)
    assert kept is not None
    assert kept["state"] == "learned"


def test_the_command_line_learns_or_says_why_not(tmp_path: Path) -> None:
    with open_house(Settings(data=tmp_path)) as house:
        won(house, "MD-1")
    result = CliRunner().invoke(main, ["leads", "learn", "--data", str(tmp_path), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["state"] == "too-little-history"
    said = CliRunner().invoke(main, ["leads", "learn", "--data", str(tmp_path)])
    assert "200" in said.output


@pytest.mark.usefixtures("small")
def test_a_lead_from_before_the_score_was_learnt_is_scored_when_it_is_read(house: House) -> None:
    with TestClient(build(house)) as http:
        table = [{"company": "ООО Альфа", "inn": "7736050003", "industry": "pharma"}]
        alfa = http.post("/v1/leads/import", json=table).json()["leads"][0]
        url = f"/v1/leads/{alfa['lead_id']}"
        assert http.get(url).json()["learned_score"] is None
        history(house)
        first = learn(house)
        early = http.get(url).json()["learned_score"]
        assert (early["trained_on"], early["learned_at"]) == (60, first["learned_at"])
        assert http.get("/v1/leads").json()["items"][0]["learned_score"] == early
        won(house, "MD-W-MORE", industry="auto", client={"name": "A"})
        second = learn(house)
        assert second["learned_at"] != first["learned_at"]
        late = http.get(url).json()["learned_score"]
        assert (late["trained_on"], late["learned_at"]) == (61, second["learned_at"])
