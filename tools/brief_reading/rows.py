"""Tables in a text: their cells, header rows, and whether the whole text is one saved by a spreadsheet."""

from __future__ import annotations

import re

from tools.brief_reading.headings import Headings


class Rows:
    """The rows of one text."""

    def __init__(self, headings: Headings) -> None:
        self.headings = headings
        self.text = headings.text

    def rows_of_semicolons(self) -> bool:
        """Whether most lines are "heading;value", as a spreadsheet saves them."""
        at, rows, lines = 0, 0, 0
        for line in self.text.split("\n")[:60]:
            head = line.partition(";")[0]
            lines += bool(line.strip())
            rows += ";" in line and self.headings.key(at, at + len(head), False, False) is not None
            at += len(line) + 1
        return rows >= 3 and rows * 2 > lines

    def columns(self, start: int, end: int) -> list[tuple[str | None, int, int]] | None:
        """The labels of a header row, when most of its cells are headings."""
        cells = self.cells(start, end)
        if len(cells) < 3 or self.text[cells[0][0] : cells[0][1]].isdigit():
            return None
        found = []
        for cell, stop in cells:
            best = (
                self.headings.key(cell, stop, True, False)
                if len(self.headings.words(cell, stop)) <= 6
                else None
            )
            found.append((best.key if best else None, cell, stop))
        return found if sum(label is not None for label, _, _ in found) * 3 >= 2 * len(found) else None

    def form_goes_on(self, start: int, width: int) -> bool:
        """Whether the next line is a row of a form, its first cell a heading: then the line before heads no columns."""
        end = self.text.find("\n", start)
        cells = self.cells(start, len(self.text) if end < 0 else end)
        return 2 <= len(cells) <= width and self.headings.key(*cells[0], False, False) is not None

    def cells(self, start: int, end: int) -> list[tuple[int, int]]:
        cells, at = [], start
        for part in re.split(r"[|\t]", self.text[start:end]):
            if part.strip():
                lead = len(part) - len(part.lstrip())
                cells.append((at + lead, at + len(part.rstrip())))
            at += len(part) + 1
        return cells
