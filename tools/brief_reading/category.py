"""Which category the product is of: the one under its heading, else the product's, else the one most spoken of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import GUESSED, HINTED, LABELLED, SAID, Claim
from tools.brief_reading.lexicon import Mention, longest, phrases, table
from tools.brief_reading.names import LINKED, category_phrases


class CategoryReader:
    """Claims for category; `named` are the places of the advertiser's name, whose neighbourhood tells its trade."""

    def __init__(self, note: AnnotatedText, named: list[tuple[int, int]]) -> None:
        self.note = note
        self.named = named

    def claims(self, products: list[Claim]) -> Iterator[Claim]:
        """The category named under its heading, else that of the product, else the one most spoken of."""
        named = [claim for claim in products if claim.strength > GUESSED]
        best_product = max(named, key=lambda claim: (claim.message.order, claim.strength), default=None)
        counts: Counter[str] = Counter()
        owners: list[str] = []
        firsts: dict[str, tuple[int, int, Passage, bool]] = {}
        text = self.note.text
        for passage in self.note.own():
            if passage.label in (
                "contacts",
                "channels",
                "excluded_channels",
                "landing_page",
                "kpi",
                "budget",
                "period",
                "geo",
                "age",
                "sex",
            ):
                continue
            if passage.label == "audience":
                continue
            mentions = longest(self.note.mentions(category_phrases(), passage.start, passage.end))
            if passage.label == "category" and mentions:
                yield Claim(
                    "category", mentions[0].key, mentions[0].start, mentions[0].end, LABELLED, passage.message
                )
                continue
            for mention in mentions:
                left, right = self.note.clause(mention.start, mention.end, passage)
                if re.search(r"[@./]$", text[: mention.start][-1:]) or re.match(
                    r"@|\.[a-z]", text[mention.end : mention.end + 2]
                ):
                    continue  # inside a link
                if self.note.about("competitor", left, right) or self._is_channel(mention.start, mention.end):
                    continue
                inside = best_product is not None and best_product.start <= mention.start < best_product.end
                owner = any(start - 30 <= mention.start < end for start, end in self.named)
                if owner:
                    owners.append(mention.key)
                if inside and best_product is not None:
                    counts[mention.key] += self._within(best_product, mention)
                else:
                    counts[mention.key] += 6 if owner else 1
                if mention.key not in firsts or (inside and not firsts[mention.key][3]):
                    firsts[mention.key] = (mention.start, mention.end, passage, inside)
        if counts:
            law = {name for name, row in table("categories")["category"].items() if row["law"]}
            top = max(counts.values())
            leaders = [key for key, count in counts.items() if count == top]
            key = min(leaders, key=lambda name: (name not in law, firsts[name][0]))
            if key == "software":  # a bank's application is advertised as a bank's
                key = next((name for name in owners if name in law), key)
            start, end, passage, _ = firsts[key]
            yield Claim("category", key, start, end, SAID if top >= 6 else HINTED, passage.message)

    def _within(self, product: Claim, mention: Mention) -> int:
        """More for the head of the phrase, the first of Russian words and the last of English ones, than for what it is for."""
        text = self.note.text
        if LINKED.search(text, product.start, mention.start):
            return 10
        rest = text[mention.end : product.end]
        english = text[mention.start : mention.end].isascii()
        if english:
            return 20 if re.match(r"\s+[a-z]", rest) and not LINKED.match(rest) else 21
        return 20

    def _is_channel(self, start: int, end: int) -> bool:
        return any(
            m.start <= start and end <= m.end for m in self.note.mentions(phrases("channels", "channel"))
        )
