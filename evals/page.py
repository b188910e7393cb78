"""A run of the evals as one page of HTML that needs nothing else: figures, bars, and their course from run to run."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from evals.report import MOST_MISSES, Part, Row, changed, figures_of, number

MOST_RUNS: Final = 24
_WIDTH, _HEIGHT = 96, 22
_STYLE: Final = """
:root { color-scheme: light; --ink: #1c2430; --soft: #667085; --line: #e4e7ec; --good: #12805c; --bad: #c0342b; --mark: #3b6fd4; }
* { box-sizing: border-box; }
body { margin: 0; background: #f6f7f9; color: var(--ink); font: 14px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 17px; margin: 0; } h3 { font-size: 13px; margin: 18px 0 6px; color: var(--soft); font-weight: 600; }
.when { color: var(--soft); margin: 2px 0 18px; }
.verdict { border-left: 4px solid var(--good); background: #fff; padding: 12px 16px; border-radius: 0 8px 8px 0; font-weight: 600; margin-bottom: 16px; }
.verdict.bad { border-color: var(--bad); } .verdict ul { margin: 6px 0 0; font-weight: 400; }
.tiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(138px, 1fr)); gap: 10px; margin-bottom: 20px; }
.tile { display: block; background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 10px 12px; text-decoration: none; color: inherit; }
.tile b { display: block; font-size: 20px; } .tile span { color: var(--soft); font-size: 12px; }
section { background: #fff; border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; margin-bottom: 16px; overflow-x: auto; }
header.part { display: flex; align-items: baseline; gap: 10px; } header.part .time { margin-left: auto; color: var(--soft); font-size: 12px; }
table { border-collapse: collapse; width: 100%; margin-top: 8px; }
th { text-align: left; font-weight: 600; font-size: 12px; color: var(--soft); border-bottom: 1px solid var(--line); padding: 5px 8px; white-space: nowrap; }
td { padding: 5px 8px; border-bottom: 1px solid #f0f2f5; vertical-align: middle; } tr:last-child td { border-bottom: 0; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.good { color: var(--good); } .bad { color: var(--bad); } .same { color: var(--soft); }
.chip { font-size: 12px; border-radius: 999px; padding: 1px 9px; border: 1px solid currentColor; white-space: nowrap; }
svg { display: block; } details { margin-top: 10px; color: var(--soft); } summary { cursor: pointer; } li { margin: 2px 0; }
"""


def page(parts: Sequence[Part], at: str) -> str:
    """The page."""
    below = [f"{part.name}: {line}" for part in parts for line in part.below]
    said = (
        "All bars are met."
        if not below
        else "Bars missed:<ul>" + "".join(f"<li>{escape(line)}</li>" for line in below) + "</ul>"
    )
    body = "".join(_section(part) for part in parts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>MasterDeal: evals</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f'<h1>Evals</h1><p class="when">{escape(at)}</p><div class="verdict{" bad" if below else ""}">{said}</div>'
        f'<div class="tiles">{"".join(_tile(part) for part in parts)}</div>{body}</main></body></html>\n'
    )


def _tile(part: Part) -> str:
    """A part in a word: its bars that are met."""
    barred = [row for row in part.rows if row.bar is not None]
    met = sum(row.met is True for row in barred)
    figure = f"{met} of {len(barred)}" if barred else ("skipped" if not part.rows else "no bars")
    tone = "bad" if part.below else "good" if barred else "same"
    return f'<a class="tile" href="#{escape(part.name)}"><span>{escape(part.name)}</span><b class="{tone}">{figure}</b><span>bars met</span></a>'


def _section(part: Part) -> str:
    state = ("bad", "bars missed") if part.below else ("good", "all bars met")
    subject = f" · {escape(part.subject)}" if part.subject else ""
    head = (
        f'<header class="part"><h2>{escape(part.name)}{subject}</h2><span class="chip {state[0]}">{state[1]}</span>'
        f'<span class="time">{part.seconds:.1f} s</span></header>'
    )
    text = [head]
    if part.plain:
        text.append(
            '<table><tr><th>figure</th><th class="n">value</th><th class="n">bar</th><th>since the last run</th><th>course</th></tr>'
            + "".join(_row(row) for row in part.plain)
            + "</table>"
        )
    for kind, names in part.tables():
        figures = figures_of(names)
        head = "".join(f'<th class="n">{escape(figure)}</th>' for figure in figures)
        lines = []
        for name, rows in names.items():
            found = {row.figure: row for row in rows}
            cells = "".join(_cell(found.get(figure)) for figure in figures)
            lines.append(f"<tr><td>{escape(name)}</td>{cells}</tr>")
        label = kind.replace("_", " ")
        text.append(f"<h3>{escape(label)}</h3><table><tr><th></th>{head}</tr>{''.join(lines)}</table>")
    for title, items in part.lists.items():
        text.append(
            f"<h3>{escape(title)}</h3><ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"
        )
    if part.skipped:
        text.append(f"<p>Skipped, their data is not here: {escape(', '.join(part.skipped))}</p>")
    if part.misses:
        shown = "".join(f"<li>{escape(miss)}</li>" for miss in part.misses[:MOST_MISSES])
        more = len(part.misses) - MOST_MISSES
        rest = f"<li>and {more} more</li>" if more > 0 else ""
        text.append(f"<details><summary>{len(part.misses)} missed</summary><ul>{shown}{rest}</ul></details>")
    return f'<section id="{escape(part.name)}">{"".join(text)}</section>'


def _row(row: Row) -> str:
    bar = "" if row.bar is None else f"{'≥' if row.at_least else '≤'} {row.bar:g}"
    tone = {True: "good", False: "bad", None: ""}[row.met]
    return (
        f'<tr><td>{escape(row.name)}</td><td class="n {tone}">{number(row.value)}</td><td class="n">{bar}</td>'
        f"<td>{_change(row)}</td><td>{_course(row)}</td></tr>"
    )


def _cell(row: Row | None) -> str:
    if row is None:
        return "<td></td>"
    tone = {True: " good", False: " bad", None: ""}[row.met]
    change = "" if row.better is None else f" {_change(row)}"
    return f'<td class="n{tone}">{number(row.value)}{change}</td>'


def _change(row: Row) -> str:
    tone = {True: "good", False: "bad", None: "same"}[row.better]
    arrow = "" if not row.change else "▲ " if row.change > 0 else "▼ "
    return f'<span class="{tone}">{arrow}{escape(changed(row))}</span>'


def _course(row: Row) -> str:
    """The figure from run to run as a line; nothing where there is only one."""
    values = [*row.before[-MOST_RUNS + 1 :], row.value]
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = high - low or 1.0
    step = (_WIDTH - 6) / (len(values) - 1)
    level = 0.5 if high == low else None
    points = [
        (
            3 + place * step,
            _HEIGHT - 4 - (level if level is not None else (value - low) / span) * (_HEIGHT - 8),
        )
        for place, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    told = f"{len(values)} runs, from {number(low)} to {number(high)}"
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" role="img" aria-label="{told}"><title>{told}</title>'
        f'<polyline points="{line}" fill="none" stroke="var(--mark)" stroke-width="1.5"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="var(--mark)"/></svg>'
    )
