"""From a question that is understood to the tools that answer it: which deals are meant, and what is looked up of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from tools.morphology import readings

DEAL: Final = "deal_card"
TIMELINE: Final = "deal_timeline"
RECORDS: Final = "deal_records"
FIND: Final = "find_deals"
FIGURES: Final = "portfolio_figures"
ACTIONS: Final = "next_actions"
WHY: Final = "sla_why"
WHAT_IF: Final = "portfolio_what_if"
EVENTS: Final = "portfolio_events"
FILTERS: Final = (
    "stage",
    "industry",
    "client_type",
    "manager",
    "domain_stage",
    "gates",
    "lacks_gates",
    "happened",
    "since",
    "until",
    "open",
    "budget_min",
    "budget_max",
    "awaits",
    "blank",
)
# Anomalies that questions have words of their own for.
_ODD: Final = {"stage_disagreement": "disagreement", "gate_order": "wrong_order"}


def stem_of(word: str) -> str:
    """Enough of a name to find it in another case form."""
    plain = word.casefold()
    if len(plain) > 4 and any("а" <= char <= "я" for char in plain):
        lemma = readings(plain)[0].lemma
        shared = next(
            (place for place, (one, two) in enumerate(zip(plain, lemma, strict=False)) if one != two),
            min(len(plain), len(lemma)),
        )
        return plain[: max(4, min(shared, len(plain) - 2, len(lemma) - 1))]
    return plain


# The timer that a gate stops.
_TIMER_OF: Final = {
    "G1": "lead_to_brief", "G3": "brief_to_offer", "G4": "offer_to_contract", "G5": "contract_to_launch", "G7": "launch_to_close",
}  # fmt: skip


def which(slots: Mapping[str, Any]) -> dict[str, Any]:
    """The terms of a portfolio question, as the tools take them."""
    terms = {name: slots[name] for name in FILTERS if name in slots}
    features = slots["features"]
    if "domain_stage" in terms:
        # A word that is both: our own stage, unless a system was named.
        terms.pop("domain_stage" if "stage" in terms and "domain" not in features else "stage", None)
    if terms.get("happened") == "breached":
        terms |= {"timer": slots["timer"]} if "timer" in slots else {}
    elif "breached" in features:
        terms["sla"] = "breached"
    elif "at_risk" in features:
        terms["sla"] = "at_risk"
    if "timer" in slots and "sla" in terms:
        terms["timer"] = slots["timer"]
    if "waits" in features and "role" in slots:
        terms["role"] = slots["role"]
    if slots.get("gate") in _TIMER_OF and "sla" in terms and "timer" not in terms:
        terms["timer"] = _TIMER_OF[slots["gate"]]  # «просроченные договоры»
    if "waits" in features and "role" not in terms and "gate" in slots:
        terms["awaits"] = slots["gate"]
    odd = next((code for code, feature in _ODD.items() if feature in features), None)
    if odd:
        terms["anomaly"] = odd
    if slots.get("unknown"):
        terms["text"] = stem_of(slots["unknown"][0])
    return terms


def lookups(intent: str, slots: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    if intent == "what_if":
        return _supposed(slots)
    if intent.startswith("deal_"):
        return [call for deal_id in slots["deals"][:3] for call in _deal_calls(intent, deal_id, slots)]
    terms = which(slots)
    if intent in ("timer_figures", "bottleneck"):
        terms.pop("sla", None)
        terms.pop("timer", None)
        return [(FIGURES, terms)]
    if intent == "deadline_figures":
        # "Ended" asks for the deadline's own count of ended deals; it is no filter.
        terms.pop("stage", None)
        return [(FIGURES, terms)]
    if intent == "events":
        return [(EVENTS, {name: term for name, term in terms.items() if name != "sla"})]
    if intent == "anomaly_list":
        return [(FIGURES, terms)]
    if intent == "odd_list":
        terms.pop("sla", None)
        return [(FIND, terms)]
    if intent == "next_actions":
        return [(ACTIONS, {name: slots[name] for name in ("manager", "role") if name in slots})]
    return []


def _supposed(slots: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Other limits, for the deals that are named or meet the terms; none where no limit was understood."""
    if not slots["limits"]:
        return []
    terms = {name: term for name, term in which(slots).items() if name not in ("sla", "timer", "stage")}
    deals = slots.get("deals", [])[:1]
    return [(WHAT_IF, {**terms, **({"text": deals[0]} if deals else {}), "limits": slots["limits"]})]


def _deal_calls(intent: str, deal_id: str, slots: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    args = {"master_deal_id": deal_id}
    if "as_of" in slots:
        args["as_of"] = slots["as_of"]
    if intent == "deal_why":
        return [(DEAL, args), (WHY, args)]
    if intent == "deal_records":
        types = list(dict.fromkeys(type_ for ask in slots["records"] for type_ in ask["types"]))
        return [(DEAL, args), (RECORDS, {"master_deal_id": deal_id, "types": types})]
    if intent == "deal_history":
        return [(TIMELINE, {"master_deal_id": deal_id})]
    return [(DEAL, args)]
