"""An approved offer as a source of the knowledge base."""

from __future__ import annotations

from masterdeal.errors import Malformed, TooLarge
from masterdeal.ports import Writing
from tools.knowledge.keeping import to_add
from tools.knowledge.source import read_source
from tools.offer import Offer


def offer_text(offer: Offer) -> str:
    """What an offer offered, a numbered line each: found by client, product, channel and format."""
    head = f"КП {offer.number} от {offer.made_on:%d.%m.%Y}: {offer.client or 'клиент не назван'}, {offer.product or ''}"
    lines = [
        f"{line.number}. {line.title}: {line.period_start:%d.%m.%Y}–{line.period_end:%d.%m.%Y}, {line.units} {line.unit}, "
        f"цена {line.price.amount} без НДС, стоимость {line.cost.amount} без НДС."
        for line in offer.lines
    ]
    terms = [clause.text for clause in offer.terms]
    return "\n".join([head.rstrip(", "), *lines, f"Итого с НДС: {offer.totals.gross.amount}.", *terms])


def keep_offer(tx: Writing, offer: Offer, master_deal_id: str | None, now: int, at: str) -> None:
    """File an approved offer as a source, in the transaction of its approval; seen by those who see its deal.
    A text that cannot be read is no source, and no reason to refuse the approval."""
    text = offer_text(offer)
    try:
        source = read_source(
            offer.offer_id,
            text,
            kind="offer",
            title=f"КП {offer.number}",
            master_deal_id=master_deal_id,
            added_at=at,
        )
    except (Malformed, TooLarge):
        return
    for kind, papers in to_add(tx, source, text).papers.items():
        tx.file(kind, papers, now)
