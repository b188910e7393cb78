"""Failures 30 to 34: what can happen to an SQLite file. The faults are real: SQLite itself reports them."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from masterdeal.errors import StoreFailed
from masterdeal.ports import DealFilter, LogRow, pages
from masterdeal.store import sqlite
from masterdeal.store.sqlite import SCHEMA_VERSION, SqliteStore

MB = 1024 * 1024


def event(id_: str, body: str = "{}") -> LogRow:
    return LogRow("crm", id_, "crm.deal.created", "MD-1", 10, 20, False, True, body)


def put(store: SqliteStore, *ids: str, body: str = "{}") -> None:
    with store.writing() as tx:
        tx.append([event(id_, body) for id_ in ids])


def ids(store: SqliteStore) -> list[str]:
    with store.reading() as read:
        return [row.id for row in pages(read)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(path, patience=1)
    yield opened
    opened.close()


def test_30_every_write_takes_the_lock_before_it_reads(store: SqliteStore, path: Path) -> None:
    said: list[str] = []
    store._writer.set_trace_callback(said.append)
    put(store, "1", "2")
    assert said[0] == "begin immediate"
    assert said[-1] == "commit"
    assert sum(statement.startswith("begin") for statement in said) == 1


def test_30_a_file_is_opened_while_another_process_writes(store: SqliteStore, path: Path) -> None:
    with store.writing() as tx:
        tx.append([event("1")])
        other = SqliteStore(path, patience=0.05)
        assert ids(other) == []
        other.close()


@pytest.mark.slow
def test_31_a_long_reader_does_not_let_the_wal_grow_for_ever(store: SqliteStore, path: Path) -> None:
    wal = path.with_name(path.name + "-wal")
    store._writer.execute("pragma synchronous = off")  # for speed: nobody pulls the plug here
    body = '{"data": "' + "x" * MB + '"}'
    with store.reading() as read:
        assert read.log(0, 1) == []
        for number in range(80):
            put(store, f"held-{number}", body=body)
        assert read.log(0, 1) == []
    grown = wal.stat().st_size
    assert grown > 64 * MB
    for number in range(10):
        put(store, f"free-{number}", body=body)
    assert wal.stat().st_size <= 64 * MB
    assert len(ids(store)) == 90


def test_32_a_full_disk_is_reported_and_nothing_half_written_stays(store: SqliteStore) -> None:
    put(store, "1")
    size = store._writer.execute("pragma page_count").fetchone()[0]
    store._writer.execute(f"pragma max_page_count = {size + 2}")
    with pytest.raises(StoreFailed, match="full"):
        put(store, *(f"big-{number}" for number in range(20)), body='"' + "x" * 20_000 + '"')
    assert ids(store) == ["1"]
    store._writer.execute("pragma max_page_count = 1000000")
    put(store, "2")
    assert ids(store) == ["1", "2"]


def test_32_a_file_that_may_not_be_written_is_read_all_the_same(store: SqliteStore) -> None:
    put(store, "1")
    store._writer.execute("pragma query_only = on")  # the same refusal as of a read-only file, also as root
    with pytest.raises(StoreFailed, match="readonly"):
        put(store, "2")
    assert ids(store) == ["1"]
    store._writer.execute("pragma query_only = off")
    put(store, "2")
    assert ids(store) == ["1", "2"]


@pytest.mark.parametrize("cut", [1, 32, 1000, 4096, 9000])
def test_32_a_truncated_wal_gives_back_a_beginning_of_what_was_committed(
    tmp_path: Path, path: Path, cut: int
) -> None:
    store = SqliteStore(path)
    for number in range(30):
        put(store, f"{number}")
    copy = tmp_path / "crashed" / path.name
    copy.parent.mkdir()
    # What a crash leaves: the file and its WAL, without -shm.
    shutil.copy(path, copy)
    wal = path.with_name(path.name + "-wal").read_bytes()
    copy.with_name(copy.name + "-wal").write_bytes(wal[:-cut])
    store.close()
    crashed = SqliteStore(copy)
    found = ids(crashed)
    assert found == [f"{number}" for number in range(len(found))]
    assert len(found) in (29, 28, 27)
    put(crashed, "after")
    assert crashed._writer.execute("pragma integrity_check").fetchone() == ("ok",)
    crashed.close()


def test_32_a_missing_shm_file_is_made_again(path: Path, tmp_path: Path) -> None:
    store = SqliteStore(path)
    put(store, "1")
    copy = tmp_path / "copy.db"
    shutil.copy(path, copy)
    shutil.copy(path.with_name(path.name + "-wal"), copy.with_name(copy.name + "-wal"))
    store.close()
    again = SqliteStore(copy)
    assert ids(again) == ["1"]
    again.close()


def test_32_a_copy_while_open_is_whole_by_the_backup_api(path: Path, tmp_path: Path) -> None:
    store = SqliteStore(path)
    put(store, "1", "2")
    with store.writing() as tx:
        tx.append([event("uncommitted")])
        target = sqlite3.connect(tmp_path / "backup.db")
        source = sqlite3.connect(path)
        source.backup(target)
        source.close()
        target.close()
    store.close()
    backup = SqliteStore(tmp_path / "backup.db")
    assert ids(backup) == ["1", "2"]
    backup.close()


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to be one" * 100, b"SQLite format 3\0"]
)
def test_32_a_file_that_is_no_database_is_a_clear_answer(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreFailed, match=r"events\.db"):
        SqliteStore(path)
    assert path.read_bytes() == content


def test_32_a_page_overwritten_with_noise_is_a_clear_answer(path: Path) -> None:
    store = SqliteStore(path)
    put(store, *(f"{number}" for number in range(3000)))
    store.close()
    content = bytearray(path.read_bytes())
    spared = 32 * 4096  # the schema's own pages, so that the file still opens
    content[spared:] = b"\xa5" * (len(content) - spared)
    path.write_bytes(content)
    broken = SqliteStore(path)
    with pytest.raises(StoreFailed, match="malformed"):
        ids(broken)
    with pytest.raises(StoreFailed, match="malformed"):
        put(broken, "new", "2999")
    broken.close()


@pytest.mark.parametrize("place", ["folder/events.db", "file/events.db"])
def test_32_a_place_that_cannot_hold_a_file_is_a_clear_answer(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder" / "events.db").mkdir(parents=True)
    with pytest.raises(StoreFailed, match="cannot be opened"):
        SqliteStore(tmp_path / place)


def test_32_somebody_elses_database_is_left_alone(path: Path) -> None:
    other = sqlite3.connect(path)
    other.execute("create table invoice (number text)")
    other.close()
    with pytest.raises(StoreFailed, match="no event store"):
        SqliteStore(path)
    other = sqlite3.connect(path)
    assert other.execute("select count(*) from sqlite_master").fetchone() == (1,)
    other.close()


def of_schema_one(path: Path) -> None:
    db = sqlite3.connect(path)
    db.executescript(sqlite._schema(1))
    db.execute("pragma user_version = 1")
    db.execute("insert into event values (1, 'crm', '1', 't', 'MD-1', 10, 20, 0, 1, '{}')")
    db.commit()
    db.close()


def test_34_an_older_schema_is_brought_up_to_date(path: Path) -> None:
    of_schema_one(path)
    store = SqliteStore(path)
    assert ids(store) == ["1"]
    assert store._writer.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION
    with store.writing() as tx:
        tx.judge_by("x")
    store.close()


@pytest.mark.parametrize("start", [0, 1])
def test_34_a_migration_interrupted_halfway_has_not_begun(
    path: Path, start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if start == 1:
        of_schema_one(path)
    whole = sqlite._schema
    with monkeypatch.context() as patched:
        patched.setattr(
            sqlite, "_schema", lambda step: whole(step) + ("; create table" if step == SCHEMA_VERSION else "")
        )
        with pytest.raises(StoreFailed):
            SqliteStore(path)
    db = sqlite3.connect(path)
    assert db.execute("pragma user_version").fetchone() == (start,)
    assert (db.execute("select count(*) from sqlite_master").fetchone()[0] > 0) == (start == 1)
    db.close()
    store = SqliteStore(path)
    put(store, "2")
    assert ids(store) == ["1"] * start + ["2"]
    store.close()


def test_34_a_newer_schema_is_refused_and_untouched(path: Path) -> None:
    store = SqliteStore(path)
    put(store, "1")
    store._writer.execute(f"pragma user_version = {SCHEMA_VERSION + 1}")
    store.close()
    with pytest.raises(StoreFailed, match=f"schema {SCHEMA_VERSION + 1}"):
        SqliteStore(path)
    db = sqlite3.connect(path)
    assert db.execute("pragma user_version").fetchone() == (SCHEMA_VERSION + 1,)
    db.close()


def test_a_programming_mistake_is_not_blamed_on_the_store(store: SqliteStore) -> None:
    with pytest.raises(sqlite3.IntegrityError), store.writing() as tx:
        tx.append([msgspec.structs.replace(event("1"), source=None)])  # type: ignore[arg-type]
    with store.reading() as read:
        assert read.deals(DealFilter(), "", 1) == []
