"""An answer made again from what was recorded of it: no store, no clock, no model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.facts import Facts
from agents.state import Talk
from agents.word import compose, composed
from agents.wording import worded


def replayed(made_of: Mapping[str, Any]) -> dict[str, Any]:
    """Text and evidence of an answer, from its recorded intent, tool results and, if a model spoke, its words."""
    talk: Talk = {**made_of}  # type: ignore[typeddict-item]
    if made_of["accepted"]:
        draft = compose(talk, made_of["roles"])
        text, evidence = worded(draft, Facts(draft, talk["lang"]), made_of["accepted"])
    else:
        text, evidence = composed(talk, made_of["roles"])
    return {"text": text, "evidence": evidence}
