"""A text cut into passages, each with the heading it answers."""

from __future__ import annotations

import re

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.kpi import metric_phrases
from tools.brief_reading.layout import Layout
from tools.brief_reading.lexicon import phrases
from tools.brief_reading.sentences import sentences_of

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
_CAMPAIGN = re.compile(
    r"\b(?:рассчитываем|хотим|хотели|планируем|нужн\w+|надо|бюджет\w*|размеща\w+|кампани\w+|we\s+(?:want|plan|need))\b",
    re.IGNORECASE,
)
_PLAN = re.compile(r"[\s>*_#•—–-]*план\b", re.IGNORECASE)
_ROUBLES = re.compile(r"\bндс\b|\bруб|₽|\bvat\b", re.IGNORECASE)
_APP = re.compile(r"[\s>*_#•—–-]*(?:приложение|app)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"\w\.[a-zа-я]{2}|@|https?:|(?:\d[\s()-]*){7}", re.IGNORECASE)
_AGES = re.compile(r"(?<![\d.,])[1-7]\d\s?(?:[–—-]\s?[1-9]\d(?!\s?\d)|\+)(?![\d.:])")
_MONEY = re.compile(
    r"ндс|vat|комисс|(?<![а-яё])ак\b|руб|₽|млн|тыс|\d{4}|\d\s\d{3}|\d\s?[кkмm]\b|бюджет|сумм|budget|fee|usn|усн",
    re.IGNORECASE,
)


def annotate(text: str) -> AnnotatedText:
    """The text cut into passages; sentences that give orders to a machine are dropped and listed in `dropped`."""
    note = AnnotatedText(text)
    layout = Layout(note)
    orders = [
        (start, end)
        for start, end in note.sentences
        if any(found.key == "injection" for found in note.mentions(phrases("context", "flag"), start, end))
    ]
    note.dropped.extend(orders)
    for message in note.messages:
        for stretch in layout.stretches(message):
            label = stretch.label
            for start, end in sentences_of(note, stretch):
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
                label = _by_its_answer(note, label, stretch.label_start, start, end)
                note.passages.append(
                    Passage(start, end, label, stretch.label_start, message, stretch.table, stretch.label_end)
                )
    return note


def _by_its_answer(note: AnnotatedText, label: str | None, heading: int, start: int, end: int) -> str | None:
    """The field a row answers where its heading may ask for two things: an app is a product unless a link follows;
    those who decide are the audience when their age is said and no address."""
    shown = note.text[start:end]
    if label == "landing_page" and _APP.match(note.text, heading) and not _ADDRESS.search(shown):
        return "product"
    if label == "contacts" and _AGES.search(shown) and not _ADDRESS.search(shown):
        return "audience"
    if label == "kpi" and _PLAN.match(note.text, heading) and _ROUBLES.search(shown):
        return None  # "План: 3 млн руб., OLV, Москва" is what the plan is for, not what it promises
    return label


def _counts(note: AnnotatedText, start: int, end: int) -> bool:
    """Whether a sentence speaks of results and not of money: "Нам важен охват: от 400 тысяч"."""
    return bool(note.mentions(metric_phrases(), start, end)) and not re.search(
        r"бюджет|ндс|комисс|руб|₽|budget|vat|(?<![а-яё])ак(?![а-яё])", note.text[start:end], re.IGNORECASE
    )


def _another_field(layout: Layout, start: int, end: int, label: str) -> bool:
    """Whether a sentence opens with the heading of another field: "Период: март. Аудитория женщины"."""
    opening = [
        found for found in layout.note.mentions(layout.headings.labels, start, end) if found.start == start
    ]
    return bool(opening) and all(found.key != label for found in opening)
