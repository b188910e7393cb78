"""Text files in the encodings Russian offices still send: UTF-8, UTF-16 with a mark, Windows-1251, KOI8-R."""

from __future__ import annotations

import re

from tools.document_formats.piece import Broken, Piece, unix_lines

_RUSSIAN = re.compile(r"[а-яё]")
_CAPITAL = re.compile(r"[А-ЯЁ]")


def decode(content: bytes) -> str:
    """The text. Of the two 8-bit encodings the one with more small than capital letters wins: they swap case."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return unix_lines(content.decode("utf-16"))
        except UnicodeDecodeError as problem:
            raise Broken("not a text in UTF-16") from problem
    try:
        return unix_lines(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        pass
    if b"\x00" in content:
        raise Broken("binary content under a text name")
    texts = [content.decode(encoding, errors="replace") for encoding in ("cp1251", "koi8-r")]
    best = max(texts, key=lambda text: len(_RUSSIAN.findall(text)) - len(_CAPITAL.findall(text)))
    if len(_RUSSIAN.findall(best)) < len(best) // 5:
        raise Broken("not a text in UTF-8, UTF-16, Windows-1251 or KOI8-R")
    return unix_lines(best)


def read(content: bytes) -> Piece:
    """A text file as it stands."""
    return Piece(decode(content))
