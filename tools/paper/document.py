"""An offer as DOCX, from a template that lawyers edit in their word processor (`templates/offer.docx`)."""

from __future__ import annotations

import io

from docxtpl import DocxTemplate

from tools.offer import Offer
from tools.paper.offer_view import offer_view
from tools.paper.wording import template


def offer_document(offer: Offer, lang: str = "ru", edited: bytes | None = None) -> bytes:
    """The offer in the packaged template, or in one `edited` by the reader; names in {{ }} are those of the view."""
    document = DocxTemplate(io.BytesIO(template("offer.docx") if edited is None else edited))
    document.render(offer_view(offer, lang), autoescape=True)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()
