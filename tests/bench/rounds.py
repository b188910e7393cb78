"""Sides of a comparison in alternating rounds: what else the machine does meets all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from statistics import median

from api.collecting import keep_what_is_built, seldom_collecting


def timed(work: Callable[[], object]) -> float:
    """Seconds that the work takes, the collector's leftovers of others not among them."""
    return spent(work)[0]


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """The same, and beside it the seconds of processor time, which waiting for a disk or for others leaves out.
    Garbage is looked for as seldom as in the service, on every side."""
    with seldom_collecting():
        keep_what_is_built()
        start, used = time.perf_counter(), time.process_time()
        work()
        return time.perf_counter() - start, time.process_time() - used


def alternating(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """The seconds each side reports, one per round. Odd rounds go through the sides backwards."""
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds):
        names: Iterable[str] = reversed(sides) if number % 2 else sides
        for name in names:
            seconds[name].append(sides[name]())
    return seconds


def medians(seconds: Mapping[str, list[float]]) -> dict[str, float]:
    """The median of each side."""
    return {name: median(taken) for name, taken in seconds.items()}


def line(what: str, ratio: float, aim: str, met: bool, note: str = "") -> str:
    """One line of the report: the ratio first, because absolute rates belong to the machine."""
    verdict = "met" if met else "not met"
    return f"{what:<66} {ratio:>8.2f}  aim {aim:<9} {verdict:<8} {note}".rstrip()
