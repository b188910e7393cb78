"""The risk memo as DOCX, from a template that lawyers edit in their word processor (`templates/memo.docx`)."""

from __future__ import annotations

import io

from docxtpl import DocxTemplate

from tools.paper.memo_view import Reviewed, memo_view
from tools.paper.wording import template


def memo_document(reviewed: Reviewed, lang: str = "ru", edited: bytes | None = None) -> bytes:
    """The memo in the packaged template, or in one `edited` by the reader; names in {{ }} are those of the view."""
    document = DocxTemplate(io.BytesIO(template("memo.docx") if edited is None else edited))
    document.render(memo_view(reviewed, lang), autoescape=True)
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()
