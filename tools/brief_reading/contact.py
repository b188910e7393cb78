"""Contacts and the landing page: mail addresses, phones, Telegram names, persons, links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import HINTED, LABELLED, SAID, Claim
from tools.brief_reading.lexicon import phrases
from tools.brief_reading.thread import Message
from tools.morphology import grammemes

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@./])@[a-z][a-z0-9_]{4,31}\b", re.IGNORECASE)
_TLD = r"games|film|movie|digital|studio|design|cafe|pizza|coffee|fit|fitness|house|city|estate|energy|play|fun|live|space|website|tours|taxi|auto|cars|shoes|clothing|farm|garden|food|kitchen|rest|bar|wine|beer|beauty|care|health|dental|academy|education|courses|university|tv|fm|eu|de|uk|дети|онлайн|сайт|орг|tatar|ru|рф|com|org|net|io|su|pro|shop|online|store|app|me|moscow|москва|site|by|kz|info|tech|club|market|group|life|biz|dev|ai|travel|clinic|school|bank|media|agency|team|one|example|test|center|world|ru\.com"
_URL = re.compile(
    rf"(?:https?://[^\s<>()\[\]«»\"|,;]+|(?<![\w@.-])(?:www\.)?(?:[\w-]+\.)+(?:{_TLD})(?![\w-])(?:/[^\s<>()\[\]«»\"|,;]*)?)",
    re.IGNORECASE,
)
_PERSON = re.compile(
    r"\b[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?(?:\s+[А-ЯЁ]\.\s?(?:[А-ЯЁ]\.)?|(?:\s+[А-ЯЁ][а-яё]+(?:-[А-ЯЁ][а-яё]+)?){0,2})"
)
_LATIN_PERSON = re.compile(r"\b[A-Z][a-z]+\s[A-Z][a-z]+\b")
_LINE_ABOVE = re.compile(
    r"^[>\s]*([A-Z][a-z]+\s[A-Z][a-z]+),?[ \t]*\n[>\s]*(?:e-?mail\s*:\s*)?\Z", re.MULTILINE
)
_SIGNATURE = re.compile(
    r"(?:с уважением|с наилучшими|best regards|kind regards|regards|спасибо|thanks|thank you|many thanks|cheers|sincerely|yours \w+|best|хорошего дня|заранее благодар\w+)[,!.\s]*$",
    re.IGNORECASE,
)
_CONTACT_WORD = re.compile(
    r"\b(?:контакт\w*|лпр|ответственн\w+|звоните|пишите|связ\w+|менеджер|маркетолог|директор|руководител\w+|меня зовут|contact|head of|manager|director|cmo|брендменеджер|бренд-менеджер)\b",
    re.IGNORECASE,
)
_NO_PAGE = re.compile(
    r"(?:конкурент|competitor|пример|референс|вдохнов|как у|reference|нравится|(?<![.\w])example)",
    re.IGNORECASE,
)
_SURNAME = re.compile(r"(?:ов|ев|ёв|ин|ын|ко|ский|ской|цкий|ая|ой|ый|ук|юк|ян|дзе|ва|на|ич|ец|ер|ман)$")
_ROLE_AFTER = re.compile(
    r"\b([A-Z][a-z]+\s[A-Z][a-z]+),?\s+(?:[a-z]+\s+){0,2}(?:director|manager|head|lead|ceo|cmo|marketing)\b"
)
_ASKED = 6  # addresses whose domain is held against the names of a text; a brief has few
_MESSENGERS = ("t.me", "wa.me", "telegram.me")


def _phones(text: str) -> list[tuple[int, int, str]]:
    import phonenumbers  # its tables take a moment to load, and many texts hold no digits

    if not re.search(r"\d[\d\s()+-]{8,}", text):
        return []
    return [
        (
            found.start,
            found.end,
            phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164),
        )
        for found in phonenumbers.PhoneNumberMatcher(text, "RU", phonenumbers.Leniency.VALID)
        if not re.match(
            r"\s*(?:руб|₽|р\.|млн|тыс|показ|клик)", text[found.end : found.end + 10], re.IGNORECASE
        )
        and re.match(r"[+(]|[78][\s(-]?[\s(-]?\d{3}|9\d\d", text[found.start :])
    ]


_CAPITALS_BEFORE = re.compile(r"(?<![\w-])((?:[А-ЯЁ][а-яё]+ ){1,3}[А-ЯЁ][а-яё]+)\s*[,:—–-]\s*$")


def is_person(name: str) -> bool:
    """Whether every word of a Russian name is a first name, patronymic or surname, and one is more than a first name."""
    words = [word for word in re.findall(r"[А-ЯЁа-яё-]+", name) if len(word) > 1]
    named = [bool(grammemes(word.lower()) & {"Name", "Surn", "Patr"}) for word in words]
    if "." in name:
        return bool(words) and (named[0] or bool(_SURNAME.search(words[0])))
    if len(words) == 2 and len(words[1]) <= 4 and "Name" in grammemes(words[0].lower()):
        return True  # Артём Ли, Руслан Ким
    if all(named):
        return bool(words)
    return any(named) and all(
        known or _SURNAME.search(word) for known, word in zip(named, words, strict=True)
    )


class ContactReader:
    """Finds contacts and links once; the spans they cover hold no figures of anything else."""

    def __init__(self, note: AnnotatedText) -> None:
        self.note = note
        text = note.text
        self.emails = [(found.start(), found.end()) for found in _EMAIL.finditer(text)]
        self.phones = _phones(text)
        self.urls = [
            (found.start(), found.start() + len(found.group().rstrip(".!?:'")))
            for found in _URL.finditer(text)
            if not any(start <= found.start() < end for start, end in self.emails)
        ]
        self.handles = [(found.start(), found.end()) for found in _HANDLE.finditer(text)]

    @property
    def taken(self) -> list[tuple[int, int]]:
        """Stretches whose digits are no quantities."""
        return [*self.emails, *((start, end) for start, end, _ in self.phones), *self.urls]

    @property
    def mail_domains(self) -> list[str]:
        """Domains of the first mail addresses that are not the agency's."""
        usable = (spot for spot in self.emails[:_ASKED] if self._usable(spot[0])[0])
        return [self.note.text[start:end].rpartition("@")[2] for start, end in usable]

    @property
    def link_domains(self) -> list[str]:
        """Domains of the first links."""
        usable = (spot for spot in self.urls[:_ASKED] if self._usable(spot[0])[0])
        return [re.sub(r"^https?://", "", self.note.text[start:end]).split("/")[0] for start, end in usable]

    def _direct(self) -> list[int]:
        """Where a mail address or a phone begins: lines with them are signatures."""
        return [start for start, _ in self.emails] + [start for start, _, _ in self.phones]

    def _place(self, start: int) -> tuple[Passage | None, Message]:
        passage = self.note.passage_at(start)
        if passage:
            return passage, passage.message
        message = next((m for m in reversed(self.note.messages) if m.start <= start), self.note.messages[0])
        return None, message

    def _usable(self, start: int) -> tuple[bool, int, Message]:
        """Whether a contact at `start` is the client's; a header names its sender only in the From line."""
        passage, message = self._place(start)
        if message.agency or any(left <= start < right for left, right in self.note.dropped):
            return False, 0, message
        if passage is None:
            stop = self.note.text.find("\n", start)
            line = self.note.text[self.note.text.rfind("\n", 0, start) + 1 : stop if stop > 0 else None]
            sender = bool(re.match(r"[>\s*]*(?:от|from|от кого)\s*:", line, re.IGNORECASE)) or (
                "<" in line and not re.match(r"[>\s*]*(?:кому|to|cc|копия|тема|subject)", line, re.IGNORECASE)
            )
            return sender, HINTED, message
        if passage.label in ("-competitors", "-past"):
            return False, 0, message
        return True, LABELLED if passage.label == "contacts" else SAID, message

    def contacts(self) -> Iterator[Claim]:
        spots: list[tuple[int, int, str, str]] = []
        text = self.note.text
        spots += [(start, end, "email", text[start:end].rstrip(".").lower()) for start, end in self.emails]
        spots += [(start, end, "phone", number) for start, end, number in self.phones]
        spots += [(start, end, "telegram", text[start:end]) for start, end in self.handles]
        spots += [
            (start, end, "telegram", text[start:end])
            for start, end in self.urls
            if any(name in text[start:end].lower() for name in _MESSENGERS) and self._near_contact_word(start)
        ]
        spots += self._persons()
        for start, end, kind, value in sorted(spots):
            usable, strength, message = self._usable(start)
            if usable:
                yield Claim(
                    "contacts",
                    {"kind": kind, "value": value},
                    start,
                    min(end, start + len(text[start:end].rstrip("."))),
                    strength,
                    message,
                )

    def _near_contact_word(self, start: int) -> bool:
        passage, _ = self._place(start)
        if passage is None:
            return False
        listed = phrases("channels", "service")
        return passage.label == "contacts" or bool(self.note.mentions(listed, passage.start, passage.end))

    def _persons(self) -> Iterator[tuple[int, int, str, str]]:
        text = self.note.text
        for start, _ in self.emails:
            named = re.search(
                r"([А-ЯЁA-Z][\w-]+(?:\s+[А-ЯЁA-Z][\w.-]+){1,2})\s*(?:[<(]|\[mailto:\s*)$",
                text[max(0, start - 70) : start],
            )
            if named and (named[1].isascii() or is_person(named[1])):
                role = re.match(r"[A-Z]{2,4}\s+(?=\S+\s)", named[1])
                name = named[1][role.end() :] if role else named[1]
                at = max(0, start - 70) + named.end(1) - len(name)
                yield at, at + len(name), "person", name
        for start in self._direct():
            named = re.search(r"\b([A-Z][a-z]+\s[A-Z][a-z]+)\s*[,:—–-]\s*$", text[max(0, start - 50) : start])
            if named:
                at = max(0, start - 50) + named.start(1)
                yield at, at + len(named[1]), "person", named[1]
            yield from self._named_before(start)
        yield from self._signed_above()
        for passage in self.note.own():
            line_start = text.rfind("\n", 0, passage.start) + 1
            before = text[max(0, line_start - 60) : line_start].rstrip("\n ")
            signed = bool(_SIGNATURE.search(before))
            direct = [*self._direct(), *(start for start, _ in self.handles)]
            near = any(passage.start - 40 <= start <= passage.end + 60 for start in direct)
            if (
                passage.label != "contacts"
                and not signed
                and not any(passage.start <= start < passage.end for start, _ in self.handles)
                and not (near and passage.label is None)
                and not _CONTACT_WORD.search(text, passage.start, passage.end)
            ):
                continue
            if passage.label not in (None, "contacts"):
                continue
            for role in _ROLE_AFTER.finditer(text, passage.start, passage.end):
                yield role.start(1), role.end(1), "person", role[1]
            for found in _PERSON.finditer(text, passage.start, passage.end):
                words = found.group().split()
                if is_person(found.group()) and (
                    len(words) > 1
                    or signed
                    or passage.label == "contacts"
                    or re.search(r"зовут\s*$", text[: found.start()][-12:])
                ):
                    yield found.start(), found.end(), "person", found.group()
            if passage.label == "contacts" or signed:
                for found in _LATIN_PERSON.finditer(text, passage.start, passage.end):
                    yield found.start(), found.end(), "person", found.group()

    def _signed_above(self) -> Iterator[tuple[int, int, str, str]]:
        """A Latin name alone on the line above an address that spells it: "Kate Morris" over kate@…; a firm's name is not spelt so."""
        text = self.note.text
        for start, end in self.emails:
            found = _LINE_ABOVE.search(text, max(0, start - 80), start)
            if found is None:
                continue
            local = text[start:end].partition("@")[0].lower()
            if any(word in local for word in found[1].lower().split()):
                yield found.start(1), found.end(1), "person", found[1]

    def _named_before(self, start: int) -> Iterator[tuple[int, int, str, str]]:
        """A first name and a surname right before a phone or an address: "Директор Сергей Панин, panin@…"."""
        text, left = self.note.text, max(0, start - 60)
        found = _CAPITALS_BEFORE.search(text[left:start])
        if found is None:
            return
        *before, first, last = found[1].split()
        named = {"Name", "Surn", "Patr"}
        if any(grammemes(word.lower()) & named for word in before) or not is_person(f"{first} {last}"):
            return
        if "Patr" not in grammemes(first.lower()) | grammemes(last.lower()):
            end = left + found.end(1)
            yield end - len(f"{first} {last}"), end, "person", f"{first} {last}"

    def landing_pages(self) -> Iterator[Claim]:
        text = self.note.text
        for start, end in self.urls:
            passage, message = self._place(start)
            if passage is None or message.agency or passage.foreign:
                continue
            link = text[start:end]
            if any(name in link.lower() for name in _MESSENGERS) and passage.label != "landing_page":
                continue
            left, _ = self.note.clause(start, end, passage)
            if _NO_PAGE.search(
                text, passage.start if passage.label is None else left, end
            ) or self.note.about("competitor", left, end):
                continue
            if passage.label in ("excluded_channels", "channels") and not re.search(
                r"(?:^|[.!])\s*$", text[passage.start : start]
            ):
                continue
            strength = (
                LABELLED
                if passage.label == "landing_page"
                else HINTED
                if passage.label in ("contacts", "client")
                else SAID
            )
            if any(passage.start <= spot < passage.end for spot in self._direct()):
                strength = min(strength, HINTED) if passage.label != "landing_page" else strength
            corrects = bool(self.note.about("correction", passage.start, passage.end))
            yield Claim("landing_page", link, start, end, strength, message, corrects)


def read_contacts(reader: ContactReader) -> list[Any]:
    """Claims for contacts and for the landing page."""
    return [*reader.contacts(), *reader.landing_pages()]
