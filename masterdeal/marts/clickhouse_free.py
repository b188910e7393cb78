"""Which SQL a person may run on marts in ClickHouse: one SELECT over their tables, judged by the form into which the
server itself parses it. It is then run with `readonly = 1`, which forbids writing, settings, files and the network."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from masterdeal.marts.free import LONGEST

# They make rows of their arguments and look at nothing else.
TABLE_FUNCTIONS: Final = frozenset({"numbers", "zeros", "generate_series", "generateseries", "values"})
# They tell of the installation, look into files and tables, or hold the server up.
FORBIDDEN: Final = frozenset(
    {
        "file", "sleep", "sleepeachrow", "hostname", "fqdn", "fullhostname", "version", "uptime", "timezone",
        "servertimezone", "serveruuid", "currentuser", "user", "current_user", "initialuser", "session_user",
        "authenticateduser", "currentdatabase", "database", "schema", "current_database", "current_schemas",
        "currentschemas", "currentroles", "currentprofiles", "enabledroles", "enabledprofiles", "defaultroles",
        "defaultprofiles", "queryid", "query_id", "initialqueryid", "initial_query_id", "connectionid", "connection_id",
        "displayname", "tcpport", "buildid", "revision", "showcertificate", "shardnum", "shardcount", "transactionid",
        "getoskernelversion", "getmacro", "getsetting", "getsettingordefault", "getserversetting",
        "getmergetreesetting", "getclientinfo", "getclienthttpheader", "hascolumnintable", "hasthreadfuzzer", "throwif",
        "evalmlmethod", "catboostevaluate", "isconnected", "identity_user", "partitionid",
    }
)  # fmt: skip
FORBIDDEN_BEGINNINGS: Final = ("dict", "joinget", "filesystem", "addressto", "naivebayes", "stem", "lemmatize", "synonyms",
                               "embeddingfrom", "ai", "region", "mortonencode_")  # fmt: skip
_IN: Final = re.compile(r"(global)?(not)?(null)?(not)?in(ignoreset)?")
_NODE: Final = re.compile(r"^( *)(\w+)(?: (.*?))?(?: \(alias .*\))?(?: \(children \d+\))?$")
OWN: Final = "mart_"


def refusal(parsed: Callable[[str], str], sql: str, tables: Collection[str]) -> str | None:
    """Why a text may not be run; None if it is one SELECT over the tables. `parsed` answers what the server makes of a
    query (EXPLAIN AST), and raises if it is none."""
    if len(sql) > LONGEST:
        return f"the query is longer than {LONGEST} characters"
    # Within brackets nothing but a SELECT is one: no FORMAT, no INTO OUTFILE, no second statement.
    tree = parsed(f"explain ast select * from (\n{sql}\n)")
    path: list[_Node] = []
    for line in tree.splitlines():
        found = _NODE.match(line)
        if found is None:
            return "the query cannot be judged"
        node = _Node(len(found[1]), found[2], (found[3] or "").casefold())
        while path and path[-1].depth >= node.depth:
            path.pop()
        if path:
            path[-1].children += 1
        fault = _fault(node, path, tables)
        if fault is not None:
            return fault
        path.append(node)
    return None


@dataclass
class _Node:
    """A line of the parsed form. `children` counts those read so far."""

    depth: int
    kind: str
    name: str
    children: int = 0


def _fault(node: _Node, path: list[_Node], tables: Collection[str]) -> str | None:
    name, above = node.name, path[-1].kind if path else ""
    match node.kind:
        case "TableIdentifier" if "." in name:
            return f"tables are named without a schema: {name}"
        case "TableIdentifier" | "Identifier" if name.startswith(OWN):
            return f"no table {name!r}; there are {', '.join(sorted(tables))}"
        case "Identifier" if "." in name and _is_right_of_in(path):
            # It may be the name of a table, and is not told apart from that of a column.
            return f"IN is asked of a list or a SELECT, not of {name!r}"
        case "Set":
            return "a query sets nothing"
        case "Function" if above == "TableExpression" and name not in TABLE_FUNCTIONS:
            return f"the table function {name!r} is not answered"
        case "Function" if name in FORBIDDEN or name.startswith(FORBIDDEN_BEGINNINGS):
            return f"the function {name!r} is not answered"
        case _:
            return None


def _is_right_of_in(path: list[_Node]) -> bool:
    return (
        len(path) > 1
        and path[-1].kind == "ExpressionList"
        and path[-1].children > 1
        and path[-2].kind == "Function"
        and _IN.fullmatch(path[-2].name) is not None
    )
