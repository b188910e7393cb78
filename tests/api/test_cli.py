"""The command line as a person or a script meets it."""

from __future__ import annotations

import json
import resource
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from postgresql import Server, binaries

from api.cli import COMMANDS, main
from api.offers import kept_offer
from api.settings import Settings
from api.wiring import open_house

MAP = """
source = "crm"
timezone = "Europe/Moscow"
[deal]
id = "id"
title = "title"
[[event]]
type = "crm.deal.created"
time = "created"
id = "{id}-created"
[[event]]
type = "crm.brief.submitted"
time = "brief"
when = { not_empty = "brief" }
id = "{id}-brief"
"""
ROWS = """id,title,created,brief
D-1,Первая,2026-03-01T10:00:00,2026-03-01T12:00:00
D-2,Вторая,2026-03-02T10:00:00,
D-3,Третья,вчера,
D-4,Четвёртая,2026-03-04T10:00:00,2026-03-05T10:00:00
"""


def run(*args: object, data: Path | None = None) -> Result:
    where = [] if data is None else ["--data", str(data)]
    return CliRunner().invoke(main, [*map(str, args), *where])


def answer(*args: object, data: Path | None = None, code: int = 0) -> Any:
    result = run(*args, "--json", data=data)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def refused(result: Result, code: int) -> str:
    """The one line of an error; nothing else was said."""
    assert result.exit_code == code, result.output
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("Ошибка: ")
    assert "internal failure" not in line
    return line


@pytest.fixture
def history(tmp_path: Path) -> tuple[Path, Path]:
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path / "rows.csv", tmp_path / "map.toml"


@pytest.fixture
def loaded(tmp_path: Path, history: tuple[Path, Path]) -> Path:
    rows, map_ = history
    data = tmp_path / "data"
    answer("events", "load", rows, "--map", map_, data=data, code=3)
    return data


def event(name: str, type_: str, time: str, data: object = None, **more: object) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "source": "crm",
        "id": name,
        "type": type_,
        "time": time,
        "subject": "D-9",
        "data": data or {},
        **more,
    }


# Help and arguments


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    told = []
    code = (
        "import sys; from api.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = ('rich', 'fastapi', 'pydantic', 'msgspec', 'langgraph', 'pymorphy3', 'openpyxl', 'uvicorn', 'sqlite3')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        told.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert done.stderr.strip() == "[]"
    assert all(name in done.stdout for name in COMMANDS)
    # Processor time: on a busy machine the wall clock measures the others.
    assert min(told) < 0.5


def test_the_help_of_no_command_imports_anything_heavy() -> None:
    code = (
        "import sys; from api.cli import COMMANDS, main\n"
        "heavy = ('fastapi', 'uvicorn', 'langgraph', 'pymorphy3', 'openpyxl', 'sqlite3', 'duckdb', 'api.wiring')\n"
        "for name in COMMANDS:\n"
        "    try: main([name, '--help'])\n"
        "    except SystemExit: pass\n"
        "    found = [one for one in heavy if one in sys.modules]\n"
        "    if found: sys.exit(f'{name} imports {found}')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Использование: ")
    assert "--json" in result.stdout or "Команды" in result.stdout


def test_without_a_command_help_is_shown() -> None:
    result = run()
    assert result.exit_code == 0
    assert "Команды:" in result.stdout


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("deals", "--nonsense"),
        ("deals", "--sla", "late"),
        ("deals", "--budget-min", "много"),
        ("deals", "--budget-min", "-1"),
        ("deals", "--limit", "0"),
        ("deal",),
        ("events", "load"),
        ("serve", "--port", "65536"),
        ("export", "-", "--what", "everything"),
        ("dead-letters", "replay", "zero"),
    ],
)
def test_wrong_arguments_are_misuse(args: tuple[str, ...]) -> None:
    assert "--help" in refused(run(*args), 2)


def test_an_error_can_speak_english(tmp_path: Path) -> None:
    result = run("deals", "--lang", "en", data=tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: no data here yet")


# Loading


def test_a_load_counts_every_row_and_names_the_bad_one(tmp_path: Path, history: tuple[Path, Path]) -> None:
    rows, map_ = history
    report = answer("events", "load", rows, "--map", map_, data=tmp_path / "data", code=3)
    assert (report["rows_read"], report["rows_loaded"], report["rows_rejected"]) == (4, 3, 1)
    assert (report["events_made"], report["accepted"], report["duplicates"]) == (5, 5, 0)
    (bad,) = report["rejected"]
    assert (bad["line"], bad["column"], bad["value"]) == (4, "created", "вчера")
    assert report["store"]["deals"] == 3


def test_people_see_the_line_the_column_and_the_reason(tmp_path: Path, history: tuple[Path, Path]) -> None:
    rows, map_ = history
    result = run("events", "load", rows, "--map", map_, data=tmp_path / "data")
    assert result.exit_code == 3
    line = next(line for line in result.stdout.splitlines() if "вчера" in line)
    assert "4" in line
    assert "created" in line


def test_loading_again_changes_nothing(history: tuple[Path, Path], loaded: Path) -> None:
    rows, map_ = history
    before = answer("rebuild", data=loaded)
    canonical = run("export", "-", "--what", "canonical", data=loaded).stdout
    report = answer("events", "load", rows, "--map", map_, data=loaded, code=3)
    assert (report["accepted"], report["duplicates"]) == (0, 5)
    assert answer("rebuild", data=loaded) == before
    assert run("export", "-", "--what", "canonical", data=loaded).stdout == canonical


def test_a_clean_load_returns_zero_and_its_timers_are_swept(tmp_path: Path) -> None:
    lines = [
        event("1", "crm.deal.created", "2026-03-01T10:00:00Z", {"title": "Сделка"}),
        event("2", "crm.brief.submitted", "2026-03-01T12:00:00Z"),
    ]
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    report = answer("events", "load", path, data=tmp_path / "data")
    assert report["accepted"] == 2
    published = run("export", "-", "--what", "canonical", data=tmp_path / "data").stdout.splitlines()
    breached = [json.loads(line)["data"] for line in published if "masterdeal.sla.breached" in line]
    assert [one["timer"] for one in breached] == ["brief_to_offer"]


def _bad_files(folder: Path) -> dict[str, Path]:
    (folder / "empty.csv").write_bytes(b"")
    (folder / "binary.csv").write_bytes(bytes(range(256)) * 64)
    (folder / "binary.xlsx").write_bytes(b"PK\x03\x04" + b"\x00\xff" * 500)
    (folder / "map.toml").write_text(MAP, encoding="utf-8")
    return {name: folder / name for name in ("absent.csv", "empty.csv", "binary.csv", "binary.xlsx", ".")}


@pytest.mark.parametrize("name", ["absent.csv", "empty.csv", "binary.csv", "binary.xlsx", "."])
def test_a_file_that_cannot_be_read_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    path = _bad_files(tmp_path)[name]
    result = run("events", "load", path, "--map", tmp_path / "map.toml", data=tmp_path / "data")
    assert result.exit_code in (1, 3)
    assert "Traceback" not in result.output
    assert "internal failure" not in result.output
    if result.exit_code == 1:
        refused(result, 1)


def test_a_csv_with_a_torn_row_loads_the_others(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(MAP, encoding="utf-8")
    torn = tmp_path / "torn.csv"
    torn.write_text(ROWS + 'D-5,"не закрыта,2026-03-04T10:00:00\n', encoding="utf-8")
    report = answer("events", "load", torn, "--map", tmp_path / "map.toml", data=tmp_path / "data", code=3)
    assert report["rows_loaded"] == 3
    assert report["rows_rejected"] == report["rows_read"] - 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("source = ", 2),
        ('source = "crm"', 2),
        (MAP.replace('title = "title"', 'titel = "title"'), 2),
        (MAP.replace("Europe/Moscow", "Europe/Atlantis"), 2),
    ],
)
def test_a_bad_map_is_misuse(tmp_path: Path, text: str, code: int) -> None:
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    data = tmp_path / "data"
    refused(run("events", "load", tmp_path / "rows.csv", "--map", tmp_path / "map.toml", data=data), code)
    assert not data.exists()


def test_a_map_that_is_not_there_names_the_shipped_ones(tmp_path: Path) -> None:
    line = refused(run("events", "load", tmp_path / "rows.csv", "--map", "hubspot", data=tmp_path), 1)
    assert "crm_sales" in line
    assert "receipt" in line
    assert answer("events", "maps") == ["crm_sales", "receipt"]


def test_a_table_without_a_map_is_misuse(history: tuple[Path, Path], tmp_path: Path) -> None:
    assert "map" in refused(run("events", "load", history[0], data=tmp_path / "data"), 2)


def test_a_data_folder_that_cannot_be_written(tmp_path: Path, history: tuple[Path, Path]) -> None:
    (tmp_path / "file").write_text("")
    rows, map_ = history
    refused(run("events", "load", rows, "--map", map_, data=tmp_path / "file" / "data"), 1)
    (tmp_path / "rot").mkdir()
    (tmp_path / "rot" / "masterdeal.db").write_bytes(b"not a database, however long it is" * 40)
    refused(run("deals", data=tmp_path / "rot"), 1)


def test_a_read_only_folder(tmp_path: Path, history: tuple[Path, Path]) -> None:
    sealed = tmp_path / "sealed"
    sealed.mkdir()
    sealed.chmod(0o555)
    try:
        (sealed / "probe").touch()
    except PermissionError:
        refused(run("events", "load", history[0], "--map", history[1], data=sealed), 1)
        return
    pytest.skip("this user may write anywhere")


# Reading


def test_deals_filters_like_the_api(loaded: Path) -> None:
    assert [deal["master_deal_id"] for deal in answer("deals", data=loaded)["items"]] == ["D-1", "D-2", "D-4"]
    assert [d["master_deal_id"] for d in answer("deals", "--stage", "draft", data=loaded)["items"]] == ["D-2"]
    assert [d["master_deal_id"] for d in answer("deals", "-q", "перв", data=loaded)["items"]] == ["D-1"]
    step = answer("deals", "--pipeline-stage", "бриф получен", data=loaded)
    late = answer("deals", "--sla", "met_late", "--timer", "lead_to_brief", data=loaded)
    assert [deal["master_deal_id"] for deal in late["items"]] == ["D-4"]
    assert [d["master_deal_id"] for d in step["items"]] == ["D-1", "D-4"]
    assert "no such stage" in refused(run("deals", "--stage", "won", data=loaded), 2)


def test_deals_come_page_by_page(loaded: Path) -> None:
    first = answer("deals", "--limit", "2", data=loaded)
    assert first["next_cursor"] == "D-2"
    second = answer("deals", "--limit", "2", "--cursor", first["next_cursor"], data=loaded)
    assert [deal["master_deal_id"] for deal in second["items"]] == ["D-4"]
    assert second["next_cursor"] is None


def test_figures_count_what_the_filter_lets_through(loaded: Path) -> None:
    assert answer("deals", "--figures", data=loaded)["by_stage"] == {"briefed": 2, "draft": 1}
    assert answer("deals", "--figures", "--stage", "draft", data=loaded)["deals"] == 1
    table = run("deals", "--figures", data=loaded).stdout
    assert "черновик" in table
    assert "brief to offer" in run("deals", "--figures", "--lang", "en", data=loaded).stdout


def test_a_deal_now_then_and_as_it_was_known(loaded: Path) -> None:
    assert answer("deal", "D-1", data=loaded)["aggregated_stage"] == "briefed"
    earlier = answer("deal", "D-1", "--as-of", "2026-03-01T11:00:00+03:00", data=loaded)
    assert earlier["aggregated_stage"] == "draft"
    assert "had come" in refused(
        run("deal", "D-1", "--known-at", "2026-03-01T11:00:00+03:00", data=loaded), 1
    )
    assert "ISO 8601" in refused(run("deal", "D-1", "--as-of", "вчера", data=loaded), 2)
    assert "no deal" in refused(run("deal", "D-99", data=loaded), 1)
    shown = run("deal", "D-1", "--timeline", data=loaded).stdout
    assert "crm.brief.submitted" in shown
    assert "G1 → бриф получен" in shown


def test_what_if_answers_and_writes_nothing(loaded: Path) -> None:
    before = answer("doctor", data=loaded)["store"]["counts"]
    found = answer(
        "deal",
        "D-1",
        "--what-if",
        "mediapush.planning.started@2026-03-02T10:00:00Z",
        "--what-if",
        "crm.deal.lost@2026-03-03T08:00:00Z",
        data=loaded,
    )
    assert (found["stage_before"], found["deal"]["aggregated_stage"]) == ("briefed", "cancelled")
    assert "brief_to_offer" in [timer["timer"] for timer in found["breaches"]["disappear"]]
    assert answer("doctor", data=loaded)["store"]["counts"] == before
    assert "catalogue" in refused(run("deal", "D-1", "--what-if", "crm.deal.won", data=loaded), 2)


def test_reading_does_not_create_a_store(tmp_path: Path) -> None:
    for command in (("deals",), ("deal", "D-1"), ("rebuild",), ("export", "-"), ("dead-letters",)):
        refused(run(*command, data=tmp_path / "typo"), 1)
    assert answer("doctor", data=tmp_path / "typo")["store"]["exists"] is False
    assert not (tmp_path / "typo").exists()


# Keeping


def test_a_rebuild_proves_identity_finds_a_difference_and_mends_it(loaded: Path) -> None:
    proof = answer("rebuild", data=loaded)
    assert proof["identical"] is True
    assert proof["stored_digest"] == proof["rebuilt_digest"]
    with sqlite3.connect(loaded / "masterdeal.db") as db:
        (state,) = db.execute("select state from deal where deal_id = 'D-1'").fetchone()
        other = state.replace("Первая".encode(), "Чужая".encode())
        db.execute("update deal set state = ? where deal_id = 'D-1'", (other,))
    db.close()
    found = answer("rebuild", data=loaded, code=4)
    assert found["differing"] == ["D-1"]
    assert run("rebuild", data=loaded).exit_code == 4
    assert answer("rebuild", "--repair", data=loaded)["repaired"] is True
    assert answer("rebuild", data=loaded) == proof


def test_exported_events_make_the_same_deals_elsewhere(tmp_path: Path, loaded: Path) -> None:
    out = tmp_path / "events.jsonl"
    assert answer("export", out, data=loaded)["lines"] == 5
    answer("events", "load", out, data=tmp_path / "copy")
    assert answer("rebuild", data=tmp_path / "copy") == answer("rebuild", data=loaded)
    cards = [
        json.loads(line) for line in run("export", "-", "--what", "deals", data=loaded).stdout.splitlines()
    ]
    assert [card["master_deal_id"] for card in cards] == ["D-1", "D-2", "D-4"]
    assert not list(tmp_path.glob("*.part"))


def test_a_reader_that_has_enough_is_no_failure_to_talk_about(tmp_path: Path) -> None:
    data = tmp_path / "demo"
    answer("demo", "--load-only", data=data)
    args = [sys.executable, "-m", "api.cli", "export", "-", "--data", str(data)]
    with subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"{")
        process.stdout.close()
        assert process.stderr.read() == b""


def test_an_export_nowhere_fails_in_one_line(tmp_path: Path, loaded: Path) -> None:
    refused(run("export", tmp_path / "absent" / "events.jsonl", data=loaded), 1)


def test_a_dead_letter_is_listed_mended_and_replayed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    bad = event("1", "crm.deal.created", "2026-03-01T10:00:00Z", {"budget": "много"})
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(bad), encoding="utf-8")
    report = answer("events", "load", path, data=data, code=3)
    assert (report["events_rejected"], report["rejected"][0]["line"]) == (1, 1)
    (letter,) = answer("dead-letters", data=data)
    assert "budget" in letter["detail"]
    assert str(letter["number"]) in run("dead-letters", data=data).stdout
    still = answer("dead-letters", "replay", letter["number"], data=data, code=1)
    assert still["result"]["outcome"] == "rejected"
    mended = tmp_path / "mended.json"
    mended.write_text(json.dumps(bad | {"data": {}}), encoding="utf-8")
    result = run("dead-letters", "--data", data, "replay", letter["number"], "--event", mended)
    assert result.exit_code == 0
    assert answer("dead-letters", data=data) == []
    assert [row["state"] for row in answer("dead-letters", "--all", data=data)] == ["replayed"]
    assert answer("deal", "D-9", data=data)["aggregated_stage"] == "draft"
    refused(run("dead-letters", "replay", "77", data=data), 1)


# Asking


def test_a_question_is_answered_with_its_sources(loaded: Path) -> None:
    found = answer("ask", "Где сейчас D-1?", data=loaded)
    assert "D-1" in found["text"]
    assert any(one["value"] == "briefed" for one in found["evidence"])
    assert found["mode"] == "rules"
    assert "deal/D-1/aggregated_stage" in run("ask", "Где сейчас D-1?", data=loaded).stdout
    refused(run("ask", " ", data=loaded), 2)
    refused(run("ask", "Где она?", "--deal", "D-99", data=loaded), 1)


# Doctor


def test_doctor_masks_secrets_and_says_what_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://someone:hunter2@127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("OPENAI_MODEL", "any")
    found = answer("doctor", data=tmp_path, code=1)
    assert found["checks"]["model"].startswith("does not answer")
    assert found["checks"]["event_store"] == "ok"
    told = json.dumps(found) + run("doctor", data=tmp_path).output
    assert "hunter2" not in told
    assert "very-secret" not in told
    assert found["settings"]["OPENAI_API_KEY"] == {
        "value": "********",
        "resolved": "********",
        "set": True,
        "about": "Key of that endpoint",
    }


def test_doctor_says_what_every_setting_resolved_to(tmp_path: Path) -> None:
    found = answer("doctor", data=tmp_path)["settings"]
    assert found["MASTERDEAL_DATABASE_URL"]["resolved"] == f"sqlite:///{tmp_path / 'masterdeal.db'}"
    assert found["MASTERDEAL_KAFKA_BOOTSTRAP"]["resolved"] == "in process"
    assert found["OPENAI_MODEL"]["resolved"] == "rules only"
    assert found["CHROMA_URL"]["resolved"] == "embedded"
    assert found["MASTERDEAL_RULES"]["resolved"] == found["MASTERDEAL_RULES"]["value"] == "stream-1"


def test_doctor_reports_a_store_it_cannot_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MASTERDEAL_DATABASE_URL", "oracle://db")
    found = answer("doctor", data=tmp_path, code=1)
    assert "oracle" in found["checks"]["event_store"]
    monkeypatch.delenv("MASTERDEAL_DATABASE_URL")
    monkeypatch.setenv("MASTERDEAL_RULES", "stream-9")
    assert "stream-1" in answer("doctor", data=tmp_path, code=1)["checks"]["rules"]
    refused(run("events", "load", tmp_path / "x.jsonl", data=tmp_path), 2)


def test_doctor_knows_the_rules_and_the_calendar(loaded: Path) -> None:
    found = answer("doctor", data=loaded)
    assert found["rules"]["rule_set"] == "stream-1"
    assert found["calendars"]["working-ru"]["covers"]["first"] <= 2026
    assert found["store"]["counts"]["deals"] == 3
    assert found["store"]["sweep_overdue_s"] == 0


# Demo


def test_the_demo_is_loaded_once_and_keeps_off_other_data(tmp_path: Path, loaded: Path) -> None:
    first = answer("demo", "--load-only", data=tmp_path / "demo")
    assert first["store"]["deals"] > 50
    assert first["store"]["dead_letters"] == 1  # the demonstration shows one
    assert answer("demo", "--load-only", data=tmp_path / "demo") == first
    assert answer("demo", "--load-only", "--fresh", data=tmp_path / "demo") == first
    before = answer("deals", data=loaded)["items"]
    refused(run("demo", "--load-only", data=loaded), 2)
    refused(run("demo", "--load-only", "--fresh", data=loaded), 2)
    assert [d["master_deal_id"] for d in answer("deals", data=loaded)["items"]] == [
        d["master_deal_id"] for d in before
    ]
    stages = answer("deals", "--figures", data=tmp_path / "demo")["by_stage"]
    assert {"draft", "running", "closed", "cancelled"} <= stages.keys()


# Another event store


@pytest.mark.slow
def test_the_commands_work_on_postgresql(
    tmp_path: Path, history: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    server = Server.new()
    try:
        url = server.new_database().replace("postgres@", "postgres:hunter2@")
        monkeypatch.setenv("MASTERDEAL_DATABASE_URL", url)
        rows, map_ = history
        report = answer("events", "load", rows, "--map", map_, data=tmp_path / "data", code=3)
        assert report["store"]["deals"] == 3
        assert [d["master_deal_id"] for d in answer("deals", data=tmp_path)["items"]] == ["D-1", "D-2", "D-4"]
        assert answer("rebuild", data=tmp_path)["identical"] is True
        told = run("doctor", data=tmp_path)
        assert told.exit_code == 0
        assert "********@127.0.0.1" in told.stdout
        assert "hunter2" not in told.stdout
        assert not (tmp_path / "data").exists()
    finally:
        server.stop()


def test_an_offer_is_drafted_from_a_brief_and_from_a_plan(tmp_path: Path) -> None:
    brief = tmp_path / "brief.txt"
    brief.write_text(
        "Клиент: ООО «Снежинка»\nПродукт: мороженое\nПериод: 1 июня – 31 июля 2027\nБюджет: 3 млн руб. с НДС\n"
        "Гео: Москва\nЦА: 18-45\n",
        encoding="utf-8",
    )
    out = tmp_path / "out"
    offer = answer("offer", brief, "--sample-prices", "--out", out)["result"]
    assert [file["name"] for file in offer["files"]] == ["offer.docx", "offer.pdf", "plan.xlsx"]
    for file, start in zip(offer["files"], (b"PK", b"%PDF", b"PK"), strict=True):
        assert Path(file["path"]).read_bytes().startswith(start)
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(answer("plan", brief, "--sample-prices")), encoding="utf-8")
    same = answer("offer", plan, "--as", "pdf", "--out", out)["result"]
    assert same["totals"] == offer["totals"]
    assert [file["name"] for file in same["files"]] == ["offer.pdf"]


def test_sums_of_two_rates_of_vat_are_told_apart(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    with events.open("w", encoding="utf-8") as out:
        for id_, rate in (("D-1", "0.20"), ("D-2", "0.22"), ("D-3", "0.22")):
            budget = {
                "amount": "100.00",
                "currency": "RUB",
                "vat": "incl",
                "vat_rate": rate,
                "commission": "none",
            }
            event = {
                "specversion": "1.0", "id": id_, "source": "crm", "type": "crm.deal.created", "subject": id_,
                "time": "2026-11-20T10:00:00+03:00", "data": {"budget": budget},
            }  # fmt: skip
            out.write(json.dumps(event) + "\n")
    assert run("events", "load", events, data=tmp_path).exit_code == 0
    told = run("deals", "--figures", data=tmp_path).stdout.replace("\N{NO-BREAK SPACE}", " ")
    assert "100 ₽ с НДС 20 % (сделок: 1)" in told
    assert "200 ₽ с НДС 22 % (сделок: 2)" in told


def test_a_command_about_a_file_takes_a_data_folder_and_only_an_offer_stays_in_it(tmp_path: Path) -> None:
    brief = tmp_path / "brief.txt"
    brief.write_text("Бюджет 3 млн руб. с НДС, 1–31 июля 2027, Москва, OLV, женщины 18-45", encoding="utf-8")
    for command in ("brief", "plan", "review", "check-ad"):
        assert answer(command, brief, data=tmp_path / "none")["decision_id"]
    assert not (tmp_path / "none").exists()
    kept = tmp_path / "kept"
    drafted = answer("offer", brief, "--sample-prices", "--as", "pdf", "--out", tmp_path, data=kept)["result"]
    with open_house(Settings(data=kept)) as house:
        assert kept_offer(house, drafted["offer_id"])["offer"]["hash"] == drafted["hash"]


def test_what_is_no_plan_and_no_discount_is_said_in_one_line(tmp_path: Path) -> None:
    wrong = tmp_path / "plan.json"
    for content in (
        "",
        "[]",
        "{}",
        '{"lines": [1]}',
        '{"result": {"lines": [], "infeasible": {"why": "мало"}}}',
    ):
        wrong.write_text(content, encoding="utf-8")
        refused(run("offer", wrong), 2)
    refused(run("offer", wrong, "--discount", "2"), 2)
    refused(run("offer", tmp_path / "none.txt"), 1)
    poor = tmp_path / "brief.txt"
    poor.write_text("Период: 1–31 июля 2027, бюджет 1 рубль с НДС", encoding="utf-8")
    assert answer("offer", poor, "--sample-prices", code=1)["result"]["status"] == "infeasible"
