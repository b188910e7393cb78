"""The same fold on other events or other limits, compared with the deal as it is. Writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from masterdeal import sla
from masterdeal.deal import Deal
from masterdeal.errors import Misconfigured
from masterdeal.event import Event
from masterdeal.hours import Calendar
from masterdeal.rulebook import Rulebook, timers
from masterdeal.view import deal_at, timer_card

SHARE = "at_risk_share"
CALENDAR = "calendar"
# ISO 8601, as far as it says days, hours, minutes and seconds: "P2D", "PT48H".
_ISO_DURATION = re.compile(r"P(?=\d|T\d)(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
COUNTED = ("breached", "would_be", "appear", "disappear")


def with_limits(book: Rulebook, changes: Mapping[str, Any], calendars: Mapping[str, Calendar]) -> Rulebook:
    """The rulebook with other SLA terms at all dates. `changes` maps a timer to a limit ("2d", "P2D", a number of
    seconds, or a card with `limit_s`), and may name `at_risk_share` (0..1) and `calendar` for all timers."""
    unknown = set(changes) - set(book.rules.timers) - {SHARE, CALENDAR}
    if unknown:
        raise Misconfigured(f"no such timer or SLA term: {sorted(unknown)}", unknown=sorted(unknown))
    calendar = None
    if CALENDAR in changes:
        calendar = calendars.get(str(changes[CALENDAR]))
        if calendar is None:
            raise Misconfigured(f"calendar {changes[CALENDAR]!r} is not one of {sorted(calendars)}")
    share = changes.get(SHARE)
    if share is not None and not (isinstance(share, int | float) and 0 < share <= 1):
        raise Misconfigured(f"at_risk_share {share!r} is not in (0, 1]")
    versions = []
    for version in book.sla.versions:
        limits = {}
        for timer, limit in version.limits.items():
            ways = calendar or limit.calendar
            part = share if share is not None else limit.at_risk_after / limit.duration
            text = _limit(changes[timer]) if changes.get(timer) is not None else None
            if text is None and calendar is not None:
                # The limit was said in days or hours; in another calendar these are as many of that calendar's.
                text = limit.said
            duration = limit.duration if text is None else ways.limit(text)
            said = limit.said if text is None else text
            limits[timer] = sla.Limit(duration, round(duration * part), ways, limit.since, said)
        versions.append(sla.Version(version.since, limits))
    return replace(book, sla=sla.SlaConfig(tuple(versions), book.sla.future_tolerance))


def _limit(said: object) -> str:
    """A limit as the calendars read it ("2d"), from the ways in which callers say one."""
    if isinstance(said, dict) and len(said) == 1:
        said = said.get("limit_s", said.get("limit"))
    if isinstance(said, int | float) and not isinstance(said, bool) and said == said // 1:
        return f"{int(said)}s"
    iso = _ISO_DURATION.fullmatch(said.strip()) if isinstance(said, str) else None
    if iso is not None:
        return " ".join(
            f"{number}{unit}" for number, unit in zip(iso.groups(), "dhms", strict=True) if number
        )
    return str(said)


class Tally(Struct):
    """How many deals were looked at, and per timer how many breaches there are, would be, appear and disappear."""

    deals: int = 0
    timers: dict[str, dict[str, int]] = field(default_factory=dict)

    def count(self, deal: Deal, book: Rulebook, other: Rulebook, clock: int) -> list[dict[str, Any]]:
        """Count one deal at `clock`. Its breaches that appear or disappear under the other terms, each with the
        timer's card as it is and as it would be."""
        self.deals += 1
        found = []
        for was, would in zip(timers(deal, book, clock), timers(deal, other, clock), strict=True):
            row = self.timers.setdefault(was.name, dict.fromkeys(COUNTED, 0))
            row["breached"] += was.breached is not None
            row["would_be"] += would.breached is not None
            if (was.breached is None) != (would.breached is None):
                change = "disappear" if would.breached is None else "appear"
                row[change] += 1
                found.append(
                    {
                        "master_deal_id": deal.deal_id,
                        "title": deal.attributes.get("title"),
                        "aggregated_stage": deal.stage,
                        "timer": was.name,
                        "change": change,
                        "before": timer_card(was, clock),
                        "after": timer_card(would, clock),
                    }
                )
        return found


def what_if(
    deal_id: str,
    events: Sequence[Event],
    changed: Iterable[Event],
    book: Rulebook,
    other: Rulebook,
    clock: int,
) -> dict[str, Any]:
    """The deal as it would be at `clock`, with the breaches that appear and disappear. A changed event with the
    source and id of a kept one stands in its place; every changed event counts from its own time."""
    replaced = {(event.source, event.id): event for event in events}
    replaced.update({(event.source, event.id): event for event in changed})
    before = deal_at(deal_id, events, book, clock, as_of=clock)
    after = deal_at(deal_id, replaced.values(), other, clock, as_of=clock)
    was, would = _breaches(before), _breaches(after)
    return {
        "deal": after,
        "at": after["as_of"] if after else None,
        "breaches": {
            "appear": [would[name] for name in would if name not in was],
            "disappear": [was[name] for name in was if name not in would],
        },
        "stage_before": before["aggregated_stage"] if before else None,
        "writes": 0,
    }


def _breaches(deal: dict[str, Any] | None) -> dict[str, dict[str, Any]]:
    if deal is None:
        return {}
    return {timer["timer"]: timer for timer in deal["sla"] if timer["breached_at"] is not None}
