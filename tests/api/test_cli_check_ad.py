"""`masterdeal check-ad`: an advertising text, or a file with one, against the law on a date."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from api.cli import main


def rules_of(*args: str) -> set[str]:
    result = CliRunner().invoke(main, ["check-ad", *args, "--json"])
    assert result.exit_code == 0, result.output
    return {finding["rule_id"] for finding in json.loads(result.stdout)["findings"]}


def test_a_text_and_a_file_are_judged_alike(tmp_path: Path) -> None:
    text = "Лучший банк страны. Заходите!"
    file = tmp_path / "ad.txt"
    file.write_text(text, encoding="utf-8")
    assert rules_of(text) == rules_of(str(file)) == {"AD5-3-1"}


def test_channel_date_and_marking_count() -> None:
    text, place = (
        "Новая коллекция уже в продаже",
        ("--channel", "instagram", "--marked", "--erid", "LdtCKaBc123"),
    )
    assert rules_of(text, *place, "--date", "2025-09-01") == {"AD5-10-7"}
    assert rules_of(text, *place, "--date", "2025-08-31") == set()


def test_nothing_to_read_is_refused() -> None:
    result = CliRunner().invoke(main, ["check-ad", "…", "--json"])
    assert result.exit_code != 0
    assert "Traceback" not in result.output
