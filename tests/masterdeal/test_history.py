"""What a row becomes under a map, and what a map may say."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from masterdeal.cell import money_of, number_of
from masterdeal.errors import BadMap
from masterdeal.history import HistoryMap, Made, events_of, parse_map
from masterdeal.history_map import Condition, DealColumns, EventRule, Join, allowed
from masterdeal.history_value import Value

EXAMPLE = """
source = "crm"
timezone = "Europe/Moscow"
[deal]
id = "opportunity_id"
title = "product"
client = { column = "account", empty = "unknown" }
[[event]]
type = "crm.deal.created"
time = "engage_date"
format = "%d-%m-%y"
when = { column = "deal_stage", in = ["Engaging", "Won", "Lost"] }
id = "{opportunity_id}-created"
"""

ROW = {
    "opportunity_id": "1C1I7A6R",
    "product": "GTX Plus Basic",
    "account": "Cancity",
    "deal_stage": "Won",
    "engage_date": "20-10-16",
}


def one_event(rule: str, deal: str = 'id = "id"', head: str = "") -> HistoryMap:
    return parse_map(
        f'source = "crm"\n{head}\n[deal]\n{deal}\n[[event]]\ntype = "crm.deal.created"\n{rule}\n'
    )


def made(map_: HistoryMap, **cells: object) -> Made:
    return events_of(map_, {"id": "D-1", "at": "2026-03-02", **cells}, 7, 6)


def members(map_: HistoryMap, **cells: object) -> dict[str, object]:
    (event,) = made(map_, **cells).events
    data = event["data"]
    assert isinstance(data, dict)
    return data


def test_the_documented_example_makes_the_documented_event() -> None:
    assert events_of(parse_map(EXAMPLE), ROW, 2).events == (
        {
            "specversion": "1.0",
            "id": "1C1I7A6R-created",
            "source": "crm",
            "type": "crm.deal.created",
            "time": "2016-10-20T00:00:00+03:00",
            "subject": "1C1I7A6R",
            "datacontenttype": "application/json",
            "data": {"title": "GTX Plus Basic", "client": {"name": "Cancity"}},
        },
    )


def test_empty_replaces_an_empty_cell_and_only_that() -> None:
    (event,) = events_of(parse_map(EXAMPLE), {**ROW, "account": " "}, 2).events
    assert event["data"]["client"] == {"name": "unknown"}


def test_what_a_row_does_not_say_is_absent() -> None:
    assert members(one_event('time = "at"', 'id = "id"\nclient = "account"\nbudget = "sum"')) == {}


def test_a_row_that_matches_no_event_says_so() -> None:
    result = events_of(parse_map(EXAMPLE), {**ROW, "deal_stage": "Prospecting"}, 2)
    assert result == Made((), (), (), "when matched no event")


@pytest.mark.parametrize(
    ("cells", "column", "value", "reason"),
    [
        ({"engage_date": "2016-10-20"}, "engage_date", "2016-10-20", "the event time cannot be read"),
        ({"engage_date": ""}, "engage_date", "", "the event time is empty"),
        ({"engage_date": "31-02-17"}, "engage_date", "31-02-17", "the event time cannot be read"),
        ({"opportunity_id": "  "}, "opportunity_id", "", "the deal id is empty"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_its_line_column_and_value(
    cells: dict[str, str], column: str, value: str, reason: str
) -> None:
    result = events_of(parse_map(EXAMPLE), {**ROW, **cells}, 17)
    assert result.events == ()
    (rejection,) = result.rejections
    assert (rejection.line, rejection.column, rejection.value) == (17, column, value)
    assert rejection.reason.startswith(reason)


def test_a_missing_column_is_named() -> None:
    row = {name: cell for name, cell in ROW.items() if name != "engage_date"}
    (rejection,) = events_of(parse_map(EXAMPLE), row, 3).rejections
    assert rejection.column == "engage_date"
    assert "no column 'engage_date'" in rejection.reason


def test_a_row_is_rejected_as_a_whole() -> None:
    map_ = parse_map(EXAMPLE + '[[event]]\ntype = "crm.deal.lost"\ntime = "close_date"\n')
    result = events_of(map_, {**ROW, "close_date": "soon"}, 2)
    assert result.events == ()
    assert len(result.rejections) == 1


@pytest.mark.parametrize(
    ("when", "cells", "holds"),
    [
        ('{ column = "s", in = ["a", "b"] }', {"s": " b "}, True),
        ('{ column = "s", in = ["a", "b"] }', {"s": "B"}, False),
        ('{ column = "s", not_in = ["a"] }', {"s": "b"}, True),
        ('{ column = "s", not_in = ["a"] }', {"s": "a"}, False),
        ('{ column = "s", equals = 1 }', {"s": "1"}, True),
        ('{ column = "s", equals = "1" }', {"s": 1}, True),
        ('{ column = "s", equals = true }', {"s": True}, True),
        ('{ column = "s", equals = "" }', {}, True),
        ('{ not_empty = "s" }', {"s": "x"}, True),
        ('{ not_empty = "s" }', {"s": "  "}, False),
        ('{ not_empty = "s" }', {"s": 0}, True),
        ('{ not_empty = ["s", "t"] }', {"s": "x"}, False),
        ('{ column = "s", not_empty = true }', {"s": None}, False),
        ('{ column = "s", equals = "x", not_empty = "t" }', {"s": "x"}, False),
        ('{ column = "s", equals = "x", not_empty = "t" }', {"s": "x", "t": "y"}, True),
        ('[{ column = "s", equals = "x" }, { column = "t", equals = "y" }]', {"s": "x", "t": "z"}, False),
        ('[{ column = "s", equals = "x" }, { column = "t", equals = "y" }]', {"s": "x", "t": "y"}, True),
    ],
)
def test_conditions_are_joined_by_and(when: str, cells: dict[str, object], holds: bool) -> None:
    assert bool(made(one_event(f'time = "at"\nwhen = {when}'), **cells).events) is holds


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("2026-03-02", "Europe/Moscow", "2026-03-02T00:00:00+03:00"),
        ("2026-03-02 10:15:00.5", "+05:00", "2026-03-02T10:15:00.500000+05:00"),
        ("2026-03-02T10:15:00Z", "Europe/Moscow", "2026-03-02T10:15:00+00:00"),
        ("2011-10-11 13:42:22.688000+02:00", "UTC", "2011-10-11T13:42:22.688000+02:00"),
        ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25T02:30:00+02:00"),  # occurs twice: the first
        ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29T02:30:00+01:00"),  # never occurs: the old offset
    ],
)
def test_times_without_an_offset_take_the_timezone(text: str, zone: str, instant: str) -> None:
    (event,) = made(one_event('time = "at"', head=f'timezone = "{zone}"'), at=text).events
    assert event["time"] == instant


@pytest.mark.parametrize(
    ("pattern", "cell", "instant"),
    [
        ('"unix"', 1_700_000_000, "2023-11-14T22:13:20+00:00"),
        ('"unix_ms"', "1700000000500", "2023-11-14T22:13:20.500000+00:00"),
        ('["%d.%m.%Y %H:%M", "%d.%m.%Y"]', "02.03.2026", "2026-03-02T00:00:00+00:00"),
        ('["%d.%m.%Y", "iso"]', "2026-03-02", "2026-03-02T00:00:00+00:00"),
        ('"%Y"', datetime(2026, 3, 2, 9, tzinfo=UTC), "2026-03-02T09:00:00+00:00"),
    ],
)
def test_formats(pattern: str, cell: object, instant: str) -> None:
    (event,) = made(one_event(f'time = "at"\nformat = {pattern}'), at=cell).events
    assert event["time"] == instant


@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00", "99999999999999", "-", "∞"]
)
def test_a_time_outside_the_calendar_is_rejected(text: str) -> None:
    assert made(one_event('time = "at"\nformat = ["iso", "unix"]'), at=text).events == ()


def test_the_default_id_is_of_deal_row_and_type_and_differs_within_a_row() -> None:
    map_ = parse_map(
        'source = "crm"\n[deal]\nid = "id"\n' + '[[event]]\ntype = "crm.stage.changed"\ntime = "at"\n' * 2
    )
    assert [event["id"] for event in made(map_).events] == [
        "D-1-6-crm.stage.changed",
        "D-1-6-crm.stage.changed-2",
    ]


@pytest.mark.parametrize(
    ("id_", "expected"),
    [
        ('"{case:concept:name}/{row}/{type}"', "c 1/6/crm.deal.created"),
        ('"number"', "0042"),
        ('{ column = "number" }', "0042"),
    ],
)
def test_an_id_is_a_template_or_a_column(id_: str, expected: str) -> None:
    result = made(one_event(f'time = "at"\nid = {id_}'), number="0042", **{"case:concept:name": "c 1"})
    assert result.events[0]["id"] == expected


def test_an_id_with_an_empty_column_rejects_the_row() -> None:
    (rejection,) = made(one_event('time = "at"\nid = "{a}-{b}"'), a="1", b=" ").rejections
    assert (rejection.column, rejection.reason) == ("b", "the event id is empty")


def test_members_of_every_kind() -> None:
    map_ = one_event(
        """
time = "at"
format = "%Y-%m-%d"
[event.data]
agent = "agent"
units = { column = "units", as = "number" }
total = { column = "total", as = "money", currency = "RUB", vat = "incl", vat_rate = "0.22", commission = "none" }
origin = { value = "import" }
branch = { column = "branch", map = { msk = "Москва" } }
deadlines = { planned_end = { column = "plan", as = "time" }, legal = { column = "law", as = "time" } }
label = { template = "{agent}: {branch}" }
""",
        head='timezone = "Europe/Moscow"',
    )
    assert members(
        map_, agent=" Ann ", units="1 200", total="1 220 000,50 ₽", branch="msk", plan="2026-04-01"
    ) == {
        "agent": "Ann",
        "units": 1200,
        "total": {
            "amount": "1220000.50",
            "currency": "RUB",
            "vat": "incl",
            "vat_rate": "0.22",
            "commission": "none",
        },
        "origin": "import",
        "branch": "Москва",
        "deadlines": {"planned_end": "2026-04-01T00:00:00+03:00"},
        "label": "Ann: msk",
    }


def test_a_member_that_cannot_be_read_is_left_out_and_remarked() -> None:
    result = made(one_event('time = "at"', 'id = "id"\nbudget = "sum"'), sum="about a million")
    assert result.events[0]["data"] == {}
    (remark,) = result.remarks
    assert (remark.line, remark.row, remark.column, remark.value) == (7, 6, "sum", "about a million")


def test_a_deal_is_described_where_it_is_opened_and_nowhere_else() -> None:
    deal = """
id = "id"
client = "c"
client_inn = "inn"
client_type = { value = "agency" }
budget = { column = "b", currency = "USD" }
refs = [{ system = "amo", id = "amo_id" }]
"""
    map_ = parse_map(
        f'source = "crm"\n[deal]\n{deal}\n[[event]]\ntype = "lead.created"\ntime = "at"\n'
        '[[event]]\ntype = "crm.deal.lost"\ntime = "at"\n'
    )
    opened, lost = made(map_, c="ООО Ромашка", inn=7707083893, b=1054.5, amo_id=12.0).events
    assert opened["data"] == {
        "client": {"name": "ООО Ромашка", "inn": "7707083893"},
        "client_type": "agency",
        "budget": {"amount": "1054.5", "currency": "USD", "vat": "none", "commission": "none"},
        "refs": [{"system": "amo", "id": "12"}],
    }
    assert lost["data"] == {}


def test_an_object_is_no_name() -> None:
    map_ = one_event('time = "at"', 'id = "id"\nclient = "client"')
    result = made(map_, client={"name": "Ромашка"})
    assert result.events[0]["data"] == {}
    assert "client.name" in result.remarks[0].reason
    assert made(map_, id=["D-1"]).events == ()


def test_a_constant_time_stands_for_states_without_a_date() -> None:
    for constant in ('{ value = "2017-12-31" }', "{ value = 2017-12-31 }", "2017-12-31"):
        (event,) = made(one_event(f'time = {constant}\nformat = "%d-%m-%y"')).events
        assert event["time"] == "2017-12-31T00:00:00+00:00"


def test_empty_words_count_as_empty() -> None:
    map_ = one_event('time = "at"', 'id = "id"\nindustry = "i"', 'empty_words = ["Select", "#N/A"]')
    assert members(map_, i="Select") == {}
    assert members(map_, i="Retail") == {"industry": "Retail"}


JOINED = """
[[join]]
file = "products.csv"
key = "product"
on = "product"
normalise = ["case"]
alias = { GTXPro = "GTX Pro" }
"""


def test_a_join_looks_up_by_normalised_key_and_alias_and_reports_the_rest() -> None:
    map_ = parse_map(
        'source = "crm"\n[deal]\nid = "id"\nindustry = { join = "products", column = "series" }\n'
        '[[event]]\ntype = "crm.deal.created"\ntime = "at"\n' + JOINED
    )
    tables = {"products": {"gtx pro": {"product": "GTX Pro", "series": "GTX"}, "mg": None}}

    def looked_up(product: str) -> Made:
        return events_of(map_, {"id": "1", "at": "2026-03-02", "product": product}, 2, 1, tables)

    for spelling in ("GTXPro", "gtx  PRO", " GTX Pro "):
        assert looked_up(spelling).events[0]["data"] == {"industry": "GTX"}
        assert looked_up(spelling).remarks == ()
    assert looked_up("").remarks == ()
    for spelling, why in (("GTK", "no row there has this key"), ("MG", "several different rows")):
        result = looked_up(spelling)
        assert result.events[0]["data"] == {}
        (remark,) = result.remarks
        assert (remark.column, remark.value) == ("product", spelling)
        assert why in remark.reason


@pytest.mark.parametrize(
    ("text", "named", "allowed"),
    [
        ("source = ", "not TOML", ""),
        ('source = "crm"', "deal: is missing", ""),
        (EXAMPLE.replace("[deal]", "[deal]\nname = 'x'"), "deal.name", "client_type"),
        (EXAMPLE.replace("in = [", "one_from = ["), "event.1.when.1.one_from", "not_in"),
        (EXAMPLE.replace('"%d-%m-%y"', '"DD-MM-YY"'), "event.1.format", "strptime"),
        (EXAMPLE.replace('"%d-%m-%y"', '"%d-%Q"'), "event.1.format", "strptime"),
        (EXAMPLE.replace("Europe/Moscow", "Europe/Atlantis"), "timezone", ""),
        (EXAMPLE.replace('"engage_date"', '{ value = "later" }'), "event.1.time", "ISO 8601"),
        (EXAMPLE + "[event.data]\nx = { colum = 'a', map = { a = 'b' } }", "event.1.data.x.colum", "column"),
        (EXAMPLE + "[event.data]\nx = { column = 'a', as = 'date' }", "event.1.data.x.as", "'money'"),
        (EXAMPLE + "[event.data]\nx = { column = 'a', vat = 'incl' }", "event.1.data.x", 'as = "money"'),
        (EXAMPLE + "[event.data]\nx = { join = 'j', column = 'a' }", "'j'", "none"),
        (EXAMPLE + JOINED.replace("products.csv", "../products.csv"), "join.1.file", "folder"),
        (EXAMPLE + JOINED.replace("products.csv", "/etc/passwd"), "join.1.file", "folder"),
        (EXAMPLE + JOINED * 2, "same name", ""),
        ('source = "crm"\nevent = []\n[deal]\nid = "a"', "[[event]]", ""),
    ],
)
def test_a_bad_map_names_the_key_and_what_is_allowed(text: str, named: str, allowed: str) -> None:
    with pytest.raises(BadMap) as caught:
        parse_map(text)
    assert named in caught.value.message
    assert allowed in caught.value.message


def test_the_columns_of_a_map_are_all_it_reads() -> None:
    assert parse_map(EXAMPLE + JOINED).columns == {
        "opportunity_id",
        "product",
        "account",
        "engage_date",
        "deal_stage",
    }


@pytest.mark.parametrize(
    ("text", "mark", "expected"),
    [
        ("1234.5", None, "1234.5"),
        ("1 234,5", None, "1234.5"),
        ("1\u00a0234\u202f567", None, "1234567"),
        ("1,234,567", None, "1234567"),
        ("1.234.567,89", None, "1234567.89"),
        ("1,234,567.89", None, "1234567.89"),
        ("1.234", None, "1.234"),
        ("1,234", ",", "1.234"),
        ("1,234", ".", "1234"),
        ("0,234", None, "0.234"),
        ("\u2212 5", None, "-5"),
        ("1e3", None, "1E+3"),
    ],
)
def test_numbers_as_people_write_them(text: str, mark: str | None, expected: str) -> None:
    assert str(number_of(text, mark)) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["1,234", "12,34,567", "1.2.3", "", "NaN", "inf", "5 шт", "1-2", "=1+1", "٣"]
)
def test_what_is_no_number_or_more_than_one_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        number_of(text, None)


@pytest.mark.parametrize("text", ["$1,054", "1054 USD", "1,054", "usd 1054", "US$ 1 054"])
def test_money_may_carry_its_own_sign(text: str) -> None:
    assert money_of(text, {"currency": "USD"}, None)["amount"] == "1054"


@pytest.mark.parametrize("text", ["€1054", "1054 EUR", "1054 руб.", "1e99"])
def test_money_of_another_currency_is_not_taken_for_the_stated_one(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        money_of(text, {"currency": "USD"}, None)


def test_the_examples_of_the_guide_are_maps() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "history-maps.md").read_text("utf-8")
    examples = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    assert len(examples) >= 3
    for example in examples:
        if not example.startswith("source"):
            example = "\n".join(line for line in ONE_EVENT.splitlines() if line) + "\n" + example
        assert parse_map(example).events
    keys = {
        name
        for model in (Value, Condition, DealColumns, EventRule, Join, HistoryMap)
        for name in allowed(model)
    }
    assert {key for key in keys if f"`{key}`" not in guide} == set()


ONE_EVENT = """
source = "crm"
[deal]
id = "id"
[[event]]
type = "crm.deal.created"
time = "opened"
"""

CELLS = st.one_of(
    st.none(), st.text(max_size=12), st.integers(), st.floats(), st.booleans(), st.datetimes(), st.dates()
)
MESSY = parse_map(
    EXAMPLE.replace("[deal]", "[deal]\nbudget = 'sum'\nmanager = { template = '{a}{b}' }")
    + "[event.data]\nn = { column = 'n', as = 'number' }\nt = { column = 't', as = 'time' }\nu = 'u'\n"
)


@settings(
    suppress_health_check=[HealthCheck.too_slow], deadline=None
)  # the first text draws a table of Unicode
@given(
    st.dictionaries(st.sampled_from([*ROW, "sum", "a", "b", "n", "t", "u"]), CELLS),
    st.fixed_dictionaries({}, optional={name: st.just(cell) for name, cell in ROW.items()}),
)
def test_any_row_becomes_events_or_a_reason_the_same_every_time(
    mess: dict[str, object], sane: dict[str, object]
) -> None:
    row = {**mess, **sane}
    result = events_of(MESSY, row, 5)
    assert bool(result.events) + bool(result.rejections) + (result.without_event is not None) == 1
    assert events_of(MESSY, dict(reversed(row.items())), 5) == result
    for event in result.events:
        assert json.loads(json.dumps(event, allow_nan=False)) == event
        assert event["subject"].strip() == event["subject"] != ""
        assert datetime.fromisoformat(event["time"]).utcoffset() is not None
    for remark in (*result.rejections, *result.remarks):
        assert remark.value is None or (remark.value.isprintable() and len(remark.value) <= 1200)
