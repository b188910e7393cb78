"""What every event store must do, whatever it is built on. A new adapter adds one row to ADAPTERS."""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from postgresql import Server, binaries

from masterdeal.audit import broken
from masterdeal.delivery import Backlog, leased, refused, wanted
from masterdeal.errors import StoreBusy, StoreFailed
from masterdeal.escalation import Task
from masterdeal.ports import DeadLetter, DealFilter, DealRow, EventStore, LogRow, OutboxRow, ParkedRow, pages
from masterdeal.proposal import propose
from masterdeal.store.postgres import PostgresStore
from masterdeal.store.sqlite import SqliteStore


@dataclass(frozen=True)
class Place:
    """Where one store lives; opening it again finds what was left there."""

    adapter: str
    folder: Path

    def open(self, patience: float = 15.0) -> EventStore:
        return ADAPTERS[self.adapter](self.folder, patience)


def _on_postgresql(folder: Path, patience: float) -> EventStore:
    note = folder / "database"
    if not note.exists():
        note.write_text(server().new_database())
    return PostgresStore(note.read_text(), patience=patience)


ADAPTERS: dict[str, Callable[[Path, float], EventStore]] = {
    "sqlite": lambda folder, patience: SqliteStore(folder / "events.db", patience=patience),
    "postgresql": _on_postgresql,
}
_started: list[Server] = []


def server() -> Server:
    """The PostgreSQL of this test process, started when it is first needed."""
    if not _started:
        _started.append(Server.new())
    return _started[0]


@pytest.fixture(scope="module", autouse=True)
def _no_server_is_left() -> Iterator[None]:
    yield
    while _started:
        _started.pop().stop()


@pytest.fixture(params=ADAPTERS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "postgresql" and binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    return Place(request.param, tmp_path)


@pytest.fixture
def store(place: Place) -> Iterator[EventStore]:
    opened = place.open()
    yield opened
    opened.close()


def log_row(id_: str, deal_id: str = "MD-1", **changed: Any) -> LogRow:
    row = LogRow("crm", id_, "crm.deal.created", deal_id, 10, 20, False, True, '{"id": "' + id_ + '"}')
    return msgspec.structs.replace(row, **changed)


def deal_row(deal_id: str = "MD-1", **changed: Any) -> DealRow:
    row = DealRow(
        deal_id=deal_id,
        state=b"{}",
        announced=b"{}",
        alarm=None,
        updated=20,
        stage="draft",
        step=1,
        industry=None,
        client_type=None,
        budget=None,
        manager=None,
        sla=" lead_to_brief=running ",
        search=deal_id.casefold(),
    )
    return msgspec.structs.replace(row, **changed)


def outbox_row(sequence: int, deal_id: str = "MD-1") -> OutboxRow:
    return OutboxRow(deal_id, sequence, f"{deal_id}/{sequence}", "masterdeal.created", 10, b"{}")


def letter(body: str = "{", reason: str = "not_json", **changed: Any) -> DeadLetter:
    return msgspec.structs.replace(
        DeadLetter(0, "crm", "1", "t", reason, "detail", body, 20, 1, "open"), **changed
    )


def filled(store: EventStore, interrupted: bool = False) -> None:
    """A little of everything, in one transaction."""
    with store.writing() as tx:
        tx.append([log_row("1"), log_row("2", known=False, type="x.y")])
        tx.put([deal_row(alarm=50)])
        tx.publish([outbox_row(1)])
        tx.put_refs({("crm", "A"): "MD-1"})
        tx.park(ParkedRow("crm", "3", "crm", "B", 20, "{}"))
        tx.bury(letter())
        tx.move_cursor("relay", 1)
        tx.judge_by("edition 1")
        if interrupted:
            raise KeyboardInterrupt


def everything(store: EventStore) -> dict[str, Any]:
    with store.reading() as read:
        return {
            "log": read.log(0, 1000),
            "deals": read.deals(DealFilter(), "", 1000),
            "outbox": read.outbox(0, 1000),
            "dead": read.dead_letters(0, 1000),
            "parked": read.parked("crm", "3"),
            "cursor": read.cursor("relay"),
            "judged_by": read.judged_by(),
            "counts": dict(read.counts()),
        }


# the log


def test_an_event_is_kept_once(store: EventStore) -> None:
    with store.writing() as tx:
        assert tx.append([log_row("1"), log_row("2"), log_row("1", time=99)]) == [True, True, False]
        assert tx.append([log_row("2", time=99)]) == [False]
        assert tx.append([log_row("1", source="docflow")]) == [True]
        assert tx.append([]) == []
    with store.writing() as tx:
        assert tx.append([log_row("2"), log_row("3"), log_row("1")]) == [False, True, False]
        kept = tx.kept("crm", "2")
        assert kept is not None
        assert (kept.time, kept.position > 0) == (10, True)
        assert tx.kept("crm", "absent") is None


def test_the_log_gives_back_what_was_put_in(store: EventStore) -> None:
    rows = [
        log_row(
            "1", body='{"text": "Привет \\u0000 🙂"}', marked=True, known=False, time=-62_135_596_800_000_000
        ),
        log_row("2", deal_id="сделка 🙂", type="x" * 512, time=253_402_300_799_999_999),
    ]
    with store.writing() as tx:
        tx.append(rows)
    with store.reading() as read:
        kept = read.log(0, 10)
        assert [msgspec.structs.replace(row, position=0) for row in kept] == rows
        assert read.events("сделка 🙂") == [kept[1]]


def test_a_deals_events_come_in_the_order_of_time_source_and_id(store: EventStore) -> None:
    rows = [
        log_row("b", time=5),
        log_row("a", time=5),
        log_row("Я", time=5),
        log_row("z", time=5, source="a"),
        log_row("first", time=-1),
        log_row("other", "MD-2"),
    ]
    with store.writing() as tx:
        tx.append(rows)
    with store.reading() as read:
        found = [(row.time, row.source, row.id) for row in read.events("MD-1")]
    assert found == sorted((row.time, row.source, row.id) for row in rows if row.deal_id == "MD-1")


def test_the_log_pages_through_every_event_once(store: EventStore) -> None:
    with store.writing() as tx:
        for number in range(25):
            tx.append([log_row(str(number))])
    with store.reading() as read:
        assert [row.id for row in pages(read, 7)] == [str(number) for number in range(25)]
        assert len(read.log(0, 10)) == 10
        positions = [row.position for row in pages(read, 10)]
        assert positions == sorted(set(positions))


def test_known_events_of_some_types_are_paged_through_once(store: EventStore) -> None:
    with store.writing() as tx:
        tx.append([log_row(str(number), type="abc"[number % 3]) for number in range(9)])
        tx.append([log_row("x", type="a", known=False)])
    with store.reading() as read:
        found = read.of_types(("a", "c"), 0, 4)
        assert [row.id for row in found] == ["0", "2", "3", "5"]
        assert [row.id for row in read.of_types(("a", "c"), found[-1].position, 4)] == ["6", "8"]
        assert read.of_types(("d",), 0, 4) == []


def test_the_log_names_the_deals_it_speaks_of(store: EventStore) -> None:
    with store.writing() as tx:
        tx.append([log_row(str(number), f"MD-{number % 3}") for number in range(9)])
        tx.append([log_row("x", "MD-unknown", known=False)])
    with store.reading() as read:
        assert read.told("", 10) == ["MD-0", "MD-1", "MD-2"]
        assert read.told("MD-0", 1) == ["MD-1"]
        assert read.told("MD-2", 10) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9))), max_size=6))
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_however_batches_overlap_each_key_is_new_once(
    adapter: str, batches: list[list[tuple[str, int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    store = Place(adapter, tmp_path_factory.mktemp("store")).open()
    seen: set[tuple[str, int]] = set()
    for batch in batches:
        expected = []
        for key in batch:
            expected.append(key not in seen)
            seen.add(key)
        with store.writing() as tx:
            assert tx.append([log_row(str(id_), source=source) for source, id_ in batch]) == expected
    with store.reading() as read:
        assert {(row.source, int(row.id)) for row in pages(read)} == seen
    store.close()


# deals


def test_a_deal_is_written_and_written_over(store: EventStore) -> None:
    with store.writing() as tx:
        tx.put([deal_row("MD-1"), deal_row("MD-2")])
        tx.put([deal_row("MD-1", stage="briefed", alarm=7, state=b'{"x":1}')])
        assert tx.states(["MD-1", "absent"]) == {
            "MD-1": deal_row("MD-1", stage="briefed", alarm=7, state=b'{"x":1}')
        }
        assert tx.states([]) == {}
    with store.reading() as read:
        assert read.deal("MD-2") == deal_row("MD-2")
        assert read.deal("absent") is None


def test_more_deals_than_one_statement_can_name(store: EventStore) -> None:
    ids = [f"MD-{number:05}" for number in range(1_300)]
    with store.writing() as tx:
        tx.put([deal_row(deal_id) for deal_id in ids])
        assert sorted(tx.states([*ids, "absent"])) == ids


FILTERED = [
    deal_row(
        "MD-1", stage="draft", step=1, industry="auto", budget=100, manager="Ива", search="ива о'нил 50%_"
    ),
    deal_row("MD-2", stage="briefed", step=3, industry="retail", budget=200, client_type="direct"),
    deal_row("MD-3", stage="briefed", step=3, sla=" lead_to_brief=met brief_to_offer=breached "),
    deal_row("MD-4", stage="cancelled", step=None, sla=" lead_to_brief=met_late "),
]


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (DealFilter(), ["MD-1", "MD-2", "MD-3", "MD-4"]),
        (DealFilter(stage=("briefed", "cancelled")), ["MD-2", "MD-3", "MD-4"]),
        (DealFilter(step=3, industry="retail"), ["MD-2"]),
        (DealFilter(client_type="direct"), ["MD-2"]),
        (DealFilter(manager="Ива"), ["MD-1"]),
        (DealFilter(budget_min=100, budget_max=100), ["MD-1"]),
        (DealFilter(budget_min=101), ["MD-2"]),
        (DealFilter(sla="met"), ["MD-3"]),
        (DealFilter(sla="breached", timer="brief_to_offer"), ["MD-3"]),
        (DealFilter(sla="breached", timer="lead_to_brief"), []),
        (DealFilter(text="О'НИЛ"), ["MD-1"]),
        (DealFilter(text="50%_"), ["MD-1"]),
        (DealFilter(text="%"), ["MD-1"]),
        (DealFilter(text="md-2' or 1=1 --"), []),
    ],
)
def test_deals_are_found_by_what_they_are(store: EventStore, where: DealFilter, found: list[str]) -> None:
    with store.writing() as tx:
        tx.put(FILTERED)
    with store.reading() as read:
        assert [row.deal_id for row in read.deals(where, "", 10)] == found
        assert [row.deal_id for row in read.deals(where, "MD-1", 2)] == [
            id_ for id_ in found if id_ > "MD-1"
        ][:2]


def test_due_deals_come_earliest_first_and_not_before_their_time(store: EventStore) -> None:
    with store.writing() as tx:
        tx.put([deal_row("MD-3", alarm=30), deal_row("MD-2", alarm=10), deal_row("MD-1", alarm=10)])
        tx.put([deal_row("MD-0"), deal_row("MD-9", alarm=-5)])
        assert tx.next_alarm() == -5
        assert [row.deal_id for row in tx.due(29, 10)] == ["MD-9", "MD-1", "MD-2"]
        assert [row.deal_id for row in tx.due(30, 2)] == ["MD-9", "MD-1"]
        tx.put([deal_row("MD-9"), deal_row("MD-1"), deal_row("MD-2")])
        assert tx.due(29, 10) == []
    with store.reading() as read:
        assert read.next_alarm() == 30


# what goes out


def test_the_outbox_keeps_the_order_of_commits(store: EventStore) -> None:
    with store.writing() as tx:
        tx.publish([outbox_row(1, "MD-2"), outbox_row(1, "MD-1")])
        tx.publish([])
    with store.writing() as tx:
        tx.publish([outbox_row(2, "MD-2")])
    with store.reading() as read:
        rows = read.outbox(0, 10)
        assert [(row.deal_id, row.sequence) for row in rows] == [("MD-2", 1), ("MD-1", 1), ("MD-2", 2)]
        assert read.outbox(rows[0].position, 1) == [rows[1]]
        assert read.outbox_of("MD-2") == [rows[0], rows[2]]
        assert read.last_outbox() == rows[2].position


def test_a_sequence_number_is_given_once_per_deal(store: EventStore) -> None:
    with store.writing() as tx:
        tx.publish([outbox_row(1)])
    with pytest.raises(Exception, match=r"(?i)unique"), store.writing() as tx:
        tx.publish([outbox_row(1)])
    with store.reading() as read:
        assert len(read.outbox(0, 10)) == 1


def test_a_cursor_begins_at_nothing_and_goes_where_it_is_put(store: EventStore) -> None:
    with store.writing() as tx:
        assert (tx.cursor("relay"), tx.cursor("marts")) == (0, 0)
        tx.move_cursor("relay", 7)
        tx.move_cursor("relay", 3)
        assert (tx.cursor("relay"), tx.cursor("marts")) == (3, 0)


def test_the_edition_that_judged_is_remembered(store: EventStore) -> None:
    with store.writing() as tx:
        assert tx.judged_by() == ""
        tx.judge_by("one")
        tx.judge_by("two")
    with store.reading() as read:
        assert read.judged_by() == "two"


# references, parked events, dead letters


def test_a_reference_keeps_its_first_deal(store: EventStore) -> None:
    with store.writing() as tx:
        tx.put_refs({("crm", "A"): "MD-1", ("1c", "A"): "MD-2"})
        tx.put_refs({("crm", "A"): "MD-9"})
        assert tx.refs([("crm", "A"), ("1c", "A"), ("crm", "a")]) == {
            ("crm", "A"): "MD-1",
            ("1c", "A"): "MD-2",
        }
        assert tx.refs([]) == {}


def test_parked_events_come_out_once_in_the_order_they_came(store: EventStore) -> None:
    waiting = [
        ParkedRow("crm", id_, "crm", ref, 20, "{}") for id_, ref in (("2", "A"), ("1", "B"), ("3", "A"))
    ]
    with store.writing() as tx:
        assert [tx.park(row) for row in waiting] == [True, True, True]
        assert tx.park(msgspec.structs.replace(waiting[0], body="other")) is False
        assert tx.parked("crm", "2") == waiting[0]
        assert tx.counts()["parked_events"] == 3
        assert tx.unpark([("crm", "B"), ("crm", "A"), ("crm", "C")]) == waiting
        assert tx.unpark([("crm", "A")]) == []
        assert tx.parked("crm", "2") is None


def test_dead_letters_are_counted_not_multiplied(store: EventStore) -> None:
    with store.writing() as tx:
        first = tx.bury(letter())
        assert tx.bury(letter(received=99)) == first
        second = tx.bury(letter(reason="conflict"))
        third = tx.bury(letter(body="[", source=None, id=None, type=None))
        assert len({first, second, third}) == 3
        found = tx.dead_letter(first)
        assert found is not None
        assert (found.times, found.received, found.state, found.body) == (2, 20, "open", "{")
        assert [row.number for row in tx.dead_letters(first, 1)] == [second]
        assert tx.counts()["dead_letters"] == 3
        tx.settle(first, "replayed")
        assert tx.counts()["dead_letters"] == 2
        assert tx.bury(letter()) == first
        again = tx.dead_letter(first)
        assert again is not None
        assert (again.times, again.state) == (3, "open")
        assert tx.dead_letter(first + 1000) is None


# transactions


def test_a_transaction_that_fails_leaves_nothing(store: EventStore) -> None:
    before = everything(store)
    with pytest.raises(KeyboardInterrupt):
        filled(store, interrupted=True)
    assert everything(store) == before
    filled(store)
    assert everything(store) != before


def test_what_was_committed_is_there_after_opening_again(place: Place) -> None:
    store = place.open()
    filled(store)
    before = everything(store)
    store.close()
    again = place.open()
    assert everything(again) == before
    again.close()


def test_a_reader_sees_one_moment_while_others_write(store: EventStore) -> None:
    filled(store)
    with store.reading() as read:
        before = (read.counts(), read.log(0, 10))
        with store.writing() as tx:
            tx.append([log_row("9")])
            tx.put([deal_row("MD-9")])
        assert (read.counts(), read.log(0, 10)) == before
        assert read.deal("MD-9") is None
        with store.reading() as other:
            assert other.deal("MD-9") is not None


def test_what_is_not_committed_is_seen_by_nobody_else(store: EventStore) -> None:
    with store.writing() as tx:
        tx.append([log_row("1")])
        with store.reading() as read:
            assert read.log(0, 10) == []
        assert tx.kept("crm", "1") is not None


def test_many_threads_read_while_one_writes(store: EventStore) -> None:
    torn: list[tuple[int, int]] = []
    failed: list[BaseException] = []
    done = threading.Event()

    def look() -> None:
        try:
            while not done.is_set():
                with store.reading() as read:
                    counts = read.counts()
                    if counts["events"] != counts["deals"]:
                        torn.append((counts["events"], counts["deals"]))
        except BaseException as error:
            failed.append(error)

    readers = [threading.Thread(target=look) for _ in range(6)]
    for reader in readers:
        reader.start()
    for number in range(60):
        with store.writing() as tx:
            tx.append([log_row(str(number), f"MD-{number}")])
            tx.put([deal_row(f"MD-{number}")])
    done.set()
    for reader in readers:
        reader.join()
    assert (torn, failed) == ([], [])


def test_threads_that_write_take_turns(store: EventStore) -> None:
    def count_up() -> None:
        for _ in range(50):
            with store.writing() as tx:
                tx.hold(["MD-1"])
                tx.move_cursor("count", tx.cursor("count") + 1)

    writers = [threading.Thread(target=count_up) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with store.reading() as read:
        assert read.cursor("count") == 200


# other processes


def _count_up(place: Place, times: int, name: str) -> None:
    store = place.open()
    for number in range(times):
        with store.writing() as tx:
            # Read, then write: lost if the store let two transactions at one deal from one view.
            tx.hold(["MD-1"])
            tx.move_cursor("count", tx.cursor("count") + 1)
            tx.append([log_row(f"{number}"), log_row(f"{name}-{number}")])
    store.close()


def _hold(place: Place, seconds: float, held: Any, let_go: Any) -> None:
    store = place.open()
    with store.writing() as tx:
        tx.hold(["MD-1"])
        tx.move_cursor("held", 1)
        held.set()
        let_go.wait(seconds)
    store.close()


def test_two_processes_that_write_lose_nothing(place: Place) -> None:
    place.open().close()
    spawn = multiprocessing.get_context("spawn")
    others = [spawn.Process(target=_count_up, args=(place, 100, name)) for name in ("left", "right")]
    for other in others:
        other.start()
    for other in others:
        other.join(60)
        assert other.exitcode == 0
    store = place.open()
    with store.reading() as read:
        assert read.cursor("count") == 200
        assert read.counts()["events"] == 300
    store.close()


def test_a_lock_held_elsewhere_is_waited_for_and_then_reported(place: Place) -> None:
    place.open().close()
    spawn = multiprocessing.get_context("spawn")
    held, let_go = spawn.Event(), spawn.Event()
    other = spawn.Process(target=_hold, args=(place, 30, held, let_go))
    other.start()
    assert held.wait(20)
    hasty = place.open(patience=0.3)
    with pytest.raises(StoreBusy), hasty.writing() as tx:
        tx.hold(["MD-1"])
    with hasty.reading() as read:
        assert read.cursor("held") == 0
    patient = place.open(patience=20)
    timer = threading.Timer(1.0, let_go.set)
    timer.start()
    with patient.writing() as tx:
        tx.hold(["MD-1"])
        assert tx.cursor("held") == 1
    with hasty.writing() as tx:
        tx.move_cursor("held", 2)
    other.join(20)
    assert other.exitcode == 0
    hasty.close()
    patient.close()


# beside the events


def test_papers_are_kept_replaced_and_listed_by_kind(store: EventStore) -> None:
    with store.writing() as tx:
        tx.file("lead", {"L-2": '{"a": 1}', "L-1": '{"a": 2}'}, 10)
        tx.file("document", {"L-1": '"other"'}, 10)
        tx.file("lead", {"L-2": '{"a": 3}'}, 20)
        tx.file("lead", {}, 30)
    with store.reading() as read:
        assert read.archived("lead", "L-2") == '{"a": 3}'
        assert read.archived("lead", "L-9") is None
        assert read.archive("lead", "", 10) == [("L-1", '{"a": 2}'), ("L-2", '{"a": 3}')]
        assert read.archive("lead", "L-1", 10) == [("L-2", '{"a": 3}')]
        assert read.archive("offer", "", 10) == []


# several writers at once


def test_a_reader_of_the_log_never_passes_a_row_by_that_commits_late(place: Place) -> None:
    """Failure 15: with several writers a low position may commit after a high one."""
    store = place.open()
    seen: list[str] = []
    done = threading.Event()

    def write(name: str) -> None:
        for number in range(40):
            with store.writing() as tx:
                tx.hold([name])
                tx.append([log_row(f"{name}-{number}", name)])
                tx.publish([outbox_row(number + 1, name)])
                if number % 7 == 0:
                    time.sleep(0.004)

    def follow() -> None:
        position = 0
        while True:
            last = done.is_set()
            with store.reading() as read:
                rows = read.outbox(position, 50)
            seen.extend(f"{row.deal_id}/{row.sequence}" for row in rows)
            if rows:
                position = rows[-1].position
            elif last:
                return

    follower = threading.Thread(target=follow)
    follower.start()
    writers = [threading.Thread(target=write, args=(f"MD-{number}",)) for number in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    done.set()
    follower.join(30)
    assert len(seen) == 240
    for number in range(6):
        mine = [entry for entry in seen if entry.startswith(f"MD-{number}/")]
        assert mine == [f"MD-{number}/{sequence}" for sequence in range(1, 41)]
    store.close()


def test_one_reader_of_the_outbox_at_a_time(place: Place) -> None:
    store = place.open()
    with store.writing() as tx:
        assert tx.claim("relay") == 0
        tx.move_cursor("relay", 5)
    with store.writing() as tx:
        assert tx.claim("relay") == 5
    store.close()


# tasks


def test_tasks_are_found_by_id_timer_state_and_the_time_they_climb(place: Place) -> None:
    store = place.open()
    one = Task("ESC-1", "breach", "MD-1", "lead_to_brief", 5, 6, 0, 30, "open")
    two = Task(
        "ESC-2", "breach", "MD-1", "lead_to_brief", 4, 4, 2, None, "closed", 7, "Иванова", 8, "met_late"
    )
    three = Task("ESC-3", "warning", "MD-2", "lead_to_brief", 5, 6, 0, 20, "open")
    with store.writing() as tx:
        tx.put_tasks([three, two, one])
    with store.writing() as tx:
        tx.put_tasks([replace(three, climbs=25)])
        tx.put_tasks([])
        assert tx.escalated(["MD-0", "MD-2", "MD-1"]) == {"MD-1", "MD-2"}
        assert tx.escalated([]) == set()
    with store.reading() as read:
        assert read.task("ESC-2") == two
        assert read.task("ESC-9") is None
        assert read.tasks_of("MD-1", "lead_to_brief") == [one, two]
        assert read.tasks_of("MD-1", "launch_to_close") == []
        assert read.tasks("breach", "open", "", 10) == [one]
        assert read.tasks("breach", "closed", "ESC-2", 10) == []
        assert [task.id for task in read.climbing(29, 10)] == ["ESC-3"]
        assert [task.id for task in read.climbing(30, 1)] == ["ESC-3"]
        assert [task.id for task in read.climbing(30, 10)] == ["ESC-3", "ESC-1"]
    store.close()


def test_proposals_are_found_by_state_kind_and_age(place: Place) -> None:
    store = place.open()
    one = propose("task", {"a": 1}, by="copilot", now=5, deal_id="MD-1", thread_id="T")
    two = propose("event", {"b": "ё"}, by="copilot", now=3)
    with store.writing() as tx:
        tx.put_proposals([one, two])
        tx.put_proposals([])
    decided = replace(two, state="approved", decided_by="anna", decided_at=9, comment="да", effect="{}")
    with store.writing() as tx:
        tx.hold([two.id])
        tx.put_proposals([decided])
    with store.reading() as read:
        assert read.proposal(one.id) == one
        assert read.proposal(two.id) == decided
        assert read.proposal("P-0") is None
        assert read.proposals(None, None, (0, ""), 10) == [decided, one]
        assert read.proposals("waiting", "task", (0, ""), 10) == [one]
        assert read.proposals("approved", "task", (0, ""), 10) == []
        assert read.proposals(None, None, (3, two.id), 10) == [one]
        assert read.proposals(None, None, (0, ""), 1) == [decided]
    store.close()


def test_the_audit_trail_is_one_chain_whoever_writes_it(place: Place) -> None:
    store = place.open()
    with store.reading() as read:
        assert (read.audit_head(), read.audit_noted(), read.audit(0, 10)) == (None, (0, ""), [])

    def write(name: str) -> None:
        for number in range(10):
            with store.writing() as tx:
                tx.audit_more([(number, f"{name}{number}a"), (number, f"{name}{number}ё")])

    threads = [threading.Thread(target=write, args=(name,)) for name in "xyz"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.reading() as read:
        rows = read.audit(0, 100)
        head = read.audit_head()
        assert head == rows[-1]
        assert read.audit_noted() == (60, head.hash)
        assert read.audit(58, 100) == rows[58:]
    assert [row.position for row in rows] == list(range(1, 61))
    assert broken(None, rows) is None
    store.close()


# deliveries


def test_deliveries_are_found_by_task_and_by_the_time_they_are_due(place: Place) -> None:
    store = place.open()
    one = wanted(None, Task("ESC-1", "breach", "MD-1", "lead_to_brief", 5, 6, 0, 30, "open"), "jira", 50)
    two = wanted(None, Task("ESC-2", "breach", "MD-2", "lead_to_brief", 5, 6, 0, 30, "open"), "jira", 40)
    assert one is not None
    assert two is not None
    held = leased(two, 45)
    with store.writing() as tx:
        tx.put_deliveries([one, two])
        tx.put_deliveries([])
    with store.reading() as read:
        assert [row.task_id for row in read.deliveries_due(60, 10)] == ["ESC-2", "ESC-1"]
        assert [row.task_id for row in read.deliveries_due(60, 1)] == ["ESC-2"]
        assert read.deliveries_due(39, 10) == []
        assert read.delivery("ESC-3") is None
        assert read.backlog() == Backlog(2, 40, 0)
    with store.writing() as tx:
        tx.put_deliveries([held, refused(one, one, "422", 60)])
    with store.reading() as read:
        assert read.delivery("ESC-2") == held
        assert read.delivery("ESC-1") == refused(one, one, "422", 60)
        assert read.deliveries_due(60, 10) == []
        assert read.backlog() == Backlog(1, 40, 1)
    store.close()


# the end


def test_a_closed_store_says_so(place: Place) -> None:
    store = place.open()
    filled(store)
    with store.reading() as read:
        store.close()
        assert read.counts()["events"] == 2  # whoever is reading may finish
    with pytest.raises(StoreFailed), store.reading():
        pytest.fail("closed")
    with pytest.raises(StoreFailed), store.writing():
        pytest.fail("closed")
    store.close()


def test_states_are_those_of_whoever_wrote_last(place: Place, store: EventStore) -> None:
    other = place.open()
    try:
        for turn in range(6):
            with (store, other)[turn % 2].writing() as tx:
                before = tx.states(["MD-1", "MD-2"])
                assert {row.updated for row in before.values()} == ({turn} if turn else set())
                tx.put([deal_row(name, updated=turn + 1) for name in ("MD-1", "MD-2")])
                assert {row.updated for row in tx.states(["MD-1", "MD-2"]).values()} == {turn + 1}
    finally:
        other.close()


def test_states_after_a_transaction_that_was_taken_back_are_those_before_it(store: EventStore) -> None:
    def taken_back() -> None:
        with store.writing() as tx:
            tx.put([deal_row(updated=2), deal_row("MD-2")])
            raise ZeroDivisionError

    with store.writing() as tx:
        tx.put([deal_row(updated=1)])
    with pytest.raises(ZeroDivisionError):
        taken_back()
    with store.writing() as tx:
        assert {name: row.updated for name, row in tx.states(["MD-1", "MD-2"]).items()} == {"MD-1": 1}
