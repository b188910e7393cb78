"""The graph for tools that read langgraph.json: to be looked at, without a model, deals or threads."""

from __future__ import annotations

from typing import Any

from agents.graph import build


def graph() -> Any:
    """The compiled graph."""
    return build()
