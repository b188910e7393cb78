"""A run of the evals as it is told: each figure with its bar, what it was before, and what was missed. Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from evals.bars import Bars, missed
from evals.history import Past, course, flat

MOST_MISSES: Final = 20
LISTS: Final = {
    "planned": "What the model chose where the rules do not understand",
    "refused_most": "What the check refused",
}
# Figures that say how large a set is, how long it took or what it used: more of them is neither better nor worse.
_LESS_IS_BETTER: Final = (
    "unsupported",
    "wrong",
    "missed",
    "invented",
    "without",
    "gap",
    "error",
    "fell_back",
    "refused",
    "other_facts",
)
_MORE_IS_BETTER: Final = (
    "right",
    "pass_",
    "f1",
    "precision",
    "recall",
    "accuracy",
    "auc",
    "hit",
    "mrr",
    "property",
    "reconciled",
    "agreement",
)


@dataclass(frozen=True)
class Row:
    """A figure: its bar (`at_least` tells which way), its values in earlier runs."""

    name: str
    value: float
    bar: float | None = None
    at_least: bool = True
    before: tuple[float, ...] = ()

    @property
    def figure(self) -> str:
        """The name without that of its skill, law or source."""
        path, _, last = self.name.rpartition(".")
        return "share" if path.startswith("by_") and "." not in path else last

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; None without one."""
        if self.bar is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar

    @property
    def change(self) -> float | None:
        """Since the last run; None at the first."""
        return self.value - self.before[-1] if self.before else None

    @property
    def better(self) -> bool | None:
        """Whether the change is one for the better; None where there is none, or where it is neither."""
        if not self.change:
            return None
        if self.bar is not None:
            return (self.change > 0) == self.at_least
        last = self.figure
        if any(word in last for word in _LESS_IS_BETTER):
            return self.change < 0
        if any(word in last for word in _MORE_IS_BETTER):
            return self.change > 0
        return None


@dataclass(frozen=True)
class Part:
    """A part of the evals, run."""

    name: str
    rows: tuple[Row, ...]
    seconds: float
    below: tuple[str, ...] = ()
    misses: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    subject: str | None = None

    @property
    def plain(self) -> list[Row]:
        """The rows of the part as a whole."""
        return [row for row in self.rows if "." not in row.name]

    def tables(self) -> Iterator[tuple[str, dict[str, list[Row]]]]:
        """The rows of its skills, laws, sources: for each kind, the rows by name."""
        kinds: dict[str, dict[str, list[Row]]] = {}
        for row in self.rows:
            path = row.name.rpartition(".")[0]
            if path.startswith("by_") and "." not in path:
                path = row.name  # by_trait.fluff: the trait is the row, and there is one figure
            kind, _, name = path.rpartition(".")
            if path:
                kinds.setdefault(kind or self.name, {}).setdefault(name, []).append(row)
        yield from kinds.items()


def part_of(name: str, report: Mapping[str, Any], bars: Bars, seconds: float, past: Sequence[Past]) -> Part:
    """The part, of its report."""
    lowest = bars.get("at_least", {})
    highest = bars.get("at_most", {})
    nothing = set(report) == {"skipped"}
    rows = tuple(
        Row(
            figure,
            value,
            lowest.get(figure, highest.get(figure)),
            figure not in highest,
            tuple(course(past, name, figure)),
        )
        for figure, value in flat(report).items()
    )
    return Part(
        name,
        rows,
        seconds,
        () if nothing else tuple(missed(report, bars)),
        tuple(report.get("misses", ())),
        tuple(report.get("skipped", ())),
        {title: report[key] for key, title in LISTS.items() if report.get(key)},
        report.get("model"),
    )


def number(value: float) -> str:
    """A figure as it is read."""
    return f"{value:,.0f}".replace(",", " ") if value == int(value) or abs(value) >= 1000 else f"{value:.4g}"


def changed(row: Row) -> str:
    """The change since the last run, in words."""
    if row.change is None:
        return "new"
    if not row.change:
        return "="
    sign = "+" if row.change > 0 else "−"
    verdict = {True: " better", False: " worse", None: ""}[row.better]
    return f"{sign}{number(abs(row.change))}{verdict}"


def markdown(part: Part) -> list[str]:
    """The part's lines."""
    lines = [f"## {part.name}" + (f" ({part.subject})" if part.subject else ""), ""]
    if part.plain:
        lines += ["| figure | value | bar | since the last run |", "| --- | --- | --- | --- |"]
    for row in part.plain:
        bar = "" if row.bar is None else f"{'≥' if row.at_least else '≤'} {row.bar:g}"
        lines.append(f"| {row.name} | {number(row.value)} | {bar} | {changed(row)} |")
    for kind, names in part.tables():
        figures = figures_of(names)
        lines += ["", f"| {kind} | " + " | ".join(figures) + " |", "| --- |" + " --- |" * len(figures)]
        for name, rows in names.items():
            found = {row.figure: row for row in rows}
            lines.append(f"| {name} | " + " | ".join(_cell(found.get(figure)) for figure in figures) + " |")
    for title, items in part.lists.items():
        lines += ["", f"{title}:", "", *(f"- {item}" for item in items)]
    lines += ["", f"{part.seconds:.1f} s"]
    if part.skipped:
        lines.append(f"skipped, their data is not here: {', '.join(part.skipped)}")
    lines += [f"- {miss}" for miss in part.misses[:MOST_MISSES]]
    if len(part.misses) > MOST_MISSES:
        lines.append(f"- and {len(part.misses) - MOST_MISSES} more")
    return lines


def figures_of(names: Mapping[str, Sequence[Row]]) -> list[str]:
    """The columns of a table."""
    return list(dict.fromkeys(row.figure for rows in names.values() for row in rows))


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    return number(row.value) + ("" if row.better is None else f" ({changed(row)})")


def verdict(parts: Sequence[Part]) -> str:
    """What it comes to."""
    below = [f"- {part.name}: {line}" for part in parts for line in part.below]
    return "All bars are met." if not below else "Bars missed:\n" + "\n".join(below)
