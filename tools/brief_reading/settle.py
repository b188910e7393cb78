"""From claims to one value per field: the firmest wins, a later message corrects, two claims of one message contradict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.brief_reading.claim import HINTED, LABELLED, SAID, Claim

Same = Callable[[Claim, Claim], bool]


@dataclass(frozen=True, slots=True)
class Clash:
    """Two places of the text that cannot both be right."""

    name: str
    fields: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A value that a later word replaced."""

    field: str
    before: Claim
    after: Claim


@dataclass
class Outcome:
    """What was settled so far."""

    values: dict[str, list[Claim]] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def one(self, name: str) -> Claim | None:
        return self.values[name][0] if self.values.get(name) else None

    def clash(self, name: str, fields: Sequence[str], *claims: tuple[int, int]) -> None:
        if not any(known.name == name for known in self.clashes):
            self.clashes.append(Clash(name, tuple(fields), tuple(claims)))


def equal(left: Claim, right: Claim) -> bool:
    """Whether two claims say the same."""
    return bool(left.value == right.value)


def _pool(claims: Iterable[Claim]) -> list[Claim]:
    ordered = sorted(claims, key=lambda claim: (claim.message.order, claim.start))
    firm = [claim for claim in ordered if claim.strength >= SAID]
    return firm or [claim for claim in ordered if claim.strength >= HINTED] or ordered


def settle_scalar(
    outcome: Outcome,
    name: str,
    claims: Iterable[Claim],
    clash: str | None,
    fields: Sequence[str],
    same: Same = equal,
) -> Claim | None:
    """One value: of the latest message that speaks of it; inside a message what corrects, then what is firmest, then first."""
    pool = _pool(claims)
    current: Claim | None = None
    for order in sorted({claim.message.order for claim in pool}):
        group = [claim for claim in pool if claim.message.order == order]
        correcting = [claim for claim in group if claim.corrects]
        best = correcting[-1] if correcting else max(group, key=lambda claim: (claim.strength, -claim.start))
        for other in group:
            if other is best or same(other, best):
                continue
            if best.corrects and other.start < best.start:
                outcome.changes.append(Change(name, other, best))
            elif clash and min(other.strength, best.strength) >= SAID:
                first, second = sorted((other, best), key=lambda claim: claim.start)
                outcome.clash(clash, fields, (first.start, first.end), (second.start, second.end))
        if current is not None and not same(current, best):
            outcome.changes.append(Change(name, current, best))
        current = best
    if current is not None:
        outcome.values[name] = [current]
    return current


def settle_standing(
    outcome: Outcome, name: str, claims: Iterable[Claim], clash: str | None, same: Same
) -> Claim | None:
    """A field that later messages seldom change (client, product, goal): the firmest, then what corrects, then the first said."""
    pool = _pool(claims)
    if not pool:
        return None
    correcting = [claim for claim in pool if claim.corrects]
    best = (
        correcting[-1]
        if correcting and correcting[-1].strength >= max(claim.strength for claim in pool)
        else max(
            pool, key=lambda claim: (claim.strength, claim.note == "form", -claim.message.order, -claim.start)
        )
    )
    for other in pool:
        if other is best or same(other, best) or other.strength < best.strength:
            continue
        if best.corrects or other.message.order != best.message.order:
            later, earlier = (best, other) if best.message.order >= other.message.order else (other, best)
            if best.strength == LABELLED:
                outcome.changes.append(Change(name, earlier, later))
                best = later
        elif clash and best.strength == LABELLED:
            outcome.clash(clash, (name,), (best.start, best.end), (other.start, other.end))
    outcome.values[name] = [best]
    return best


def settle_places(outcome: Outcome, claims: Iterable[Claim]) -> None:
    """Geography: the labelled list of a message, with what later messages add, remove or replace."""
    told = list(claims)
    firm = set(map(id, _pool(claim for claim in told if not claim.removes)))
    pool = sorted(
        (claim for claim in told if claim.removes or id(claim) in firm),
        key=lambda claim: (claim.message.order, claim.start),
    )
    current: dict[str, Claim] = {}
    for order in sorted({claim.message.order for claim in pool}):
        group = [claim for claim in pool if claim.message.order == order]
        labelled = [claim for claim in group if claim.strength == LABELLED and not claim.removes]
        wanted = labelled or [claim for claim in group if not claim.removes]
        new = {claim.value: claim for claim in reversed(wanted)}
        if labelled:
            _place_clash(
                outcome,
                labelled,
                [c for c in group if c.strength == SAID and not c.removes and not c.corrects],
            )
        only = [claim for claim in wanted if claim.note == "only"]
        if only and not labelled and len({c.value for c in wanted}) > 1:
            others = [c for c in wanted if c.value not in {o.value for o in only} and c.start < only[0].start]
            if others and others[0].value == "Россия" and not only[0].corrects:
                outcome.clash("geo", ("geo",), (others[0].start, others[0].end), (only[0].start, only[0].end))
            elif others:  # "продаём по всему Уралу, но рекламу даём только на Пермь"
                new = {claim.value: claim for claim in reversed(wanted) if claim.start >= only[0].start}
        replaces = any(claim.note == "only" or claim.corrects for claim in wanted) or bool(labelled)
        if current and new and replaces and not all(claim.note == "add" for claim in wanted):
            if set(new) != set(current):
                before = min(current.values(), key=lambda claim: claim.start)
                after = min(new.values(), key=lambda claim: claim.start)
                outcome.changes.append(Change("geo", before, after))
            current = new
        elif current and new:
            extra = [claim for value, claim in new.items() if value not in current]
            if extra:
                outcome.changes.append(Change("geo", next(iter(current.values())), extra[0]))
            current.update({claim.value: claim for claim in extra})
        else:
            current = new or current
        for claim in group:
            known = current.get(claim.value)
            if claim.removes and known is not None and known.message.order < order:
                outcome.changes.append(Change("geo", known, claim))
                del current[claim.value]
    if current:
        outcome.values["geo"] = sorted(
            current.values(), key=lambda claim: (claim.message.order, claim.start, claim.end)
        )


def _place_clash(outcome: Outcome, labelled: list[Claim], said: list[Claim]) -> None:
    named = {claim.value for claim in labelled}
    for claim in said:
        wide = "Россия" in named
        if (
            (not wide and claim.value not in named and claim.note == "only")
            or (wide and claim.note == "only" and claim.value != "Россия")
            or (claim.value == "Россия" and not wide)
        ):
            outcome.clash("geo", ("geo",), (labelled[0].start, labelled[0].end), (claim.start, claim.end))


def settle_channels(outcome: Outcome, claims: Iterable[Claim]) -> None:
    """Wanted and excluded channels; the latest message decides, one message that says both contradicts itself."""
    wanted: dict[str, Claim] = {}
    excluded: dict[str, Claim] = {}
    pool = sorted(claims, key=lambda claim: (claim.message.order, claim.start))
    for claim in pool:
        mine, other = (excluded, wanted) if claim.removes else (wanted, excluded)
        rival = other.get(claim.value)
        if rival is not None:
            if rival.message.order < claim.message.order or claim.corrects:
                outcome.changes.append(
                    Change("excluded_channels" if claim.removes else "channels", rival, claim)
                )
                del other[claim.value]
            else:
                outcome.clash(
                    "channels",
                    ("channels", "excluded_channels"),
                    (rival.start, rival.end),
                    (claim.start, claim.end),
                )
        if claim.value not in mine:
            mine[claim.value] = claim
    if wanted:
        outcome.values["channels"] = list(wanted.values())
    if excluded:
        outcome.values["excluded_channels"] = list(excluded.values())


def settle_targets(outcome: Outcome, claims: Iterable[Claim]) -> None:
    """One figure per metric."""
    kept: dict[str, Claim] = {}
    for claim in sorted(claims, key=lambda claim: (claim.message.order, claim.start)):
        metric = claim.value["metric"]
        known = kept.get(metric)
        if known is None:
            kept[metric] = claim
            continue
        if known.value["value"] == claim.value["value"]:
            continue
        if claim.message.order > known.message.order or claim.corrects:
            outcome.changes.append(Change("kpi", known, claim))
            kept[metric] = claim
        elif known.value["unit"] == claim.value["unit"]:
            outcome.clash("kpi", ("kpi",), (known.start, known.end), (claim.start, claim.end))
    if kept:
        outcome.values["kpi"] = list(kept.values())


def settle_all(outcome: Outcome, name: str, claims: Iterable[Claim]) -> None:
    """Every different value, in reading order of the newest message first said."""
    kept: dict[Any, Claim] = {}
    for claim in sorted(claims, key=lambda claim: claim.start):
        kept.setdefault(str(claim.value), claim)
    if kept:
        outcome.values[name] = list(kept.values())
