"""What a cell of a table says: text, a number, money, a time. A cell that cannot be read is a ValueError with the reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from masterdeal.money import Money

ISO: Final = "iso"
UNIX: Final = {"unix": 1, "unix_ms": 1000}
"""Words that stand for a time format: seconds and milliseconds since 1970-01-01T00:00Z."""

DecimalMark = Literal[",", "."]

_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_SPACES = re.compile(r"[\s\u00a0\u2007\u202f']+")
_SIGNS: Final[Mapping[str, tuple[str, ...]]] = {
    "RUB": ("₽", "рублей", "руб.", "руб", "р.", "р", "RUR"),
    "USD": ("US$", "$"),
    "EUR": ("€",),
    "GBP": ("£",),
    "CNY": ("¥",),
    "KZT": ("₸",),
}


def text_of(cell: object) -> str:
    """The cell as text without outer spaces: a whole float without its ".0", a time in ISO 8601, None as ""."""
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return format(cell, ".15g")
    if isinstance(cell, Decimal):
        return format(cell, "f")
    if isinstance(cell, datetime | date | time):
        return cell.isoformat()
    return str(cell).strip()


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """A time zone by its IANA name, or by a fixed offset such as +03:00; anything else is a ValueError."""
    fixed = _OFFSET.fullmatch(name)
    if fixed:
        parsed = datetime.fromisoformat(f"2000-01-01T00:00{fixed[1]}{fixed[2]}:{fixed[3]}").tzinfo
        assert parsed is not None
        return parsed
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise ValueError(f"{name!r} is no time zone") from None


def time_of(cell: object, formats: tuple[str, ...], timezone: str) -> str:
    """The time in ISO 8601 with an offset. A date alone is the start of that day; without an offset it is read
    in `timezone`, and a local time that occurs twice or not at all is read with the offset in force before
    the clocks changed."""
    if isinstance(cell, datetime):
        return _located(cell, timezone)
    if isinstance(cell, date):
        return _located(datetime.combine(cell, time()), timezone)
    return _time_of_text(text_of(cell), formats, timezone)


@lru_cache(maxsize=32_768)
def _time_of_text(text: str, formats: tuple[str, ...], timezone: str) -> str:
    for pattern in formats or (ISO,):
        try:
            return _located(_moment(text, pattern), timezone)
        except (ValueError, OverflowError):
            continue
    wanted = " or ".join("ISO 8601" if pattern == ISO else pattern for pattern in formats or (ISO,))
    raise ValueError(f"not a time ({wanted})")


def _moment(text: str, pattern: str) -> datetime:
    if pattern == ISO:
        return datetime.fromisoformat(text)
    if pattern in UNIX:
        try:
            return datetime.fromtimestamp(float(Decimal(text) / UNIX[pattern]), UTC)
        except (InvalidOperation, OSError):
            raise ValueError("not a count") from None
    return datetime.strptime(text, pattern)  # noqa: DTZ007 the offset is added by _located


def _located(moment: datetime, timezone: str) -> str:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(timezone), fold=0)
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("not a time between the years 1 and 9999") from None
    return moment.isoformat()


def number_of(cell: object, mark: DecimalMark | None) -> Decimal:
    """The number in a cell: spaces and apostrophes between digits are dropped. With both marks present the last
    one is the decimal mark; "1,234" alone is read only if `mark` says which it is."""
    text = _SPACES.sub("", text_of(cell)).replace("\u2212", "-")
    if "," in text and mark is None:
        if "." in text:
            mark = "," if text.rindex(",") > text.rindex(".") else "."
        elif text.count(",") > 1:
            mark = "."
        elif re.search(r"\d{1,3},\d{3}$", text) and not text.lstrip("+-").startswith("0,"):
            raise ValueError("ambiguous number: the comma may divide thousands or decimals")
        else:
            mark = ","
    elif text.count(".") > 1 and mark is None:
        mark = ","
    text = _ungrouped(text, ".").replace(",", ".") if mark == "," else _ungrouped(text, ",")
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?", text, re.ASCII):
        raise ValueError("not a number")
    return Decimal(text)


def _ungrouped(text: str, group: str) -> str:
    """Without the marks between thousands, if that is where all of them stand."""
    if group not in text:
        return text
    if not re.match(rf"[+-]?\d{{1,3}}({re.escape(group)}\d{{3}})+(?!\d)(?!{re.escape(group)})", text):
        raise ValueError("not a number")
    return text.replace(group, "")


def whole_or_float(number: Decimal) -> int | float:
    """The number as JSON writes it."""
    return int(number) if number == number.to_integral_value() else float(number)


def money_of(cell: object, basis: Mapping[str, Any], mark: DecimalMark | None) -> dict[str, str]:
    """Money in JSON. `basis` is the stated currency, vat, vat_rate and commission; a sign or a code of that
    currency beside the figure is dropped, another one is a ValueError."""
    if isinstance(cell, dict):
        return _money(**{**basis, **cell})
    text = text_of(cell)
    currency = str(basis.get("currency", "RUB"))
    for sign in (*_SIGNS.get(currency, ()), currency):
        bare = _without(text, sign)
        if bare is not None:
            text = bare
            break
    if mark is None and re.fullmatch(r"[+-]?\d{1,3},\d{3}", text):
        mark = "."  # money has two decimals, so a comma before three digits divides thousands
    return _money(amount=number_of(text, mark), **basis)


def _money(**members: Any) -> dict[str, str]:
    try:
        money: dict[str, str] = Money(**members).model_dump(mode="json", exclude_none=True)
        return money
    except ValidationError as error:
        raise ValueError(f"not an amount of money: {error.errors()[0]['msg']}") from None


def _without(text: str, sign: str) -> str | None:
    folded, sign = text.casefold(), sign.casefold()
    if folded.endswith(sign) and not text[: -len(sign)].strip()[-1:].isalpha():
        return text[: -len(sign)].strip()
    if folded.startswith(sign) and not text[len(sign) :].strip()[:1].isalpha():
        return text[len(sign) :].strip()
    return None
