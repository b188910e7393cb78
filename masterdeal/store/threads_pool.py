"""The connections on which conversations are remembered in PostgreSQL: they come back after the server has been away."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool


def threads_pool(url: str) -> AbstractAsyncContextManager[Any]:
    """A pool as LangGraph's saver wants its connections: each statement its own transaction unless a pipeline holds
    more, rows as mappings."""
    return AsyncConnectionPool(
        url,
        min_size=1,
        max_size=4,
        reconnect_timeout=3.0,
        open=False,
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
    )
