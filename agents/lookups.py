"""From a question that is understood to the tools that answer it: which deals are meant, and what is looked up of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from tools.budgets import By
from tools.morphology import readings

DEAL: Final = "deal_card"
TIMELINE: Final = "deal_timeline"
FIND: Final = "find_deals"
FIGURES: Final = "portfolio_figures"
ACTIONS: Final = "next_actions"
WHY: Final = "sla_why"
WHAT_IF: Final = "portfolio_what_if"
MONEY: Final = "budget_figures"
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
# Terms that say whose deals are meant, not how they stand.
_WHOSE: Final = frozenset({"industry", "client_type", "manager", "open"})


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
    if "lost" in features and "share" in features:
        terms["stage"] = "cancelled"
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
    if intent in ("win_rate", "cycle") and slots.get("each"):
        terms.pop("sla", None)
        return [(FIGURES, {**terms, "manager": name}) for name in slots["each"]]
    if intent in ("timer_figures", "bottleneck", "win_rate", "cycle", "longer_than", "breakdown"):
        terms.pop("sla", None)
        terms.pop("timer", None)
        if intent == "breakdown" and slots.get("dimension") in terms:
            terms.pop(slots["dimension"])
        return [(FIGURES, terms)]
    if intent == "deadline_figures":
        # "Ended" asks for the deadline's own count of ended deals; it is no filter.
        terms.pop("stage", None)
    if intent in ("revenue", "deadline_figures", "budget_sum", "count"):
        return [(FIGURES, terms)]
    top = {"limit": slots["top"]} if "top" in slots else {}
    if intent == "share":
        whole = {name: term for name, term in terms.items() if name in _WHOSE}
        return [(FIGURES, terms), (FIGURES, {} if whole == terms else whole)]
    if intent == "overdue_list":
        return [(FIND, {**terms, "order": "overdue", **top})]
    if intent in ("biggest", "smallest"):
        order = "budget" if intent == "biggest" else "smallest"
        return [(FIND, {**terms, "order": order, **({"limit": 5} | top)})]
    if intent == "idle_list":
        return [(FIND, {**terms, "open": True, "order": "idle", **({"limit": 5} | top)})]
    if intent == "money_figures":
        return [(MONEY, _money_terms(terms, slots))]
    if intent == "events":
        return [(EVENTS, {name: term for name, term in terms.items() if name != "sla"})]
    if intent in ("anomaly_list", "ranking"):
        return [(FIGURES, terms)]
    if intent == "odd_list":
        terms.pop("sla", None)
        return [(FIND, terms)]
    if intent == "list":
        return [(FIND, {**terms, **top})]
    if intent == "next_actions":
        return [(ACTIONS, {name: slots[name] for name in ("manager", "role") if name in slots})]
    return []


# What a thing that is named beside a sum has for an amount.
_AMOUNT_OF: Final = {"G2": "mediaplan", "G3": "offer", "G4": "contract", "G6": "invoice"}
_GROUPING: Final = frozenset({"breakdown", "most", "biggest"})


def _money_terms(terms: Mapping[str, Any], slots: Mapping[str, Any]) -> dict[str, Any]:
    """Terms of a question about sums of money: which amounts, and by what they are grouped."""
    features, args = set(slots["features"]), {name: term for name, term in terms.items() if name != "sla"}
    named = [slots["gate"]] if "gate" in slots else slots.get("gates", [])
    if "budget" not in features and len(named) == 1 and named[0] in _AMOUNT_OF:
        args["amount"] = _AMOUNT_OF[named[0]]
    if "stage" not in args and "happened" not in args and features & {"won", "lost"}:
        args["stage"] = "closed" if "won" in features else "cancelled"
    by = slots.get("dimension")
    if by in get_args(By) and by not in args and features & _GROUPING:
        args["by"] = by
    return args


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
    if intent == "deal_history":
        return [(TIMELINE, {"master_deal_id": deal_id})]
    return [(DEAL, args)]
