"""An offer as words and formatted figures, the same for every paper it is printed on."""

from __future__ import annotations

from typing import Any

from tools.offer import Offer
from tools.paper.wording import count, day, labels, money, percent, period, unit_name


def offer_view(offer: Offer, lang: str = "ru") -> dict[str, Any]:
    """What a template needs, JSON-ready: labels, header, lines, sums, clauses. Nothing is counted here."""
    word = labels(lang)
    totals = offer.totals
    sums = [[word["net_total"], money(totals.net.amount)], [word["vat_total"], money(totals.vat.amount)]]
    if totals.gross.vat == "none":
        sums = [[word["vat_none"], money(totals.vat.amount)]]
    if offer.discount:
        sums = [
            [word["list_net"], money(totals.list_net.amount)],
            [f"{word['discount']} {percent(offer.discount)}", "−" + money(totals.discount.amount)],
            *sums,
        ]
    return {
        "label": dict(word),
        "title": f"{word['offer']} {word['number']} {offer.number}",
        "dated": f"{word['from']} {day(offer.made_on)}, {word['version']} {offer.version}",
        "valid_until": day(offer.valid_until),
        "client": offer.client or "–",
        "product": offer.product or "",
        "lines": [
            {
                "number": str(line.number),
                "title": line.title,
                "period": period(line.period_start, line.period_end),
                "model": line.model,
                "unit": unit_name(line.unit, lang),
                "units": count(line.units),
                "price": money(line.price.amount),
                "cost": money(line.cost.amount),
                "vat_rate": "–" if line.vat_rate is None else percent(line.vat_rate),
                "vat": money(line.vat_amount.amount),
                "gross": money(line.gross.amount),
            }
            for line in offer.lines
        ],
        "sums": sums,
        "gross": money(totals.gross.amount),
        "in_words": totals.in_words,
        "forecast": [
            [word["impressions"], count(totals.impressions)],
            [word["reach"], count(totals.reach)],
            [
                word["frequency"],
                "–" if totals.frequency is None else f"{totals.frequency:.2f}".replace(".", ","),
            ],
            [word["clicks"], count(totals.clicks)],
        ],
        "terms": [clause.text for clause in offer.terms],
        "legal": [
            f"{clause.text} ({clause.law})" if clause.law and clause.law not in clause.text else clause.text
            for clause in (*offer.legal_notes, offer.levy)
        ],
        "assumptions": list(offer.assumptions),
        "hash": offer.hash,
    }
