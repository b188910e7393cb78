"""Who may see what: a token at the door, and a page that a role does not open."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


def _conftest() -> Any:
    spec = importlib.util.spec_from_file_location("page_conftest", Path(__file__).with_name("conftest.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["page_conftest"] = module
    spec.loader.exec_module(module)
    return module


def test_a_token_opens_the_door_and_a_role_its_own_rooms(chromium: Any, tmp_path: Path) -> None:
    tools = _conftest()
    tokens = tmp_path / "tokens.toml"
    made = subprocess.run(
        [*tools.COMMAND, "token", "--subject", "petrova", "--name", "Петрова", "--role", "sales",
         "--file", str(tokens), "--json"],
        check=True, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    token = json.loads(made.stdout)["token"]
    with (
        tools.serving(tmp_path / "data", MASTERDEAL_TOKENS_FILE=str(tokens)) as (_, url),
        tools.visiting(chromium, url) as (page, watch),
    ):
        watch.allowed = ("status of 401", "status of 403")
        page.goto("/system")
        page.locator("#token").fill("md_wrong")
        page.get_by_role("button", name="Войти").click()
        expect(page.locator("[role=alert]")).to_be_visible()
        page.locator("#token").fill(token)
        page.get_by_role("button", name="Войти").click()
        expect(page.locator(".who")).to_contain_text("Петрова")
        expect(page.locator("main [role=alert]").first).to_contain_text("прав")
        page.get_by_role("link", name="Сделки").click()
        expect(page.locator("h1")).to_have_text("Сделки")
        page.get_by_role("button", name="Выйти").click()
        expect(page.locator("#token")).to_be_visible()
