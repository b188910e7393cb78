"""Ten thousand deals in a real browser: board, table and list draw only what is in sight; quick filters and saved views."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import serving, visiting
from crowd import CLIENTS, MANY, fill
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

# What is drawn stays small however long the list is.
DRAWN = 60


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service with ten thousand deals, all of them drafts, the latest of them without a client."""
    data: Path = tmp_path_factory.mktemp("crowded")
    fill(data)
    with serving(data) as (_, url):
        yield url


def opened(page: Any, path: str) -> Any:
    """The page at the address once its deals are counted; while the marts are filled it asks again by itself."""
    page.goto(path)
    expect(page.locator("[data-counted]")).to_be_visible()
    return page.locator(".windowed").first


def scrolled(page: Any, window: Any, share: float) -> None:
    window.evaluate(
        "(one, share) => { one.scrollTop = (one.scrollHeight - one.clientHeight) * share; }", share
    )


def test_a_table_of_ten_thousand_deals_is_scrolled_from_end_to_end(chromium: Any, crowded: str) -> None:
    with visiting(chromium, crowded) as (page, _):
        window = opened(page, "/deals?view=table&sort=budget")
        expect(page.locator(f"[data-counted='{MANY}']")).to_be_visible()
        expect(page.locator("text=Сделка 0").first).to_be_visible()
        for share, row in ((0.5, None), (0.25, None), (1.0, MANY - 1), (0.0, 0)):
            scrolled(page, window, share)
            if row is not None:
                expect(page.get_by_role("link", name=f"Сделка {row}", exact=True)).to_be_visible()
            expect(page.locator(".deal-row.placeholder-glow")).to_have_count(0)
            assert 5 < page.locator(".deal-row").count() < DRAWN
        assert page.locator(".deals-table").get_attribute("aria-rowcount") == str(MANY + 1)


@pytest.mark.parametrize("view", ["board", "list"])
def test_a_lane_and_a_list_go_to_the_end_too(chromium: Any, crowded: str, view: str) -> None:
    with visiting(chromium, crowded) as (page, _):
        window = opened(page, f"/deals?view={view}&sort=budget")
        shown = page.locator(".deal-card" if view == "board" else ".deal-line")
        expect(shown.first).to_contain_text("Сделка 0")
        if view == "board":
            expect(page.locator("[data-lane=draft]")).to_have_text("10 000")
        scrolled(page, window, 1)
        expect(shown.last).to_contain_text(f"Сделка {MANY - 1}")
        assert shown.count() < DRAWN


def test_words_find_deals_and_columns_order_them(chromium: Any, crowded: str) -> None:
    with visiting(chromium, crowded) as (page, _):
        opened(page, "/deals?view=table")
        page.get_by_placeholder("Название, клиент, номер, ИНН").fill("клиент 42»")
        found = len(range(42, MANY, CLIENTS))
        expect(page.locator(f"[data-counted='{found}']")).to_be_visible()
        page.get_by_role("button", name="Бюджет", exact=True).click()
        last = max(range(42, MANY, CLIENTS))
        expect(page.locator(".deal-row .main").first).to_have_text(f"Сделка {last}")
        query = parse_qs(urlsplit(page.url).query)
        assert (query["q"], query["sort"]) == (["клиент 42»"], ["-budget"])


def test_quick_filters_say_how_many_deals_they_leave(chromium: Any, address: str) -> None:
    with visiting(chromium, address) as (page, _):
        opened(page, "/deals")
        for name, asked in {
            "breached": "sla=breached",
            "at_risk": "sla=at_risk",
            "today": "due=today",
            "stale": "stale=true",
        }.items():
            button = page.locator(f"[data-quick={name}]")
            button.click()
            expect(button).to_have_attribute("aria-pressed", "true")
            assert asked in page.url
            expect(page.locator("[data-of]")).to_have_attribute("data-of", asked)
            # The clock goes on: number and list come from the same answer.
            expect(button.locator(".count")).to_have_text(
                page.locator("[data-counted]").get_attribute("data-counted")
            )
            button.click()
            expect(button).to_have_attribute("aria-pressed", "false")


def test_a_view_is_saved_found_again_and_forgotten(chromium: Any, address: str) -> None:
    with visiting(chromium, address) as (page, _):
        opened(page, "/deals?view=board&sla=breached")
        page.locator("summary", has_text="Виды").click()
        page.get_by_label("Сохранить фильтры как").fill("Горит <b>сейчас</b>")
        page.get_by_role("button", name="Сохранить").click()
        expect(page.locator(".menu.chosen summary", has_text="Горит <b>сейчас</b>")).to_be_visible()
        assert "saved=" in page.url
    with visiting(chromium, address) as (page, _):  # another browser of the same person
        opened(page, "/deals")
        page.locator("summary", has_text="Виды").click()
        page.locator(".menu[open] a", has_text="Горит").click()
        expect(page.locator("[data-quick=breached]")).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".board")).to_be_visible()
        page.locator("[data-quick=breached]").click()
        expect(page.locator(".menu summary", has_text="Горит <b>сейчас</b> *")).to_be_visible()
        page.locator(".menu summary", has_text="Горит").click()
        page.get_by_role("button", name="Удалить вид").click()
        expect(page.locator(".menu[open]")).to_contain_text("Сохранённых видов пока нет")


@pytest.mark.parametrize("view", ["board", "table", "list"])
def test_printing_draws_every_deal_and_afterwards_only_those_in_sight(page: Any, view: str) -> None:
    page.add_init_script("window.print = () => { document.documentElement.dataset.printed = 'yes'; };")
    page.goto(f"/deals?view={view}")
    rows = page.locator("main .windowed a[href^='/deals/MD-']:visible")
    rows.first.wait_for()
    of = int(page.locator("[data-counted]").get_attribute("data-counted"))
    page.get_by_role("button", name="Печать").click()
    expect(page.locator("html[data-printed=yes]")).to_be_attached()
    expect(rows).to_have_count(of)
    page.emulate_media(media="print")
    expect(page.locator(".gap:visible")).to_have_count(0)
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.get_by_role("button", name="Печать")).to_be_enabled()
    if view != "board":
        expect(rows).not_to_have_count(of)
