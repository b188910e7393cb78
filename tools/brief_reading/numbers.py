"""Numbers as people write them: digits with any grouping, words, halves, scales, currencies, ranges and bounds."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from tools.brief_reading.lexicon import forms, table
from tools.morphology import Token

_DIGITS = re.compile(
    r"(?<![\w.,])(?:\d{1,3}(?:[ \u00a0\u202f\u2009'’]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d{1,3}(?:,\d{3}){2,}(?:\.\d{1,2})?(?!\d)"
    r"|\d{1,3}(?:\.\d{3}){2,}(?:,\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?)"
)
_CASE_ENDING = re.compile(r"-?(?:х|ти|и|ми)(?=\s)")
_SCALE = re.compile(
    r"[ \u00a0\u202f]?(?:т\.\s?р\b\.?|тыс\.?\s?р\b\.?|т\.\s?руб\w*\.?|([a-zа-яё]+)\b\.?)", re.IGNORECASE
)
_CURRENCY = re.compile(r"[ \u00a0\u202f]?(₽|\$|€|₸|у\.\s?е\.?|[a-zа-яё]+\b\.?)", re.IGNORECASE)
_CURRENCY_BEFORE = re.compile(r"(₽|\$|€|\b(?:rub|usd|eur|kzt))\s?$", re.IGNORECASE)
_PERCENT = re.compile(r"\s?(?:%|процент\w*|percent\b|проц\b\.?)", re.IGNORECASE)
_HALF = re.compile(r"\s+с\s+половиной\b", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*(?:[-–—−]|\.\.\.?|…|до|to)\s*", re.IGNORECASE)
_OR_UP_TO = re.compile(
    r"\s*,?\s*(?:(?:ну\s+)?(?:может(?:\s+быть)?|или|либо|а\s+то\s+и|максимум|край|потолок)\s+)+(?:до\s+)?",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:и|and)\s*", re.IGNORECASE)
_BRACKET = re.compile(r"\s*\([^()]{3,90}\)")
_BOTH = re.compile(r"(?:между|between)\s*$", re.IGNORECASE)
_FROM = re.compile(r"(?:\bот|\bс|\bfrom)\s*$", re.IGNORECASE)
_GAP = re.compile(r"[ \u00a0]{0,2}")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or a range at text[start:end]. A bound that is not said is None; both are the same for an exact number.

    `scaled` says that a word of scale (тыс., млн) stands with it; `bound` is exact, range, min, max or move
    ("с 3 до 5 млн", from an old value to a new one, when the verb says so).
    """

    low: Decimal | None
    high: Decimal | None
    start: int
    end: int
    scaled: bool = False
    currency: str | None = None
    percent: bool = False
    bound: str = "exact"
    number_start: int = 0

    @property
    def bare(self) -> bool:
        """A number with neither scale nor currency nor percent."""
        return not (self.scaled or self.currency or self.percent)


def within(found: Sequence[Quantity], start: int, end: int) -> Sequence[Quantity]:
    """Those of ascending quantities whose number begins in text[start:end]; cost grows with what is found only."""
    return found[
        bisect_left(found, start, key=lambda one: one.number_start) : bisect_left(
            found, end, key=lambda one: one.number_start
        )
    ]


def merged(spans: Iterable[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Begins and ends of the stretches that spans cover, ascending and apart."""
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(spans):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return starts, ends


def covered(stretches: tuple[list[int], list[int]], start: int, end: int) -> bool:
    """Whether text[start:end] touches one of the merged stretches."""
    place = bisect_right(stretches[1], start)
    return place < len(stretches[0]) and stretches[0][place] < end


@cache
def _words() -> dict[str, Decimal]:
    return {word: Decimal(value) for word, value in table("numbers")["word"].items()}


@cache
def _scales() -> dict[str, Decimal]:
    return {word: Decimal(value) for word, value in table("numbers")["scale"].items()}


@cache
def _currencies() -> dict[str, str]:
    return {word: code for code, names in table("numbers")["currency"].items() for word in names}


@cache
def _bounds() -> re.Pattern[str]:
    """What stands before a bounded number; the leftmost, so the longest, phrase matches: "не менее" before "менее"."""
    listed = {kind: "|".join(map(re.escape, names)) for kind, names in table("numbers")["bound"].items()}
    groups = "|".join(f"(?P<{kind}>{names})" for kind, names in listed.items())
    return re.compile(rf"(?<!\w)(?:{groups})[\s:]*(?:в\s+)?$", re.IGNORECASE)


def _scale_of(word: str) -> Decimal | None:
    scales = _scales()
    for form in (word, *sorted(forms(word))):
        if form in scales:
            return scales[form]
    return None


def currency_of(word: str) -> str | None:
    """ISO code of a currency sign or word."""
    word = word.lower().rstrip(".").replace(" ", "")
    known = _currencies()
    if word in known:
        return known[word]
    return next((known[form] for form in forms(word) if form in known), None)


def _decimal(digits: str, scaled: bool) -> Decimal:
    plain = re.sub(r"[ \u00a0\u202f\u2009'’]", "", digits)
    if re.fullmatch(r"\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?", plain):
        return Decimal(plain.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?", plain):
        return Decimal(plain.replace(".", "").replace(",", "."))
    if not scaled and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", plain):
        return Decimal(re.sub(r"[.,]", "", plain))
    return Decimal(plain.replace(",", "."))


def _scale_after(text: str, at: int) -> tuple[Decimal, int, str | None] | None:
    found = _SCALE.match(text, at)
    if not found:
        return None
    word = found.group(1)
    if word is None:
        return Decimal(1000), found.end(), "RUB"
    scale = _scale_of(word.lower())
    if scale is None:
        return None
    if word.lower() in ("м", "мл") and re.match(r"\s?[²2/]", text[found.end() : found.end() + 2]):
        return None
    end = (
        found.end()
        if not found.group().endswith(".") or word.lower() in ("тыс", "млн", "млрд")
        else found.end() - 1
    )
    return scale, end, "RUB" if word.lower() in ("тр", "тыр") else None


def _currency_at(text: str, at: int) -> str | None:
    found = _CURRENCY.match(text, at)
    return currency_of(found.group(1)) if found else None


def _atoms(text: str, tokens: Sequence[Token], taken: Sequence[tuple[int, int]]) -> list[Quantity]:
    """Single numbers, in digits or in words, with scale and currency; nothing inside `taken`."""
    atoms: list[Quantity] = []
    spans = merged(taken)

    def free(start: int, end: int) -> bool:
        return not covered(spans, start, end)

    for found in _DIGITS.finditer(text):
        if not free(found.start(), found.end()):
            continue
        case_ending = _CASE_ENDING.match(text, found.end())
        end = case_ending.end() if case_ending else found.end()
        after = _scale_after(text, end)
        value = _decimal(found.group(), scaled=after is not None)
        currency = None
        if after:
            value, end, currency = value * after[0], after[1], after[2]
        elif end < len(text) and text[end].isalpha() and not _currency_at(text, end):
            continue
        atoms.append(
            Quantity(
                value, value, found.start(), end, after is not None, currency, number_start=found.start()
            )
        )
    atoms.extend(atom for atom in _worded(text, _parted(tokens)) if free(atom.start, atom.end))
    atoms.sort(key=lambda atom: atom.start)
    dressed: list[Quantity] = []
    for atom in _summed(text, _turned(text, atoms)):
        if not dressed or atom.start >= dressed[-1].end:
            dressed.append(_dressed(text, atom))
    return dressed


def word_is_plural(word: str) -> bool:
    """Whether a word of scale stands in the plural or an oblique case: "миллионов" alone is no number, "миллион" is one."""
    return word not in ("миллион", "лям", "лимон", "тысяча", "тысячу", "миллиард", "million")


def _goes_on(current: Decimal, unit: Decimal) -> bool:
    """Whether a word of number continues the number said so far: "сорок" + "пять" does, "тридцать" + "сорок" does not."""
    if not current or unit < 1:
        return True
    if unit >= 100:
        return False
    if unit >= 10:
        return current % 100 == 0
    return current % 10 == 0 and current % 100 != 10


def _parted(tokens: Sequence[Token]) -> list[Token]:
    """Tokens with "пять-шесть" and "полтора-два" cut at the dash."""
    known = _words()
    result: list[Token] = []
    for token in tokens:
        parts = token.word.split("-")
        if (
            len(parts) == 2
            and all(any(form in known for form in (part, *forms(part))) for part in parts if part)
            and all(parts)
        ):
            cut = token.start + len(parts[0])
            result += [Token(parts[0], token.start, cut), Token(parts[1], cut + 1, token.end)]
        else:
            result.append(token)
    return result


_ROUGHLY = re.compile(r"\s+(?:где-то\s+|так\s+)?")


def _turned(text: str, atoms: list[Quantity]) -> list[Quantity]:
    """Sums said about: "миллиона три", "тысяч 300" are a count after its scale."""
    result: list[Quantity] = []
    for atom in atoms:
        last = result[-1] if result else None
        word = text[last.start : last.end].lower() if last else ""
        if (
            last and last.scaled and atom.bare and atom.low and atom.low < 1000
            and " " not in word and word.isalpha() and word_is_plural(word)
            and _ROUGHLY.fullmatch(text[last.end : atom.start])
        ):  # fmt: skip
            value = atom.low * (last.low or Decimal(1))
            result[-1] = replace(last, low=value, high=value, end=atom.end)
            continue
        result.append(atom)
    return [
        atom
        for atom in result
        if not (
            text[atom.start : atom.end].isalpha()
            and atom.scaled
            and _lone_scale(text[atom.start : atom.end].lower())
        )
        or (
            text[atom.start : atom.end].lower() in _ONE_OF
            and _ABOUT.search(text, max(0, atom.start - 24), atom.start)
        )
    ]


_ONE_OF = ("миллиона", "ляма", "лимона", "миллиону", "миллиончика", "мильона")
_ABOUT = re.compile(
    r"\b(?:до|от|около|порядка|более|больше|свыше|менее|меньше|районе|из|к)\s+$", re.IGNORECASE
)


def _lone_scale(word: str) -> bool:
    """Whether a word is a scale in the plural or an oblique case, which is no number without a count."""
    return _scale_of(word) is not None and word_is_plural(word) and word not in table("numbers")["half"]


def _worded(text: str, tokens: Sequence[Token]) -> list[Quantity]:
    """Numbers in words: полтора миллиона, два с половиной, сто двадцать тысяч, миллион двести."""
    words, half = _words(), table("numbers")["half"]
    found: list[Quantity] = []
    place = 0
    while place < len(tokens):
        token = tokens[place]
        if token.word in half:
            value = Decimal(half[token.word])
            found.append(Quantity(value, value, token.start, token.end, True, number_start=token.start))
            place += 1
            continue
        total, current, scale, last, at = Decimal(0), Decimal(0), Decimal(0), -1, place
        seen_number = False
        while at < len(tokens):
            word = tokens[at].word
            if last >= 0 and text[tokens[last].end : tokens[at].start].strip():
                break
            unit = next((words[form] for form in (word, *sorted(forms(word))) if form in words), None)
            step = _scale_of(word) if len(word) > 2 or word in ("тр",) else None
            if unit is not None:
                if not _goes_on(current, unit):
                    break
                current, seen_number, last = current + unit, True, at
            elif step is not None and (seen_number or step >= 1000) and word not in ("тр",):
                total, current, scale, last = total + (current or 1) * step, Decimal(0), step, at
            elif word == "с" and current and at + 1 < len(tokens) and tokens[at + 1].word == "половиной":
                current, last = current + Decimal("0.5"), at + 1
                at += 1
            else:
                break
            at += 1
        if last > place and scale and _lone_scale(token.word):
            at = last = place  # "миллиона три": the count stands after its scale
            total, current = _scale_of(token.word) or Decimal(0), Decimal(0)
        if last >= 0:
            if scale >= 1_000_000 and 0 < current < 1000 and current % 100 == 0:
                current *= scale / 1000  # "миллион двести" is said of 1,2 million
            value = total + current
            found.append(
                Quantity(value, value, token.start, tokens[last].end, bool(scale), number_start=token.start)
            )
            place = last + 1
        else:
            place += 1
    return found


def _summed(text: str, atoms: list[Quantity]) -> list[Quantity]:
    """Join what is one number: "3 млн 200 тыс", "2 с половиной млн"."""
    result: list[Quantity] = []
    for atom in atoms:
        last = result[-1] if result else None
        if last and last.end > atom.start:
            continue
        if (
            last and last.low and atom.low and last.scaled and atom.scaled and atom.low < Decimal(1_000_000)
            and last.low >= Decimal(1_000_000) and last.low % 1_000_000 == 0 and _GAP.fullmatch(text[last.end : atom.start])
        ):  # fmt: skip
            value = last.low + atom.low
            result[-1] = replace(last, low=value, high=value, end=atom.end)
            continue
        if (
            last
            and not last.scaled
            and atom.start > last.end
            and _HALF.fullmatch(text[last.end : atom.start].rstrip())
            and atom.scaled
            and atom.low
        ):
            value = ((last.low or 0) + Decimal("0.5")) * atom.low
            result[-1] = replace(last, low=value, high=value, end=atom.end, scaled=True)
            continue
        result.append(atom)
    return result


def _dressed(text: str, atom: Quantity) -> Quantity:
    """With the currency or percent sign around it; the same number again in brackets belongs to it."""
    end, currency, start = atom.end, atom.currency, atom.start
    if found := _PERCENT.match(text, end):
        return replace(atom, end=found.end(), percent=True)
    for _ in range(2):
        if (
            currency is None
            and (found := _CURRENCY.match(text, end))
            and (code := currency_of(found.group(1)))
        ):
            currency = code
            end = found.end()
            if found.group(1).endswith(".") and found.group(1).lower() not in ("руб.", "р."):
                end -= 1
        elif (
            currency is None
            and (bracket := _BRACKET.match(text, end))
            and re.search(r"[а-яё]", bracket.group())
        ):
            after = _CURRENCY.match(text, bracket.end())
            if not (after and currency_of(after.group(1))):
                break
            end = bracket.end()
    if currency is None and (before := _CURRENCY_BEFORE.search(text, max(0, start - 5), start)):
        currency, start = currency_of(before.group(1)), before.start()
    return replace(atom, start=start, end=end, currency=currency)


def quantities(text: str, tokens: Sequence[Token], taken: Sequence[tuple[int, int]] = ()) -> list[Quantity]:
    """Every number, range and bounded number of the text in reading order, outside the spans in `taken`."""
    atoms = _atoms(text, tokens, taken)
    result: list[Quantity] = []
    place = 0
    while place < len(atoms):
        atom = atoms[place]
        following = atoms[place + 1] if place + 1 < len(atoms) else None
        before = text[max(0, atom.start - 24) : atom.start]
        if following and following.start > atom.end:
            link = text[atom.end : following.start]
            opened = _FROM.search(before)
            if (
                _BETWEEN.fullmatch(link)
                and _alike(atom, following)
                and not (link.strip().lower() in ("до", "to") and not opened)
            ) or (_AND.fullmatch(link) and _BOTH.search(before)):
                result.append(_range(atom, following, before))
                place += 2
                continue
        if following and (spoken := _spoken_range(text, atom, following)):
            result.append(spoken)
            place += 2
            continue
        result.append(_bounded(atom, before, text))
        place += 1
    return result


def _spoken_range(text: str, left: Quantity, right: Quantity) -> Quantity | None:
    """ "миллиона три, может три с половиной": the second number has the scale of the first."""
    low, high = left.low, right.low
    if not (
        left.scaled
        and low
        and high
        and not right.percent
        and _OR_UP_TO.fullmatch(text[left.end : right.start])
    ):
        return None
    if not right.scaled:
        high *= next((step for step in (Decimal(10) ** 6, Decimal(1000)) if low >= step), Decimal(1))
    end = right.end
    if tail := re.compile(r"\s+(?:максимум|край|потолок)\b", re.IGNORECASE).match(text, end):
        end = tail.end()
    return (
        replace(
            right,
            low=low,
            high=high,
            start=left.start,
            end=end,
            scaled=True,
            bound="range",
            currency=right.currency or left.currency,
            number_start=left.number_start,
        )
        if low < high <= low * 3
        else None
    )


def _alike(left: Quantity, right: Quantity) -> bool:
    if left.percent != right.percent and left.percent:
        return False
    return not (left.currency and right.currency and left.currency != right.currency)


def _range(left: Quantity, right: Quantity, before: str) -> Quantity:
    low, high = left.low or Decimal(0), right.high or Decimal(0)
    if right.scaled and not left.scaled and low < 1000:
        plain = high
        scale = next(
            (step for step in (Decimal(10) ** 9, Decimal(10) ** 6, Decimal(1000)) if plain >= step),
            Decimal(1),
        )
        if high < scale * 1000 and low < 1000:
            low *= scale
    if left.scaled and right.bare and high < 1000 <= low:
        step = next((step for step in (Decimal(10) ** 6, Decimal(1000)) if low >= step), Decimal(1))
        high = high * step if high * step > low else high
    opened = _FROM.search(before) or _BOTH.search(before)
    start = left.start - (len(before) - opened.start()) if opened else left.start
    return Quantity(
        low, high, start, right.end, left.scaled or right.scaled, right.currency or left.currency,
        right.percent, "move" if opened and opened.group().strip().lower() == "с" else "range", left.number_start,
    )  # fmt: skip


def _bounded(atom: Quantity, before: str, text: str) -> Quantity:
    if found := _bounds().search(before):
        kind = str(found.lastgroup)
        return replace(
            atom,
            low=None if kind == "max" else atom.low,
            high=None if kind == "min" else atom.high,
            start=atom.start - (len(before) - found.start()),
            bound=kind,
        )
    after = re.match(
        r"(?:\+(?!\s*(?:ндс|vat|ак\b|\d))|\s*и\s+(?:более|выше|больше)|\s+плюс\b(?!\s*(?:ндс|ак\b|комисс|\d))|\s*(?:максимум|max\b|минимум|min\b))",
        text[atom.end : atom.end + 14],
        re.IGNORECASE,
    )
    if after:
        kind = (
            "max"
            if (after.group().strip().lower()[0] == "м" and "макс" in after.group().lower())
            or "max" in after.group().lower()
            else "min"
        )
        return replace(
            atom,
            low=None if kind == "max" else atom.low,
            high=None if kind == "min" else atom.high,
            end=atom.end + after.end(),
            bound=kind,
        )
    return atom
