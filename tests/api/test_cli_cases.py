"""The known figures of two public histories, out of the product's own commands (docs/cases.md)."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from api.cli import main

CASES = Path(__file__).parents[3] / "shared" / "cases"


def answer(*args: object) -> Any:
    result = CliRunner().invoke(main, [*map(str, args), "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def figures(tmp_path: Path) -> Callable[[str, object], tuple[dict[str, Any], dict[str, Any]]]:
    """Load a case by a map and give the report and the figures."""

    def read(name: str, map_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        path = CASES / name
        if not path.exists():
            pytest.skip(f"the public case {name} is not beside this checkout")
        report = answer("events", "load", path, "--map", map_, "--data", tmp_path)
        found = answer("deals", "--figures", "--data", tmp_path)
        assert answer("rebuild", "--data", tmp_path)["identical"] is True
        return report, found

    return read


@pytest.mark.slow
def test_sales_opportunities(figures: Callable[..., tuple[dict[str, Any], dict[str, Any]]]) -> None:
    report, found = figures("crm_sales/sales_pipeline.csv", "crm_sales")
    assert (report["rows_read"], report["rows_rejected"], report["accepted"]) == (8800, 0, 28049)
    assert (found["deals"], found["won"], found["lost"]) == (8800, 4238, 2473)
    stages = found["by_domain_stage"]
    assert (stages["crm: Engaging"], stages["crm: Prospecting"]) == (1589, 500)
    assert round(found["win_rate"], 4) == 0.6315
    assert [(one["amount"], one["currency"]) for one in found["won_amount"]] == [("10005534", "USD")]
    assert round(found["cycle_days"]["mean"], 2) == 47.99
    assert found["cycle_days"]["median"] == 45
    assert found["cycle_longer_than_days"] == {"30": 3548, "60": 2979, "90": 1358}


@pytest.mark.slow
def test_permit_applications(figures: Callable[..., tuple[dict[str, Any], dict[str, Any]]]) -> None:
    report, found = figures("receipt/receipt.csv", "receipt")
    assert (report["rows_read"], report["rows_rejected"], found["deals"]) == (8577, 0, 1434)
    assert found["deadlines"]["planned_end"]["ended_late"] == 389
    # Every application has a legal deadline in the file; 51 of them are written to the millisecond.
    assert found["deadlines"]["legal"] == {
        "with_deadline": 1434,
        "ended": 1329,
        "ended_in_time": 952,
        "ended_late": 377,
        "open_overdue": 105,
    }


@pytest.mark.slow
def test_deadlines_to_the_millisecond(
    tmp_path: Path, figures: Callable[..., tuple[dict[str, Any], dict[str, Any]]]
) -> None:
    shipped = files("masterdeal").joinpath("maps/receipt.toml").read_text(encoding="utf-8")
    strict = shipped.replace(
        'column = "case:deadline", as = "time"',
        'column = "case:deadline", as = "time", format = "%Y-%m-%d %H:%M:%S.%f%z"',
    )
    assert strict != shipped
    (tmp_path / "strict.toml").write_text(strict, encoding="utf-8")
    report, found = figures("receipt/receipt.csv", tmp_path / "strict.toml")
    assert sum(report["remarks_by_reason"].values()) == 8321
    legal = found["deadlines"]["legal"]
    assert (legal["with_deadline"], legal["ended"], legal["ended_late"]) == (51, 46, 6)
    assert found["deadlines"]["planned_end"]["ended_late"] == 389
