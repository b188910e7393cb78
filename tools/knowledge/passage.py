"""What the knowledge base holds: documents, and the passages they are cut into."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.knowledge.citation import Citation

Kind = Literal["law", "playbook", "product", "offer", "document"]


class Passage(BaseModel):
    """A stretch of a document small enough to be quoted. `start` and `end` are offsets in the document's text."""

    model_config = ConfigDict(frozen=True)

    citation: Citation
    heading: str = Field(description="What the passage stands under: title of the article, lead of the list")
    text: str = Field(description="The passage without page furniture and editorial notes, lines joined")
    start: int
    end: int


class Source(BaseModel):
    """A document of the knowledge base. The name, the kind and the deal tell documents apart; the digest, editions."""

    model_config = ConfigDict(frozen=True)

    document_id: str
    kind: Kind
    name: str = Field(description="File name, or name of a packaged source")
    title: str
    act: str | None = Field(default=None, description="Short name of the act, of a law")
    digest: str = Field(description="Changes with the text and with the way texts are cut")
    master_deal_id: str | None = Field(
        default=None, description="The deal it belongs to: only who may see the deal finds it"
    )
    packaged: bool = Field(default=False, description="Part of the product; it cannot be removed")
    chars: int = 0
    passages: int = 0
    added_at: str | None = None
