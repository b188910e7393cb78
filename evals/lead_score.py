"""The learned score on public leads with real outcomes: ranking and calibration out of fold, and the reliability plot.

`python -m evals.lead_score CASES [SVG]` reads CASES/x_education/dev.csv and prints the figures; with SVG it draws the plot.
"""

from __future__ import annotations

import csv
import sys
import tomllib
from importlib.resources import files
from pathlib import Path

from tools.lead_score.judgement import Judgement
from tools.lead_score.learned import ScoreCard, score_settings, train

_SIDE, _EDGE = 320, 48


def x_education(cases: Path) -> ScoreCard | None:
    """A card trained on the public leads, or None where they are missing."""
    path = cases / "x_education" / "dev.csv"
    if not path.exists():
        return None
    table = tomllib.loads((files("evals") / "leads" / "x_education.toml").read_text(encoding="utf-8"))
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    won = [row[table["outcome"]] == table["won"] for row in rows]
    return train(rows, won, score_settings().without(table["outcome"], *table["exclude"]))


def score(cases: Path) -> dict[str, object]:
    """The figures of the judgement; empty where the public leads are missing."""
    card = x_education(cases)
    if card is None:
        return {}
    found = card.judgement
    return {
        "leads": card.trained_on,
        "auc": found.auc,
        "brier": found.brier,
        "brier_of_base_rate": found.brier_of_base_rate,
        "calibration_error": found.calibration_error,
        "suspects": list(card.suspects),
    }


def reliability_svg(found: Judgement, title: str) -> str:
    """The reliability plot: predicted against observed share of won leads in tenths, and the diagonal of a perfect score."""

    def x(share: float) -> float:
        return round(_EDGE + share * _SIDE, 1)

    def y(share: float) -> float:
        return round(_EDGE + (1 - share) * _SIDE, 1)

    marks = []
    for cut in range(0, 11, 2):
        share = cut / 10
        marks.append(f'<text x="{x(share)}" y="{y(0) + 18}" text-anchor="middle">{share:.1f}</text>')
        marks.append(f'<text x="{x(0) - 8}" y="{y(share) + 4}" text-anchor="end">{share:.1f}</text>')
        marks.append(f'<path d="M{x(share)} {y(0)}V{y(1)}M{x(0)} {y(share)}H{x(1)}" stroke="#e3e7ee"/>')
    line = " ".join(f"{x(item.predicted)},{y(item.observed)}" for item in found.reliability)
    dots = "".join(
        f'<circle cx="{x(item.predicted)}" cy="{y(item.observed)}" r="4" fill="#0b6e99"><title>{item.leads} leads: '
        f"predicted {item.predicted:.2f}, observed {item.observed:.2f}</title></circle>"
        for item in found.reliability
    )
    size = _SIDE + 2 * _EDGE
    figures = (
        f"AUC {found.auc:.3f} · Brier {found.brier:.3f} · calibration error {found.calibration_error:.3f}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size + 12}" width="{size}" height="{size + 12}" '
        f'font-family="sans-serif" font-size="11" fill="#333"><title>{title}</title>'
        f'<rect width="{size}" height="{size + 12}" fill="#fff"/>{"".join(marks)}'
        f'<path d="M{x(0)} {y(0)}L{x(1)} {y(1)}" stroke="#999" stroke-dasharray="4 4"/>'
        f'<polyline points="{line}" fill="none" stroke="#0b6e99" stroke-width="1.5"/>{dots}'
        f'<text x="{x(0.5)}" y="20" text-anchor="middle" font-size="13">{title}</text>'
        f'<text x="{x(0.5)}" y="36" text-anchor="middle">{figures}</text>'
        f'<text x="{x(0.5)}" y="{y(0) + 38}" text-anchor="middle">predicted share of won leads, out of fold</text>'
        f'<text transform="translate(14 {y(0.5)}) rotate(-90)" text-anchor="middle">observed share</text></svg>\n'
    )


def main(arguments: list[str]) -> int:
    """Print the figures and, where a file is named, draw the plot."""
    card = x_education(Path(arguments[0])) if arguments else None
    if card is None:
        print("x_education/dev.csv is not there: nothing to judge", file=sys.stderr)
        return 1
    print(score(Path(arguments[0])))
    if len(arguments) > 1:
        plot = reliability_svg(card.judgement, "Learned lead score, public leads of a course seller")
        Path(arguments[1]).write_text(plot, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
