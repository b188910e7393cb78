"""The marts for analysts: their model, their rows in the form a tool wants, and SELECT over them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Final
from urllib.parse import quote

from fastapi import APIRouter, Body, Header, Path, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from api.deals import house_of
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.wiring import House
from masterdeal.errors import BadRequest, Forbidden, NotFound

if TYPE_CHECKING:
    from masterdeal.marts.model import Table
    from masterdeal.marts.scope import Scope, Selected

router = APIRouter(tags=["marts"])

MEDIA: Final = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What Parquet was called before its media type was registered, and is by many clients still.
PARQUET_TOO: Final = frozenset({"application/parquet", "application/x-parquet"})
ROWS: Final = 10_000
SECONDS: Final = 10.0
CHUNK: Final = 1 << 16


class MartColumn(BaseModel):
    """A column and what it means."""

    name: str
    kind: str
    ru: str
    en: str
    source: str


class MartTable(BaseModel):
    """A table; `per` says what one row stands for."""

    name: str
    per: str
    ru: str
    en: str
    columns: list[MartColumn]


class MartModel(BaseModel):
    """All tables, and how far they are behind the event log."""

    version: str
    tables: list[MartTable]
    marts: dict[str, Any]


class MartRows(BaseModel):
    """A page of a table."""

    items: list[dict[str, Any]]
    next_cursor: str | None


class MartQuery(BaseModel):
    """One SELECT over the tables of the model."""

    model_config = ConfigDict(extra="forbid")

    sql: str = Field(min_length=1, max_length=20_000)
    limit: int = Field(default=1_000, ge=1, le=ROWS, description="Rows at the most")


class MartAnswer(BaseModel):
    """`cut` says that there are more rows than were asked for."""

    columns: list[dict[str, str]]
    rows: list[list[Any]]
    cut: bool
    marts: dict[str, Any]


@router.get("/v1/marts", response_model=MartModel)
def get_model(request: Request) -> Any:
    """The data dictionary: tables, columns, meaning, source."""
    import msgspec

    from masterdeal.marts.model import marts

    house = house_of(request)
    model = marts()
    return {
        "version": model.version,
        "tables": [
            {
                "name": table.name,
                "per": table.per,
                "ru": table.ru,
                "en": table.en,
                "columns": msgspec.to_builtins(table.columns),
            }
            for table in model.tables.values()
        ],
        "marts": house.marts.lag(),
    }


@router.get(
    "/v1/marts/{table}",
    response_model=MartRows,
    responses={200: {"content": {media: {} for media in MEDIA.values()}, "description": "Rows of the table"}},
)
def get_table(
    request: Request,
    table: Annotated[str, Path(max_length=64)],
    accept: Annotated[str | None, Header()] = None,
    format_: Annotated[
        str | None, Query(alias="format", description="json, csv, parquet or xlsx; wins over Accept")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Any:
    """A table: paged JSON, or the whole of it as CSV, Parquet or XLSX."""
    house = house_of(request)
    known = _table(table)
    kind = _kind(format_, accept)
    seen = _seen(house, known)
    if kind == "json":
        return _page(house, known, seen, limit, cursor)
    clauses, values = seen.conditions() if seen is not None else ([], {})
    return rows_as_file(house, known, kind, (" and ".join(clauses), values), known.name)


def rows_as_file(
    house: House, table: Table, kind: str, meant: Selected, name: str, asked: Mapping[str, str] | None = None
) -> StreamingResponse:
    """Those rows of a table that are meant, as a file of a kind of MEDIA. `asked` is written into it where it can be."""
    from masterdeal.marts.export import FORMATS, write

    marts = house.marts.asked()
    out = tempfile.TemporaryFile()  # noqa: SIM115 (the answer closes it once it is sent)
    try:
        with marts.batches(table, meant) as batches:
            write(batches, table, FORMATS[kind], out, asked)
    except BaseException:
        out.close()
        raise
    size = out.tell()
    out.seek(0)
    return StreamingResponse(
        _sent(out),
        media_type=MEDIA[kind],
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.{kind}"
            if not name.isascii()
            else f'attachment; filename="{name}.{kind}"',
            "Content-Length": str(size),
            "Cache-Control": "no-store",
        },
    )


@router.post("/v1/marts/sql", response_model=MartAnswer)
def post_sql(request: Request, body: Annotated[MartQuery, Body()]) -> Response:
    """One SELECT over the tables of the model: no other statement, no file, no setting, ten seconds, 10,000 rows."""
    from masterdeal.marts.export import shown_rows

    house = house_of(request)
    if not house.sight.everything:
        raise Forbidden("SQL sees all deals, and this caller may not")
    found = house.marts.asked().ask_freely(body.sql, body.limit, SECONDS)
    columns = [{"name": name, "type": type_} for name, type_ in zip(found.columns, found.types, strict=True)]
    return JSONResponse(
        {"columns": columns, "rows": shown_rows(found.rows), "cut": found.cut, "marts": house.marts.lag()}
    )


def _table(name: str) -> Table:
    from masterdeal.marts.model import marts

    found = marts().tables.get(name)
    if found is None:
        raise NotFound(f"no table {name}; there are: {', '.join(marts().tables)}", table=name)
    return found


def _kind(format_: str | None, accept: str | None) -> str:
    if format_ is not None:
        if format_ not in ("json", *MEDIA):
            raise BadRequest(f"format: one of json, {', '.join(MEDIA)}", where="query/format")
        return format_
    for part in (accept or "").split(","):
        media = part.partition(";")[0].strip().lower()
        for kind, known in MEDIA.items():
            if media == known or (kind == "parquet" and media in PARQUET_TOO):
                return kind
        if media in ("application/json", "*/*", "application/*"):
            return "json"
    return "json"


def _seen(house: House, table: Table) -> Scope | None:
    """What the caller may see of the table. Forbidden where its rows cannot be told apart by manager."""
    if house.sight.managers is None or not any("deal" in column.name for column in table.columns):
        return None
    if table.column("manager") is None:
        raise Forbidden(f"{table.name} counts all deals, and this caller may not see all")
    from masterdeal.marts.scope import Scope

    return Scope(managers=tuple(sorted(house.sight.managers)))


def _page(house: House, table: Table, seen: Scope | None, limit: int, cursor: str | None) -> Any:
    from masterdeal.marts.export import shown
    from masterdeal.marts.listing import rows_of

    (start,) = from_cursor(cursor, 0)
    marts = house.marts.asked()
    found = marts.ask(*rows_of(table, seen, max(0, start), limit + 1))
    items = [{name: shown(value) for name, value in row.items()} for row in found.dicts()]
    return {
        "items": items[:limit],
        "next_cursor": to_cursor(max(0, start) + limit) if len(items) > limit else None,
    }


def _sent(out: BinaryIO) -> Iterator[bytes]:
    with out:
        while chunk := out.read(CHUNK):
            yield chunk
