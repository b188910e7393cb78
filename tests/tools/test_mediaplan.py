"""A plan adds up to the kopeck, keeps every limit of its task, and says why when it cannot."""

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from masterdeal.errors import Malformed
from masterdeal.money import to_kopeck, total
from tools.mediaplan.forecast import response
from tools.mediaplan.lines import Pricing, Purchase, build_lines, build_totals
from tools.mediaplan.planner import Infeasible, MediaPlan, PlanTask, plan, task_from_fields
from tools.mediaplan.scenario import Scenario
from tools.mediaplan.supply import supplies
from tools.mediaplan.terms import terms_of
from tools.rate_card import Rate
from tools.reference import load_reference

TODAY = date(2026, 11, 22)
DEMO = load_reference(demo=True)
MOSCOW = {
    "period_start": "2026-12-01",
    "period_end": "2026-12-20",
    "budget_max": 5_000_000,
    "budget_vat": "incl",
    "geo": ["Москва"],
    "age_from": 25,
    "age_to": 45,
}


def made(fields=None, reference=DEMO, **more) -> MediaPlan:
    answer = plan(task_from_fields({**(MOSCOW if fields is None else fields), **more}), reference, TODAY)
    assert isinstance(answer, MediaPlan), answer
    return answer


def refusal(fields=None, reference=DEMO, **more) -> Infeasible:
    answer = plan(task_from_fields({**(MOSCOW if fields is None else fields), **more}), reference, TODAY)
    assert isinstance(answer, Infeasible), answer
    return answer


def reconcile(one: Scenario | MediaPlan) -> None:
    """Every sum of the plan from its own parts, in exact decimals."""
    for line in one.lines:
        assert line.cost.amount == line.units * line.price.amount
        assert line.price.amount == to_kopeck(line.price.amount)
        media = line.price.amount - line.commission_amount.amount / line.units
        assert media == to_kopeck(to_kopeck(line.list_price.amount * line.coefficient) * (1 - line.discount))
        rate = line.cost.vat_rate
        if line.cost.vat == "excl":
            assert rate == (Decimal("0.20") if line.period_end < date(2026, 1, 1) else Decimal("0.22"))
            assert line.vat_amount.amount == to_kopeck(line.cost.amount * rate)
        else:
            assert line.vat_amount.amount == 0
        assert line.gross.amount == line.cost.amount + line.vat_amount.amount
        assert sum(week.units for week in line.weeks) == line.units
        assert line.weeks[0].start == line.period_start
        assert line.weeks[-1].end == line.period_end
        if line.reach is not None:
            assert line.reach <= line.impressions
            if line.reach:
                assert line.frequency >= 1
    assert one.totals.net.amount == sum(line.cost.amount for line in one.lines)
    assert one.totals.vat.amount == sum(line.vat_amount.amount for line in one.lines)
    assert one.totals.gross.amount == one.totals.net.amount + one.totals.vat.amount
    assert one.totals.vat.amount == sum(money.amount for money in one.totals.vat_by_rate.values())
    for rate in one.totals.vat_by_rate:
        assert total([li.cost for li in one.lines if str(li.cost.vat_rate) == rate]).vat_rate == Decimal(rate)


shares = st.dictionaries(
    st.sampled_from(["olv", "vk", "yandex_direct", "dooh", "sms"]),
    st.sampled_from(["0.05", "0.1", "0.25"]),
    max_size=2,
)


@st.composite
def tasks(draw):
    start = date(2025, 11, 1) + timedelta(days=draw(st.integers(0, 500)))
    fields = {
        "period_start": start,
        "period_end": start + timedelta(days=draw(st.integers(0, 75))),
        "budget_max": draw(st.decimals(10_000, 80_000_000, places=2)),
        "budget_vat": draw(st.sampled_from(["incl", "excl", "none", "unknown"])),
        "budget_commission": draw(st.sampled_from(["incl", "excl", "none", "unknown"])),
        "commission_rate": draw(st.sampled_from([None, "0.10", "0.155"])),
        "commission_method": draw(st.sampled_from(["on_top", "inside"])),
        "geo": draw(st.sampled_from([["Россия"], ["Москва"], ["СПб", "Ленинградская область"], ["Елабуга"], []])),
        "age_from": draw(st.sampled_from([None, 18, 35])),
        "sex": draw(st.sampled_from([None, "female"])),
        "share_min": draw(shares) if draw(st.booleans()) else {},
        "excluded_channels": draw(st.lists(st.sampled_from(["cpa", "in_app", "programmatic"]), max_size=2)),
        "kpi": draw(
            st.sampled_from([[], [], [{"metric": "охват", "value": 200_000}], [{"metric": "cpa", "value": 4000}]])
        ),
    }  # fmt: skip
    fields["share_max"] = {c: str(Decimal(s) + Decimal("0.3")) for c, s in fields["share_min"].items()}
    return fields


@pytest.mark.slow
@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a plan takes too long to be shrunk
    suppress_health_check=[HealthCheck.too_slow],
)
@given(tasks())
def test_random_plans_reconcile_and_keep_their_task(fields):
    task = task_from_fields(fields)
    answer = plan(task, DEMO, TODAY)
    if isinstance(answer, Infeasible):
        assert answer.why
        assert answer.constraint
        return
    reconcile(answer)
    budget = answer.budget.amount
    for one in answer.scenarios:
        reconcile(one)
        assert one.spent.amount <= budget
        assert one.optimality.gap >= 0
        for channel, least in task.share_min.items():
            if one.name == "cheapest":
                continue
            part = sum(
                (li.gross if one.spent.vat == "incl" else li.cost).amount
                for li in one.lines
                if li.channel == channel
            )
            assert least * budget - 1 <= part <= task.share_max[channel] * budget + 1
        if one.totals.reach is not None:
            assert one.totals.reach <= answer.universe
            assert one.totals.reach <= one.totals.impressions
            low, high = one.totals.reach_bounds
            assert low <= one.totals.reach + 1
            assert one.totals.reach <= high
            interval = one.totals.forecast["reach"]
            assert interval.low <= interval.expected <= interval.high
    assert answer.unspent.amount >= 0
    used = {line.channel for line in answer.lines}
    assert not used & set(task.excluded_channels)
    assert not used & {refused.channel for refused in answer.refused}
    json.loads(answer.model_dump_json())


def test_a_least_share_holds_where_the_vat_rate_rises_within_the_campaign():
    answer = made(
        period_start="2025-11-27",
        period_end="2026-01-14",
        budget_max="10370796.76",
        geo=["Россия"],
        share_min={"dooh": "0.03", "retail_media": "0.29"},
        share_max={"dooh": "0.33", "retail_media": "0.59"},
        kpi=[{"metric": "cpa", "value": 4000}],
    )
    for one in answer.scenarios:
        if one.name != "cheapest":
            part = sum(line.gross.amount for line in one.lines if line.channel == "retail_media")
            assert part >= Decimal("0.29") * answer.budget.amount


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    tasks(),
    st.lists(st.integers(0, 3_000_000), min_size=20, max_size=20),
    st.sampled_from(["0", "0.03", "0.07"]),
)
def test_any_purchases_reconcile_to_the_kopeck(fields, units, discount):
    task = task_from_fields(fields)
    terms, _ = terms_of(task, DEMO, "ru")
    offered, _, _ = supplies(task, terms, DEMO, "ru")
    pricing = Pricing(terms, Decimal(discount), 4_000_000, DEMO.forecast, {})
    purchases = [Purchase(supply, n) for supply, n in zip(offered, units, strict=False)]
    lines = build_lines(purchases, pricing)
    totals = build_totals(lines, purchases, pricing)
    one = MediaPlan.model_construct(lines=lines, totals=totals)
    reconcile(one)
    for purchase in purchases:
        assert sum(li.units for li in lines if li.option == purchase.supply.rate.id) == purchase.units
    if totals.reach is not None:
        assert totals.reach <= 4_000_000
        assert totals.reach <= totals.impressions


def test_the_gap_to_the_bound_is_under_a_tenth_of_a_percent():
    for one in made().scenarios:
        assert one.optimality.gap < 1e-3


def test_vat_splits_at_new_year():
    answer = made(period_start="2025-12-20", period_end="2026-01-15")
    rates = {(line.period_start, line.period_end, line.cost.vat_rate) for line in answer.lines}
    assert rates == {
        (date(2025, 12, 20), date(2025, 12, 31), Decimal("0.20")),
        (date(2026, 1, 1), date(2026, 1, 15), Decimal("0.22")),
    }
    assert set(answer.totals.vat_by_rate) == {"0.20", "0.22"}
    assert answer.totals.net.vat_rate is None
    reconcile(answer)


@pytest.mark.parametrize(("day", "rate"), [("2025-12-31", Decimal("0.20")), ("2026-01-01", Decimal("0.22"))])
def test_vat_by_day_of_service(day, rate):
    answer = made(period_start=day, period_end=day)
    assert {line.cost.vat_rate for line in answer.lines} == {rate}


def test_budget_without_vat_is_compared_without_it():
    answer = made(budget_vat="excl")
    assert answer.totals.net.amount <= 5_000_000 < answer.totals.gross.amount
    assert answer.unspent.amount == 5_000_000 - answer.totals.net.amount
    untaxed = made(budget_vat="none")
    assert untaxed.totals.gross.amount == untaxed.totals.net.amount
    assert untaxed.totals.gross.vat == "none"


def test_an_unstated_basis_is_an_assumption_that_cannot_overspend():
    answer = made({**MOSCOW, "budget_vat": "unknown"})
    assert answer.totals.gross.amount <= 5_000_000
    assert any("НДС" in note for note in answer.assumptions)


def test_commission_inside_and_on_top_differ():
    pinned = [{"channel": "ctv", "units": 1000}]
    top = made(budget_commission="incl", commission_rate="0.15", pinned=pinned)
    inside = made(budget_commission="incl", commission_rate="0.15", commission_method="inside", pinned=pinned)
    one, other = (next(li for li in p.lines if li.channel == "ctv") for p in (top, inside))
    assert one.units == other.units == 1000
    media = one.cost.amount - one.commission_amount.amount
    assert media == other.cost.amount - other.commission_amount.amount
    assert abs(one.cost.amount - media * Decimal("1.15")) <= 5  # price rounded to the kopeck, 1000 units
    assert abs(other.cost.amount - media / Decimal("0.85")) <= 5
    assert one.cost.commission == "incl"


@pytest.mark.parametrize(
    ("start", "end", "blocked"),
    [
        ("2026-02-01", "2026-03-04", False),
        ("2026-02-01", "2026-03-05", True),
        ("2026-12-01", "2026-12-20", True),
    ],
)
def test_telegram_is_closed_from_the_day_of_the_rule(start, end, blocked):
    fields = {**MOSCOW, "period_start": start, "period_end": end, "channels": ["telegram", "vk"]}
    answer = made(fields)
    refused = {one.channel: one.rule_id for one in answer.refused if one.reason == "banned"}
    assert (refused == {"telegram": "AD5-10-7-TG"}) is blocked
    only = {**fields, "channels": ["telegram"]}
    if blocked:
        certificate = refusal(only)
        assert certificate.constraint == "channels"
        assert certificate.refused[0].rule_id == "AD5-10-7-TG"
        lifted = made(only, legal_overrides=["AD5-10-7-TG"])
        assert {line.channel for line in lifted.lines} == {"telegram"}
    else:
        assert {line.channel for line in made(only).lines} == {"telegram"}


def test_a_ban_that_begins_inside_the_campaign_names_the_last_open_day():
    certificate = refusal(period_start="2026-02-20", period_end="2026-03-20", channels=["telegram"])
    assert certificate.relaxation.constraint == "period_end"
    assert certificate.relaxation.needed == "2026-03-04"
    assert isinstance(
        plan(
            task_from_fields(
                {**MOSCOW, "period_start": "2026-02-20", "period_end": "2026-03-04", "channels": ["telegram"]}
            ),
            DEMO,
            TODAY,
        ),
        MediaPlan,
    )


def test_alcohol_is_closed_on_the_internet_only():
    answer = made(category="alcohol")
    assert all(not DEMO.channels[line.channel].internet for line in answer.lines)
    assert {"AD21-NET"} <= {one.rule_id for one in answer.refused}
    assert refusal(category="vpn").constraint == "channels"


def test_a_required_channel_that_is_closed_is_named():
    certificate = refusal(share_min={"telegram": "0.2"})
    assert certificate.constraint == "channel.telegram"
    assert refusal(pinned=[{"channel": "instagram", "units": 5}]).refused[0].rule_id == "AD5-10-7"


def test_no_price_means_no_line():
    answer = made(reference=load_reference(), channels=["ctv", "vk"])
    assert {line.channel for line in answer.lines} == {"vk"}
    assert ("ctv", "no_price") in {(one.channel, one.reason) for one in answer.refused}


@pytest.mark.parametrize(
    ("more", "constraint"),
    [
        ({"budget_max": 1000, "channels": ["ctv"]}, "budget_max"),
        ({"share_min": {"olv": "0.5", "ctv": "0.6"}}, "share_min.olv"),
        ({"pinned": [{"channel": "ctv", "cost": 9_000_000}]}, "pinned.ctv"),
        ({"channels": ["dooh"], "share_max": {"dooh": "0.01"}}, "share_max.dooh"),
    ],
)
def test_the_smallest_relaxation_is_enough_and_less_is_not(more, constraint):
    certificate = refusal(**more)
    assert certificate.constraint == constraint
    needed = Decimal(certificate.relaxation.needed)
    assert isinstance(plan(_relaxed(more, constraint, needed), DEMO, TODAY), MediaPlan)
    step = {
        "budget_max": Decimal("-5"),
        "share_min": Decimal("0.001"),
        "share_max": Decimal("-0.001"),
        "pinned": Decimal(2),
    }
    just_short = needed + step[constraint.split(".")[0]]
    assert isinstance(plan(_relaxed(more, constraint, just_short), DEMO, TODAY), Infeasible)


def _relaxed(more, constraint, value) -> PlanTask:
    name, _, channel = constraint.partition(".")
    changed = dict(more)
    if name == "pinned":
        changed["pinned"] = [{"channel": channel, "units": int(value)}]
    elif channel:
        changed[name] = {**more[name], channel: value}
    else:
        changed[name] = value
    return task_from_fields({**MOSCOW, **changed})


def test_a_reach_beyond_the_audience_is_certified():
    certificate = refusal(kpi=[{"metric": "reach", "value": 10**9}])
    assert certificate.constraint == "kpi.reach"
    assert certificate.relaxation.constraint == "kpi.reach"
    assert int(certificate.by) > 9 * 10**8


def test_a_kpi_out_of_budget_names_the_budget_that_would_do():
    certificate = refusal(kpi=[{"metric": "reach", "value": 3_500_000}], budget_max=1_000_000)
    assert certificate.constraint == "kpi.reach"
    assert certificate.relaxation.constraint == "budget_max"
    enough = made(kpi=[{"metric": "reach", "value": 3_500_000}], budget_max=certificate.relaxation.needed)
    assert enough.totals.reach >= 3_500_000


def test_two_kpis_are_met_together():
    answer = made(kpi=[{"metric": "охват", "value": 2_000_000}, {"metric": "лиды", "value": 1500}])
    chosen = next(one for one in answer.scenarios if one.name == answer.scenario)
    assert [check.met for check in chosen.kpi] == [True, True]


def test_a_task_without_a_budget_but_with_a_goal_tells_the_budget():
    fields = {k: v for k, v in MOSCOW.items() if k != "budget_max"}
    answer = made(fields, kpi=[{"metric": "reach", "value": 1_000_000}])
    assert answer.scenario == "cheapest"
    assert answer.budget is None
    assert answer.totals.reach >= 1_000_000
    assert answer.totals.gross.amount < made().totals.gross.amount


def test_what_is_missing_is_asked_not_invented():
    certificate = refusal({"geo": ["Москва"]})
    assert certificate.constraint == "missing"
    assert certificate.missing == ("period_start", "period_end", "budget_max")


def test_a_period_that_ends_before_it_starts():
    certificate = refusal(period_end="2026-11-30")
    assert (certificate.constraint, certificate.by) == ("period", "1")


def test_pinned_lines_stay_and_the_rest_is_optimised():
    answer = made(
        pinned=[{"channel": "dooh", "units": 400}, {"channel": "vk", "format": "clips", "cost": "300000"}]
    )
    units = {line.option: line.units for line in answer.lines}
    assert units["demo-dooh"] == 400
    clips = next(line for line in answer.lines if line.format == "clips")
    assert 300_000 - clips.gross.amount < clips.price.amount * 2
    assert len(units) > 2


def test_scenarios_stand_side_by_side():
    by_name = {one.name: one for one in made().scenarios}
    assert set(by_name) == {"reach", "leads", "cheapest"}
    assert by_name["reach"].totals.reach >= by_name["cheapest"].totals.reach
    assert by_name["leads"].totals.conversions > by_name["reach"].totals.conversions
    assert by_name["cheapest"].spent.amount < by_name["reach"].spent.amount


def test_a_person_may_choose_another_scenario_than_the_recommended():
    for name in ("reach", "leads"):
        found = made(scenario=name)
        chosen = next(one for one in found.scenarios if one.name == name)
        assert (found.scenario, found.lines, found.totals) == (name, chosen.lines, chosen.totals)
        assert found.unspent == found.budget - chosen.spent
        reconcile(found)


def test_the_goal_decides_which_scenario_is_recommended():
    assert made(goal="Лидогенерация: заявки на сайте").scenario == "leads"
    assert made(goal="узнаваемость бренда").scenario == "reach"


def test_brief_fields_as_they_come():
    task = task_from_fields(
        {
            "budget_max": {"value": "1 500 000,50", "quote": "1,5 млн"},
            "period_start": {"value": "2026-12-01"},
            "period_end": date(2026, 12, 31),
            "geo": "Москва",
            "kpi": {"metric": "охват", "value": "30", "unit": "%"},
            "contacts": "не для плана",
            "sex": "женщины",
            "channels": ["VK", "vk"],
        }
    )
    assert task.budget_max == Decimal("1500000.50")
    assert task.channels == ("vk",)
    assert task.sex == "female"
    money = {"amount": "100.00", "currency": "RUB", "vat": "excl", "commission": "incl"}
    assert task_from_fields({"budget_max": money}).budget_vat == "excl"
    for wrong in (
        {"budget_max": "много"},
        {"period_start": "завтра"},
        {"budget_max": {"amount": "1", "currency": "USD"}},
        {"share_min": {"vk": 2}},
        {"budget_max": "1e400"},
    ):
        with pytest.raises(Malformed) as error:
            task_from_fields(wrong)
        assert error.value.facts["fields"]


def test_the_same_task_gives_the_same_plan():
    assert made() == made()


PACKAGES = [
    ("a", "olv", "190000.00", 400_000),
    ("b", "vk", "120000.00", 500_000),
    ("c", "dooh", "310000.00", 1_500_000),
]


@settings(max_examples=25, deadline=None)
@given(
    st.decimals(100_000, 2_500_000, places=2),
    st.sampled_from(["incl", "excl"]),
    st.sampled_from(["2026-02-10", "2025-12-22"]),
    st.sampled_from([{}, {"vk": Decimal("0.3")}]),
)
def test_whole_packages_against_every_combination(budget, vat, start, least):
    rates = [
        Rate(
            id=key, channel=channel, format="package", title=key, model="package", unit="week",
            price=Decimal(price), contacts_per_unit=Decimal(contacts), valid_from=date(2025, 1, 1), source="test",
        )
        for key, channel, price, contacts in PACKAGES
    ]  # fmt: skip
    reference = load_reference().with_rates(rates)
    begin = date.fromisoformat(start)
    task = task_from_fields(
        {
            "period_start": begin, "period_end": begin + timedelta(days=20), "budget_max": budget,
            "budget_vat": vat, "budget_commission": "none", "geo": ["Москва"], "share_min": least,
            "volume_discount": False,
        }
    )  # fmt: skip
    terms, _ = terms_of(task, reference, "ru")
    offered, _, _ = supplies(task, terms, reference, "ru")
    answer = plan(task, reference, TODAY)
    universe = 11_000_000
    if isinstance(answer, MediaPlan):
        universe = answer.universe
    best = None
    curves = [response(s, "reach", universe, None, reference.forecast) for s in offered]
    each = [s.price(Decimal(0)) * terms.budget_factor for s in offered]
    fits = [
        range(1 + min(int(budget / cost), s.most_units(universe, terms.days)))
        for s, cost in zip(offered, each, strict=True)
    ]
    for lots in product(*fits):
        costs = [n * cost for n, cost in zip(lots, each, strict=True)]
        if not any(lots) or sum(costs) + Decimal("0.05") > budget:
            continue
        if any(
            sum(c for c, s in zip(costs, offered, strict=True) if s.rate.channel == name)
            < share * budget + Decimal("0.05")
            for name, share in least.items()
        ):
            continue
        value = sum(c.value(n) for c, n in zip(curves, lots, strict=True))
        best = value if best is None else max(best, value)
    if best is None:
        assert isinstance(answer, Infeasible)
        return
    assert isinstance(answer, MediaPlan)
    (found,) = [one for one in answer.scenarios if one.name == "reach"]
    assert found.spent.amount <= budget
    ours = {line.option: 0 for line in found.lines}
    for line in found.lines:
        ours[line.option] += line.units
    value = sum(curve.value(ours.get(s.rate.id, 0)) for s, curve in zip(offered, curves, strict=True))
    assert value >= best * (1 - 3e-4)


def test_half_and_half_is_a_plan():
    answer = made(share_min={"vk": "0.5", "olv": "0.5"})
    for channel in ("vk", "olv"):
        part = sum(line.gross.amount for line in answer.lines if line.channel == channel)
        assert abs(part / 5_000_000 - Decimal("0.5")) < Decimal("0.002")


@pytest.mark.parametrize(
    "fields", [{"age_to": 0}, {"universe": 99}, {"budget_max": "0.01"}, {"universe": 1, "budget_max": 10**9}]
)
def test_tiny_audiences_and_budgets_are_answered(fields):
    assert plan(task_from_fields({**MOSCOW, "age_from": None, **fields}), DEMO, TODAY) is not None


@pytest.mark.parametrize(
    "wrong", [{"channels": 7}, {"geo": {"a": 1}}, {"age_from": 50, "age_to": 20}, {"kpi": 5}]
)
def test_fields_of_another_shape_are_refused(wrong):
    with pytest.raises(Malformed):
        task_from_fields({**MOSCOW, **wrong})


def test_a_task_that_contradicts_itself_is_told_where() -> None:
    with pytest.raises(Malformed, match="age_from is above age_to"):
        task_from_fields({**MOSCOW, "age_from": 60, "age_to": 20})
