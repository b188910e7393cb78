"""Where the campaign runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import HINTED, LABELLED, SAID, Claim
from tools.brief_reading.context import of_another_time
from tools.brief_reading.lexicon import Mention, Phrases, longest, phrases, table

_PLACE_BEFORE = re.compile(
    r"(?:\b(?:в|во|по|на|г\.|гор\.|город\w*|in|across|for|и|жител\w+)\s*|[,;/]\s*|\bна\s+всю\s+|\bпо\s+всей\s+|\bвсей\s+|\bвся\s+)$",
    re.IGNORECASE,
)
_NOT_PLACE_BEFORE = re.compile(
    r"(?:\b(?:из|от|под|банк|улиц\w+|ул\.|проспект|пр-т|газета|радио|театр|ФК|имени|им\.|ЖК|отель|from)\s+[«\"]?|«)$",
    re.IGNORECASE,
)
_EXCEPT_BEFORE = re.compile(
    r"\b(?:кроме|исключая|за\s+исключением|без|исключить|исключаем|except(?:\s+for)?|excluding|without|не)\s+(?:(?:[а-яё]+\s+)?(?:г\.\s*)?)?$",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"\s*(?:не\s+(?:нужн\w+|рассматрива\w+|берем|берём|интересн\w+|интересует|включ\w+|надо)|исключ\w+|убира\w+|убрать|уберите|убер[её]м|убери|пока\s+не)",
    re.IGNORECASE,
)
_INSTEAD_BEFORE = re.compile(r"\b(?:вместо|instead\s+of)\s+(?:г\.\s*|города\s+)?$", re.IGNORECASE)
_UNDECIDED = re.compile(
    r"(?:пока\s+дума|под\s+вопрос|не\s+решил|ещё\s+дума|еще\s+дума|не\s+уверен|позже\s+реш|подумаем)",
    re.IGNORECASE,
)
_SITE_BEFORE = re.compile(
    r"(?:ЖК|комплекс\w*|отел\w+|завод\w*|курорт\w*|кварт?ал\w*|пос[её]лок\w*)\s+[«\"][^»\"]+[»\"]\s+(?:в|под|на)\s+$"
)  # where the thing stands, not where it is advertised
_LISTED = re.compile(r"\s*(?:,\s*и|,|и|and|/|\+|&)\s*(?:г\.\s*)?")
_ONLY = re.compile(r"\b(?:только|лишь|исключительно|only|теперь)\b", re.IGNORECASE)
_ADD = re.compile(
    r"\b(?:добав\w+|ещё|еще|также|плюс|тоже|дополнительно|подключ\w+|add|also)\b", re.IGNORECASE
)
_REMOVE = re.compile(
    r"\b(?:убира\w+|убрать|уберите|исключ\w+|выч[её]ркив\w+|снима\w+|отказыва\w+|remove|drop)\b",
    re.IGNORECASE,
)


@cache
def place_phrases() -> Phrases:
    """Places by canonical name, with their short names."""
    lists = table("geography")
    listed: dict[str, list[str]] = {}
    for group in ("countries", "macroregions", "regions", "cities"):
        for name in lists[group]:
            listed[name] = [name]
    for name, short in lists["short"].items():
        listed.setdefault(name, []).extend(short)
    for name in lists["regions"]:
        if name.endswith("область"):
            listed[name].append(name.replace("область", "обл"))
    return Phrases(listed)


@cache
def _wide() -> frozenset[str]:
    return frozenset([*table("geography")["countries"], *table("geography")["macroregions"]])


class GeographyReader:
    """Claims of one place each; the places of cities named with "и область" give the region too."""

    def __init__(self, note: AnnotatedText, occupied: list[tuple[int, int]]) -> None:
        self.note = note
        self.occupied = occupied
        self.excluded: list[str] = []

    def _context(self, key: str, start: int, end: int) -> bool:
        return any(
            found.key == key for found in self.note.mentions(phrases("geography", "context"), start, end)
        )

    def _seated(self, place: Mention, left: int, right: int) -> bool:
        """Whether words of a seat stand in the clause; "из" is one right before the place only, as speech has no commas."""
        return any(
            self.note.text[found.start : found.end].lower() != "из" or 0 <= place.start - found.end < 16
            for found in self.note.mentions(phrases("geography", "context"), left, right)
            if found.key == "seat"
        )

    def _people(self, start: int, end: int) -> bool:
        return any(
            found.key == "subject" for found in self.note.mentions(phrases("audience", "age"), start, end)
        )

    def claims(self) -> Iterator[Claim]:
        for passage in self.note.own():
            if passage.label in ("contacts", "excluded_channels", "budget", "kpi") or (
                passage.label == "landing_page"
                and re.search(r"\w\.\w|@", self.note.text[passage.start : passage.end])
            ):
                continue
            places = _not_nested(self.note.mentions(place_phrases(), passage.start, passage.end))
            yield from self._joint_regions(passage)
            excluded_until = -1
            lasting: tuple[int, int] | None = None
            swaps = any(
                _INSTEAD_BEFORE.search(self.note.text[max(passage.start, p.start - 30) : p.start])
                for p in places
            )
            for place in places:
                if any(start <= place.start < end for start, end in self.occupied):
                    continue
                strength = self._strength(passage, place)
                if (
                    strength is None
                    and lasting is not None
                    and place.key not in table("geography")["ambiguous"]
                    and _LISTED.fullmatch(self.note.text, lasting[0], place.start)
                ):
                    strength = lasting[1]
                if strength is None or (place.key in _wide() and self._narrowed(passage, place, places)):
                    continue
                if (
                    lasting is not None
                    and strength < lasting[1]
                    and _LISTED.fullmatch(self.note.text, lasting[0], place.start)
                ):
                    strength = lasting[1]  # a list has one strength
                lasting = (place.end, strength)
                before = self.note.text[passage.start : place.start]
                continued = excluded_until >= 0 and re.fullmatch(
                    r"\s*(?:,|и|and|,\s*и)\s*(?:г\.\s*)?", self.note.text[excluded_until : place.start]
                )
                removes = bool(
                    _EXCEPT_BEFORE.search(before[-40:])
                    or continued
                    or _NOT_AFTER.match(self.note.text, place.end)
                )
                if removes:
                    excluded_until = place.end
                    self.excluded.append(place.key)
                corrects = bool(self.note.about("correction", passage.start, passage.end))
                if _REMOVE.search(before[-60:]) and not removes:
                    removes = True
                if _INSTEAD_BEFORE.search(before[-30:]):
                    removes, strength = True, max(strength, SAID)
                if swaps:
                    corrects, strength = False, max(strength, SAID)
                if removes or _ADD.search(before):
                    strength = max(strength, SAID)
                note = (
                    "add"
                    if swaps
                    else "only"
                    if _ONLY.search(before)
                    else "add"
                    if _ADD.search(before)
                    else None
                )
                yield Claim(
                    "geo",
                    place.key,
                    place.start,
                    place.end,
                    strength,
                    passage.message,
                    corrects,
                    note,
                    removes,
                )
                if not removes:
                    yield from self._and_region(passage, place, strength)

    def _narrowed(self, passage: Passage, country: Mention, places: list[Mention]) -> bool:
        """Whether a country is followed by its places: "Russia (Moscow, Sochi)", "в России: Казань и Уфа"."""
        gap = re.compile(
            r"\s*(?:[(:]|\s[—–-]|,?\s*(?:mainly|mostly|primarily|в\s+основном|прежде\s+всего|а\s+именно)\s+(?:in|в|на)?)\s*(?:г\.\s*|города?\s+)?"
        ).match(self.note.text, country.end, passage.end)
        return gap is not None and any(place.start == gap.end() for place in places)

    def _joint_regions(self, passage: Passage) -> Iterator[Claim]:
        """ "Саратовская и Волгоградская области": the noun stands once, after the last of its adjectives."""
        for found in _REGIONS_TOGETHER.finditer(self.note.text, passage.start, passage.end):
            for word in re.finditer(r"[А-ЯЁ][а-яё-]+", found["adjectives"]):
                start = found.start("adjectives") + word.start()
                name = _region_named(word.group(), found["noun"])
                strength = LABELLED if passage.label == "geo" else SAID
                if name and not of_another_time(self.note, passage, start, found.end()):
                    yield Claim("geo", name, start, found.end(), strength, passage.message)

    def _and_region(self, passage: Passage, place: Mention, strength: int) -> Iterator[Claim]:
        region = {"Москва": "Московская область", "Санкт-Петербург": "Ленинградская область"}.get(
            place.key
        ) or _region_of(place.key)
        found = re.match(
            r"\s*(?:и|\+|,|/|&|and)\s*(?:вся\s+|всей\s+)?(?:область|области|областью|обл\.?|region|МО(?!\w)|ЛО(?!\w)|регион)(?![а-яё])",
            self.note.text[place.end : place.end + 24],
        )
        if found and region:
            yield Claim("geo", region, place.start, place.end + found.end(), strength, passage.message)

    def _strength(self, passage: Passage, place: Mention) -> int | None:
        note, text = self.note, self.note.text
        before = text[max(0, place.start - 30) : place.start]
        written = text[place.start : place.end]
        if passage.label == "client":
            last = re.fullmatch(r"[\s).]*", text[place.end : passage.end])
            return HINTED if last and re.search(r"[,(]\s*(?:г\.\s*)?$", before) else None
        if passage.label == "geo":
            return None if of_another_time(note, passage, place.start, place.end) else LABELLED
        if len(written) <= 2 and written != written.upper() and written != "рф":
            return None
        if written.lower() in ("нижний", "нижнем", "нижнему") and not (
            _PLACE_BEFORE.search(before) and written[0].isupper()
        ):
            return None
        if written in ("МО", "ЛО", "РТ", "РБ", "НН", "РФ") and not _PLACE_BEFORE.search(before):
            return None
        come_from = re.search(r"\b(?:из|from)\s+(?:г\.\s*)?$", before, re.IGNORECASE) and (
            passage.label == "audience" or self._people(*note.clause(place.start, place.end, passage))
        )
        if come_from and not of_another_time(note, passage, place.start, place.end):
            return SAID
        if (
            _NOT_PLACE_BEFORE.search(before)
            or of_another_time(note, passage, place.start, place.end)
            or note.is_question(passage)
        ):
            return None
        if place.key in table("geography")["ambiguous"] and not (
            (_PLACE_BEFORE.search(before) or _EXCEPT_BEFORE.search(before)) and written[0].isupper()
        ):
            return None
        left, right = note.clause(place.start, place.end, passage)
        if self._seated(place, left, right) or note.about("hypothetical", left, right):
            return None
        if _UNDECIDED.search(text, left, right):
            return None
        if _SITE_BEFORE.search(text, passage.start, place.start):
            return HINTED
        if self._context("target", passage.start, passage.end):
            return SAID
        if passage.label == "audience":
            return SAID
        return HINTED if _PLACE_BEFORE.search(before) or left == place.start or written[0].isupper() else None


_REGIONS_TOGETHER = re.compile(
    r"(?P<adjectives>[А-ЯЁ][а-яё-]+(?:ск|цк)(?:ая|ой|ую|ий|ого|ому|ом|их|им|ие)"
    r"(?:\s*(?:,|и|,\s*и|\+|/)\s*[А-ЯЁ][а-яё-]+(?:ск|цк)(?:ая|ой|ую|ий|ого|ому|ом|их|им|ие))+)\s+(?P<noun>обл|кра)[а-яё]*"
)


@cache
def _region_named(adjective: str, noun: str) -> str | None:
    """The region of an adjective in any case: "Саратовской", "обл" -> Саратовская область."""
    stem = re.sub(r"(?:ая|ой|ую|ий|ого|ому|ом|их|им|ие)$", "", adjective)
    return next(
        (
            name
            for name in table("geography")["regions"]
            if name.startswith(stem)
            and len(name.split()[0]) - len(stem) == 2
            and name.split()[-1].startswith(noun)
        ),
        None,
    )


@cache
def _region_of(city: str) -> str | None:
    stem = city[:5].lower()
    return next(
        (
            name
            for name in table("geography")["regions"]
            if name.lower().startswith(stem) and "область" in name
        ),
        None,
    )


def _not_nested(mentions: list[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in longest(mentions):
        if not any(mention.start < other.end and other.start < mention.end for other in kept):
            kept.append(mention)
    return kept
