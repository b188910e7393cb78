"""SLA timers counted: states, time to the target, breaches, overruns, put together from the marts' rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from masterdeal.sla import AT_RISK, BREACHED, CANCELLED, MET, MET_LATE, RUNNING

STATES: Final = (RUNNING, AT_RISK, BREACHED, MET, MET_LATE, CANCELLED)
OPEN: Final = frozenset({RUNNING, AT_RISK, BREACHED})


def tally(rows: Iterable[Mapping[str, Any]], ranks: Sequence[float] | None) -> dict[str, Any]:
    """The figures of one timer from its rows by state and breach; `ranks` are p50 and p90 of the time to the target.
    Durations are seconds; a breach counts whether it is settled or open."""
    states = dict.fromkeys(STATES, 0)
    breached, overrun = 0, 0.0
    spent, longest, running = 0.0, None, 0.0
    for row in rows:
        state, count = row["state"], row["timers"]
        states[state] += count
        if row["late"]:
            breached += count
            overrun += float(row["overrun"])
        if state in (MET, MET_LATE):
            spent += float(row["spent"])
            longest = max(longest or 0.0, float(row["longest"]))
        elif state in OPEN:
            running += float(row["spent"])
    met, opened = states[MET] + states[MET_LATE], sum(states[state] for state in OPEN)
    started = sum(states.values())
    return {
        "started": started,
        "states": states,
        "to_target_s": spread(met, spent / met if met else None, ranks, longest),
        "running_mean_s": rounded(running / opened) if opened else None,
        "breached": breached,
        "breach_share": share(breached, started),
        "overrun_s": rounded(overrun) or 0.0,
    }


def spread(count: int, mean: Any, ranks: Sequence[Any] | None, longest: Any) -> dict[str, Any]:
    """Count, mean, p50, p90 and maximum; a percentile is the value at rank ceil(share * count)."""
    if not count or not ranks:
        return {"count": 0, "mean": None, "p50": None, "p90": None, "max": None}
    return {
        "count": count,
        "mean": rounded(mean),
        "p50": rounded(ranks[0]),
        "p90": rounded(ranks[1]),
        "max": rounded(longest),
    }


def rounded(value: Any) -> float | None:
    """Seconds to the millisecond."""
    return None if value is None else round(float(value), 3)


def share(part: int | None, whole: int | None) -> dict[str, Any] | None:
    """A share with its arithmetic; None of nothing."""
    return (
        {"value": round(part / whole, 6), "part": part, "whole": whole}
        if part is not None and whole
        else None
    )
