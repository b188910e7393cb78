"""The tables are dated and sourced; import keeps good rows and names bad ones."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from openpyxl import Workbook

from masterdeal.errors import Malformed, NotFound
from tools.rate_card import import_rate_card, read_rate_rows
from tools.reference import load_reference

API_CHANNELS = "sms push programmatic olv ctv telegram vk yandex_direct in_app dooh audio retail_media cpa"


def test_every_channel_of_the_contract_is_known_and_every_row_has_a_source():
    reference = load_reference(demo=True)
    assert set(reference.channels) == set(API_CHANNELS.split())
    assert {rate.channel for rate in reference.rates} == set(reference.channels)
    assert all(
        row.source
        for row in (
            *reference.rates,
            *reference.vat,
            *reference.bans,
            *reference.geographies,
            *reference.ages,
            *reference.targeting,
        )
    )


def test_a_price_without_a_source_is_absent():
    shipped = load_reference().rates
    assert all(rate.sample for rate in shipped)
    assert {rate.mark for rate in shipped if rate.price is None} == {"absent"}
    assert "demo" not in {rate.mark for rate in shipped}
    assert all(rate.mark == "demo" for rate in load_reference(demo=True).rates[len(shipped) :])


def test_vat_follows_the_day_of_service():
    reference = load_reference()
    assert reference.vat_on(date(2025, 12, 31)) == Decimal("0.20")
    assert reference.vat_on(date(2026, 1, 1)) == Decimal("0.22")
    with pytest.raises(NotFound):
        reference.vat_on(date(2018, 12, 31))


def test_vat_rows_leave_no_gap():
    rows = load_reference().vat
    for earlier, later in pairwise(rows):
        assert later.valid_from - earlier.valid_to == timedelta(days=1)


def test_age_bands_cover_everybody_once():
    ages = load_reference().ages
    assert sum(band.share for band in ages) == 1
    assert [band.age_from for band in ages[1:]] == [band.age_to + 1 for band in ages[:-1]]


def test_geography_by_its_names():
    reference = load_reference()
    assert reference.geography(" СПб ").key == "saint_petersburg"
    assert reference.geography("Russia").people == 146028325
    assert reference.geography("Атлантида") is None


CARD = """id,channel,format,title,model,unit,price,valid_from,source
a,olv,spot,Ролик,CPM,1000 impressions,410.00,2026-01-01,МТС
b,olv,spot,Ролик,CPM,1000 impressions,-4,2026-01-01,МТС
a,olv,spot,Ролик,CPM,1000 impressions,410.00,2026-01-01,МТС
c,olv,spot,Ролик,CPM,1000 impressions,,2026-01-01,МТС
d,olv,spot,Ролик,CPX,1000 impressions,1,2026-01-01,МТС
"""


def test_import_names_each_bad_row(tmp_path):
    path = tmp_path / "card.csv"
    path.write_bytes(CARD.encode("cp1251"))
    report = import_rate_card(path)
    assert [rate.id for rate in report.rates] == ["a", "c"]
    assert report.rates[0].price == Decimal("410.00")
    assert report.rates[1].price is None
    assert [row.row for row in report.rejected] == [2, 3, 5]
    assert "price" in report.rejected[0].reason
    replaced = load_reference().with_rates(report.rates)
    assert len(replaced.rates) == 2
    assert replaced.version != load_reference().version


def test_russian_spreadsheet(tmp_path):
    book = Workbook()
    book.active.append(
        ["id", "Канал", "Формат", "Название", "Модель", "Ед.", "Цена", "НДС", "Действует с", "Источник"]
    )
    book.active.append(
        ["x", "ctv", "spot", "CTV", "CPM", "1000", 512.5, "без НДС", date(2026, 1, 1), "прайс"]
    )
    path = tmp_path / "card.xlsx"
    book.save(path)
    (rate,) = import_rate_card(path).rates
    assert (rate.price, rate.vat, rate.valid_from) == (Decimal("512.5"), "excl", date(2026, 1, 1))


def test_semicolons_and_decimal_commas():
    text = "id;channel;format;title;model;unit;price;valid_from;source\nx;sms;text;SMS;fixed;message;3,55;2026-01-01;прайс"
    assert read_rate_rows(text).rates[0].price == Decimal("3.55")


def test_what_cannot_be_read_is_said(tmp_path):
    broken = tmp_path / "card.xlsx"
    broken.write_bytes(b"not a workbook")
    with pytest.raises(Malformed):
        import_rate_card(broken)
    with pytest.raises(NotFound):
        import_rate_card(tmp_path / "none.csv")
