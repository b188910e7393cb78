"""Which SQL a person may run on the marts: one SELECT over their tables, judged by its parsed form."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Any, Final, Protocol

# They make rows of their arguments and look at nothing else.
TABLE_FUNCTIONS: Final = frozenset({"range", "generate_series", "unnest"})
# They tell of the installation or leave something behind.
FORBIDDEN: Final = frozenset(
    {
        "current_setting", "getenv", "getvariable", "nextval", "currval", "setseed", "write_log", "error",
        "current_database", "current_schema", "current_schemas", "version", "query", "query_table",
        "current_user", "session_user", "user", "txid_current", "current_query", "in_search_path",
        "pg_get_viewdef", "getservername", "parse_duckdb_log_message", "sleep_ms",
    }
)  # fmt: skip
RESERVED: Final = ("duckdb_", "pragma_", "sqlite_", "pg_", "mart_", "information_")
WRITING: Final = frozenset(
    {"INSERT_QUERY_NODE", "UPDATE_QUERY_NODE", "DELETE_QUERY_NODE", "MERGE_QUERY_NODE"}
)
LONGEST: Final = 20_000


class Parser(Protocol):
    """The engine, asked for the parsed form of a text without running it."""

    def execute(self, query: str, parameters: Any = ..., /) -> Any:
        """Run a statement."""


def refusal(parser: Parser, sql: str, tables: Collection[str]) -> str | None:
    """Why a text may not be run; None if it is one SELECT over the tables."""
    if len(sql) > LONGEST:
        return f"the query is longer than {LONGEST} characters"
    parsed = json.loads(parser.execute("select json_serialize_sql(?)", [sql]).fetchone()[0])
    if parsed.get("error"):
        return str(parsed.get("error_message") or "not one SELECT").splitlines()[0]
    statements = parsed["statements"]
    if len(statements) != 1:
        return f"{len(statements)} statements; one SELECT is answered"
    named = {name.casefold() for name in _named(statements)}
    if any(name.startswith(RESERVED) for name in named):
        return f"a part of a query is not named {', '.join(RESERVED)}..."
    for node in _nodes(statements):
        match node.get("type"):
            case "BASE_TABLE":
                name = str(node.get("table_name", "")).casefold()
                if node.get("schema_name") or node.get("catalog_name"):
                    return f"tables are named without a schema: {name}"
                if name not in named and name not in tables:
                    return f"no table {name!r}; there are {', '.join(sorted(tables))}"
            case "TABLE_FUNCTION":
                function = node.get("function") or {}
                name = str(function.get("function_name", "")).casefold()
                if name not in TABLE_FUNCTIONS:
                    return f"the table function {name!r} is not answered"
            case "SHOW_REF":
                return "not a SELECT"
            case str(kind) if kind in WRITING:
                return "not a SELECT"
            case _:
                pass
        if str(node.get("function_name", "")).casefold() in FORBIDDEN:
            return f"the function {node['function_name']!r} is not answered"
    return None


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _nodes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _nodes(inner)


def _named(value: Any) -> Iterator[str]:
    """The names that the query gives to parts of itself (WITH)."""
    for node in _nodes(value):
        held = node.get("cte_map")
        if isinstance(held, dict):
            yield from (str(entry.get("key", "")) for entry in held.get("map", ()))
        if node.get("type") in ("CTE_NODE", "RECURSIVE_CTE_NODE"):
            yield str(node.get("cte_name", ""))
