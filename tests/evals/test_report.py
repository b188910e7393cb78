"""The report of the evals: bars, the change since the last run, a page that needs nothing else; and the copilot's sets
against a model that a test serves."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from chat_model import Wish, faithful, serving

from api.settings import Settings
from evals import history
from evals.__main__ import main
from evals.bars import bars, missed
from evals.model import score
from evals.page import page
from evals.report import Part, changed, markdown, part_of, verdict
from masterdeal.errors import Misconfigured

BARS = {"at_least": {"right": 0.9, "ads.recall": 0.8}, "at_most": {"invented": 0}}


def _part(past: list[history.Past], **report: Any) -> Part:
    return part_of("brief", report, BARS, 1.0, past)


def _past(**figures: float) -> history.Past:
    return history.Past("2026-11-22T12:00:00+03:00", {"brief": figures})


def test_a_figure_stands_beside_its_bar_and_what_it_was() -> None:
    past = [_past(right=0.8, invented=2.0), _past(right=0.95, invented=0.0)]
    part = _part(past, right=0.92, invented=1, cases=7, ads={"recall": 0.7}, misses=["x: y"])
    rows = {row.name: row for row in part.rows}
    assert (rows["right"].met, rows["invented"].met, rows["cases"].met) == (True, False, None)
    assert (rows["right"].better, rows["invented"].better, rows["cases"].better) == (False, False, None)
    assert changed(rows["right"]) == "−0.03 worse"
    assert changed(rows["cases"]) == "new"
    assert rows["right"].before == (0.8, 0.95)
    assert set(part.below) == {"ads.recall is 0.7, must be at least 0.8", "invented is 1, must be at most 0"}
    assert verdict([part]).startswith("Bars missed:\n- brief: ")
    text = "\n".join(markdown(part))
    assert "| right | 0.92 | ≥ 0.9 | −0.03 worse |" in text
    assert "| ads | 0.7 |" in text
    assert "- x: y" in text


def test_figures_that_say_how_much_there_was_are_neither_better_nor_worse() -> None:
    past = [_past(cases=5.0, f1=0.5, tokens_in=10.0)]
    rows = {
        row.name: row
        for row in _part(past, cases=7, f1=0.6, tokens_in=9, right=1, ads={"recall": 1}, invented=0).rows
    }
    assert (rows["cases"].better, rows["f1"].better, rows["tokens_in"].better) == (None, True, None)


def test_the_history_outlives_a_line_that_was_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "history.jsonl"
    assert history.read(file) == []
    history.add(file, _past(right=0.5))
    with file.open("a", encoding="utf-8") as lines:
        lines.write('{"at": "2026')
    assert history.course(history.read(file), "brief", "right") == [0.5]


class _Looking(HTMLParser):
    """What a page would fetch, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [str(value) for name, value in attrs if name in ("src", "srcset", "data")]
        self.fetched += [
            str(value) for name, value in attrs if name == "href" and not str(value).startswith("#")
        ]


def test_the_page_needs_nothing_else_and_takes_no_markup_from_a_miss() -> None:
    past = [_past(right=0.8)]
    part = _part(past, right=0.95, invented=0, ads={"recall": 0.9}, misses=["<script>alert(1)</script>"])
    text = page([part], "2026-11-22T15:00:00+03:00")
    looking = _Looking()
    looking.feed(text)
    assert looking.fetched == []
    assert "script" not in looking.tags
    assert "link" not in looking.tags
    assert "polyline" in looking.tags
    assert "&lt;script&gt;" in text
    assert "All bars are met." in text
    assert "url(" not in text


def test_a_run_is_written_down_and_the_next_one_knows_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for run in (1, 2):
        assert main(["brief", "--folder", str(tmp_path)]) == 0
        printed = capsys.readouterr().out
        assert ("| new |" in printed) is (run == 1)
    runs = [
        json.loads(line) for line in (tmp_path / "history.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert len(runs) == 2
    assert runs[0]["parts"] == runs[1]["parts"]
    assert "## brief" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").count("<section") == 1


def test_without_a_model_the_model_run_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("OPENAI_BASE_URL", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)
    assert main(["--model", "--folder", str(tmp_path)]) == 2
    assert "OPENAI_BASE_URL" in capsys.readouterr().err
    with pytest.raises(Misconfigured):
        score(Settings(), 1)


def _liar(wish: Wish) -> Any:
    """Plans with a tool for everything, and doubles every draft with a figure of its own."""
    if wish.plans:
        return [{"name": "next_actions", "arguments": {}}]
    return f"По моим данным, таких сделок 8 412. {faithful(wish)}"


def test_the_sets_against_a_model_that_lies_and_one_that_does_not() -> None:
    found = {}
    for name, behaviour in (("liar", _liar), ("faithful", faithful)):
        with serving(behaviour) as model:
            settings = Settings(openai_base_url=model.url, openai_model="gpt-4.1-mini", model_seconds=120)
            found[name] = score(settings, 2, most=2)
        assert missed(found[name], bars("model")) == [], found[name]["misses"]
        assert found[name]["pass_2"] <= found[name]["right"]
        assert found[name]["cost_USD"] > 0
    assert found["liar"]["claims_refused"] > 0
    assert any("412" in line for line in found["liar"]["refused_most"])
    assert found["faithful"]["claims_refused"] == 0
    assert found["liar"]["fell_back"] > found["faithful"]["fell_back"]
    assert found["liar"]["planned"] == [
        "Дай полный расклад по MD-2026-0010: next_actions (wrong) × 2",
        "Tell me a joke: next_actions (wrong) × 2",
    ]
    assert found["faithful"]["by_skill"]["questions"]["right"] == 1
