"""A media plan as XLSX: the plan with live formulas, flights by week, assumptions, a chart.

Every computed cell is a formula with its value beside it, so that a reader without a calculator sees the same
figures as one with it, and both see those of the plan.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from xlsxwriter import Workbook

from tools.mediaplan.lines import Line
from tools.mediaplan.planner import MediaPlan, PlanTask
from tools.paper.wording import day, labels, unit_name

A3, A4 = 8, 9  # numbers of the format
HEAD = 7  # the row of the table's headings, counted from 0
COLUMNS = (
    ("number", 4), ("title", 34), ("period_start", 11), ("period_end", 11), ("model", 8), ("unit", 15),
    ("units", 10), ("price", 12), ("cost", 15), ("vat_rate", 7), ("vat", 14), ("gross", 15),
    ("impressions", 13), ("reach", 12), ("frequency", 9), ("clicks", 10), ("views", 11), ("conversions", 8),
    ("cpm", 10), ("cpc", 10), ("share", 8), ("marking", 10),
)  # fmt: skip
LETTER = {name: chr(ord("A") + place) for place, (name, _) in enumerate(COLUMNS)}


def plan_workbook(plan: MediaPlan, task: PlanTask, lang: str = "ru", mark: str | None = None) -> bytes:
    """The workbook's bytes. Sheets: the plan, weeks, assumptions. `mark` is what the file's properties say of the offer
    it belongs to: number, version, hash."""
    held = io.BytesIO()
    book = Workbook(held, {"in_memory": True})
    created = datetime.combine(plan.made_on, time(), tzinfo=UTC)
    book.set_properties({"created": created} if mark is None else {"created": created, "subject": mark})
    word = labels(lang)
    style = _styles(book)
    _plan_sheet(book, plan, task, word, style, lang)
    _weeks_sheet(book, plan, word, style, lang)
    _notes_sheet(book, plan, word, style)
    book.close()
    return held.getvalue()


def _styles(book: Workbook) -> dict[str, Any]:
    plain = {"font_name": "Calibri", "font_size": 10, "valign": "vcenter"}
    cell = {**plain, "bottom": 1, "bottom_color": "#D9D9D9"}
    total = {**plain, "bold": True, "top": 1, "bg_color": "#F4F1F1"}
    kinds = {
        "text": "@",
        "whole": "#,##0",
        "money": "#,##0.00",
        "ratio": "0.00",
        "percent": "0.0%",
        "rate": "0%",
        "day": "dd.mm.yyyy",
    }
    styles = {kind: book.add_format({**cell, "num_format": shape}) for kind, shape in kinds.items()}
    styles |= {
        f"total_{kind}": book.add_format({**total, "num_format": shape}) for kind, shape in kinds.items()
    }
    styles["text"].set_indent(1)
    styles["unknown"] = book.add_format({**cell, "align": "right", "font_color": "#999999"})
    styles["number"] = book.add_format({**cell, "align": "center"})
    styles["head"] = book.add_format(
        {
            **plain,
            "bold": True,
            "bg_color": "#B3202C",
            "font_color": "#FFFFFF",
            "text_wrap": True,
            "align": "center",
        }
    )
    styles["title"] = book.add_format({**plain, "bold": True, "font_size": 16})
    styles["key"] = book.add_format({**plain, "font_color": "#666666"})
    styles["plain"] = book.add_format(plain)
    styles["wrap"] = book.add_format({**plain, "text_wrap": True, "valign": "top"})
    return styles


def _plan_sheet(
    book: Workbook, plan: MediaPlan, task: PlanTask, word: Mapping[str, str], style: dict[str, Any], lang: str
) -> None:
    sheet = book.add_worksheet(word["plan"])
    sheet.hide_gridlines(2)
    _printed(sheet, A3, HEAD)
    sheet.write(0, 0, f"{word['plan']}: {task.client or '–'}", style["title"])
    starts = min(line.period_start for line in plan.lines)
    ends = max(line.period_end for line in plan.lines)
    facts = [
        (word["product"], task.product or "–"),
        (word["period"], f"{day(starts)} – {day(ends)}"),
        (word["geo"], ", ".join(task.geo) or "–"),
        (word["scenario"], word[f"scenario_{plan.scenario}"]),
        (word["price_date"], day(plan.made_on)),
    ]
    for row, (key, value) in enumerate(facts, start=1):
        sheet.write(row, 0, key, style["key"])
        sheet.write(row, 3, value, style["plain"])
    headings = {"period_start": word["period"], "period_end": ""}
    for place, (name, width) in enumerate(COLUMNS):
        sheet.set_column(place, place, width)
        sheet.write(HEAD, place, headings.get(name, word.get(name, name)), style["head"])
    sheet.set_row(HEAD, 44)
    first, last = HEAD + 2, HEAD + 1 + len(plan.lines)
    for number, line in enumerate(plan.lines, start=1):
        _line_row(sheet, HEAD + number, number, line, style, last + 1, plan, word, lang)
    _total_row(sheet, first, last, plan, word, style)
    sheet.freeze_panes(HEAD + 1, 2)
    sheet.autofilter(HEAD, 0, last - 1, len(COLUMNS) - 1)
    chart = book.add_chart({"type": "bar"})
    name = f"'{word['plan']}'"
    chart.add_series(
        {
            "categories": f"={name}!$B${first}:$B${last}",
            "values": f"={name}!$I${first}:$I${last}",
            "fill": {"color": "#B3202C"},
            "gap": 40,
        }
    )
    chart.set_title({"name": word["chart"], "name_font": {"size": 11}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis(
        {"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#E5E5E5"}}}
    )
    chart.set_size({"width": 900, "height": 90 + 26 * len(plan.lines)})
    sheet.insert_chart(last + 2, 1, chart)


def _printed(sheet: Any, paper: int, heading: int | None = None) -> None:
    """Landscape, as wide as the paper, its heading row on every page."""
    sheet.set_landscape()
    sheet.set_paper(paper)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer("&R&P / &N")
    if heading is not None:
        sheet.repeat_rows(heading)


def _line_row(
    sheet: Any,
    row: int,
    number: int,
    line: Line,
    style: dict[str, Any],
    total: int,
    plan: MediaPlan,
    word: Mapping[str, str],
    lang: str,
) -> None:
    here = {name: f"{letter}{row + 1}" for name, letter in LETTER.items()}
    sheet.write_number(row, 0, number, style["number"])
    sheet.write_string(row, 1, line.title, style["text"])
    sheet.write_datetime(row, 2, line.period_start, style["day"])
    sheet.write_datetime(row, 3, line.period_end, style["day"])
    sheet.write_string(row, 4, line.model, style["text"])
    sheet.write_string(row, 5, unit_name(line.unit, lang), style["text"])
    sheet.write_number(row, 6, line.units, style["whole"])
    sheet.write_number(row, 7, float(line.price.amount), style["money"])
    sheet.write_formula(row, 8, f"={here['units']}*{here['price']}", style["money"], float(line.cost.amount))
    sheet.write_number(row, 9, float(line.cost.vat_rate or 0), style["rate"])
    sheet.write_formula(
        row, 10, f"=ROUND({here['cost']}*{here['vat_rate']},2)", style["money"], float(line.vat_amount.amount)
    )
    sheet.write_formula(row, 11, f"={here['cost']}+{here['vat']}", style["money"], float(line.gross.amount))
    for name, value in (
        ("impressions", line.impressions),
        ("reach", line.reach),
        ("clicks", line.clicks),
        ("views", line.views),
        ("conversions", line.conversions),
    ):
        place = ord(LETTER[name]) - ord("A")
        if value is None:
            sheet.write_string(row, place, "–", style["unknown"])
        else:
            sheet.write_number(row, place, value, style["whole"])
    _ratio(
        sheet,
        row,
        "frequency",
        f"={here['impressions']}/{here['reach']}",
        line.impressions,
        line.reach,
        style,
        "ratio",
    )
    _ratio(
        sheet,
        row,
        "cpm",
        f"={here['cost']}/{here['impressions']}*1000",
        float(line.cost.amount) * 1000,
        line.impressions,
        style,
        "money",
    )
    _ratio(
        sheet,
        row,
        "cpc",
        f"={here['cost']}/{here['clicks']}",
        float(line.cost.amount),
        line.clicks,
        style,
        "money",
    )
    share = float(line.cost.amount / plan.totals.net.amount)
    sheet.write_formula(row, 20, f"={here['cost']}/{LETTER['cost']}${total}", style["percent"], share)
    sheet.write_string(row, 21, word[f"marking_{line.marking}"], style["text"])


def _ratio(
    sheet: Any,
    row: int,
    name: str,
    formula: str,
    above: float | None,
    below: float | None,
    style: dict[str, Any],
    form: str,
) -> None:
    place = ord(LETTER[name]) - ord("A")
    if above is None or not below:
        sheet.write_string(row, place, "–", style["unknown"])
    else:
        sheet.write_formula(row, place, formula, style[form], above / below)


def _total_row(
    sheet: Any, first: int, last: int, plan: MediaPlan, word: Mapping[str, str], style: dict[str, Any]
) -> None:
    totals, row = plan.totals, last
    for place in range(len(COLUMNS)):
        sheet.write_blank(row, place, None, style["total_text"])
    sheet.write_string(row, 1, word["total"], style["total_text"])
    sums = (
        ("cost", float(totals.net.amount), "total_money"),
        ("vat", float(totals.vat.amount), "total_money"),
        ("gross", float(totals.gross.amount), "total_money"),
        ("impressions", totals.impressions or 0, "total_whole"),
        ("clicks", totals.clicks or 0, "total_whole"),
        ("views", totals.views or 0, "total_whole"),
        ("share", 1.0, "total_percent"),
    )
    for name, value, form in sums:
        letter = LETTER[name]
        sheet.write_formula(
            row, ord(letter) - ord("A"), f"=SUM({letter}{first}:{letter}{last})", style[form], value
        )
    # campaign reach is de-duplicated: it is no sum of the lines and has no formula
    if totals.reach is not None:
        sheet.write_number(row, ord(LETTER["reach"]) - ord("A"), totals.reach, style["total_whole"])
    if totals.conversions is not None:
        sheet.write_number(
            row, ord(LETTER["conversions"]) - ord("A"), totals.conversions, style["total_whole"]
        )
    if totals.frequency is not None:
        sheet.write_number(row, ord(LETTER["frequency"]) - ord("A"), totals.frequency, style["total_ratio"])


def _weeks_sheet(
    book: Workbook, plan: MediaPlan, word: Mapping[str, str], style: dict[str, Any], lang: str
) -> None:
    """Units by week; the last column adds them up again."""
    sheet = book.add_worksheet(word["weeks"])
    sheet.hide_gridlines(2)
    _printed(sheet, A4, 0)
    starts: list[date] = sorted({week.start for line in plan.lines for week in line.weeks})
    column = {start: place for place, start in enumerate(starts, start=2)}
    for place, (name, width) in enumerate((("title", 34), ("unit", 18))):
        sheet.set_column(place, place, width)
        sheet.write(0, place, word[name], style["head"])
    for start, place in column.items():
        sheet.set_column(place, place, 11)
        sheet.write(0, place, day(start), style["head"])
    end = 2 + len(starts)
    sheet.write(0, end, word["total"], style["head"])
    for row, line in enumerate(plan.lines, start=1):
        sheet.write_string(row, 0, line.title, style["text"])
        sheet.write_string(row, 1, unit_name(line.unit, lang), style["text"])
        for week in line.weeks:
            sheet.write_number(row, column[week.start], week.units, style["whole"])
        last = _letters(end - 1)
        sheet.write_formula(row, end, f"=SUM(C{row + 1}:{last}{row + 1})", style["total_whole"], line.units)
    sheet.freeze_panes(1, 2)


def _letters(place: int) -> str:
    """The letters of a column counted from 0: 25 is Z, 26 is AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _notes_sheet(book: Workbook, plan: MediaPlan, word: Mapping[str, str], style: dict[str, Any]) -> None:
    sheet = book.add_worksheet(word["notes"])
    sheet.hide_gridlines(2)
    _printed(sheet, A4)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, 110)
    row = 0
    blocks = (
        (word["assumptions"], [("", note) for note in plan.assumptions]),
        (word["refused"], [(one.channel, one.why) for one in plan.refused]),
        (
            word["source"],
            list(dict.fromkeys((li.title, f"{li.price_mark}: {li.price_source}") for li in plan.lines)),
        ),
    )
    for heading, rows in blocks:
        sheet.write(row, 0, heading, style["head"])
        for left, right in rows:
            row += 1
            sheet.write_string(row, 0, left, style["wrap"])
            sheet.write_string(row, 1, right, style["wrap"])
        row += 2
