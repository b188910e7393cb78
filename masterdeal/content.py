"""What the data of the known event types must look like (semantics.md section 8). Unknown members are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from masterdeal import instant
from masterdeal.errors import BadContent

_Text = Annotated[str, Meta(min_length=1, max_length=2_000)]
_Amount = Annotated[str, Meta(pattern=r"^-?\d{1,18}(\.\d{1,6})?$")]
_Share = Annotated[str, Meta(pattern=r"^(0(\.\d{1,6})?|1(\.0{1,6})?)$")]
_Count = Annotated[int, Meta(ge=0)]


class Amount(Struct, frozen=True):
    """Money as it stands in an event."""

    amount: _Amount
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] = "RUB"
    vat: Literal["incl", "excl", "none"] | None = None
    vat_rate: _Share | None = None
    commission: Literal["incl", "excl", "none"] | None = None


class Ref(Struct, frozen=True):
    """A deal's name in a source system."""

    system: Annotated[str, Meta(min_length=1, max_length=512)]
    id: Annotated[str, Meta(min_length=1, max_length=512)]


class Client(Struct, frozen=True):
    """Who buys."""

    name: _Text | None = None
    inn: str | None = None


class DealCreated(Struct, frozen=True):
    """crm.deal.created."""

    title: str | None = None
    client: Client | str | None = None
    industry: str | None = None
    client_type: str | None = None
    budget: Amount | None = None
    manager: str | None = None
    refs: list[Ref] | None = None
    deadlines: dict[str, Annotated[datetime, Meta(tz=True)] | None] | None = None


class BriefSubmitted(Struct, frozen=True):
    """crm.brief.submitted."""

    document: str | None = None
    text: str | None = None


class PlanOrOffer(Struct, frozen=True):
    """media.mediaplan.ready, crm.offer.approved."""

    plan_id: str | None = None
    offer_id: str | None = None
    version: int | str | None = None
    total: Amount | None = None


class NumberedAmount(Struct, frozen=True):
    """docflow.contract.signed, dcm.invoice.issued."""

    number: str | None = None
    date: str | None = None
    amount: Amount | None = None


class KpiReported(Struct, frozen=True):
    """mediapush.kpi.reported; `period` is first and last day."""

    period: Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d$")]
    impressions: _Count | None = None
    clicks: _Count | None = None
    views: _Count | None = None
    reach: _Count | None = None
    conversions: _Count | None = None
    cost: Amount | None = None
    line: int | str | None = None


class NpsCollected(Struct, frozen=True):
    """okk.nps.collected; 0..10."""

    score: Annotated[int, Meta(ge=0, le=10)]
    comment: str | None = None
    respondent: str | None = None


class StageChanged(Struct, frozen=True):
    """<system>.stage.changed."""

    stage: _Text


TimerName = Literal[
    "lead_to_brief", "brief_to_offer", "offer_to_contract", "contract_to_launch", "launch_to_close"
]


class SlaSuspended(Struct, frozen=True):
    """sla.suspended: from its time on the timer, or every timer of the deal where none is named, stands still.
    `by` is who decided so."""

    reason: _Text
    timer: TimerName | None = None
    by: _Text | None = None


class SlaResumed(Struct, frozen=True):
    """sla.resumed: the timer, or every suspended timer of the deal, runs on."""

    reason: _Text | None = None
    timer: TimerName | None = None
    by: _Text | None = None


class Referenced(Struct, frozen=True):
    """Any event may say which deal it means by a source system's own name."""

    ref: Ref | None = None


SHAPES: Final[dict[str, type[Struct]]] = {
    "deal_created": DealCreated,
    "brief_submitted": BriefSubmitted,
    "plan_or_offer": PlanOrOffer,
    "numbered_amount": NumberedAmount,
    "kpi_reported": KpiReported,
    "nps_collected": NpsCollected,
    "stage_changed": StageChanged,
    "sla_suspended": SlaSuspended,
    "sla_resumed": SlaResumed,
}


def _check_deadlines(deadlines: dict[str, str | None] | None) -> None:
    for name, text in (deadlines or {}).items():
        try:
            if text is not None:
                instant.parse(text)
        except ValueError as error:
            raise BadContent(f"{error} - at `$.data.deadlines[{name!r}]`", reason="bad_content") from None


def check(data: Any, shape: type[Struct] | None) -> dict[str, Any]:
    """The data of an event of a known type, or BadContent that names the member."""
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise BadContent("data must be a JSON object - at `$.data`", reason="bad_content")
    try:
        if shape is not None:
            shaped = msgspec.convert(data, shape)
            if isinstance(shaped, DealCreated):
                _check_deadlines(data.get("deadlines"))
        if "ref" in data:
            msgspec.convert(data, Referenced)
    except msgspec.ValidationError as error:
        raise BadContent(
            str(error).replace("`$.", "`$.data.").replace("`$`", "`$.data`"), reason="bad_content"
        ) from None
    return data
