"""What the events of a deal say beyond gates and stages, in bound sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from agents.draft import Bound, Draft
from agents.shown import Kind, kind_of_field
from tools.records import CAMPAIGN_FIGURES

LATEST: Final = 8
_SHOWN: Final[Mapping[str, Kind]] = {
    "date": "date", "period_start": "date", "period_end": "date", "timer": "timer", "ctr": "share",
    "impressions": "number", "reach": "number", "views": "number", "clicks": "number", "conversions": "number", "score": "number",
}  # fmt: skip
# Sentences of people.
_WORDS: Final = frozenset({"text", "comment", "reason"})
# What is said in the head of the sums, or after them.
_IN_HEAD: Final = frozenset({"reports", "period_start", "period_end", "costs"})


def say_records(draft: Draft, value: Mapping[str, Any], asks: Sequence[Mapping[str, Any]]) -> None:
    """Each event that answers, with the members that were asked for; sums for campaign reports; fields of a brief with
    their words."""
    deal_id = value["master_deal_id"]
    records = value["records"]
    if not records:
        deal = Bound(f"deal/{deal_id}/master_deal_id", deal_id)
        wanted = Bound(f"deal/{deal_id}/records/types", value["types"], "events", "tool")
        draft.say("records_none", deal=deal, events=wanted)
        return
    if value["campaign"] is not None:
        _say_campaign(draft, deal_id, value["campaign"])
        if len([record for record in records if record["type"] == CAMPAIGN_FIGURES]) > 1:
            records = [record for record in records if record["type"] != CAMPAIGN_FIGURES]
    if len(records) > LATEST:
        hidden = Bound(f"deal/{deal_id}/records/earlier", len(records) - LATEST, "number", "tool")
        draft.say("records_more", count=hidden)
    for record in records[-LATEST:]:
        of = [ask for ask in asks if record["type"] in ask["types"]]
        _Record(draft, deal_id, record).say(
            fields=[] if any(not ask["fields"] for ask in of) else [name for ask in of for name in ask["fields"]],
            brief=list(dict.fromkeys(name for ask in of for name in ask["brief"])),
        )  # fmt: skip


class _Record:
    """One event whose members are handed out bound to it."""

    def __init__(self, draft: Draft, deal_id: str, record: Mapping[str, Any]) -> None:
        self._draft = draft
        self._deal_id = deal_id
        self._record = record
        self._path = f"{record['source']}/{record['event_id']}"

    def _bind(self, name: str, value: Any, show: Kind = "text", **quoted: Any) -> Bound:
        return Bound(f"{self._path}/{name}", value, show, "event", subject=self._deal_id, **quoted)

    def say(self, fields: Sequence[str], brief: Sequence[str]) -> None:
        """The event, then its members: all, or those whose names are given; of a brief, the fields that are meant."""
        record = self._record
        self._draft.say(
            "record",
            event=self._bind("type", record["type"], "event"),
            time=self._bind("time", record["time"], "time"),
            id=Bound(self._path, record["event_id"], "text", "event", subject=self._deal_id),
        )
        if brief and "brief" in record:
            self._say_brief(record["brief"], brief)
            return
        heads = {name.partition(".")[0] for name in record["fields"]}
        if fields and not set(fields) & (heads | record["fields"].keys()):
            named = [self._bind(f"data/{name}/name", name, "record") for name in fields]
            for name in named:
                self._draft.say("record_lacks", name=name)
        for name, value in record["fields"].items():
            head, _, system = name.partition(".")
            if fields and name not in fields and head not in fields:
                continue
            called = self._bind(f"data/{name}/name", head if head == "ref" else name, "record")
            if head == "ref":
                value = f"{system} {value}"
            shown: Kind = "money" if isinstance(value, dict) else _SHOWN.get(name, "text")
            sentence = "record_words" if name in _WORDS else "record_field"
            self._draft.say(sentence, name=called, value=self._bind(f"data/{name}", value, shown))

    def _say_brief(self, read: Mapping[str, Mapping[str, Any]], wanted: Sequence[str]) -> None:
        lacks = [name for name in wanted if name not in read]
        for name in wanted:
            if name not in read:
                continue
            found = read[name]
            place = {"quote": found["quote"], "start": found["start"], "end": found["end"]}
            self._draft.say(
                "record_brief_field",
                name=self._bind(f"brief/{name}/name", name, "field"),
                value=self._bind(
                    f"brief/{name}", found["value"], kind_of_field(name, found["unit"]), **place
                ),
                quote=self._bind(f"brief/{name}/quote", found["quote"], "text", **place),
            )
        if len(lacks) == len(wanted):
            self._draft.say("record_brief_without", fields=self._bind("brief/lacks", lacks, "fields"))
            text = self._record["fields"].get("text")
            if text is not None:
                self._draft.say(
                    "record_words",
                    name=self._bind("data/text/name", "text", "record"),
                    value=self._bind("data/text", text),
                )


def _say_campaign(draft: Draft, deal_id: str, added: Mapping[str, Any]) -> None:
    """The figures of all reports together."""
    path = f"deal/{deal_id}/campaign"

    def bind(name: str, value: Any, show: Kind) -> Bound:
        return Bound(f"{path}/{name}", value, show, "tool", subject=deal_id)

    draft.say(
        "campaign_added",
        reports=bind("reports", added["reports"], "number"),
        first=bind("period_start", added["period_start"], "date"),
        last=bind("period_end", added["period_end"], "date"),
    )
    for name, value in added.items():
        if name not in _IN_HEAD:
            called = bind(f"{name}/name", name, "record")
            draft.say("record_field", name=called, value=bind(name, value, _SHOWN[name]))
    for place, cost in enumerate(added.get("costs", ())):
        called = bind("cost/name", "cost", "record")
        draft.say("record_field", name=called, value=bind(f"costs/{place}", cost, "money"))
