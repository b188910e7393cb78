"""What one run of the graph carries from node to node, and what a thread remembers between runs."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

Lang = Literal["ru", "en"]
ProposalKind = Literal["plan", "offer", "qualification", "task", "event"]


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


class Proposal(TypedDict):
    """Something a person may approve: what it is, its content and the hash of its content. Nothing is done by it."""

    kind: ProposalKind
    deal_id: str | None
    draft_id: str | None
    title: str
    content: dict[str, Any]
    hash: str


class Memory(TypedDict, total=False):
    """What a thread remembers: the deals it spoke of last, its texts and drafts by id (`seen` and `made` count them), its
    latest turns, and of the earlier ones how many there were and which deals they were about; the terms of the last
    question about many deals with the deals it was answered with, and whether one deal or many were spoken of last."""

    turn: int
    deals: list[str]
    texts: dict[str, str]
    drafts: dict[str, dict[str, Any]]
    made: dict[str, int]
    seen: int
    turns: list[dict[str, str]]
    earlier: dict[str, Any]
    asked: dict[str, Any]
    asked_last: str


class Talk(TypedDict, total=False):
    """A question on its way to an answer."""

    question: str
    attached: str | None
    lang: Lang
    deal_id: str | None
    intent: str
    slots: dict[str, Any]
    calls: list[Call]
    results: list[Result]
    accepted: list[str]
    refused: list[str]
    said: int
    sent_back: int
    mode: Literal["rules", "llm"]
    llm: dict[str, Any] | None
    note: str | None
    text: str
    evidence: list[dict[str, Any]]
    proposals: list[Proposal]
    memory: Memory
