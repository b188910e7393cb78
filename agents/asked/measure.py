"""What is asked of the deals: a list, a count, a figure of an amount or of days, by what they are grouped or sorted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from agents.asked.said import Said
from tools.query.condition import Condition

# Terms that say whose deals are meant, not how they stand.
WHOSE: Final = frozenset({"manager", "industry", "client_type", "client", "title"})
AGGREGATES: Final = frozenset({"sum", "mean", "median", "smallest", "largest"})
_FIGURES: Final = ("mean", "median", "largest", "smallest", "sum")
_FAR: Final = 10
_NEAR: Final = 3
_BY: Final = frozenset({"по", "by", "per", "каждый", "each", "разрез", "среди", "among"})
_WHICH: Final = frozenset({"какой", "который", "which", "what", "кто", "чей", "топ", "top"})
_HOW_MANY: Final = frozenset({"сколько", "many", "число", "количество", "number"})
_WHO: Final = frozenset({"кто", "who", "чей"})
_APART: Final = frozenset({"отдельно", "каждый", "each", "separately", "а", "while"})
_MORE: Final = frozenset({"больше", "более", "more", "свыше", "over"})
_COUNTS: Final = {"один": 1, "два": 2, "три": 3, "четыре": 4, "пять": 5, "десять": 10, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}  # fmt: skip
_DEALS: Final = frozenset(
    {"сделка", "дело", "deal", "deals", "case", "cases", "заявка", "лид", "lead", "leads"}
)
_ONE_DEAL: Final = frozenset({"сделка", "сделку", "сделки", "deal"})


@dataclass(frozen=True)
class Measure:
    """What is asked; `of` is the amount that stands beside it, `order` by what a list is sorted and whether the largest
    come first; `listed` says that the deals were asked for in words."""

    name: str
    of: str | None = None
    order: tuple[str, bool] | None = None
    listed: bool = False


@dataclass(frozen=True)
class Grouping:
    """By what the deals are grouped, which end of the ranking is asked for, how many deals a group has at least; `compared` says that
    things were put side by side."""

    by: str | None = None
    most: str | None = None
    compared: bool = False
    least: int | None = None


def measure_said(said: Said, usual: str, *, bounded: bool, top: bool) -> Measure:
    """What is asked; `usual` is the amount meant where none is named, `bounded` says that an amount has been spoken of already, `top`
    that so many of something are asked for. The words are taken up."""
    found = {name: first for first, _, name in said.find("measure")}
    for name in ("win_rate", "share"):
        if name in found:
            return Measure(name)
    chosen = next((name for name in _FIGURES if name in found), None)
    if said.find("revenue", take=False):
        # Revenue is what the contracts of closed deals come to.
        return Measure(chosen or "sum", "contract")
    if (
        chosen is None
        and "count" not in found
        and not bounded
        and not top
        and _budget_alone(said, found.get("list"))
    ):
        return Measure("sum", "budget")
    if chosen is None:
        return Measure("count" if "count" in found else "list", listed="list" in found)
    if top and chosen == "sum":
        amounts = said.find("amount")
        return Measure("list", order=(next((name for _, _, name in amounts if name != "any"), usual), True))
    near = [row for row in said.find("amount", take=False) if abs(row[0] - found[chosen]) <= _FAR]
    if not near:
        # «минимальная сделка» is a deal, no figure.
        order = (usual, chosen == "largest") if chosen in ("smallest", "largest") else None
        return Measure("list" if order else chosen, order=order)
    named = next((name for _, _, name in near if name != "any"), usual)
    for first, last, name in near:
        if name in (named, "any"):
            said.take(range(first, last + 1))
    return Measure(chosen, named)


def _budget_alone(said: Said, listed: int | None) -> bool:
    """«бюджет Гордеева», «какой бюджет у просроченных»: the budget is what is asked for. The word is taken up."""
    amounts = said.find("amount", take=False)
    if len(amounts) != 1 or amounts[0][2] != "budget":
        return False
    if listed is not None and not 0 < amounts[0][0] - listed <= _NEAR:
        return False
    if said.find("order", take=False) or said.find("dimension", take=False):
        return False
    if said.find("blank", take=False):
        return False  # "deals without budget"
    said.take(range(amounts[0][0], amounts[0][1] + 1))
    return True


def order_said(said: Said, usual: str, *, top: bool) -> tuple[str, bool] | None:
    """By what a list is sorted, and whether the largest come first; so many of something are the largest by the amount that is named."""
    found = said.first("order")
    if found is None:
        amounts = said.find("amount") if top else []
        return (next((name for _, _, name in amounts if name != "any"), usual), True) if amounts else None
    name, _, way = found[2].rpartition("_")
    if name == "budget":
        amounts = said.find("amount")
        name = next((one for _, _, one in amounts if one != "any"), usual)
    elif name == "days_in_stage":
        name = next((one for _, _, one in said.find("days") if one == "cycle_days"), name)
    return name, way == "down"


def grouping_said(said: Said, conditions: Sequence[Condition], *, top: bool) -> Grouping:
    """«по менеджерам», «у кого больше всего», "which industry has the most", «сравни Крылову и Белова»; `top` says that so many of
    something are asked for."""
    compared = bool(said.find("compare"))
    most = said.find("most", take=False)
    for first, last, name in said.find("dimension", take=False):
        before = range(max(0, first - 2), first)
        led = frozenset[str]().union(*(said.words[at].forms for at in before))
        next_to = said.words[first - 1].forms if first else frozenset[str]()
        ranked = bool(most) and bool(led & _WHICH)
        headed = top and first > 0 and first - 1 in said.taken
        if name == "reason" or led & _BY or ranked or headed or next_to & (_WHICH | _HOW_MANY):
            said.take(
                [*range(first, last + 1), *(at for at in before if said.words[at].forms & (_BY | _WHICH))]
            )
            way = (
                (said.first("most") or said.first("order")) if ranked or headed or name == "reason" else None
            )
            most_of = way[2].rpartition("_")[2] if way else "down" if headed else None
            return Grouping(name, most_of, least=_having(said))
    asked_who = any(word.forms & _WHO for word in said.words)
    if most and most[0][1] + 1 < len(said.words) and said.words[most[0][1] + 1].text.casefold() in _ONE_DEAL:
        return Grouping(compared=compared)  # «у кого самая большая сделка»
    if most and asked_who:
        way = said.first("most")
        return Grouping("manager", way[2] if way else "down")
    several = [
        one.field for one in conditions if one.field in WHOSE and len(one.any_of) > 1 and not one.negated
    ]
    apart = [at for at, word in enumerate(said.words) if word.forms & _APART]
    if several and asked_who and (ways := said.find("more")):
        return Grouping(several[0], ways[0][2])
    if said.find("order", take=False):
        return Grouping(compared=compared)  # «у кого самый большой бюджет» asks for a deal
    if any(one.field == "nps" for one in conditions):
        return Grouping(compared=compared)  # «у кого NPS ниже 7» asks for the clients
    if any(one.text.casefold() == "у" and who.text.casefold() == "кого" for one, who in pairwise(said.words)):
        return Grouping("manager")  # «у кого есть просрочки»
    if several and (compared or apart):
        said.take(apart)
        return Grouping(several[0])
    return Grouping(compared=compared)


def _having(said: Said) -> int | None:
    """«у которых больше двух сделок»: the smallest number of deals that a group may have. The words are taken up."""
    for at, word in enumerate(said.words[:-2]):
        number, noun = said.words[at + 1], said.words[at + 2]
        if number.text.casefold() in ("чем", "than") and at + 3 < len(said.words):
            number, noun = said.words[at + 2], said.words[at + 3]
        count = (
            int(number.text)
            if number.text.isdigit()
            else next((n for said_so, n in _COUNTS.items() if said_so in number.forms), None)
        )
        if word.forms & _MORE and count is not None and noun.forms & _DEALS:
            said.take([place for place, one in enumerate(said.words) if one in (word, number, noun)])
            return count + 1
    return None
