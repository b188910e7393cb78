"""The learned score of the installation: trained on its own finished deals, kept, judged, or refused for want of history."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from api.lead_book import as_lead, today
from api.wiring import House
from masterdeal import instant
from masterdeal.catalogue import CREATED
from masterdeal.ports import DealFilter, Reading
from tools.drafting import plain
from tools.lead_score.features import deal_row, lead_row
from tools.lead_score.learned import Row, ScoreCard, TooLittleHistory, learned_score, score_settings, train
from tools.leads.merging import Lead

KIND: Final = "lead-score"
THE_ONE: Final = "of-this-installation"
# Of a longer history so many finished deals are learnt from, in the order of their identifiers: a sample as good as another.
MOST_DEALS: Final = 20_000
# So long a score, or its refusal, is taken as it is before the history is looked at again.
FRESH: Final = timedelta(days=1)
_PAGE: Final = 500


def finished(read: Reading, house: House) -> tuple[list[Row], list[bool]]:
    """Deals that ended, as they were when created, and whether each was won: closed, not cancelled. A deal whose creation
    nobody reported is no history."""
    rules, after = house.book.rules, ""
    rows: list[Row] = []
    won: list[bool] = []
    where = DealFilter(stage=tuple(rules.terminal))
    while len(rows) < MOST_DEALS and (deals := read.deals(where, after, _PAGE)):
        for deal in deals:
            told = [event for event in read.events(deal.deal_id) if event.known and event.type == CREATED]
            if told:
                first = min(told, key=lambda event: (event.time, event.received))
                data = json.loads(first.body).get("data")
                rows.append(deal_row(data if isinstance(data, dict) else {}))
                won.append(deal.stage == rules.ladder[-1])
        after = deals[-1].deal_id
    return rows, won


def learn(house: House) -> dict[str, Any]:
    """Train the score anew and keep it. Where there is too little history the refusal is kept, with what is missing."""
    with house.store.reading() as read:
        rows, won = finished(read, house)
    now = house.clock()
    settings = score_settings()
    kept: dict[str, Any] = {
        "learned_on": today(house).isoformat(),
        "learned_at": instant.iso(now),
        "won": sum(won),
        "lost": len(won) - sum(won),
        "needed": {"won": settings.won, "lost": settings.lost},
        "version": settings.version,
    }
    try:
        kept |= {"state": "learned", "card": plain(train(rows, won, settings))}
    except TooLittleHistory:
        kept |= {"state": "too-little-history", "card": None}
    with house.store.writing() as tx:
        tx.file(KIND, {THE_ONE: json.dumps(kept, ensure_ascii=False)}, now)
    return kept


def known(house: House) -> dict[str, Any] | None:
    """The score that is kept, or its refusal; None where the history was never looked at."""
    with house.store.reading() as read:
        text = read.archived(KIND, THE_ONE)
    kept: dict[str, Any] | None = None if text is None else json.loads(text)
    return kept


class Learnt(NamedTuple):
    """A card, and the instant it was learnt, which is the version of every score it gives."""

    card: ScoreCard
    learned_at: str


def card_of_today(house: House) -> Learnt | None:
    """The card that scores the leads of an import; the history is looked at again once a day. None where it refuses."""
    kept = known(house)
    if kept is None or today(house) - date.fromisoformat(kept["learned_on"]) >= FRESH:
        kept = learn(house)
    return _learnt(kept)


def _learnt(kept: dict[str, Any] | None) -> Learnt | None:
    if kept is None or not kept["card"]:
        return None
    return Learnt(ScoreCard.model_validate(kept["card"]), kept["learned_at"])


def reliability(kept: dict[str, Any] | None) -> dict[str, Any]:
    """What a person needs to know before trusting the score: on how many deals it was learnt, how well it ranks leads it
    has not seen, how far its probabilities are off; or why there is none."""
    if kept is None:
        settings = score_settings()
        return {"state": "not-learned", "needed": {"won": settings.won, "lost": settings.lost}}
    shown = {name: value for name, value in kept.items() if name != "card"}
    if kept["card"]:
        card = kept["card"]
        shown |= {
            "judgement": card["judgement"],
            "suspects": card["suspects"],
            "columns": [one["name"] for one in card["columns"]],
        }
    return shown


def chance(learnt: Learnt | None, lead: Lead) -> dict[str, Any] | None:
    """The learned score of a lead as it is kept beside the verdict, never in it; None without a card."""
    if learnt is None:
        return None
    card = learnt.card
    found = learned_score(card, lead_row(lead))
    return {
        **plain(found),
        "auc": card.judgement.auc,
        "calibration_error": card.judgement.calibration_error,
        "trained_on": card.trained_on,
        "learned_at": learnt.learned_at,
    }


def scored_now(house: House, leads: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Kept leads as they are read: each with its chance by the card that is kept now, also where the lead was imported
    before anything was learnt or under an earlier card. `learned_at` says which card it is. Where the history refuses a
    card now, a lead keeps the score it was given, with its date. Nothing is learnt and nothing is written by reading."""
    learnt = _learnt(known(house))
    if learnt is None:
        return list(leads)
    return [
        lead
        if (lead.get("learned_score") or {}).get("learned_at") == learnt.learned_at
        else lead | {"learned_score": chance(learnt, as_lead(lead))}
        for lead in leads
    ]
