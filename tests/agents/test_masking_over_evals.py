"""Over the whole eval run: no request to a model holds anything personal, and the answers are those without masking.

Personal are the people of the portfolio, whom the questions and the drafts name, and what is planted here behind every
question and in the texts that come along."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from chat_model import faithful, serving

from agents.copilot import Endpoint
from api.settings import Settings
from api.wiring import House, chat_endpoint
from evals.conversations import Held, Wanted, hold
from evals.deals import portfolio
from evals.model import sets

# The managers and the one client of the demo portfolio who is a person, in any case form, in both alphabets.
PEOPLE = re.compile(
    r"\b(?:Гордеев|Крылов|Сафин|Тарасов|Овчинников|Мятлев|Gordeev)[а-яa-z]*|\b(?:Анн[аыеу]|Игор[ьяю]|Лили[яию]|Дарь[яию]|Максим|Павел|Ольг[аиу])\b",
    re.IGNORECASE,
)
PLANTED = " Спрашивает Лисицын Олег Петрович, +7 916 123-45-67, lisitsyn@romashka.example, ИНН 500100732259, паспорт 45 08 123456, счёт 40702810900000012345."
SECRETS = re.compile(
    r"Лисицын|Петрович|916[ -]?123|lisitsyn|500100732259|45 08 123456|40702810900000012345", re.IGNORECASE
)


def _planted(turns: Sequence[Wanted]) -> tuple[Wanted, ...]:
    """The turns with personal data in the text that comes along, or else behind the question."""
    return tuple(
        replace(turn, text=turn.text + PLANTED) if turn.text else replace(turn, ask=turn.ask + PLANTED)
        for turn in turns
    )


async def _run(
    house: House, masking: bool, wanted: Sequence[Sequence[Wanted]]
) -> tuple[list[Held], list[Any]]:
    with serving(faithful) as model:
        settings = Settings(
            data=house.settings.data,
            openai_base_url=model.url,
            openai_model="any",
            model_seconds=60,
            masking=masking,
        )
        endpoint: Endpoint | None = chat_endpoint(settings)
        return await hold(house, endpoint, wanted), model.bodies


def _said(turns: Sequence[Held]) -> list[tuple[Any, ...]]:
    return [(turn.wanted.ask, turn.facts, turn.tools, turn.missed) for turn in turns]


def _leaks(bodies: Sequence[Any]) -> set[str]:
    sent = [json.dumps(body["messages"], ensure_ascii=False) for body in bodies]
    return {
        found.group() for body in sent for pattern in (PEOPLE, SECRETS) for found in pattern.finditer(body)
    }


@pytest.mark.slow
def test_over_the_whole_eval_run_nothing_personal_goes_out_and_the_answers_stay() -> None:
    wanted = sets(None)
    with portfolio("demo") as house:
        masked, bodies = asyncio.run(_run(house, True, wanted))
        # Every second conversation without masking: enough to compare, half the time.
        plain, open_bodies = asyncio.run(_run(house, False, wanted[::2]))
    assert len(bodies) > 300
    assert not _leaks(bodies)
    assert _leaks(open_bodies), "what is searched for is there when nothing is masked"
    asked = {turn.wanted.ask for turn in plain}
    assert len(asked) > 150
    first = len(wanted[0])
    assert _said(masked[:first]) == _said(plain[:first])
    by_turn = {(turn.wanted, turn.facts, turn.tools, turn.missed) for turn in masked}
    assert not [
        turn.wanted.ask for turn in plain if (turn.wanted, turn.facts, turn.tools, turn.missed) not in by_turn
    ]


@pytest.mark.slow
def test_what_is_planted_behind_questions_and_in_texts_does_not_go_out() -> None:
    wanted = [_planted(turns) for turns in sets(None)[::6]]
    with portfolio("demo") as house:
        masked, bodies = asyncio.run(_run(house, True, wanted))
        plain, open_bodies = asyncio.run(_run(house, False, wanted))
    assert len(bodies) > 20
    assert not _leaks(bodies)
    assert _leaks(open_bodies)
    assert _said(masked) == _said(plain)
