"""Numbers said in words: полтора миллиона, сто двадцать тысяч, миллион двести."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tools.brief_reading.lexicon import forms, table
from tools.brief_reading.number_words import lone_scale, number_words, scale_of
from tools.brief_reading.quantity import Quantity
from tools.morphology import Token


def worded(text: str, tokens: Sequence[Token]) -> list[Quantity]:
    """Numbers in words: полтора миллиона, два с половиной, сто двадцать тысяч, миллион двести."""
    words, half = number_words(), table("numbers")["half"]
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
            step = scale_of(word) if len(word) > 2 or word in ("тр",) else None
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
        if last > place and scale and lone_scale(token.word):
            at = last = place  # "миллиона три": the count stands after its scale
            total, current = scale_of(token.word) or Decimal(0), Decimal(0)
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


def _goes_on(current: Decimal, unit: Decimal) -> bool:
    """Whether a word of number continues the number said so far: "сорок" + "пять" does, "тридцать" + "сорок" does not."""
    if not current or unit < 1:
        return True
    if unit >= 100:
        return False
    if unit >= 10:
        return current % 100 == 0
    return current % 10 == 0 and current % 100 != 10


def parted(tokens: Sequence[Token]) -> list[Token]:
    """Tokens with "пять-шесть" and "полтора-два" cut at the dash."""
    known = number_words()
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
