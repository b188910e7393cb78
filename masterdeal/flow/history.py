"""Loading a history: the rows of a file become events by a map and are delivered in batches."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from masterdeal.errors import BadMap, Malformed, NotFound, TooLarge
from masterdeal.flow.load_report import LoadReport, Tally
from masterdeal.flow.rowfile import RowFile, open_rows
from masterdeal.flow.rows import Broken, Row, flattened
from masterdeal.history import Made, Remark, events_of, join_key, shown
from masterdeal.history_map import HistoryMap, Join, parse_map

REMEMBERED: Final = 65_536
"""How many events back a repeat within one file is recognised before delivery; older ones come back as duplicates."""

LARGEST_JOIN: Final = 1_000_000


class Outcome(Protocol):
    """What became of one delivered event."""

    @property
    def outcome(self) -> str:
        """accepted, duplicate, parked or rejected"""

    @property
    def reason(self) -> str | None:
        """Why it was parked or rejected."""


Deliver = Callable[[list[dict[str, Any]]], Sequence[Outcome]]
Progress = Callable[[int, int | None], None]


class _Sent(NamedTuple):
    event: dict[str, Any]
    line: int
    row: int


def shipped_maps() -> list[str]:
    """The names of the maps that come with the product."""
    folder = resources.files("masterdeal") / "maps"
    return sorted(Path(found.name).stem for found in folder.iterdir() if found.name.endswith(".toml"))


def read_map(place: str | Path) -> HistoryMap:
    """The map in a TOML file, or the shipped map of that name."""
    path = Path(place)
    try:
        if str(place) in shipped_maps() and not path.exists():
            shipped = resources.files("masterdeal") / "maps" / f"{place}.toml"
            return parse_map(shipped.read_text("utf-8"))
        return parse_map(path.read_text("utf-8"))
    except FileNotFoundError:
        raise NotFound(f"there is no map {place}; shipped are: {', '.join(shipped_maps())}") from None
    except UnicodeDecodeError:
        raise BadMap(f"the map {path.name} is not UTF-8 text") from None
    except OSError as error:
        raise BadMap(f"the map {path.name} cannot be read: {error.strerror or error}") from None


def load(
    path: Path,
    map_: HistoryMap | None,
    deliver: Deliver,
    progress: Progress | None = None,
    batch: int = 500,
) -> LoadReport:
    """Load a file: CSV, XLSX or JSON lines of rows by a map, or JSON lines of ready CloudEvents without one.

    Memory does not grow with the file. Whatever `deliver` raises ends the load; loading the same file again is
    the way to resume it, since equal rows make equal events. `progress` gets the bytes read and the size of the
    file, or for XLSX the rows read and None.
    """
    path = Path(path)
    tally = Tally()
    with open_rows(path, map_.columns if map_ else frozenset(), map_.sheet if map_ else None) as opened:
        if map_ is None and opened.format != "jsonl":
            raise BadMap(f"{path.name} is a table; say with a map which events its rows make")
        make = _maker(path, map_, opened, tally)
        outbox = _Outbox(deliver, tally, batch)
        for row in opened.rows:
            made = _broken(row) if isinstance(row, Broken) else make(row)
            tally.row(made)
            for event in made.events:
                outbox.put(_Sent(event, row.line, row.number))
            if progress is not None and tally.rows_read % batch == 0:
                progress(opened.done() if opened.done else tally.rows_read, opened.total)
        outbox.flush()
        if progress is not None:
            progress(opened.total if opened.total is not None else tally.rows_read, opened.total)
        kind = "cloudevents" if map_ is None else opened.format
        return tally.report(path.name, kind, opened.encoding, opened.delimiter)


def _maker(path: Path, map_: HistoryMap | None, opened: RowFile, tally: Tally) -> Callable[[Row], Made]:
    if map_ is None:
        return _ready
    tables = {join.name: _joined(path.parent / join.file, join, tally) for join in map_.joins}
    absent = sorted(map_.columns - set(opened.heading)) if opened.heading is not None else []
    if absent:
        names = ", ".join(name for name in opened.heading or () if name)
        reason = f"there is no column {absent[0]!r} in the file; there are: {names}"
        return lambda row: Made((), (Remark(line=row.line, row=row.number, column=absent[0], reason=reason),))

    def make(row: Row) -> Made:
        cells = flattened(row.cells) if opened.heading is None else row.cells
        return events_of(map_, cells, row.line, row.number, tables)

    return make


def _ready(row: Row) -> Made:
    """A row that is a CloudEvent already."""
    event = row.cells
    lacking = next(
        (name for name in ("id", "source", "type") if not (isinstance(event.get(name), str) and event[name])),
        None,
    )
    if event.get("specversion") != "1.0":
        lacking = "specversion"
    if lacking is None:
        return Made((event,))
    reason = "not a CloudEvent 1.0; rows of another kind need a map"
    return Made(
        (),
        (
            Remark(
                line=row.line, row=row.number, column=lacking, value=shown(event.get(lacking)), reason=reason
            ),
        ),
    )


def _broken(row: Broken) -> Made:
    remark = Remark(
        line=row.line, row=row.number, column=row.column, value=shown(row.value), reason=row.reason
    )
    return Made((), (remark,))


def _joined(path: Path, join: Join, tally: Tally) -> dict[str, Mapping[str, object] | None]:
    """A joined file by its key; None stands for a key of several different rows."""
    table: dict[str, Mapping[str, object] | None] = {}
    try:
        with open_rows(path, frozenset({join.key})) as opened:
            if opened.heading is not None and join.key not in opened.heading:
                raise Malformed(f"{path.name} has no column {join.key!r}", columns=opened.heading)
            for row in opened.rows:
                if isinstance(row, Broken):
                    reason = f"left out of the joined {join.file}: {row.reason}"
                    tally.note(
                        Remark(line=row.line, column=row.column, value=shown(row.value), reason=reason)
                    )
                    continue
                key = join_key(join, row.cells.get(join.key))
                table[key] = None if table.get(key, row.cells) != row.cells else row.cells
                if len(table) > LARGEST_JOIN:
                    raise TooLarge(f"{path.name} has more than {LARGEST_JOIN} keys to join")
    except NotFound:
        raise NotFound(f"there is no file {join.file}, which the map joins, beside the loaded one") from None
    return table


class _Outbox:
    """Events on their way, without those that repeat one of the last REMEMBERED."""

    def __init__(self, deliver: Deliver, tally: Tally, batch: int) -> None:
        self.deliver = deliver
        self.tally = tally
        self.batch = batch
        self.waiting: list[_Sent] = []
        self.recent: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def put(self, sent: _Sent) -> None:
        if self._repeats(sent.event):
            self.tally.repeated += 1
            return
        self.waiting.append(sent)
        if len(self.waiting) >= self.batch:
            self.flush()

    def _repeats(self, event: dict[str, Any]) -> bool:
        body = json.dumps(event, sort_keys=True, default=str).encode()
        digest = hashlib.blake2b(body, digest_size=16).digest()
        key = (event["source"], event["id"])
        if key in self.recent:
            return self.recent[key] == digest
        self.recent[key] = digest
        if len(self.recent) > REMEMBERED:
            self.recent.popitem(last=False)
        return False

    def flush(self) -> None:
        if not self.waiting:
            return
        sent, self.waiting = self.waiting, []
        for one, outcome in zip(sent, self.deliver([one.event for one in sent]), strict=True):
            self.tally.outcomes[outcome.outcome] += 1
            if outcome.outcome == "rejected":
                self.tally.reject(
                    Remark(
                        line=one.line,
                        row=one.row,
                        column=None,
                        value=shown(f"{one.event['type']} {one.event['id']}"),
                        reason=": ".join(filter(None, (outcome.reason, getattr(outcome, "detail", None))))
                        or "rejected",
                    )
                )
