"""Budget allocation beside SciPy's SLSQP on the same curves and the same limits, in one run.

SLSQP is set as budget optimisers of the field set it (even start, ftol 1e-9, up to 1000 steps), once with the very
same curve objects and no gradient, as it is called when nothing else is said, and once with exact values and gradients
in vectors, the best that can be done for it. It answers the fractional question only; the product's whole-lot answer
and its proven gap are reported beside. Times are of the processor, for the machine is shared.
"""

from __future__ import annotations

import random
import time
from functools import partial

import numpy as np
from scipy.optimize import minimize

from tests.bench.rounds import alternating, line, medians
from tools.allocation.curves import Missed, Saturating
from tools.allocation.optimum import Limits, Option, allocate, spread

ROUNDS = 5
FINE = 10_000  # lots so small that the fractional and the whole answer can be compared


def problem(size: int, kind: str, seed: int, fine: int) -> tuple[list[Option], Limits]:
    """Channels with a least and a most share each, budget a million a channel."""
    draw = random.Random(seed)
    budget = 1e6 * size
    options = []
    groups = []
    for i in range(size):
        scale, k = draw.uniform(2e5, 3e6) * fine, draw.uniform(0.5, 4)
        curve = (
            Missed(draw.uniform(0.2, 0.8), scale, k)
            if kind == "reach"
            else Saturating(draw.uniform(1, 30), scale, k)
        )
        options.append(Option(str(i), str(i), curve, draw.uniform(0.5, 2) / fine, 1, 10**15))
        groups.append((str(i), budget * draw.choice([0.0, 0.2]) / size, budget * draw.uniform(1.2, 4) / size))
    return options, Limits(budget, 0.0, tuple(groups))


def slsqp(options: list[Option], limits: Limits, kind: str, gradient: bool) -> tuple[np.ndarray, float]:
    """Money per option and the objective, by SLSQP on money scaled to the even split."""
    even = limits.budget / len(options)
    price = np.array([o.price for o in options])
    scale = np.array([o.curve.scale for o in options])
    k = np.array([o.curve.k for o in options])
    size = np.array([o.curve.audience if kind == "reach" else o.curve.top for o in options])

    def negative(money: np.ndarray) -> tuple[float, np.ndarray]:
        q = 1 + money * even / price / scale / k
        left = q**-k
        slope = size * left / q / scale * even / price
        if kind == "reach":
            missed = 1 - size + size * left
            return float(np.log(missed).sum()), -slope / missed
        return float(-(size * (1 - left)).sum()), -slope

    def plain(money: np.ndarray) -> float:
        return -sum(o.curve.value(x * even / o.price) for o, x in zip(options, money.tolist(), strict=True))

    found = minimize(
        negative if gradient else plain,
        np.ones(len(options)),
        jac=gradient,
        method="SLSQP",
        bounds=[(low / even, high / even) for _, low, high in limits.groups],
        constraints={
            "type": "ineq",
            "fun": lambda money: len(options) - money.sum(),
            **({"jac": lambda money: -np.ones(len(options))} if gradient else {}),
        },
        options={"ftol": 1e-9, "maxiter": 1000},
    )
    return found.x * even, -float(found.fun)


def value_of(options: list[Option], units: list[float]) -> float:
    return sum(option.curve.value(x) for option, x in zip(options, units, strict=True))


def run() -> list[str]:
    """Ratios of time, the worst difference of objectives, and the gap of the whole-lot answer."""
    report, behind, gap = [], 0.0, 0.0
    for kind in ("reach", "response"):
        for size in (8, 16, 32):
            tasks = [problem(size, kind, seed, FINE) for seed in range(4)]
            for options, limits in tasks:
                ours = value_of(options, spread(options, limits)[0])
                theirs = max(slsqp(options, limits, kind, gradient)[1] for gradient in (False, True))
                behind = max(behind, (theirs - ours) / theirs)
            for options, limits in [problem(size, kind, seed, 1) for seed in range(4)]:
                lots = [Option(o.key, o.group, o.curve, o.price * 1000, 1, o.high) for o in options]
                gap = max(gap, allocate(lots, limits).gap)

            def ours_time(tasks: list = tasks) -> float:
                start = time.process_time()
                for _ in range(10):
                    for options, limits in tasks:
                        spread(options, limits)
                return (time.process_time() - start) / 10

            def theirs_time(gradient: bool, tasks: list = tasks, kind: str = kind) -> float:
                start = time.process_time()
                for options, limits in tasks:
                    slsqp(options, limits, kind, gradient)
                return time.process_time() - start

            middle = medians(
                alternating(
                    {
                        "ours": ours_time,
                        "plain": partial(theirs_time, False),
                        "exact": partial(theirs_time, True),
                    },
                    ROUNDS,
                )
            )
            ratio = middle["plain"] / middle["ours"]
            report.append(
                line(
                    f"{kind}, {size} channels: times as fast as SLSQP on the same curves",
                    ratio,
                    ">= 50",
                    ratio >= 50,
                    f"with exact gradients {middle['exact'] / middle['ours']:.0f}; "
                    f"ours {middle['ours'] / len(tasks) * 1e3:.2f} ms",
                )
            )
    report.append(
        line("objective below SLSQP's at worst, parts in a billion", behind * 1e9, "<= 1", behind <= 1e-9)
    )
    report.append(line("gap of whole lots to the proven bound, percent", gap * 100, "< 0.1", gap < 1e-3))
    return report
