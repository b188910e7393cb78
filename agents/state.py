"""What one run of the graph carries from node to node."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Lang = Literal["ru", "en"]


class Call(TypedDict):
    """A tool the run wants to look up, with its arguments."""

    id: str
    tool: str
    args: dict[str, Any]


class Result(TypedDict):
    """What a tool answered; `error` where it had nothing."""

    id: str
    tool: str
    args: dict[str, Any]
    value: Any
    error: str | None


class Talk(TypedDict, total=False):
    """A question on its way to an answer."""

    question: str
    lang: Lang
    deal_id: str | None
    intent: str
    slots: dict[str, Any]
    calls: list[Call]
    results: list[Result]
    messages: list[Any]
    draft: str | None
    refused: list[str]
    sent_back: int
    mode: Literal["rules", "llm"]
    llm: dict[str, Any] | None
    note: str | None
    text: str
    evidence: list[dict[str, Any]]
    findings: list[dict[str, Any]]
