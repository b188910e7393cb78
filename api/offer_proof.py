"""Whether a DOCX, PDF or XLSX is what an offer's kept version writes: found by its marks, compared line by line."""

from __future__ import annotations

import json
from typing import Any, Final

from api.offers_on_paper import on_paper
from api.wiring import House
from masterdeal.errors import DealError
from masterdeal.ports import Reading
from tools.document import Document, read_document
from tools.paper.proof import differences, marks_of

UNMARKED: Final = "the file carries no number and checksum of an offer"
UNKNOWN: Final = "there is no such offer here"
CHANGED: Final = "the text is not that of this version"
_WRITTEN: Final = {"docx": "offer.docx", "pdf": "offer.pdf", "xlsx": "plan.xlsx"}


def is_paper(content: bytes) -> bool:
    """Whether these bytes are a package or a PDF, and so no JSON."""
    return content.startswith((b"PK\x03\x04", b"%PDF-"))


def named(name: str, content: bytes) -> str:
    """The name of such bytes; of those sent bare, or under a name without an ending, by what they hold."""
    if "." in name and not name.endswith(".json"):
        return name
    if content.startswith(b"%PDF-"):
        return _WRITTEN["pdf"]
    return _WRITTEN["docx" if b"word/document.xml" in content else "xlsx"]


def proved(house: House, name: str, content: bytes) -> dict[str, Any]:
    """The verdict on a file. A version is found by the sum the file carries; the file is valid if its text is, line by
    line, what that version writes. `status` says whether the version was approved and still binds."""
    try:
        document = read_document(name, content)
    except DealError as problem:
        return {"valid": False, "reason": str(problem)}
    if document.kind not in _WRITTEN:
        return {"valid": False, "reason": UNMARKED}
    marks = marks_of(content, document.text)
    if not marks.numbers:
        return {"valid": False, "reason": UNMARKED}
    with house.store.reading() as read:
        found = _version(read, marks.numbers, marks.hashes)
    if found is None:
        return {"valid": False, "reason": UNKNOWN}
    paper, latest = found
    offer = paper["offer"]
    verdict = {
        "offer_id": offer["offer_id"],
        "version": offer["version"],
        "status": offer["status"] if offer["version"] == latest else "superseded",
    }
    other = differences(document.text, _written(paper, document).text)
    if other:
        told = [one.model_dump() for one in other]
        return {**verdict, "valid": False, "reason": CHANGED, "differs": told}
    return {**verdict, "valid": True}


def _written(paper: dict[str, Any], like: Document) -> Document:
    name = _WRITTEN[like.kind]
    return read_document(name, on_paper(paper, name))


def _version(
    read: Reading, numbers: tuple[str, ...], hashes: tuple[str, ...]
) -> tuple[dict[str, Any], int] | None:
    """The paper whose sum the file carries, or else the latest of the offer it names; and the latest version."""
    for number in numbers:
        text = read.archived("offer", number)
        if text is None:
            continue
        latest: dict[str, Any] = json.loads(text)
        last = int(latest["offer"]["version"])
        for version in range(last, 0, -1):
            kept = text if version == last else read.archived("offer-version", f"{number}/{version:06d}")
            if kept is not None and json.loads(kept)["offer"]["hash"] in hashes:
                return json.loads(kept), last
        return latest, last
    return None
