"""The copilot's sets against the configured model: how often it is right every time, what the check refused of it, how
often the rules had to speak, what it cost; and that no figure without a source came through."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from statistics import median
from typing import Any, Final

from agents.copilot import Endpoint
from api.settings import Settings
from api.wiring import chat_endpoint
from evals.conversations import (
    Held,
    Wanted,
    about_deals,
    always,
    by_skill,
    conversations,
    hold,
    to_be_planned,
)
from evals.deals import portfolio
from masterdeal.errors import Misconfigured

MOST_EXAMPLES: Final = 12


def sets(most: int | None) -> list[tuple[Wanted, ...]]:
    """All conversations, or the first so many of each kind."""
    kinds = (conversations(), about_deals(), to_be_planned())
    return [turns for kind in kinds for turns in kind[:most]]


def score(settings: Settings, times: int, most: int | None = None) -> dict[str, Any]:
    """The figures, by skill and together. Misconfigured where no model is configured."""
    endpoint = chat_endpoint(settings)
    if endpoint is None:
        raise Misconfigured("MODEL=1 needs OPENAI_BASE_URL and OPENAI_MODEL")
    return against(endpoint, times, most)


def against(endpoint: Endpoint, times: int, most: int | None = None) -> dict[str, Any]:
    """The same for an endpoint."""
    wanted = sets(most)
    with portfolio("demo") as house:
        plain = asyncio.run(hold(house, None, wanted))
        rounds = [asyncio.run(hold(house, endpoint, wanted)) for _ in range(times)]
    turns = [turn for round_ in rounds for turn in round_]
    other = [
        turn
        for round_ in rounds
        for turn, bare in zip(round_, plain, strict=True)
        if turn.wanted.any_of is None and turn.facts != bare.facts
    ]
    skills = [by_skill(round_) for round_ in rounds]
    return {
        "model": endpoint.name,
        f"pass_{times}": always(rounds),
        **_figures(turns),
        "wrong_figures": sum(len(turn.unbound) for turn in turns),
        "other_facts_than_by_rules": len(other),
        "by_skill": {
            name: {f"pass_{times}": always([skill[name] for skill in skills]), **_figures(_all(skills, name))}
            for name in skills[0]
        },
        "planned": _planned(turns),
        "refused_most": [
            f"{what!r}, {count} times"
            for what, count in Counter(what for turn in turns for what in turn.refused).most_common(
                MOST_EXAMPLES
            )
        ],
        "misses": sorted(
            {
                f"{turn.wanted.skill}: {turn.wanted.ask}: {what}"
                for turn in turns
                for what in (*turn.missed, *turn.unbound)
            }
        ),
    }


def _all(skills: Sequence[Any], name: str) -> list[Held]:
    return [turn for skill in skills for turn in skill[name]]


def _figures(turns: Sequence[Held]) -> dict[str, Any]:
    records = [turn.record for turn in turns]
    asked = [record for record in records if record.outcome != "rules"]
    costs = [record.cost for record in asked if record.cost is not None]
    figures: dict[str, Any] = {
        "answers": len(turns),
        "right": sum(not turn.missed and not turn.unbound for turn in turns) / len(turns),
        "model_asked": len(asked),
        "fell_back": sum(record.outcome == "fallback" for record in asked) / len(asked) if asked else 0.0,
        "claims_refused": sum(record.refused for record in records),
        "tokens_in": sum(record.tokens_in for record in records),
        "tokens_out": sum(record.tokens_out for record in records),
        "seconds": median(record.seconds for record in records),
    }
    for currency in sorted({cost.currency for cost in costs}):
        spent = sum((cost.amount for cost in costs if cost.currency == currency), Decimal(0))
        figures[f"cost_{currency}"] = float(spent)
    return figures


def _planned(turns: Sequence[Held]) -> list[str]:
    """What the model chose for each question that the rules do not understand."""
    chosen: dict[str, Counter[str]] = {}
    for turn in turns:
        if turn.wanted.any_of is not None:
            what = ", ".join(turn.tools) or "nothing"
            verdict = "wrong" if turn.missed else "as wanted"
            chosen.setdefault(turn.wanted.ask, Counter())[f"{what} ({verdict})"] += 1
    return [
        f"{ask}: " + "; ".join(f"{what} × {count}" for what, count in found.most_common())
        for ask, found in chosen.items()
    ]
