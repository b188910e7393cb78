"""Every page: drawn without complaint, nothing sent elsewhere, no serious barrier, in both languages and themes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

ROOM = "/deals/MD-2026-0024"
TABS = ["documents", "planning", "offers", "legal", "qualification", "sla", "timeline", "what_if"]
PAGES = ["/", "/deals", "/deals?view=board", "/deals?view=list", ROOM, *(f"{ROOM}?tab={tab}" for tab in TABS),
         "/leads", "/leads/import", "/planning", "/offers", "/legal", "/approvals", "/escalations", "/knowledge",
         "/system", "/settings"]  # fmt: skip
Visit = Callable[..., AbstractContextManager[tuple[Any, Any]]]


def settled(page: Any) -> None:
    """The page has its heading, and nothing is loading any more."""
    page.wait_for_selector("h1")
    expect(page.locator(".skeleton")).to_have_count(0)


# What can differ with the colours alone.
OF_COLOURS = ["color-contrast", "link-in-text-block"]


def barriers(page: Any, path: str, rules: list[str] | None = None) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    options = None if rules is None else {"runOnly": rules}
    return [
        f"{path}: {violation['id']}: {[node['html'][:160] for node in violation['nodes'][:3]]}"
        for violation in Axe().run(page, options=options).response["violations"]
        if violation["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize(("lang", "first", "then"), [("ru", "light", "dark"), ("en", "dark", "light")])
def test_no_page_has_a_serious_barrier(visit: Visit, lang: str, first: str, then: str) -> None:
    found = []
    with visit(color_scheme=first, reduced_motion="reduce") as (page, _):
        for path in PAGES:
            page.goto(f"{path}{'&' if '?' in path else '?'}lang={lang}")
            settled(page)
            root = page.locator(f"html[lang={lang}]")
            expect(root).to_have_attribute("data-bs-theme", first)
            found += barriers(page, f"{path} {lang} {first}")
            page.locator("#theme").click()
            expect(root).to_have_attribute("data-bs-theme", then)
            found += barriers(page, f"{path} {lang} {then}", OF_COLOURS)
            page.locator("#theme").click()
    assert found == []


def test_no_page_is_wider_than_a_phone(visit: Visit) -> None:
    wide = []
    with visit(viewport={"width": 390, "height": 800}) as (page, _):
        for path in PAGES:
            page.goto(path)
            settled(page)
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > 390:
                wide.append(f"{path}: {width}")
    assert wide == []


def test_an_unknown_deal_is_said_to_be_unknown(visit: Visit) -> None:
    with visit() as (page, watch):
        watch.allowed = ("404",)
        page.goto("/deals/MD-0000-0000")
        page.wait_for_selector("[role=alert] >> text=Ничего не найдено")
