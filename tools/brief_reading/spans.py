"""Stretches of a text: merged, and whether a place lies in one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable


def merged(spans: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Begins and ends of the stretches that spans cover, ascending and apart."""
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(spans):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return starts, ends


def covered(stretches: tuple[list[int], list[int]], start: int, end: int) -> bool:
    """Whether text[start:end] touches one of the merged stretches."""
    place = bisect_right(stretches[1], start)
    return place < len(stretches[0]) and stretches[0][place] < end
