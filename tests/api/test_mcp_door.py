"""The protocol's own client against a running server: tools listed, marked, called, as the caller that the token names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import mcp
import pytest
from identities import tokens_file
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client
from running import running

from api.settings import Settings
from api.wiring import open_house
from masterdeal import instant
from masterdeal.flow.intake import read, record

NOW = instant.parse("2026-11-22T12:00:00+03:00")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("mcp")
    table = Path("api/access.toml").read_text(encoding="utf-8")
    access = folder / "access.toml"
    access.write_text(table.replace('sales = { deals = "all"', 'sales = { deals = "own"'), encoding="utf-8")
    tokens = tokens_file(
        folder / "tokens.toml",
        anna={"roles": ["sales"], "name": "Анна Ким"},
        boss=["admin"],
        crm=["source:crm"],
    )
    settings = Settings(data=folder, tokens_file=tokens, access_file=access, sample_prices=True)
    with open_house(settings, clock=lambda: NOW) as house:
        for deal, manager in (("D-1", "Анна Ким"), ("D-2", "Пётр Лис")):
            event = {
                "specversion": "1.0",
                "id": deal,
                "source": "crm",
                "type": "crm.deal.created",
                "subject": deal,
                "time": "2026-11-20T10:00:00+03:00",
                "data": {"title": f"Кампания {deal}", "manager": manager},
            }
            with house.store.writing() as tx:
                record(tx, [read(json.dumps(event), house.book)], house.book, NOW)
        with running(house) as url:
            yield f"{url}/mcp"


def session(address: str, subject: str, work: Any, mode: Any = "auto") -> Any:
    """What some work with a connected client comes to."""

    async def connected() -> Any:
        async with (
            create_mcp_http_client(headers={"authorization": f"Bearer md_{subject}"}) as http,
            mcp.Client(streamable_http_client(address, http_client=http), mode=mode) as client,
        ):
            return await work(client)

    return asyncio.run(connected())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_tools_are_listed_and_marked(address: str, mode: str) -> None:
    async def listed(client: mcp.Client) -> Any:
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in session(address, "anna", listed, mode)}
    assert {"deal_card", "find_deals", "ask", "brief", "mediaplan", "offer", "legal", "qualification"} <= set(
        tools
    )
    assert {name for name, tool in tools.items() if not tool.annotations.read_only_hint} == {"offer"}
    assert "master_deal_id" in tools["deal_card"].input_schema["properties"]
    assert all(tool.description for tool in tools.values())


def call(address: str, subject: str, name: str, **arguments: Any) -> Any:
    async def made(client: mcp.Client) -> Any:
        return await client.call_tool(name, arguments)

    return session(address, subject, made)


def test_a_tool_answers_what_its_caller_may_see(address: str) -> None:
    mine = call(address, "anna", "deal_card", master_deal_id="D-1")
    assert mine.structured_content["aggregated_stage"] == "draft"
    theirs = call(address, "anna", "deal_card", master_deal_id="D-2")
    assert theirs.is_error
    assert "D-2" in theirs.content[0].text
    assert call(address, "anna", "find_deals").structured_content["total"] == 1
    assert call(address, "boss", "find_deals").structured_content["total"] == 2


def test_jobs_and_questions(address: str) -> None:
    brief = call(address, "anna", "brief", text="Клиент: Омега. Бюджет 1 000 000 руб. без НДС.")
    assert brief.structured_content["result"]["fields"]["client"]["value"] == "Омега"
    asked = call(address, "anna", "ask", question="На какой стадии D-1?")
    assert "D-1" in asked.structured_content["text"]
    hidden = call(address, "anna", "ask", question="На какой стадии D-2?")
    assert "Лис" not in hidden.content[0].text
    wrong = call(address, "anna", "brief", words="нет")
    assert wrong.is_error
    assert "words" in wrong.content[0].text
    assert call(address, "anna", "approve").is_error


@pytest.mark.parametrize(("subject", "status"), [("guess", 401), ("crm", 403)])
def test_strangers_and_sources_stay_outside(address: str, subject: str, status: int) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    answer = httpx.post(address, json=body, headers={"authorization": f"Bearer md_{subject}"})
    assert answer.status_code == status
    assert "deal_card" not in answer.text
