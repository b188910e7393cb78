"""How a text becomes a source of the knowledge base, and how a source is cut into passages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from masterdeal.errors import Malformed
from tools.contract.clauses import cut as cut_clauses
from tools.knowledge.citation import Citation
from tools.knowledge.law import LONGEST, act_name, cut_law, reads_as_law, split
from tools.knowledge.passage import Kind, Passage, Source
from tools.legal_text import readable

EDITION: Final = 2
"""Raised when texts are cut or embedded differently, so that what was indexed before is indexed anew."""


def digest_of(text: str) -> str:
    """Tells two texts apart, and one text cut in two ways."""
    return hashlib.blake2b(f"{EDITION}\n{text}".encode(), digest_size=12).hexdigest()


def source_id(kind: Kind, name: str, master_deal_id: str | None = None) -> str:
    """The id a document has by its kind, name and deal; the same document added again has the same id."""
    seed = "\n".join((kind, name, master_deal_id or ""))
    return "KB-" + hashlib.blake2b(seed.encode(), digest_size=8).hexdigest()


def read_source(
    name: str,
    text: str,
    *,
    kind: Kind | None = None,
    title: str | None = None,
    act: str | None = None,
    master_deal_id: str | None = None,
    added_at: str | None = None,
) -> Source:
    """A text as a source. Without `kind` it is a law if it is cut into articles and names itself an act, else a document.

    A law is known by its act: another file of the same act replaces it. Raises Malformed for a text that cannot be
    read, or for a law without articles or without a name.
    """
    readable(text)
    named = act or act_name(text)
    read_as = kind or ("law" if named and reads_as_law(text) else "document")
    if read_as == "law" and named is None:
        raise Malformed("The act does not say its number; name it", reason="no_act", name=name)
    known_by = named if read_as == "law" and named else name
    source = Source(
        document_id=source_id(read_as, known_by, master_deal_id),
        kind=read_as,
        name=name,
        title=title or (named if read_as == "law" and named else name),
        act=named if read_as == "law" else None,
        digest=digest_of(text),
        master_deal_id=master_deal_id,
        chars=len(text),
        added_at=added_at,
    )
    return source.model_copy(update={"passages": len(cut(source, text))})


def cut(source: Source, text: str) -> tuple[Passage, ...]:
    """The passages of a source's text: a law by article, part and item, anything else by clause."""
    if source.kind == "law" and source.act is not None:
        return cut_law(text, source.act)
    return tuple(_by_clause(source.title, text))


def _by_clause(title: str, text: str) -> Iterator[Passage]:
    """Neighbouring clauses of one section are joined while they stay short."""
    pending: list[tuple[str | None, int, int]] = []
    for clause in cut_clauses(text):
        number = clause.number
        if pending and (
            clause.end - pending[0][1] > LONGEST or (number is not None and number != pending[0][0])
        ):
            yield from _passage(title, text, pending)
            pending = []
        pending.append((number or (pending[-1][0] if pending else None), clause.start, clause.end))
    yield from _passage(title, text, pending)


def _passage(title: str, text: str, joined: list[tuple[str | None, int, int]]) -> Iterator[Passage]:
    if not joined:
        return
    start, end = joined[0][1], joined[-1][2]
    said = " ".join(text[start:end].split())
    if any(char.isalnum() for char in said):
        yield from split(Citation(act=title, clause=joined[0][0]), title, said, start, end)
