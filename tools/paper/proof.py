"""Is a file in hand one of ours, and unchanged? Its marks name the content, its text is held against that content's."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

from pydantic import BaseModel, ConfigDict

_NUMBER: Final = re.compile(r"\bOF-[0-9A-F]{12}\b")
_DIGEST: Final = re.compile(r"\b[0-9a-f]{64}\b")
# A part of a package larger than this is no place for a mark.
_LARGEST_PART: Final = 5_000_000


class Marks(BaseModel):
    """What a file says of itself: numbers of offers and SHA-256 sums, in order, each once."""

    model_config = ConfigDict(frozen=True)

    numbers: tuple[str, ...]
    hashes: tuple[str, ...]


class Difference(BaseModel):
    """Lines of the file that the kept content lacks, and what stands there instead; either may be empty."""

    model_config = ConfigDict(frozen=True)

    here: str
    kept: str


def marks_of(content: bytes, text: str) -> Marks:
    """The marks of a DOCX, XLSX or PDF: in its text, and in all parts of its package (footers, properties). The package
    is one that was read before, so that its size is known to be bearable."""
    places = [text, *_parts(content)]
    numbers = dict.fromkeys(found for place in places for found in _NUMBER.findall(place))
    hashes = dict.fromkeys(found for place in places for found in _DIGEST.findall(place))
    return Marks(numbers=tuple(numbers), hashes=tuple(hashes))


def _parts(content: bytes) -> Iterator[str]:
    if not content.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for part in package.infolist():
            if part.filename.endswith(".xml") and part.file_size <= _LARGEST_PART:
                yield package.read(part).decode("utf-8", "replace")


def differences(here: str, kept: str, most: int = 10) -> tuple[Difference, ...]:
    """Where the lines of two texts differ, at most `most` places; spaces and empty lines do not count."""
    ours, theirs = _lines(here), _lines(kept)
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if tag != "equal":
            found.append(Difference(here=" ⏎ ".join(ours[a:b])[:400], kept=" ⏎ ".join(theirs[c:d])[:400]))
        if len(found) == most:
            break
    return tuple(found)


def _lines(text: str) -> list[str]:
    return [line for raw in text.splitlines() if (line := " ".join(raw.split()))]
