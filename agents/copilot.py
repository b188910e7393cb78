"""The copilot as others use it: a question in, an answer with its evidence out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from agents.graph import Kit, build
from agents.model import Thinker
from agents.plan import Known
from agents.state import Lang
from masterdeal import instant
from tools.deals import PortfolioView, Which, known_values, portfolio_figures

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


class Copilot:
    """Answers questions about deals. It only reads."""

    def __init__(
        self, view: PortfolioView, model: BaseChatModel | None = None, name: str = "", seconds: float = 20.0
    ) -> None:
        self._view = view
        self._seen = -1
        self._spoken: Mapping[str, Iterable[str]] = {}
        thinker = None
        if model is not None:
            thinker = Thinker(model, name, lambda: instant.iso(view.clock()), view.book.rules.name, seconds)
        roles = {step.name: step.role for step in view.book.rules.steps}
        self._graph = build(Kit(view, Known(self._resolve, self._values), roles, thinker))

    def ask(
        self, question: str, master_deal_id: str | None = None, lang: Lang | None = None
    ) -> dict[str, Any]:
        """The answer: text, evidence, mode, and what was looked up."""
        talk = self._graph.invoke({"question": question, "deal_id": master_deal_id, "lang": lang})
        looked_up = [{"tool": result["tool"], "args": result["args"]} for result in talk["results"]]
        answer = {
            "result": {"intent": talk["intent"] or None, "lang": talk["lang"], "looked_up": looked_up},
            "evidence": talk["evidence"],
            "text": talk["text"],
            "mode": talk["mode"],
        }
        if talk.get("llm"):
            answer["llm"] = {**talk["llm"], "note": talk.get("note"), "refused": talk.get("refused", [])}
        seed = json.dumps([question, master_deal_id, answer], ensure_ascii=False, default=str, sort_keys=True)
        answer["decision_id"] = "D-" + hashlib.blake2b(seed.encode(), digest_size=9).hexdigest()
        return answer

    def _resolve(self, name: str) -> str | None:
        """The deal that a word names: by id, in any case, or by a reference of a source system."""
        with self._view.store.reading() as read:
            for spelled in dict.fromkeys((name, name.upper(), name.lower())):
                if read.deal(spelled) is not None:
                    return spelled
            return read.referenced(name)

    def _values(self) -> Mapping[str, Iterable[str]]:
        with self._view.store.reading() as read:
            position = read.last_outbox()
        if self._seen != position:
            # What the systems call their stages changes only with new events; it takes a look at every deal.
            figures = portfolio_figures(self._view, Which())
            self._spoken = {**known_values(self._view), "domain_stage": list(figures["by_domain_stage"])}
            self._seen = position
        return self._spoken
