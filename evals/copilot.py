"""Conversations by rules alone: right, and the same every time, skill by skill."""

from __future__ import annotations

import asyncio
from typing import Final

from evals.conversations import always, by_skill, conversations, hold
from evals.deals import portfolio

TIMES: Final = 3


def score() -> dict[str, object]:
    """The share of turns that hold all they must, of turns that do so every time, and the misses by skill."""
    with portfolio("demo") as house:
        rounds = [asyncio.run(hold(house, None, conversations())) for _ in range(TIMES)]
    first = rounds[0]
    skills = by_skill(first)
    return {
        "turns": len(first),
        "turns_right": sum(not turn.missed and not turn.unbound for turn in first) / len(first),
        f"pass_{TIMES}": always(rounds),
        "skills": len(skills),
        "by_skill": {
            name: {
                "turns": len(turns),
                f"pass_{TIMES}": always([by_skill(round_)[name] for round_ in rounds]),
                "ms": sum(turn.record.seconds for turn in turns) / len(turns) * 1000,
            }
            for name, turns in skills.items()
        },
        "misses": [
            f"{turn.wanted.skill}: {turn.wanted.ask}: {what}"
            for turn in first
            for what in (*turn.missed, *turn.unbound)
        ],
    }
