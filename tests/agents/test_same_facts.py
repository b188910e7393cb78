"""The same facts with and without a model: over every question of every portfolio and every turn of the conversations, the
set of bound facts is equal with no model, with one that does as it is told, and with a clumsy one."""

from __future__ import annotations

import asyncio
import json
import random
import tomllib
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from chat_model import REF, Wish, faithful, serving

from agents.copilot import Answered, Asked, Endpoint, session
from agents.threads import in_sqlite
from agents.verify import unbound
from api.settings import Settings
from api.wiring import House, chat_endpoint
from evals.deals import CASES, FILES, portfolio, questions

SECONDS = 60.0


class Clumsy:
    """Means well and words badly: leaves facts out, says them twice, copies values instead of referring to them, runs
    lines together, adds small talk and guesses; as a planner it calls what there is not, with what nobody named."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)

    def __call__(self, wish: Wish) -> Any:
        if wish.plans:
            return [
                {"name": "get_weather", "arguments": {}},
                {"name": "deal_card", "arguments": {"master_deal_id": "MD-0000-0000"}},
            ]
        chance, lines = self._chance, list(wish.outline)
        kept = [line for line in lines if chance.random() < 0.6]
        if chance.random() < 0.5:
            kept = [REF.sub(lambda found: wish.legend.get(found[1], "?"), line) for line in kept]
        if kept and chance.random() < 0.3:
            kept.append(kept[0])
        if chance.random() < 0.3:
            chance.shuffle(kept)
        if chance.random() < 0.3:
            kept.insert(chance.randrange(len(kept) + 1), "Думаю, всё хорошо, осталось дней пять.")
        if chance.random() < 0.2:
            kept = [line.lower() for line in kept]
        return (" " if chance.random() < 0.2 else "\n").join(kept) or "Ну что сказать."


def _facts(answer: dict[str, Any]) -> set[str]:
    return {
        json.dumps([one["path"], one["value"], one["shown"]], sort_keys=True, default=str)
        for one in answer["evidence"]
    }


@contextmanager
def _model(house: House, behaviour: Any) -> Iterator[Endpoint | None]:
    with serving(behaviour) as served:
        settings = Settings(
            data=house.settings.data, openai_base_url=served.url, openai_model="any", model_seconds=SECONDS
        )
        yield chat_endpoint(settings)


async def _asked(house: House, endpoint: Endpoint | None, asked: list[str]) -> list[dict[str, Any]]:
    async with session(endpoint, house.clock, house.book.rules.name) as opened:
        return [(await opened.ask(Asked(question), house.view)).answer for question in asked]


def _equal(plain: list[dict[str, Any]], other: list[dict[str, Any]], asked: list[str]) -> tuple[int, int]:
    """How many answers there were and how many a model has worded; every one of them has the same facts."""
    for question, one, two in zip(asked, plain, other, strict=True):
        assert one["result"] == two["result"], question
        assert _facts(one) == _facts(two), (question, two["text"])
        assert not unbound(two["text"], two["evidence"], question), (question, two["text"])
    return len(other), sum(answer["mode"] == "llm" for answer in other)


@pytest.mark.parametrize("name", ["demo", pytest.param("crm_sales", marks=pytest.mark.slow), "receipt"])
def test_every_question_has_the_same_facts(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    if name in FILES and not (CASES / FILES[name]).exists():
        pytest.skip(f"the file of {name} is not here")
    asked = [question.ask for question in questions() if question.portfolio == name]
    with portfolio(name) as house:
        plain = asyncio.run(_asked(house, None, asked))
        counts = {}
        for who, behaviour in (("obedient", faithful), ("clumsy", Clumsy(5))):
            with _model(house, behaviour) as endpoint:
                counts[who] = _equal(plain, asyncio.run(_asked(house, endpoint, asked)), asked)
    facts = sum(len(_facts(answer)) for answer in plain)
    assert facts
    assert counts["obedient"][1] == sum(bool(answer["evidence"]) for answer in plain)
    with capsys.disabled():
        told = ", ".join(
            f"{who}: equal {same} of {len(asked)}, worded {by}" for who, (same, by) in counts.items()
        )
        print(  # noqa: T201 (the counts are what is to be shown)
            f"\n{name}: {len(asked)} questions, {facts} facts; {told}"
        )


async def _held(house: House, endpoint: Endpoint | None, file: Path) -> list[Answered]:
    table = tomllib.loads((files("evals") / "copilot.toml").read_text(encoding="utf-8"))
    found = []
    async with session(
        endpoint, house.clock, house.book.rules.name, in_sqlite(file), sample_prices=True
    ) as opened:
        for number, conversation in enumerate(table["conversation"]):
            for turn in conversation["turns"]:
                asked = Asked(turn["ask"], attached=table["text"].get(turn.get("text")))
                async with aclosing(opened.turn(asked, house.view, f"T-{number}")) as events:
                    found += [event async for event in events if isinstance(event, Answered)]
    return found


@pytest.mark.slow
def test_every_turn_has_the_same_facts_and_proposals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with portfolio("demo") as house:
        plain = asyncio.run(_held(house, None, tmp_path / "plain.db"))
        asked = [one.made_of["question"] for one in plain]
        counts = {}
        for who, behaviour in (("obedient", faithful), ("clumsy", Clumsy(9))):
            with _model(house, behaviour) as endpoint:
                other = asyncio.run(_held(house, endpoint, tmp_path / f"{who}.db"))
            assert [one.proposals for one in other] == [one.proposals for one in plain]
            counts[who] = _equal([one.answer for one in plain], [one.answer for one in other], asked)
    with capsys.disabled():
        facts = sum(len(_facts(one.answer)) for one in plain)
        told = ", ".join(
            f"{who}: equal {same} of {len(asked)}, worded {by}" for who, (same, by) in counts.items()
        )
        print(  # noqa: T201 (the counts are what is to be shown)
            f"\nconversations: {len(asked)} turns, {facts} facts; {told}"
        )
