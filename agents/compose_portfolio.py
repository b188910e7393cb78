"""Answers about many deals, in bound sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from agents.draft import Bound, Draft
from agents.shown import names
from agents.state import Lang

MOST_GROUPS: Final = 15


class Figures:
    """Portfolio figures whose values are handed out bound to their place."""

    def __init__(
        self, value: Mapping[str, Any], terms: Mapping[str, Any], slots: Mapping[str, Any], lang: Lang
    ) -> None:
        self.value = value
        self.terms = terms
        self.slots = slots
        self.lang = lang
        limits = "&".join(f"{name}={term}" for name, term in sorted(terms.items()))
        self.path = f"portfolio_figures{'?' + limits if limits else ''}"

    def bind(self, name: str, value: Any, show: Any = "number") -> Bound:
        """A value under a path below these figures."""
        return Bound(f"{self.path}/{name}", value, show, "tool")

    def what(self) -> str:
        """The terms in words."""
        return terms_in_words(self.terms, self.lang)


def terms_in_words(terms: Mapping[str, Any], lang: Lang) -> str:
    """The terms of a question, said back."""
    called = names(lang)
    words = ""
    for name, value in terms.items():
        if name not in called["what"] or not value:
            continue
        if name == "sla":
            value = called["state"].get(value, value)
        elif name == "awaits":
            value = called["gate"].get(value, value)
        elif name == "blank":
            value = ", ".join(called["dimension"].get(one) or called["field"].get(one, one) for one in value)
        elif name in ("gates", "lacks_gates"):
            value = ", ".join(called["gate"].get(gate, gate) for gate in value)
        elif name in ("stage", "role"):
            value = called[name].get(value, value)
        elif name == "domain_stage":
            value = value.partition(": ")[2] or value
        words += called["what"][name].format(value=value)
    return words


def say_days(draft: Draft, terms: Mapping[str, Any]) -> None:
    """The days a question was taken to mean."""
    if "since" in terms and "until" in terms:
        one = terms["since"] == terms["until"]
        ends = ("since",) if one else ("since", "until")
        days = {name: Bound(f"question/{name}", terms[name], "date", "tool") for name in ends}
        days["happened"] = Bound("question/happened", terms["happened"], "happened", "tool")
        draft.say("day_meant" if one else "days_meant", **days)


def say_bounds(draft: Draft, terms: Mapping[str, Any]) -> None:
    """The budgets a question was taken to mean."""
    bounds = {
        name: Bound(f"question/{term}", terms[term], "roubles", "tool")
        for name, term in (("low", "budget_min"), ("high", "budget_max"))
        if term in terms
    }
    if bounds:
        draft.say(
            "budget_between" if len(bounds) > 1 else "budget_from" if "low" in bounds else "budget_to",
            **bounds,
        )


def say_count(draft: Draft, figures: Figures) -> None:
    """How many deals, or how many won and lost."""
    features = figures.slots["features"]
    filtered = figures.terms.keys() & {"stage", "domain_stage"}
    if "won" in features and not filtered:
        draft.say("won", won=figures.bind("won", figures.value["won"], "count_deals"))
    if "lost" in features and not filtered:
        draft.say("lost", lost=figures.bind("lost", figures.value["lost"], "count_deals"))
    if filtered or not {"won", "lost"} & set(features):
        count = figures.bind("deals", figures.value["deals"], "number")
        if "timer" in figures.terms:
            timer = Bound("question/timer", figures.terms["timer"], "timer", "tool")
            draft.say("count_timer", what=figures.what(), timer=timer, count=count)
        else:
            draft.say("count", what=figures.what(), count=count)


def say_win_rate(draft: Draft, figures: Figures) -> None:
    """Closed among closed and cancelled."""
    value = figures.value
    if value["win_rate"] is None:
        draft.say("win_rate_none")
        return
    draft.say(
        "win_rate",
        rate=figures.bind("win_rate", value["win_rate"], "share"),
        won=figures.bind("won", value["won"]),
        ended=figures.bind("ended", value["won"] + value["lost"]),
    )


def say_cycle(draft: Draft, figures: Figures) -> None:
    """Days from creation to the end."""
    cycle = figures.value["cycle_days"]
    if not cycle["count"]:
        draft.say("cycle_none")
        return
    draft.say(
        "cycle",
        count=figures.bind("cycle_days/count", cycle["count"]),
        **{
            name: figures.bind(f"cycle_days/{name}", cycle[name], "days")
            for name in ("mean", "median", "p90")
        },
    )


def say_timer(draft: Draft, figures: Figures) -> None:
    """The SLAs that were named, over the portfolio."""
    for timer in figures.slots.get("timers") or [figures.slots["timer"]]:
        _say_timer(draft, figures, timer, "timer_figures")


def _say_timer(draft: Draft, figures: Figures, timer: str, template: str) -> None:
    value = figures.value["sla"][timer]
    rate = value["breached"] / value["started"] if value["started"] else 0.0
    draft.say(
        template,
        timer=figures.bind(f"sla/{timer}/timer", timer, "timer"),
        started=figures.bind(f"sla/{timer}/started", value["started"]),
        breached=figures.bind(f"sla/{timer}/breached", value["breached"]),
        rate=figures.bind(f"sla/{timer}/breach_share", rate, "share"),
    )
    states = value["states"]
    draft.say(
        "timer_now",
        late=figures.bind(f"sla/{timer}/states/breached", states.get("breached", 0)),
        risk=figures.bind(f"sla/{timer}/states/at_risk", states.get("at_risk", 0)),
    )
    spent = value["hours_to_target"]
    if not spent["count"]:
        draft.say("timer_no_hours")
        return
    draft.say(
        "timer_hours",
        count=figures.bind(f"sla/{timer}/hours_to_target/count", spent["count"]),
        **{
            name: figures.bind(f"sla/{timer}/hours_to_target/{name}", spent[name], "hours")
            for name in ("mean", "median", "p90")
        },
    )


def say_bottleneck(draft: Draft, figures: Figures) -> None:
    """The SLA with the largest share of breaches."""
    rates = {
        timer: value["breached"] / value["started"]
        for timer, value in figures.value["sla"].items()
        if value["breached"]
    }
    if not rates:
        draft.say("bottleneck_none")
        return
    _say_timer(draft, figures, max(rates, key=lambda timer: rates[timer]), "bottleneck")


def say_breakdown(draft: Draft, figures: Figures) -> None:
    """Counts by a dimension."""
    dimension = figures.slots.get("dimension", "stage")
    groups = figures.value[f"by_{dimension}"]
    called = names(figures.lang)["dimension"][dimension]
    if not groups:
        draft.say("group_none", dimension=called)
        return
    draft.say("group_head", dimension=called)
    show = {"stage": "stage", "pipeline_stage": "step"}.get(dimension, "text")
    for name, count in list(groups.items())[:MOST_GROUPS]:
        draft.say(
            "group",
            name=figures.bind(f"by_{dimension}/{name}/name", name, show),
            count=figures.bind(f"by_{dimension}/{name}", count),
        )


def say_anomalies(draft: Draft, figures: Figures) -> None:
    """Anomalies by code."""
    for code, count in figures.value["by_anomaly"].items():
        draft.say(
            "anomaly_count",
            code=figures.bind(f"by_anomaly/{code}/code", code, "text"),
            count=figures.bind(f"by_anomaly/{code}", count, "count_deals"),
        )
    if not figures.value["by_anomaly"]:
        draft.say("no_anomaly")


def say_deadlines(draft: Draft, figures: Figures) -> None:
    """Deadlines, kept and missed; deals without one are counted apart."""
    for name, counts in figures.value["deadlines"].items():
        path = f"deadlines/{name}"
        draft.say(
            "deadline_figures",
            name=figures.bind(f"{path}/name", name, "text"),
            with_deadline=figures.bind(f"{path}/with_deadline", counts["with_deadline"], "count_deals"),
            ended=figures.bind(f"{path}/ended", counts.get("ended", 0)),
            late=figures.bind(f"{path}/ended_late", counts.get("ended_late", 0)),
        )
        without = figures.value["deals"] - counts["with_deadline"]
        if without:
            draft.say("deadline_without", without=figures.bind(f"{path}/without", without, "count_deals"))
    if not figures.value["deadlines"]:
        draft.say("deadline_figures_none")


SAY_FIGURES: Final[Mapping[str, Callable[[Draft, Figures], None]]] = {
    "count": say_count,
    "win_rate": say_win_rate,
    "cycle": say_cycle,
    "timer_figures": say_timer,
    "bottleneck": say_bottleneck,
    "breakdown": say_breakdown,
    "anomaly_list": say_anomalies,
    "deadline_figures": say_deadlines,
}


def say_list(draft: Draft, value: Mapping[str, Any], intent: str, what: str = "") -> None:
    """Deals, one a line: with what is odd about them, or just their stages. `what`
    says back which were looked for."""
    draft.say("list_head", total=Bound("find_deals/total", value["total"], "count_deals", "tool"), what=what)
    for deal in value["deals"]:
        path = f"deal/{deal['master_deal_id']}"
        slots: dict[str, Bound | str] = {"deal": Bound(f"{path}/master_deal_id", deal["master_deal_id"])}
        if deal["title"]:
            slots["title"] = Bound(f"{path}/title", deal["title"])
        untitled = "" if deal["title"] else "_untitled"
        stage = Bound(f"{path}/aggregated_stage", deal["aggregated_stage"], "stage")
        if intent == "odd_list":
            draft.say("list_untitled" if untitled else "list_line", stage=stage, **slots)
            _say_oddities(draft, deal, path)
            continue
        draft.say("list_untitled" if untitled else "list_line", stage=stage, **slots)
    if value["total"] > len(value["deals"]) and value["deals"]:
        draft.say("list_more", shown=Bound("find_deals/shown", len(value["deals"]), "number", "tool"))


def _say_oddities(draft: Draft, deal: Mapping[str, Any], path: str) -> None:
    for place, odd in enumerate(deal["anomalies"]):
        if odd["code"] == "stage_disagreement":
            said = Bound(f"{path}/anomalies/{place}/domain_stage", odd["domain_stage"])
            draft.say("domain", system=Bound(f"{path}/anomalies/{place}/system", odd["system"]), stage=said)
        elif odd["code"] == "gate_order":
            draft.say(
                "out_of_order",
                gate=Bound(f"{path}/anomalies/{place}/gate", odd["gate"], "gate"),
                without=Bound(f"{path}/anomalies/{place}/missing", odd["missing"], "gates"),
            )
