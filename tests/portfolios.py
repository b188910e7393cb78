"""Invented portfolios for property tests: deals told by several systems, with all that goes wrong on the way.

Times fall on a coarse set of gaps on purpose (the limits themselves, a millisecond to either side, nothing at all), so
that equal instants and exactly-due targets are common and not one case in a million.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

EPOCH = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
MOSCOW = timezone(timedelta(hours=3))
MS = timedelta(milliseconds=1)

# canonical type: every name it is known by
NAMES: dict[str, tuple[str, ...]] = {
    "crm.deal.created": ("crm.deal.created", "lead.created"),
    "crm.lead.qualified": ("crm.lead.qualified",),
    "crm.brief.submitted": ("crm.brief.submitted", "brief.submitted"),
    "mediapush.planning.started": ("mediapush.planning.started",),
    "media.mediaplan.ready": ("media.mediaplan.ready", "mediapush.mediaplan.ready"),
    "crm.offer.approved": ("crm.offer.approved", "offer.approved"),
    "docflow.contract.sent": ("docflow.contract.sent", "legal.review.started"),
    "docflow.contract.signed": ("docflow.contract.signed", "contract.signed", "legal.contract.signed"),
    "mediapush.campaign.started": ("mediapush.campaign.started", "campaign.started"),
    "dcm.invoice.issued": ("dcm.invoice.issued", "invoice.issued"),
    "dcm.closeout.completed": ("dcm.closeout.completed", "closeout.completed"),
    "docflow.contract.revoked": ("docflow.contract.revoked", "contract.revoked", "legal.contract.terminated"),
    "crm.deal.lost": ("crm.deal.lost",),
    "crm.deal.reopened": ("crm.deal.reopened",),
    "crm.brief.withdrawn": ("crm.brief.withdrawn",),
    "media.mediaplan.rejected": ("media.mediaplan.rejected",),
    "crm.offer.withdrawn": ("crm.offer.withdrawn",),
    "mediapush.kpi.reported": ("mediapush.kpi.reported",),
    "okk.nps.collected": ("okk.nps.collected",),
    "crm.stage.changed": ("crm.stage.changed",),
    "docflow.stage.changed": ("docflow.stage.changed",),
    "sla.suspended": ("sla.suspended", "crm.sla.suspended", "docflow.sla.suspended"),
    "sla.resumed": ("sla.resumed", "legal.sla.resumed"),
    "telephony.call.ended": ("telephony.call.ended",),  # a type nobody has told MasterDeal about
}
STORY = tuple(NAMES)[:11]
COMPENSATION = tuple(NAMES)[11:17]
ASIDE = tuple(NAMES)[17:]
SUSPENSION = ("sla.suspended", "sla.resumed")
TIMERS = ("lead_to_brief", "brief_to_offer", "offer_to_contract", "contract_to_launch", "launch_to_close")
CATALOGUE = (
    "crm.deal.created",
    "crm.brief.submitted",
    "media.mediaplan.ready",
    "crm.offer.approved",
    "docflow.contract.signed",
    "mediapush.campaign.started",
    "dcm.invoice.issued",
    "dcm.closeout.completed",
)
SOURCES = ("crm", "mediapush", "docflow", "legal", "dcm", "okk")
GAPS = (
    timedelta(0),
    MS,
    timedelta(seconds=1),
    timedelta(minutes=5),
    timedelta(hours=6, minutes=24),  # 80 % of the first limit
    timedelta(hours=8) - MS,
    timedelta(hours=8),
    timedelta(hours=8) + MS,
    timedelta(days=1),
    timedelta(days=2),
    timedelta(days=2) + MS,
    timedelta(days=3),
    timedelta(days=30),
)
# arrival after the event's own time; below zero the event speaks of the future
DELAYS = (
    timedelta(0),
    timedelta(seconds=2),
    timedelta(seconds=40),
    timedelta(minutes=1),
    timedelta(minutes=30),
    timedelta(minutes=7),
    timedelta(hours=9),
    timedelta(days=12),
    timedelta(minutes=-4),
    timedelta(minutes=-5),
    timedelta(minutes=-5) - MS,
    timedelta(days=-1),
)

Event = dict[str, Any]


def cloud_event(
    type: str,
    time: datetime,
    *,
    id: str | None = None,
    source: str | None = None,
    subject: str = "MD-1",
    data: dict[str, Any] | None = None,
) -> Event:
    """A structured CloudEvent; its source is the type's own system and its id the type, unless told otherwise."""
    return {
        "specversion": "1.0",
        "id": id if id is not None else type,
        "source": source if source is not None else type.partition(".")[0],
        "type": type,
        "time": time.isoformat(),
        "subject": subject,
        "datacontenttype": "application/json",
        "data": data if data is not None else {},
    }


def catalogue_eight(
    subject: str = "MD-1", start: datetime = EPOCH, step: timedelta = timedelta(hours=1)
) -> list[Event]:
    """`crm.deal.created` and the seven gates, in the order of the story, `step` apart."""
    return [
        cloud_event(type, start + step * number, id=f"e{number}", subject=subject)
        for number, type in enumerate(CATALOGUE)
    ]


@dataclass(frozen=True)
class Arrival:
    at: datetime
    event: Event


@dataclass(frozen=True)
class Portfolio:
    """`arrivals` in the order they reach MasterDeal; `at` never goes back."""

    subjects: tuple[str, ...]
    arrivals: tuple[Arrival, ...]

    def of(self, subject: str) -> list[Arrival]:
        return [arrival for arrival in self.arrivals if arrival.event["subject"] == subject]

    def instants(self) -> list[datetime]:
        """Every moment at which something may change: times, arrivals, due and at-risk moments."""
        times = {datetime.fromisoformat(arrival.event["time"]) for arrival in self.arrivals}
        spans = (timedelta(hours=8), timedelta(days=2), timedelta(days=3), timedelta(days=30))
        due = {time + share * span for time in times for span in spans for share in (0.8, 1)}
        return sorted(times | due | {arrival.at for arrival in self.arrivals})


def first_received(arrivals: Iterable[Arrival]) -> dict[tuple[str, str], datetime]:
    received: dict[tuple[str, str], datetime] = {}
    for arrival in arrivals:
        received.setdefault((arrival.event["source"], arrival.event["id"]), arrival.at)
    return received


@st.composite
def contents(draw: st.DrawFn, canonical: str) -> dict[str, Any]:
    money = {
        "amount": "1220000.00",
        "currency": "RUB",
        "vat": "incl",
        "vat_rate": "0.22",
        "commission": "excl",
    }
    if canonical == "crm.deal.created":
        return draw(
            st.sampled_from(
                [
                    {"client": {"name": "ООО «Ромашка»"}, "industry": "retail", "budget": money},
                    {
                        "client": {"name": "АО «Вектор»", "inn": "7707083893"},
                        "title": "Весна",
                        "manager": "Иванова",
                    },
                ]
            )
        )
    if canonical == "mediapush.kpi.reported":
        return {"period": "2026-03-02/2026-03-08", "impressions": draw(st.integers(0, 10**6)), "clicks": 12}
    if canonical == "okk.nps.collected":
        return {"score": draw(st.integers(0, 10))}
    if canonical.startswith("sla."):
        named = draw(st.sampled_from([{}, *({"timer": timer} for timer in TIMERS)]))
        return {"reason": "клиент в отпуске", "by": "Иванова", **named}
    if canonical.endswith(".stage.changed"):
        return {"stage": draw(st.sampled_from(["New", "In sign", "Согласование", "Lost"]))}
    return {}


def _reading(time: datetime, zone: int) -> datetime:
    """The same instant as another system would write it."""
    return time.astimezone(MOSCOW) if zone else time


@st.composite
def deal_events(draw: st.DrawFn, subject: str, max_noise: int = 6) -> list[Event]:
    """Events of one deal: a part of the story in any order of systems, then things that should not have happened."""
    told = [type for type in STORY if draw(st.integers(0, 5))]
    told = told[: draw(st.integers(0, len(told)))]
    if draw(st.integers(0, 3)) == 0:
        told = list(draw(st.permutations(told)))
    plot: list[tuple[str, datetime]] = []
    now = EPOCH
    for type in told:
        now += draw(st.sampled_from(GAPS))
        plot.append((type, now))
    moments = [EPOCH, *(time for _, time in plot)]
    for _ in range(draw(st.integers(0 if plot else 1, max_noise))):
        type = draw(st.sampled_from(STORY + COMPENSATION * 2 + ASIDE + SUSPENSION * 6))
        plot.append((type, draw(st.sampled_from(moments)) + draw(st.sampled_from(GAPS))))
    numbers = draw(st.permutations(range(len(plot))))
    events = []
    for number, (type, time) in zip(numbers, plot, strict=True):
        name = draw(st.sampled_from(NAMES[type]))
        natural = type.partition(".")[0]
        source = natural if natural in SOURCES and draw(st.integers(0, 2)) else draw(st.sampled_from(SOURCES))
        events.append(
            cloud_event(
                name,
                _reading(time, draw(st.integers(0, 1))),
                id=f"{subject}/{number}",
                source=source,
                subject=subject,
                data=draw(contents(type)),
            )
        )
    return events


@st.composite
def arrivals_of(draw: st.DrawFn, events: list[Event], conflicts: bool = True) -> tuple[Arrival, ...]:
    """The events with delays, shuffled among equals, some of them more than once, a few with another body."""
    arrivals = []
    for event in events:
        time = datetime.fromisoformat(event["time"])
        first = time + draw(st.sampled_from(DELAYS))
        arrivals.append(Arrival(first, event))
        for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
            again = dict(event)
            if conflicts and draw(st.integers(0, 3)) == 0:
                again["data"] = {**event["data"], "note": "changed"}
                again["time"] = (time + draw(st.sampled_from(GAPS))).isoformat()
            arrivals.append(Arrival(first + draw(st.sampled_from(GAPS)), again))
    shuffled = draw(st.permutations(arrivals))
    return tuple(sorted(shuffled, key=lambda arrival: arrival.at))


@st.composite
def portfolios(draw: st.DrawFn, max_deals: int = 3, conflicts: bool = True) -> Portfolio:
    subjects = tuple(f"MD-{number}" for number in range(1, draw(st.integers(1, max_deals)) + 1))
    events = [event for subject in subjects for event in draw(deal_events(subject))]
    return Portfolio(subjects, draw(arrivals_of(events, conflicts)))


@st.composite
def clocks(draw: st.DrawFn, portfolio: Portfolio) -> datetime:
    """A moment worth asking about: exactly when something may change, or a millisecond to either side."""
    return draw(st.sampled_from(portfolio.instants())) + draw(st.sampled_from((timedelta(0), MS, -MS)))
