"""A contract against facts outside its wording: check digits, VAT arithmetic, and the deal as it was agreed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.errors import NotFound
from masterdeal.money import to_kopeck
from tools import adlaw_subject, phrase, reference, requisites
from tools.contract.clauses import Clause, clause_at
from tools.contract.dates import service_period
from tools.paper import wording
from tools.rules import Finding, RuleSet, Side, norm
from tools.word_index import WordIndex

_INN = re.compile(r"\bИНН(?:\s*/\s*КПП)?\s*[:№]?\s*(\d[\d ]{6,14}\d)", re.IGNORECASE)
_KPP = re.compile(r"\bКПП\s*[:№]?\s*([\dA-Z]+)|\bИНН\s*/\s*КПП\s*[:№]?\s*\d+\s*/\s*([\dA-Z]+)", re.IGNORECASE)
_OGRN = re.compile(r"\bОГРН(?:ИП)?\s*[:№]?\s*(\d[\d ]*\d)", re.IGNORECASE)
_BIK = re.compile(r"\bБИК\s*[:№]?\s*(\d[\d ]*\d)", re.IGNORECASE)
_ACCOUNT = re.compile(r"(?<!\d)([34]\d{19})(?!\d)")
_VAT_STATED = re.compile(
    r"(?P<price>\d[\d  \u00a0]*(?:[.,]\d{2})?)\s*(?:\([^)]{3,120}\)\s*)?(?:руб\w*\.?|₽|р\.)[^;\n\d]{0,40}?НДС[^\d\n%]{0,25}(?P<rate>\d{1,2})\s*(?:\([^)]{2,40}\)\s*)?%"
    r"[^\d\n]{0,60}?(?P<vat>\d[\d  \u00a0]*(?:[.,]\d{2})?)\s*(?:\([^)]{3,120}\)\s*)?(?:руб|₽|р\.)",
    re.IGNORECASE,
)
_TOTAL = (
    "общий|итоговый|полный стоимость|цена|сумма ..6 # рубль",
    "цена|сумма ..2 договор ..6 # рубль",
    "стоимость ..2 услуга ..6 # рубль",
    "стоимость ..2 размещение ..6 # рубль",
    "договор ..4 на сумма # рубль",
)
_TOLERANCE = Decimal("0.02")


class AgreedDeal(BaseModel):
    """What was agreed outside the contract: the deal's card and the approved media plan. None and empty: not known, not checked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    net: Decimal | None = Field(default=None, description="Total without VAT, roubles")
    gross: Decimal | None = Field(default=None, description="Total with VAT, roubles")
    service_from: date | None = None
    service_to: date | None = None
    channels: tuple[str, ...] = Field(default=(), description="Channels of the media plan, by id or name")
    client_inn: str | None = None

    @property
    def compared(self) -> frozenset[str]:
        """Ids of the cross-checks there is something to compare with for."""
        known = {
            "DEAL-SUM": self.net is not None or self.gross is not None,
            "DEAL-DATES": self.service_from is not None and self.service_to is not None,
            "DEAL-CHANNELS": bool(self.channels),
            "DEAL-INN": self.client_inn is not None,
        }
        return frozenset(rule_id for rule_id, told in known.items() if told)


def _amount(written: str) -> Decimal:
    return Decimal(re.sub(r"\s", "", written).replace(",", "."))


def _wrong_requisites(text: str) -> Iterator[tuple[str, int, int, str | None]]:
    """Rule id, place and own words for each requisite that cannot be right."""
    for found in _INN.finditer(text):
        if not requisites.is_inn(found[1].replace(" ", "")):
            yield "REQ-INN", found.start(1), found.end(1), None
    for found in _KPP.finditer(text):
        group = 1 if found[1] else 2
        if not requisites.is_kpp(found[group].upper()) and not (found[1] and "/" in found.group()):
            yield "REQ-KPP", found.start(group), found.end(group), None
    for found in _OGRN.finditer(text):
        if not requisites.is_ogrn(found[1].replace(" ", "")):
            yield "REQ-OGRN", found.start(1), found.end(1), None
    biks = [(found.start(1), found.end(1), found[1].replace(" ", "")) for found in _BIK.finditer(text)]
    for start, end, bik in biks:
        if not requisites.is_bik(bik):
            yield "REQ-BIK", start, end, None
    known = {bik for _, _, bik in biks if requisites.is_bik(bik)}
    for found in _ACCOUNT.finditer(text):
        if known and not any(requisites.is_account(found[1], bik) for bik in known):
            yield "REQ-ACCOUNT", found.start(1), found.end(1), None


def stated(text: str) -> Iterator[tuple[str, int]]:
    """Rule id and place of every requisite and sum of VAT the text states, right or wrong: that it was checked."""
    for rule_id, written in (
        ("REQ-INN", _INN), ("REQ-KPP", _KPP), ("REQ-OGRN", _OGRN), ("REQ-BIK", _BIK), ("REQ-ACCOUNT", _ACCOUNT), ("SUM-VAT", _VAT_STATED),
    ):  # fmt: skip
        for found in written.finditer(text):
            yield rule_id, found.start()


def _wrong_vat(text: str) -> Iterator[tuple[str, int, int, str | None]]:
    for found in _VAT_STATED.finditer(text):
        price, rate, vat = _amount(found["price"]), Decimal(found["rate"]) / 100, _amount(found["vat"])
        inside, above = to_kopeck(price * rate / (1 + rate)), to_kopeck(price * rate)
        if min(abs(vat - inside), abs(vat - above)) > _TOLERANCE:
            yield (
                "SUM-VAT",
                found.start(),
                found.end(),
                f"При ставке {found['rate']} % НДС в цене {wording.money(price)} равен {wording.money(inside)}, сверх цены — {wording.money(above)}; названо {wording.money(vat)}.",
            )


def _other_sum(
    index: WordIndex, deal: AgreedDeal, days: Sequence[date]
) -> Iterator[tuple[str, int, int, str | None]]:
    agreed = {amount for amount in (deal.net, deal.gross) if amount is not None}
    if not agreed:
        return
    for day in days:
        try:
            rate = reference.load_reference().vat_on(day)
        except NotFound:
            continue
        if deal.net is not None:
            agreed.add(to_kopeck(deal.net * (1 + rate)))
        if deal.gross is not None:
            agreed.add(to_kopeck(deal.gross / (1 + rate)))
    for match in phrase.find(_TOTAL, index):
        number = next(
            (
                index.words[at]
                for at in range(match.last, match.first - 1, -1)
                if index.words[at].number is not None
            ),
            None,
        )
        if (
            number is not None
            and number.number is not None
            and not any(abs(number.number - each) <= _TOLERANCE for each in agreed)
        ):
            stated = " или ".join(wording.money(each) for each in sorted(agreed))
            yield (
                "DEAL-SUM",
                number.start,
                number.end,
                f"В договоре {wording.money(number.number)} руб., согласовано {stated} руб.",
            )


def _other_terms(
    text: str, index: WordIndex, deal: AgreedDeal, days: Sequence[date]
) -> Iterator[tuple[str, int, int, str | None]]:
    days = service_period(index) or days
    if (
        days
        and deal.service_from
        and deal.service_to
        and (deal.service_from < min(days) or deal.service_to > max(days))
    ):
        yield (
            "DEAL-DATES", 0, 0,
            f"В договоре услуги с {min(days):%d.%m.%Y} по {max(days):%d.%m.%Y}, согласовано с {deal.service_from:%d.%m.%Y} по {deal.service_to:%d.%m.%Y}.",
        )  # fmt: skip
    if deal.client_inn and deal.client_inn not in re.sub(r"(?<=\d) (?=\d)", "", text):
        yield "DEAL-INN", 0, 0, f"ИНН {deal.client_inn} из карточки сделки в договоре не найден."
    for name in deal.channels:
        known = adlaw_subject.channel_named(name)
        names = [each.replace("-", " ").replace(".", " ") for each in known.names] if known else [name]
        if not phrase.find([*names, *(each.names[0] for each in [known] if each)], index):
            yield "DEAL-CHANNELS", 0, 0, f"Канал «{name}» есть в медиаплане, в договоре он не назван."


def against(
    text: str,
    index: WordIndex,
    clauses: tuple[Clause, ...],
    book: RuleSet,
    on: date,
    side: Side,
    deal: AgreedDeal | None,
    days: Sequence[date],
) -> list[Finding]:
    """Findings of requisites and arithmetic, and of differences from the agreed deal where one is given."""
    wrong = [*_wrong_requisites(text), *_wrong_vat(text)]
    if deal is not None:
        wrong += [*_other_sum(index, deal, days or (on,)), *_other_terms(text, index, deal, days)]
    found = []
    for rule_id, start, end, why in wrong:
        rule = next(iter(book.versions(rule_id)))
        found.append(
            Finding(
                rule_id=rule_id,
                title=rule.title,
                kind="adverse" if end else "absent",
                severity=getattr(rule.severity, side),
                quote=text[start:end],
                start=start,
                end=end,
                clause=clauses[clause_at(clauses, start)].number if end else None,
                why=why or rule.why,
                law=norm(rule),
                suggestion=rule.suggestion,
                read_at=on,
            )
        )
    return found
