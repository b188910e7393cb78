"""Values of a brief that a language model points out. Its word is never taken: our readers read the quote themselves."""

from __future__ import annotations

import asyncio
import time
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from agents.model import PARSING
from prompts.prompt import load
from tools.brief import Brief, read_brief
from tools.brief_reading.proposed import Reason, accepted

if TYPE_CHECKING:
    from agents.copilot import Endpoint

AT_MOST: Final = 24_000
"""Characters of a brief that the model reads."""
MOST_PROPOSED: Final = 60


class Pointed(BaseModel):
    """The brief with what was kept, and an account of the rest."""

    model_config = ConfigDict(frozen=True)

    brief: Brief
    proposed: int = 0
    kept: tuple[str, ...] = ()
    dropped: dict[Reason, int] = Field(default_factory=dict)
    account: dict[str, Any] = Field(default_factory=dict)
    note: str | None = Field(default=None, description="Why the model was not heard")


def point_out(endpoint: Endpoint, text: str, brief: Brief, today: date) -> Pointed:
    """Ask the model for the fields that the rules found missing. Whatever fails, the brief stays as it was read."""
    return asyncio.run(_asked(endpoint, text, brief, today))


async def _asked(endpoint: Endpoint, text: str, brief: Brief, today: date) -> Pointed:
    from langchain_core.exceptions import LangChainException
    from langchain_core.messages import HumanMessage, SystemMessage
    from langchain_core.utils.json import parse_json_markdown
    from openai import OpenAIError

    account: dict[str, Any] = {"model": endpoint.name, "tokens_in": 0, "tokens_out": 0, "ms": 0}
    failures: tuple[type[Exception], ...] = (
        OpenAIError,
        LangChainException,
        TimeoutError,
        RecursionError,  # an answer of nothing but brackets
        *PARSING,
        *endpoint.failures,
    )
    system = SystemMessage(load("brief_values").fill({"wanted": ", ".join(brief.missing)}))
    proposals: list[Any] = []
    note = None
    started = time.monotonic()
    try:
        async with endpoint.open() as model:
            said = await asyncio.wait_for(
                model.ainvoke([system, HumanMessage(text[:AT_MOST])]), endpoint.seconds
            )
            if said.usage_metadata is not None:
                account["tokens_in"] = said.usage_metadata["input_tokens"]
                account["tokens_out"] = said.usage_metadata["output_tokens"]
            listed = parse_json_markdown(said.text)
            proposals = (listed if isinstance(listed, list) else [listed])[:MOST_PROPOSED]
    except failures as error:
        note = type(error).__name__
    account["ms"] = round((time.monotonic() - started) * 1000)
    taken, dropped = accepted(text, brief, proposals, today, read_brief)
    kept = tuple(name for name, field in taken.fields.items() if field.source == "model")
    return Pointed(
        brief=taken, proposed=len(proposals), kept=kept, dropped=dropped, account=account, note=note
    )
