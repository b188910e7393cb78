"""The text of a law cut by article, part and item. Page furniture and a legal database's notes are left out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from masterdeal.errors import Malformed
from tools.knowledge.citation import Citation
from tools.knowledge.passage import Passage

LONGEST: Final = 900
"""Characters of a passage: about what one embedding of a small model can tell apart."""

_ARTICLE: Final = re.compile(r"(?:Статья|СТАТЬЯ)\s+(\d+(?:\.\d+)?)\s*\.?\s+(?=[А-ЯЁ«\"])(.*)")
_CHAPTER: Final = re.compile(
    r"(?:Глава|ГЛАВА|Раздел|РАЗДЕЛ)\s+(?:\d+(?:\.\d+)?|[IVX]+)\.?\s+(?=[А-ЯЁ«\"])(.*)"
)
_PART: Final = re.compile(r"(\d{1,2}(?:\.\d{1,2})?(?:-\d{1,2})?)\.\s+(?=[А-ЯЁ«\"])")
_ITEM: Final = re.compile(r"(\d{1,2}(?:\.\d{1,2})?)\)\s+")
_LETTERED: Final = re.compile(r"[а-яё]\)\s+")
_INLINE: Final = re.compile(r"(?<=[.;:]) (?:(\d{1,2})\)|(\d{1,2}(?:\.\d{1,2})?)\.) (?=[а-яА-ЯЁё«\"])")
_NOTE_HEADS: Final = (
    "ГАРАНТ:",
    "Информация об изменениях:",
    "Информация об изменениях",
    "КонсультантПлюс: примечание.",
)
_NOTE: Final = re.compile(
    r"См\. .*|Положения? (?:пункт|част|абзац|стать)\w*.*|К нормативным правовым актам .*|Со дня утверждения .*|"
    r"Согласно Федеральному закону .*|О[бе]? .* см\.? .*|Договоры на распространение рекламы .*, заключенные .*"
)
_CHANGED: Final = re.compile(r"(?:Федеральным законом|Статья|Часть|Пункт|Абзац|Наименование|Глава)\b.*")
_IN_BRACKETS: Final = re.compile(
    r"\((?:в ред\.|(?:часть|п\.|пункт|статья|абзац)\b[^()]{0,40}(?:введен|в ред\.)).*\)"
)
_PAGE: Final = re.compile(r"\d{1,4}")
_TITLE: Final = re.compile(
    r"(?P<kind>Федеральный закон|Закон Российской Федерации|Закон РФ|Федеральный конституционный закон)[^\n]*?"
    r"(?:N|№)\s*(?P<number>\d{1,4}-(?:ФЗ|ФКЗ|I))(?:\s*[\"«](?P<name>[^\"»\n]+)[\"»])?"
)


@dataclass(frozen=True)
class _Line:
    text: str
    start: int
    end: int


@dataclass
class _Unit:
    """A part or an item being read; `text` is what stands in it, with single spaces."""

    number: str | None
    start: int
    end: int
    text: str = ""
    items: list[_Unit] = field(default_factory=list)

    def add(self, text: str, end: int) -> None:
        self.text = f"{self.text} {text}".strip()
        self.end = end


@dataclass
class _Article:
    number: str
    title: str
    chapter: str
    start: int
    parts: list[_Unit] = field(default_factory=list)


def act_name(text: str) -> str | None:
    """Short name of the act a text begins with: 38-ФЗ «О рекламе»; None where it does not say."""
    found = _TITLE.search(text[:2000])
    if found is None:
        return None
    return f"{found['number']} «{found['name'].strip()}»" if found["name"] else found["number"]


def reads_as_law(text: str) -> bool:
    """Whether a text is cut into articles."""
    return sum(1 for line in _lines(text) if _ARTICLE.fullmatch(line.text)) >= 3


def cut_law(text: str, act: str) -> tuple[Passage, ...]:
    """The passages of a law, each with its article, part and item. Malformed where there are no articles."""
    articles = _articles(text)
    if not articles:
        raise Malformed("The text has no articles: it is not the text of a law", reason="no_articles")
    return tuple(passage for article in articles for passage in _passages(article, act))


def _lines(text: str) -> list[_Line]:
    """Lines that say something, without page furniture: what recurs on every page."""
    raw = []
    at = 0
    for physical in _glued(text).split("\n"):
        stripped = physical.strip()
        if stripped:
            start = at + physical.index(stripped[0])
            raw.append(_Line(re.sub(r"\s+", " ", stripped), start, start + len(stripped)))
        at += len(physical) + 1
    if not raw:
        return []
    seen = Counter(line.text for line in raw)
    header = _header(raw)
    kept = []
    for place, line in enumerate(raw):
        if seen[line.text] >= 6 and line.text not in _NOTE_HEADS and not line.text.startswith("См. "):
            continue
        if _PAGE.fullmatch(line.text):
            continue
        if place and header and line.text.startswith(header):
            rest = line.text[len(header) :].strip()
            if not rest:
                continue
            line = _Line(rest, line.end - len(rest), line.end)
        kept.append(line)
    return kept


def _glued(text: str) -> str:
    """The text with a note that begins inside a line put on a line of its own; no offset moves."""
    for head in ("ГАРАНТ:", "Информация об изменениях:"):
        text = text.replace(f" {head}", f"\n{head}")
    return re.sub(
        r"(Информация об изменениях)(: |:)(?=\S)",
        lambda found: found[1] + (":" if found[2] == ": " else "") + "\n",
        text,
    )


def _header(lines: Sequence[_Line]) -> str:
    """The running head: the first line, where it stands again at the beginning of others."""
    head = lines[0].text
    return head if sum(line.text.startswith(head) for line in lines[1:]) >= 2 else ""


def _is_mark(line: str) -> bool:
    return any(mark.match(line) for mark in (_ARTICLE, _CHAPTER, _PART, _ITEM, _LETTERED))


def _law_lines(text: str) -> Iterator[_Line]:
    """The lines of the law itself; an empty line stands where notes were left out."""
    noting = ""
    for line in _lines(text):
        if line.text in _NOTE_HEADS:
            noting = line.text
            yield _Line("", line.start, line.start)
            continue
        if _IN_BRACKETS.fullmatch(line.text):
            continue
        if noting:
            if _is_mark(line.text):
                noting = ""
            elif _belongs_to_note(line.text, noting):
                noting = "text" if line.text.endswith((".", "редакции")) and noting == "See" else noting
                noting = "See" if line.text.startswith("См. ") else noting
                continue
            else:
                noting = ""
        yield line


def _belongs_to_note(line: str, noting: str) -> bool:
    """A note goes on while its lines look like one, or like the middle of a sentence."""
    if _NOTE.match(line) or (noting.startswith("Информация") and _CHANGED.match(line)):
        return True
    return not line[0].isupper() or noting.startswith("Информация")


def _articles(text: str) -> list[_Article]:
    articles: list[_Article] = []
    chapter = ""
    heading = False
    for line in _law_lines(text):
        if not line.text:
            heading = False
            continue
        if found := _CHAPTER.fullmatch(line.text):
            chapter, heading = found[1], False
            continue
        if found := _ARTICLE.fullmatch(line.text):
            articles.append(_Article(found[1], found[2].strip(), chapter, line.start))
            heading = True
            continue
        if not articles:
            continue
        article = articles[-1]
        if heading and not _is_mark(line.text) and _continues_title(line.text):
            article.title = f"{article.title} {line.text}"
            continue
        heading = False
        _take(article, line)
    return articles


def _continues_title(line: str) -> bool:
    """A title goes on in small letters, or in a short line that is no sentence."""
    return line[0].islower() or (len(line) < 40 and line[-1] not in ".;:")


def _take(article: _Article, line: _Line) -> None:
    """Add a line to an article; marks inside it count only where they continue the numbering."""
    rest, at = line.text, line.start
    first = True
    while rest:
        found = _mark_at(article, rest, first)
        cut = _next_inline(article, rest, found)
        piece, following = (rest[:cut], rest[cut:].lstrip()) if cut else (rest, "")
        end = min(line.end, at + len(piece))
        if found is not None:
            kind, number, length = found
            unit = _Unit(number, at, end)
            if kind == "part":
                article.parts.append(unit)
            else:
                if not article.parts:
                    article.parts.append(_Unit(None, at, at))
                article.parts[-1].items.append(unit)
            unit.add(piece[length:], end)
        else:
            _tail(article, at).add(piece, end)
        at = min(line.end, at + len(piece) + 1)
        rest, first = following, False


def _tail(article: _Article, at: int) -> _Unit:
    if not article.parts:
        article.parts.append(_Unit(None, at, at))
    part = article.parts[-1]
    return part.items[-1] if part.items else part


def _mark_at(article: _Article, text: str, at_line_start: bool) -> tuple[str, str, int] | None:
    found = _PART.match(text)
    if found and _follows(article.parts[-1].number if article.parts else None, found[1], at_line_start):
        return "part", found[1], found.end()
    found = _ITEM.match(text)
    if found:
        items = article.parts[-1].items if article.parts else []
        if _follows(items[-1].number if items else None, found[1], at_line_start):
            return "item", found[1], found.end()
    return None


def _next_inline(article: _Article, text: str, found: tuple[str, str, int] | None) -> int:
    """Where the next mark begins inside a line that goes on, 0 if there is none."""
    for inner in _INLINE.finditer(text):
        number = inner[1] or inner[2]
        items = article.parts[-1].items if article.parts else []
        if inner[1]:
            last = found[1] if found and found[0] == "item" else None
            if last is None and not (found and found[0] == "part"):
                last = items[-1].number if items else None
        else:
            last = found[1] if found and found[0] == "part" else None
            last = last or (article.parts[-1].number if article.parts else None)
        if _follows(last, number, False):
            return inner.start()
    return 0


def _key(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.split(r"[.-]", number))


def _follows(last: str | None, number: str, loose: bool) -> bool:
    """Whether a number continues a numbering: the next one, or one between; at the start of a line a gap is allowed."""
    key = _key(number)
    if last is None:
        return key[0] == 1 or (loose and key[0] <= 2)
    before = _key(last)
    return (
        key > before
        and key[0] - before[0] <= (3 if loose else 1)
        and (loose or key[0] != before[0] or len(key) > 1)
    )


def _passages(article: _Article, act: str) -> Iterator[Passage]:
    title = f"Статья {article.number}. {article.title}"
    if not article.parts:
        place = Citation(act=act, article=article.number)
        end = article.start + len(title)
        yield Passage(citation=place, heading=title, text=article.title, start=article.start, end=end)
    for part in article.parts:
        end = part.items[-1].end if part.items else part.end
        place = Citation(act=act, article=article.number, part=part.number)
        whole = " ".join([part.text, *(f"{item.number}) {item.text}" for item in part.items)]).strip()
        if len(whole) <= LONGEST or not part.items:
            yield from split(place, title, whole, part.start, end)
            if not part.items or len(part.items) == 1:
                continue
        elif part.text:
            yield from split(place, title, part.text, part.start, part.end)
        lead = f"{title}. {part.text[:160]}"
        for item in part.items:
            inner = place.model_copy(update={"item": item.number})
            yield from split(inner, lead, item.text, item.start, item.end)


def split(place: Citation, heading: str, text: str, start: int, end: int) -> Iterator[Passage]:
    """A long text as several passages of one place, broken between sentences; each keeps the place's offsets."""
    pieces = [""]
    for sentence in re.split(r"(?<=[.;]) (?=[А-ЯЁA-Zа-яё«\"\d])", text):
        if pieces[-1] and len(pieces[-1]) + len(sentence) > LONGEST:
            pieces.append(sentence)
        else:
            pieces[-1] = f"{pieces[-1]} {sentence}".strip()
    for piece in pieces:
        if piece:
            yield Passage(citation=place, heading=heading, text=piece, start=start, end=end)
