"""Text from bytes whose encoding nobody stated: UTF-8 and UTF-16 by their marks, old Cyrillic ones by their letters."""

from __future__ import annotations

from itertools import pairwise

from masterdeal.errors import Malformed
from tools.leads.row import ImportFinding

_OLD_ENCODINGS = ("cp1251", "koi8-r", "cp866", "mac-cyrillic")
_SAMPLE = 200_000
_COMMON = frozenset("оеаинтсрвлкмдпу")
_LETTERS = frozenset("абвгдежзийклмнопрстуфхцчшщъыьэюяёАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁ«»№—–")


def _russian_likeness(text: str) -> float:
    """How much a text looks like Russian: frequent small letters; few other signs, few capitals after small letters."""
    foreign = [char for char in text if not char.isascii()]
    turned = sum(left.islower() and right.isupper() for left, right in pairwise(text))
    told = sum(1.0 if char in _COMMON else 0.3 if char in _LETTERS else -1.0 for char in foreign)
    return (told - 2 * turned) / len(foreign) if foreign else -1.0


def _old_encoding(content: bytes) -> str:
    return max(_OLD_ENCODINGS, key=lambda name: _russian_likeness(content[:_SAMPLE].decode(name, "replace")))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def decode(content: bytes) -> tuple[str, tuple[ImportFinding, ...]]:
    """The text of a file and what had to be guessed: an old Cyrillic encoding, or lines in several."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), ()
        except UnicodeDecodeError:
            raise Malformed("Файл начинается как UTF-16, но не читается в ней.") from None
    content = content.removeprefix(b"\xef\xbb\xbf")
    if _is_utf8(content):
        return content.decode("utf-8"), ()
    lines = content.split(b"\n")
    unread = [not _is_utf8(line) for line in lines]
    old = _old_encoding(b"\n".join(line for line, wrong in zip(lines, unread, strict=True) if wrong))
    read = sum(not wrong and not line.isascii() for line, wrong in zip(lines, unread, strict=True))
    if not read:
        message = f"Кодировка определена по буквам: {old}"
        return content.decode(old, "replace"), (ImportFinding(code="encoding_guessed", message=message),)
    message = f"В файле несколько кодировок: строк в UTF-8 {read}, в {old} {sum(unread)}"
    text = "\n".join(
        line.decode(old if wrong else "utf-8", "replace") for line, wrong in zip(lines, unread, strict=True)
    )
    return text, (ImportFinding(code="mixed_encodings", message=message),)
