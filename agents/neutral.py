"""Texts of answers without markup that acts: no image that calls home, no link in disguise, no HTML."""

from __future__ import annotations

import re
from typing import Final

# An image or a link of Markdown, a reference or an automatic link, a tag or a comment of HTML, a scheme that runs code.
_IMAGE: Final = re.compile(r"!(?=\[)")
_LINK: Final = re.compile(r"\](?=[(\[:])")
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")
_SCHEME: Final = re.compile(r"\b(?:javascript|vbscript)(?=\s*:)|\bdata(?=:\w+/)", re.IGNORECASE)


def neutral(text: str) -> str:
    """The text with such markup taken apart, so that a page which renders it shows it as it is written. Applying it
    again changes nothing."""
    text = _IMAGE.sub("! ", text)
    text = _LINK.sub("] ·", text)
    text = _TAG.sub("‹", text)
    return _SCHEME.sub(lambda found: f"{found.group()[0]}·{found.group()[1:]}", text)
