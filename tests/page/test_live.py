"""What happens is seen: the dashboard and the deal room follow events, and outlive a restart of the service."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from browser import serving, visiting
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


def _event(number: str, type_: str, deal: str, **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0", "source": type_.partition(".")[0], "id": number, "type": type_,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "subject": deal, "data": data,
    }  # fmt: skip


def _post(address: str, *events: dict[str, Any]) -> None:
    answer = httpx.post(
        f"{address}/v1/events",
        json=list(events),
        headers={"content-type": "application/cloudevents-batch+json"},
        timeout=30,
    )
    assert {one["outcome"] for one in answer.json()["results"]} == {"accepted"}, answer.text


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def fresh(tmp_path: Path) -> Any:
    with serving(tmp_path) as (_, url):
        _post(url, _event("1", "crm.deal.created", "MD-1", title="Первая", client={"name": "ООО «Один»"}))
        yield url


def test_the_open_dashboard_counts_a_deal_soon_after_its_event(chromium: Any, fresh: str) -> None:
    with visiting(chromium, fresh) as (page, _):
        page.goto("/")
        tile = page.locator(".tile b").first
        expect(tile).to_contain_text("1")
        _post(fresh, _event("2", "crm.deal.created", "MD-2", title="Вторая"))
        expect(tile).to_contain_text("2")


def test_the_deal_room_follows_its_deal(chromium: Any, fresh: str) -> None:
    with visiting(chromium, fresh) as (page, _):
        page.goto("/deals/MD-1")
        expect(page.locator(".gates li").first).not_to_have_class("lit")
        _post(fresh, _event("3", "crm.brief.submitted", "MD-1"))
        expect(page.locator(".gates li").first).to_have_class("lit")
        expect(page.locator(".stage-path li.here b")).to_have_text("Бриф получен")


def test_a_page_outlives_a_restart_of_the_service(chromium: Any, tmp_path: Path) -> None:
    port = _free()
    with serving(tmp_path, port) as (process, url), visiting(chromium, url) as (page, watch):
        watch.allowed = ("Failed to load resource", "ERR_", "network")
        _post(url, _event("1", "crm.deal.created", "MD-1", title="Первая"))
        page.goto("/")
        expect(page.locator(".live-live")).to_be_visible()
        process.terminate()
        process.wait(20)
        expect(page.locator(".live-offline")).to_be_visible()
        with serving(tmp_path, port):
            expect(page.locator(".live-live")).to_be_visible()
            _post(url, _event("2", "crm.deal.created", "MD-2", title="Вторая"))
            # The service that was started anew fills its marts first.
            expect(page.locator(".tile b").first).to_contain_text("2")


def test_a_part_of_the_page_that_could_not_be_fetched_comes_by_itself(chromium: Any, fresh: str) -> None:
    with visiting(chromium, fresh) as (page, watch):
        watch.allowed = ("Failed to load resource",)
        page.goto("/")
        expect(page.locator(".tile b").first).to_be_visible()
        away = ("**/pages/deals.js", "**/deals/table.js", "**/copilot/panel.js")
        for one in away:
            page.route(one, lambda route: route.abort("connectionrefused"))
        page.get_by_role("link", name="Сделки").click()
        expect(page.locator("main [role=alert]")).to_be_visible()
        page.get_by_role("button", name="Копилот").click()
        for one in away:
            page.unroute(one)
        expect(page.get_by_role("link", name="Первая")).to_be_visible()
        expect(page.locator("#copilot")).to_be_visible()


HOSTILE = [
    "<img src=x onerror=alert(1)>", "<script>alert(2)</script>", "javascript:alert(3)", "{{constructor.constructor('alert(4)')()}}",
    "\u202eсправа налево", "'\"><svg onload=alert(5)>", "слово" * 399,
]  # fmt: skip


def test_hostile_names_stay_names(chromium: Any, tmp_path: Path) -> None:
    with serving(tmp_path) as (_, url), visiting(chromium, url) as (page, _):
        _post(
            url,
            *(
                _event(str(n), "crm.deal.created", f"MD-{n}", title=text, client={"name": text}, industry=text,
                       client_type=text, manager=text)
                for n, text in enumerate(HOSTILE)
            ),
        )  # fmt: skip
        for path in ("/", "/deals", "/deals?view=board", *(f"/deals/MD-{n}" for n in range(len(HOSTILE)))):
            page.goto(path)
            page.wait_for_selector("h1")
            expect(page.locator(".skeleton")).to_have_count(0)
            assert page.locator("#content script, #content img[src=x], #content svg[onload]").count() == 0
            assert page.evaluate("document.documentElement.scrollWidth") <= 1440
        page.goto("/deals/MD-0")
        expect(page.locator("h1")).to_have_text(HOSTILE[0])
