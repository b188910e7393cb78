"""How values are written in Russian and English. The same functions decide what a written figure may stand for."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from agents.state import Lang
from tools.categories import categories

Kind = Literal[
    "text", "number", "money", "time", "share", "hours", "days", "seconds", "stage", "timer", "state", "gate",
    "gates", "step", "role", "count_deals", "happened",
    "roles", "amount", "date", "value", "roubles", "bare_money", "field", "fields", "channels", "severity", "verdict", "letter",
    "letter_state", "yes_no", "span", "limit", "calendar", "day_kind", "change", "event",
    "category", "sex", "vat_included", "commission_included", "targets", "record", "events",
]  # fmt: skip

# Kinds whose values have a name in each language.
_NAMED: Final = frozenset(
    (
        "stage",
        "timer",
        "state",
        "gate",
        "step",
        "role",
        "amount",
        "field",
        "severity",
        "verdict",
        "letter",
        "letter_state",
        "calendar",
        "day_kind",
        "change",
        "event",
        "record",
        "happened",
        "category",
        "sex",
        "vat_included",
        "commission_included",
    )
)
MOSCOW: Final = ZoneInfo("Europe/Moscow")
_GATE: Final = re.compile(r"G\d")
THIN: Final = "\u202f"
_SIGN: Final = {"RUB": "₽", "USD": "$", "EUR": "€"}


# How the fields of a brief are written, where not as plain values.
_FIELDS: Final[Mapping[str, Kind]] = {
    "category": "category",
    "sex": "sex",
    "period_start": "date",
    "period_end": "date",
    "budget_vat": "vat_included",
    "budget_commission": "commission_included",
    "kpi": "targets",
    "channels": "channels",
    "excluded_channels": "channels",
}


def kind_of_field(name: str, unit: str | None) -> Kind:
    """How a field of a brief is written; `unit` is the currency of a budget, roubles where nothing is said."""
    if name in ("budget_min", "budget_max"):
        return "roubles" if (unit or "RUB") == "RUB" else "value"
    return _FIELDS.get(name, "value")


@cache
def names(lang: Lang) -> Mapping[str, Mapping[str, str]]:
    """What stages, timers, states, gates and roles are called in a language."""
    table = tomllib.loads(files("agents.words").joinpath(f"{lang}.toml").read_text(encoding="utf-8"))
    called: dict[str, dict[str, str]] = table["name"]
    return called | {"category": {one.code: getattr(one, lang) for one in categories()}}


def number(value: float | Decimal, lang: Lang, digits: int | None = None) -> str:
    """A number with the language's separators; `digits` after the point, or as many as it has, at most two."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if digits is None:
        digits = 0 if exact == exact.to_integral_value() else 2
    text = f"{exact:,.{digits}f}"
    return text.replace(",", THIN).replace(".", ",") if lang == "ru" else text


def money(value: Mapping[str, Any], lang: Lang) -> str:
    """An amount with its currency and the basis it stands on."""
    amount = number(Decimal(value["amount"]), lang)
    currency = value.get("currency") or "RUB"
    sign = _SIGN.get(currency, currency)
    text = f"{amount}{THIN}{sign}" if lang == "ru" else f"{amount} {currency}"
    vat, rate = value.get("vat"), value.get("vat_rate")
    basis = names(lang)["basis"].get(f"vat_{vat}", "")
    if basis and rate and vat != "none":
        basis += (
            f" {number(Decimal(rate) * 100, lang)}{THIN}%"
            if lang == "ru"
            else f" {number(Decimal(rate) * 100, lang)}%"
        )
    return f"{text} {basis}".rstrip()


def time(value: str, lang: Lang) -> str:
    """An instant in Moscow time."""
    moment = datetime.fromisoformat(value).astimezone(MOSCOW)
    return (
        moment.strftime("%d.%m.%Y %H:%M") + " МСК"
        if lang == "ru"
        else moment.strftime("%Y-%m-%d %H:%M") + " MSK"
    )


def share(value: float, lang: Lang) -> str:
    """A share as a percentage with two digits."""
    return number(value * 100, lang, 2) + (f"{THIN}%" if lang == "ru" else "%")


def _plural(count: float, one: str, few: str, many: str) -> str:
    if count != int(count):
        return few
    tail = abs(int(count)) % 100
    if 11 <= tail <= 14:
        return many
    return one if tail % 10 == 1 else few if 2 <= tail % 10 <= 4 else many


def counted(value: float, unit: str, lang: Lang) -> str:
    """A number with its unit in the right form."""
    forms = names(lang)["unit"][unit].split("|")
    written = number(value, lang)
    if lang == "ru":
        return f"{written} {_plural(value, forms[0], forms[1], forms[2])}"
    return f"{written} {forms[0] if value == 1 else forms[1]}"


def seconds(value: float, lang: Lang) -> str:
    """A duration as days, hours and minutes, to the minute."""
    minutes = int(abs(value) // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    units = names(lang)["short"]
    parts = [f"{n} {units[u]}" for n, u in ((days, "day"), (hours, "hour"), (minutes, "minute")) if n]
    return " ".join(parts) or f"0 {units['minute']}"


def span(value: float, lang: Lang) -> str:
    """A duration in hours and minutes, not gathered into days: a working day has no 24 hours."""
    hours, minutes = divmod(int(abs(value) // 60), 60)
    units = names(lang)["short"]
    parts = [f"{n} {units[u]}" for n, u in ((hours, "hour"), (minutes, "minute")) if n]
    return " ".join(parts) or f"0 {units['minute']}"


def limit(value: str, lang: Lang) -> str:
    """A limit such as 2d or 36h in words."""
    units = {"d": "day", "h": "hour", "m": "minute"}
    return counted(int(value[:-1]), units[value[-1]], lang)


def date(value: str, lang: Lang) -> str:
    """A day."""
    return f"{value[8:10]}.{value[5:7]}.{value[:4]}" if lang == "ru" else value[:10]


def plain(value: Any, lang: Lang) -> str:
    """A value of a brief: lists joined, targets as metric and value."""
    if isinstance(value, Mapping):
        return " ".join(
            plain(item, lang) for key, item in value.items() if item is not None and key != "kind"
        )
    if isinstance(value, list | tuple):
        return ", ".join(plain(item, lang) for item in value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value, lang)
    return str(value)


def targets(value: Sequence[Mapping[str, Any]], lang: Lang) -> str:
    """The KPI of a brief: each metric by its name, with its figure and unit."""
    return ", ".join(
        " ".join(
            (
                _name(one["metric"], "metric", lang),
                *([_measured(one, lang)] if one["value"] is not None else []),
            )
        )
        for one in value
    )


def _measured(target: Mapping[str, Any], lang: Lang) -> str:
    if target["unit"] == "RUB":
        return money({"amount": str(target["value"]), "currency": "RUB"}, lang)
    sign = (f"{THIN}%" if lang == "ru" else "%") if target["unit"] == "%" else ""
    return number(target["value"], lang) + sign


def show(value: Any, kind: Kind, lang: Lang) -> str:
    """A value as it is written in an answer."""
    if kind == "number":
        return number(value, lang)
    if kind == "money":
        return money(value, lang)
    if kind == "time":
        return time(value, lang)
    if kind == "share":
        return share(value, lang)
    if kind == "hours":
        return counted(round(value, 2), "hour", lang)
    if kind == "days":
        return counted(round(value, 2), "day", lang)
    if kind == "count_deals":
        return counted(value, "deal", lang)
    if kind == "seconds":
        return seconds(value, lang)
    if kind == "span":
        return span(value, lang)
    if kind == "limit":
        return limit(value, lang)
    if kind == "yes_no":
        return names(lang)["answer"]["yes" if value else "no"]
    if kind == "date":
        return date(value, lang)
    if kind == "roubles":
        return money({"amount": str(value), "currency": "RUB"}, lang)
    if kind == "bare_money":
        return money({"amount": value["amount"], "currency": value.get("currency")}, lang)
    if kind == "targets":
        return targets(value, lang)
    if kind == "value":
        return plain(value, lang)
    if kind in ("fields", "channels"):
        return ", ".join(_name(item, kind.removesuffix("s"), lang) for item in value)
    if kind == "roles":
        return ", ".join(_name(item, "role", lang) for item in value)
    if kind == "events":
        return ", ".join(_name(item, "event", lang) for item in value)
    if kind == "gates":
        return ", ".join(_name(item, "gate", lang) for item in value)
    if kind in _NAMED:
        return _name(value, kind, lang)
    return str(value)


def _name(value: str, kind: str, lang: Lang) -> str:
    """What a value is called. The seven gates keep their numbers, which people use; other codes stay in the evidence."""
    called = names(lang)[kind].get(value)
    if called is None or called == value:
        return value
    return f"{value} ({called})" if kind == "gate" and _GATE.fullmatch(value) else called
