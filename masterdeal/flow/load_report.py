"""What a load of a history did: every row and every event is counted, and what was refused is named."""

from __future__ import annotations

from collections import Counter
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.history import Made, Remark

LISTED: Final = 10_000
"""How many remarks of one sort a report lists in full; all are counted."""


class LoadReport(BaseModel):
    """`rows_read` = `rows_loaded` + all of `rows_without_event` + `rows_rejected`;
    `events_made` = `accepted` + `duplicates` + `parked` + `events_rejected`."""

    model_config = ConfigDict(frozen=True)

    file: str
    format: str = Field(description="csv, xlsx, jsonl: rows; cloudevents: ready events, one a line")
    encoding: str | None = None
    delimiter: str | None = None
    rows_read: int = 0
    rows_loaded: int = 0
    rows_without_event: dict[str, int] = Field(default_factory=dict, description="Why, and how many")
    rows_rejected: int = 0
    events_made: int = 0
    accepted: int = 0
    duplicates: int = 0
    repeated_in_file: int = Field(default=0, description="Those duplicates that came from this very file")
    parked: int = 0
    events_rejected: int = 0
    rejected: tuple[Remark, ...] = ()
    rejected_by_reason: dict[str, int] = Field(default_factory=dict)
    remarks: tuple[Remark, ...] = Field(default=(), description="Members left out of events that were made")
    remarks_by_reason: dict[str, int] = Field(default_factory=dict)
    not_listed: int = Field(
        default=0, description="Rejections and remarks counted but not listed, for their number"
    )


class Tally:
    """Counts while a load runs."""

    def __init__(self) -> None:
        self.rows_read = 0
        self.rows_loaded = 0
        self.rows_rejected = 0
        self.events_made = 0
        self.repeated = 0
        self.outcomes: Counter[str] = Counter()
        self.without_event: Counter[str] = Counter()
        self.rejected: list[Remark] = []
        self.rejected_by_reason: Counter[str] = Counter()
        self.remarks: list[Remark] = []
        self.remarks_by_reason: Counter[str] = Counter()
        self.not_listed = 0

    def row(self, made: Made) -> None:
        """Count one row and what became of it."""
        self.rows_read += 1
        self.events_made += len(made.events)
        if made.rejections:
            self.rows_rejected += 1
        elif made.without_event is not None:
            self.without_event[made.without_event] += 1
        else:
            self.rows_loaded += 1
        for rejection in made.rejections:
            self.reject(rejection)
        for remark in made.remarks:
            self.note(remark)

    def reject(self, rejection: Remark) -> None:
        """List and count one rejected row or event."""
        self.rejected_by_reason[rejection.reason] += 1
        self._list(self.rejected, rejection)

    def note(self, remark: Remark) -> None:
        """List and count something left out."""
        self.remarks_by_reason[remark.reason] += 1
        self._list(self.remarks, remark)

    def _list(self, listed: list[Remark], remark: Remark) -> None:
        if len(listed) < LISTED:
            listed.append(remark)
        else:
            self.not_listed += 1

    def report(self, file: str, format_: str, encoding: str | None, delimiter: str | None) -> LoadReport:
        """The counts as they stand."""
        return LoadReport(
            file=file,
            format=format_,
            encoding=encoding,
            delimiter=delimiter,
            rows_read=self.rows_read,
            rows_loaded=self.rows_loaded,
            rows_without_event=dict(self.without_event),
            rows_rejected=self.rows_rejected,
            events_made=self.events_made,
            accepted=self.outcomes["accepted"],
            duplicates=self.outcomes["duplicate"] + self.repeated,
            repeated_in_file=self.repeated,
            parked=self.outcomes["parked"],
            events_rejected=self.outcomes["rejected"],
            rejected=tuple(self.rejected),
            rejected_by_reason=dict(self.rejected_by_reason),
            remarks=tuple(self.remarks),
            remarks_by_reason=dict(self.remarks_by_reason),
            not_listed=self.not_listed,
        )
