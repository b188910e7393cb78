"""The arithmetic of a timer, told to people in Russian and in English."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

Lang = Literal["ru", "en"]
MOSCOW: Final = ZoneInfo("Europe/Moscow")


@functools.cache
def _words() -> dict[str, dict[str, list[str]]]:
    sentences = tomllib.loads(files("api").joinpath("sla_text.toml").read_text(encoding="utf-8"))
    names = tomllib.loads(files("api").joinpath("commands/words.toml").read_text(encoding="utf-8"))
    return {**names, **sentences}


def _word(sort: str, key: str, lang: Lang) -> str:
    pair = _words()[sort].get(key)
    return key if pair is None else pair[0 if lang == "ru" else 1]


def sentences(found: Mapping[str, Any], lang: Lang) -> list[str]:
    """A reckoning of `masterdeal.reckoning` as lines of text. Times are Moscow time."""

    def say(line: str, **words: str) -> str:
        return _word("line", line, lang).format(**words)

    timer, state = _word("timer", found["timer"], lang), _word("state", found["state"], lang)
    lines = [say("head", timer=timer, state=state)]
    if found["started_at"] is None:
        return [*lines, say("pending")]
    limit, spent = _span(found["limit_s"], lang), _span(found["elapsed_s"], lang)
    lines += [
        say("started", started=_time(found["started_at"])),
        say(
            "limit",
            limit=found["limit"],
            limit_h=limit,
            calendar=_word("calendar", found["calendar"], lang),
            since=_time(found["limit_since"])[:10],
        ),
        *(_day(row, lang) for row in found["counted"]),
    ]
    for row in found["left_out"]:
        words = {
            "since": _time(row["from"]),
            "reason": row["reason"],
            "event": f"{row['source']}/{row['event_id']}",
            "by": f", {row['by']}" if row["by"] else "",
            "spent": _span(row["left_out_s"], lang),
        }
        lines.append(say("left_out", until=_time(row["to"]), **words) if row["to"] else say("still", **words))
    lines.append(say("total", until=_time(found["counted_until"]), spent=spent, limit_h=limit))
    lines += _end(found, lang)
    return lines


def _end(found: Mapping[str, Any], lang: Lang) -> list[str]:
    def say(line: str, **words: str) -> str:
        return _word("line", line, lang).format(**words)

    lines = []
    if found["state"] in ("met", "met_late"):
        lines.append(say("reached", stopped=_time(found["stopped_at"]), due=_time(found["due_at"])))
    elif found["state"] == "cancelled":
        lines.append(say("cancelled", stopped=_time(found["stopped_at"])))
    elif found["breached_at"] is None:
        left = _span(found["remaining_s"], lang)
        due = found["due_at"]
        lines.append(say("due", due=_time(due), left=left) if due else say("no_due", left=left))
    if found["breached_at"] is not None:
        late, by_clock = _span(found["late_s"], lang), _span(found["late_by_clock_s"], lang)
        lines.append(say("late", breached=_time(found["breached_at"]), late=late, by_clock=by_clock))
    return lines


def _day(row: Mapping[str, Any], lang: Lang) -> str:
    first, last = date.fromisoformat(row["first"]), date.fromisoformat(row["last"])
    days = f"{first:%d.%m.%Y}" if first == last else f"{first:%d.%m.%Y}–{last:%d.%m.%Y}"
    if row["days"] > 1:
        days += f" ({row['days']} {'дн.' if lang == 'ru' else 'days'})"
    words = {
        "days": days,
        "kind": _word("kind", row["kind"], lang),
        "why": f" ({row['why']})" if row["why"] and row["kind"] != "uncovered" else "",
    }
    if not row["opens"]:
        return _word("line", "idle", lang).format(**words)
    hours, counted = f"{row['opens']}–{row['closes']}", _span(row["counted_s"], lang)
    return _word("line", "day", lang).format(hours=hours, counted=counted, **words)


def _time(text: str) -> str:
    """An ISO time as Moscow time to the minute, to the second where seconds matter."""
    moment = datetime.fromisoformat(text).astimezone(MOSCOW)
    return moment.strftime("%d.%m.%Y %H:%M" if not moment.second else "%d.%m.%Y %H:%M:%S")


def _span(seconds: float, lang: Lang) -> str:
    """Seconds as hours, minutes and seconds; hours are not gathered into days, for a day has no one length here."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    units = ("ч", "мин", "с") if lang == "ru" else ("h", "min", "s")
    parts = [
        f"{count} {unit}" for count, unit in zip((hours, minutes, whole % 60), units, strict=True) if count
    ]
    return " ".join(parts) or f"0 {units[0]}"
