"""Loading whole files: what real exports look like, and that no row of them is lost without a word."""

from __future__ import annotations

import json
import statistics
import zipfile
from collections import Counter
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from masterdeal import instant
from masterdeal.errors import BadMap, DealError, Malformed, NotFound, TooLarge
from masterdeal.flow import rows as rows_module
from masterdeal.flow.history import load, read_map, shipped_maps
from masterdeal.flow.hot import unpack
from masterdeal.flow.intake import Outcome, read, record
from masterdeal.flow.load_report import LoadReport
from masterdeal.history import HistoryMap, parse_map
from masterdeal.portfolio import figures
from masterdeal.ports import DealFilter
from masterdeal.reference import read_calendars, read_rulebook
from masterdeal.store.sqlite import SqliteStore

CASES = Path(__file__).parents[4] / "shared" / "cases"

MAP = parse_map("""
source = "crm"
timezone = "Europe/Moscow"
[deal]
id = "id"
client = "client"
[[event]]
type = "crm.deal.created"
time = "opened"
id = "{id}-created"
""")

HEADING = "id,client,opened\n"


class Store:
    """An event store as the loader sees it: keeps the first of each (source, id)."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}
        self.batches: list[int] = []

    def __call__(self, batch: list[dict[str, Any]]) -> list[SimpleNamespace]:
        self.batches.append(len(batch))
        return [self._take(event) for event in batch]

    def _take(self, event: dict[str, Any]) -> SimpleNamespace:
        kept = self.kept.setdefault((event["source"], event["id"]), event)
        if kept is event:
            return SimpleNamespace(outcome="accepted", reason=None)
        if kept == event:
            return SimpleNamespace(outcome="duplicate", reason=None)
        return SimpleNamespace(outcome="rejected", reason="conflict")

    @property
    def clients(self) -> dict[str, str | None]:
        return {event["subject"]: event["data"].get("client", {}).get("name") for event in self.kept.values()}


def adds_up(report: LoadReport) -> bool:
    return (
        report.rows_read
        == report.rows_loaded + sum(report.rows_without_event.values()) + report.rows_rejected
        and report.events_made == report.accepted + report.duplicates + report.parked + report.events_rejected
        and len(report.rejected) + report.not_listed >= report.rows_rejected
    )


def loaded(path: Path, content: bytes | str, map_: HistoryMap | None = MAP) -> tuple[LoadReport, Store]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    store = Store()
    report = load(path, map_, store)
    assert adds_up(report)
    return report, store


GOOD = "1,Ромашка,2026-03-02\n2,Лютик,2026-03-03\n"


@pytest.mark.parametrize(
    ("content", "encoding", "delimiter"),
    [
        ((HEADING + GOOD).encode(), "utf-8", ","),
        ((HEADING + GOOD).encode("utf-8-sig"), "utf-8-sig", ","),
        ((HEADING + GOOD).encode("cp1251"), "cp1251", ","),
        ((HEADING + GOOD).replace(",", ";").encode("cp1251"), "cp1251", ";"),
        ((HEADING + GOOD).replace(",", "\t").encode("utf-16"), "utf-16", "\t"),
        ((HEADING + GOOD).replace("\n", "\r\n").encode(), "utf-8", ","),
        ((HEADING + GOOD).replace("\n", "\r").encode(), "utf-8", ","),
        (("sep=;\r\n" + (HEADING + GOOD).replace(",", ";")).encode(), "utf-8", ";"),
        (("\n\n" + HEADING + "\n" + GOOD + ",,\n\n").encode(), "utf-8", ","),
        ((HEADING.replace("client", '" client "') + GOOD).encode().rstrip(), "utf-8", ","),
    ],
)
def test_a_table_as_exports_write_it(tmp_path: Path, content: bytes, encoding: str, delimiter: str) -> None:
    report, store = loaded(tmp_path / "deals.csv", content)
    assert store.clients == {"1": "Ромашка", "2": "Лютик"}
    assert (report.format, report.encoding, report.delimiter) == ("csv", encoding, delimiter)
    assert (report.rows_read, report.rows_loaded, report.accepted) == (2, 2, 2)


def test_quoted_cells_may_hold_delimiters_quotes_and_lines(tmp_path: Path) -> None:
    content = HEADING + '1,"Ива, ""Север""\nи К",2026-03-02\n2,5" труба,2026-03-02\n3,Лютик,today\n'
    report, store = loaded(tmp_path / "deals.csv", content)
    assert store.clients == {"1": 'Ива, "Север"\nи К', "2": '5" труба'}
    (rejection,) = report.rejected
    assert (rejection.row, rejection.line, rejection.column, rejection.value) == (3, 5, "opened", "today")


@pytest.mark.parametrize(
    ("broken", "reason", "column"),
    [
        (b"9,X,2026-03-02,extra\n", "4 cells, the heading has 3", None),
        (b"9,X\n", "2 cells, the heading has 3", None),
        (b'9,"X,2026-03-02\n', "broken quotes", None),
        (b'9,"X"Y,2026-03-02\n', "broken quotes", None),
        (b"9,X\0,2026-03-02\n", "NUL character", "client"),
        (b"9,\xff\xfe,2026-03-02\n", "bytes that are not utf-8", "client"),
        (b"9,X,02.03.2026\n", "cannot be read", "opened"),
        (b"9,X,\n", "the event time is empty", "opened"),
        (b",X,2026-03-02\n", "the deal id is empty", "id"),
        (b"9," + b"x" * 200_000 + b",2026-03-02\n", "field larger", None),
        (b"9," + b"x" * 1_100_000 + b",2026-03-02\n", "longer than", None),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_broken_row_is_named_and_its_neighbours_are_loaded(
    tmp_path: Path, broken: bytes, reason: str, column: str | None, place: int
) -> None:
    lines = GOOD.encode().splitlines(keepends=True)
    lines.insert(place, broken)
    report, store = loaded(tmp_path / "deals.csv", HEADING.encode() + b"".join(lines))
    assert store.clients == {"1": "Ромашка", "2": "Лютик"}
    (rejection,) = report.rejected
    assert reason in rejection.reason
    assert (rejection.line, rejection.row, rejection.column) == (place + 2, place + 1, column)
    assert rejection.value is not None
    assert rejection.value.isprintable()
    assert report.rows_rejected == 1


@pytest.mark.parametrize("junk", [b"\xff\xfe", b"Caf\xe9", b"\x98\x81"])
def test_broken_bytes_do_not_pass_for_letters(tmp_path: Path, junk: bytes) -> None:
    content = HEADING.encode() + b"1,A,2026-03-02\n2," + junk + b",2026-03-02\n3,B,2026-03-02\n"
    report, store = loaded(tmp_path / "deals.csv", content)
    assert store.clients == {"1": "A", "3": "B"}
    assert (report.rejected[0].line, report.rejected[0].column) == (3, "client")


def test_a_quote_that_never_closes_takes_no_row_with_it(tmp_path: Path) -> None:
    rows = [f"{number},Client {number},2026-03-02\n" for number in range(1000)]
    rows[10] = '10,"Client,2026-03-02\n'
    rows[500] = '500,Client,2026-03-02"\n'
    report, store = loaded(tmp_path / "deals.csv", HEADING + "".join(rows))
    assert report.rows_read == 1000
    assert [rejection.line for rejection in report.rejected] == [12, 502]
    assert len(store.clients) == 998


def test_a_missing_column_rejects_every_row_and_says_what_there_is(tmp_path: Path) -> None:
    report, store = loaded(tmp_path / "deals.csv", "id,client,closed\n1,X,2026-03-02\n")
    assert store.kept == {}
    assert report.rows_rejected == 1
    assert report.rejected[0].column == "opened"
    assert "id, client, closed" in report.rejected[0].reason


def test_a_heading_without_rows_is_an_empty_load(tmp_path: Path) -> None:
    report, _ = loaded(tmp_path / "deals.csv", HEADING)
    assert (report.rows_read, report.events_made) == (0, 0)


def test_a_column_named_twice_is_refused_where_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="'client' more than once"):
        loaded(tmp_path / "deals.csv", "id,client,client,opened\n1,X,Y,2026-03-02\n")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b" \n\n", "empty"),
        ("a.csv", bytes(range(256)) * 8, "binary"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "old .xls"),
        ("a.csv", b"%PDF-1.7\n", "PDF"),
        ("a.csv.gz", b"\x1f\x8b\x08\0", "gzip"),
        ("a.xlsx", b"PK\x03\x04 and no more", "not a readable XLSX"),
        ("a.json", b'[{"id": 1}]', "JSON array"),
        ("a.csv", b"\xff\xfei\0d\0\x00", "text is not utf-16"),
        ("a.csv", b"id\0,client,opened\n1,X,2026-03-02\n", "heading cannot be read"),
    ],
)
def test_a_file_that_is_no_table_is_a_clear_error(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    with pytest.raises(DealError, match=told):
        loaded(tmp_path / name, content)


def test_a_missing_file_and_a_folder_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        load(tmp_path / "absent.csv", MAP, Store())
    with pytest.raises(Malformed, match="not a file"):
        load(tmp_path, MAP, Store())


def test_what_the_store_says_is_counted_and_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text(HEADING + "1,A,2026-03-02\n2,B,2026-03-02\n3,C,2026-03-02\n4,D,2026-03-02\n")
    answers = iter(["accepted", "duplicate", "parked", "rejected"])

    def deliver(batch: list[dict[str, Any]]) -> list[SimpleNamespace]:
        return [SimpleNamespace(outcome=next(answers), reason="conflict") for _ in batch]

    report = load(path, MAP, deliver, batch=3)
    assert adds_up(report)
    assert (report.accepted, report.duplicates, report.parked, report.events_rejected) == (1, 1, 1, 1)
    (rejection,) = report.rejected
    assert (rejection.line, rejection.reason, rejection.value) == (
        5,
        "conflict",
        "crm.deal.created 4-created",
    )


def test_what_the_store_raises_ends_the_load_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text(HEADING + GOOD)

    def full(batch: list[dict[str, Any]]) -> list[SimpleNamespace]:
        raise FileNotFoundError("the disk went away")

    with pytest.raises(FileNotFoundError, match="went away"):
        load(path, MAP, full)


def test_events_that_repeat_within_a_file_are_delivered_once(tmp_path: Path) -> None:
    report, store = loaded(tmp_path / "deals.csv", HEADING + "1,A,2026-03-02\n" * 3 + "1,B,2026-03-02\n")
    assert sum(store.batches) == 2
    assert (report.events_made, report.accepted, report.duplicates, report.repeated_in_file) == (4, 1, 2, 2)
    assert [(rejection.line, rejection.reason) for rejection in report.rejected] == [(5, "conflict")]


def test_loading_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text(HEADING + GOOD + "x\n")
    store = Store()
    first = load(path, MAP, store)
    before = dict(store.kept)
    second = load(path, MAP, store)
    assert (first.accepted, second.accepted, second.duplicates) == (2, 0, 2)
    assert store.kept == before


def test_batches_and_progress(tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text(HEADING + "".join(f"{number},A,2026-03-02\n" for number in range(25)))
    store, steps = Store(), list[tuple[int, int | None]]()
    load(path, MAP, store, lambda done, total: steps.append((done, total)), batch=10)
    assert store.batches == [10, 10, 5]
    assert steps[-1] == (path.stat().st_size, path.stat().st_size)
    assert steps == sorted(steps)


def workbook(path: Path, *rows: tuple[Any, ...], sheet: str = "Deals") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in rows:
        page.append(row)
    book.create_sheet("Notes").append(("nothing",))
    book.save(path)
    return path


def test_a_workbook(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "deals.bin",
        (),
        ("id", " client", "opened", None),
        (1, "Ромашка", date(2026, 3, 2)),
        (None, None, None),
        (2.0, "=HYPERLINK(1)", datetime.fromisoformat("2026-03-03T09:30")),
        (3, None, "2026-03-04", "a note"),
        (4, "Лютик", "soon"),
    )
    store = Store()
    report = load(path, MAP, store)
    assert adds_up(report)
    assert store.clients == {"1": "Ромашка", "2": "=HYPERLINK(1)", "3": None}
    assert [event["time"] for event in store.kept.values()][:2] == [
        "2026-03-02T00:00:00+03:00",
        "2026-03-03T09:30:00+03:00",
    ]
    (rejection,) = report.rejected
    assert (rejection.row, rejection.line, rejection.value) == (4, 7, "soon")
    assert report.format == "xlsx"


def test_a_formula_counts_as_the_result_stored_with_it(tmp_path: Path) -> None:
    plain = workbook(tmp_path / "plain.xlsx", ("id", "client", "opened"), (1, "=1+1", "2026-03-02"))
    path = tmp_path / "deals.xlsx"
    with zipfile.ZipFile(plain) as read, zipfile.ZipFile(path, "w") as write:
        for name in read.namelist():
            content = read.read(name)
            if name.endswith("sheet1.xml"):
                assert b"<v></v>" in content or b"<v />" in content
                content = content.replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>")
            write.writestr(name, content)
    store = Store()
    load(path, MAP, store)
    assert store.clients == {"1": "2"}


def test_a_map_may_name_the_sheet(tmp_path: Path) -> None:
    path = workbook(tmp_path / "deals.xlsx", ("id", "client", "opened"), (1, "A", "2026-03-02"))
    named = MAP.model_copy(update={"sheet": "Deals"})
    assert load(path, named, Store()).accepted == 1
    with pytest.raises(NotFound, match="Deals, Notes"):
        load(path, MAP.model_copy(update={"sheet": "Orders"}), Store())
    with pytest.raises(Malformed, match="empty"):
        load(workbook(tmp_path / "none.xlsx"), MAP, Store())


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "deals.xlsx", ("id", "client", "opened"))
    monkeypatch.setattr("masterdeal.flow.sheet.LARGEST_UNPACKED", 100)
    with pytest.raises(TooLarge):
        load(path, MAP, Store())


def test_rows_as_json_lines(tmp_path: Path) -> None:
    map_ = MAP.model_copy(
        update={
            "deal": parse_map(
                'source="s"\n[deal]\nid="deal.id"\nclient="client"\n[[event]]\ntype="t"\ntime="x"'
            ).deal
        }
    )
    content = (
        '{"deal": {"id": 1}, "client": "A", "opened": "2026-03-02", "id": 1}\n\n'
        '{"deal": {"id": 2}, "opened": "2026-03-02", "id": 2}\n'
        "not json\n"
        "[1]\n"
        '{"deal": {"id": NaN}}\n'
        '{"deal": {"id": "\\ud800"}}\n'
        f'{{"deal": {"[" * 100_000}\n'
        '{"client": "B", "opened": "2026-03-02"}\n'
    )
    report, store = loaded(tmp_path / "rows.jsonl", content, map_)
    assert store.clients == {"1": "A", "2": None}
    assert [rejection.line for rejection in report.rejected] == [4, 5, 6, 7, 8, 9]
    assert report.rejected[-1].reason == "the deal id is missing: there is no column 'deal.id'"


def test_ready_events_need_no_map(tmp_path: Path) -> None:
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "crm",
        "type": "x",
        "subject": "1",
        "data": {"n": 1.5},
    }
    content = "\n".join(
        [json.dumps(event), json.dumps(event), json.dumps({**event, "id": ""}), json.dumps({"id": "3"}), "{"]
    )
    report, store = loaded(tmp_path / "events.jsonl", content, None)
    assert list(store.kept.values()) == [event]
    assert (report.format, report.events_made, report.duplicates) == ("cloudevents", 2, 1)
    assert [(rejection.line, rejection.column) for rejection in report.rejected] == [
        (3, "id"),
        (4, "specversion"),
        (5, None),
    ]


def test_a_table_without_a_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadMap, match="say with a map"):
        loaded(tmp_path / "deals.csv", HEADING + GOOD, None)


JOIN = 'source = "crm"\n[deal]\nid = "id"\nindustry = { join = "accounts", column = "sector" }\n' + (
    '[[join]]\nfile = "accounts.csv"\nkey = "account"\non = "client"\n'
    '[[event]]\ntype = "crm.deal.created"\ntime = "opened"\n'
)


def test_a_joined_file_stands_beside_the_loaded_one(tmp_path: Path) -> None:
    content = HEADING + "1,A,2026-03-02\n2,B,2026-03-02\n3,C,2026-03-02\n4,,2026-03-02\n"
    with pytest.raises(NotFound, match=r"accounts\.csv"):
        loaded(tmp_path / "deals.csv", content, parse_map(JOIN))
    (tmp_path / "accounts.csv").write_text(
        "account,sector\nA,retail\nA,retail\nB,medical\nB,finance\nbroken\n"
    )
    report, store = loaded(tmp_path / "deals.csv", content, parse_map(JOIN))
    assert [event["data"].get("industry") for event in store.kept.values()] == ["retail", None, None, None]
    assert [(remark.line, remark.value) for remark in report.remarks] == [(6, "broken"), (3, "B"), (4, "C")]
    (tmp_path / "accounts.csv").write_text("name,sector\nA,retail\n")
    with pytest.raises(Malformed, match="no column 'account'"):
        loaded(tmp_path / "deals.csv", content, parse_map(JOIN))


def test_long_lists_are_cut_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("masterdeal.flow.load_report.LISTED", 3)
    report, _ = loaded(tmp_path / "deals.csv", HEADING + "x\n" * 10)
    assert (len(report.rejected), report.not_listed, report.rows_rejected) == (3, 7, 10)
    assert report.rejected_by_reason == {"1 cells, the heading has 3": 10}


def test_maps_are_read_by_name_or_path(tmp_path: Path) -> None:
    assert shipped_maps() == ["crm_sales", "receipt"]
    assert {read_map(name).source for name in shipped_maps()} == {"crm", "permit"}
    with pytest.raises(NotFound, match="crm_sales, receipt"):
        read_map("sales")
    with pytest.raises(BadMap, match="cannot be read"):
        read_map(tmp_path)
    (tmp_path / "map.toml").write_bytes(b"\xff")
    with pytest.raises(BadMap, match="UTF-8"):
        read_map(tmp_path / "map.toml")


JUNK = st.one_of(
    st.binary(max_size=60).map(lambda junk: junk.replace(b"\n", b"").replace(b"\r", b"")),
    st.text(alphabet='",;\t 019ЯxX-\0', max_size=40).map(str.encode),
)


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=150)
@given(JUNK, st.integers(0, 8))
def test_one_line_of_junk_never_costs_a_good_row(tmp_path: Path, junk: bytes, place: int) -> None:
    lines = [f"D-{number},Клиент {number},2026-03-02".encode() for number in range(8)]
    lines.insert(place, junk)
    report, store = loaded(tmp_path / "deals.csv", b"\n".join([HEADING.encode().strip(), *lines]))
    assert {f"D-{number}" for number in range(8)} <= store.clients.keys()
    # Of a line without a letter or a digit in any encoding nothing can be lost; it may pass for blank.
    says_something = any(char.isalnum() for char in junk.decode("cp1251", "replace"))
    assert report.rows_read == 9 or not says_something


@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=150)
@given(st.one_of(st.binary(max_size=400), st.text(alphabet='id,"\n;\tx0{}[]', max_size=200).map(str.encode)))
def test_any_bytes_are_loaded_or_refused_with_a_reason(tmp_path: Path, content: bytes) -> None:
    for map_ in (MAP, None):
        with suppress(DealError):
            loaded(tmp_path / "any", content, map_)


def test_look_ahead_is_bounded(tmp_path: Path) -> None:
    content = HEADING + '1,"A,2026-03-02\n' * (rows_module.LOOK_AHEAD * 5 // 2 * 2)
    report, _ = loaded(tmp_path / "deals.csv", content)
    assert report.rows_read == report.rows_rejected == rows_module.LOOK_AHEAD * 5 // 2 * 2


def case(name: str) -> Path:
    path = CASES / name
    if not path.exists():
        pytest.skip(f"{path.name} is not here")
    return path


def when(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["time"])


def test_the_sales_history_gives_its_known_figures() -> None:
    store = Store()
    report = load(case("crm_sales/sales_pipeline.csv"), read_map("crm_sales"), store)
    assert adds_up(report)
    assert (report.rows_read, report.rows_loaded, report.accepted) == (8800, 8800, report.events_made)
    assert report.remarks == ()
    of_type: dict[str, dict[str, dict[str, Any]]] = {}
    for event in store.kept.values():
        of_type.setdefault(event["type"], {})[event["subject"]] = event
    stages = Counter(event["data"]["stage"] for event in of_type["crm.stage.changed"].values())
    assert stages == {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}
    signed, lost, created = (
        of_type[name] for name in ("docflow.contract.signed", "crm.deal.lost", "crm.deal.created")
    )
    assert (len(signed), len(lost), len(created)) == (4238, 2473, 8300)
    assert of_type["dcm.closeout.completed"].keys() == signed.keys()
    assert round(len(signed) / (len(signed) + len(lost)), 4) == 0.6315
    assert sum(int(event["data"]["amount"]["amount"]) for event in signed.values()) == 10_005_534
    cycles = [
        (when(event) - when(created[deal])).days for ends in (signed, lost) for deal, event in ends.items()
    ]
    assert round(statistics.mean(cycles), 2) == 47.99
    assert statistics.median(cycles) == 45
    assert [sum(cycle > days for cycle in cycles) for days in (30, 60, 90)] == [3548, 2979, 1358]
    assert {
        event["time"]
        for event in of_type["crm.stage.changed"].values()
        if event["data"]["stage"] == "Prospecting"
    } == {"2017-12-31T00:00:00+00:00"}
    opened = [event["data"] for event in created.values()]
    assert sum("client" not in data for data in opened) == 1425 - 337
    assert all(data["manager"] and data["sales_agent"] for data in opened)
    assert all(("industry" in data) == ("client" in data) for data in opened)
    assert "technolgy" not in {data.get("industry") for data in opened}
    assert {data["title"] for data in opened} >= {"GTX Pro", "GTK 500"}
    assert "GTXPro" not in {data["title"] for data in opened}


def test_the_permit_log_gives_its_known_figures() -> None:
    store = Store()
    report = load(case("receipt/receipt.csv"), read_map("receipt"), store)
    assert adds_up(report)
    assert (report.rows_read, report.rows_loaded, report.events_rejected) == (8577, 8577, 0)
    of_type = Counter(event["type"] for event in store.kept.values())
    assert of_type == {
        "permit.stage.changed": 8577,
        "crm.deal.created": 1434,
        "dcm.closeout.completed": 1329,
    }
    ended = {
        event["subject"]: when(event)
        for event in store.kept.values()
        if event["type"] == "dcm.closeout.completed"
    }
    promised = {
        event["subject"]: {
            name: datetime.fromisoformat(time) for name, time in event["data"]["deadlines"].items()
        }
        for event in store.kept.values()
        if event["type"] == "crm.deal.created"
    }

    def after(name: str, deals: set[str]) -> int:
        return sum(ended[deal] > promised[deal][name] for deal in deals & ended.keys())

    assert after("planned_end", set(promised)) == 389
    assert all("legal" in deadlines for deadlines in promised.values())
    assert after("legal", set(promised)) == 377
    # The known figures speak of 51 cases with a deadline: those whose deadline is written with a fraction of a
    # second. The deadlines of the others are written in whole seconds, and they are deadlines too.
    with_fraction = {deal for deal, deadlines in promised.items() if deadlines["legal"].microsecond}
    assert len(with_fraction) == 51
    assert len(with_fraction & ended.keys()) == 46
    assert after("legal", with_fraction) == 6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "file", "expected"),
    [
        (
            "crm_sales",
            "crm_sales/sales_pipeline.csv",
            {"deals": 8800, "won": 4238, "lost": 2473, "amount": "10005534", "median": 45.0, "legal": None},
        ),
        (
            "receipt",
            "receipt/receipt.csv",
            {"deals": 1434, "won": 1329, "lost": 0, "amount": None, "median": None, "legal": 1434},
        ),
    ],
)
def test_the_intake_takes_every_event_of_a_shipped_map(
    tmp_path: Path, name: str, file: str, expected: dict[str, Any]
) -> None:
    book = read_rulebook("stream-1", None, read_calendars())
    now = instant.parse("2026-08-01T00:00:00Z")
    store = SqliteStore(tmp_path / "deals.db")

    def deliver(batch: list[dict[str, Any]]) -> list[Outcome]:
        with store.writing() as tx:
            return record(tx, [read(json.dumps(event), book) for event in batch], book, now)

    path = case(file)
    first, second = (load(path, read_map(name), deliver) for _ in range(2))
    assert adds_up(first)
    assert (first.parked, first.events_rejected) == (0, 0)
    assert (second.accepted, second.duplicates) == (0, first.events_made)
    with store.reading() as tx:
        deals = [unpack(row)[0] for row in tx.deals(DealFilter(), "", 10_000)]
    store.close()
    found = figures(deals, book, now)
    assert (found["deals"], found["won"], found["lost"]) == (
        expected["deals"],
        expected["won"],
        expected["lost"],
    )
    if expected["amount"]:
        assert [one["amount"] for one in found["won_amount"]] == [expected["amount"]]
        assert found["cycle_days"]["median"] == expected["median"]
    if expected["legal"]:
        assert found["deadlines"]["legal"]["with_deadline"] == expected["legal"]
        assert found["deadlines"]["planned_end"]["ended_late"] == 389
