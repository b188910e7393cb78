"""A language model as the thinker: it chooses tools and words the answer; the check has the last word."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from agents.check import Support, literals
from agents.neutral import neutral
from agents.shown import MOSCOW
from agents.state import Call, Result, Talk
from prompts.prompt import load
from tools.catalogue import TOOLS

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agents.border import MaskedModel

# A result longer than this is cut before the model reads it; the check still sees it whole.
LONGEST_RESULT: Final = 12_000
MOST_ROUNDS: Final = 6
# The client's parsing of whatever the endpoint sent may stumble in any of these ways.
PARSING: Final[tuple[type[Exception], ...]] = (ValueError, LookupError, TypeError, AttributeError)
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


class Thinker:
    """Thinks with a chat model, for as long as it may. Whatever goes wrong ends in the rules' answer with a note."""

    def __init__(
        self,
        model: BaseChatModel | MaskedModel,
        name: str,
        clock: Callable[[], str],
        rules: str,
        seconds: float,
        failures: tuple[type[Exception], ...] = (),
    ) -> None:
        self._model = model.bind_tools([tool.schema() for tool in TOOLS.values()])
        self._name = name
        self._clock = clock
        self._rules = rules
        self._seconds = seconds
        # What the wire may throw in the middle of an answer; only the wiring knows the HTTP client.
        self._failures: tuple[type[Exception], ...] = (TimeoutError, *PARSING, *failures)

    async def think(self, talk: Talk) -> Talk:
        """The next tools to look up, or a draft."""
        from langchain_core.exceptions import LangChainException
        from langchain_core.messages import HumanMessage, SystemMessage
        from openai import OpenAIError

        messages = list(talk["messages"])
        if not messages:
            system = load("ask").fill(
                {
                    "language": "Russian" if talk["lang"] == "ru" else "English",
                    "clock": self._clock(),
                    "rules": self._rules,
                }
            )
            asked = talk["question"]
            if talk.get("deal_id"):
                asked += f"\n(master_deal_id: {talk['deal_id']})"
            messages = [SystemMessage(system), HumanMessage(asked)]
        account = dict(
            talk.get("llm") or {"model": self._name, "tokens_in": 0, "tokens_out": 0, "ms": 0, "rounds": 0}
        )
        if account["rounds"] >= MOST_ROUNDS or account["ms"] >= self._seconds * 1000:
            return self._give_up(talk, "the model did not come to an end", account)
        failures: tuple[type[Exception], ...] = (OpenAIError, LangChainException, *self._failures)
        started = time.monotonic()
        try:
            left = self._seconds - account["ms"] / 1000
            said = await asyncio.wait_for(self._model.ainvoke(messages), max(left, 0.05))
        except failures as error:
            account["ms"] += round((time.monotonic() - started) * 1000)
            return self._give_up(talk, type(error).__name__, account)
        account["ms"] += round((time.monotonic() - started) * 1000)
        account["rounds"] += 1
        usage = said.usage_metadata
        if usage is not None:
            account["tokens_in"] += usage["input_tokens"]
            account["tokens_out"] += usage["output_tokens"]
        calls: list[Call] = [
            {"id": call["id"] or f"m{number}", "tool": call["name"], "args": dict(call["args"])}
            for number, call in enumerate(said.tool_calls)
        ]
        text = said.text.strip()
        if not calls and not text:
            return self._give_up(talk, "the model said nothing", account)
        return {
            "messages": [*messages, said],
            "calls": calls,
            "draft": None if calls else text,
            "llm": account,
        }

    @staticmethod
    def _give_up(talk: Talk, why: str, account: dict[str, Any]) -> Talk:
        return {"calls": [], "draft": None, "note": why, "llm": account, "messages": talk["messages"]}

    @staticmethod
    def hear(talk: Talk, results: list[Result]) -> list[Any]:
        """The conversation with the tools' answers added."""
        from langchain_core.messages import ToolMessage

        heard = [
            ToolMessage(
                (result["error"] or json.dumps(result["value"], ensure_ascii=False, default=str))[
                    :LONGEST_RESULT
                ],
                tool_call_id=result["id"],
            )
            for result in results
        ]
        return [*talk["messages"], *heard]

    @staticmethod
    def send_back(talk: Talk, literals_: list[str]) -> list[Any]:
        """The conversation with the refusal added."""
        from langchain_core.messages import HumanMessage

        return [*talk["messages"], HumanMessage(load("sent_back").fill({"literals": ", ".join(literals_)}))]


def _local(text: str) -> str:
    """The instants of a text in Moscow time, in which people read and the check compares them."""
    return _INSTANT.sub(
        lambda found: datetime.fromisoformat(found.group()).astimezone(MOSCOW).isoformat(), text
    )


def cite(text: str, results: list[Result], asked: str) -> tuple[str, list[dict[str, Any]]]:
    """The model's text with a mark behind each line for what its literals rest on, and that evidence."""
    support = Support(results, asked)
    evidence: list[dict[str, Any]] = []
    marks: dict[str, str] = {}
    lines = []
    for line in neutral(text).splitlines():
        here: list[str] = []
        for literal in literals(line):
            path = support.find(literal)
            if path is None or path == "question":
                continue
            mark = marks.get(path + literal.text)
            if mark is None:
                mark = marks[path + literal.text] = f"e{len(evidence) + 1}"
                evidence.append(
                    {"id": mark, "kind": "tool", "path": path, "value": literal.text, "shown": literal.text}
                )
            if mark not in here:
                here.append(mark)
        lines.append(line + (" [" + ", ".join(here) + "]" if here else ""))
    return "\n".join(lines), evidence
