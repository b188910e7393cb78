"""Forms, tables and headings: which stretch of a text answers which heading."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tools.brief_reading.annotated import AnnotatedText
from tools.brief_reading.headings import BULLET, Headings
from tools.brief_reading.rows import Rows
from tools.brief_reading.thread import Message

_SPLIT = re.compile(
    r"\s*\*{0,2}\s*(?::(?!//|\d)\*{0,2}|\||\t|=)\s*|\s+[—–-]\s+|\s[—–]|(?<=[а-яёa-z])[—–]\s?|(?<=[а-яё])-\s",
    re.IGNORECASE,
)
_SPLIT_ROWS = re.compile(_SPLIT.pattern + r"|\s*;\s*", re.IGNORECASE)
_AFTER_LABEL = re.compile(
    r"(?:\s*\([^)\n]{0,60}\))?(?:,?\s*(?:тыс\.?|млн\.?)?\s*(?:руб\w*\.?|₽))?\s*\*{0,2}\s*(?:[:=]\*{0,2}(?!//)|\s[—–-](?=\s)|[—–](?=\s))\s*"
)
_BEFORE_LABEL = re.compile(r"(?:^|[\n.;,|!?()•]|\s[—–/-])[\s>*_#•—–/-]*$")
_MARKED = re.compile(r"^(?:\s*>)*\s*(?:#{1,6}\s|\*\*[^*\n]+\*\*:?\s*$|\d{1,2}\.\s)")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of a line and the heading it answers, None for free text."""

    start: int
    end: int
    label: str | None
    label_start: int
    table: bool = False
    label_end: int = 0


class Layout:
    """The stretches of one text, by the headings and tables it has."""

    def __init__(self, note: AnnotatedText) -> None:
        self.note = note
        self.text = note.text
        self.headings = Headings(note)
        self.rows = Rows(self.headings)
        self.split = _SPLIT_ROWS if self.rows.rows_of_semicolons() else _SPLIT

    def line(self, start: int, end: int) -> list[Stretch]:
        """Stretches of one line; the first has no label unless the line begins with a heading."""
        body = start + BULLET.match(self.text[start:end]).end()  # type: ignore[union-attr]
        marks: list[tuple[int, int, str, bool]] = []  # label start, value start, label, table
        split = self.split.search(self.text, body, end)
        if split:
            sign = split.group().strip(" *\n")
            cell = sign in ("|", ";") or "\t" in split.group()
            found = self.headings.key(body, split.start(), cell, sign in (":", "="))
            if found:
                marks.append((body, split.end(), found.key, cell))
        for mention in self.note.mentions(self.headings.labels, body, end):
            if marks and mention.start < marks[-1][1]:
                continue
            separator = _AFTER_LABEL.match(self.text, mention.end, end)
            if separator and _BEFORE_LABEL.search(self.text, max(0, start - 1), mention.start):
                better = [
                    other
                    for other in self.note.mentions(self.headings.labels, mention.start, mention.end)
                    if other.size == mention.size and other.key.startswith("-")
                ]
                marks.append(
                    (
                        mention.start,
                        separator.end(),
                        (better[0] if better else self.headings.plural(mention)).key,
                        False,
                    )
                )
        if not marks:
            return [Stretch(body, end, None, body)]
        stretches = [] if marks[0][0] <= body else [Stretch(body, marks[0][0], None, body)]
        for index, (label_start, value_start, label, is_table) in enumerate(marks):
            stop = marks[index + 1][0] if index + 1 < len(marks) else end
            stretches.append(Stretch(min(value_start, stop), stop, label, label_start, is_table, value_start))
        return stretches

    def stretches(self, message: Message) -> list[Stretch]:
        result: list[Stretch] = []
        pending: str | None = None
        pending_start = 0
        sticky = False
        filled = False
        header: list[tuple[str | None, int, int]] | None = None
        at = message.head
        for line in self.text[message.head : message.end].split("\n"):
            start, end = at, at + len(line)
            at = end + 1
            bare = line.strip(" >*_\t")
            if not bare or re.fullmatch(r"[-=_—|:\s]+", bare):
                if filled and not sticky:
                    pending = None
                if not bare:
                    header = None
                continue
            cells = self.rows.cells(start, end)
            if header and len(cells) == len(header):
                for (cell, stop), (name, *head) in zip(cells, header, strict=True):
                    result.append(Stretch(cell, stop, name, head[0], True, head[1]))
                continue
            if (found := self.rows.columns(start, end)) is not None and not self.rows.form_goes_on(
                at, len(found)
            ):
                header, pending = found, None
                continue
            label = self.headings.heading(start, end)
            parts = self.line(start, end)
            if label is None and pending is not None and bare.endswith("?") and parts[0].label is None:
                pending = None  # another question: what follows answers it
            empty = (
                len(parts) == 1
                and parts[0].label
                and not self.text[parts[0].start : parts[0].end].strip(" *_")
            )
            if empty:
                label = parts[0].label
            if label:
                pending, pending_start, sticky, filled = label, start, bool(_MARKED.match(line)), False
                continue
            if _MARKED.match(line) and line.lstrip(" >").startswith(("#", "**")) and parts[0].label is None:
                pending = None
            if pending is not None and parts[0].label is not None and len(parts) >= 1 and not sticky:
                pending = None
            for part in parts:
                if part.label is None and pending is not None:
                    filled = True
                    result.append(Stretch(part.start, part.end, pending, pending_start))
                else:
                    result.append(part)
        return result
