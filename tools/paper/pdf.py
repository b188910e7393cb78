"""An offer as PDF, or as PNG pages to look at. Fonts are the renderer's own, so every machine prints the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time

import typst

from tools.offer import Offer
from tools.paper.offer_view import offer_view
from tools.paper.wording import template


def offer_pdf(offer: Offer, lang: str = "ru") -> bytes:
    """The offer on A4; the same offer gives the same bytes."""
    made = datetime.combine(offer.made_on, time(), tzinfo=UTC)
    return bytes(
        typst.compile(
            template("offer.typ"),
            format="pdf",
            sys_inputs={"offer": json.dumps(offer_view(offer, lang), ensure_ascii=False)},
            ignore_system_fonts=True,
            timestamp=int(made.timestamp()),
        )
    )


def offer_pages(offer: Offer, lang: str = "ru", ppi: float = 96) -> list[bytes]:
    """Each page as PNG."""
    pages: object = typst.compile(
        template("offer.typ"),
        format="png",
        ppi=ppi,
        sys_inputs={"offer": json.dumps(offer_view(offer, lang), ensure_ascii=False)},
        ignore_system_fonts=True,
    )
    if isinstance(pages, list):
        return [bytes(page) for page in pages]
    assert isinstance(pages, bytes)
    return [pages]
