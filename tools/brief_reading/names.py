"""What client, product and category share: names in quotes, kinds of advertisers and products, cells that say nothing."""

from __future__ import annotations

import re
from functools import cache

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.lexicon import Mention, Phrases, table
from tools.morphology import readings

QUOTED = re.compile(r"[«\"“„]([^«»\"“”„\n]{2,60})[»\"”“]")
LINKED = re.compile(r"\s(?:для|от|из|с|со|без|for|of|with)\s")
_EMPTY = re.compile(
    r"^(?:[-–—?.…/\s]*|n/?a|нет|tbd|tbc|уточн\w+.*|не\s+определ\w+.*|пока\s+нет.*|на\s+согласовани\w+.*|не\s+указан\w*|обсуд\w+.*|to be (?:confirmed|defined).*|unknown|позже.*|см\..*|не\s+знаем.*|не\s+решили.*|будет\s+позже.*)$",
    re.IGNORECASE,
)


def filled(value: str) -> bool:
    """Whether a cell of a form says something: not a dash, not "уточним"."""
    return not _EMPTY.match(value.strip())


def cell(note: AnnotatedText, passage: Passage) -> tuple[int, int] | None:
    """The text of a cell without trailing signs; None when it says nothing."""
    text = note.text
    start, end = passage.start, passage.end
    while (
        end > start
        and text[end - 1] in " .;,|*_/\t"
        and not re.search(r"\b(?:руб|г|т\.п|др)\.$", text[start:end])
    ):
        end -= 1
    while start < end and text[start] in " |*_\t—–-":
        start += 1
    return (start, end) if start < end and filled(text[start:end]) else None


@cache
def kind_phrases() -> Phrases:
    """Words before a name that tell whose it is: client or product."""
    lists = table("subject")
    return Phrases({"client": lists["advertiser_kinds"], "product": lists["product_kinds"]})


def dealt_in(note: AnnotatedText, goods: Mention) -> bool:
    """Whether goods in the genitive plural hang on a business: "сервис аренды самокатов" deals in them."""
    word = note.tokens[goods.first].word
    if not any(reading.case == "gent" and reading.number == "plur" for reading in readings(word)):
        return False
    return any(
        found.key == "client" and re.fullmatch(r"(?:\s+[а-яё-]+){0,2}\s+", note.text[found.end : goods.start])
        for found in note.mentions(kind_phrases(), max(0, goods.start - 60), goods.start)
    )


@cache
def stop_phrases() -> Phrases:
    """Nouns that name no product: campaign, traffic, month."""
    return Phrases({"stop": table("subject")["product"]["stop"]})


@cache
def category_phrases() -> Phrases:
    """Words of product categories, keyed by category."""
    return Phrases(
        {
            name: [*row["names"], row["ru"], name.replace("_", " ")]
            for name, row in table("categories")["category"].items()
        }
    )
