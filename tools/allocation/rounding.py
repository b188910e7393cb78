"""From fractional wishes to whole lots that keep every limit: take away, then add where a rouble gives most."""

from __future__ import annotations

from math import floor, isinf

from tools.allocation.relaxation import Box, Problem, Relaxation, best_lots


def whole_lots(problem: Problem, box: Box, relaxation: Relaxation) -> list[int] | None:
    """Whole lots near the relaxation that keep all limits, or None when this way finds none."""
    options = problem.options
    lots = [
        best_lots(option, relaxation.prices[i], box.low[i], box.high[i], box.must[i], relaxation.wanted[i])[0]
        for i, option in enumerate(options)
    ]
    return fill(problem, box, lots) if _shed(problem, box, lots) else None


def _spent(problem: Problem, lots: list[int]) -> tuple[float, list[float]]:
    inside = [sum(problem.options[i].price * lots[i] for i in group) for group, _, _ in problem.groups]
    return sum(inside), inside


def _shed(problem: Problem, box: Box, lots: list[int]) -> bool:
    """Take lots away until no limit is exceeded, those first that lose least for the money; False if it cannot be."""
    options, budget = problem.options, problem.limits.budget
    slack = 1e-11 * max(1.0, budget) if not isinf(budget) else 0.0
    spent, inside = _spent(problem, lots)
    for number, (group, least, _) in enumerate(problem.groups):
        while inside[number] + slack < least:
            spare = [i for i in group if lots[i] < box.high[i]]
            if not spare:
                return False
            i = min(spare, key=lambda j: options[j].price * (1 if lots[j] else box.low[j]))
            step = (
                box.low[i] - lots[i]
                if lots[i] < box.low[i]
                else max(1, min(box.high[i] - lots[i], floor((least - inside[number]) / options[i].price)))
            )
            lots[i] += step
            inside[number] += step * options[i].price
            spent += step * options[i].price
    for number, (group, least, most) in enumerate(problem.groups):
        while inside[number] > most + slack or spent > budget + slack:
            best: tuple[float, int, int] | None = None
            excess = max(inside[number] - most, spent - budget)
            for i in group:
                if not lots[i] or (box.must[i] and lots[i] <= box.low[i]):
                    continue
                price, value = options[i].price, options[i].curve.value
                if lots[i] <= box.low[i]:
                    left = 0
                else:
                    left = max(box.low[i], lots[i] - max(1, floor(excess / price)))
                    if inside[number] - (lots[i] - left) * price + slack < least:
                        left = lots[i] - 1
                freed = (lots[i] - left) * price
                if inside[number] - freed + slack < least:
                    continue
                loss = (value(lots[i]) - value(left)) / freed
                if best is None or loss < best[0]:
                    best = (loss, i, left)
            if best is None:
                break
            _, i, left = best
            freed = (lots[i] - left) * options[i].price
            lots[i] = left
            inside[number] -= freed
            spent -= freed
        if inside[number] > most + slack:
            return False
    return spent <= budget + slack


def fill(problem: Problem, box: Box, lots: list[int]) -> list[int] | None:
    """Spend what is left where a rouble gives most; None when the least to spend is still not reached."""
    options, budget = problem.options, problem.limits.budget
    slack = 1e-11 * max(1.0, budget) if not isinf(budget) else 0.0
    spent, inside = _spent(problem, lots)
    group_of = {i: number for number, (group, _, _) in enumerate(problem.groups) for i in group}
    while True:
        offers: list[tuple[float, int, int]] = []
        for i, option in enumerate(options):
            now = lots[i]
            if now >= box.high[i]:
                continue
            after = now + 1 if now else box.low[i]
            room = min(budget - spent, problem.groups[group_of[i]][2] - inside[group_of[i]]) + slack
            cost = (after - now) * option.price
            if cost <= room:
                gain = (option.curve.value(after) - option.curve.value(now)) / cost
                offers.append((gain, i, after))
        offers.sort(reverse=True)
        if not offers or (offers[0][0] <= 0 and spent + slack >= problem.limits.floor):
            break
        _, i, after = offers[0]
        option = options[i]
        room = min(budget - spent, problem.groups[group_of[i]][2] - inside[group_of[i]]) + slack
        top = min(box.high[i], lots[i] + (box.high[i] if isinf(room) else int(room / option.price)))
        rival = offers[1][0] if len(offers) > 1 else 0.0
        until = option.curve.inverse()(rival * option.price) if rival > 0 else float(top)
        target = max(after, min(top, floor(min(until, float(top)))))
        cost = (target - lots[i]) * option.price
        lots[i] = target
        spent += cost
        inside[group_of[i]] += cost
    return lots if spent + slack >= problem.limits.floor else None
