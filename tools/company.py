"""Names of companies and cities, brought to one spelling: «ромашка» ООО, Romashka LLC and ООО "Ромашка" meet in one key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field

from tools.leads.tables import LegalForm, city_spellings, legal_forms

_WORDS = re.compile(r"[^\W_]+")
_TAIL = re.compile(r"\s*\([^()]*\)\s*$")
_EDGES = " \t\"'«»“”„‘’`.,;"
_CITY_MARK = re.compile(r"^(?:г|гор|город|city of)[.\s]+|[,\s]+(?:г|гор|город)\.?$", re.IGNORECASE)

# Letters that look alike in both alphabets: a Latin "OOO" is an ООО, and "Рoмашка" with a Latin o is a Ромашка.
_TO_CYRILLIC = str.maketrans("aeopcyxkmhtb", "аеорсухкмнтв")
_TO_LATIN = str.maketrans("аеорсухкмнтв", "aeopcyxkmhtb")

_LETTERS = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "з": "z", "и": "i", "й": "y", "к": "k", "л": "l",
    "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ж": "zh",
    "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
}  # fmt: skip
# Spellings that transliterations of one name differ in; applied in order to the Latin text.
_FOLDS = (
    ("shch", "sch"),
    ("kh", "h"),
    ("ck", "k"),
    ("ph", "f"),
    ("x", "ks"),
    ("w", "v"),
    ("q", "k"),
    ("j", "y"),
    ("c", "k"),
    ("kh", "ch"),
    ("iy", "y"),
    ("yy", "y"),
    ("i", "y"),
)


class CompanyName(BaseModel):
    """A company's name as read: `name` for people, `legal_form` in its short form, `key` for comparison."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="The name without the legal form and outer quotes, as typed")
    legal_form: str | None = Field(description="ООО, АО, ИП, LLC ...; None where none is written")
    key: str = Field(description="Latin lower-case words in one transliteration, for comparison only")


def _plain_words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold().replace("ё", "е"))


def _alike(word: str) -> str:
    return word.translate(_TO_LATIN)


@lru_cache(maxsize=1)
def _forms_by_words() -> dict[tuple[str, ...], LegalForm]:
    return {
        tuple(_alike(word) for word in _plain_words(spelling)): form
        for form in legal_forms()
        for spelling in form.spellings
    }


@lru_cache(maxsize=1)
def _longest_form() -> int:
    return max(len(words) for words in _forms_by_words())


@lru_cache(maxsize=65536)
def latin(word: str) -> str:
    """One word in the transliteration that keys are written in; a word of mixed alphabets is taken for Russian."""
    if re.search(r"[а-я]", word):
        word = word.translate(_TO_CYRILLIC)
        # One Russian letter has one Latin spelling here, so only what other transliterations vary in is folded.
        text = "".join(_LETTERS.get(char, char) for char in word)
    else:
        text = word
    for spelling, folded in _FOLDS:
        text = text.replace(spelling, folded)
    return re.sub(r"(.)\1+", r"\1", text)


def _form_at(words: Sequence[str], at_end: bool) -> tuple[LegalForm | None, int]:
    folded = [_alike(word) for word in words]
    for length in range(min(_longest_form(), len(words)), 0, -1):
        part = tuple(folded[-length:] if at_end else folded[:length])
        form = _forms_by_words().get(part)
        if form is not None:
            return form, length
    return None, 0


def _cut_words(text: str, count: int, at_end: bool) -> str:
    spans = [found.span() for found in _WORDS.finditer(text)]
    if at_end:
        return text[: spans[-count][0]]
    return text[spans[count - 1][1] :]


@lru_cache(maxsize=65536)
def read_company_name(text: str) -> CompanyName:
    """Take a company's name apart; a remark in brackets at its end is left out.

    A text that is a legal form and nothing else stays the name as it stands.
    """
    tail = _TAIL.search(text)
    rest, legal_form = (text[: tail.start()] if tail and text[: tail.start()].strip() else text).strip(), None
    for at_end in (False, True):
        form, length = _form_at(_plain_words(rest), at_end)
        if form is None or length == len(_plain_words(rest)):
            continue
        rest = _cut_words(rest, length, at_end)
        legal_form = legal_form or form.short
    name = re.sub(r"\s+", " ", rest.strip(_EDGES + "-–—")) or text.strip()
    if name.count("«") > name.count("»"):
        name += "»"
    key = " ".join(latin(word) for word in _plain_words(name))
    return CompanyName(name=name, legal_form=legal_form, key=key)


@lru_cache(maxsize=1)
def _counterparts() -> dict[str, str]:
    return {form.short: form.same_as or form.short for form in legal_forms()}


def comparable_form(legal_form: str | None) -> str | None:
    """The Russian form that a legal form corresponds to, so that LLC and ООО compare as equal."""
    return _counterparts().get(legal_form, legal_form) if legal_form else None


@lru_cache(maxsize=65536)
def read_city(text: str) -> str:
    """A city's name as leads keep it: known spellings by the table, any other without its "г." and as typed."""
    bare = _CITY_MARK.sub("", text.strip()).strip(_EDGES)
    known = city_spellings().get(" ".join(_plain_words(bare)))
    return known or re.sub(r"\s+", " ", bare) or text.strip()
