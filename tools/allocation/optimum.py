"""Budget allocation: the best whole-lot split of a budget over concave responses, with a proven bound on the best.

Minimum orders, least and most per group, and whole lots make the question combinatorial; the Lagrangian
relaxation answers it to within one lot, and a branch and bound closes what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from math import floor, inf

from tools.allocation.relaxation import Box, Limits, Option, Problem, Relaxation
from tools.allocation.rounding import whole_lots

__all__ = ["Allocation", "Limits", "Option", "allocate", "spread"]


@dataclass(frozen=True, slots=True)
class Allocation:
    """Lots per option in the order given, their value, and the bound no allocation can exceed.

    `proven` says that the search ended by proof and not by its limit of nodes; the bound holds either way.
    """

    lots: tuple[int, ...]
    value: float
    bound: float
    nodes: int
    proven: bool

    @property
    def gap(self) -> float:
        """(bound - value) / bound: the most that any other allocation could be better, as a share."""
        return max(0.0, self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def spread(options: Sequence[Option], limits: Limits) -> tuple[list[float], float] | None:
    """The fractional optimum (no whole lots, minimum orders on their chord) and its bound; None if infeasible."""
    problem = Problem(options, limits)
    if problem.impossible or not problem.propagate(problem.root):
        return None
    relaxation = problem.relax(problem.root, whole=False)
    return relaxation.wanted, relaxation.bound


def allocate(
    options: Sequence[Option], limits: Limits, tolerance: float = 2e-4, most_nodes: int = 600
) -> Allocation | None:
    """The allocation of most value within `tolerance` of the proven bound; None when no allocation keeps the limits.

    With tolerance 0 and enough nodes the answer is exact, and so is None.
    """
    problem = Problem(options, limits)
    if problem.impossible:
        return None
    values = [option.curve.value for option in problem.options]
    best: list[int] | None = None
    best_value = -inf
    queue: list[tuple[float, int, Box, Relaxation, list[int] | None]] = []
    count = 0
    settled = -inf

    def enter(box: Box, ceiling: float) -> None:
        nonlocal best, best_value, count, settled
        count += 1
        if not problem.propagate(box):
            return
        relaxation = problem.relax(box)
        lots = whole_lots(problem, box, relaxation)
        if lots is not None:
            value = sum(map(_call, values, lots))
            if value > best_value:
                best, best_value = lots, value
        bound = min(ceiling, relaxation.bound)
        if _closed(bound, best_value, tolerance):
            settled = max(settled, bound)
        else:
            heappush(queue, (-bound, count, box, relaxation, lots))

    enter(problem.root, inf)
    while queue and count < most_nodes:
        negative, _, box, relaxation, lots = heappop(queue)
        if _closed(-negative, best_value, tolerance):
            settled = max(settled, -negative)
            queue.clear()
            break
        for child in _children(problem, box, relaxation, lots):
            enter(child, -negative)
    ceiling = max(best_value, settled, -queue[0][0] if queue else -inf)
    if best is None:
        return None
    return Allocation(tuple(best), best_value, ceiling, count, not queue)


def _call(value: object, lots: int) -> float:
    return float(value(lots))  # type: ignore[operator]


def _closed(bound: float, value: float, tolerance: float) -> bool:
    return value > -inf and bound - value <= max(tolerance * abs(bound), 1e-12 * max(1.0, abs(bound)))


def _children(problem: Problem, box: Box, relaxation: Relaxation, lots: list[int] | None) -> list[Box]:
    """Two boxes that part the most doubtful option: on or off, or below and above a whole number of lots."""
    choice, doubt, cut = -1, 0.0, 0
    for i, option in enumerate(problem.options):
        low, high, must = box.low[i], box.high[i], box.must[i]
        if high <= 0 or (must and low == high):
            continue
        here = lots[i] if lots is not None else floor(relaxation.wanted[i])
        at = min(max(relaxation.wanted[i], 0.0), float(high))
        width = option.price * (high - (low if must else 0))
        strength = abs(at - here) * option.price * 1e6 + width
        if strength > doubt:
            choice, doubt = i, strength
            cut = floor(min(at, float(here))) if at != here else here
    if choice < 0:
        return []
    low, high, must = box.low[choice], box.high[choice], box.must[choice]
    if not must and cut < low:
        off, on = _copy(box), _copy(box)
        off.high[choice] = 0
        on.must[choice] = True
        return [off, on]
    cut = min(max(cut, low), high - 1)
    below, above = _copy(box), _copy(box)
    below.high[choice] = cut
    above.low[choice] = cut + 1
    above.must[choice] = True
    if high == low:
        below.high[choice] = 0
        above.low[choice] = low
    return [below, above]


def _copy(box: Box) -> Box:
    return Box(low=list(box.low), high=list(box.high), must=list(box.must))
