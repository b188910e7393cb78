"""What is written to the archive when a source is added or removed. Whoever writes does so with these."""

from __future__ import annotations

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict

from masterdeal.errors import BadRequest, NotFound
from masterdeal.ports import Reading
from tools.knowledge.library import CARD, TEXT
from tools.knowledge.packaged import packaged
from tools.knowledge.passage import Source


class Papers(BaseModel):
    """Texts to file, by kind and id, and what became of the source."""

    model_config = ConfigDict(frozen=True)

    state: Literal["added", "replaced", "unchanged", "removed"]
    source: Source
    papers: dict[str, dict[str, str]] = {}


def kept(read: Reading, document_id: str) -> Source | None:
    """The source kept under an id; None if there is none or it was removed."""
    body = read.archived(CARD, document_id)
    card = json.loads(body) if body else {"removed": True}
    return None if card.get("removed") else Source.model_validate(card)


def to_add(read: Reading, source: Source, text: str) -> Papers:
    """What to file so that a source is held; nothing where the same text is held already."""
    before = kept(read, source.document_id)
    if before is not None and before.digest == source.digest and before.title == source.title:
        return Papers(state="unchanged", source=before)
    return Papers(
        state="added" if before is None else "replaced",
        source=source,
        papers={
            CARD: {source.document_id: source.model_dump_json()},
            TEXT: {
                source.document_id: json.dumps(
                    {"master_deal_id": source.master_deal_id, "text": text}, ensure_ascii=False
                )
            },
        },
    )


def to_remove(read: Reading, document_id: str) -> Papers:
    """What to file so that a source is held no more; its text is gone with it. BadRequest for a packaged one."""
    if any(source.document_id == document_id for source, _ in packaged()):
        raise BadRequest(
            f"{document_id} is part of the product and cannot be removed", document_id=document_id
        )
    before = kept(read, document_id)
    if before is None:
        raise NotFound(f"the knowledge base holds no document {document_id}", document_id=document_id)
    removed = json.dumps({"removed": True})
    return Papers(
        state="removed",
        source=before,
        papers={CARD: {document_id: removed}, TEXT: {document_id: json.dumps({"text": ""})}},
    )
