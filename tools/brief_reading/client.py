"""Who advertises: under its heading, by a legal form, by the kind of business before a name, or by introduction."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import GUESSED, HINTED, LABELLED, SAID, Claim
from tools.brief_reading.domains import site_name, spells
from tools.brief_reading.lexicon import Phrases, phrases, table
from tools.brief_reading.names import QUOTED, category_phrases, cell, dealt_in, kind_phrases, stop_phrases
from tools.morphology import grammemes, readings

_INN = re.compile(r"[\s,(]*(?:ИНН|ОГРН|КПП|inn)\b.*$", re.IGNORECASE | re.DOTALL)


@cache
def forms_pattern() -> re.Pattern[str]:
    forms_listed = "|".join(sorted(table("subject")["legal_forms"], key=len, reverse=True))
    return re.compile(
        rf"(?<![\w«])(?:(?P<form>{forms_listed})\s*(?:[«\"“„](?P<q>[^«»\"“”„\n]{{2,60}})[»\"”“]|(?P<n>[A-ZА-ЯЁ][\w&-]*(?:\s+[A-ZА-ЯЁ][\w&-]*){{0,3}}))"
        r"|ИП\s+(?P<ip>[А-ЯЁ][а-яё]+(?:\s+[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?|(?:\s+[А-ЯЁ][а-яё]+){0,2})))"
    )


@cache
def _agency() -> Phrases:
    return Phrases({"agency": table("subject")["agency_words"]})


_SOLD = re.compile(
    r"(?i:мы\s+(?:прода[её]м|производим|делаем|выпускаем|предлагаем|возим|шь[её]м|строим)(?:\s+[а-яё-]+){1,3}\s+)(?P<name>[A-Z][A-Za-z0-9&’'-]{2,})"
    r"|(?i:\b(?:promote|promoting|advertise|advertising)\s+(?:our\s+|the\s+|new\s+){0,2})(?P<latin>[A-Z][A-Za-z0-9&’'-]{2,})(?=\s+[a-z])"
)


# "сеть пекарен Мука и Соль" before "сеть автомоек Пена"
_RUSSIAN_NAMES = (
    re.compile(r"[А-ЯЁ][а-яё]{2,}\s+(?:и|&)\s+[А-ЯЁ][а-яё]{2,}"),
    re.compile(r"[А-ЯЁ][а-яё]{2,}(?:\s+[А-ЯЁ][а-яё]+)?"),
)

_CAPITALISED = re.compile(
    r"[A-ZА-ЯЁ][\w&’'-]+(?:\s+(?:[A-ZА-ЯЁ][\w&’'-]*|и|&|[a-zа-яё]{2,12}(?=[»\"”]))){0,3}"
)


def _shorter(name: str) -> Iterator[str]:
    """A run of capitalised words and what is left of it without its last or first words."""
    words = list(re.finditer(r"\S+", name))
    for size in range(len(words), 0, -1):
        for first in range(len(words) - size + 1):
            yield name[words[first].start() : words[first + size - 1].end()]


class ClientReader:
    """Claims for client; an agency that writes for its client is not the client."""

    def __init__(self, note: AnnotatedText, mailed: Sequence[str] = (), linked: Sequence[str] = ()) -> None:
        """`mailed` and `linked` are the domains of mail addresses and of links that stand in the text."""
        self.note = note
        self.mailed = list(dict.fromkeys(site for domain in mailed if (site := site_name(domain))))
        self.linked = list(dict.fromkeys(site for domain in linked if (site := site_name(domain))))

    def claims(self) -> Iterator[Claim]:
        """Claims for client; an English possessive is no part of a name."""
        for claim in self._claims():
            owned = re.search(r"['’]s$", str(claim.value))
            if owned:
                cut = len(owned.group())
                yield replace(claim, value=str(claim.value)[:-cut], end=claim.end - cut)
            else:
                yield claim

    def _claims(self) -> Iterator[Claim]:
        text = self.note.text
        seen_label: set[tuple[int, int]] = set()
        for passage in self.note.passages:
            if passage.message.agency or (passage.foreign and passage.label != "-about"):
                continue
            corrects = bool(self.note.about("correction", passage.start, passage.end))
            if passage.label == "client":
                if (passage.message.order, passage.label_start) in seen_label or not (
                    span := cell(self.note, passage)
                ):
                    continue
                seen_label.add((passage.message.order, passage.label_start))
                start, end = self._client_core(*span)
                yield Claim("client", text[start:end], start, end, LABELLED, passage.message, corrects)
                continue
            if passage.label in (
                "-competitors",
                "-past",
                "product",
                "channels",
                "excluded_channels",
                "landing_page",
                "geo",
                "kpi",
            ):
                continue
            yield from self._clients_in(passage, corrects)

    def _client_core(self, start: int, end: int) -> tuple[int, int]:
        """Without an INN, without what follows a comma, bracket or dash after the name."""
        shown = self.note.text[start:end]
        shown = _INN.sub("", shown)
        form = forms_pattern().search(shown)
        if form:
            return start + form.start(), start + form.end()
        cut = re.search(r"\s*(?:,|\(|\s[—–-]\s|;)", shown)
        if cut and cut.start() > 1:
            shown = shown[: cut.start()]
        return start, start + len(shown.rstrip(" .,;"))

    def _clients_in(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        text = self.note.text
        for found in forms_pattern().finditer(text, passage.start, passage.end):
            if self.note.about("competitor", passage.start, found.start()) or self._of_agency(
                passage, found.start()
            ):
                continue
            left, _ = self.note.clause(found.start(), found.end(), passage)
            served = re.search(
                r"(?:для|клиент\w*|заказчик\w*|рекламодател\w*|от\s+имени|интерес\w+)\s*[—:–-]?\s*$",
                text[left : found.start()],
                re.IGNORECASE,
            )
            yield Claim(
                "client",
                found.group(),
                found.start(),
                found.end(),
                LABELLED if served else SAID,
                passage.message,
                corrects,
                "form",
            )
        for mention in self.note.mentions(kind_phrases(), passage.start, passage.end):
            name = self._name_after(mention.end, passage.end)
            if (
                name is None
                or self._of_agency(passage, mention.start)
                or self.note.about("competitor", passage.start, name[1])
            ):
                continue
            if (mention.key == "product" and not dealt_in(self.note, mention)) or self._near_product(
                passage, mention.start
            ):
                continue
            yield Claim("client", text[name[0] : name[1]], name[0], name[1], SAID, passage.message, corrects)
        for found in QUOTED.finditer(text, passage.start, passage.end):
            shown = found[1]
            kinds = self.note.mentions(kind_phrases(), max(passage.start, found.start() - 40), found.start())
            product = any(m.key == "product" for m in kinds[-1:])
            clause, _ = self.note.clause(found.start(), found.end(), passage)
            if (
                shown[:1].isupper()
                and not product
                and not self._of_agency(passage, found.start())
                and not self.note.about("competitor", clause, found.end())
            ):
                goods = self.note.mentions(
                    category_phrases(), max(passage.start, found.start() - 30), found.start()
                )
                strength = (
                    GUESSED
                    if goods
                    and goods[-1].end >= found.start() - 2
                    and not any(m.key == "client" for m in kinds)
                    else HINTED
                )
                yield Claim(
                    "client", shown, found.start(1), found.end(1), strength, passage.message, corrects
                )
        yield from self._introduced(passage, corrects)
        yield from self._named_in_product(passage, corrects)
        yield from self._confirmed(passage, corrects)

    def _confirmed(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """A name that the domain of a mail address or of a link repeats: Цветочный Двор and cvetdvor64.ru."""
        text = self.note.text
        for strength, sites in ((SAID, self.mailed), (HINTED, self.linked)):
            if not sites:
                continue
            for found in _CAPITALISED.finditer(text, passage.start, passage.end):
                name = next(
                    (part for part in _shorter(found.group()) if any(spells(site, part) for site in sites)),
                    None,
                )
                if name is None or re.search(r"[@.\w]$", text[: found.start()][-1:]):
                    continue
                start = found.start() + found.group().index(name)
                end = start + len(name)
                if (
                    re.match(r"[@\w]|\.\w", text[end : end + 2])
                    or self.note.about("competitor", passage.start, end)
                    or self._of_agency(passage, start)
                ):
                    continue
                if self._quoted_product(passage, start):
                    continue
                yield Claim("client", name, start, end, strength, passage.message, corrects)

    def _quoted_product(self, passage: Passage, start: int) -> bool:
        """Whether a place lies inside the quotes of a product's name."""
        text = self.note.text
        opened = max(text.rfind(sign, passage.start, start) for sign in '«"“')
        closed = max(text.rfind(sign, passage.start, start) for sign in "»”")
        return opened >= 0 and closed < opened and self._product_before(passage, opened)

    def _product_before(self, passage: Passage, start: int) -> bool:
        kinds = self.note.mentions(kind_phrases(), max(passage.start, start - 40), start)
        return any(m.key == "product" for m in kinds[-1:])

    def _named_in_product(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """A Latin name among the words of what is sold: "мы продаём велосипеды VeloNord", "promote Nordwell mattresses"."""
        text = self.note.text
        for found in _SOLD.finditer(text, passage.start, passage.end):
            start, end = found.span("name") if found["name"] else found.span("latin")
            if self.note.about("competitor", passage.start, end) or self.note.mentions(
                phrases("channels", "channel"), start, end
            ):
                continue
            yield Claim("client", text[start:end], start, end, HINTED, passage.message, corrects)

    def _near_product(self, passage: Passage, start: int) -> bool:
        return any(
            m.key == "product" and 0 <= start - m.end < 3
            for m in self.note.mentions(kind_phrases(), passage.start, start)
        )

    def _name_after(self, at: int, limit: int) -> tuple[int, int] | None:
        text = self.note.text
        gap = re.compile(r"(?:\s+[а-яё-]+){0,3}\s*(?=[«\"“„]|(?<=\s)[A-ZА-ЯЁ])|\s*[—–:-]?\s*").match(
            text, at, limit
        )
        if gap is None or any(
            reading.pos == "VERB"
            for token in self.note.between(at, gap.end())
            for reading in readings(token.word)[:1]
        ):
            return None
        if any(
            m.key == "product" and not dealt_in(self.note, m)
            for m in self.note.mentions(kind_phrases(), at, gap.end())
        ):
            return None
        quoted = QUOTED.match(text, gap.end(), limit + 1)
        if quoted:
            return quoted.start(1), quoted.end(1)
        if gap.group().strip(" —–:-") and not re.match(r"[A-Z]\w", text[gap.end() : gap.end() + 2]):
            return self._russian_name(gap.end(), limit)
        latin = re.compile(
            r"[A-Z][\w&’'-]*(?:\s+(?:[A-Z0-9][\w&’'-]*|&|of))*|[А-ЯЁ][а-яёА-ЯЁ-]+(?:\s+[А-ЯЁ][а-яё-]+)*"
        ).match(text, gap.end(), limit)
        if (
            latin
            and gap.group()
            and not self.note.mentions(phrases("channels", "channel"), latin.start(), latin.end())
        ):
            if any(
                label.start <= latin.start()
                for label in self.note.mentions(stop_phrases(), latin.start(), latin.end())
            ):
                return None
            if not re.match(r"[A-Z]", latin.group()) and any(
                mark in grammemes(latin.group().split()[0].lower()) for mark in ("Geox",)
            ):
                return None
            return latin.start(), latin.end()
        return None

    def _russian_name(self, at: int, limit: int) -> tuple[int, int] | None:
        """A capitalised Russian word amid a sentence that is neither person nor place: "сеть автомоек Пена"."""
        for shape in _RUSSIAN_NAMES:
            found = shape.match(self.note.text, at, limit)
            if found and self._names_a_firm(found):
                return found.span()
        return None

    def _names_a_firm(self, found: re.Match[str]) -> bool:
        words = found.group().split()
        return not (
            any(grammemes(word.lower()) & {"Name", "Surn", "Patr", "Geox"} for word in words)
            or self.note.mentions(phrases("channels", "channel"), *found.span())
            or self.note.mentions(stop_phrases(), *found.span())
        )

    def _of_agency(self, passage: Passage, at: int) -> bool:
        return any(0 <= at - m.end < 4 for m in self.note.mentions(_agency(), passage.start, at))

    def _introduced(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """ "мы — Ромашка", "это Катя из Северсталь-метиз", "from Acme"."""
        text = self.note.text
        pattern = re.compile(
            r"(?i:\b(?:мы\s*[—–-]\s*|мы\s+|это\s+(?:[А-ЯЁ][а-яё]+\s+из\s+)?|меня\s+зовут\s+[А-ЯЁ][а-яё]+(?:\s+[А-ЯЁ][а-яё]+)?,?\s*(?:я\s+)?(?:из|,)?\s*|(?:пишу|пишем|обращаюсь|я)\s+(?:к\s+вам\s+)?(?:из|от)\s+|от\s+лица\s+|we\s+are\s+|we're\s+|from\s+|here\s+at\s+|для\s+клиента\s+|(?:новый\s+)?клиент(?:\s+новый)?\s*[—–:-]?\s*|для\s+бренда\s+|бренд\s+|(?:бриф|запрос|заявка|вводные|лид)\s+(?:от|по)\s+(?:клиента\s+)?|(?:встреча|созвон|звонок|встретились|пообщались|созвонились|поговорили|переговоры|call|meeting)\s+(?:с|with)\s+(?:командой\s+|клиентом\s+)?|(?:proposal|quote|plan|campaign|brief|offer)\s+for\s+(?:the\s+)?))"
            r"(?:компани[ия]\s+|бренда?\s+)?(?P<name>[«\"“](?P<q>[^«»\"“”\n]{2,50})[»\"”]|[A-ZА-ЯЁ][\w&’'-]*(?:\s+[A-ZА-ЯЁ][\w&’'-]*){0,3})",
        )
        for found in pattern.finditer(text, passage.start, passage.end):
            start, end = found.span("q") if found["q"] else found.span("name")
            name = text[start:end]
            if name in (
                "Мы",
                "В",
                "На",
                "The",
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ) or re.match(
                r"(?:(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b|Янв|Фев|Мар|Апр|Июн|Июл|Авг|Сен|Окт|Ноя|Дек|Q\d|Russia|Moscow)",
                name,
            ):
                continue
            if not found["q"] and all(
                grammemes(word.lower().rpartition("-")[2]) & {"Name", "Surn", "Patr", "Geox"}
                for word in name.split()
            ):
                continue
            if self.note.about("competitor", passage.start, end) or self.note.mentions(
                phrases("channels", "channel"), start, end
            ):
                continue
            met = re.match(r"это\s", found.group(), re.IGNORECASE) and not found["q"] and " " not in name
            yield Claim("client", name, start, end, HINTED if met else SAID, passage.message, corrects)
