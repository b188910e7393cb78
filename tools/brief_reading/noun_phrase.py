"""The noun phrase that begins at a word: adjectives, a noun, what hangs on it, a name in quotes."""

from __future__ import annotations

import re

from tools.brief_reading.annotated import AnnotatedText
from tools.brief_reading.lexicon import forms, phrases, table
from tools.brief_reading.names import QUOTED, category_phrases
from tools.morphology import Token, readings

_LEADING = frozenset(
    [
        "нашего",
        "нашей",
        "наш",
        "нашу",
        "наши",
        "наших",
        "нам",
        "для",
        "the",
        "our",
        "a",
        "new",
        "про",
        "о",
        "об",
        "for",
        "of",
        "своего",
        "свою",
        "свои",
        "своей",
        "будем",
        "именно",
        "только",
        "исключительно",
        "их",
    ]
)
_ENGLISH_STOPS = frozenset(
    [
        "in",
        "on",
        "at",
        "for",
        "with",
        "to",
        "and",
        "from",
        "by",
        "our",
        "the",
        "a",
        "we",
        "is",
        "are",
        "will",
        "via",
        "through",
        "during",
        "this",
        "next",
        "please",
        "budget",
        "campaign",
        "want",
        "need",
    ]
)
_GENERIC = (
    "линейка",
    "новинка",
    "ассортимент",
    "серия",
    "очередь",
    "бренд",
    "товар",
    "деньги",
    "деньга",
    "подписка",
)


class NounPhrases:
    """The noun phrases of one text that could name goods."""

    def __init__(self, note: AnnotatedText) -> None:
        self.note = note

    def phrase_after(self, place: int, limit: int) -> tuple[int, int] | None:
        """The noun phrase that begins at a token: adjectives, a noun, what hangs on it in the genitive, a name in quotes."""
        tokens, text = self.note.tokens, self.note.text
        first = last = None
        noun = False
        quoted_until = -1
        linked = False
        while place < len(tokens) and tokens[place].end <= limit:
            token = tokens[place]
            shown = text[token.start : token.end]
            if token.start < quoted_until:
                last, place = place, place + 1
                continue
            if shown in '«"“„':
                quoted = QUOTED.match(text, token.start, limit + 1)
                if not quoted:
                    break
                first = place if first is None else first
                quoted_until, noun, last = quoted.end(), True, place
                place += 1
                continue
            if shown in '»"”' and token.end == quoted_until:
                last, place = place, place + 1
                continue
            kind = self._kind(token, shown)
            if kind == "other" and first is not None and any(r.pos == "NOUN" for r in readings(token.word)):
                kind = "noun"  # after an adjective no verb stands
            if first is None and token.word in _LEADING:
                place += 1
                continue
            if kind == "noun" or (kind == "name" and (first is not None or not self._stop(token))):
                if first is None and self._stop(token):
                    return None
                if noun and kind == "noun" and not linked and not self._hangs(token):
                    break
                first = place if first is None else first
                noun, last, linked = True, place, False
            elif kind == "adjective":
                if noun and not linked and not self._genitive(token):
                    break
                first = place if first is None else first
            elif (
                kind == "link"
                and noun
                and place + 1 < len(tokens)
                and tokens[place + 1].end <= limit
                and self._continues(tokens[place + 1], shown)
            ):
                linked = True
            else:
                break
            place += 1
        if first is None or last is None or not noun:
            return None
        start, end = tokens[first].start, tokens[last].end
        return (start, end) if self._head_is_product(first, last) else None

    def _kind(self, token: Token, shown: str) -> str:
        if re.fullmatch(r"[A-Za-z][\w&’'-]*", shown):
            if (
                re.fullmatch(r"[IVX]{1,4}|[QH][1-4]", shown)
                or self.note.mentions(phrases("channels", "channel"), token.start, token.end)
                or token.word in _ENGLISH_STOPS
            ):
                return "other"
            return "name"
        if shown in ("и", "для", "от", "с", "из", "-", "–", "на", "по", "в", "&", "со", "of", "без"):
            return "link"
        if re.fullmatch(r"\d+", shown):
            return (
                "name"
                if token.end < len(self.note.text)
                and self.note.text[token.start - 2 : token.start - 1].isascii()
                and self.note.text[token.start - 2 : token.start - 1].isalpha()
                else "other"
            )
        if not shown[0].isalpha():
            return "other"
        if token.word in ("нашего", "нашей", "наш", "нашу", "наши", "наших", "нам", "про", "о", "об"):
            return "small"
        reading = readings(token.word)[0]
        if token.word in ("который", "которая", "которые", "это", "мы"):
            return "other"
        if reading.pos in ("VERB", None) and self.note.mentions(category_phrases(), token.start, token.end):
            return "noun"  # a trade's own word the dictionary guesses wrong
        if reading.pos in ("ADJF", "PRTF", "NUMR"):
            return "adjective"
        if reading.pos == "NOUN" or reading.pos is None:
            return "noun"
        if any(r.pos == "NOUN" for r in readings(token.word)) and reading.pos not in (
            "PREP",
            "CONJ",
            "PRCL",
            "VERB",
            "INFN",
            "ADVB",
        ):
            return "noun"
        return "other"

    def is_noun(self, place: int) -> bool:
        reading = readings(self.note.tokens[place].word)[0]
        return reading.pos in ("NOUN", "ADJF", "PRTF")

    def generic(self, span: tuple[int, int]) -> bool:
        """Whether every noun of a phrase could stand for any product: "новой линейки"."""
        nouns = [
            t
            for t in self.note.between(*span)
            if self._kind(t, self.note.text[t.start : t.end]) != "adjective"
        ]
        return all(not forms(token.word).isdisjoint(_GENERIC) for token in nouns)

    def _genitive(self, token: Token) -> bool:
        return any(r.case == "gent" for r in readings(token.word)) or not re.search(r"[а-я]", token.word)

    def _hangs(self, token: Token) -> bool:
        return self._genitive(token) or self.note.text[token.start].isupper()

    def _stop(self, token: Token) -> bool:
        return any(word in forms(token.word) for word in table("subject")["product"]["stop"])

    def _continues(self, token: Token, link: str) -> bool:
        if link in ("-", "–"):
            return False
        kind = self._kind(token, self.note.text[token.start : token.end])
        if kind not in ("noun", "adjective", "name") or self._stop(token):
            return False
        cases = {r.case for r in readings(token.word)}
        if link == "и":
            return True
        if link in ("на", "по", "в"):
            return False
        if link in ("для", "от", "из", "без"):
            return "gent" in cases or kind == "name"
        return "ablt" in cases and link in ("с", "со")

    def _head_is_product(self, first: int, last: int) -> bool:
        tokens = self.note.tokens[first : last + 1]
        nouns = [t for t in tokens if self._kind(t, self.note.text[t.start : t.end]) in ("noun", "name")]
        return (bool(nouns) and not self._stop(nouns[0])) or (
            len(nouns) > 1 and any(c in self.note.text[tokens[0].start : tokens[-1].end] for c in '«"')
        )
