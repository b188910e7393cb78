"""What backs a figure, a name or a claim."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

EvidenceKind = Literal["event", "deal", "tool", "document", "law"]


class Evidence(BaseModel):
    """One value and the place it was taken from, precise enough to look it up again."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="Short name of this piece of evidence, unique within one answer: e1, e2, ...")
    kind: EvidenceKind = Field(
        description="event: of the log; deal: computed state; tool: result of a tool; document: quoted text; law: act and article"
    )
    path: str = Field(
        description="Where the value stands, e.g. deal/D-1/sla/offer_to_contract/due_at or crm/evt-7"
    )
    value: Any = Field(description="The value itself, as it stands there")
    quote: str | None = Field(
        default=None, description="Verbatim text that carries the value, when it was read from text"
    )
    start: int | None = Field(
        default=None, description="Offset of the quote's first character in its document"
    )
    end: int | None = Field(default=None, description="Offset one past the quote's last character")
