"""Who advertises, what, of which category."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import HINTED, LABELLED, SAID, Claim
from tools.brief_reading.lexicon import Phrases, forms, longest, phrases, table
from tools.morphology import Token, grammemes, readings

_QUOTED = re.compile(r"[«\"“„]([^«»\"“”„\n]{2,60})[»\"”“]")
_NAME = re.compile(r"(?:[A-ZА-ЯЁ][\w&’'.-]*|[A-Z0-9][\w&]*)(?:\s+(?:[A-ZА-ЯЁ][\w&’'-]*|&|\d+))*")
_INN = re.compile(r"[\s,(]*(?:ИНН|ОГРН|КПП|inn)\b.*$", re.IGNORECASE | re.DOTALL)
_EMPTY = re.compile(
    r"^(?:[-–—?.…/\s]*|n/?a|нет|tbd|tbc|уточн\w+.*|не\s+определ\w+.*|пока\s+нет.*|на\s+согласовани\w+.*|не\s+указан\w*|обсуд\w+.*|to be (?:confirmed|defined).*|unknown|позже.*|см\..*|не\s+знаем.*|не\s+решили.*|будет\s+позже.*)$",
    re.IGNORECASE,
)


def filled(value: str) -> bool:
    """Whether a cell of a form says something: not a dash, not "уточним"."""
    return not _EMPTY.match(value.strip())


@cache
def category_phrases() -> Phrases:
    """Words of product categories, keyed by category."""
    return Phrases(
        {
            name: [*row["names"], row["ru"], name.replace("_", " ")]
            for name, row in table("categories")["category"].items()
        }
    )


@cache
def _forms_pattern() -> re.Pattern[str]:
    forms_listed = "|".join(sorted(table("subject")["legal_forms"], key=len, reverse=True))
    return re.compile(
        rf"(?<![\w«])(?:(?P<form>{forms_listed})\s*(?:[«\"“„](?P<q>[^«»\"“”„\n]{{2,60}})[»\"”“]|(?P<n>[A-ZА-ЯЁ][\w&-]*(?:\s+[A-ZА-ЯЁ][\w&-]*){{0,3}}))"
        r"|ИП\s+(?P<ip>[А-ЯЁ][а-яё]+(?:\s+[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?|(?:\s+[А-ЯЁ][а-яё]+){0,2})))"
    )


class SubjectReader:
    """Claims for client, product and category. `named` holds the spans of the client's name."""

    def __init__(self, note: AnnotatedText) -> None:
        self.note = note
        self.named: list[tuple[int, int]] = []

    def claims(self) -> Iterator[Claim]:
        clients = list(self._clients())
        self.named = [(claim.start, claim.end) for claim in clients]
        products = list(self._products())
        yield from clients
        yield from products
        yield from self._categories(products)

    # client -------------------------------------------------------------------------------------------------------

    def _value(self, passage: Passage) -> tuple[int, int] | None:
        """The text of a cell without trailing signs; None when it says nothing."""
        text = self.note.text
        start, end = passage.start, passage.end
        while (
            end > start
            and text[end - 1] in " .;,|*_\t"
            and not re.search(r"\b(?:руб|г|т\.п|др)\.$", text[start:end])
        ):
            end -= 1
        while start < end and text[start] in " |*_\t—–-":
            start += 1
        return (start, end) if start < end and filled(text[start:end]) else None

    def _clients(self) -> Iterator[Claim]:
        text = self.note.text
        seen_label: set[tuple[int, int]] = set()
        for passage in self.note.passages:
            if passage.message.agency or (passage.foreign and passage.label != "-about"):
                continue
            corrects = bool(self.note.about("correction", passage.start, passage.end))
            if passage.label == "client":
                if (passage.message.order, passage.label_start) in seen_label or not (
                    span := self._value(passage)
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
        form = _forms_pattern().search(shown)
        if form:
            return start + form.start(), start + form.end()
        cut = re.search(r"\s*(?:,|\(|\s[—–-]\s|;)", shown)
        if cut and cut.start() > 1:
            shown = shown[: cut.start()]
        return start, start + len(shown.rstrip(" .,;"))

    def _clients_in(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        text = self.note.text
        for found in _forms_pattern().finditer(text, passage.start, passage.end):
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
            )
        for mention in self.note.mentions(_kinds(), passage.start, passage.end):
            name = self._name_after(mention.end, passage.end)
            if (
                name is None
                or self._of_agency(passage, mention.start)
                or self.note.about("competitor", passage.start, name[1])
            ):
                continue
            if mention.key == "product" or self._near_product(passage, mention.start):
                continue
            yield Claim("client", text[name[0] : name[1]], name[0], name[1], SAID, passage.message, corrects)
        for found in _QUOTED.finditer(text, passage.start, passage.end):
            shown = found[1]
            kinds = self.note.mentions(_kinds(), max(passage.start, found.start() - 40), found.start())
            product = any(m.key == "product" for m in kinds[-1:])
            clause, _ = self.note.clause(found.start(), found.end(), passage)
            if (
                shown[:1].isupper()
                and not product
                and not self._of_agency(passage, found.start())
                and not self.note.about("competitor", clause, found.end())
            ):
                yield Claim("client", shown, found.start(1), found.end(1), HINTED, passage.message, corrects)
        yield from self._introduced(passage, corrects)

    def _near_product(self, passage: Passage, start: int) -> bool:
        return any(
            m.key == "product" and 0 <= start - m.end < 3
            for m in self.note.mentions(_kinds(), passage.start, start)
        )

    def _name_after(self, at: int, limit: int) -> tuple[int, int] | None:
        text = self.note.text
        gap = re.compile(r"(?:\s+[а-яё-]+){0,3}\s*(?=[«\"“„]|(?<=\s)[A-Z])|\s*[—–:-]?\s*").match(
            text, at, limit
        )
        if gap is None or any(
            reading.pos == "VERB"
            for token in self.note.between(at, gap.end())
            for reading in readings(token.word)[:1]
        ):
            return None
        if any(m.key == "product" for m in self.note.mentions(_kinds(), at, gap.end())):
            return None
        quoted = _QUOTED.match(text, gap.end(), limit + 1)
        if quoted:
            return quoted.start(1), quoted.end(1)
        if gap.group().strip(" —–:-") and not re.match(r"[A-Z]\w", text[gap.end() : gap.end() + 2]):
            return None
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
                for label in self.note.mentions(_stops(), latin.start(), latin.end())
            ):
                return None
            if not re.match(r"[A-Z]", latin.group()) and any(
                mark in grammemes(latin.group().split()[0].lower()) for mark in ("Geox",)
            ):
                return None
            return latin.start(), latin.end()
        return None

    def _of_agency(self, passage: Passage, at: int) -> bool:
        return any(0 <= at - m.end < 4 for m in self.note.mentions(_agency(), passage.start, at))

    def _introduced(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """ "мы — Ромашка", "это Катя из Северсталь-метиз", "from Acme"."""
        text = self.note.text
        pattern = re.compile(
            r"(?i:\b(?:мы\s*[—–-]\s*|мы\s+|это\s+(?:[А-ЯЁ][а-яё]+\s+из\s+)?|меня\s+зовут\s+[А-ЯЁ][а-яё]+(?:\s+[А-ЯЁ][а-яё]+)?,?\s*(?:я\s+)?(?:из|,)?\s*|(?:пишу|пишем|обращаюсь|я)\s+(?:к\s+вам\s+)?(?:из|от)\s+|от\s+лица\s+|we\s+are\s+|we're\s+|from\s+|here\s+at\s+|для\s+клиента\s+|клиент\s*[—–:-]?\s*|для\s+бренда\s+|бренд\s+))"
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
            ) or re.match(r"(?:Янв|Фев|Мар|Апр|Июн|Июл|Авг|Сен|Окт|Ноя|Дек|Q\d|Russia|Moscow)", name):
                continue
            if not found["q"] and all(
                grammemes(word.lower()) & {"Name", "Surn", "Patr", "Geox"} for word in name.split()
            ):
                continue
            if self.note.about("competitor", passage.start, end) or self.note.mentions(
                phrases("channels", "channel"), start, end
            ):
                continue
            yield Claim("client", name, start, end, SAID, passage.message, corrects)

    # product ------------------------------------------------------------------------------------------------------

    def _products(self) -> Iterator[Claim]:
        text = self.note.text
        done: set[tuple[int, int]] = set()
        for passage in self.note.own():
            corrects = bool(self.note.about("correction", passage.start, passage.end))
            if passage.label == "product":
                if (passage.message.order, passage.label_start) in done or not (span := self._value(passage)):
                    continue
                done.add((passage.message.order, passage.label_start))
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
                "client",
            ):
                continue
            if self.note.is_question(passage) and not re.search(
                r"(?:можете|сможете|можно|возможно|could you|can you|возьм[её]тесь|сделаете)",
                text[passage.start : passage.end],
                re.IGNORECASE,
            ):
                continue
            yield from self._products_in(passage, corrects)
            yield from self._named_products(passage, corrects)

    def _products_in(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        listed = phrases("subject", "product")
        for mention in self.note.mentions(listed, passage.start, passage.end):
            if mention.key == "stop":
                continue
            left, right = self.note.clause(mention.start, mention.end, passage)
            if any(self.note.about(flag, left, right) for flag in ("past", "competitor")):
                continue
            if mention.key in ("verb", "weak") and self._is_noun(mention.first):
                continue
            span = self._phrase_after(mention.last, passage.end)
            if span:
                yield Claim(
                    "product",
                    self.note.text[span[0] : span[1]],
                    *span,
                    HINTED if mention.key.startswith("weak") else SAID,
                    passage.message,
                    corrects,
                )

    def _named_products(self, passage: Passage, corrects: bool) -> Iterator[Claim]:
        """A product's kind with its name: ЖК «Лесной квартал», йогурт «Утро»."""
        for mention in self.note.mentions(_kinds(), passage.start, passage.end):
            quoted = re.compile(r"\s*" + _QUOTED.pattern).match(self.note.text, mention.end, passage.end + 1)
            if (
                mention.key == "product"
                and quoted
                and not self.note.about("competitor", passage.start, quoted.end())
            ):
                start, end = mention.start, min(quoted.end(), passage.end)
                yield Claim(
                    "product", self.note.text[start:end], start, end, HINTED, passage.message, corrects
                )

    def _is_noun(self, place: int) -> bool:
        reading = readings(self.note.tokens[place].word)[0]
        return reading.pos in ("NOUN", "ADJF", "PRTF")

    def _phrase_after(self, place: int, limit: int) -> tuple[int, int] | None:
        """The noun phrase that begins at a token: adjectives, a noun, what hangs on it in the genitive, a name in quotes."""
        tokens, text = self.note.tokens, self.note.text
        first = last = None
        noun = False
        quoted_until = -1
        linked = False
        while place < len(tokens) and tokens[place].end <= limit:
            token = tokens[place]
            shown = text[token.start : token.end]
            if token.start < quoted_until:
                last, place = place, place + 1
                continue
            if shown in '«"“„':
                quoted = _QUOTED.match(text, token.start, limit + 1)
                if not quoted:
                    break
                first = place if first is None else first
                quoted_until, noun, last = quoted.end(), True, place
                place += 1
                continue
            if shown in '»"”' and token.end == quoted_until:
                last, place = place, place + 1
                continue
            kind = self._kind(token, shown)
            if first is None and token.word in _LEADING:
                place += 1
                continue
            if kind == "noun" or (kind == "name" and (first is not None or not self._stop(token))):
                if first is None and self._stop(token):
                    return None
                if noun and kind == "noun" and not linked and not self._hangs(token):
                    break
                first = place if first is None else first
                noun, last, linked = True, place, False
            elif kind == "adjective":
                if noun and not linked and not self._genitive(token):
                    break
                first = place if first is None else first
            elif (
                kind == "link"
                and noun
                and place + 1 < len(tokens)
                and tokens[place + 1].end <= limit
                and self._continues(tokens[place + 1], shown)
            ):
                linked = True
            else:
                break
            place += 1
        if first is None or last is None or not noun:
            return None
        start, end = tokens[first].start, tokens[last].end
        return (start, end) if self._head_is_product(first, last) else None

    def _kind(self, token: Token, shown: str) -> str:
        if re.fullmatch(r"[A-Za-z][\w&’'-]*", shown):
            if (
                self.note.mentions(phrases("channels", "channel"), token.start, token.end)
                or token.word in _ENGLISH_STOPS
            ):
                return "other"
            return "name"
        if shown in ("и", "для", "от", "с", "из", "-", "–", "на", "по", "в", "&", "со", "of", "без"):
            return "link"
        if re.fullmatch(r"\d+", shown):
            return (
                "name"
                if token.end < len(self.note.text)
                and self.note.text[token.start - 2 : token.start - 1].isascii()
                and self.note.text[token.start - 2 : token.start - 1].isalpha()
                else "other"
            )
        if not shown[0].isalpha():
            return "other"
        if token.word in ("нашего", "нашей", "наш", "нашу", "наши", "наших", "нам", "про", "о", "об"):
            return "small"
        reading = readings(token.word)[0]
        if token.word in ("который", "которая", "которые", "это", "мы"):
            return "other"
        if reading.pos in ("VERB", None) and self.note.mentions(category_phrases(), token.start, token.end):
            return "noun"  # a trade's own word the dictionary guesses wrong
        if reading.pos in ("ADJF", "PRTF", "NUMR"):
            return "adjective"
        if reading.pos == "NOUN" or reading.pos is None:
            return "noun"
        if any(r.pos == "NOUN" for r in readings(token.word)) and reading.pos not in (
            "PREP",
            "CONJ",
            "PRCL",
            "VERB",
            "INFN",
            "ADVB",
        ):
            return "noun"
        return "other"

    def _genitive(self, token: Token) -> bool:
        return any(r.case == "gent" for r in readings(token.word)) or not re.search(r"[а-я]", token.word)

    def _hangs(self, token: Token) -> bool:
        return self._genitive(token) or self.note.text[token.start].isupper()

    def _stop(self, token: Token) -> bool:
        return any(word in forms(token.word) for word in table("subject")["product"]["stop"])

    def _continues(self, token: Token, link: str) -> bool:
        if link in ("-", "–"):
            return False
        kind = self._kind(token, self.note.text[token.start : token.end])
        if kind not in ("noun", "adjective", "name") or self._stop(token):
            return False
        cases = {r.case for r in readings(token.word)}
        if link == "и":
            return True
        if link in ("на", "по", "в"):
            return False
        if link in ("для", "от", "из", "без"):
            return "gent" in cases or kind == "name"
        return "ablt" in cases and link in ("с", "со")

    def _head_is_product(self, first: int, last: int) -> bool:
        tokens = self.note.tokens[first : last + 1]
        nouns = [t for t in tokens if self._kind(t, self.note.text[t.start : t.end]) in ("noun", "name")]
        return (bool(nouns) and not self._stop(nouns[0])) or (
            len(nouns) > 1 and any(c in self.note.text[tokens[0].start : tokens[-1].end] for c in '«"')
        )

    # category -----------------------------------------------------------------------------------------------------

    def _categories(self, products: list[Claim]) -> Iterator[Claim]:
        """The category named under its heading, else that of the product, else the one most spoken of."""
        best_product = max(products, key=lambda claim: (claim.message.order, claim.strength), default=None)
        counts: Counter[str] = Counter()
        firsts: dict[str, tuple[int, int, Passage, bool]] = {}
        for passage in self.note.own():
            if passage.label in (
                "contacts",
                "channels",
                "excluded_channels",
                "landing_page",
                "kpi",
                "budget",
                "period",
                "geo",
                "age",
                "sex",
            ):
                continue
            if passage.label == "audience":
                continue
            mentions = longest(self.note.mentions(category_phrases(), passage.start, passage.end))
            if passage.label == "category" and mentions:
                yield Claim(
                    "category", mentions[0].key, mentions[0].start, mentions[0].end, LABELLED, passage.message
                )
                continue
            for mention in mentions:
                left, right = self.note.clause(mention.start, mention.end, passage)
                if self.note.about("competitor", left, right) or self._is_channel(mention.start, mention.end):
                    continue
                inside = best_product is not None and best_product.start <= mention.start < best_product.end
                owner = any(start - 30 <= mention.start < end for start, end in self.named)
                counts[mention.key] += 20 if inside else 6 if owner else 1
                if mention.key not in firsts or (inside and not firsts[mention.key][3]):
                    firsts[mention.key] = (mention.start, mention.end, passage, inside)
        if counts:
            law = {name for name, row in table("categories")["category"].items() if row["law"]}
            top = max(counts.values())
            leaders = [key for key, count in counts.items() if count == top]
            key = min(leaders, key=lambda name: (name not in law, firsts[name][0]))
            start, end, passage, _ = firsts[key]
            yield Claim("category", key, start, end, SAID if top >= 6 else HINTED, passage.message)

    def _is_channel(self, start: int, end: int) -> bool:
        return any(
            m.start <= start and end <= m.end for m in self.note.mentions(phrases("channels", "channel"))
        )


_LEADING = frozenset(
    [
        "нашего",
        "нашей",
        "наш",
        "нашу",
        "наши",
        "наших",
        "нам",
        "для",
        "the",
        "our",
        "a",
        "new",
        "про",
        "о",
        "об",
        "for",
        "of",
        "своего",
        "свою",
        "свои",
        "своей",
        "их",
    ]
)


@cache
def _kinds() -> Phrases:
    lists = table("subject")
    return Phrases({"client": lists["advertiser_kinds"], "product": lists["product_kinds"]})


@cache
def _agency() -> Phrases:
    return Phrases({"agency": table("subject")["agency_words"]})


@cache
def _stops() -> Phrases:
    return Phrases({"stop": table("subject")["product"]["stop"]})


_ENGLISH_STOPS = frozenset(
    [
        "in",
        "on",
        "at",
        "for",
        "with",
        "to",
        "and",
        "from",
        "by",
        "our",
        "the",
        "a",
        "we",
        "is",
        "are",
        "will",
        "via",
        "through",
        "during",
        "this",
        "next",
        "please",
        "budget",
        "campaign",
        "want",
        "need",
    ]
)
