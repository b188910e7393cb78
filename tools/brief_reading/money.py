"""The campaign's budget. A price, a past or foreign budget, a target figure or a phone is never taken for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import HINTED, LABELLED, SAID, Claim
from tools.brief_reading.context import of_another_time, taken_back, within_clause
from tools.brief_reading.kpi import metric_phrases
from tools.brief_reading.lexicon import phrases
from tools.brief_reading.quantity import Quantity, within

_PER_UNIT = re.compile(
    r"\s*(?:/|за|per|на)\s*(?:1\s*)?(?:лид\w*|клик\w*|показ\w*|заявк\w*|установк\w*|тысяч\w*|1000|cpm|lead|click|install|шт\w*|единиц\w*|м2|м²|кв\.?\s?м|человек\w*|контакт\w*|сообщени\w*|смс|sms|просмотр\w*|заказ\w*|продаж\w*|подписчик\w*|регистраци\w*|клиента|штук\w*|литр\w*|кг|упаковк\w*|сутки|ночь|час\w*|пост\w*|экран\w*|выход\w*)\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\s*(?:уник\w*\s+|целев\w+\s+|новы\w+\s+|качествен\w+\s+)?(?:показ\w*|клик\w*|лид\w*|заяв\w*|человек\w*|чел\b|люд\w*|пользовател\w*|просмотр\w*|установ\w*|подписчик\w*|визит\w*|контакт\w*|охват\w*|"
    r"абонент\w*|сообщен\w*|смс\b|sms\b|impressions?|clicks?|leads?|views?|users?|people|installs?|заказ\w*|покуп\w*|продаж\w*|регистрац\w*|переход\w*|посетител\w*|штук\w*|шт\b|квартир\w*|магазин\w*|точ(?:ек|ки)\b|"
    r"семей|семьи|клиент\w*|жител\w*|скачиван\w*|город\w*|экран\w*|км|м²|кв|тонн\w*|литр\w*|лет\b|год\w*|дн\w+\b|недел\w*|месяц\w*|час\w*|минут\w*|секунд\w*|мин\b|сек\b|импресс\w*|reach|уник\w*|обращени\w*|звонк\w*|чек\w*|карт\w*|тираж\w*|кг|грамм\w*|раз\b|sku|сотрудник\w*|ребен\w*|дет\w*|%)",
    re.IGNORECASE,
)
_COUNT_BEFORE = re.compile(
    r"\b(?:охват\w*|показ\w*|клик\w*|лид\w*|reach|impressions?|просмотр\w*|визит\w*|трафик\w*|установ\w*|база|базы|базе|аудитори\w+|подписчик\w*|тираж\w*|население\w*|выборк\w*|views|clicks|leads|ИНН|ОГРН|КПП|№|номер\w*|тел\w*|лот\w*|закупк\w*)\s*(?:[:—–-]\s*|не\s+менее\s+|от\s+|до\s+|в\s+|около\s+|порядка\s+|примерно\s+|минимум\s+|более\s+|~\s*)*$",
    re.IGNORECASE,
)
_UNIT_IN_LABEL = re.compile(
    r"(?P<k>тыс\w*\.?|т\.\s?р\.?|thousands?|k\s?rub)|(?P<m>млн\.?|миллион\w*|mln|million)|(?P<r>руб\w*|₽|rub)",
    re.IGNORECASE,
)
_NO_WORDS = re.compile(
    r"(?:без|с|со|ндс|vat|всего|итого|где-то|примерно|около|порядка|где|то|бюджет|руб\w*|плюс-минус|максимум|до|от|в|районе|не|более|на|все|про|incl|excl|включая|и|ак|есть|ну|готовы|тратим|net|gross|total|ex|of|excluding|including|excluded|included|rub|with|without|no|[\s.,:;!()+~≈–—-])*",
    re.IGNORECASE,
)
_MONTHLY = re.compile(
    r"\s*(?:\(?(?:в|/|per|за)\s*(?:мес(?:яц)?\b\.?|month)|ежемесячно|monthly)", re.IGNORECASE
)
_SAME_SUM = re.compile(
    r"\s*(?:руб\w*\.?\s*)?(?:без|с|excl|incl|net|до)\b[^()]{0,20}\)", re.IGNORECASE
)  # in brackets: the sum on another basis
_MOVE_VERB = re.compile(
    r"(?:увелич|реж[еу]|ужал|опуст|подн[яи]|повыс|сократ|сниз|урез|вырос|расшир|срез|уменьш|increase|raise|cut|reduce)",
    re.IGNORECASE,
)
_ASKED_SUM = re.compile(r"\bна\s+(?:эти\s+|сумму\s+)?(?:до\s+|около\s+|примерно\s+)?$", re.IGNORECASE)


_TAXED = re.compile(
    r"[^.;]{0,45}?\b(?:с|без|до|включая|incl\.?|excl\.?|\+)\s+(?:уч[её]та\s+)?(?:ндс|vat|налог\w+)\b",
    re.IGNORECASE,
)
_FOR_TIME = re.compile(
    r"\s*(?:на|за|for)\s+(?:весь\s+|вс[её]\s+|эти\s+|the\s+(?:whole\s+)?)?(?:\d+\s+|\w+\s+)?(?:мес\w*|недел\w*|период\w*|квартал\w*|флайт\w*|кампани\w+|сезон\w*|months?|weeks?|campaign)",
    re.IGNORECASE,
)
_TOTAL_BEFORE = re.compile(
    r"\b(?:итого|всего|total|общий|общая)\b(?:\s+[а-яёa-z]+){0,2}\s*[:—–-]?\s*$", re.IGNORECASE
)
_VARIANTS = re.compile(r"\b(?:вариант\w*|сценари\w*|options?|scenarios?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sum:
    """A budget: bounds in units of `currency`; `monthly` when it is said per month."""

    low: Decimal | None
    high: Decimal | None
    currency: str
    monthly: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the budget said of one channel or month."""

    amount: Decimal
    start: int
    end: int
    message_order: int
    total_start: int


class BudgetReader:
    """Claims for the budget; afterwards `shares` holds the parts it was split into, `unscaled` sums without a unit."""

    def __init__(self, note: AnnotatedText, found: list[Quantity]) -> None:
        self.note = note
        self.found = found
        self.shares: list[Share] = []
        self.unscaled: list[tuple[int, int]] = []
        self.rejected: list[tuple[int, int]] = []

    def _triggered(self, start: int, end: int) -> bool:
        listed = phrases("budget", "trigger")
        return any(found.key == "budget" for found in self.note.mentions(listed, start, end))

    def _named(self, start: int, end: int) -> bool:
        return bool(
            re.search(
                r"бюджет|бюдж[еэ]т|бюдж\b|(?:стоимость|цена)\s+(?:услуг|работ|контракта|договора|закупки)|budget|нмц|бюждет|буджет",
                self.note.text[start:end],
                re.IGNORECASE,
            )
        )

    def _figure_of_something(self, passage: Passage, quantity: Quantity) -> bool:
        """Whether the number counts people, clicks or years, or is a unit price."""
        text = self.note.text
        if quantity.percent or _PER_UNIT.match(text, quantity.end):
            return True
        if quantity.currency is None and _COUNTED.match(text, quantity.end):
            return True
        if quantity.currency is None and _COUNT_BEFORE.search(text, passage.start, quantity.start):
            return True
        left, _ = self.note.clause(quantity.start, quantity.end, passage)
        metrics = self.note.mentions(metric_phrases(), left, quantity.start)
        if metrics and not self._named(metrics[-1].end, quantity.start):
            return True
        after = self.note.mentions(metric_phrases(), quantity.end, min(passage.end, quantity.end + 12))
        return bool(after) and quantity.currency is None

    def claims(self) -> Iterator[Claim]:
        """Claims for the budget; sums before the one called the total are its parts."""
        found = list(self._claims())
        totals = [
            claim
            for claim in found
            if _TOTAL_BEFORE.search(self.note.text, max(0, claim.start - 40), claim.start)
        ]
        if sum(claim not in totals for claim in found) < 2:
            totals = []
        for claim in found:
            total = next((one for one in totals if one.message == claim.message), None)
            if (
                total is None
                or claim is total
                or claim.start > total.start
                or claim.strength > total.strength + 1
            ):
                yield claim
                continue
            amount = claim.value.high or claim.value.low
            if amount is not None and amount < (total.value.high or total.value.low or 0):
                self.shares.append(Share(amount, claim.start, claim.end, claim.message.order, total.start))
            else:
                yield claim

    def _claims(self) -> Iterator[Claim]:
        pending: list[tuple[Passage, Quantity]] = []
        last_total: dict[int, Quantity] = {}
        budget_before: Passage | None = None
        for passage in self.note.passages:
            if passage.foreign and passage.label != "-split":
                continue
            if passage.message.agency:
                asks = self.note.is_question(passage) and self._named(passage.start, passage.end)
                budget_before = passage if asks else budget_before
                continue
            inside = [
                q for q in within(self.found, passage.start, passage.end + 1) if q.end <= passage.end + 1
            ]
            inside = self._variants(passage, inside)
            claimed = False
            total_at = self._total(passage, inside)
            for quantity in inside:
                verdict = self._verdict(passage, quantity, budget_before, claimed)
                if verdict is None and last_total and self._next_bid(passage, quantity):
                    verdict = "said"
                early = total_at is not None and quantity.number_start < total_at
                if (
                    verdict == "share"
                    or (verdict and early)
                    or (verdict and claimed and passage.label == "budget" and not self._corrects(passage))
                ):
                    total = last_total.get(passage.message.order)
                    amount = quantity.high or quantity.low
                    if total is not None and amount is not None:
                        self.shares.append(
                            Share(amount, quantity.start, quantity.end, passage.message.order, total.start)
                        )
                    continue
                if verdict == "alone":
                    pending.append((passage, quantity))
                    continue
                if not verdict:
                    if not quantity.percent and not quantity.bare:
                        self.rejected.append((quantity.start, quantity.end))
                    continue
                claimed = True
                claim = self._claim(
                    passage,
                    quantity,
                    LABELLED if verdict == "label" else SAID if verdict == "said" else HINTED,
                )
                last_total[passage.message.order] = quantity
                yield claim
            asks = self.note.is_question(passage) and self._named(passage.start, passage.end)
            named = self._named(passage.start, passage.end) and not claimed
            budget_before = passage if named or asks else None
        if len(pending) == 1:
            yield self._claim(*pending[0], HINTED)

    def _variants(self, passage: Passage, inside: list[Quantity]) -> list[Quantity]:
        """Two sums offered as variants are one fork: "два варианта бюджета: 2 млн и 3,5 млн"."""
        if len(inside) < 2 or not _VARIANTS.search(self.note.text, passage.label_start, passage.end):
            return inside
        first, second, *rest = inside
        link = self.note.text[first.end : second.start]
        if (
            rest
            and link.strip() == ","
            and re.fullmatch(
                r"\s*(?:и|или|либо|or|and)\s*", self.note.text[second.end : rest[0].start], re.IGNORECASE
            )
        ):  # "1, 2 и 3 млн": the ends of the fork
            link, second, rest = ",", rest[0], rest[1:]
        if (
            not re.fullmatch(r"\s*(?:и|или|либо|/|,|or|and)\s*", link, re.IGNORECASE)
            or first.percent
            or second.percent
            or None in (first.low, second.high)
        ):
            return inside
        scale = Decimal(1)
        if second.scaled and not first.scaled and first.low is not None and first.low < 1000 and second.high:
            scale = next(step for step in (Decimal(10) ** 6, Decimal(1000)) if second.high >= step)
        low = (first.low or Decimal(0)) * scale
        high = second.high or Decimal(0)
        if not 0 < low < high:
            return inside
        joined = replace(
            second, low=low, high=high, start=first.start, bound="range", number_start=first.number_start
        )
        return [joined, *rest]

    def _next_bid(self, passage: Passage, quantity: Quantity) -> bool:
        """Whether a short later message of a chat names another sum of money: "директор сказал, можно 300к"."""
        text = self.note.text
        short = passage.message.chat and passage.label is None and passage.end - passage.start < 60
        if not short or not (quantity.scaled or quantity.currency) or self.note.is_question(passage):
            return False
        if self._figure_of_something(passage, quantity) or taken_back(text, quantity.start):
            return False
        flags = (
            "price",
            "hypothetical",
            "proposal",
            "production",
            "partial",
            "past",
            "competitor",
            "deferred",
        )
        if any(self.note.about(flag, passage.start, passage.end) for flag in flags):
            return False
        return bool(
            re.search(
                r"\b(?:можно|давайте|пусть|будет|сказал\w*|дают|дали|согласовал\w*|одобрил\w*|ок|готовы|итого|максимум)\b",
                text[passage.start : passage.end],
                re.IGNORECASE,
            )
        )

    def _total(self, passage: Passage, inside: list[Quantity]) -> int | None:
        """Where the sum stands that is called the total, when others stand before it."""
        for quantity in inside[1:]:
            if re.search(
                r"\b(?:всего|итого|общ\w+|total)\s*[:—–-]?\s*$",
                self.note.text[passage.start : quantity.start],
                re.IGNORECASE,
            ):
                return quantity.number_start
        return None

    def _corrects(self, passage: Passage) -> bool:
        return bool(self.note.about("correction", passage.start, passage.end))

    def _verdict(
        self, passage: Passage, quantity: Quantity, before: Passage | None, claimed: bool
    ) -> str | None:
        note, text = self.note, self.note.text
        start, end = quantity.number_start, quantity.end
        size = quantity.high or quantity.low or Decimal(0)
        if quantity.bare and size < 1000 and passage.label not in ("budget", "-split"):
            return None
        if size <= 0 or self._figure_of_something(passage, quantity) or taken_back(text, quantity.start):
            return None
        if of_another_time(note, passage, start, end) or within_clause(
            note, passage, start, end, "hypothetical", "proposal", "production"
        ):
            return None
        if claimed and _SAME_SUM.match(text, quantity.end) and text[: quantity.start].rstrip().endswith("("):
            return None
        if note.about("deferred", passage.start, start) and passage.label != "-split":
            return None
        # "сплит 60/40, 6 млн без НДС": the sum with the tax basis is the whole
        whole = not claimed and "," in text[passage.start : start] and _TAXED.match(text, end, passage.end)
        if not whole and note.about("partial", passage.start, start):
            return "share"
        left, right = note.clause(start, end, passage)
        if not whole and self._share_of(left, right, passage, quantity, claimed):
            return "share"
        if passage.label == "budget":
            if quantity.bare and not self._label_unit(passage) and size < 10_000:
                self.unscaled.append((quantity.start, quantity.end))
                return None
            if note.is_question(passage):
                return None
            return "label"
        if passage.label in (
            "kpi",
            "contacts",
            "landing_page",
            "age",
            "audience",
            "period",
            "category",
            "-past",
        ) and not (passage.label == "period" and self._named(passage.start, passage.end)):
            return None
        if quantity.bare and not (size >= 10_000 and self._named(left, start)):
            if (
                self._named(left, start)
                and size < 10_000
                and re.search(r"бюджет\w*\s*[:—–-]?\s*$", text[left:start], re.IGNORECASE)
            ):
                self.unscaled.append((quantity.start, quantity.end))
            return None
        price = note.about("price", left, right)
        if price and not self._named(left, right):
            return None
        if note.is_question(passage):
            return "said" if _ASKED_SUM.search(text, passage.start, quantity.start) and not claimed else None
        if self._named(left, start) or self._named(end, right):
            return "hint" if note.about("yearly", passage.start, passage.end) else "said"
        taxed = (
            (quantity.scaled or quantity.currency) and size >= 20_000 and _TAXED.match(text, end, passage.end)
        )
        if note.about("price", passage.start, start if taxed else passage.end):
            return None
        if note.about("yearly", left, right):
            return "hint"
        announced = self._triggered(passage.start, start) or self._triggered(left, right)
        if announced or (before is not None and note.is_question(before)):
            return "said"
        if before is not None and _NO_WORDS.fullmatch(
            text[passage.start : quantity.start] + text[end : passage.end]
        ):
            return "said"
        if taxed:
            return "hint"  # a sum with its tax basis, of nothing else that has a name
        if (
            (quantity.scaled or quantity.currency)
            and size >= 50_000
            and _FOR_TIME.match(text, end, passage.end)
        ):
            return "hint"
        if (
            _NO_WORDS.fullmatch(text[left : quantity.start] + " " + text[end:right])
            and (quantity.scaled or quantity.currency)
            and size >= 20_000
        ):
            return "alone"
        return None

    def _label_unit(self, passage: Passage) -> Decimal | None:
        head = self.note.text[passage.label_start : passage.label_end or passage.start]
        found = _UNIT_IN_LABEL.search(head)
        if not found:
            return None
        return Decimal(1000) if found["k"] else Decimal(1_000_000) if found["m"] else Decimal(1)

    def _share_of(self, left: int, right: int, passage: Passage, quantity: Quantity, claimed: bool) -> bool:
        """Whether the sum goes to one channel: "500 тыс на Telegram", "ВК — 1 млн"."""
        listed = phrases("channels", "channel")
        named = self.note.mentions(listed, left, right)
        if passage.label == "-split":
            return True
        after_dash = [
            found
            for found in self.note.mentions(listed, passage.start, quantity.start)
            if re.fullmatch(r"\s*[—–:-]\s*", self.note.text[found.end : quantity.start])
        ]
        if claimed and after_dash:
            return True  # "всего 2 млн: Директ — 1 млн, VK — 1 млн"
        left = max(
            [
                left,
                *(
                    other.end
                    for other in within(self.found, left, quantity.start)
                    if other.end <= quantity.start
                ),
            ]
        )
        total = re.search(r"(?:общ|весь|всего|итого|total)", self.note.text[left:right], re.IGNORECASE)
        many = len({m.key for m in named}) > 1
        return (
            bool(named)
            and not total
            and not many
            and (claimed or not self._named(passage.start, quantity.start))
        )

    def _claim(self, passage: Passage, quantity: Quantity, strength: int) -> Claim:
        note = self.note
        unit = self._label_unit(passage) if passage.label == "budget" and not quantity.scaled else None
        low, high = quantity.low, quantity.high
        if unit and unit > 1 and (high or low or Decimal(0)) < 100_000:
            low, high = (low * unit if low is not None else None), (high * unit if high is not None else None)
        corrects = self._corrects(passage)
        start = quantity.start
        if quantity.bound == "move" and _MOVE_VERB.search(note.text, passage.start, quantity.start):
            low, corrects = high, True
            link = re.search(r"\bдо\s*", note.text[quantity.number_start : quantity.end])
            start = quantity.number_start + (link.start() if link else 0)
        elif quantity.bound == "max" and _MOVE_VERB.search(note.text, passage.start, quantity.start):
            low, corrects = high, True
        elif quantity.bound == "max" and re.match(r"под\b", note.text[quantity.start :], re.IGNORECASE):
            low = high
        monthly = bool(_MONTHLY.match(note.text, quantity.end)) or bool(
            re.search(
                r"(?:месячн|ежемесячн|monthly|в месяц)",
                note.text[passage.label_start : quantity.start],
                re.IGNORECASE,
            )
        )
        label_currency = (
            "USD"
            if re.search(r"\$|usd|долл", note.text[passage.label_start : passage.start], re.IGNORECASE)
            and passage.label == "budget"
            else None
        )
        value = Sum(low, high, quantity.currency or label_currency or "RUB", monthly)
        return Claim("budget", value, start, quantity.end, strength, passage.message, corrects)
