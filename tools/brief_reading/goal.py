"""What the campaign is for: the business goal and the goal of the campaign."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import HINTED, LABELLED, SAID, Claim
from tools.brief_reading.lexicon import Mention, phrases
from tools.brief_reading.names import filled

_STOP = re.compile(
    r"[.;!?]|,\s*(?:бюджет|период|гео|срок|kpi|кпи|ца|аудитори|площадк|канал|с\s+бюджет|budget|а\s+также\s+бюджет|при\s+этом|так\s+что|поэтому|потому|но\b|в\s+этом\s+году|запуск|старт|на\s+это)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"\b(?:цел[ьи]|задач[аи]|goal|objective|aim|главное|самое\s+важное)\b(?!\s+от\b)(?:\s+[а-яёa-z]+){0,3}\s*(?:[—–:]|\s-\s|\bis\b|,?(?=\s*чтоб))\s*(?:to\s+|чтобы?\s+)?(?=\S)",
    re.IGNORECASE,
)
_NEXT_TOPIC = re.compile(r"\s+(?:хочу|хотим|каналы|бюджет|аудитория|период|площадки|денег)\s", re.IGNORECASE)
_WISHED = re.compile(
    r"\b(?:хотим|хочу|хотелось\s+бы|хочется|важно|нужно)\s*,?\s+чтобы?\s+(?!вы\b|план|кп\b|бюджет|медиаплан|расч|это\b|всё|все\b|заяв|лид|клик|показ|охват|прода)(?=[а-яё])",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:удалось|получилось|смогли|увеличили|подняли|выросли|поможете|можете)\b", re.IGNORECASE
)


class GoalReader:
    """Claims for goal; the value is the words of the text."""

    def __init__(self, note: AnnotatedText) -> None:
        self.note = note

    def claims(self) -> Iterator[Claim]:
        for passage in self.note.own():
            if passage.label == "goal":
                yield from self._row(passage)
            elif passage.label in (
                None,
                "product",
                "audience",
                "kpi",
                "period",
                "-creative",
                "client",
                "budget",
            ):
                yield from self._said(passage)

    def _row(self, passage: Passage) -> Iterator[Claim]:
        text = self.note.text
        start, end = passage.start, passage.end
        while end > start and text[end - 1] in " .;,|*_":
            end -= 1
        while start < end and text[start] in " |*_—–-•":
            start += 1
        if start < end and filled(text[start:end]):
            yield Claim(
                "goal",
                text[start:end],
                start,
                end,
                LABELLED,
                passage.message,
                bool(self.note.about("correction", passage.start, passage.end)),
            )

    def _said(self, passage: Passage) -> Iterator[Claim]:
        note, text = self.note, self.note.text
        if (
            note.is_question(passage)
            or note.about("past", passage.start, passage.end)
            or note.about("competitor", passage.start, passage.end)
            or _DONE.search(text, passage.start, passage.end)
        ):
            return
        if named := _NAMED.search(text, passage.start, passage.end):
            end = self._end(named.end(), passage)
            if filled(text[named.end() : end]):
                yield Claim("goal", text[named.end() : end], named.end(), end, SAID, passage.message)
                return
        if wished := _WISHED.search(text, passage.start, passage.end):
            end = self._end(wished.end(), passage)
            if filled(text[wished.end() : end]) and not re.search(r"\d", text[wished.end() : end]):
                yield Claim("goal", text[wished.end() : end], wished.end(), end, HINTED, passage.message)
        found = note.mentions(phrases("subject", "goal"), passage.start, passage.end)
        triggers = [m for m in found if m.key == "trigger"]
        verbs = [m for m in found if m.key == "verb" and self._infinitive(m)]
        nouns = [m for m in found if m.key == "noun"]
        for trigger in triggers:
            said = text[trigger.start : trigger.end].lower()
            after = [
                m
                for m in verbs + nouns
                if 0 <= m.start - trigger.end < (60 if said not in ("для", "to") else 12)
            ]
            if not after or (said.startswith(("ждать", "ждем", "ждём")) and not nouns):
                continue
            if said == "для" and not any(m.key == "noun" for m in after):
                continue
            begin = min(after, key=lambda m: m.start)
            end = self._end(begin.end, passage)
            yield Claim("goal", text[begin.start : end], begin.start, end, SAID, passage.message)
            return
        if nouns and passage.label == "kpi":
            return
        alone = [m for m in nouns + verbs if m.start - passage.start < 6]
        if alone:
            end = self._end(alone[0].end, passage)
            yield Claim("goal", text[alone[0].start : end], alone[0].start, end, HINTED, passage.message)

    def _infinitive(self, mention: Mention) -> bool:
        from tools.morphology import readings

        token = self.note.tokens[mention.first]
        return not re.search(r"[а-я]", token.word) or any(
            reading.pos == "INFN" for reading in readings(token.word)
        )

    def _end(self, at: int, passage: Passage) -> int:
        stop = _STOP.search(self.note.text, at, passage.end)
        while stop and stop.group() == "." and re.match(r"\w", self.note.text[stop.end() : stop.end() + 1]):
            stop = _STOP.search(self.note.text, stop.end(), passage.end)
        end = stop.start() if stop else passage.end
        if end - at > 60 and not re.search(r"[,:;—–]", self.note.text[at:end]):  # dictated without signs
            turn = _NEXT_TOPIC.search(self.note.text, at, end)
            end = turn.start() if turn else end
        while end > at and self.note.text[end - 1] in " .,;:|*":
            end -= 1
        return end
