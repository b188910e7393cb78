"""Rows of a text file, CSV or JSON lines, each with its number and line. What is broken is said and skipped."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterator, Set
from typing import IO, Any, Final, NamedTuple

from masterdeal.errors import Malformed

LONGEST_LINE: Final = 1 << 20
LOOK_AHEAD: Final = 200
"""How many lines one quoted cell may span before its opening quote is taken for a broken one."""

DELIMITERS: Final = ",;\t"


class Row(NamedTuple):
    """One row of data. `number` counts the rows of data from 1, `line` the lines of the file."""

    number: int
    line: int
    cells: dict[str, Any]


class Broken(NamedTuple):
    """A row that cannot be read."""

    number: int
    line: int
    reason: str
    column: str | None = None
    value: str | None = None


class Line(NamedTuple):
    """A line of the file; `fault` says why its text cannot be used."""

    number: int
    text: str
    fault: str | None = None
    resumed: bool = False


def read_lines(stream: IO[str], encoding: str) -> Iterator[Line]:
    """The lines of a stream opened with errors="surrogateescape"; UTF-16 that breaks off is Malformed."""
    try:
        yield from _lines(stream, encoding)
    except UnicodeDecodeError as error:
        raise Malformed(f"the text is not {encoding}: {error.reason}") from None


def _lines(stream: IO[str], encoding: str) -> Iterator[Line]:
    number = 0
    while text := stream.readline(LONGEST_LINE):
        number += 1
        fault = None
        if len(text) == LONGEST_LINE and not text.endswith("\n"):
            fault = f"the line is longer than {LONGEST_LINE} characters"
            while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith("\n"):
                pass
        elif not text.isascii() and any("\udc80" <= letter <= "\udcff" for letter in text):
            fault = f"the line has bytes that are not {encoding}"
        elif "\0" in text:
            fault = "the line has a NUL character"
        yield Line(number, text, fault)


class _Feed:
    """Lines for csv.reader, which can be given back when a quote that never closes has swallowed them."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self.lines = lines
        self.ahead: deque[Line] = deque()
        self.taken: list[Line] = []

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= LOOK_AHEAD or (self.taken and self.taken[0].fault):
            raise StopIteration
        line = self.ahead.popleft() if self.ahead else next(self.lines)
        self.taken.append(line)
        if line.fault is None:
            return line.text
        if len(self.taken) > 1:
            raise StopIteration
        return "\n"

    def give_back(self) -> None:
        """All but the first line taken come again."""
        self.ahead.extendleft(line._replace(resumed=True) for line in reversed(self.taken[1:]))
        del self.taken[1:]


def table_rows(lines: Iterator[Line], wanted: Set[str]) -> tuple[list[str], str, Iterator[Row | Broken]]:
    """The heading, the delimiter and the rows of a CSV. The delimiter is the one that shows most of the `wanted`
    columns. A row whose cells are all empty is no row."""
    feed = _Feed(lines)
    heading, delimiter = _heading(feed, wanted)
    return heading, delimiter, _records(feed, heading, delimiter)


def _heading(feed: _Feed, wanted: Set[str]) -> tuple[list[str], str]:
    lines: list[Line] = []
    stated = None
    for line in feed.lines:
        bare = line.text.strip()
        if not lines and line.fault is not None:
            raise Malformed(f"the heading cannot be read: {line.fault}", line=line.number)
        if not lines and (not bare.strip(DELIMITERS) or bare[:4].casefold() == "sep="):
            stated = bare[4:5] or stated if bare[:4].casefold() == "sep=" else stated
            continue
        lines.append(line)
        if len(lines) == LOOK_AHEAD // 10:
            break
    if not lines:
        raise Malformed("the file has no heading")
    best: tuple[tuple[bool, int, int], list[str], str, int] | None = None
    for delimiter in DELIMITERS:
        reader = csv.reader((line.text for line in lines), delimiter=delimiter, strict=True)
        try:
            names = [" ".join(name.split()) for name in next(reader)]
        except csv.Error:
            continue
        score = (delimiter == stated, len(wanted & set(names)), len(names))
        if best is None or score > best[0]:
            best = (score, names, delimiter, reader.line_num)
    if best is None:
        raise Malformed("the heading cannot be read: a quote is not closed", line=lines[0].number)
    feed.ahead.extend(lines[best[3] :])
    return best[1], best[2]


def check_heading(heading: list[str], wanted: Set[str]) -> None:
    """A wanted column that stands twice in the heading is Malformed: no one can say which is meant."""
    twice = sorted(name for name in wanted if heading.count(name) > 1)
    if twice:
        raise Malformed(f"the heading names {twice[0]!r} more than once", columns=twice)


def _records(feed: _Feed, heading: list[str], delimiter: str) -> Iterator[Row | Broken]:
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    number = 0
    while True:
        feed.taken.clear()
        fault = None
        cells: list[str] = []
        try:
            cells = next(reader)
        except StopIteration:
            if not feed.taken:
                return
        except csv.Error as error:
            fault = f"broken quotes: {error}"
        first = feed.taken[0]
        if first.fault is not None:
            fault = first.fault
        elif fault is None and not any(map(str.strip, cells)):
            continue
        elif fault is None and len(cells) != len(heading):
            fault = f"{len(cells)} cells, the heading has {len(heading)}"
        elif fault is None and first.resumed and len(feed.taken) == 1 and first.text.count('"') % 2:
            fault = "the rest of a row with broken quotes"
        number += 1
        if fault is None:
            yield Row(number, first.number, dict(zip(heading, cells, strict=True)))
        else:
            if len(feed.taken) > 1:
                feed.give_back()
            column, value = _culprit(first, heading, delimiter)
            yield Broken(number, first.number, fault, column, value)


def _culprit(line: Line, heading: list[str], delimiter: str) -> tuple[str | None, str]:
    """The column whose text has the fault, as far as it can be told, and the text."""
    cells = line.text.rstrip("\r\n").split(delimiter)
    if line.fault is not None and len(cells) == len(heading):
        for name, cell in zip(heading, cells, strict=True):
            if "\0" in cell or any("\udc80" <= letter <= "\udcff" for letter in cell):
                return name, cell
    return None, line.text.rstrip("\r\n")


def json_rows(lines: Iterator[Line]) -> Iterator[Row | Broken]:
    """The objects of a JSON-lines file; empty lines are no rows."""
    number = 0
    for line in lines:
        text = line.text.strip()
        if not text and line.fault is None:
            continue
        number += 1
        try:
            if line.fault is not None:
                raise ValueError(line.fault)
            found = json.loads(text, parse_constant=_no_constant)
            if not isinstance(found, dict):
                raise ValueError("not a JSON object")
            if "\\u" in text:
                json.dumps(found, ensure_ascii=False).encode()
        except json.JSONDecodeError as error:
            yield Broken(number, line.number, f"not JSON: {error.msg}", None, text)
        except UnicodeEncodeError:
            yield Broken(number, line.number, "half of a surrogate pair", None, text)
        except ValueError as error:
            yield Broken(number, line.number, str(error), None, text)
        except RecursionError:
            yield Broken(number, line.number, "nested too deeply", None, text)
        else:
            yield Row(number, line.number, found)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def flattened(cells: dict[str, Any]) -> dict[str, Any]:
    """With the members of inner objects also under dotted names: {"client": {"name": 1}} has "client.name"."""
    flat = dict(cells)
    for name, cell in cells.items():
        if isinstance(cell, dict):
            flat |= {f"{name}.{inner}": value for inner, value in flattened(cell).items()}
    return flat
