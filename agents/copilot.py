"""The copilot as others use it: a question in, an answer with its evidence out; a thread remembers."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from agents.graph import Kit, build
from agents.model import Thinker
from agents.plan import Known
from agents.prices import Cost, Prices
from agents.skills import skill_of
from agents.spans import Record, Run, answering
from agents.state import Lang, Talk
from agents.titles import Titles
from masterdeal import instant
from tools.deals import PortfolioView, known_words
from tools.knowledge.view import KnowledgeView
from tools.workbench import Workbench

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.types import Durability

    from agents.border import MaskedModel


# Questions that belong to no skill.
NOT_UNDERSTOOD: Final = frozenset({"", "unclear", "stranger"})
NO_PRICES: Final = Prices(edition="none")
# Of how many views the values are kept at hand.
MOST_VIEWS: Final = 256


# An id typed on a Russian keyboard: «МД-2026-0010».
_LATIN: Final = str.maketrans("АВДЕКМНОРСТУХ", "ABDEKMHOPCTYX")


@dataclass(frozen=True)
class Asked:
    """A question, the deal meant where it names none, and a text that came with it."""

    question: str
    master_deal_id: str | None = None
    lang: Lang | None = None
    attached: str | None = None


@dataclass(frozen=True)
class Answered:
    """An answer, what it was made of, what a person may approve of it, and how it went."""

    answer: dict[str, Any]
    proposals: list[dict[str, Any]]
    made_of: dict[str, Any]
    record: Record


@dataclass(frozen=True)
class Endpoint:
    """A chat model: how it is opened (its connections close with the block), what it is called, how long it may take,
    what the wire may throw beside the client's own errors, and what its tokens cost."""

    open: Callable[[], AbstractAsyncContextManager[BaseChatModel | MaskedModel]]
    name: str
    seconds: float
    failures: tuple[type[Exception], ...] = ()
    prices: Prices = NO_PRICES


@dataclass
class Spoken:
    """The values that the deals of a view have and the titles they are called by, as of a position of the outbox."""

    view: PortfolioView
    position: int = -1
    values: Mapping[str, Iterable[str]] = field(default_factory=dict)
    titles: Titles = field(default_factory=Titles)
    numbers: Mapping[str, str] = field(default_factory=dict)


class Session:
    """The copilot on one event loop: a graph, a model whose connections are open, threads that remember."""

    def __init__(
        self,
        thinker: Thinker | None,
        saver: BaseCheckpointSaver[Any] | None,
        spoken: dict[int, Spoken],
        sample_prices: bool,
        cost: Callable[[dict[str, Any] | None], Cost | None],
    ) -> None:
        self._cost = cost
        self._plain = build()
        self._remembering = build(saver) if saver is not None else None
        self._thinker = thinker
        self._saver = saver
        self._spoken = spoken
        self._sample_prices = sample_prices
        # One checkpoint a turn, at its end: a turn that is cut off leaves nothing behind.
        self.durability: Durability = "exit"

    async def turn(
        self,
        asked: Asked,
        view: PortfolioView,
        thread_id: str | None = None,
        knowledge: KnowledgeView | None = None,
    ) -> AsyncGenerator[dict[str, Any] | Answered, None]:
        """What happens on the way, as {"event", "data"}, and at the end the answer. Only the deals of the view are
        seen. Closing the iterator cancels the run, and the thread remembers nothing of it."""
        begun = {
            "question": asked.question,
            "deal_id": asked.master_deal_id,
            "lang": asked.lang,
            "attached": asked.attached,
        }
        with answering(thread_id) as run:
            kit = self._kit(view, knowledge, run)
            if thread_id is None or self._remembering is None:
                stream = self._plain.astream(begun, context=kit, stream_mode="custom")
            else:
                stream = self._remembering.astream(
                    begun,
                    {"configurable": {"thread_id": thread_id}},
                    context=kit,
                    stream_mode="custom",
                    durability=self.durability,
                )
            async with aclosing(stream) as events:
                async for event in events:
                    if event["event"] == "talk":
                        talk = event["data"]
                    else:
                        yield event
            ended = _answered(asked, talk, view, self._record(talk, run))
        yield ended

    async def ask(
        self, asked: Asked, view: PortfolioView, knowledge: KnowledgeView | None = None
    ) -> Answered:
        """The answer alone, outside any thread."""
        async with aclosing(self.turn(asked, view, knowledge=knowledge)) as events:
            async for event in events:
                if isinstance(event, Answered):
                    return event
        raise AssertionError("a turn ends with its answer")

    async def forget(self, thread_id: str) -> None:
        """Drop what a thread remembers."""
        if self._saver is not None:
            await self._saver.adelete_thread(thread_id)

    def _record(self, talk: Talk, run: Run) -> Record:
        understood = talk["intent"] not in NOT_UNDERSTOOD
        skill = skill_of(talk["intent"], talk["slots"].get("steps", [])).name if understood else "none"
        llm = talk.get("llm")
        return run.record(skill, talk["mode"], llm, len(talk.get("refused", [])), self._cost(llm))

    def _kit(self, view: PortfolioView, knowledge: KnowledgeView | None, run: Run) -> Kit:
        spoken = self._spoken.get(id(view))
        if spoken is None or spoken.view is not view:
            while len(self._spoken) >= MOST_VIEWS:
                self._spoken.pop(next(iter(self._spoken)))
            spoken = self._spoken[id(view)] = Spoken(view)
        roles = {step.name: step.role for step in view.book.rules.steps}
        bench = Workbench(
            view, document=_documents(view), sample_prices=self._sample_prices, knowledge=knowledge
        )
        return Kit(bench, known(spoken), roles, self._thinker, run)


@asynccontextmanager
async def session(
    endpoint: Endpoint | None,
    clock: Callable[[], int],
    rules: str,
    threads: AbstractAsyncContextManager[BaseCheckpointSaver[Any]] | None = None,
    spoken: dict[int, Spoken] | None = None,
    sample_prices: bool = False,
) -> AsyncIterator[Session]:
    """A session; model and threads are open for as long as the block."""
    async with AsyncExitStack() as stack:
        saver = await stack.enter_async_context(threads) if threads is not None else None
        thinker = None
        if endpoint is not None:
            model = await stack.enter_async_context(endpoint.open())
            thinker = Thinker(
                model,
                endpoint.name,
                lambda: instant.iso(clock()),
                rules,
                endpoint.seconds,
                endpoint.failures,
            )
        prices = endpoint.prices if endpoint is not None else NO_PRICES

        def cost(llm: dict[str, Any] | None) -> Cost | None:
            return prices.of(llm, instant.to_datetime(clock()).date())

        yield Session(thinker, saver, {} if spoken is None else spoken, sample_prices, cost)


class Copilot:
    """Answers single questions where no event loop runs: the command line, the evals. It only reads."""

    def __init__(
        self,
        view: PortfolioView,
        endpoint: Endpoint | None = None,
        sample_prices: bool = False,
        knowledge: KnowledgeView | None = None,
    ) -> None:
        self._knowledge = knowledge
        self._view = view
        self._sample_prices = sample_prices
        self._endpoint = endpoint
        self._spoken: dict[int, Spoken] = {}

    def ask(
        self, question: str, master_deal_id: str | None = None, lang: Lang | None = None
    ) -> dict[str, Any]:
        """The answer: text, evidence, mode, and what was looked up."""
        return asyncio.run(self._ask(Asked(question, master_deal_id, lang))).answer

    async def _ask(self, asked: Asked) -> Answered:
        rules = self._view.book.rules.name
        async with session(
            self._endpoint,
            self._view.clock,
            rules,
            spoken=self._spoken,
            sample_prices=self._sample_prices,
        ) as opened:
            return await opened.ask(asked, self._view, self._knowledge)


def _documents(view: PortfolioView) -> Callable[[str], str | None]:
    """The texts of the documents that were handed in."""

    def text(document_id: str) -> str | None:
        with view.store.reading() as read:
            kept = read.archived("document", document_id)
        return json.loads(kept)["text"] if kept else None

    return text


def known(spoken: Spoken) -> Known:
    """What the rules may ask the facts of a view while reading a question."""
    view = spoken.view

    def resolve(name: str) -> str | None:
        """The deal that a word names: by id, in any case and in letters of either alphabet, by a reference of a source
        system, or by the last digits of its id."""
        with view.store.reading() as read:
            for spelled in dict.fromkeys((name, name.upper(), name.lower(), name.upper().translate(_LATIN))):
                if read.deal(spelled) is not None:
                    return spelled
            found = read.referenced(name)
        return found or (refreshed().numbers.get(name) if name.startswith("0") else None)

    def refreshed() -> Spoken:
        with view.store.reading() as read:
            position = read.last_outbox()
        if spoken.position != position:
            # What the systems call their stages changes only with new events; it takes a look at every deal.
            words = known_words(view)
            spoken.values, spoken.titles = words.values, Titles(words.titles.items())
            spoken.numbers = words.numbers
            spoken.position = position
        return spoken

    return Known(resolve, lambda: refreshed().values, lambda: refreshed().titles)


def _answered(asked: Asked, talk: Talk, view: PortfolioView, record: Record) -> Answered:
    looked_up = [{"tool": result["tool"], "args": result["args"]} for result in talk["results"]]
    answer: dict[str, Any] = {
        "result": {"intent": talk["intent"] or None, "lang": talk["lang"], "looked_up": looked_up},
        "evidence": talk["evidence"],
        "text": talk["text"],
        "mode": talk["mode"],
    }
    if talk.get("llm"):
        answer["llm"] = {**(talk["llm"] or {}), "note": talk.get("note"), "refused": talk.get("refused", [])}
    seed = json.dumps(
        [asked.question, asked.master_deal_id, answer], ensure_ascii=False, default=str, sort_keys=True
    )
    answer["decision_id"] = "D-" + hashlib.blake2b(seed.encode(), digest_size=9).hexdigest()
    made_of = {
        name: talk.get(name)
        for name in (
            "question",
            "deal_id",
            "lang",
            "intent",
            "slots",
            "results",
            "accepted",
            "note",
            "attached",
        )
    }
    made_of["roles"] = {step.name: list(step.role) for step in view.book.rules.steps}
    made_of["rules"] = {"name": view.book.rules.name, "edition": view.book.edition}
    return Answered(answer, [dict(one) for one in talk["proposals"]], made_of, record)
