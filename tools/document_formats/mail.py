"""Mails through the standard library: headers a reader needs, the body, then the attachments, each under its name."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

from tools.document_formats.piece import Broken, Piece, Span, unix_lines

SHOWN_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_BLOCKS = {"p", "div", "tr", "li", "table", "blockquote", "h1", "h2", "h3", "h4"}


class _VisibleText(HTMLParser):
    """The text a person sees: blocks become lines, table cells are joined by ' | ', quoting becomes '> '."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self._hidden = 0
        self._quoted = 0
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in ("script", "style", "head"):
            self._hidden += 1
        elif tag == "br" or tag in _BLOCKS:
            self._break()
            self._quoted += tag == "blockquote"
            self._cells = 0 if tag == "tr" else self._cells
        elif tag in ("td", "th"):
            if self._cells:
                self.lines[-1] += " | "
            self._cells += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "head"):
            self._hidden = max(0, self._hidden - 1)
        elif tag in _BLOCKS:
            self._quoted -= tag == "blockquote" and self._quoted > 0
            if tag == "tr" or not self._cells:
                self._break()
            self._cells = 0 if tag == "tr" else self._cells

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            text = " ".join(data.split())
            if text:
                glue = (
                    " " if self.lines[-1] and not self.lines[-1].endswith(" ") and data[0].isspace() else ""
                )
                self.lines[-1] += glue + text + (" " if data[-1].isspace() else "")

    def _break(self) -> None:
        if self.lines[-1].strip():
            prefix = "> " * self._quoted
            self.lines[-1] = prefix + self.lines[-1].strip()
            self.lines.append("")

    def text(self) -> str:
        self._break()
        return "\n".join(line for line in self.lines if line.strip())


def _visible(html: str) -> str:
    parser = _VisibleText()
    parser.feed(html)
    parser.close()
    return parser.text()


def _body(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        content = part.get_content()
    except LookupError:  # an encoding nobody knows
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""
    text = unix_lines(str(content))
    return _visible(text) if part.get_content_subtype() == "html" else text


def _attachment_bytes(part: EmailMessage) -> bytes:
    try:
        content = part.get_content()
    except LookupError:  # a content type or an encoding nobody knows
        content = part.get_payload(decode=True) or b""
    if isinstance(content, EmailMessage):
        return content.as_bytes()
    return content if isinstance(content, bytes) else str(content).encode()


def read(content: bytes, read_attachment: Callable[[str, bytes], Piece | str]) -> Piece:
    """Headers and body first, then each attachment. `read_attachment` gives its piece or why it was not read."""
    message = message_from_bytes(content, policy=policy.default)
    if not message.keys() or not any(
        message.get(name) for name in (*SHOWN_HEADERS, "Message-ID", "Received")
    ):
        raise Broken("no mail headers")
    head = "\n".join(f"{name}: {message[name]}" for name in SHOWN_HEADERS if message[name])
    text = f"{head}\n\n{_body(message).strip()}".strip()
    spans = [Span("body", "eml", 0, len(text))]
    for part in message.iter_attachments():
        subject = part.get_content_type() == "message/rfc822"
        name = part.get_filename() or ("attached.eml" if subject else "attachment")
        piece = read_attachment(name, _attachment_bytes(part))
        if isinstance(piece, str):
            spans.append(Span(name, "attachment", len(text), len(text), piece))
        elif piece.text.strip():
            at = len(text) + 2
            text = f"{text}\n\n{piece.text}"
            spans.append(Span(name, "attachment", at, len(text)))
    return Piece(text, 1, tuple(spans))
