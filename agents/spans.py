"""What an answer leaves in a trace, by OpenTelemetry's conventions for generative AI: names, counts and times, and
never a word of what was asked or said. Where nobody listens it costs microseconds."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode

from agents.prices import Cost

NAME: Final = "masterdeal"
# The name of the protocol's maker, as the conventions want it for whoever speaks it.
PROVIDER: Final = "openai"


@dataclass(frozen=True)
class Record:
    """What operators are told of an answer. `outcome`: rules where no model was asked, model where its words were taken,
    fallback where it was asked and the rules had to answer. `refused`: how many of its claims the check turned away.
    Times in seconds, by step of the graph."""

    skill: str
    outcome: Literal["rules", "model", "fallback"]
    model: str | None
    tokens_in: int
    tokens_out: int
    cost: Cost | None
    refused: int = 0
    seconds: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)


def record_of(skill: str, mode: str, llm: Mapping[str, Any] | None, cost: Cost | None) -> Record:
    """The record of an answer, from its mode and the account of its model, if one was asked."""
    account = llm or {}
    return Record(
        skill,
        "rules" if llm is None else "model" if mode == "llm" else "fallback",
        account.get("model"),
        int(account.get("tokens_in", 0)),
        int(account.get("tokens_out", 0)),
        cost,
    )


@dataclass
class Run:
    """One run of the graph: the span that all of its spans hang under, and how long its steps took, in seconds."""

    span: Span
    under: Context
    spent: dict[str, float] = field(default_factory=dict)
    begun: float = field(default_factory=time.perf_counter)

    def record(
        self, skill: str, mode: str, llm: dict[str, Any] | None, refused: int, cost: Cost | None
    ) -> Record:
        """The record of a run that has come to its answer; its span carries the same."""
        made = replace(
            record_of(skill, mode, llm, cost),
            refused=refused,
            seconds=time.perf_counter() - self.begun,
            steps=dict(self.spent),
        )
        facts: dict[str, Any] = {
            "masterdeal.skill": skill,
            "masterdeal.outcome": made.outcome,
            "masterdeal.refused": refused,
        }
        if llm is not None:
            facts |= {
                "gen_ai.request.model": made.model,
                "gen_ai.usage.input_tokens": made.tokens_in,
                "gen_ai.usage.output_tokens": made.tokens_out,
            }
        if cost is not None:
            facts |= {"masterdeal.cost": float(cost.amount), "masterdeal.currency": cost.currency}
        told(self.span, facts)
        return made

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A node of the graph; one that is entered again adds to its time."""
        begun = time.perf_counter()
        with _tracer().start_as_current_span(f"step {name}", context=self.under):
            try:
                yield
            finally:
                self.spent[name] = self.spent.get(name, 0.0) + time.perf_counter() - begun


@contextmanager
def answering(thread_id: str | None) -> Iterator[Run]:
    """The span of a whole answer. It is nobody's current span: the answer comes piece by piece, and whoever takes the
    pieces has a context of their own."""
    span = _tracer().start_span(f"invoke_agent {NAME}")
    span.set_attributes({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": NAME})
    if thread_id is not None:
        span.set_attribute("gen_ai.conversation.id", thread_id)
    with _ending(span):
        yield Run(span, trace.set_span_in_context(span))


@contextmanager
def chatting(model: str) -> Iterator[Span]:
    """The span of one request to a model, under the step that makes it."""
    span = _tracer().start_span(f"chat {model}", kind=SpanKind.CLIENT)
    span.set_attributes(
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": PROVIDER,
            "gen_ai.request.model": model,
        }
    )
    with _ending(span):
        yield span


@contextmanager
def using(tool: str, call_id: str) -> Iterator[Span]:
    """The span of one look-up, under the step that makes it."""
    with _tracer().start_as_current_span(
        f"execute_tool {tool}", record_exception=False, set_status_on_exception=False
    ) as span:
        span.set_attributes(
            {
                "gen_ai.operation.name": "execute_tool",
                "gen_ai.tool.name": tool,
                "gen_ai.tool.call.id": call_id,
                "gen_ai.tool.type": "function",
            }
        )
        yield span


def failed(span: Span, error: BaseException) -> None:
    """Say what kind of error it was; its words may be a client's."""
    span.set_attribute("error.type", type(error).__name__)
    span.set_status(StatusCode.ERROR)


def told(span: Span, facts: Mapping[str, Any]) -> None:
    """Attributes of a span, those that are known."""
    span.set_attributes({name: value for name, value in facts.items() if value is not None})


@contextmanager
def _ending(span: Span) -> Iterator[None]:
    try:
        yield
    except GeneratorExit:
        span.set_attribute("masterdeal.cut", True)
        raise
    except BaseException as error:
        failed(span, error.__cause__ or error)
        raise
    finally:
        span.end()


def _tracer() -> trace.Tracer:
    return trace.get_tracer(NAME)
