"""A language model behind the gate: it plans where the rules do not understand, and words what the rules have drafted.

It never sees the words of clients, letters and contracts, and nothing it writes leaves without the gate."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Final

from agents.facts import Facts
from agents.figures_said import conditions_of, said_by_figures
from agents.skills import skill_of
from agents.spans import chatting, told
from agents.spoken import words_of
from agents.state import Call, Talk
from prompts.prompt import load
from tools.catalogue import TOOLS

if TYPE_CHECKING:
    from datetime import date

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

    from agents.border import MaskedModel

LONGEST_DRAFT: Final = 8_000
MOST_CALLS: Final = 4
_LEAST: Final = 0.01
_CHARS_A_TOKEN: Final = 3
# The tools whose answers the rules can put into sentences.
PLANNED: Final = (
    "deal_card", "deal_timeline", "deal_records", "query_deals", "find_deals", "portfolio_figures", "next_actions", "portfolio_events", "sla_why", "portfolio_what_if", "brief_analysis", "media_plan",
    "offer_draft", "legal_review", "lead_qualification", "search_knowledge", "task_draft", "event_draft",
)  # fmt: skip
# The client's parsing of whatever the endpoint sent may stumble in any of these ways.
PARSING: Final[tuple[type[Exception], ...]] = (ValueError, LookupError, TypeError, AttributeError)
# Arguments that name things; figures and days are held apart, the rest are names of the product's own.
_NAMING: Final = frozenset(
    {
        "master_deal_id",
        "text",
        "industry",
        "client_type",
        "client",
        "manager",
        "domain_stage",
        "geo",
        "goal",
        "title",
        "assignee",
        "query",
    }
)


class Failed(Exception):
    """The model gave nothing that can be used; the message says why, in few words."""


class Account:
    """What the model has cost in one run, and how long it may still take."""

    def __init__(self, name: str, seconds: float, kept: dict[str, Any] | None) -> None:
        self.kept: dict[str, Any] = kept or {
            "model": name,
            "tokens_in": 0,
            "tokens_out": 0,
            "ms": 0,
            "rounds": 0,
        }
        self._seconds = seconds
        self._started = time.monotonic()

    @property
    def in_time(self) -> bool:
        """Whether there is time left."""
        return self.left > _LEAST

    @property
    def left(self) -> float:
        """Seconds that remain."""
        spent = float(self.kept["ms"]) / 1000 + time.monotonic() - self._started
        return max(self._seconds - spent, _LEAST)

    def estimate(self, asked: int, said: int) -> None:
        """Where the endpoint reports no tokens, count them from the characters: a budget must not be free."""
        self.count({"input_tokens": asked // _CHARS_A_TOKEN + 1, "output_tokens": said // _CHARS_A_TOKEN + 1})

    def close(self) -> dict[str, Any]:
        """The account with this round in it."""
        spent = round((time.monotonic() - self._started) * 1000)
        return {**self.kept, "ms": self.kept["ms"] + spent, "rounds": self.kept["rounds"] + 1}

    def count(self, usage: Any) -> None:
        """Add the tokens an endpoint reports, where it does."""
        if usage:
            self.kept = {
                **self.kept,
                "tokens_in": self.kept["tokens_in"] + usage["input_tokens"],
                "tokens_out": self.kept["tokens_out"] + usage["output_tokens"],
            }


class Thinker:
    """Plans and writes with a chat model, for as long as it may. Whatever goes wrong is `Failed`."""

    def __init__(
        self,
        model: BaseChatModel | MaskedModel,
        name: str,
        clock: Callable[[], str],
        rules: str,
        seconds: float,
        failures: tuple[type[Exception], ...] = (),
    ) -> None:
        self._writer = model
        self._planner = model.bind_tools([TOOLS[name].schema() for name in PLANNED])
        self._name = name
        self._clock = clock
        self._rules = rules
        self._seconds = seconds
        # What the wire may throw in the middle of an answer; only the wiring knows the HTTP client.
        self._failures: tuple[type[Exception], ...] = (TimeoutError, *PARSING, *failures)

    def account(self, talk: Talk) -> Account:
        """The account of a run, as it stands."""
        return Account(self._name, self._seconds, talk.get("llm"))

    async def plan(self, talk: Talk, account: Account, today: date) -> list[Call]:
        """The tools to look up for a question the rules do not understand. The model sees the question and what the
        thread has, never an answer of a tool: so nothing that stands in the data can choose tools or arguments. A call
        whose names, figures or days nobody said is not followed."""
        from langchain_core.messages import HumanMessage, SystemMessage

        memory = talk["memory"]
        at_hand = {
            "deal": talk.get("deal_id") or next(iter(memory.get("deals", [])), None),
            "texts": list(memory.get("texts", {})),
            "drafts": list(memory.get("drafts", {})),
        }
        system = load("plan").fill(
            {"clock": self._clock(), "rules": self._rules, "at_hand": json.dumps(at_hand)}
        )
        before = account.kept
        with chatting(self._name) as span:
            said: Any = await self._invoked([SystemMessage(system), HumanMessage(talk["question"])], account)
            account.count(said.usage_metadata)
            told(span, {"masterdeal.task": "plan", **_spent(before, account.kept)})
        kept = []
        for call in said.tool_calls[:MOST_CALLS]:
            name, args = call["name"], dict(call["args"])
            if name not in PLANNED or not said_so(args, talk["question"], at_hand):
                continue
            grounded = said_by_figures(name, args, talk["question"], today)
            if grounded is not None:
                kept.append((name, grounded))
        return [
            {"id": f"c{number}", "tool": name, "args": args} for number, (name, args) in enumerate(kept, 1)
        ]

    async def _invoked(self, messages: list[BaseMessage], account: Account) -> Any:
        from langchain_core.exceptions import LangChainException
        from openai import OpenAIError

        failures: tuple[type[Exception], ...] = (OpenAIError, LangChainException, *self._failures)
        try:
            return await asyncio.wait_for(self._planner.ainvoke(messages), account.left)
        except failures as error:
            raise Failed(type(error).__name__) from error

    async def write(self, talk: Talk, facts: Facts, account: Account) -> AsyncGenerator[str, None]:
        """The model's text as it comes. Failed where the endpoint breaks, falls silent or does not come to an end."""
        from langchain_core.exceptions import LangChainException
        from langchain_core.messages import HumanMessage, SystemMessage
        from openai import OpenAIError

        language = "Russian" if talk["lang"] == "ru" else "English"
        skill = skill_of(talk["intent"], talk["slots"].get("steps", []))
        asked = load("word").fill(
            {
                "language": language,
                "example": "{{" + next(iter(facts.by_ref)) + "}}",
                "skill": load(skill.prompt).text,
            }
        )
        draft = load("word_draft").fill(
            {"question": talk["question"], "draft": facts.outline(), "legend": facts.legend()}
        )
        messages: list[BaseMessage] = [SystemMessage(asked), HumanMessage(draft)]
        if talk["sent_back"]:
            accepted = " ".join(talk.get("accepted", [])) or "-"
            messages.append(
                HumanMessage(
                    load("sent_back").fill({"literals": ", ".join(talk["refused"]), "accepted": accepted})
                )
            )
        length, before = 0, account.kept
        failures: tuple[type[Exception], ...] = (OpenAIError, LangChainException, *self._failures)
        with chatting(self._name) as span:
            try:
                async with asyncio.timeout(account.left), aclosing(self._writer.astream(messages)) as stream:  # type: ignore[type-var]
                    async for chunk in stream:
                        account.count(chunk.usage_metadata)
                        if not account.in_time:
                            # An endpoint that floods leaves the loop no time to ring the bell.
                            raise Failed("the model did not come to an end")
                        text = chunk.text
                        length += len(text)
                        if length > LONGEST_DRAFT:
                            raise Failed("the model did not come to an end")
                        if text:
                            yield text
            except failures as error:
                raise Failed(type(error).__name__) from error
            finally:
                if account.kept["tokens_in"] == before["tokens_in"]:
                    account.estimate(sum(len(str(message.content)) for message in messages), length)
                    span.set_attribute("masterdeal.tokens_estimated", True)
                told(span, {"masterdeal.task": "write", **_spent(before, account.kept)})
            if not length:
                raise Failed("the model said nothing")


def _spent(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    """The tokens of one request, as a span has them."""
    return {
        "gen_ai.usage.input_tokens": after["tokens_in"] - before["tokens_in"],
        "gen_ai.usage.output_tokens": after["tokens_out"] - before["tokens_out"],
    }


def said_so(args: dict[str, Any], question: str, at_hand: dict[str, Any]) -> bool:
    """Whether everything that the arguments name was named by the question or is at hand in the thread."""
    spoken = {form for word in words_of(question) for form in word.forms} | {
        word.text.casefold() for word in words_of(question)
    }
    named = [
        *args.items(),
        *((one["field"], one["any_of"]) for one in conditions_of(args) if "any_of" in one),
    ]
    for name, value in named:
        if name == "text_id" and value not in at_hand["texts"]:
            return False
        if name in _NAMING:
            for one in _strings(value):
                if one == at_hand["deal"] or one.casefold() in question.casefold():
                    continue
                if not all(word.forms & spoken for word in words_of(one)):
                    return False
    return True


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (one for one in value if isinstance(one, str))
