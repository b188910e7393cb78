"""How deals stand, as a question says it: stages, open or not, states of SLAs, whose move it is, what is not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from agents.asked.said import Placed, Said
from agents.understand import timers_said
from tools.query.condition import Condition, condition

_NEAR: Final = 2
# A word for what a condition is about adds nothing to it: «у менеджера Крыловой», «по отрасли Финансы».
_NOUNS: Final[Mapping[str, frozenset[str]]] = {
    "manager": frozenset({"менеджер", "manager", "managers", "rep"}),
    "client": frozenset({"клиент", "заказчик", "рекламодатель", "client", "customer", "account", "advertiser"}),
    "client_type": frozenset({"клиент", "client", "clients", "тип", "type"}),
    "industry": frozenset({"отрасль", "сектор", "индустрия", "industry", "sector", "vertical"}),
    "stage": frozenset({"стадия", "этап", "stage", "статус", "status", "кампания", "договор", "контракт", "campaign", "campaigns", "contract", "contracts", "висеть", "стоять", "застрять", "зависнуть", "лежать", "stuck"}),
    "G4": frozenset({"договор", "контракт", "contract", "contracts"}),
    "G5": frozenset({"кампания", "campaign", "campaigns"}),
    "title": frozenset({"продукт", "product", "название"}),
    "domain_stage": frozenset({"статус", "стадия", "этап", "crm", "status", "stage"}),
    "sla": frozenset({"sla", "срок", "таймер", "timer"}),
    "days_late": frozenset({"sla", "срок", "таймер", "timer"}),
    "days_left": frozenset({"sla", "срок", "таймер", "timer", "истекать", "истечь", "остаться", "due"}),
    "days_in_stage": frozenset({"стадия", "этап", "stage", "один", "one", "свой", "текущий", "current"}),
    "reason": frozenset({"чаще", "часто", "обычно", "often", "usually", "most", "мы", "we"}),
    "nps": frozenset({"поставить", "ставить", "дать", "давать", "получить", "оценить", "клиент", "client", "clients", "gave", "give", "scored", "она"}),
    "cycle_days": frozenset({"цикл", "cycle", "deal", "идти", "take", "took", "last", "lasted"}),
}  # fmt: skip


def stages_said(said: Said) -> list[Placed]:
    """Stages that deals are in, and those they are not in; the words are taken up. Stages that were entered are kept apart, as days may
    belong to them."""
    said.entered += [(first, name) for first, _, name in said.find("entered")]
    ends = 0
    plain: list[tuple[int, str]] = []
    barred: list[tuple[int, str]] = []
    for first, last, name in said.find("stage"):
        # «кроме тех, что на договоре и в размещении»
        joined = bool(barred) and first - ends <= _NEAR
        (barred if said.negated(first) or joined else plain).append((first, name))
        ends = last
    return [
        (found[0][0], condition("stage", any_of=tuple(name for _, name in found), negated=found is barred))
        for found in (plain, barred)
        if found
    ]


def states_said(said: Said) -> list[Placed]:
    """Open deals, deals by the state of an SLA, with an anomaly, without a property; the words are taken up."""
    found: list[Placed] = []
    timers = timers_said(said.words)
    things = said.find("thing", take=False)
    for first, _, name in said.find("state"):
        negated = said.negated(first)
        if name == "open":
            found.append((first, condition("open", negated=negated)))
            continue
        near = [timer for place, timer in timers if said.clause(place) == said.clause(first)]
        timer = near[0] if len(near) == 1 else None
        if not timers and len(things) == 1:
            # «просроченные договоры»: the timer that a contract stops
            timer = things[0][2]
            said.take([things[0][0]])
        found.append((first, condition("sla", any_of=(name,), timer=timer, negated=negated)))
    if any(one.field == "sla" for _, one in found):
        for place, _ in timers:
            said.take(range(max(0, place - 2), place + 1))
    for first, _, name in said.find("anomaly"):
        codes = () if name == "any" else (name,)
        found.append((first, condition("anomaly", any_of=codes, negated=said.negated(first))))
    return found + [(first, condition("unknown", any_of=(name,))) for first, _, name in said.find("blank")]


def waits_said(said: Said) -> list[Placed]:
    """Whose move it is: «ждут юристов», «на стороне аккаунта»; or what is waited for: «ждут счёта»."""
    for section, field in (("role", "role"), ("awaited", "awaits")):
        for first, last, name in said.find(section, take=False):
            for at, end, _ in said.find("waits", take=False):
                if 0 < first - end <= _NEAR:
                    said.take([*range(first, last + 1), *range(at, end + 1)])
                    return [(first, condition(field, any_of=(name,)))]
    return []


def take_nouns(said: Said, conditions: Sequence[Condition], *others: str | None) -> None:
    """Take up the words for what the conditions, the grouping and the measure are about."""
    fields = [*(one.field for one in conditions), *(name for name in others if name)]
    about = frozenset[str]().union(*(_NOUNS.get(field, frozenset()) for field in fields))
    said.take(at for at, word in enumerate(said.words) if word.forms & about)
