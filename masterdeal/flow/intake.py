"""Events in: read, routed to their deals, kept once, folded, announced. One transaction for all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

import msgspec
from msgspec import Raw, Struct

from masterdeal import instant, sla
from masterdeal.anomaly import anomalies
from masterdeal.catalogue import CREATED, Kind
from masterdeal.content import check
from masterdeal.deal import Deal, advance, blank, fold, follows
from masterdeal.errors import Malformed
from masterdeal.event import Event, of_body, read_envelope, same_content
from masterdeal.flow.hot import HotDeals, Kept, Words, unpack
from masterdeal.notice import Announced, Notice, clock_notices, stage_notices
from masterdeal.ports import DeadLetter, DealRow, LogRow, ParkedRow, Reading, Writing
from masterdeal.rulebook import Rulebook, timers
from masterdeal.view import in_effect

ACCEPTED: Final = "accepted"
DUPLICATE: Final = "duplicate"
PARKED: Final = "parked"
REJECTED: Final = "rejected"
# What a store's integer holds; a larger budget is still shown as it came, and found as this one.
_LARGEST: Final = 2**63 - 1
_encode: Final = msgspec.json.Encoder().encode


class Outcome(Struct, omit_defaults=True, gc=False):
    """What became of one event that came in."""

    source: str | None
    id: str | None
    outcome: Literal["accepted", "duplicate", "parked", "rejected"]
    reason: str | None = None
    detail: str | None = None
    master_deal_id: str | None = None
    aggregated_stage: str | None = None


class Incoming(Struct, gc=False):
    """An event that has been read, not yet routed; `refusal` says why it cannot be taken in."""

    body: str
    source: str | None = None
    id: str | None = None
    type: str | None = None
    subject: str | None = None
    time: int = 0
    kind: Kind | None = None
    data: dict[str, Any] = msgspec.field(default_factory=dict)
    refusal: str | None = None
    detail: str = ""
    received: int | None = None


def read(body: bytes | Raw | str, book: Rulebook) -> Incoming:
    """Read one CloudEvent; a malformed one comes back with its refusal instead of raising."""
    raw = body.encode() if isinstance(body, str) else body
    text = bytes(raw).decode("utf-8", "replace")
    try:
        envelope = read_envelope(raw)
    except Malformed as error:
        return Incoming(text, *_salvage(raw), refusal=error.facts["reason"], detail=error.message)
    kind = book.catalogue.find(envelope.type)
    incoming = Incoming(
        text,
        envelope.source,
        envelope.id,
        envelope.type if kind is None else kind.name,
        envelope.subject or None,
        instant.of_datetime(envelope.time),
        kind,
    )
    try:
        if kind is not None:
            incoming.data = check(envelope.data, kind.shape)
        elif isinstance(envelope.data, dict):
            incoming.data = envelope.data
    except Malformed as error:
        incoming.refusal, incoming.detail = error.facts["reason"], error.message
    if (
        incoming.refusal is None
        and incoming.subject is None
        and not _own_refs(incoming)
        and not _opens(incoming)
    ):
        incoming.refusal = "no_deal"
        incoming.detail = "neither subject nor data.ref says which deal is meant"
    return incoming


def _salvage(raw: bytes | Raw) -> tuple[str | None, str | None, str | None]:
    """Source, id and type of something that is no CloudEvent, as far as they can be read."""
    try:
        loose = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return (None, None, None)
    source, id_, type_ = (
        loose.get(name) if isinstance(loose, dict) else None for name in ("source", "id", "type")
    )
    return (
        source if isinstance(source, str) else None,
        id_ if isinstance(id_, str) else None,
        type_ if isinstance(type_, str) else None,
    )


def _opens(incoming: Incoming) -> bool:
    return incoming.kind is not None and incoming.kind.name == CREATED


def _own_refs(incoming: Incoming) -> list[tuple[str, str]]:
    """The references an event carries: its own and, where it opens a deal, the deal's."""
    refs = []
    ref = incoming.data.get("ref")
    if isinstance(ref, dict) and isinstance(ref.get("system"), str) and isinstance(ref.get("id"), str):
        refs.append((ref["system"], ref["id"]))
    if _opens(incoming):
        refs += [(item["system"], item["id"]) for item in incoming.data.get("refs") or ()]
    return refs


def minted_id(refs: Sequence[tuple[str, str]], source: str, id_: str) -> str:
    """The master_deal_id of a deal whose source system gave none: the same reference always gives the same."""
    seed = "\0".join(("ref", *refs[0]) if refs else ("event", source, id_))
    return "MD-" + hashlib.blake2b(seed.encode(), digest_size=6).hexdigest().upper()


class _Desk:
    """One deal while a transaction works on it."""

    __slots__ = ("announced", "before", "deal", "described", "touched", "updated", "whole")

    def __init__(self, deal: Deal, announced: Announced, updated: int, before: Kept | None = None) -> None:
        self.deal = deal
        self.announced = announced
        self.updated = updated
        self.before = before  # what was known of it when it was last settled, as far as it may still hold
        self.touched = False
        self.described = before is None  # what the deal is called and who buys may not be what it was
        self.whole = False  # the whole log of the deal is in `deal`, later events of this batch included


def record(
    tx: Writing, batch: Iterable[Incoming], book: Rulebook, now: int, hot: HotDeals | None = None
) -> list[Outcome]:
    """Take in a batch at the clock time `now`: one outcome per event, in the order given. A bad one is kept
    as a dead letter and does not touch its neighbours. `hot` saves decoding and judging again what the same caller
    has worked on lately; it changes nothing in the result."""
    taken = list(batch)
    outcomes = _Batch(tx, book, now, HotDeals() if hot is None else hot)
    outcomes.take(taken)
    outcomes.finish()
    return outcomes.results[: len(taken)]


class _Batch:
    def __init__(self, tx: Writing, book: Rulebook, now: int, hot: HotDeals) -> None:
        self.tx = tx
        self.book = book
        self.now = now
        self.hot = hot
        hot.judged_by(book)
        self.results: list[Outcome] = []
        self.desks: dict[str, _Desk] = {}
        self.outbox: list[Notice] = []
        self.fresh: set[tuple[str, str]] = set()

    def take(self, taken: Sequence[Incoming]) -> None:
        results = [Outcome(item.source, item.id, ACCEPTED) for item in taken]
        self.results += results
        rows, routed, learned = self._route(taken, results)
        if rows:
            self.tx.hold({row.deal_id for row in rows})
        new = self.tx.append(rows) if rows else []
        self.fresh = {(row.source, row.id) for row, added in zip(rows, new, strict=True) if added}
        for known_desk in self.desks.values():
            known_desk.whole = False  # events that waited for this batch have just joined the log
        self._open_desks(row.deal_id for row, (item, _) in zip(rows, routed, strict=True) if item.kind)
        for row, (item, result), fresh in zip(rows, routed, new, strict=True):
            result.master_deal_id = row.deal_id
            if not fresh:
                self._repeat(row, item, result)
            elif item.kind is None:
                result.reason = "unknown_type"
            else:
                self._apply(row, item)
            desk = self.desks.get(row.deal_id)
            if desk is not None and result.outcome != REJECTED:
                result.aggregated_stage = desk.deal.stage or None
        if learned:
            self.tx.put_refs(learned)
            waiting = self.tx.unpark(learned)
            if waiting:
                self.take([self._again(row) for row in waiting])
                # Each deal's last event of the batch let them in: its answer says where the deal stands with them.
                for row, (_, result) in {
                    row.deal_id: (row, one) for row, one in zip(rows, routed, strict=True)
                }.values():
                    if row.deal_id in learned.values() and result.outcome != REJECTED:
                        result.aggregated_stage = self.desks[row.deal_id].deal.stage or None

    def _again(self, row: ParkedRow) -> Incoming:
        incoming = read(row.body, self.book)
        incoming.received = row.received
        return incoming

    def _route(
        self, taken: Sequence[Incoming], results: Sequence[Outcome]
    ) -> tuple[list[LogRow], list[tuple[Incoming, Outcome]], dict[tuple[str, str], str]]:
        wanted = {pair for item in taken if item.refusal is None for pair in _own_refs(item)}
        known = self.tx.refs(wanted) if wanted else {}
        learned: dict[tuple[str, str], str] = {}
        rows: list[LogRow] = []
        routed: list[tuple[Incoming, Outcome]] = []
        keys: set[tuple[str, str]] = set()
        for item, result in zip(taken, results, strict=True):
            if item.refusal is not None:
                self._refuse(item, result, item.refusal, item.detail)
                continue
            assert item.source is not None
            assert item.id is not None
            assert item.type is not None
            refs = _own_refs(item) if wanted else []
            deal_id = item.subject or next((known[pair] for pair in refs if pair in known), None)
            if deal_id is None and _opens(item):
                deal_id = minted_id(refs, item.source, item.id)
            if deal_id is None:
                self._park(item, result, refs[0])
                continue
            unknown = [pair for pair in refs if pair not in known]
            key = (item.source, item.id)
            # Only what is kept teaches: a repeat that says something else must not.
            if unknown and key not in keys and self.tx.kept(*key) is None:
                for pair in unknown:
                    known[pair] = learned[pair] = deal_id
            keys.add(key)
            received = self.now if item.received is None else item.received
            marked = item.time > received + self.book.sla.future_tolerance
            rows.append(
                LogRow(
                    item.source,
                    item.id,
                    item.type,
                    deal_id,
                    item.time,
                    received,
                    marked,
                    item.kind is not None,
                    item.body,
                )
            )
            routed.append((item, result))
        return rows, routed, learned

    def _refuse(self, item: Incoming, result: Outcome, reason: str, detail: str) -> None:
        result.outcome, result.reason, result.detail = REJECTED, reason, detail
        self.tx.bury(
            DeadLetter(0, item.source, item.id, item.type, reason, detail, item.body, self.now, 1, "open")
        )

    def _park(self, item: Incoming, result: Outcome, ref: tuple[str, str]) -> None:
        assert item.source is not None
        assert item.id is not None
        result.outcome = PARKED
        result.reason = "unknown_reference"
        received = self.now if item.received is None else item.received
        kept = self.tx.kept(item.source, item.id)
        if kept is not None:
            result.master_deal_id = kept.deal_id
            result.outcome, result.reason = DUPLICATE, None
            if not same_content(kept.body, item.body):
                self._refuse(item, result, "conflict", "another event was kept under this source and id")
            return
        if not self.tx.park(ParkedRow(item.source, item.id, *ref, received, item.body)):
            waiting = self.tx.parked(item.source, item.id)
            if waiting is not None and not same_content(waiting.body, item.body):
                self._refuse(item, result, "conflict", "another event waits under this source and id")

    def _repeat(self, row: LogRow, item: Incoming, result: Outcome) -> None:
        kept = self.tx.kept(row.source, row.id)
        assert kept is not None
        result.master_deal_id = kept.deal_id
        if kept.type == row.type and same_content(kept.body, row.body):
            result.outcome = DUPLICATE
            if kept.deal_id not in self.desks:
                self._open_desks([kept.deal_id])
        else:
            self._refuse(item, result, "conflict", "another event was kept under this source and id")

    def _open_desks(self, deal_ids: Iterable[str]) -> None:
        # In the order in which deals are first spoken of: that is the order of what is told when the batch ends.
        absent = [deal_id for deal_id in dict.fromkeys(deal_ids) if deal_id not in self.desks]
        if not absent:
            return
        stored = self.tx.states(absent)
        for deal_id in absent:
            row = stored.get(deal_id)
            if row is None:
                self.desks[deal_id] = _Desk(blank(deal_id, self.book.rules), Announced(), -1)
                continue
            known = self.hot.take(row)
            deal, announced = unpack(row) if known is None else (known.deal, known.announced)
            desk = self.desks[deal_id] = _Desk(deal, announced, row.updated, known)
            if _overtaken(deal, announced, self.book, self.now):
                # Without the events of this batch: each of them is told as the cause of what it moves.
                desk.deal = refold(self.tx, deal_id, announced, self.book, self.now, apart=self.fresh)
                desk.touched = desk.described = True
                moved = stage_notices(announced, desk.deal, self.book, None, self.now)
                self.outbox += moved

    def _apply(self, row: LogRow, item: Incoming) -> None:
        desk = self.desks[row.deal_id]
        event = Event(row.source, row.id, row.type, row.time, row.received, row.marked, item.data)
        desk.updated = max(desk.updated, row.received)
        desk.touched = True
        if item.kind is not None and item.kind.name == CREATED:
            desk.described = True
        if not desk.whole:
            if not in_effect(event, self.now):
                desk.announced.scheduled.append(event.key)
            elif follows(desk.deal, event):
                advance(desk.deal, event, self.book.rules, self.book.catalogue)
            else:
                desk.deal = refold(self.tx, row.deal_id, desk.announced, self.book, self.now)
                desk.whole = desk.described = True
        self.outbox += stage_notices(desk.announced, desk.deal, self.book, event, self.now)

    def finish(self) -> None:
        """Judge each deal once, after all of the batch: what one batch proves is never first announced as a breach."""
        rows = []
        for desk in self.desks.values():
            if desk.touched:
                kept, notices = _settle(
                    desk.deal,
                    desk.announced,
                    self.book,
                    self.now,
                    self.now,
                    desk.updated,
                    desk.before,
                    described=desk.described,
                )
                rows.append(kept.row)
                self.hot.keep(kept)
                self.outbox += notices
            elif desk.before is not None:
                self.hot.keep(desk.before)
        self.tx.put(rows)
        self.tx.publish(self.outbox)


def settle(
    deal: Deal, announced: Announced, book: Rulebook, now: int, seen: int, updated: int
) -> tuple[DealRow, list[Notice]]:
    """A deal's row as it stands at `now`, and the notices about its timers and anomalies; updates `announced`.
    `seen` is the clock itself where a sweep works its way through older instants."""
    kept, notices = _settle(deal, announced, book, now, seen, updated)
    return kept.row, notices


def _settle(
    deal: Deal,
    announced: Announced,
    book: Rulebook,
    now: int,
    seen: int,
    updated: int,
    before: Kept | None = None,
    *,
    described: bool = True,
) -> tuple[Kept, list[Notice]]:
    """As `settle`. What has not changed since the deal was settled `before` is taken from there: the timers that still
    are what they were and, unless events have `described` the deal, the words it is found by."""
    earlier = () if before is None else before.judged
    judged = timers(deal, book, now, earlier)
    found = anomalies(deal, book, announced.scheduled)
    notices = clock_notices(announced, deal, judged, found, seen, earlier)
    words = _words(deal) if described or before is None else before.words
    return Kept(_pack(deal, announced, judged, book, updated, words), deal, announced, judged, words), notices


def refold(
    tx: Reading,
    deal_id: str,
    announced: Announced,
    book: Rulebook,
    now: int,
    apart: Collection[tuple[str, str]] = (),
) -> Deal:
    """A deal anew from its log, as far as its events are in effect at `now`; the others become scheduled.
    Events with a source and id in `apart` are left out."""
    events = [
        of_body(row.body, row.type, row.received, marked=row.marked)
        for row in tx.events(deal_id)
        if row.known and (row.source, row.id) not in apart
    ]
    announced.scheduled = [event.key for event in events if not in_effect(event, now)]
    return fold(deal_id, [event for event in events if in_effect(event, now)], book.rules, book.catalogue)


def opened(tx: Reading, row: DealRow, book: Rulebook, now: int) -> tuple[Deal, Announced]:
    """A deal and what was announced about it, from its row, brought to `now` and to the book's rules where the
    stored state lags behind them."""
    deal, announced = unpack(row)
    if _overtaken(deal, announced, book, now):
        deal = refold(tx, row.deal_id, announced, book, now)
    return deal, announced


def _overtaken(deal: Deal, announced: Announced, book: Rulebook, now: int) -> bool:
    """Whether other rules judged the deal, or the time of one of its scheduled events has come."""
    return deal.rules != book.rules.name or (
        bool(announced.scheduled) and any(time <= now for time, _, _ in announced.scheduled)
    )


def _pack(
    deal: Deal, announced: Announced, judged: Sequence[sla.Timer], book: Rulebook, updated: int, words: Words
) -> DealRow:
    alarms = [time for time, _, _ in announced.scheduled]
    states = ""
    for timer in judged:
        states += f" {timer.name}={timer.state}"
        alarm = sla.next_alarm(timer)
        if alarm is not None:
            alarms.append(alarm)
    step = book.rules.step_of(deal.mask)
    return DealRow(
        deal.deal_id,
        _encode(deal),
        _encode(announced),
        min(alarms) if alarms else None,
        updated,
        deal.stage,
        step.number if step else None,
        words.industry,
        words.client_type,
        words.budget,
        words.manager,
        states + " ",
        words.search,
    )


def _words(deal: Deal) -> Words:
    attributes = deal.attributes
    client = attributes.get("client") or {}
    found = [
        deal.deal_id,
        attributes.get("title"),
        client.get("name"),
        client.get("inn"),
        attributes.get("manager"),
        *(f"{system}:{ref}" for system, ref in deal.refs),
    ]
    return Words(
        attributes.get("industry"),
        attributes.get("client_type"),
        _minor(attributes.get("budget")),
        attributes.get("manager"),
        "\n".join(word for word in found if word).casefold(),
    )


def _minor(budget: dict[str, Any] | None) -> int | None:
    if budget is None:
        return None
    return max(-_LARGEST, min(_LARGEST, int(Decimal(budget["amount"]).scaleb(2))))
