"""Budget allocation beside pymc-marketing's BudgetOptimizer on the same response curves and bounds, in one run.

pymc-marketing is no dependency: it comes with a compiler and a gigabyte of packages. Install it in an environment of its own
(`python -m venv V; V/bin/pip install pymc-marketing`) and run `V/bin/python -m tests.bench pymc_marketing`; elsewhere this says
so and does nothing. The curves are saturating responses of known parameters, a posterior of one draw. A plan's
curves come from its brief, so each task has a model of its own to build and compile; the ratio of a model compiled before
is told beside it.
"""

from __future__ import annotations

import time
from importlib.util import find_spec
from statistics import median
from types import SimpleNamespace
from typing import Any

from tests.bench.planner import FINE, problem, value_of
from tests.bench.rounds import line
from tools.allocation.optimum import Limits, Option, spread

ROUNDS = 5


def optimizer(options: list[Option], limits: Limits) -> tuple[Any, dict[str, tuple[float, float]]]:
    """Their optimiser over one period with our curves, and the bounds of each channel in money."""
    import arviz
    import numpy as np
    import pymc as pm
    from pymc import dims
    from pymc_marketing.mmm.budget_optimizer import BudgetOptimizer

    names = [option.key for option in options]
    top = np.array([option.curve.top for option in options])
    scale = np.array([option.curve.scale * option.price for option in options])
    k = np.array([option.curve.k for option in options])

    def model(periods: int) -> pm.Model:
        with pm.Model(coords={"date": list(range(periods)), "channel": names}) as built:
            spent = dims.Data("channel_data", np.zeros((periods, len(names))), dims=("date", "channel"))
            wide = dims.Data("scale", scale, dims="channel")
            power = dims.Data("k", k, dims="channel")
            height = dims.HalfNormal("height", sigma=1.0, dims="channel")
            response = height * (1 - (1 + spent / wide / power) ** -power)
            dims.Deterministic("total_contribution", response.sum())
        return built

    posterior = arviz.from_dict(
        posterior={"height": top[None, None, :]},
        coords={"channel": names},
        dims={"height": ["channel"]},
    )

    class Wrapped:
        adstock = SimpleNamespace(l_max=0)
        _channel_scales = 1.0
        idata = posterior

        def _set_predictors_for_optimization(self, num_periods: int) -> pm.Model:
            return model(num_periods)

    bounds = {name: (low, high) for name, low, high in limits.groups}
    return BudgetOptimizer(model=Wrapped(), num_periods=1), bounds


def run() -> list[str]:
    """Ratios of the time to optimise, the worst difference of objectives."""
    if find_spec("pymc_marketing") is None:
        return ["pymc-marketing is not installed here; see tests/bench/pymc_marketing.py"]
    report, behind = [], 0.0
    for size in (8, 16, 32):
        theirs, ours, compiled = [], [], []
        for seed in range(3):
            options, limits = problem(size, "response", seed, FINE)
            start = time.process_time()
            optimiser, bounds = optimizer(options, limits)
            compiled.append(time.process_time() - start)
            for _ in range(ROUNDS):
                start = time.process_time()
                money, _ = optimiser.allocate_budget(total_budget=limits.budget, budget_bounds=bounds)
                theirs.append(time.process_time() - start)
                start = time.process_time()
                for _ in range(20):
                    units, _ = spread(options, limits)
                ours.append((time.process_time() - start) / 20)
            spent = [float(money.sel(channel=o.key)) / o.price for o in options]
            their_value = value_of(options, spent)
            behind = max(behind, (their_value - value_of(options, units)) / their_value)
        posed = (median(compiled) + median(theirs)) / median(ours)
        again = median(theirs) / median(ours)
        told = f"theirs {median(compiled):.2f} s and {median(theirs) * 1e3:.1f} ms, ours {median(ours) * 1e3:.2f} ms"
        report.append(
            line(f"{size} channels, a task posed anew: times as fast", posed, ">= 50", posed >= 50, told)
        )
        report.append(line(f"{size} channels, their model compiled before", again, ">= 50", again >= 50))
    report.append(
        line("objective below theirs at worst, parts in a billion", behind * 1e9, "<= 1", behind <= 1e-9)
    )
    return report
