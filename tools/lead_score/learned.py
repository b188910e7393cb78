"""A learned lead score, kept apart from the verdict: a scorecard from the installation's own won and lost leads.

Logistic regression over binned columns: the model is a table of points that can be read, stored as JSON and replayed;
only training needs scikit-learn. The score is calibrated and judged out of fold, on columns known at creation.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from math import isnan
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.errors import DealError
from tools.lead_score.judgement import Judgement, auc, judge, sigmoid

Row = Mapping[str, object]
_SEED = 0


class TooLittleHistory(DealError):
    """There are too few won or lost leads to learn from."""

    kind = "too-little-history"


class ScoreSettings(BaseModel):
    """What the score may learn from and how; see tables/leads/score.toml for the meaning of each."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    won: int = Field(ge=10)
    lost: int = Field(ge=10)
    folds: int = Field(ge=2)
    bins: int = Field(ge=2)
    level_rows: int = Field(ge=1)
    strength: float = Field(gt=0)
    numeric_share: float = Field(gt=0, le=1)
    suspect_auc: float = Field(gt=0.5, le=1)
    empty: frozenset[str]
    exclude: frozenset[str] = Field(description="Columns never looked at, in lower case")

    def without(self, *columns: str) -> ScoreSettings:
        """These settings with more columns excluded."""
        more = frozenset(column.casefold() for column in columns)
        return self.model_copy(update={"exclude": self.exclude | more})


class Column(BaseModel):
    """One column of the card. points[0] is for a missing value, points[-1] of a text column for a rare one."""

    model_config = ConfigDict(frozen=True)

    name: str
    edges: tuple[float, ...] | None = Field(description="Bin edges of a number; None: a text column")
    levels: tuple[str, ...] = ()
    points: tuple[float, ...] = ()

    def bin(self, value: object, empty: frozenset[str]) -> int:
        """The number of the bin that a value falls into."""
        text = _text(value, empty)
        if text is None:
            return 0
        if self.edges is not None:
            number = _number(text)
            return 0 if number is None else 1 + bisect_right(self.edges, number)
        return 1 + self.levels.index(text) if text in self.levels else 1 + len(self.levels)

    @property
    def size(self) -> int:
        """How many bins there are, the one for missing values included."""
        return 2 + len(self.edges if self.edges is not None else self.levels)


class ScoreCard(BaseModel):
    """A trained score: plain data, the same for everyone who holds it."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[Column, ...]
    base: float = Field(description="Log-odds before any points")
    slope: float
    shift: float
    trained_on: int
    won: int
    judgement: Judgement
    suspects: tuple[str, ...] = Field(
        description="Columns that rank so well alone that they may have seen the outcome"
    )
    quantiles: tuple[float, ...] = Field(description="Percentiles 1..99 of the score over the history")
    settings: ScoreSettings


class LearnedScore(BaseModel):
    """The score of one lead. The probability is not a verdict: it knows nothing of what the client said."""

    model_config = ConfigDict(frozen=True)

    probability: float = Field(description="Calibrated probability of winning")
    percentile: int = Field(ge=0, le=100, description="Share of the history that scores lower")
    drivers: tuple[tuple[str, float], ...] = Field(
        description="Columns and their points (log-odds against the mean lead), the strongest first"
    )
    unknown: tuple[str, ...] = Field(description="Columns with no value")


@cache
def score_settings() -> ScoreSettings:
    """The packaged settings."""
    table = tomllib.loads((files("tools") / "tables" / "leads" / "score.toml").read_text(encoding="utf-8"))
    columns = table["columns"]
    return ScoreSettings(
        version=table["version"],
        empty=frozenset(columns["empty"]),
        exclude=frozenset(columns["exclude"]),
        **table["history"],
        **table["fit"],
    )


def _text(value: object, empty: frozenset[str]) -> str | None:
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    text = str(value).strip().casefold()
    return None if text in empty else text


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(" ", "").replace("\u00a0", "").replace(",", "."))
    except ValueError:
        return None
    return None if isnan(number) else number


def _column(name: str, values: Sequence[str | None], settings: ScoreSettings) -> Column | None:
    filled = [value for value in values if value is not None]
    if not filled:
        return None
    numbers = [number for value in filled if (number := _number(value)) is not None]
    if len(numbers) >= settings.numeric_share * len(filled) and len(set(numbers)) > settings.bins:
        ordered = sorted(numbers)
        cuts = (ordered[len(ordered) * cut // settings.bins] for cut in range(1, settings.bins))
        return Column(name=name, edges=tuple(sorted(set(cuts))))
    counted = Counter(filled)
    levels = tuple(sorted(level for level, rows in counted.items() if rows >= settings.level_rows))
    varied = len(levels) > 1 or (levels and len(filled) < len(values))
    return Column(name=name, edges=None, levels=levels) if varied else None


def train(rows: Sequence[Row], won: Sequence[bool], settings: ScoreSettings | None = None) -> ScoreCard:
    """Learn a score from finished leads with the values they had at creation; the same history gives the same card.

    Raises `TooLittleHistory` with how many won and lost leads there are and how many are needed.
    """
    settings = settings or score_settings()
    count_won, count_lost = sum(won), len(won) - sum(won)
    if len(rows) != len(won) or count_won < settings.won or count_lost < settings.lost:
        raise TooLittleHistory(
            won=count_won, lost=count_lost, needed_won=settings.won, needed_lost=settings.lost
        )
    # Training only; scoring by a card needs none of it.
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    names = sorted({name for row in rows for name in row if name.casefold() not in settings.exclude})
    columns = [
        column
        for name in names
        if (column := _column(name, [_text(row.get(name), settings.empty) for row in rows], settings))
    ]
    if not columns:
        raise TooLittleHistory("В истории нет столбцов, по которым можно учиться.", columns=len(names))
    bins = np.array(
        [[column.bin(row.get(column.name), settings.empty) for column in columns] for row in rows]
    )
    starts = np.concatenate([[0], np.cumsum([column.size for column in columns])])
    places = (bins + starts[:-1]).ravel()
    shape = (len(rows), int(starts[-1]))
    matrix = csr_matrix(
        (np.ones(len(places)), places, np.arange(0, len(places) + 1, len(columns))), shape=shape
    )
    truth = np.array(won, dtype=int)

    def fitted(chosen: Any) -> tuple[Any, float]:
        model = LogisticRegression(C=settings.strength, max_iter=1000).fit(matrix[chosen], truth[chosen])
        return model.coef_[0], float(model.intercept_[0])

    logits = np.zeros(len(rows))
    alone = np.zeros((len(rows), len(columns)))
    for learned, tested in StratifiedKFold(settings.folds, shuffle=True, random_state=_SEED).split(
        matrix, truth
    ):
        weights, base = fitted(learned)
        logits[tested] = matrix[tested] @ weights + base
        rate = truth[learned].mean()
        for place in range(len(columns)):
            # The share of won in a column's bin, drawn towards the mean: what that column knows alone.
            size = columns[place].size
            met = np.bincount(bins[learned, place], minlength=size)
            wins = np.bincount(bins[learned, place], weights=truth[learned], minlength=size)
            alone[tested, place] = ((wins + 10 * rate) / (met + 10))[bins[tested, place]]
    # Platt scaling (1999) on scores that were made without the lead itself.
    platt = LogisticRegression(C=1e6, max_iter=1000).fit(logits.reshape(-1, 1), truth)
    slope, shift = float(platt.coef_[0][0]), float(platt.intercept_[0])
    weights, base = fitted(np.arange(len(rows)))
    mean_points = [float(weights[starts[n] + bins[:, n]].mean()) for n in range(len(columns))]
    card = ScoreCard(
        columns=tuple(
            column.model_copy(update={"points": tuple(round(float(weights[starts[n] + place]) - mean_points[n], 6) for place in range(column.size))})
            for n, column in enumerate(columns)
        ),
        base=round(base + sum(mean_points), 6),
        slope=round(slope, 6),
        shift=round(shift, 6),
        trained_on=len(rows),
        won=count_won,
        judgement=judge([sigmoid(slope * float(logit) + shift) for logit in logits], won),
        suspects=tuple(column.name for n, column in enumerate(columns) if auc(alone[:, n].tolist(), won) >= settings.suspect_auc),
        quantiles=(),
        settings=settings,
    )  # fmt: skip
    history = sorted(_probability(card, row) for row in rows)
    quantiles = tuple(round(history[len(history) * cut // 100], 6) for cut in range(1, 100))
    return card.model_copy(update={"quantiles": quantiles})


def _points(card: ScoreCard, row: Row) -> list[tuple[str, float, bool]]:
    found = []
    for column in card.columns:
        place = column.bin(row.get(column.name), card.settings.empty)
        found.append((column.name, column.points[place], place == 0))
    return found


def _probability(card: ScoreCard, row: Row) -> float:
    logit = card.base + sum(points for _, points, _ in _points(card, row))
    return sigmoid(card.slope * logit + card.shift)


def learned_score(card: ScoreCard, row: Row) -> LearnedScore:
    """Score one lead with the values known at its creation; columns the card does not know are left aside."""
    points = _points(card, row)
    probability = _probability(card, row)
    strongest = sorted(points, key=lambda item: (-abs(item[1]), item[0]))
    return LearnedScore(
        probability=round(probability, 4),
        percentile=round(100 * bisect_right(card.quantiles, probability) / (len(card.quantiles) + 1)),
        drivers=tuple((name, round(value, 3)) for name, value, _ in strongest if abs(value) >= 0.05)[:5],
        unknown=tuple(name for name, _, missing in points if missing),
    )
