"""Everything that judges a deal, together: catalogue, rule set, SLA limits and claims of the domain stages."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from masterdeal import sla
from masterdeal.catalogue import Catalogue
from masterdeal.deal import Deal
from masterdeal.ruleset import RuleSet


class Rulebook(Struct, frozen=True):
    """One consistent set of the dated, versioned files. `claims[(system, stage)]` are the aggregated stages
    that a domain stage (compared without case) agrees with. `edition` names the whole: what was judged by another
    must be judged anew."""

    catalogue: Catalogue
    rules: RuleSet
    sla: sla.SlaConfig
    claims: dict[tuple[str, str], tuple[str, ...]]
    edition: str = ""


def timers(deal: Deal, book: Rulebook, clock: int, before: Sequence[sla.Timer] = ()) -> list[sla.Timer]:
    """The deal's five timers as they stand at `clock`. `before` is what the same book made of the deal's timers
    earlier: one that it still describes is taken from there as it is, the very same object."""
    reached, cancelled, config = deal.reached, deal.cancelled, book.sla
    if before and not deal.suspensions:
        in_force = config.in_force(clock)
        judged = []
        for known, (source, target) in zip(before, book.rules.timers.values(), strict=True):
            started, stopped = reached[source], reached[target]
            if (
                known.started == started
                and known.stopped == stopped
                and not known.pauses
                and sla.holds(known, cancelled, in_force, clock)
            ):
                judged.append(known)
            else:
                judged.append(sla.judge(known.name, started, stopped, cancelled, config, clock, known=known))
        return judged
    pauses: dict[str, list[tuple[int, int | None]]] = {}
    for line in deal.suspensions:
        pauses.setdefault(line.timer, []).append((line.since, line.until))
    return [
        sla.judge(name, reached[source], reached[target], cancelled, config, clock, pauses.get(name, ()))
        for name, (source, target) in book.rules.timers.items()
    ]
