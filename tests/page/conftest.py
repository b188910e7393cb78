"""The product as people meet it: the real service on a free port, and Debian's Chromium."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, COMMAND, PATIENCE, serving, visiting
from playwright.sync_api import expect


@pytest.fixture(scope="session", autouse=True)
def _browser_or_skip() -> None:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def portfolio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the demonstration portfolio."""
    data = tmp_path_factory.mktemp("portfolio")
    subprocess.run(
        [*COMMAND, "demo", "--load-only", "--json", "--data", str(data)],
        check=True, stdout=subprocess.DEVNULL, timeout=120,
    )  # fmt: skip
    return data


@pytest.fixture(scope="session")
def address(portfolio: Path) -> Iterator[str]:
    """The service with the demonstration portfolio and its invented prices."""
    with serving(portfolio, MASTERDEAL_SAMPLE_PRICES="true") as (_, url):
        yield url


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, address: str) -> Iterator[Any]:
    """A page in Russian, light, as wide as a desk's screen."""
    with visiting(chromium, address) as (opened, _):
        yield opened


@pytest.fixture
def visit(chromium: Any, address: str) -> Any:
    """Visitors with options of their own: language, colours, size."""

    def opened(**options: Any) -> Any:
        return visiting(chromium, address, **options)

    return opened
