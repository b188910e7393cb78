"""Answers to questions about many deals that were read word by word, in bound sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from agents.draft import Bound, Draft
from agents.shown import Kind, date, names, number
from agents.state import Lang

MOST_GROUPS: Final = 15
_BASE: Final = "query_deals"
_SHOWS: Final[Mapping[str, Kind]] = {"stage": "stage", "role": "role"}
_BOUNDS: Final = ("at_least", "above", "at_most", "below")
_MONEY: Final = frozenset({"budget", "mediaplan", "offer", "contract", "invoice"})


def conditions_in_words(conditions: Sequence[Mapping[str, Any]], lang: Lang) -> str:
    """Conditions said back: «менеджер — Анна Крылова; бюджет больше 5 000 000»."""
    return "; ".join(_in_words(one, lang) for one in conditions)


def _in_words(one: Mapping[str, Any], lang: Lang) -> str:
    called, told = names(lang), names(lang)["asked"]
    field, values = one["field"], [str(value) for value in one.get("any_of") or ()]
    if field in called["happened"]:
        words = called["happened"][field]
        words += f" «{called['timer'][one['timer']]}»" if one.get("timer") else ""
        days = [date(str(one[end]), lang) if one.get(end) else None for end in ("since", "until")]
        if days[0] and days[0] == days[1]:
            words += f" {days[0]}"
        else:
            words += "".join(
                f" {told[end]} {day}" for end, day in zip(("since", "until"), days, strict=True) if day
            )
    elif field == "open":
        words = told["ended" if one.get("negated") else "open"]
        return words
    elif field == "sla":
        words = ", ".join(called["state"].get(value, value) for value in values)
        words = f"SLA «{called['timer'][one['timer']]}»: {words}" if one.get("timer") else f"SLA: {words}"
    elif field == "unknown":
        words = told["unknown"].format(
            value=", ".join(called["dimension"].get(value, value) for value in values)
        )
    elif field == "anomaly":
        words = " ".join([told["anomaly"], *values])
    elif values:
        shown = [called.get(field, {}).get(value, value.partition(": ")[2] or value) for value in values]
        words = f"{_called(field, lang)} — {', '.join(shown)}"
    else:
        bounds = " ".join(
            f"{told[name]} {number(Decimal(str(one[name])), lang)}"
            for name in _BOUNDS
            if one.get(name) is not None
        )
        words = f"{_called(field, lang)} {bounds}"
    return f"{told['not']} {words}" if one.get("negated") else words


def _called(field: str, lang: Lang) -> str:
    table = names(lang)
    name = table["dimension"].get(field) or table["amount"].get(field) or table["asked"].get(field, field)
    return name if table["amount"].get(field) is None else name[:1].lower() + name[1:]


def say_asked(draft: Draft, value: Mapping[str, Any], args: Mapping[str, Any], lang: Lang) -> None:
    """What was taken into account, the figure that was asked for, its groups, the deals."""
    for template, name in (("asked_whole", "whole"), ("asked_terms", "conditions")):
        if args.get(name):
            words = conditions_in_words(args[name], lang)
            draft.say(template, terms=Bound(f"{_BASE}/{name}", words, "text", "tool"))
    measure, count = value["measure"], Bound(f"{_BASE}/deals", value["deals"], "number", "tool")
    if measure == "share":
        _say_share(draft, value)
    elif measure == "win_rate":
        _say_win_rate(draft, value)
    elif measure == "list":
        _say_list(draft, value, args, lang)
    elif "of" in value and not value.get("groups"):
        _say_figures(draft, value, _BASE, value["of"], lang)
    else:
        draft.say("count", what="", count=count)
    if "groups" in value:
        _say_groups(draft, value, args, lang)


def _say_share(draft: Draft, value: Mapping[str, Any]) -> None:
    part, whole = value["deals"], value["whole"]
    draft.say(
        "share_of",
        part=Bound(f"{_BASE}/deals", part, "number", "tool"),
        whole=Bound(f"{_BASE}/whole", whole, "count_deals", "tool"),
        what="",
        share=Bound(f"{_BASE}/share", part / whole if whole else 0.0, "share", "tool"),
    )


def _say_win_rate(draft: Draft, value: Mapping[str, Any]) -> None:
    if value["win_rate"] is None:
        draft.say("win_rate_none")
        return
    draft.say("win_rate", **_won(_BASE, value))


def _won(path: str, value: Mapping[str, Any]) -> dict[str, Bound]:
    return {
        "rate": Bound(f"{path}/win_rate", value["win_rate"], "share", "tool"),
        "won": Bound(f"{path}/won", value["won"], "number", "tool"),
        "ended": Bound(f"{path}/ended", value["won"] + value["lost"], "number", "tool"),
    }


def _say_figures(draft: Draft, value: Mapping[str, Any], path: str, of: str, lang: Lang) -> None:
    if "days" in value:
        spent = value["days"]
        if not spent["count"]:
            draft.say("asked_days_none", of=_called(of, lang))
            return
        figures = {
            name: Bound(f"{path}/days/{name}", spent[name], "days", "tool")
            for name in ("mean", "median", "p90", "min", "max")
        }
        draft.say(
            "asked_days",
            of=_called(of, lang),
            count=Bound(f"{path}/days/count", spent["count"], "number", "tool"),
            **figures,
        )
        return
    if "scores" in value:
        given = value["scores"]
        if not given["count"]:
            draft.say("asked_scores_none", of=_called(of, lang))
            return
        shown: dict[str, Bound | str] = {
            name: Bound(f"{path}/scores/{name}", round(given[name], 2), "number", "tool")
            for name in ("mean", "median", "min", "max", "count")
        }
        draft.say("asked_scores", of=_called(of, lang), **shown)
        if value["without"]:
            without = Bound(f"{path}/without", value["without"], "count_deals", "tool")
            draft.say("asked_scores_without", of=_called(of, lang), without=without)
        return
    for place, row in enumerate(value["sums"]):
        at = f"{path}/{of}/{place}"
        figures = {
            name: Bound(f"{at}/{name}", row[name], "money", "tool") for name in ("mean", "median", "sum")
        }
        draft.say(
            "money_figures",
            what="",
            amount=Bound(f"{path}/of", of, "amount", "tool"),
            deals=Bound(f"{at}/deals", row["deals"], "number", "tool"),
            **figures,
        )
        if value.get("measure") in ("smallest", "largest"):
            ends = {
                name: Bound(f"{at}/{name}", row[name], "money", "tool") for name in ("smallest", "largest")
            }
            draft.say("asked_ends", **ends)
    if not value["sums"]:
        draft.say("money_none", what="")
    elif value["without"]:
        draft.say("money_without", without=Bound(f"{path}/without", value["without"], "count_deals", "tool"))


def _say_groups(draft: Draft, value: Mapping[str, Any], args: Mapping[str, Any], lang: Lang) -> None:
    by, groups = value["by"], value["groups"]
    if not groups:
        draft.say("group_none", dimension=_called(by, lang))
        return
    count = Bound(f"{_BASE}/groups_in_all", value["groups_in_all"], "number", "tool")
    draft.say("asked_groups", dimension=_called(by, lang), count=count)
    shown = groups[: _with_ties(groups, args["limit"]) if args.get("ranked") else MOST_GROUPS]
    measure = value["measure"] if value["measure"] in ("mean", "median", "smallest", "largest") else "sum"
    for group in shown:
        path = f"{_BASE}/by_{by}/{group['name']}"
        name = Bound(f"{path}/name", _span_in_words(group["name"], by, lang), _SHOWS.get(by, "text"), "tool")
        deals = Bound(f"{path}/deals", group["deals"], "number", "tool")
        if "whole" in group:
            share = Bound(f"{path}/share", group["deals"] / group["whole"], "share", "tool")
            whole = Bound(f"{path}/whole", group["whole"], "number", "tool")
            draft.say("asked_share_of", name=name, share=share, part=deals, whole=whole)
        elif "win_rate" in group and group["win_rate"] is None:
            draft.say("win_rate_of_none", manager=name)
        elif "win_rate" in group:
            draft.say("win_rate_of", manager=name, **_won(path, group))
        elif group.get("days"):
            spent = group["days"]
            figures = {one: Bound(f"{path}/{one}", spent[one], "days", "tool") for one in ("mean", "median")}
            if spent["count"]:
                draft.say(
                    "asked_days_of",
                    name=name,
                    count=Bound(f"{path}/count", spent["count"], "number", "tool"),
                    **figures,
                )
        elif group.get("scores"):
            given = group["scores"]
            if given["count"]:
                draft.say(
                    "asked_scores_of",
                    name=name,
                    **{
                        one: Bound(f"{path}/{one}", round(given[one], 2), "number", "tool")
                        for one in ("mean", "median", "count")
                    },
                )
        elif "sums" in group:
            _say_money_group(draft, group, path, name, measure)
            if not group["sums"]:
                draft.say("group", name=name, count=deals)
        else:
            draft.say("group", name=name, count=deals)
    more = value["groups_in_all"] - len(shown)
    if more > 0:
        draft.say("money_more", count=Bound(f"{_BASE}/groups_more", more, "number", "tool"))


def _with_ties(groups: Sequence[Mapping[str, Any]], asked: int) -> int:
    """How many groups of a ranking are shown: those asked for, and whoever stands level with the last of them."""
    level = [{name: value for name, value in group.items() if name != "name"} for group in groups]
    count = min(asked, len(groups))
    while count < min(len(groups), MOST_GROUPS) and level[count] == level[count - 1]:
        count += 1
    return count


def _say_money_group(draft: Draft, group: Mapping[str, Any], path: str, name: Bound, measure: str) -> None:
    for place, row in enumerate(group["sums"]):
        draft.say(
            f"asked_{measure}_of",
            name=name,
            deals=Bound(f"{path}/{place}/deals", row["deals"], "number", "tool"),
            figure=Bound(f"{path}/{place}/{measure}", row[measure], "money", "tool"),
        )


def _span_in_words(name: str, by: str, lang: Lang) -> str:
    """A month, quarter or year as people write it."""
    if by not in ("month", "quarter") or lang == "en":
        return name
    year, part = name.split("-")
    return f"{part}.{year}" if by == "month" else f"{part.removeprefix('Q')} квартал {year}"


def _say_list(draft: Draft, value: Mapping[str, Any], args: Mapping[str, Any], lang: Lang) -> None:
    draft.say("list_head", total=Bound(f"{_BASE}/deals", value["deals"], "count_deals", "tool"), what="")
    order = args.get("order", "id")
    for deal in value["rows"]:
        path = f"deal/{deal['master_deal_id']}"
        slots: dict[str, Bound | str] = {
            "deal": Bound(f"{path}/master_deal_id", deal["master_deal_id"]),
            "stage": Bound(f"{path}/aggregated_stage", deal["aggregated_stage"], "stage"),
        }
        untitled = "_untitled" if not deal["title"] else ""
        if deal["title"]:
            slots["title"] = Bound(f"{path}/title", deal["title"])
        if order in ("days_late", "days_left") and deal["open_timers"]:
            _say_timers(draft, deal, path, slots, untitled)
        elif deal["sorted_by"] is None:
            draft.say("list_untitled" if untitled else "list_line", **slots)
        else:
            kind: Kind = (
                "number"
                if order == "nps"
                else "money"
                if order in _MONEY
                else "days"
                if isinstance(deal["sorted_by"], float)
                else "time"
            )
            sorted_by = Bound(f"{path}/{order}", deal["sorted_by"], kind)
            what = names(lang)["happened"].get(order) or _called(order, lang)
            draft.say("asked_line" + untitled, what=what, by=sorted_by, **slots)
        if (naming := value.get("naming")) is not None:
            _say_named(draft, deal, path, naming)
    if value["deals"] > len(value["rows"]) > 0:
        draft.say("list_more", shown=Bound(f"{_BASE}/shown", len(value["rows"]), "number", "tool"))


def _say_named(draft: Draft, deal: Mapping[str, Any], path: str, naming: str) -> None:
    """Who has a listed deal, or whose it is."""
    named = (deal["client"] or {}).get("name") if naming == "client" else deal[naming]
    if named is None:
        draft.say(f"asked_{naming}_none", deal=Bound(f"{path}/master_deal_id", deal["master_deal_id"]))
    else:
        draft.say(f"asked_{naming}", named=Bound(f"{path}/{naming}", named))


def _say_timers(
    draft: Draft, deal: Mapping[str, Any], path: str, slots: Mapping[str, Bound | str], untitled: str
) -> None:
    """The timers of a deal that run, with their due times."""
    for timer in (timer for timer in deal["open_timers"] if timer["due_at"]):
        at = f"{path}/sla/{timer['timer']}"
        draft.say(
            "list_timer" + untitled,
            timer=Bound(f"{at}/timer", timer["timer"], "timer"),
            state=Bound(f"{at}/state", timer["state"], "state"),
            due=Bound(f"{at}/due_at", timer["due_at"], "time"),
            **{name: slot for name, slot in slots.items() if name != "stage"},
        )
