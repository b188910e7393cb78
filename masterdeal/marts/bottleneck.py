"""Where deals lose the most time past their limits, with the arithmetic that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from masterdeal.marts.questions import Counted


def bottleneck(timers: Sequence[dict[str, Any]], counted: Counted) -> dict[str, Any] | None:
    """The timer whose overruns sum up to the most time: number of breaches times their mean overrun, and its share of
    all overruns. None where nothing ran over."""
    total = sum(timer["overrun_s"] for timer in timers)
    worst = max(timers, key=lambda timer: timer["overrun_s"], default=None)
    if worst is None or total <= 0:
        return None
    mean = worst["overrun_s"] / worst["breached"]
    share = worst["overrun_s"] / total
    hours, mean_hours = worst["overrun_s"] / 3600, mean / 3600
    kinds = {"elapsed": ("календарных", "calendar"), "working": ("рабочих", "working")}[counted]
    return {
        "timer": worst["timer"],
        "breached": worst["breached"],
        "mean_overrun_s": round(mean, 3),
        "overrun_s": worst["overrun_s"],
        "all_overrun_s": round(total, 3),
        "share": round(share, 6),
        "href": worst["breached_href"],
        "why": {
            "ru": f"Нарушений: {worst['breached']} × {_ru(mean_hours)} ч сверх предела в среднем = {_ru(hours)} {kinds[0]} ч"
            f" из {_ru(total / 3600)} ч по всем таймерам ({share:.0%})",
            "en": f"Breaches: {worst['breached']} × {mean_hours:.1f} h past the limit on average = {hours:.1f} {kinds[1]} h"
            f" of {total / 3600:.1f} h over all timers ({share:.0%})",
        },
    }


def _ru(hours: float) -> str:
    return f"{hours:.1f}".replace(".", ",")
