"""What an advertisement advertises, where it is placed, and what can be seen of its marking."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict

from tools import phrase
from tools.adlaw_language import foreign_phrases, latin_share, translated
from tools.rules import with_terms
from tools.rules_trigger import Placement
from tools.word_index import WordIndex

_ERID = re.compile(r"\berid\b\s*[:=]\s*([^\s&#,;)»\"]+)", re.IGNORECASE)
_ERID_FORM = re.compile(r"[A-Za-z0-9]{8,}")
_FOOTNOTE_MARK = re.compile(r"[\w»\"%₽!.)]\*")
_FOOTNOTE = re.compile(r"(?:^|\n|[.!?…»)]\s+|\s)\*+\s*\S")
_BANNED_MARK = re.compile(r"(?:instagram|facebook|meta|инстаграм\w*|фейсбук\w*)\*", re.IGNORECASE)
_HOLLOW = re.compile(
    r"\*+\s*(?:все\s+)?(?:подробн|услови|детал|информаци)[^\n.!?%\d]*[.!?]?\s*$", re.IGNORECASE | re.MULTILINE
)


class Category(BaseModel):
    """A kind of goods with its own advertising rules: how people name it and by which words a text shows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    names: tuple[str, ...]
    any: tuple[str, ...]
    all: tuple[tuple[str, ...], ...] = ()
    none: tuple[str, ...] = ()

    def seen(self, index: WordIndex) -> bool:
        """Whether the words show it: one of `any` stands in the text, or of each group of `all` at least one."""
        shown = bool(phrase.find(self.any, index)) or (
            bool(self.all) and all(phrase.find(group, index) for group in self.all)
        )
        return shown and not phrase.find(self.none, index)


class Channel(BaseModel):
    """A place of advertising and the legal groups it belongs to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    names: tuple[str, ...]
    groups: tuple[str, ...]


@cache
def _page() -> dict[str, object]:
    return tomllib.loads((resources.files("tools") / "tables" / "law" / "subject.toml").read_text("utf-8"))


@cache
def categories() -> tuple[Category, ...]:
    """The categories the rules know."""
    rows = _page()["category"]
    assert isinstance(rows, list)
    return tuple(Category.model_validate(_written_out(row)) for row in rows)


def _written_out(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with named groups of terms spelled out in its phrases."""
    plain = {name: with_terms(row[name], row["id"]) for name in ("any", "none") if name in row}
    return {**row, **plain, "all": [with_terms(group, row["id"]) for group in row.get("all", ())]}


@cache
def channels() -> tuple[Channel, ...]:
    """The channels the rules know."""
    rows = _page()["channel"]
    assert isinstance(rows, list)
    return tuple(Channel.model_validate(row) for row in rows)


@cache
def _signs() -> Mapping[str, list[str]]:
    signs = _page()["signs"]
    assert isinstance(signs, dict)
    return signs


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("ё", "е").replace("_", " ").replace("*", "").split())


def _stem(word: str) -> str:
    """Enough of a name to know its inflected forms by; short names are known whole."""
    return word if len(word) < 5 else word[: max(5, len(word) - 2)]


def _says(name: str, known: str) -> bool:
    said = name.replace("-", " ").split()
    return all(
        any(word == part or (len(part) >= 5 and word.startswith(_stem(part))) for word in said)
        for part in known.replace("-", " ").split()
    )


def _named(name: str, rows: Iterable[Category | Channel]) -> str | None:
    """The row people mean by a name: named so exactly, else the longest known name that stands within it."""
    wanted = _plain(name)
    names = [(_plain(known), row.id) for row in rows for known in (row.id, *row.names)]
    exact = next((row_id for known, row_id in names if known == wanted), None)
    if exact is not None:
        return exact
    within = [(len(known), row_id) for known, row_id in names if _says(wanted, known)]
    return max(within)[1] if within else None


def _all_named(name: str) -> set[str]:
    """Every channel a name speaks of: "рассылка в WhatsApp" is a mailing and WhatsApp; an exact name is that one alone."""
    wanted = _plain(name)
    names = [(_plain(known), row.id) for row in channels() for known in (row.id, *row.names)]
    exact = {row_id for known, row_id in names if known == wanted}
    return exact or {row_id for known, row_id in names if _says(wanted, known)}


def categories_of(index: WordIndex, named: str | None = None) -> frozenset[str]:
    """The categories a text belongs to: the one it is said to be in, and those its words show."""
    found = {category.id for category in categories() if category.seen(index)}
    if named and (known := _named(named, categories())):
        found.add(known)
    return frozenset(found)


def channels_of(names: Iterable[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Ids and groups of the channels named, and the names nobody knows."""
    found: set[str] = set()
    unknown = []
    by_id = {channel.id: channel for channel in channels()}
    for name in names:
        known = _all_named(name)
        if not known:
            unknown.append(name)
        for row_id in known:
            found |= {row_id, *by_id[row_id].groups}
    return frozenset(found), tuple(unknown)


def facts_of(text: str, index: WordIndex, channel_ids: frozenset[str] | None) -> dict[str, bool | int | str]:
    """What the text itself shows of its marking: erid, footnotes, the name of a legal person, share of Latin words."""
    facts: dict[str, bool | int | str] = {"latin_share": latin_share(text)}
    facts |= {"foreign_phrase": bool(foreign_phrases(text)), "translated": translated(text)}
    for written in _ERID.finditer(text):
        well_formed = _ERID_FORM.fullmatch(written[1].rstrip(".")) is not None
        facts["erid" if well_formed else "erid_malformed"] = written[1].rstrip(".") if well_formed else True
    starred = _BANNED_MARK.sub("", text)
    marks = len(_FOOTNOTE_MARK.findall(starred))
    hollow = _HOLLOW.search(starred) is not None
    if hollow or (marks and not _FOOTNOTE.search(_FOOTNOTE_MARK.sub("", starred))):
        facts["open_footnote"] = True
    if phrase.find(_signs()["legal_name"], index):
        facts["legal_name"] = True
    if channel_ids is not None:
        facts["channels_known"] = True
        facts["internet"] = "internet" in channel_ids
    return facts


def place(
    text: str,
    index: WordIndex,
    category: str | None,
    channel_names: Iterable[str] | None,
    given: Mapping[str, bool | int | str],
) -> tuple[Placement, tuple[str, ...]]:
    """The placement of an advertisement, and the channel names nobody knows. What the caller states wins over what the text shows."""
    channel_ids, unknown = channels_of(channel_names) if channel_names is not None else (None, ())
    if channel_ids is not None and not channel_ids:
        channel_ids = None
    facts = facts_of(text, index, channel_ids) | {
        name: value for name, value in given.items() if value is not None
    }
    return Placement(categories_of(index, category), channel_ids, facts), unknown


def channel_named(name: str) -> Channel | None:
    """The channel people call so."""
    known = _named(name, channels())
    return next((channel for channel in channels() if channel.id == known), None)
