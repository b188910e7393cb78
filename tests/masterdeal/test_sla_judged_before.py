"""What is taken from an earlier judgement is what judging anew would give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masterdeal import sla
from masterdeal.deal import blank
from masterdeal.instant import DAY, HOUR, MINUTE, SECOND, seconds
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import timers

BOOK = read_rulebook()
BEGIN = 20_500 * DAY
moments = st.integers(0, 60 * 24 * 4).map(lambda number: BEGIN + number * 15 * MINUTE)
maybe = st.none() | moments


@st.composite
def deals(draw: st.DrawFn) -> tuple[list[int | None], int | None]:
    """When the ranks of the ladder were reached, and when the deal was cancelled."""
    return [draw(maybe) for _ in BOOK.rules.ladder], draw(maybe)


@given(earlier=deals(), later=deals(), kept=st.sets(st.integers(0, 8)), clocks=st.tuples(moments, moments))
def test_timers_judged_before_are_reused_only_where_they_still_hold(
    earlier: tuple[list[int | None], int | None],
    later: tuple[list[int | None], int | None],
    kept: set[int],
    clocks: tuple[int, int],
) -> None:
    first, second = sorted(clocks)
    deal = blank("MD-1", BOOK.rules)
    deal.reached, deal.cancelled = earlier
    before = timers(deal, BOOK, first)
    # Some ranks stay as they were, as they do when one event more comes in.
    deal.reached = [earlier[0][rank] if rank in kept else then for rank, then in enumerate(later[0])]
    deal.cancelled = later[1]
    assert timers(deal, BOOK, second, before) == timers(deal, BOOK, second)


@given(started=moments, stopped=maybe, cancelled=maybe, clocks=st.tuples(moments, moments))
@pytest.mark.parametrize("name", tuple(BOOK.rules.timers))
def test_a_timer_known_from_before_is_due_when_it_was(
    name: str, started: int, stopped: int | None, cancelled: int | None, clocks: tuple[int, int]
) -> None:
    known = sla.judge(name, started, None, None, BOOK.sla, clocks[0])
    again = sla.judge(name, started, stopped, cancelled, BOOK.sla, clocks[1], known=known)
    assert again == sla.judge(name, started, stopped, cancelled, BOOK.sla, clocks[1])


def test_a_timer_that_stood_still_is_not_taken_for_one_that_never_did() -> None:
    pauses = [(BEGIN + HOUR, BEGIN + 2 * HOUR)]
    known = sla.judge("lead_to_brief", BEGIN, None, None, BOOK.sla, BEGIN + HOUR, pauses)
    anew = sla.judge("lead_to_brief", BEGIN, None, None, BOOK.sla, BEGIN + HOUR)
    assert known.due != anew.due
    assert sla.judge("lead_to_brief", BEGIN, None, None, BOOK.sla, BEGIN + HOUR, known=known) == anew
    assert sla.judge("lead_to_brief", BEGIN, None, None, BOOK.sla, BEGIN + HOUR, pauses, anew) == known


@given(st.integers(-(10**17), 10**17) | st.integers(-(10**14), 10**14).map(lambda number: number * 1000))
def test_seconds_are_rounded_to_the_millisecond(duration: int) -> None:
    assert seconds(duration) == round(duration / SECOND, 3)
