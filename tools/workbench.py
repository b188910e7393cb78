"""What the copilot's tools work with: the deals its caller may see, the texts and drafts of the conversation, the day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from masterdeal import instant
from masterdeal.errors import NotFound
from masterdeal.sla import MOSCOW
from tools.deals import PortfolioView

if TYPE_CHECKING:
    from tools.knowledge.view import KnowledgeView


def _no_document(_: str) -> str | None:
    return None


@dataclass(frozen=True)
class Workbench:
    """Nothing here writes: a tool answers with a draft, and whoever holds the conversation keeps it."""

    view: PortfolioView
    texts: Mapping[str, str] = field(default_factory=dict)
    drafts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    document: Callable[[str], str | None] = _no_document
    sample_prices: bool = False
    lang: Literal["ru", "en"] = "ru"
    knowledge: KnowledgeView | None = None

    @property
    def today(self) -> date:
        """The day in Moscow."""
        return instant.to_datetime(self.view.clock()).astimezone(MOSCOW).date()

    def text(self, text_id: str) -> str:
        """A text of the conversation or a kept document. NotFound where there is neither."""
        found = self.texts.get(text_id) or self.document(text_id)
        if found is None:
            raise NotFound(f"there is no text {text_id}", text_id=text_id)
        return found

    def draft(self, draft_id: str) -> Mapping[str, Any]:
        """A draft of the conversation. NotFound where there is none."""
        found = self.drafts.get(draft_id)
        if found is None:
            raise NotFound(f"there is no draft {draft_id}", draft_id=draft_id)
        return found
