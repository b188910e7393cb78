"""The copilot panel when things go wrong: a half answer, a refusal, a lost connection; and what a model may not do."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

Visit = Callable[..., AbstractContextManager[tuple[Any, Any]]]
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> [x](javascript:alert(3))"


def _stream(*events: tuple[str, dict[str, Any]]) -> str:
    return "".join(f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events)


def _asked(page: Any, **answer: Any) -> Any:
    """The last turn after a question that is answered so."""
    page.goto("/knowledge")
    page.route("**/v1/chat", lambda route: route.fulfill(**answer) if answer else route.abort())
    page.get_by_role("button", name="Копилот").click()
    page.locator("#copilot textarea").fill("Сколько сделок?")
    page.keyboard.press("Enter")
    return page.locator("#copilot .turn").last


@pytest.mark.parametrize(
    ("status", "said"), [(429, "Слишком много запросов"), (500, "Не получилось"), (503, "Не получилось")]
)
def test_a_refusal_is_told_and_may_be_asked_again(visit: Visit, status: int, said: str) -> None:
    with visit() as (page, watch):
        watch.allowed = (f"status of {status}",)
        problem = json.dumps({"type": "about:blank", "title": "no", "detail": "no", "status": status})
        turn = _asked(page, status=status, body=problem, content_type="application/problem+json")
        expect(turn.get_by_role("alert").first).to_contain_text(said)
        page.unroute("**/v1/chat")
        turn.get_by_role("button", name="Спросить ещё раз").click()
        expect(page.locator("#copilot .turn").last.locator(".answer")).to_be_visible()


def test_an_answer_that_breaks_off_says_so_and_keeps_what_was_said(visit: Visit) -> None:
    half = _stream(("thread", {"thread_id": "t-half"}), ("token", {"text": "Всего в портфеле "}))
    with visit() as (page, _):
        turn = _asked(page, status=200, body=half, content_type="text/event-stream")
        expect(turn).to_contain_text("Всего в портфеле")
        expect(turn.get_by_role("alert")).to_contain_text("Ответ оборвался")


def test_without_a_connection_the_panel_says_so(visit: Visit) -> None:
    with visit() as (page, watch):
        watch.allowed = ("ERR_FAILED",)
        expect(_asked(page).get_by_role("alert").first).to_contain_text("Нет связи")


def test_what_a_model_writes_is_text_and_nothing_else(visit: Visit) -> None:
    evidence = {
        "id": "e1",
        "kind": "tool",
        "path": HOSTILE,
        "value": HOSTILE,
        "shown": HOSTILE,
        "quote": HOSTILE,
    }
    answer = {"text": f"{HOSTILE} [e1]", "evidence": [evidence], "mode": "llm", "llm": {"model": HOSTILE}}
    proposal = {"id": "p-1", "kind": "task", "state": "waiting", "hash": "0" * 64, "content": {HOSTILE: HOSTILE},
                "master_deal_id": None}  # fmt: skip
    body = _stream(
        ("thread", {"thread_id": "t-bad"}),
        ("approval", proposal),
        ("answer", answer),
        ("done", {"thread_id": "t-bad"}),
    )
    with visit() as (page, _):
        turn = _asked(page, status=200, body=body, content_type="text/event-stream")
        expect(turn.locator(".answer")).to_contain_text("<img src=x onerror=alert(1)>")
        turn.locator(".cite").first.focus()
        expect(turn.locator(".source")).to_contain_text("<script>")
        expect(turn.locator(".proposed")).to_contain_text("javascript:")
        assert page.locator("#copilot img, #copilot script, #copilot a[href^='javascript']").count() == 0


def test_the_panel_is_opened_and_left_by_keyboard_and_focus_goes_back(page: Any) -> None:
    page.goto("/knowledge")
    page.get_by_role("heading", level=1).wait_for()
    page.keyboard.press("Control+k")
    expect(page.locator("#copilot textarea")).to_be_focused()
    expect(page.locator("#copilot [role=log]")).to_have_attribute("aria-live", "polite")
    page.keyboard.press("Escape")
    expect(page.locator("#copilot")).to_have_count(0)
    expect(page.locator(".copilot-button")).to_be_focused()


def test_a_task_is_edited_in_a_form_of_its_own_or_as_json(page: Any) -> None:
    proposal = {
        "id": "p-7", "kind": "task", "state": "waiting", "hash": "0" * 64, "by": "copilot", "master_deal_id": None,
        "created": "2026-11-20T10:00:00Z", "content": {"title": "Позвонить", "role": "account", "due": "2026-12-01"},
    }  # fmt: skip
    sent: list[Any] = []

    def decide(route: Any) -> None:
        sent.append(route.request.post_data_json)
        route.fulfill(json={"proposal": proposal, "successor": None})

    page.route(
        "**/v1/proposals?**", lambda route: route.fulfill(json={"items": [proposal], "next_cursor": None})
    )
    page.route("**/v1/proposals/p-7/decision", decide)
    page.goto("/approvals")
    card = page.locator("main .proposal")
    card.get_by_role("button", name="Изменить").click()
    card.get_by_label("Роль").select_option("legal")
    card.get_by_label("Срок").fill("2026-12-04")
    card.get_by_role("button", name="JSON").click()
    exact = card.locator("textarea")
    assert json.loads(exact.input_value()) == {"role": "legal", "due": "2026-12-04"}
    card.get_by_role("button", name="JSON").click()
    card.get_by_role("button", name="Сохранить").click()
    expect(card.get_by_role("button", name="Одобрить")).to_be_visible()
    assert sent == [{"decision": "edit", "hash": "0" * 64, "edits": {"role": "legal", "due": "2026-12-04"}}]
