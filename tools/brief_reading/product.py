"""What is advertised: under its heading, or the noun phrase after the words that announce it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import GUESSED, HINTED, LABELLED, SAID, Claim
from tools.brief_reading.geography import place_phrases
from tools.brief_reading.lexicon import longest, phrases
from tools.brief_reading.names import LINKED, QUOTED, category_phrases, cell, dealt_in, kind_phrases
from tools.brief_reading.noun_phrase import NounPhrases

_NAMED_AFTER = re.compile(
    rf"(?:\s+[а-яё]+){{0,2}}\s*{QUOTED.pattern}|\s+(?P<latin>[A-Z][\w-]*(?:\s+[A-Z0-9][\w-]*){{0,2}})"
)
_NEW_NAMED = re.compile(
    rf"\b(?:нов(?:ый|ого|ую|ой|ое|ая|ым)|наш(?:а|у|ей|его)?|new|our)\s+(?P<what>(?:[а-яёa-z-]+\s+){{1,3}}(?P<name>{QUOTED.pattern}))"
)
_NEW_LATIN = re.compile(
    r"\bнов(?:ый|ого|ую|ой|ое|ая|ым)\s+(?P<what>(?!бриф|запрос|клиент|проект)(?P<name>[а-яё-]{4,})\s+[A-Z][A-Za-z0-9-]{2,})"
)
_BRAND_OF = re.compile(r"\b(?:бренд|марк)[а-яё]{0,2}\s+(?=[а-яё]{4})", re.IGNORECASE)
_PUT_OFF = re.compile(
    r"\b(?:оставим|оставляем|отложим|откладываем|потом|позже|не\s+сейчас|не\s+продвигаем|не\s+рекламируем)\b",
    re.IGNORECASE,
)
_LEGAL = re.compile(r"\b(?:ООО|ОАО|ЗАО|ПАО|АО|ИП|LLC)\b")
_EXPLAINED = re.compile(r"(?:[A-ZА-ЯЁ][\w-]+|[»\"])\s*\((?P<what>[а-яёa-z][^()\n\d]{2,50})\)")
# What is done with the product, before its name under a heading: "Предмет: продвижение новых рейсов".
_DONE_WITH = re.compile(
    r"(?:рекламно[ейг]\w*\s+)?(?:продвижени[ея]|реклам[аыу]|рекламировани[ея]|размещени[ея]\s+рекламы|промо)\s+(?=[а-яёa-z«\"])",
    re.IGNORECASE,
)
_WANTED_FOR = re.compile(r"\b(?:на|по|for)\s+(?=\w)", re.IGNORECASE)


class ProductReader:
    """Claims for product; the value is the phrase as it stands in the text."""

    def __init__(self, note: AnnotatedText) -> None:
        self.note = note
        self.nouns = NounPhrases(note)

    def claims(self) -> Iterator[Claim]:
        """Claims for product; the name of a channel is none."""
        channels = phrases("channels", "channel")
        for claim in self._claims():
            named = self.note.mentions(channels, claim.start, claim.end)
            if claim.strength != LABELLED and self._of_places(claim):
                continue
            if claim.strength == LABELLED or not any(
                one.start == claim.start and one.end == claim.end for one in named
            ):
                yield claim

    def _of_places(self, claim: Claim) -> bool:
        """Whether a phrase begins and ends with places: "реклама по Липецку и Тамбову" says where, not what."""
        places = self.note.mentions(place_phrases(), claim.start, claim.end)
        return any(one.start == claim.start for one in places) and any(one.end == claim.end for one in places)

    def _claims(self) -> Iterator[Claim]:
        text = self.note.text
        done: set[tuple[int, int]] = set()
        for passage in self.note.passages:
            if passage.message.agency or (passage.foreign and passage.label != "-about"):
                continue
            corrects = bool(self.note.about("correction", passage.start, passage.end))
            if passage.label == "product":
                if (passage.message.order, passage.label_start) in done or not (
                    span := cell(self.note, passage)
                ):
                    continue
                done.add((passage.message.order, passage.label_start))
                done_with = _DONE_WITH.match(text, *span)
                span = (done_with.end(), span[1]) if done_with else span
                yield Claim("product", text[span[0] : span[1]], *span, LABELLED, passage.message, corrects)
                continue
            if passage.label in (
                "contacts",
                "landing_page",
                "budget",
                "geo",
                "period",
                "channels",
                "excluded_channels",
                "kpi",
                "audience",
                "age",
                "sex",
            ):
                continue
            if passage.label == "client":
                yield from self._products_in(passage, corrects)
                yield from self._in_brackets(passage, corrects)
                named = cell(self.note, passage)
                yield from (
                    claim
                    for claim in self._traded(passage, corrects)
                    if named is None
                    or claim.start > named[0]
                    or passage.start > passage.label_end
                    or re.match(r"[а-яё]", str(claim.value), re.IGNORECASE)
                )
                continue
            if self.note.is_question(passage) and not re.search(
                r"(?:можете|сможете|можно|возможно|could you|can you|возьм[её]тесь|сделаете)",
                text[passage.start : passage.end],
                re.IGNORECASE,
            ):
                continue
            yield from self._products_in(passage, corrects)
            yield from self._branded(passage, corrects)
            yield from self._named_products(passage, corrects)
            yield from self._traded(passage, corrects)
            yield from self._in_brackets(passage, corrects)

    def _products_in(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        listed = phrases("subject", "product")
        for mention in self.note.mentions(listed, passage.start, passage.end):
            if mention.key == "stop":
                continue
            left, right = self.note.clause(mention.start, mention.end, passage)
            if any(self.note.about(flag, left, right) for flag in ("past", "competitor")):
                continue
            if mention.key in ("verb", "weak") and self.nouns.is_noun(mention.first):
                continue
            place = mention.last
            if [token.word for token in self.note.tokens[place : place + 2]] == ["на", "рынок"]:
                place += 2
            span = self.nouns.phrase_after(place, passage.end)
            if span and not self._owner_of_another(span, passage):
                yield Claim(
                    "product",
                    self.note.text[span[0] : span[1]],
                    *span,
                    GUESSED
                    if self.nouns.generic(span)
                    else HINTED
                    if mention.key.startswith("weak") or passage.foreign
                    else SAID,
                    passage.message,
                    corrects,
                )

    def _in_brackets(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """What a brand is, in brackets after its name: Kito (корм для кошек)."""
        text = self.note.text
        for found in _EXPLAINED.finditer(text, passage.start, passage.end):
            start, end = found.span("what")
            goods = self.note.mentions(category_phrases(), start, end)
            if (
                goods
                and not _PUT_OFF.search(text, start, end)
                and not _LEGAL.match(text, start)
                and not self._of_business(start, end)
                and not self.note.about("competitor", passage.start, end)
            ):
                yield Claim("product", text[start:end], start, end, SAID, passage.message, corrects)

    def _owner_of_another(self, span: tuple[int, int], passage: Passage) -> bool:
        """Whether a phrase names a business whose product is named after it: "оператора «Связь», тариф «Семейный»"."""
        if not self._of_business(*span):
            return False
        return any(
            found.key == "product" and _NAMED_AFTER.match(self.note.text, found.end, passage.end + 1)
            for found in self.note.mentions(kind_phrases(), span[1], passage.end)
        )

    def _branded(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """Goods that a brand is of: "бренд оправ Lunetta"."""
        for found in _BRAND_OF.finditer(self.note.text, passage.start, passage.end):
            span = self.nouns.phrase_after(self.note.first_token(found.end()), passage.end)
            if span and self.note.mentions(category_phrases(), *span) and not self._of_business(*span):
                yield Claim(
                    "product", self.note.text[span[0] : span[1]], *span, GUESSED, passage.message, corrects
                )

    def _traded(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """A clause that is nothing but goods of a known trade: "Нужен план: доставка цветов, Казань"."""
        text = self.note.text
        for mention in longest(self.note.mentions(category_phrases(), passage.start, passage.end)):
            left, right = self.note.clause(mention.start, mention.end, passage)
            lead = re.compile(r"(?:[^\n:]*:)?[\s—–-]*").match(text, left, mention.start)
            first = self.note.first_token(max(left, lead.end() if lead else left))
            if any(self.note.about(flag, left, right) for flag in ("past", "competitor")) or any(
                price.start < mention.start - 30 or price.start >= mention.end
                for price in self.note.about("price", left, right)
            ):
                continue
            span = self.nouns.phrase_after(first, right)
            if span is None or not (span[0] <= mention.start and mention.end <= span[1]):
                continue
            if (
                text[span[1] : right].strip(' .,;!»"”')
                or _LEGAL.search(text, *span)
                or self._of_business(*span)
            ):
                continue
            yield Claim("product", text[span[0] : span[1]], *span, GUESSED, passage.message, corrects)
        yield from self._wanted_for(passage, corrects)

    def _wanted_for(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """Goods of a known trade that pupils, requests or sales are wanted for: "заявки на ипотеку"."""
        for found in _WANTED_FOR.finditer(self.note.text, passage.start, passage.end):
            span = self.nouns.phrase_after(self.note.first_token(found.end()), passage.end)
            goods = self.note.mentions(category_phrases(), *span) if span else []
            if span and goods and goods[0].start == span[0] and not self._of_business(*span):
                left, right = self.note.clause(*span, passage)
                if not any(self.note.about(flag, left, right) for flag in ("past", "competitor", "price")):
                    yield Claim(
                        "product",
                        self.note.text[span[0] : span[1]],
                        *span,
                        GUESSED,
                        passage.message,
                        corrects,
                    )

    def _of_business(self, start: int, end: int) -> bool:
        """Whether a phrase is headed by a kind of business: a clinic, a chain; that is who advertises, not what."""
        link = LINKED.search(self.note.text, start, end)
        end = link.start() if link else end
        listed = self.note.mentions(kind_phrases(), start, end)
        goods = longest(self.note.mentions(category_phrases(), start, end))
        return any(found.key == "client" for found in listed) and not any(
            (found.key == "product" and not dealt_in(self.note, found))
            or any(one.start <= found.start and found.end < one.end for one in goods)
            for found in listed
        )

    def _named_products(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """A product's kind with its name: ЖК «Лесной квартал», йогурт «Утро»."""
        for mention in self.note.mentions(kind_phrases(), passage.start, passage.end):
            quoted = _NAMED_AFTER.match(self.note.text, mention.end, passage.end + 1)
            if (
                mention.key == "product"
                and quoted
                and mention.first > 0
                and not dealt_in(self.note, mention)
                and not self.note.about("competitor", passage.start, quoted.end())
            ):
                start, end = mention.start, min(quoted.end(), passage.end)
                yield Claim(
                    "product", self.note.text[start:end], start, end, HINTED, passage.message, corrects
                )
        yield from self._quoted_goods(passage, corrects)
        yield from self._new_named(passage, corrects)

    def _quoted_goods(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """Goods of a known trade with a name of their own: тракторы «Волгарь», корм новый "Мурчим"."""
        text = self.note.text
        for quoted in QUOTED.finditer(text, passage.start, passage.end):
            left, _ = self.note.clause(quoted.start(), quoted.end(), passage)
            first = self.note.first_token(left)
            span = self.nouns.phrase_after(first, passage.end)
            goods = longest(self.note.mentions(category_phrases(), left, quoted.start()))
            if (
                span is None
                or not goods
                or _LEGAL.search(text, *span)
                or span[1] != quoted.end()
                or not span[0] <= goods[0].start
                or self._of_business(span[0], quoted.start())
                or self.note.about("competitor", passage.start, quoted.end())
            ):
                continue
            yield Claim("product", text[span[0] : span[1]], *span, HINTED, passage.message, corrects)

    def _new_named(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """What is called new or ours before its name: "новую казуалку «Остров»", "наш тариф «Лето»"."""
        text = self.note.text
        named = _NEW_NAMED.finditer(text, passage.start, passage.end + 1)
        for found in chain(named, _NEW_LATIN.finditer(text, passage.start, passage.end)):
            start, end = found.span("what")
            if not self._of_business(start, found.start("name")) and not self.note.about(
                "competitor", passage.start, end
            ):
                yield Claim("product", text[start:end], start, end, HINTED, passage.message, corrects)
