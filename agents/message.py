"""A message taken apart: what is asked, and the text that came along with it. The text is never read as a question."""

from __future__ import annotations

import re
from typing import Final

from agents.skills import asked_for, skills
from agents.spoken import words_of
from tools.machine_orders import without_orders

LONGEST_QUESTION: Final = 4000
SHORTEST_TEXT: Final = 40
_FENCE: Final = re.compile(r"```[^\n]*\n(.*?)```|\"\"\"(.*?)\"\"\"|<<<(.*?)>>>", re.DOTALL)
_COLON: Final = re.compile(r":\s+")


def taken_apart(message: str) -> tuple[str, str | None]:
    """What is asked, on one line, and the text that stands with it: in a fence, below the first line, above the last
    one, or behind a colon."""
    fenced = _FENCE.search(message)
    if fenced:
        inner = next(group for group in fenced.groups() if group is not None)
        return _line(message[: fenced.start()] + " " + message[fenced.end() :]), inner.strip() or None
    lines = message.strip().split("\n")
    if len(lines) > 1:
        first, rest = lines[0], "\n".join(lines[1:]).strip()
        last, above = lines[-1], "\n".join(lines[:-1]).strip()
        if _asks(first) and len(rest) >= SHORTEST_TEXT:
            return _line(first), rest
        if _asks(last) and len(above) >= SHORTEST_TEXT:
            return _line(last), above
    colon = _COLON.search(message)
    if (
        colon
        and len(message) - colon.end() >= SHORTEST_TEXT
        and any(skills()[name].needs for name in asked_for(words_of(message[: colon.start()])))
    ):
        return _line(message[: colon.start()]), message[colon.end() :].strip()
    return _line(message), None


def _asks(line: str) -> bool:
    return len(line) <= 600 and (line.rstrip().endswith("?") or bool(asked_for(words_of(line))))


def _line(text: str) -> str:
    """On one line, cut to size, without orders to a machine: what is asked is asked in the open."""
    return " ".join(without_orders(" ".join(text.split())[:LONGEST_QUESTION]).split())
