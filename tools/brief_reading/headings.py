"""Which field a piece of text names, when it stands as a heading, a key or a cell."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

from tools.brief_reading.annotated import AnnotatedText
from tools.brief_reading.lexicon import Mention, Phrases, forms, table

BULLET = re.compile(
    r"^(?:\s*>)*[\s#*•·●▪◦✅🔹|–—-]*(?:(?:\d{1,2}(?:\.\d{1,2})*[.)]|[a-zа-я]\))\s+|\d{1,2}\s*[|\t]\s*)?[\s*_]*",
    re.IGNORECASE,
)
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
        "акция",
        "распродажа",
    )
)
_BRAND = re.compile(
    r"\s*(?:бренд|марка|торговая\s+марка|brand)\s*", re.IGNORECASE
)  # "Бренд / продукт" asks for the product


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


class Headings:
    """The headings of one text."""

    def __init__(self, note: AnnotatedText) -> None:
        self.note = note
        self.text = note.text
        self.labels = label_phrases()

    def words(self, start: int, end: int) -> list[str]:
        return [token.word for token in self.note.between(start, end) if token.word[0].isalpha()]

    def _uncovered(self, start: int, end: int, mention: Mention) -> int:
        left = self.words(start, mention.start) + self.words(mention.end, end)
        return sum(1 for word in left if not _small(word))

    def key(self, start: int, end: int, cell: bool, loose: bool) -> Mention | None:
        """The heading a key stands for: `cell` of a table may hold more words, a key before a dash none."""
        words = self.words(start, end)
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
        best = self.plural(best)
        before = [word for word in self.words(start, best.start) if not _small(word)]
        after = [
            word
            for word in self.words(best.end, start + len(self.text[start:end].split("(")[0]))
            if not _small(word)
        ]
        if cell:
            return best
        if re.search(r"[.!?]\s", self.text[start : best.start]):
            return None
        if (
            best.key == "kpi"
            and self.note.tokens[best.first].word == "план"
            and self.words(start, best.start)
        ):
            return None  # "Нужен план: 500 тыс. руб., OLV" asks for one; "План: 2 млн показов" sets a target
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

    def plural(self, mention: Mention) -> Mention:
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

    def heading(self, start: int, end: int) -> str | None:
        """The label of a line that is nothing but a heading."""
        body = start + BULLET.match(self.text[start:end]).end()  # type: ignore[union-attr]
        shown = self.text[body:end].rstrip(" *_:：?|—–-")
        if not shown or len(shown) > 70 or re.search(r"\d", shown.split("(")[0]):
            return None
        best = _best(self.note.mentions(self.labels, body, body + len(shown)))
        if best is None or re.search(r"\w", shown.partition(")")[2]):
            return None
        stop = body + len(shown.split("(")[0])
        spare = self._uncovered(body, stop, best) if best.end <= stop else 99
        return best.key if spare == 0 or (spare <= 2 and self.text[end - 1] in ":?*") else None
