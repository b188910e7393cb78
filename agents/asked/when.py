"""What happened to deals, and on which days: verbs, gates and stretches of days that belong together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from agents.asked.said import Placed, Said
from agents.gate_terms import gate_terms
from agents.period_said import Said as Period
from agents.period_said import period_said
from tools.query.condition import Condition, condition

_MOST: Final = 3
_FAR: Final = 9


@dataclass
class Happened:
    """Conditions on what happened, and what the months of a grouping are counted by; `apart` says that closed and cancelled
    deals are asked for side by side."""

    conditions: list[Placed] = field(default_factory=list)
    grouped: str | None = None
    apart: bool = False


def stretches(said: Said, today: date) -> list[tuple[int, Period]] | None:
    """The stretches of days that a question names, each with its first word; their words are taken up. None where one would not be
    understood."""
    text = _BETWEEN.sub(r"   from \1  to \2", said.question)
    found: list[tuple[int, Period]] = []
    while len(found) < _MOST:
        period = period_said(text, today)
        if period is None:
            break
        places = [at for at, word in enumerate(said.words) if period.start <= word.start < period.end]
        free = [at for at in places if at not in said.taken]
        older = _OLDER.match(text[period.start : period.end])
        text = text[: period.start] + " " * (period.end - period.start) + text[period.end :]
        if not free or older:
            continue
        said.take(free)
        if places[0] and said.words[places[0] - 1].forms & _FROM:
            said.take([places[0] - 1])
            word = said.words[places[0] - 1]
            if word.forms & _AFTER and period.first is not None and period.last == period.first:
                period = Period(period.first, None, period.start, period.end)
            elif word.forms & _BEFORE and period.first is not None:
                period = Period(None, period.first, period.start, period.end)
        found.append((places[0], period))
    years = (
        []
        if found
        else [at for at, word in enumerate(said.words) if at not in said.taken and _BARE.fullmatch(word.text)]
    )
    for at in years[:1]:
        year = int(said.words[at].text)
        beside = [near for near in (at + 1,) if near < len(said.words) and said.words[near].forms & _YEAR]
        said.take([at, *beside])
        found.append((at, Period(date(year, 1, 1), date(year, 12, 31), 0, 0)))
    return found


def _negating(said: Said, places: set[int]) -> list[int]:
    """The words that say of a gate that it has not been passed."""
    return [
        at
        for at, word in enumerate(said.words)
        if word.text.casefold() in _NOT and any(abs(at - place) <= _NEAR for place in places)
    ]


_NEAR: Final = 3
_NOT: Final = frozenset({"не", "нет", "без", "ни", "not", "no", "without", "yet", "ещё", "еще"})
# «старше недели» is an age.
# "between 15 and 31 October", in as many letters.
_BETWEEN: Final = re.compile(r"\bbetween (\d{1,2}) and (\d{1,2})\b", re.IGNORECASE)
_BARE: Final = re.compile(r"20\d\d")
_YEAR: Final = frozenset({"год", "year"})
_OLDER: Final = re.compile(r"старше|давнее|older", re.IGNORECASE)
_AFTER: Final = frozenset({"после", "after", "since", "начиная"})
_BEFORE: Final = frozenset({"до", "before", "until"})
_FROM: Final = (
    frozenset({"между", "between", "за", "в", "на", "с", "in", "during", "on", "for", "the", "within"})
    | _AFTER
    | _BEFORE
)


@dataclass(frozen=True)
class _Told:
    """Something that happened, where it is said, or an SLA that is late."""

    place: int
    name: str
    negated: bool = False
    state: Condition | None = None


def happenings(
    said: Said, days: Sequence[tuple[int, Period]], late: Sequence[Placed], today: date, of: str | None
) -> Happened | None:
    """What happened, each with the days that stand nearest; of `late`, states of SLAs, those with days of their own are
    breaches of these days. Days without a verb are those on which the amount that is asked `of` came about. None where days belong to
    nothing."""
    told = [_Told(place, "breached", one.negated, one) for place, one in late]
    gates = gate_terms(said.words, said.breaks)
    if gates.places - said.taken:
        said.take(gates.places)
        told += [_Told(gates.at[gate], gate) for gate in gates.gates]
        told += [_Told(gates.at[gate], gate, negated=True) for gate in gates.lacks_gates]
        if gates.lacks_gates or gates.gates:
            said.take(_negating(said, gates.places))
    known = {one.name for one in told}
    for section in ("gate", "happening"):
        for first, _, name in said.find(section):
            if section == "happening" or name not in known:
                told.append(_Told(first, name, said.negated(first)))
    told += [_Told(place, name) for place, name in said.entered]
    if not told and days and of in _CAME_ABOUT:
        told.append(_Told(days[0][0], _CAME_ABOUT[of]))
    owned: dict[_Told, Period] = {}
    for place, period in days:
        near = sorted(told, key=lambda one: _apart(said, one, place))
        if near and _apart(said, near[0], place) <= _FAR and (one := _joined(owned.get(near[0]), period)):
            owned[near[0]] = one
        elif near or not _holds_now(period, today):
            return None
    now = any(word.forms & _NOW for word in said.words)
    return _conditions(sorted(told, key=lambda one: one.place), owned, now=now)


def _joined(one: Period | None, other: Period) -> Period | None:
    """Two stretches that follow one another, «октябрь против сентября», as one; None where days lie between them."""
    if one is None:
        return other
    earlier, later = sorted((one, other), key=lambda period: period.first or date.min)
    if earlier.last is None or later.first is None or (later.first - earlier.last).days != 1:
        return None
    return Period(earlier.first, later.last, one.start, one.end)


def _apart(said: Said, one: _Told, place: int) -> int:
    """How far some days stand from a verb; they follow it rather than lead up to it."""
    return said.distance(one.place, place) + (_AHEAD if one.place > place else 0)


# «Сумма договоров за ноябрь»: of those signed then.
_CAME_ABOUT: Final = {"mediaplan": "G2", "offer": "G3", "contract": "G4", "invoice": "G6"}
_AHEAD: Final = 2
_WEEK: Final = 7
_NOW: Final = frozenset({"сейчас", "now", "currently"})


def _holds_now(period: Period, today: date) -> bool:
    """Whether days without a verb say no more than «now»: «что мне закрыть на этой неделе». More than a week says more: «сумма договоров
    за год»."""
    if period.first is None or period.last is None or (period.last - period.first).days >= _WEEK:
        return False
    return period.first <= today <= period.last


def _conditions(told: Sequence[_Told], owned: dict[_Told, Period], *, now: bool) -> Happened:
    result = Happened()
    ends = [one for one in told if one.name in ("closed", "cancelled") and not one.negated]
    if len({one.name for one in ends}) == 2 and len({owned.get(one) for one in ends} - {None}) <= 1:
        # «сколько выиграли и проиграли в октябре»: either, one by one
        period = next((owned[one] for one in ends if one in owned), None)
        told = [one for one in told if one not in ends]
        result.apart = True
        result.grouped = "ended"
        result.conditions.append((ends[0].place, _during("ended", period)))
    for one in told:
        period = owned.get(one)
        result.grouped = result.grouped or (one.name if not one.negated else None)
        if one.state is not None and period is None:
            made = one.state
        elif one.state is not None:
            made = _during("breached", period, negated=one.negated, timer=one.state.timer)
        elif period is None and one.name in ("closed", "cancelled"):
            made = condition("stage", any_of=(one.name,), negated=one.negated)
        elif period is None and one.name == "created" and not one.negated:
            continue
        elif one.name == "G5" and period is None and not one.negated and now:
            made = condition("stage", any_of=("running",))  # «сколько кампаний сейчас запущено»
        else:
            made = _during(one.name, period, negated=one.negated)
        result.conditions.append((one.place, made))
    return result


def _during(name: str, period: Period | None, **more: Any) -> Condition:
    days = {} if period is None else {"since": period.first, "until": period.last}
    return condition(name, **days, **more)
