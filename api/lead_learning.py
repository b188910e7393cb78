"""The learned score of the installation: trained on its own finished deals, kept, judged, or refused for want of history."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any, Final

from api.lead_book import today
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


def card_of_today(house: House) -> ScoreCard | None:
    """The card that scores the leads of an import; the history is looked at again once a day. None where it refuses."""
    kept = known(house)
    if kept is None or today(house) - date.fromisoformat(kept["learned_on"]) >= FRESH:
        kept = learn(house)
    return ScoreCard.model_validate(kept["card"]) if kept["card"] else None


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


def chance(card: ScoreCard | None, lead: Lead) -> dict[str, Any] | None:
    """The learned score of a lead as it is kept beside the verdict, never in it; None without a card."""
    if card is None:
        return None
    found = learned_score(card, lead_row(lead))
    return {
        **plain(found),
        "auc": card.judgement.auc,
        "calibration_error": card.judgement.calibration_error,
        "trained_on": card.trained_on,
    }
