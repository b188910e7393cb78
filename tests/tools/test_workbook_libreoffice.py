"""The workbook's formulas, counted anew by LibreOffice, give the plan's figures to the kopeck."""

from __future__ import annotations

import io
import random
import re
import shutil
import subprocess
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from masterdeal.money import to_kopeck
from tools.mediaplan.planner import MediaPlan, PlanTask, plan
from tools.mediaplan.task import task_from_fields
from tools.offer import build_offer
from tools.offer_clauses import load_clauses
from tools.offer_prices import plan_at
from tools.paper.workbook import HEAD, plan_workbook
from tools.reference import load_reference

REFERENCE = load_reference(demo=True)
OFFICE = shutil.which("soffice")
PLANS = 36


def drawn(draw: random.Random) -> tuple[PlanTask, MediaPlan] | None:
    """A plan for a random task, half of them across the change of the VAT rate, some with the discount of an offer."""
    start = date(2025, 11, 10) + timedelta(days=draw.randrange(60 if draw.random() < 0.5 else 500))
    task = task_from_fields(
        {
            "client": "ООО «Пример»",
            "period_start": start,
            "period_end": start + timedelta(days=draw.randrange(70)),
            "budget_max": Decimal(draw.randrange(30_000_000, 4_000_000_000)) / 100,
            "budget_vat": draw.choice(["incl", "excl", "none"]),
            "budget_commission": draw.choice(["incl", "excl"]),
            "commission_rate": draw.choice([None, "0.1", "0.155"]),
            "geo": draw.choice([["Россия"], ["Москва"], ["Уфа"]]),
        }
    )
    found = plan(task, REFERENCE, start)
    if not isinstance(found, MediaPlan):
        return None
    offer = build_offer(
        found, task, REFERENCE, load_clauses(), offer_id="o", number="1", made_on=start,
        discount=draw.choice([Decimal(0), Decimal("0.035"), Decimal("0.1")]),
    )  # fmt: skip
    priced = plan_at(offer, found)
    assert (priced.totals.net, priced.totals.vat, priced.totals.gross) == (
        offer.totals.net,
        offer.totals.vat,
        offer.totals.gross,
    )
    return task, priced


def without_values(book: bytes) -> bytes:
    """The workbook with no value beside any formula: whoever shows one has counted it."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(book)) as given,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as taken,
    ):
        for name in given.namelist():
            content = given.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content, count = re.subn(rb"(<f>[^<]*</f>)<v>[^<]*</v>", rb"\1", content)
                assert count or b"<f>" not in content
            taken.writestr(name, content)
    return held.getvalue()


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice is not installed")
def test_libreoffice_counts_what_the_plan_says(tmp_path: Path) -> None:
    draw = random.Random(22)
    plans = [found for _ in range(PLANS) if (found := drawn(draw)) is not None]
    assert len(plans) > PLANS * 0.8
    assert any(len(one.totals.vat_by_rate) == 2 for _, one in plans)
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    for number, (task, one) in enumerate(plans):
        (source / f"{number}.xlsx").write_bytes(without_values(plan_workbook(one, task)))
    subprocess.run(
        [
            str(OFFICE), f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
            "--convert-to", "xlsx", "--outdir", str(target), *map(str, sorted(source.iterdir())),
        ],
        check=True, capture_output=True, timeout=240,
    )  # fmt: skip
    for number, (_, one) in enumerate(plans):
        book = load_workbook(target / f"{number}.xlsx", data_only=True)
        sheet, weeks = book.worksheets[:2]

        def shown(letter: str, row: int, sheet=sheet) -> Decimal:
            return to_kopeck(Decimal(repr(sheet[f"{letter}{row}"].value)))

        for row, line in enumerate(one.lines, start=HEAD + 2):
            assert shown("I", row) == line.cost.amount
            assert shown("K", row) == line.vat_amount.amount
            assert shown("L", row) == line.gross.amount
        total = HEAD + 2 + len(one.lines)
        assert shown("I", total) == one.totals.net.amount
        assert shown("K", total) == one.totals.vat.amount
        assert shown("L", total) == one.totals.gross.amount
        assert sheet[f"M{total}"].value == (one.totals.impressions or 0)
        for row, line in enumerate(one.lines, start=2):
            assert weeks.cell(row, weeks.max_column).value == line.units
