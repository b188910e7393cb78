"""What operators count of the copilot's answers, by skill: how many, by which way, how long, for how much. Of this process."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from agents.spans import Record

# Upper bounds in seconds: the rules take milliseconds, a model takes up to its time limit.
BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0)


class Durations:
    """How many of what was measured stayed under each bound, and all of it together."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.total = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.total += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Cumulative, as Prometheus has them."""
        names = [*(str(bound) for bound in BOUNDS), "+Inf"]
        return [(name, float(sum(self.counts[: place + 1]))) for place, name in enumerate(names)]


class AnswerFigures:
    """Counts from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, str], int] = defaultdict(int)
        self._refused: dict[tuple[str, ...], int] = defaultdict(int)
        self._tokens: dict[tuple[str, str, str], int] = defaultdict(int)
        self._cost: dict[tuple[str, str, str], float] = defaultdict(float)
        self._seconds: dict[str, Durations] = defaultdict(Durations)
        self._steps: dict[str, Durations] = defaultdict(Durations)

    def count(self, record: Record) -> None:
        """One answer more. Where its steps were not measured, its time is not either."""
        with self._lock:
            self._answers[record.skill, record.outcome] += 1
            if record.refused:
                self._refused[(record.skill,)] += record.refused
            if record.model is not None:
                self._tokens[record.skill, record.model, "input"] += record.tokens_in
                self._tokens[record.skill, record.model, "output"] += record.tokens_out
            if record.model is not None and record.cost is not None:
                place = (record.skill, record.model, record.cost.currency)
                self._cost[place] += float(record.cost.amount)
            if record.steps:
                self._seconds[record.skill].add(record.seconds)
            for step, seconds in record.steps.items():
                self._steps[step].add(seconds)

    def families(self) -> Iterator[Metric]:
        """For /metrics."""
        from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily

        counted = (
            (
                "masterdeal_answers",
                "Answers of the copilot: outcome rules (no model asked), model, fallback (asked in vain)",
                ("skill", "outcome"),
                self._answers,
            ),
            (
                "masterdeal_refused_claims",
                "Claims of a model that the check turned away",
                ("skill",),
                self._refused,
            ),
            (
                "masterdeal_model_tokens",
                "Tokens of the model",
                ("skill", "model", "direction"),
                self._tokens,
            ),
            (
                "masterdeal_model_cost",
                "What they cost, where the table of prices says",
                ("skill", "model", "currency"),
                self._cost,
            ),
        )
        measured = (
            ("masterdeal_answer_seconds", "How long an answer took", "skill", self._seconds),
            (
                "masterdeal_answer_step_seconds",
                "How long a step took in an answer, all its rounds together",
                "step",
                self._steps,
            ),
        )
        with self._lock:
            for name, text, labels, figures in counted:
                counter = CounterMetricFamily(name, text, labels=labels)
                for values, figure in figures.items():
                    counter.add_metric(values, figure)
                yield counter
            for name, text, label, durations in measured:
                histogram = HistogramMetricFamily(name, text, labels=(label,))
                for value, found in durations.items():
                    histogram.add_metric((value,), found.buckets(), found.total)
                yield histogram
