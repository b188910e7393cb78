"""Forms, tables and headings: which stretch of a text answers which heading."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.kpi import metric_phrases
from tools.brief_reading.lexicon import Mention, Phrases, forms, phrases, table
from tools.brief_reading.thread import Message

_BULLET = re.compile(
    r"^(?:\s*>)*[\s#*•·●▪◦✅🔹|–—-]*(?:(?:\d{1,2}(?:\.\d{1,2})*[.)]|[a-zа-я]\))\s+)?[\s*_]*", re.IGNORECASE
)
_SPLIT = re.compile(
    r"\s*\*{0,2}\s*(?::(?!//|\d)\*{0,2}|\||\t|=)\s*|\s+[—–-]\s+|\s[—–]|(?<=[а-яёa-z])[—–]\s?|(?<=[а-яё])-\s",
    re.IGNORECASE,
)
_SPLIT_ROWS = re.compile(_SPLIT.pattern + r"|\s*;\s*", re.IGNORECASE)
_AFTER_LABEL = re.compile(
    r"(?:\s*\([^)\n]{0,60}\))?(?:,?\s*(?:тыс\.?|млн\.?)?\s*(?:руб\w*\.?|₽))?\s*\*{0,2}\s*(?:[:=]\*{0,2}(?!//)|\s[—–-](?=\s)|[—–](?=\s))\s*"
)
_BEFORE_LABEL = re.compile(r"(?:^|[\n.;,|!?()•]|\s[—–/-])[\s>*_#•—–/-]*$")
_SHORTENED = re.compile(
    r"(?:\b(?:incl|excl|вкл|т\.\s?ч|approx|min|max|мин|макс|обл|наб|ниж|ст|нов)\.|\b(?:руб|тыс|млн)\.\s*\()$",
    re.IGNORECASE,
)
_MARKED = re.compile(r"^(?:\s*>)*\s*(?:#{1,6}\s|\*\*[^*\n]+\*\*:?\s*$|\d{1,2}\.\s)")
_SKIP = frozenset(
    [
        "наш",
        "ваш",
        "какой",
        "каков",
        "какова",
        "каковы",
        "планируемый",
        "желаемый",
        "основной",
        "общий",
        "предполагаемый",
        "the",
        "our",
        "your",
        "и",
        "по",
        "на",
        "в",
        "для",
        "о",
        "об",
        "к",
        "с",
        "примерный",
        "главный",
        "краткий",
        "данные",
        "рк",
        "кампания",
        "кампании",
        "what",
        "is",
        "are",
        "this",
        "вопрос",
        "поле",
        "раздел",
        "блок",
        "описание",
        "проект",
        "целевая",
        "рекламной",
        "рекламная",
        "какие",
        "нужен",
        "нужны",
        "нас",
        "у",
        "вас",
        "вы",
        "вам",
        "ваш",
        "мы",
        "ли",
        "есть",
        "предпочтительный",
    ]
)


_EVENTS = frozenset(
    (
        "фестиваль",
        "мероприятие",
        "концерт",
        "выставка",
        "событие",
        "премьера",
        "конференция",
        "форум",
        "матч",
        "ярмарка",
        "праздник",
    )
)


_SHORT = frozenset(
    (
        "period",
        "period_start",
        "period_end",
        "duration",
        "geo",
        "age",
        "sex",
        "landing_page",
        "-split",
        "-price",
        "-past",
        "-competitors",
        "-creative",
        "-reply",
        "-payment",
        "-requisites",
    )
)
"""Fields answered in one sentence: what follows on the line is free text again."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    start: int
    end: int
    label: str | None
    label_start: int
    table: bool = False
    label_end: int = 0


@cache
def label_phrases() -> Phrases:
    """Headings of fields, and of the rows that answer no field under names that begin with a dash."""
    listed: dict[str, list[str]] = dict(table("labels")["field"])
    listed.update({f"-{name}": words for name, words in table("labels")["other"].items()})
    return Phrases(listed)


def _small(word: str) -> bool:
    return not _SKIP.isdisjoint(forms(word))


def _best(mentions: list[Mention]) -> Mention | None:
    return max(
        mentions,
        key=lambda found: (
            found.size,
            found.key.startswith("-"),
            found.key == "excluded_channels" and found.end - found.start > 4,
            -found.start,
        ),
        default=None,
    )


class _Layout:
    def __init__(self, note: AnnotatedText) -> None:
        self.note = note
        self.text = note.text
        self.labels = label_phrases()
        self.split = _SPLIT_ROWS if self._rows_of_semicolons() else _SPLIT

    def _rows_of_semicolons(self) -> bool:
        """Whether most lines are "heading;value", as a spreadsheet saves them."""
        at, rows, lines = 0, 0, 0
        for line in self.text.split("\n")[:60]:
            head = line.partition(";")[0]
            lines += bool(line.strip())
            rows += ";" in line and self.key(at, at + len(head), False, False) is not None
            at += len(line) + 1
        return rows >= 3 and rows * 2 > lines

    def _words(self, start: int, end: int) -> list[str]:
        return [token.word for token in self.note.between(start, end) if token.word[0].isalpha()]

    def _uncovered(self, start: int, end: int, mention: Mention) -> int:
        left = self._words(start, mention.start) + self._words(mention.end, end)
        return sum(1 for word in left if not _small(word))

    def key(self, start: int, end: int, cell: bool, loose: bool) -> Mention | None:
        """The heading a key stands for: `cell` of a table may hold more words, a key before a dash none."""
        words = self._words(start, end)
        inner = re.sub(r"\([^)]*\)", "", self.text[start:end])
        if re.search(r"[.!?]\s+[А-ЯЁA-Z]", inner):
            return None
        if not words or len(words) > (14 if cell else 9) or (re.search(r"\d", inner) and not cell):
            return None
        outside = [
            found
            for found in self.note.mentions(self.labels, start, end)
            if "(" not in self.text[start : found.start] or cell
        ]
        slash = self.text.find("/", start, end)
        best = (
            _best([found for found in outside if slash > 0 and _BRAND.fullmatch(self.text[start:slash])][-1:])
            or _best([found for found in outside if slash < 0 or found.end <= slash])
            or _best(outside)
        )
        if best is None:
            return None
        best = self._plural(best)
        before = [word for word in self._words(start, best.start) if not _small(word)]
        after = [
            word
            for word in self._words(best.end, start + len(self.text[start:end].split("(")[0]))
            if not _small(word)
        ]
        if cell:
            return best
        if re.search(r"[.!?]\s", self.text[start : best.start]):
            return None
        if after and after[0] == "от":  # "Задача от директора: ..." says whose it is, not what
            return None
        if best.key.startswith("period") and not _EVENTS.isdisjoint(
            form for word in after for form in forms(word)
        ):
            return None  # when the festival is, not when it is advertised
        if (
            best.key == "client"
            and before
            and self.note.tokens[best.first].word in ("клиента", "заказчика", "бренда", "компании")
        ):
            return None  # "Со слов клиента: ..." says whose words they are
        if best.key in ("client", "product") and after and not self._of_label(best, start, end):
            return None  # "Продвигаем приложение сети: скидка 7%" is a sentence
        if loose:
            return best if (not before and len(after) <= 4) or not after else None
        return best if not before and not after else None

    def _plural(self, mention: Mention) -> Mention:
        """Clients in the plural are whom the campaign addresses: "Клиенты — молодые мамы"."""
        if mention.key == "client" and self.note.tokens[mention.last - 1].word == "клиенты":
            return replace(mention, key="audience")
        return mention

    def _of_label(self, best: Mention, start: int, end: int) -> bool:
        """Whether the rest of a key holds only words of headings too: "Клиент / бренд", "Продукт или услуга"."""
        listed = self.note.mentions(self.labels, start, end)
        return all(
            any(found.first <= place < found.last for found in listed) or _small(self.note.tokens[place].word)
            for place in range(best.last, self.note.first_token(end))
            if self.note.tokens[place].word[0].isalpha()
            and "(" not in self.text[start : self.note.tokens[place].start]
        )

    def line(self, start: int, end: int) -> list[_Stretch]:
        """Stretches of one line; the first has no label unless the line begins with a heading."""
        body = start + _BULLET.match(self.text[start:end]).end()  # type: ignore[union-attr]
        marks: list[tuple[int, int, str, bool]] = []  # label start, value start, label, table
        split = self.split.search(self.text, body, end)
        if split:
            sign = split.group().strip(" *\n")
            cell = sign in ("|", ";") or "\t" in split.group()
            found = self.key(body, split.start(), cell, sign in (":", "="))
            if found:
                marks.append((body, split.end(), found.key, cell))
        for mention in self.note.mentions(self.labels, body, end):
            if marks and mention.start < marks[-1][1]:
                continue
            separator = _AFTER_LABEL.match(self.text, mention.end, end)
            if separator and _BEFORE_LABEL.search(self.text, max(0, start - 1), mention.start):
                better = [
                    other
                    for other in self.note.mentions(self.labels, mention.start, mention.end)
                    if other.size == mention.size and other.key.startswith("-")
                ]
                marks.append(
                    (
                        mention.start,
                        separator.end(),
                        (better[0] if better else self._plural(mention)).key,
                        False,
                    )
                )
        if not marks:
            return [_Stretch(body, end, None, body)]
        stretches = [] if marks[0][0] <= body else [_Stretch(body, marks[0][0], None, body)]
        for index, (label_start, value_start, label, is_table) in enumerate(marks):
            stop = marks[index + 1][0] if index + 1 < len(marks) else end
            stretches.append(
                _Stretch(min(value_start, stop), stop, label, label_start, is_table, value_start)
            )
        return stretches

    def heading(self, start: int, end: int) -> str | None:
        """The label of a line that is nothing but a heading."""
        body = start + _BULLET.match(self.text[start:end]).end()  # type: ignore[union-attr]
        shown = self.text[body:end].rstrip(" *_:：?|—–-")
        if not shown or len(shown) > 70 or re.search(r"\d", shown.split("(")[0]):
            return None
        best = _best(self.note.mentions(self.labels, body, body + len(shown)))
        if best is None or re.search(r"\w", shown.partition(")")[2]):
            return None
        stop = body + len(shown.split("(")[0])
        spare = self._uncovered(body, stop, best) if best.end <= stop else 99
        return best.key if spare == 0 or (spare <= 2 and self.text[end - 1] in ":?*") else None

    def columns(self, start: int, end: int) -> list[tuple[str | None, int, int]] | None:
        """The labels of a header row, when most of its cells are headings."""
        cells = self._cells(start, end)
        if len(cells) < 3:
            return None
        found = []
        for cell, stop in cells:
            best = self.key(cell, stop, True, False) if len(self._words(cell, stop)) <= 6 else None
            found.append((best.key if best else None, cell, stop))
        return found if sum(label is not None for label, _, _ in found) * 3 >= 2 * len(found) else None

    def _form_goes_on(self, start: int, width: int) -> bool:
        """Whether the next line is a row of a form, its first cell a heading: then the line before heads no columns."""
        end = self.text.find("\n", start)
        cells = self._cells(start, len(self.text) if end < 0 else end)
        return 2 <= len(cells) <= width and self.key(*cells[0], False, False) is not None

    def _cells(self, start: int, end: int) -> list[tuple[int, int]]:
        cells, at = [], start
        for part in re.split(r"[|\t]", self.text[start:end]):
            if part.strip():
                lead = len(part) - len(part.lstrip())
                cells.append((at + lead, at + len(part.rstrip())))
            at += len(part) + 1
        return cells

    def stretches(self, message: Message) -> list[_Stretch]:
        result: list[_Stretch] = []
        pending: str | None = None
        pending_start = 0
        sticky = False
        filled = False
        header: list[tuple[str | None, int, int]] | None = None
        at = message.head
        for line in self.text[message.head : message.end].split("\n"):
            start, end = at, at + len(line)
            at = end + 1
            bare = line.strip(" >*_\t")
            if not bare or re.fullmatch(r"[-=_—|:\s]+", bare):
                if filled and not sticky:
                    pending = None
                if not bare:
                    header = None
                continue
            cells = self._cells(start, end)
            if header and len(cells) == len(header):
                for (cell, stop), (name, *head) in zip(cells, header, strict=True):
                    result.append(_Stretch(cell, stop, name, head[0], True, head[1]))
                continue
            if (found := self.columns(start, end)) is not None and not self._form_goes_on(at, len(found)):
                header, pending = found, None
                continue
            label = self.heading(start, end)
            parts = self.line(start, end)
            if label is None and pending is not None and bare.endswith("?") and parts[0].label is None:
                pending = None  # another question: what follows answers it
            empty = (
                len(parts) == 1
                and parts[0].label
                and not self.text[parts[0].start : parts[0].end].strip(" *_")
            )
            if empty:
                label = parts[0].label
            if label:
                pending, pending_start, sticky, filled = label, start, bool(_MARKED.match(line)), False
                continue
            if _MARKED.match(line) and line.lstrip(" >").startswith(("#", "**")) and parts[0].label is None:
                pending = None
            if pending is not None and parts[0].label is not None and len(parts) >= 1 and not sticky:
                pending = None
            for part in parts:
                if part.label is None and pending is not None:
                    filled = True
                    result.append(_Stretch(part.start, part.end, pending, pending_start))
                else:
                    result.append(part)
        return result


def annotate(text: str) -> AnnotatedText:
    """The text cut into passages; sentences that give orders to a machine are dropped and listed in `dropped`."""
    note = AnnotatedText(text)
    layout = _Layout(note)
    orders = [
        (start, end)
        for start, end in note.sentences
        if any(found.key == "injection" for found in note.mentions(phrases("context", "flag"), start, end))
    ]
    note.dropped.extend(orders)
    for message in note.messages:
        for stretch in layout.stretches(message):
            label = stretch.label
            for start, end in _sentences(note, stretch):
                if any(left < end and start < right for left, right in orders):
                    continue
                later = start > stretch.start and label is not None and note.text[:start].rstrip()[-1:] != ";"
                if later and (
                    (stretch.label_end and label in _SHORT)
                    or (stretch.label_end and label == "-about" and _CAMPAIGN.search(note.text, start, end))
                    or (
                        stretch.label_end
                        and label == "budget"
                        and (not _MONEY.search(note.text, start, end) or _counts(note, start, end))
                    )
                    or (stretch.label_end and label == "kpi" and not re.search(r"\d", note.text[start:end]))
                    or _another_field(layout, start, end, str(label))
                ):
                    label = None
                note.passages.append(
                    Passage(start, end, label, stretch.label_start, message, stretch.table, stretch.label_end)
                )
    return note


_CAMPAIGN = re.compile(
    r"\b(?:рассчитываем|хотим|хотели|планируем|нужн\w+|надо|бюджет\w*|размеща\w+|кампани\w+|we\s+(?:want|plan|need))\b",
    re.IGNORECASE,
)
_BRAND = re.compile(
    r"\s*(?:бренд|марка|торговая\s+марка|brand)\s*", re.IGNORECASE
)  # "Бренд / продукт" asks for the product
_MONEY = re.compile(
    r"ндс|vat|комисс|(?<![а-яё])ак\b|руб|₽|млн|тыс|\d{4}|\d\s\d{3}|\d\s?[кkмm]\b|бюджет|сумм|budget|fee|usn|усн",
    re.IGNORECASE,
)
_LOWER_START = re.compile(
    r"(?<=[а-яёa-z0-9)]{3})(?<!руб)(?<!тыс)(?<!млн)(?<!обл)(?<!млрд)[.!?]\s+(?=[а-яёa-z]{2})", re.IGNORECASE
)


def _counts(note: AnnotatedText, start: int, end: int) -> bool:
    """Whether a sentence speaks of results and not of money: "Нам важен охват: от 400 тысяч"."""
    return bool(note.mentions(metric_phrases(), start, end)) and not re.search(
        r"бюджет|ндс|комисс|руб|₽|budget|vat|(?<![а-яё])ак(?![а-яё])", note.text[start:end], re.IGNORECASE
    )


def _another_field(layout: _Layout, start: int, end: int, label: str) -> bool:
    """Whether a sentence opens with the heading of another field: "Период: март. Аудитория женщины"."""
    opening = [found for found in layout.note.mentions(layout.labels, start, end) if found.start == start]
    return bool(opening) and all(found.key != label for found in opening)


def _sentences(note: AnnotatedText, stretch: _Stretch) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    first = max(0, bisect_right(note.sentences, (stretch.start, len(note.text))) - 1)
    for start, end in note.sentences[first:]:
        if start >= stretch.end:
            break
        left, right = max(start, stretch.start), min(end, stretch.end)
        if left < right and note.text[left:right].strip():
            while note.text[left].isspace():
                left += 1
            while note.text[right - 1].isspace():
                right -= 1
            if found and (
                _SHORTENED.search(note.text, found[-1][0], found[-1][1])
                or _inside_a_name(note.text, *found[-1], right)
            ):
                left = found.pop()[0]
            found.extend(
                portion
                for part in _typed_low(note.text, left, right)
                for portion in _portions(note.text, *part)
            )
    return found


def _inside_a_name(text: str, start: int, end: int, limit: int) -> bool:
    """Whether a sentence seems to end within the quotes of a name: «Ешь! Деревенское»."""
    opened = text.rfind("«", start, end)
    closing = text.find("»", end, min(limit, end + 40))
    return opened >= 0 and "»" not in text[opened:end] and closing >= 0 and "\n" not in text[opened:closing]


def _typed_low(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of someone who writes without capitals; a text with one such end only is left whole."""
    ends = [found for found in _LOWER_START.finditer(text, start, end) if text[found.end()].islower()]
    if len(ends) < 2:
        return [(start, end)]
    cuts = [start, *(found.end() for found in ends)]
    stops = [*(found.start() + 1 for found in ends), end]
    return list(zip(cuts, stops, strict=True))


LONGEST = 1500
"""Characters of one passage; longer runs without an end of sentence are cut at a space, so that cost stays linear."""


def _portions(text: str, start: int, end: int) -> list[tuple[int, int]]:
    portions = []
    while end - start > LONGEST:
        cut = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        cut = cut if cut > 0 else start + LONGEST
        portions.append((start, cut))
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        portions.append((start, end))
    return portions
