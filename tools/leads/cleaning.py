"""One raw row in, one clean row or one refusal out. Pure; rows do not depend on each other."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any

from tools.company import read_city, read_company_name
from tools.leads.contacts import plain_digits, read_domain, read_emails, read_phones
from tools.leads.headings import repeats_heading
from tools.leads.raw_row import RawRow
from tools.leads.row import CleanRow, FindingCode, ImportFinding, RejectedRow
from tools.leads.tables import ImportRules
from tools.requisites import is_inn, is_kpp, is_ogrn

_FORMULA_START = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
# A number, a phone, or a line of prose that begins with a dash.
_HARMLESS = re.compile(r"[+\-]?[\d\s().,/;+–-]*%?|[-–—]\s+[^\W\d].*", re.DOTALL)
_CALL = re.compile(r"\|.*!|(?:cmd|dde|hyperlink|webservice|importxml)\s*[(|]", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_FLOAT_TAIL = re.compile(r"(?<=\d)[.,]0+$")
_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}(?: \d{1,2}:\d{2}(?::\d{2})?)?"
)
_NOTHING = frozenset({"-", "–", "—", "n/a", "na", "нет данных", "null", "none", "nan", "#n/a", "н/д", "б/н"})
_SCALE = {
    "тыс": 1_000,
    "k": 1_000,
    "млн": 1_000_000,
    "m": 1_000_000,
    "млрд": 1_000_000_000,
    "bn": 1_000_000_000,
    "b": 1_000_000_000,
}
_NUMBER = re.compile(r"(\d[\d\s\u00a0\u202f]*(?:[.,]\d+)?)\s*(тыс|млн|млрд|bn|k|m|b)?", re.IGNORECASE)
_TEXT_FIELDS = (
    "contact", "position", "region", "address", "industry", "client_type", "budget", "product", "notes",
    "source", "manager", "created_at", "external_id",
)  # fmt: skip


def neutralised(text: str) -> str:
    """The text, made harmless where a spreadsheet would run it as a formula (an apostrophe goes before it)."""
    bare = text.lstrip()
    if not bare.startswith(_FORMULA_START) or text.startswith("'"):
        return text
    dangerous = bare[0] in "=@＝＠＋－" or _CALL.search(bare) or not _HARMLESS.fullmatch(bare)
    return "'" + bare if dangerous else text


class _Row:
    """Collects the fields and findings of one row while it is read."""

    def __init__(self, raw: RawRow, rules: ImportRules) -> None:
        self.raw, self.rules = raw, rules
        self.findings: list[ImportFinding] = list(raw.findings)
        self.values = {field: self._texts(field, cells) for field, cells in raw.fields.items()}

    def notice(self, code: FindingCode, message: str, field: str, value: str) -> None:
        self.findings.append(
            ImportFinding(
                code=code, message=message, row=self.raw.row, field=field, value=neutralised(value[:200])
            )
        )

    def harmless(self, field: str, text: str) -> str:
        plain = _CONTROL.sub("", text)
        if plain != text:
            self.notice("control_characters", "Убраны невидимые управляющие символы", field, plain)
        safe = neutralised(plain.strip())
        if safe.startswith("'") and not plain.strip().startswith("'"):
            self.notice(
                "formula_neutralised",
                "Текст начинался как формула таблицы и обезврежен",
                field,
                plain.strip(),
            )
        return safe

    def _texts(self, field: str, cells: tuple[str, ...]) -> tuple[str, ...]:
        texts = (self.harmless(field, cell) for cell in cells)
        return tuple(text for text in texts if text and text.casefold() not in _NOTHING)

    def first(self, field: str) -> str | None:
        texts = self.values.get(field, ())
        return texts[0] if texts else None

    def joined(self, field: str) -> str | None:
        return "\n".join(dict.fromkeys(self.values.get(field, ()))) or None

    def digits(self, field: str) -> str | None:
        text = self.first(field)
        return re.sub(r"[\s\-–]", "", _FLOAT_TAIL.sub("", text.lstrip("'"))) if text else None

    def amount(self, field: str) -> Decimal | None:
        text = self.first(field)
        if text is None:
            return None
        found = _NUMBER.search(text)
        try:
            if found:
                number = Decimal(re.sub(r"\s", "", found.group(1)).replace(",", "."))
                return number * _SCALE.get((found.group(2) or "").casefold(), 1)
        except InvalidOperation:
            pass
        self.notice("number_unreadable", "Число не прочитано", field, text)
        return None


def _inn(row: _Row) -> tuple[str | None, str | None]:
    """The INN, and why the row must be refused if it cannot be believed."""
    text = row.digits("inn")
    if text is None:
        return None, None
    if is_inn(text):
        return text, None
    # Spreadsheets drop leading zeros; the check digits tell whether that is what happened.
    if text.isdigit() and len(text) in (9, 11) and is_inn("0" + text):
        row.notice("leading_zeros_restored", "Восстановлен ведущий ноль ИНН", "inn", text)
        return "0" + text, None
    if re.fullmatch(r"\d(?:[.,]\d+)?[eе]\+?\d+", text, re.IGNORECASE):
        return None, f"ИНН «{text}» записан числом с потерянными цифрами"
    if not text.isdigit() or len(text) not in (10, 12):
        return None, f"ИНН «{neutralised(text[:40])}» не из 10 или 12 цифр"
    return None, f"ИНН {text} не проходит проверку контрольных цифр"


def _requisites(row: _Row) -> dict[str, Any]:
    found: dict[str, Any] = {}
    kpp, ogrn = row.digits("kpp"), row.digits("ogrn")
    if kpp and kpp.isdigit() and len(kpp) == 8:
        row.notice("leading_zeros_restored", "Восстановлен ведущий ноль КПП", "kpp", kpp)
        kpp = "0" + kpp
    if kpp and is_kpp(kpp.upper()):
        found["kpp"] = kpp.upper()
    elif kpp:
        row.notice("kpp_unreadable", "КПП не из 9 знаков", "kpp", kpp)
    if ogrn and is_ogrn(ogrn):
        found["ogrn"] = ogrn
    elif ogrn:
        row.notice("ogrn_wrong", "ОГРН не проходит проверку контрольной цифры", "ogrn", ogrn)
    return found


def _contacts(row: _Row) -> dict[str, Any]:
    phones: dict[str, None] = {}
    for text in row.values.get("phone", ()):
        digits, lost = plain_digits(text.lstrip("'"))
        if lost:
            row.notice("phone_digits_lost", "Телефон записан числом с потерянными цифрами", "phone", text)
            continue
        numbers, wrong = read_phones(_FLOAT_TAIL.sub("", digits), row.rules.phone_region)
        phones.update(dict.fromkeys(numbers))
        for part in wrong:
            row.notice("phone_unreadable", "Телефон не прочитан", "phone", part)
    emails: dict[str, None] = {}
    for text in row.values.get("email", ()):
        addresses = read_emails(text)
        emails.update(dict.fromkeys(addresses))
        if not addresses:
            row.notice("email_unreadable", "Адрес электронной почты не прочитан", "email", text)
    names = [text for text in row.values.get("contact", ()) if text != _firm_under_name(row)]
    if not names:
        names = [" ".join((*row.values.get("last_name", ()), *row.values.get("first_name", ())))]
    return {
        "phones": tuple(phones),
        "emails": tuple(emails),
        "contact": " / ".join(filter(None, names)) or None,
    }


def _firm_under_name(row: _Row) -> str | None:
    """What stands under "name" where no column is the company's and a legal form says that it is one."""
    text = None if row.first("company") else row.first("contact")
    return text if text and read_company_name(text).legal_form else None


def _company(row: _Row) -> dict[str, Any]:
    text = row.first("company") or _firm_under_name(row)
    if text is None:
        return {}
    if _DATE.fullmatch(text.strip()):
        row.notice("company_is_a_date", "В столбце компании стоит дата", "company", text)
        return {}
    company = read_company_name(text)
    return {"name": neutralised(company.name), "legal_form": company.legal_form, "key": company.key or None}


def _held(row: _Row) -> dict[str, str]:
    held = {field: "\n".join(texts) for field, texts in row.values.items() if texts}
    return held | _extra(row)


def _extra(row: _Row) -> dict[str, str]:
    named = ((row.harmless("extra", heading), text) for heading, text in row.raw.extra.items())
    safe = ((heading, row.harmless(heading, text)) for heading, text in named)
    return {heading: text for heading, text in safe if text}


def _sums_up(row: _Row) -> bool:
    """Whether the row is a total of the others: "Итого", "Всего лидов: 2". One with a contact or an INN never is."""
    if any(row.values.get(field) for field in ("inn", "phone", "email")):
        return False
    first = next((texts[0] for texts in row.values.values() if texts), "")
    words = first.casefold().split()
    for total in row.rules.totals:
        size = len(total.split())
        if " ".join(words[:size]).rstrip(":=") == total:
            following = words[size].strip(":=") if len(words) > size else ""
            ended = " ".join(words[:size])[-1] in ":="
            if ended or not following or following[0].isdigit() or following in row.rules.summed:
                return True
    return False


def clean_row(raw: RawRow, rules: ImportRules) -> CleanRow | RejectedRow:
    """Clean one row. Refused: nothing in it, an INN that cannot be right, or nobody to attach it to."""
    row = _Row(raw, rules)
    held = _held(row)
    if raw.broken:
        return RejectedRow(row=raw.row, reason=raw.broken, values=held)
    if not held:
        return RejectedRow(row=raw.row, reason="Пустая строка")
    if repeats_heading([text for cells in raw.fields.values() for text in cells] + list(raw.extra.values())):
        return RejectedRow(row=raw.row, reason="Повтор строки заголовков, а не лид", values=held)
    if _sums_up(row):
        return RejectedRow(row=raw.row, reason="Строка итогов, а не лид", values=held)
    inn, wrong_inn = _inn(row)
    if wrong_inn and rules.reject_wrong_inn:
        return RejectedRow(row=raw.row, reason=wrong_inn, values=held)
    fields: dict[str, Any] = {field: row.joined(field) for field in _TEXT_FIELDS if field in row.values}
    fields |= _requisites(row) | _contacts(row) | _company(row)
    if not any((inn, fields.get("name"), fields["phones"], fields["emails"])):
        reason = "Нет ни компании, ни ИНН, ни читаемого телефона, ни e-mail: лид не с кем связать"
        return RejectedRow(row=raw.row, reason=reason, values=held)
    city, site, employees = row.first("city"), row.first("website"), row.amount("employees")
    okved = row.first("okved")
    return CleanRow(
        row=raw.row,
        inn=inn,
        city=read_city(city) if city else None,
        website=(read_domain(site) or site) if site else None,
        okved=okved.split()[0].rstrip(",;") if okved else None,
        employees=int(employees) if employees is not None else None,
        revenue=row.amount("revenue"),
        extra=_extra(row),
        findings=tuple(dict.fromkeys(row.findings)),
        **fields,
    )
