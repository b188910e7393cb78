"""Which open deals stand still: at their stage for longer than such a stage should take (`stale` in dashboard.toml)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from masterdeal import reference

SINCE: Final = "date_diff('microsecond', stage_since_at, :now) / 1000000.0"
"""Seconds that a deal has been at its stage at `:now`, from fact_deal."""


@cache
def stale_after() -> Mapping[str, int]:
    """Days at a stage from which on a deal there is stale, by stage."""
    return {row["stage"]: row["days"] for row in reference.table("marts/dashboard.toml")["stale"]}


def stale() -> str:
    """The condition on fact_deal; a stage without a limit has no stale deals."""
    cases = " ".join(f"when '{stage}' then {days * 86400.0}" for stage, days in stale_after().items())
    return f"coalesce(outcome = 'open' and {SINCE} >= case deal_stage {cases} else null end, false)"
