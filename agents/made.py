"""A draft of the conversation, whose values are handed out bound to their place in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.draft import Bound


class Made:
    """A draft whose values are handed out bound to their place in it."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self.value = value
        self.id = value.get("draft_id") or value["kind"]

    def bind(self, path: str, value: Any, show: Any = "text", **quote: Any) -> Bound:
        """A value of the draft."""
        return Bound(f"{self.id}/{path}", value, show, "document" if quote.get("quote") else "tool", **quote)
