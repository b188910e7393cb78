"""The leads that are kept: found again by their keys, written with their qualification, joined, entered as deals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

import msgspec

from api.wiring import House
from masterdeal import instant
from masterdeal.errors import BadRequest, NotFound
from masterdeal.flow.intake import read, record
from masterdeal.ports import Reading, Writing
from masterdeal.sla import MOSCOW
from tools.drafting import plain
from tools.leads.joining import joined, lead_keys
from tools.leads.matching import Fields
from tools.leads.merging import Lead
from tools.leads.qualified import proposed_events, qualify_lead
from tools.qualification.qualify import Qualification

SOURCE: Final = "masterdeal/leads"
HELD: Final = "leads"
# More kept leads than these under one key are no help in finding one: a narrower key is asked.
MOST_ALIKE: Final = 20
# So many of one name are counted; beyond, a name says as good as nothing.
MOST_COUNTED: Final = 1000


def today(house: House) -> date:
    """The day in Moscow."""
    return instant.to_datetime(house.clock()).astimezone(MOSCOW).date()


def kept_lead(read: Reading, lead_id: str) -> dict[str, Any] | None:
    """A kept lead as JSON; an identifier that was joined into another leads to that one."""
    for _ in range(100):
        text = read.archived("lead", lead_id)
        if text is not None:
            lead: dict[str, Any] = json.loads(text)
            return lead
        moved = read.archived("lead-joined", lead_id)
        if moved is None:
            return None
        lead_id = json.loads(moved)["lead_id"]
    return None


def as_lead(kept: dict[str, Any]) -> Lead:
    """The lead of a kept one, without what the house added."""
    return Lead.model_validate(kept)


class Alike(NamedTuple):
    """Kept leads worth comparing with a new one, by their identifiers, and how many kept ones hold its name, and its name
    and town."""

    kept: dict[str, dict[str, Any]]
    held: dict[Fields, int]


def alike(read: Reading, lead: Lead, made_by: str, common: dict[str, int]) -> Alike:
    """Kept leads that share a key with this one; the one of the same identifier among them, but none of the others that
    the import `made_by` made. The work is bounded however many share a key: a name that many go by is only counted, and
    the lead is looked for among those of the same person or town. `common` keeps what was counted, for the next lead."""
    keys = lead_keys(lead)
    ids = {lead.lead_id: None}
    for key in keys.exact:
        ids.update(dict.fromkeys(_under(read, key, made_by, MOST_ALIKE)))
    held: dict[Fields, int] = {}
    if keys.name is not None:
        if keys.name not in common:
            named = _under(read, keys.name, made_by, MOST_COUNTED)
            held["name",] = len(named)
            if len(named) <= MOST_ALIKE:
                ids.update(dict.fromkeys(named))
            else:
                common[keys.name] = len(named)
        if keys.name in common:
            held["name",] = common[keys.name]
            if keys.person is not None:
                ids.update(dict.fromkeys(_under(read, keys.person, made_by, MOST_ALIKE)))
        if keys.town is not None and held["name",] > 1:
            neighbours = _under(read, keys.town, made_by, MOST_ALIKE)
            held["name", "city"] = len(neighbours)
            if len(neighbours) < MOST_ALIKE:
                ids.update(dict.fromkeys(neighbours))
    found = [kept_lead(read, lead_id) for lead_id in ids]
    return Alike({kept["lead_id"]: kept for kept in found if kept is not None}, held)


def _under(read: Reading, key: str, made_by: str, most: int) -> list[str]:
    """Identifiers of the first `most` leads under a key, without those of the import `made_by`."""
    maker, found, after = json.dumps(made_by), [], f"{key}|"
    page = MOST_ALIKE
    while most > 0:
        entries = read.archive("lead-key", after, min(page, most))
        here = [(entry, by) for entry, by in entries if entry.rpartition("|")[0] == key]
        found += [entry.rpartition("|")[2] for entry, by in here if by != maker]
        if len(here) < min(page, most):
            break
        after, most, page = here[-1][0], most - page, MOST_COUNTED
    return found


def summary(found: Qualification) -> dict[str, Any]:
    """What a list shows of a qualification."""
    return {
        "verdict": found.verdict,
        "tier": found.tier,
        "bant": {letter: item.state for letter, item in found.bant.items()},
        "bant_score": found.bant_score,
        "champ_score": found.champ_score,
        "icp_score": found.icp.score,
        "next_question": found.next_question,
        "nurturing": found.nurturing,
        "rules_version": found.rules_version,
    }


def write(
    tx: Writing, leads: Iterable[tuple[Lead, Qualification, dict[str, Any]]], now: int
) -> dict[str, dict[str, Any]]:
    """Keep leads with their qualification and what is known beside them (`created`, `imports`, `entered`)."""
    papers: dict[str, dict[str, Any]] = {}
    keys: dict[str, str] = {}
    for lead, found, beside in leads:
        papers[lead.lead_id] = {**plain(lead), "qualification": summary(found), **beside}
        maker = json.dumps(beside.get("made_by"))
        keys.update((f"{key}|{lead.lead_id}", maker) for key in lead_keys(lead).every)
    tx.file("lead", {id_: json.dumps(paper, ensure_ascii=False) for id_, paper in papers.items()}, now)
    tx.file("lead-key", keys, now)
    return papers


def beside(kept: dict[str, Any] | None, import_id: str | None, now: int) -> dict[str, Any]:
    """What is known of a lead beside its own fields, with one more import."""
    known = kept or {}
    imports = [*known.get("imports", ()), *([import_id] if import_id else [])]
    return {
        "created": known.get("created") or instant.iso(now),
        "made_by": known.get("made_by") or import_id,
        "imports": list(dict.fromkeys(imports)),
        "entered": known.get("entered"),
        "learned_score": known.get("learned_score"),
    }


def lead_to(tx: Writing, lead_id: str, kept_id: str, now: int) -> None:
    """Let an identifier that was joined into a kept lead lead to it."""
    tx.file("lead-joined", {lead_id: json.dumps({"lead_id": kept_id})}, now)


def join_kept(tx: Writing, house: House, lead_ids: Sequence[str], now: int) -> dict[str, Any]:
    """Make two kept leads one, the earlier of them; the other identifier leads to it from then on. Twice is as once.

    NotFound where one is not kept. Nothing of either is lost: values that disagree are shown as contradictions.
    """
    if len(lead_ids) != 2 or not all(isinstance(id_, str) for id_ in lead_ids):
        raise BadRequest("lead_ids: two identifiers are wanted", where="content/lead_ids")
    tx.hold([HELD])
    found = [kept_lead(tx, id_) for id_ in lead_ids]
    for id_, kept in zip(lead_ids, found, strict=True):
        if kept is None:
            raise NotFound(f"no lead {id_}", lead_id=id_)
    first, second = sorted(
        (kept for kept in found if kept), key=lambda kept: (kept.get("created") or "", kept["lead_id"])
    )
    if first["lead_id"] == second["lead_id"]:
        return {"lead_id": first["lead_id"], "joined": second["lead_id"]}
    whole = joined(as_lead(first), as_lead(second), ("объединены по решению человека",))
    known = beside(first, None, now)
    known["imports"] = list(dict.fromkeys((*known["imports"], *second.get("imports", ()))))
    known["entered"] = known["entered"] or second.get("entered")
    write(tx, [(whole, qualify_lead(whole, today(house)), known)], now)
    lead_to(tx, second["lead_id"], first["lead_id"], now)
    tx.discard("lead", [second["lead_id"]])
    tx.discard("lead-key", [f"{key}|{second['lead_id']}" for key in lead_keys(as_lead(second)).every])
    return {"lead_id": first["lead_id"], "joined": second["lead_id"]}


def enter(tx: Writing, house: House, lead_id: str, by: str, now: int) -> dict[str, Any]:
    """Enter a lead as a deal: crm.deal.created, and crm.lead.qualified where the verdict says so. Once entered, entering
    again changes nothing and answers as before. NotFound where it is not kept."""
    tx.hold([HELD])
    kept = kept_lead(tx, lead_id)
    if kept is None:
        raise NotFound(f"no lead {lead_id}", lead_id=lead_id)
    if kept.get("entered"):
        entered: dict[str, Any] = kept["entered"]
        return entered
    lead = as_lead(kept)
    found = qualify_lead(lead, today(house))
    events = proposed_events(lead, found, instant.to_datetime(now), SOURCE)
    outcomes = record(tx, [read(msgspec.json.encode(event), house.book) for event in events], house.book, now)
    entered = {
        "lead_id": lead.lead_id,
        "by": by,
        "at": instant.iso(now),
        "events": [
            {
                "id": event["id"],
                "type": event["type"],
                "outcome": outcome.outcome,
                "master_deal_id": outcome.master_deal_id,
            }
            for event, outcome in zip(events, outcomes, strict=True)
        ],
    }
    write(tx, [(lead, found, beside(kept, None, now) | {"entered": entered})], now)
    return entered
