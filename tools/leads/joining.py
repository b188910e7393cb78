"""A lead beside those kept before: the keys under which it is found again, whether they are one, and what they make together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from tools.company import comparable_form, read_company_name
from tools.leads.matching import Fields, Likeness, MatchRules, Record, likeness
from tools.leads.merging import Contradiction, Lead, StatedValue

_VOWELS = str.maketrans("", "", "aeiouy ")
_SCALARS = (
    "inn", "ogrn", "kpp", "city", "region", "address", "industry", "okved", "employees", "revenue",
    "client_type", "budget", "product", "website", "manager",
)  # fmt: skip
_LISTS = ("contacts", "positions", "phones", "emails", "sources", "external_ids", "merge_reasons")


class Match(NamedTuple):
    """A lead kept before that is the new one, or may be."""

    lead_id: str
    likeness: Likeness


def _name_key(lead: Lead) -> str | None:
    return read_company_name(lead.name).key or None if lead.name else None


class LeadKeys(NamedTuple):
    """Under what one lead in two spellings is found again.

    `exact`: INN, addresses, telephones. `name`: the consonants of the name. `person`, `town`: the name with either, for
    names so common that the name alone finds too many.
    """

    exact: tuple[str, ...]
    name: str | None
    person: str | None
    town: str | None

    @property
    def every(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.exact, *(key for key in (self.name, self.person, self.town) if key))


def lead_keys(lead: Lead) -> LeadKeys:
    """The keys of a lead."""
    name = _name_key(lead)
    bones = name.translate(_VOWELS) if name else ""
    named = len(bones) > 1
    return LeadKeys(
        exact=(
            *((f"inn:{lead.inn}",) if lead.inn else ()),
            *(f"email:{address}" for address in lead.emails),
            *(f"phone:{number}" for number in lead.phones),
        ),
        name=f"name:{bones}" if named else None,
        person=f"person:{bones}:{_folded(lead.contacts[0])}" if named and lead.contacts else None,
        town=f"town:{bones}:{_folded(lead.city)}" if named and lead.city else None,
    )


def _folded(text: str) -> str:
    return text.casefold().replace("ё", "е")


def lead_record(lead: Lead, free_domains: frozenset[str]) -> Record:
    """What the matching compares of a kept lead; the same fields as of a row."""
    domains = {address.rpartition("@")[2] for address in lead.emails} | (
        {lead.website} if lead.website else set()
    )
    name = _name_key(lead)
    return {
        "inn": (lead.inn,) if lead.inn else (),
        "emails": lead.emails,
        "phones": lead.phones,
        "domains": tuple(sorted(domain for domain in domains if domain not in free_domains)),
        "name": (name,) if name else (),
        "legal_form": (form,) if (form := comparable_form(lead.legal_form)) else (),
        "city": (lead.city.casefold(),) if lead.city else (),
        "contact": (_folded(lead.contacts[0]),) if lead.contacts else (),
    }


def matched(
    lead: Lead,
    kept: Iterable[Lead],
    rules: MatchRules,
    free_domains: frozenset[str],
    held: Mapping[Fields, int] = MappingProxyType({}),
) -> tuple[Match | None, list[Match]]:
    """The kept lead that is certainly this one, and those that may be, the likeliest first. `held`: how many leads are
    known to have its name, and its name and town.

    The same identifier is the same lead. Of several certain ones the likeliest is taken, the others become proposals.
    """
    certain: list[Match] = []
    doubtful: list[Match] = []
    own = lead_record(lead, free_domains)
    for other in kept:
        found = likeness((own, lead_record(other, free_domains)), 0, 1, rules, held)
        if other.lead_id == lead.lead_id or found.certain:
            certain.append(Match(other.lead_id, found))
        elif found.score >= rules.propose:
            doubtful.append(Match(other.lead_id, found))
    certain.sort(key=lambda match: (match.lead_id != lead.lead_id, -match.likeness.score, match.lead_id))
    rest = sorted(certain[1:] + doubtful, key=lambda match: (-match.likeness.score, match.lead_id))
    return (certain[0] if certain else None), rest


def _both(left: Sequence[str], right: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*left, *right)))


def joined(kept: Lead, new: Lead, reasons: Sequence[str] = ()) -> Lead:
    """One lead of two: identifier of the kept one, later values where both state one, and every disagreement shown.

    Joining the same lead twice changes nothing more. `merged_rows` stay those of the new one.
    """
    changed: dict[str, object] = {
        field: value if (value := getattr(new, field)) is not None else getattr(kept, field)
        for field in _SCALARS
    }
    changed |= {field: _both(getattr(kept, field), getattr(new, field)) for field in _LISTS}
    changed["merge_reasons"] = _both(kept.merge_reasons, (*new.merge_reasons, *reasons))
    if kept.name is None or (new.legal_form and not kept.legal_form):
        changed |= {"name": new.name or kept.name, "legal_form": new.legal_form or kept.legal_form}
    notes = {(note.text, note.created_at): note for note in (*new.notes, *kept.notes)}
    order = dict.fromkeys((note.text, note.created_at) for note in (*kept.notes, *new.notes))
    changed["notes"] = tuple(notes[key] for key in order)
    changed["extra"] = {
        heading: _both(kept.extra.get(heading, ()), new.extra.get(heading, ()))
        for heading in (*kept.extra, *(name for name in new.extra if name not in kept.extra))
    }
    disagreements = [
        Contradiction(
            field=field,
            values=(
                StatedValue(value=str(getattr(kept, field)), row=kept.merged_rows[0]),
                StatedValue(value=str(getattr(new, field)), row=new.merged_rows[0]),
            ),
        )
        for field in _SCALARS
        if None not in (getattr(kept, field), getattr(new, field))
        and getattr(kept, field) != getattr(new, field)
    ]
    changed["contradictions"] = tuple(
        dict.fromkeys((*kept.contradictions, *new.contradictions, *disagreements))
    )
    changed["findings"] = tuple(dict.fromkeys((*kept.findings, *new.findings)))
    phones, emails = _both(kept.phones, new.phones), _both(kept.emails, new.emails)
    return new.model_copy(
        update={
            **changed,
            "lead_id": kept.lead_id,
            "phone": phones[0] if phones else None,
            "email": emails[0] if emails else None,
        }
    )
