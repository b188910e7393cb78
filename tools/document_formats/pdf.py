"""PDF through kreuzberg (pdfium), page by page, without OCR."""

from __future__ import annotations

import kreuzberg
from kreuzberg import ExtractionConfig, KreuzbergError, PageConfig

from tools.document_formats.piece import Broken, Encrypted, NoText, Piece, joined, unix_lines


def read(content: bytes) -> Piece:
    """The text layer; the pages are its spans, named by their number."""
    settings = ExtractionConfig(
        use_cache=False,
        enable_quality_processing=False,
        pages=PageConfig(extract_pages=True),
    )
    try:
        result = kreuzberg.extract_bytes_sync(content, "application/pdf", settings)
    except KreuzbergError as problem:
        if "password" in str(problem).lower():
            raise Encrypted from problem
        raise Broken("not a readable PDF") from problem
    texts = [unix_lines(page["content"]) for page in result.pages or []]
    if not any(text.strip() for text in texts):
        raise NoText(pages=max(len(texts), int(result.metadata.get("page_count") or 1)))
    return joined([(str(number), "page", text) for number, text in enumerate(texts, start=1)])
