"""Mail threads and chats: which stretch of a text was written when, so that a later word can correct an earlier one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

_HEADER = re.compile(
    r"^[>\s*]*(?P<name>От|From|От кого|Отправлено|Отправлен|Sent|Дата|Date|Кому|To|Копия|Cc|Тема|Subject)\**\s*:\**\s?(?P<value>.*)$",
    re.IGNORECASE,
)
_SENDER = re.compile(r"^(от|from|от кого)$", re.IGNORECASE)
_WHEN = re.compile(r"^(отправлен[о]?|sent|дата|date)$", re.IGNORECASE)
_RULE = re.compile(
    r"^[>\s]*[-—_=*]{2,}\s*(?:original message|исходное сообщение|пересылаемое сообщение|пересланное сообщение|forwarded message|"
    r"конец пересылаемого сообщения|begin forwarded message|оригинальное сообщение)?\s*[-—_=*]*\s*$",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"^[>\s]*(?:.{4,120}(?:пишет|писал|писала|написал|написала|написал\(а\)|wrote)\s*:"
    r"|(?:пн|вт|ср|чт|пт|сб|вс),?\s.{6,110}<\S+@\S+>\s*:)\s*$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"^[\s#*=—-]*(?:письмо|сообщение|mail|email|message)\s*(?:№|#)?\s*(\d+)\b.{0,60}$", re.IGNORECASE
)
_CHAT = re.compile(
    r"^\s{0,8}(?:\[(?P<t1>[^\]\n]{4,25})\]\s*(?P<n1>[^:\n]{2,40}):"
    r"|(?P<n2>[^\s:,\[][^:\n,\[]{1,39}),?\s{0,3}\[(?P<t2>[^\]\n]{4,25})\]:?"
    r"|(?P<t3>\d{1,2}\.\d{1,2}\.\d{2,4},?\s+\d{1,2}:\d{2})\s*(?:[-—–]\s*)?(?P<n3>[^:\n]{2,40}):"
    r"|(?P<t4>\d{1,2}:\d{2})\s+(?P<n4>[А-ЯЁA-Z][^:\n]{1,30}):)"
)
_AGENCY = re.compile(
    r"^(?:менеджер|агентство|аккаунт|agency|manager|account|мы|исполнитель|подрядчик|[МАM](?=$))\b",
    re.IGNORECASE,
)
_SPEAKER = re.compile(
    r"^\s*(?P<name>Клиент|Заказчик|Менеджер|Агентство|Аккаунт|Client|Agency|Manager|Account)(?:\s*\([^)]*\))?\s*[:—–-]\s",
    re.IGNORECASE,
)
_NAMED = re.compile(r"^(?P<name>[А-ЯЁA-Z](?:[а-яёa-z]+(?:\s[А-ЯЁA-Z][а-яёa-z]+)?)?):\s")
_DATES = (
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})"), "ymd"),
    (re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})"), "dmy"),
    (re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{2})\b"), "dmy"),
    (re.compile(r"\b(\d{1,2})\s+([а-яa-z]{3})[а-яa-z]*\.?,?\s+(\d{4})", re.IGNORECASE), "dmy"),
    (re.compile(r"\b([a-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(\d{4})", re.IGNORECASE), "mdy"),
)
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("янв jan", "фев feb", "мар mar", "апр apr", "май мая may", "июн jun", "июл jul", "авг aug", "сен sep",
         "окт oct", "ноя nov", "дек dec"), start=1,
    )
    for name in names.split()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """text[start:end] written by one person at one time; `order` grows with time; `head` is where its content begins."""

    start: int
    end: int
    head: int
    order: int
    source: str
    agency: bool = False
    chat: bool = False


@dataclass(slots=True)
class _Block:
    start: int
    end: int
    head: int
    depth: int
    style: str  # top, reply, chat, numbered
    when: datetime | None = None
    agency: bool = False


def _moment(text: str) -> datetime | None:
    for pattern, shape in _DATES:
        found = pattern.search(text)
        if not found:
            continue
        parts = dict(zip(shape, found.groups(), strict=True))
        month = _MONTHS.get(parts["m"].lower(), 0) if not parts["m"].isdigit() else int(parts["m"])
        year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
        clock = _CLOCK.search(text, found.end()) or _CLOCK.search(text)
        try:
            return datetime(  # noqa: DTZ001  only compared with its like
                year, month, int(parts["d"]), *((int(clock[1]), int(clock[2])) if clock else (0, 0))
            )
        except ValueError:
            continue
    return None


def _depth(line: str) -> int:
    return len(re.match(r"^(?:\s*>)*", line)[0].replace(" ", ""))  # type: ignore[index]


def messages(text: str) -> list[Message]:
    """The messages of a text in reading order; a text that is no thread is one message."""
    blocks = [_Block(0, 0, 0, 0, "top")]
    at = 0
    in_header = False
    speakers = sum(1 for line in text.split("\n") if _SPEAKER.match(line))
    named = Counter(found["name"] for line in text.split("\n") if (found := _NAMED.match(line)))
    talkers = {name for name, times in named.items() if times >= 3}
    for line in text.split("\n"):
        end = at + len(line)
        depth = _depth(line)
        last = blocks[-1]
        header = _HEADER.match(line)
        fresh: _Block | None = None
        if header and (in_header or _SENDER.match(header["name"])):
            if not in_header and (text[last.head : at].strip() or last.style == "wrote"):
                fresh = _Block(at, end, end, depth, "reply")
            in_header = True
            target = fresh or last
            target.head = end
            if _WHEN.match(header["name"]):
                target.when = _moment(header["value"])
        elif _WROTE.match(line):
            fresh = _Block(at, end, end, depth, "reply", _moment(line))
            in_header = False
        elif (numbered := _NUMBERED.match(line)) and len(line) < 80:
            fresh = _Block(at, end, end, depth, "numbered", _moment(numbered.group()))
            in_header = False
        elif found := _CHAT.match(line):
            stamp = next(found[name] for name in ("t1", "t2", "t3", "t4") if found[name])
            name = next(found[name] for name in ("n1", "n2", "n3", "n4") if found[name])
            fresh = _Block(
                at, end, at + found.end(), depth, "chat", _moment(stamp), bool(_AGENCY.match(name.strip()))
            )
            in_header = False
        elif (speakers >= 2 and (found := _SPEAKER.match(line))) or (
            (found := _NAMED.match(line)) and found["name"] in talkers
        ):
            fresh = _Block(at, end, at + found.end(), depth, "chat", None, bool(_AGENCY.match(found["name"])))
            in_header = False
        elif line.strip() and not _RULE.match(line):
            in_header = False
            if depth != last.depth and text[last.head : at].strip():
                fresh = _Block(
                    at, end, at, depth, "quote" if depth > last.depth else "unquote", None, last.agency
                )
            elif depth != last.depth:
                last.depth = depth
        if fresh:
            blocks.append(fresh)
        blocks[-1].end = end
        at = end + 1
    return _ordered(text, [block for block in blocks if text[block.start : block.end].strip()])


def _ordered(text: str, blocks: list[_Block]) -> list[Message]:
    """Oldest is 0. By date where all but the first have one; else replies run back in time and chats forward."""
    if not blocks:
        return [Message(0, len(text), 0, 0, "text")]
    ranks = _ranks(blocks)
    _greeted(text, blocks, ranks)
    _relayed(text, blocks)
    several = len(blocks) > 1
    return [
        Message(
            block.start, block.end, block.head, ranks[index],
            (f"message {index + 1}" if several else "text"), block.agency, block.style == "chat",
        )
        for index, block in enumerate(blocks)
    ]  # fmt: skip


_GREETED = re.compile(
    r"(?:добрый\s+(?:день|вечер)|доброе\s+утро|здравствуйте|привет|hi|hello|dear|уважаем\w+)[,\s]+([А-ЯЁA-Z][а-яёa-z]+)",
    re.IGNORECASE,
)


def _relayed(text: str, blocks: list[_Block]) -> None:
    """In a chat where all others only ask, our side tells what the client said."""
    chat = [block for block in blocks if block.style == "chat"]
    others = [text[block.head : block.end].strip() for block in chat if not block.agency]
    if len(others) < len(chat) and all(said.endswith("?") or len(said) < 4 for said in others):
        for block in chat:
            block.agency = False


# The newest message lets all else that was written stand, whoever wrote it.
_LET_STAND = re.compile(
    r"\b(?:остальн\w+|вс[её]\s+остальное|прочее|the\s+rest|everything\s+else|all\s+else)\b[^.!?\n]{0,40}"
    r"\b(?:без\s+изменений|так\s+же|как\s+(?:было|есть|писали)|прежн\w+|верно|в\s+силе|по-прежнему|не\s+меня\w+|оста[её]тся|"
    r"подтвержда\w+|the\s+same|unchanged|as\s+(?:before|is)|stands|stays)\b",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(r"[\s>]*([А-ЯЁ][а-яё]+),\s")


def _greeted(text: str, blocks: list[_Block], ranks: list[int]) -> None:
    """Whom the newest message greets by name is our side: what that person wrote is no word of the client."""
    newest = blocks[max(range(len(blocks)), key=ranks.__getitem__)]
    found = _GREETED.search(text, newest.head, newest.end) or _ADDRESSED.match(text, newest.head, newest.end)
    if not found or not found[1][0].isupper() or _LET_STAND.search(text, newest.head, newest.end):
        return
    for block in blocks:
        if block is not newest and found[1].lower() in text[block.start : block.head].lower():
            block.agency = True


def _ranks(blocks: list[_Block]) -> list[int]:
    dated = [block.when for block in blocks]
    first_reply = any(block.style in ("reply", "quote") for block in blocks[1:])
    if all(dated) or (first_reply and all(dated[1:]) and len(blocks) > 1):
        keys = [
            (when is None, when or 0, -index if first_reply else index) for index, when in enumerate(dated)
        ]
        ordered = sorted(range(len(blocks)), key=lambda index: keys[index])
    else:
        level = 0
        levels: list[int] = []
        for block in blocks:
            if block.style in ("reply", "quote"):
                level -= 1
            elif block.style in ("chat", "numbered"):
                level += 1
            elif block.style == "unquote":
                level = max(
                    (
                        known
                        for known, other in zip(levels, blocks, strict=False)
                        if other.depth == block.depth
                    ),
                    default=level,
                )
            levels.append(level)
        return [sorted(set(levels)).index(level) for level in levels]
    ranks = [0] * len(blocks)
    for rank, index in enumerate(ordered):
        ranks[index] = rank
    return ranks
