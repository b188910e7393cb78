"""Channels wanted and channels ruled out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import LABELLED, SAID, Claim
from tools.brief_reading.context import of_another_time
from tools.brief_reading.lexicon import Mention, longest, phrases

_NOT_ONLY = re.compile(r"\bне\s+только\b|\bnot only\b", re.IGNORECASE)
_TURN = re.compile(
    r"[.;!?]|\bпоэтому\b|\bтак\s+что\b|\bвместо\s+(?:него|неё|этого)\b|\b(?:но|зато|однако|but|а(?!\s+также|\s+ещё|\s+еще))\b|\bтолько\s+(?!не)|,\s*(?=(?:нужн|хотим|делаем|оставля|остальн|готов|давай|лучше|рассматрив|можно|берем|берём|интерес))|[()]|\s[—–]\s",
    re.IGNORECASE,
)
_NO_AFTER = re.compile(
    r"\s*[—–:-]?\s*(?:(?:им|нам|мне|это|этот\s+канал)\s+)?(?:точно\s+|совсем\s+|пока\s+|сразу\s+)?"
    r"(?:(?:нет|мимо|минус|табу|стоп|не\s+по\s+карману|слишком\s+дорого|под\s+(?:полным\s+|строгим\s+)?запретом|запрещ[её]н\w*|исключен\w*|исключ[её]н\w*|исключаем|не\s+(?:используем|рассматрива\w+|предлага\w+|бер[её]м|ставим|нуж(?:ен|на|ны|но)|подходит|интересует)|(?:is|are)\s+(?:off\s+the\s+table|off[\s-]limits|out|banned|excluded|not\s+(?:an\s+option|allowed|needed)))\b|не(?=\s*(?:[,.;!)]|$))|(?:вед[её]м|делаем|закупаем|берём|берем|покупаем)\s+(?:мы\s+)?сами\b)",
    re.IGNORECASE,
)
_NO_RIGHT_BEFORE = re.compile(
    r"(?:^|[,;(.–—-]|\bно\b|\bтолько\b|\bглавное\b|\bи\b)\s*(?:только\s+|главное\s+)?не\s+(?:в\s+|на\s+|через\s+)?$",
    re.IGNORECASE,
)
_OF_A_SUM = re.compile(
    r"\s*(?:уч[её]та\s+|any\s+)?(?:ндс|налог\w*|(?:агентск\w+\s+)?комисси\w*|скид\w*|vat|tax\w*|(?:agency\s+)?(?:commission|fees?)|discounts?)\b",
    re.IGNORECASE,
)
_NEVER_AGAIN = re.compile(
    r"\bбольше\s+не\b|\bне\s+(?:хотим|будем|надо|нужно)\b|\bnever\s+again\b", re.IGNORECASE
)
_ADVISED = re.compile(
    r"[^.;!?]{0,40}\b(?:советовал\w*|предлагал\w*|рекомендовал\w*)[^.;!?]{0,20}\b(?:но|а)\s+(?:мы\s+)?(?:против|не\b|нет\b|отказал)",
    re.IGNORECASE,
)
_LOOSE = ("видео", "экраны", "экранов", "экранах")
_BESIDE = re.compile(r"\s*(?:,\s*и|,|и|/|\+|или|;|,\s*(?:ещё|еще))\s*(?:ещё\s+|еще\s+)?", re.IGNORECASE)
_AND = re.compile(r"\s(?:и|или|and|or)\s", re.IGNORECASE)
_UNCERTAIN = re.compile(
    r"(?:под\s+вопрос|подумаем|не\s+решили|сомнева|может\s+быть|возможно|не\s+уверен)", re.IGNORECASE
)
_NEGATION_BEFORE = re.compile(
    r"(?:\bне|\bnot|n't|\bни)\s+(?:хотим\s+|будем\s+|нужно\s+|надо\s+|хочу\s+|планируем\s+|стоит\s+|очень\s+|готовы\s+|можем\s+|to\s+)?$",
    re.IGNORECASE,
)
_CONTACT_AFTER = re.compile(r"\s*(?:[:—–-]\s*)?@\w|\s*(?:\+7|8\s?\(?9)", re.IGNORECASE)
_METRIC_AFTER = re.compile(
    r"\s*(?:[:=—–<>≤-]\s*|до\s+|не\s+(?:выше|более)\s+|от\s+|около\s+)*\d", re.IGNORECASE
)
_PAYMENT = re.compile(r"(?:оплат|модел|закупк|по\s+модели|кпи|kpi|целев)", re.IGNORECASE)
_OWN_MEDIA = re.compile(
    r"(?:наш(?:его|ем|ему|а|у|ей|и|их)?|своя|свой|свою|собственн\w+|your|our)\s+(?:[а-яё]+\s+)?$",
    re.IGNORECASE,
)
_PLACES_SOLD = re.compile(
    r"(?:прода(?:ем|ём|жи|ются|ется|вать)|магазин\w*|селлер\w*|представлен\w*|торгуем|купить|отзыв\w*|sell\w*|карточк\w*|ссылк\w+|бренд\w*)\s+(?:\w+\s+){0,4}(?:на|в|через|on)?\s*(?:(?:wildberries|ozon|озон\w*|wb|вб|вайлдберриз)\s*(?:,|и|/|\+)\s*)?$",
    re.IGNORECASE,
)


class ChannelReader:
    """Claims for channels; `removes` marks those ruled out."""

    def __init__(self, note: AnnotatedText, links: list[tuple[int, int]]) -> None:
        self.note = note
        self.links = links

    def claims(self) -> Iterator[Claim]:
        for passage in self.note.passages:
            if passage.message.agency or (passage.foreign and passage.label != "-split"):
                continue
            if passage.label in ("contacts", "landing_page", "client", "product", "category", "kpi"):
                continue
            for mention in longest(
                self.note.mentions(phrases("channels", "channel"), passage.start, passage.end)
            ):
                if any(start <= mention.start < end for start, end in self.links):
                    continue
                verdict = self._verdict(passage, mention)
                if verdict is None:
                    continue
                strength = LABELLED if passage.label in ("channels", "excluded_channels") else SAID
                corrects = bool(self.note.about("correction", passage.start, passage.end))
                yield Claim(
                    "channels",
                    mention.key,
                    mention.start,
                    mention.end,
                    strength,
                    passage.message,
                    corrects,
                    None,
                    verdict == "no",
                )

    def _verdict(self, passage: Passage, mention: Mention) -> str | None:
        """yes, no, or None when the mention decides nothing."""
        note, text = self.note, self.note.text
        if text[mention.start : mention.end].lower() in _LOOSE and not self._in_list(passage, mention):
            return None
        if of_another_time(note, passage, mention.start, mention.end):
            again = _NEVER_AGAIN.search(text, mention.end, passage.end)
            return "no" if again and self._only_words(mention.end, again.start()) else None
        if passage.label == "excluded_channels":
            return "no"
        left, right = self._scope(passage, mention)
        if self._ruled_out(left, right, mention, passage):
            return "no"
        if note.is_question(passage) or _UNCERTAIN.search(text, left, right):
            return None
        if passage.label in ("channels", "-split"):
            return "yes"
        if mention.key == "yandex_direct" and re.match(
            r"direct\s+[a-z]", text[mention.start : mention.end + 3]
        ):
            return None  # "direct bookings"
        if re.match(
            r"push\s+(?:our|the|new|a|this|it|for)\b", text[mention.start : mention.end + 6], re.IGNORECASE
        ):
            return None  # a verb
        if mention.key == "cpa" and (
            _METRIC_AFTER.match(text, mention.end) or _PAYMENT.search(text, left, mention.start)
        ):
            return None
        if _CONTACT_AFTER.match(text, mention.end) or _OWN_MEDIA.search(text, left, mention.start):
            return None
        near = note.clause(mention.start, mention.end, passage)
        spoken = max(left, near[0]), min(right, near[1])
        if any(found.key == "contact" for found in note.mentions(phrases("channels", "service"), *spoken)):
            return None
        if mention.key == "retail_media" and _PLACES_SOLD.search(text, passage.start, mention.start):
            return None
        if mention.key in ("olv", "ctv", "dooh", "audio", "in_app") and re.search(
            r"(?:приложени\w+\s+(?:для|к))", text[left:right], re.IGNORECASE
        ):
            return None
        return "yes"

    def _in_list(self, passage: Passage, mention: Mention) -> bool:
        """Whether another channel stands right beside: "баннеры, видео и VK"."""
        text = self.note.text
        return passage.label in ("channels", "excluded_channels") or any(
            _BESIDE.fullmatch(
                text[other.end : mention.start]
                if other.end <= mention.start
                else text[mention.end : other.start]
            )
            for other in self.note.mentions(phrases("channels", "channel"), passage.start, passage.end)
            if other.end <= mention.start or other.start >= mention.end
        )

    def _bracket(self, passage: Passage, mention: Mention) -> tuple[int, ...]:
        """Where a bracket opens and closes that holds only channels: it belongs to the words around it."""
        text = self.note.text
        opened = text.rfind("(", passage.start, mention.start)
        closed = text.find(")", mention.end, passage.end)
        if opened < 0 or closed < 0 or ")" in text[opened : mention.start]:
            return ()
        return (opened, closed) if self._only_channels(opened + 1, closed) else ()

    def _scope(self, passage: Passage, mention: Mention) -> tuple[int, int]:
        left, right = passage.start, passage.end
        bracket = self._bracket(passage, mention)
        for turn in _TURN.finditer(self.note.text, passage.start, passage.end):
            if turn.start() in bracket:
                continue
            if turn.group() == "." and re.match(r"\w", self.note.text[turn.end() : turn.end() + 1]):
                continue
            if turn.end() <= mention.start:
                left = turn.end()
            elif turn.start() >= mention.end:
                right = turn.start()
                break
        return left, right

    def _ruled_out(self, left: int, right: int, mention: Mention, passage: Passage) -> bool:
        text = self.note.text
        if _NOT_ONLY.search(text, left, mention.start):
            return False
        if _NO_AFTER.match(text, mention.end, max(right, passage.end)) or _NO_RIGHT_BEFORE.search(
            text, left, mention.start
        ):
            return True
        if _ADVISED.match(text, mention.end, passage.end):
            return True
        negations = self.note.mentions(phrases("channels", "negation"), left, right)
        for found in negations:
            gap = text[found.end : mention.start]
            if _OF_A_SUM.match(text, found.end):
                continue  # "3 млн без НДС, OLV": what the sum is without, not the campaign
            if (
                found.key == "before"
                and found.end <= mention.start
                and self._only_channels(found.end, mention.start)
            ):
                if text[found.start : found.end].lower() in ("не", "not") and "," in gap:
                    continue
                return True
            if found.key == "ban" and (
                self._only_channels(found.end, mention.start)
                if found.end <= mention.start
                else self._only_channels(mention.end, found.start)
                and not self._parted(mention.end, found.start)
            ):
                return not re.search(
                    r"\bне\s+$", text[max(left, found.start - 4) : found.start], re.IGNORECASE
                )
            if (
                found.key == "verb"
                and _NEGATION_BEFORE.search(text, max(left, found.start - 20), found.start)
                and self._reaches(left, mention, found)
            ):
                return True
        return False

    def _reaches(self, left: int, mention: Mention, verb: Mention) -> bool:
        """Whether a negated verb speaks of the mention: of what follows it, or of the list right before it."""
        text = self.note.text
        if mention.start >= verb.end:
            # "пуши не ставим, олв ставим": the same word again, not denied, speaks of what stands between
            again = [
                found
                for found in self.note.mentions(
                    phrases("channels", "negation"), mention.end, mention.end + 40
                )
                if found.key == "verb" and not _NEGATION_BEFORE.search(text, found.start - 20, found.start)
            ]
            return not (again and "," in text[verb.end : mention.start])
        between = text[mention.end : verb.start]
        if self._parted(mention.end, verb.start):
            return False
        if "," not in between:
            return True
        if re.match(
            r"(?:нужен|нужна|нужно|надо|интересует|подходит|подойд[её]т)",
            text[verb.start : verb.end],
            re.IGNORECASE,
        ):
            return False
        begin = max([left, *(left + m.end() for m in re.finditer(r":\s|\.\s", text[left : mention.start]))])
        names = self.note.mentions(phrases("channels", "channel"), begin, verb.start)
        rest = list(text[begin : verb.start])
        for (
            found
        ) in names:  # "Telegram, VK не берём" is one list; "нужны VK, Telegram не берём" is two statements
            rest[found.start - begin : found.end - begin] = " " * (found.end - found.start)
        said = _without_small("".join(rest))
        return not re.search(r"[а-яёa-z]{4,}|\b(?:ок|ok|да)\b", said, re.IGNORECASE)

    def _parted(self, start: int, end: int) -> bool:
        """Whether another channel follows after words of its own, as in speech without commas: "ВК и экраны эти цифровые телегу не надо"."""
        text, at = self.note.text, start
        for found in self.note.mentions(phrases("channels", "channel"), start, end):
            gap = text[at : found.start]
            if len(_without_small(gap).split()) >= 2:
                return True
            if (
                found.start > at
                and not gap.strip()
                and (_AND.search(text, found.end, end) or _AND.search(text, max(0, start - 24), found.start))
                and "," not in text[start:end]
            ):
                return True  # in "директ вк и радио пуши и смс исключаем" the last list ends with its "и"
            at = max(at, found.end)
        return False

    def _only_words(self, start: int, end: int) -> bool:
        """Whether no other channel is named between."""
        return end - start < 60 and not self.note.mentions(phrases("channels", "channel"), start, end)

    def _only_channels(self, start: int, end: int) -> bool:
        """Whether only channel names, commas and small words stand between."""
        if end - start > 160:
            return False
        inside = self.note.mentions(phrases("channels", "channel"), start, end)
        rest = self.note.text[start:end]
        for found in sorted(inside, key=lambda m: -m.start):
            rest = (
                rest[: found.start - start] + " " + rest[found.end - start :]
                if found.end - start <= len(rest)
                else rest
            )
        words = [
            word for word in re.findall(r"[а-яёa-z-]+", rest, re.IGNORECASE) if word.lower() not in _SMALL
        ]
        return len(words) <= (2 if inside else 1)


def _without_small(text: str) -> str:
    return " ".join(
        word for word in re.findall(r"[а-яёa-z-]+", text, re.IGNORECASE) if word.lower() not in _SMALL
    )


_SMALL = frozenset(
    [
        "и",
        "или",
        "в",
        "во",
        "на",
        "по",
        "из",
        "с",
        "со",
        "тв",
        "радио",
        "ютуб",
        "youtube",
        "instagram",
        "инстаграм",
        "реклама",
        "рекламу",
        "рекламы",
        "рекламе",
        "рассылки",
        "рассылок",
        "размещения",
        "размещений",
        "каналы",
        "каналов",
        "посевы",
        "посевов",
        "всяких",
        "всяческих",
        "the",
        "and",
        "or",
        "in",
        "on",
        "any",
        "ads",
        "баннеры",
        "телевизора",
        "тв-рекламы",
        "этот",
        "эти",
        "тоже",
        "совсем",
        "пока",
        "сразу",
        "точно",
        "вообще",
        "полностью",
        "формат",
        "форматы",
        "у",
        "нас",
        "нам",
        "ни",
        "ещё",
        "еще",
        "также",
    ]
)
