"""The events of the comparisons: deals that run through all eight gates side by side, told by four systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec

from masterdeal.instant import HOUR, MINUTE, iso, of_datetime

BEGIN = of_datetime(datetime(2026, 3, 2, 6, tzinfo=UTC))
STEPS = (
    ("crm.deal.created", "crm"),
    ("crm.brief.submitted", "crm"),
    ("media.mediaplan.ready", "mediapush"),
    ("crm.offer.approved", "crm"),
    ("docflow.contract.signed", "docflow"),
    ("mediapush.campaign.started", "mediapush"),
    ("dcm.invoice.issued", "dcm"),
    ("dcm.closeout.completed", "dcm"),
)


def content(step: str, number: int) -> dict[str, object]:
    """What an event of this type says about a deal."""
    money = {"amount": f"{100_000 + number}.00", "currency": "RUB", "vat": "excl"}
    if step == "crm.deal.created":
        return {
            "title": f"Кампания {number}: осень, федеральная",
            "client": {"name": f"ООО «Клиент {number % 400}»", "inn": f"77{number % 400:08}"},
            "industry": ("retail", "pharma", "auto", "finance")[number % 4],
            "client_type": ("direct", "agency")[number % 2],
            "budget": money,
            "manager": f"manager{number % 20}@example.org",
        }
    if step in ("media.mediaplan.ready", "crm.offer.approved"):
        return {"plan_id": f"plan-{number}", "version": 1, "total": money}
    if step in ("docflow.contract.signed", "dcm.invoice.issued"):
        return {"number": f"2026/{number}", "date": "2026-03-04", "amount": money}
    return {"note": "принято"}


def event(number: int, step: int, time: int) -> bytes:
    """One CloudEvent in structured mode."""
    type_, system = STEPS[step]
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"{system}-{number:07}-{step}",
            "source": f"urn:example:{system}",
            "type": type_,
            "time": iso(time),
            "subject": f"MD-2026-{number:07}",
            "datacontenttype": "application/json",
            "data": content(type_, number),
        }
    )


def arriving(deals: int, first: int = 0) -> Iterator[tuple[bytes, int]]:
    """Eight events for each deal with the instant each comes in: every deal takes its next step each hour, the
    deals spread over that hour, so neighbours in the stream belong to different deals."""
    for step in range(len(STEPS)):
        for number in range(deals):
            time = BEGIN + step * HOUR + int(number / deals * HOUR)
            yield event(first + number, step, time), time + timedelta(seconds=2) // timedelta(microseconds=1)


def batches(events: Sequence[tuple[bytes, int]], size: int) -> Iterator[tuple[list[bytes], int]]:
    """The events in batches, each with the instant at which it is taken in."""
    rest = iter(events)
    while batch := list(islice(rest, size)):
        yield [body for body, _ in batch], batch[-1][1] + MINUTE // 60
