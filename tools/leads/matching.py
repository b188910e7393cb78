"""Record linkage: which rows are the same lead, by stated probabilities (Fellegi and Sunter, 1969).

Pure and generic: a record is a mapping of field name to its values; what is compared, and with what weight, is
configuration. Work is linear in the number of records: blocks larger than the limit are walked with a window.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import log2
from types import MappingProxyType
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from masterdeal.errors import Misconfigured

Record = Mapping[str, tuple[str, ...]]
Fields = tuple[str, ...]
Values = tuple[str, ...]

_VOWELS = str.maketrans("", "", "aeiouy ")


class Level(BaseModel):
    """Similarities from `at_least` up: `m`, the share of true matches found there, and `u`, that of other pairs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_least: float = Field(ge=0, le=1)
    m: float = Field(gt=0, lt=1)
    u: float = Field(gt=0, lt=1)

    @property
    def weight(self) -> float:
        """Bits of evidence for a match."""
        return log2(self.m / self.u)


class Comparison(BaseModel):
    """How one field is compared; levels stand from the highest similarity down to 0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    method: Literal["exact", "overlap", "name", "words", "text", "digits"]
    label: str = ""
    exact_key: bool = False
    conflict: bool = False
    doubt_below: float = 0.0
    levels: tuple[Level, ...]


class Block(BaseModel):
    """A key on which two records must agree to be compared at all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    kind: Literal["value", "rare_words", "skeleton", "sorted", "sorted_reversed"]


class MatchRules(BaseModel):
    """Blocks, comparisons and thresholds; `prior` is the share of matches among the pairs that blocking leaves.

    `shared`: fields whose values many may have together. Among N different holders of them, from `common_from` up, a pair
    is one with a chance of 1/N at most, and these fields say no more than that. Holders are told apart by the first of
    the `identity` fields that they have.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    prior: float = Field(gt=0, lt=1)
    certain: float = Field(gt=0, le=1)
    propose: float = Field(gt=0, le=1)
    shared: tuple[tuple[str, ...], ...] = ()
    identity: tuple[str, ...] = ()
    common_from: int = Field(default=2, ge=2)
    window: int = Field(ge=1)
    block_limit: int = Field(ge=2)
    block: tuple[Block, ...]
    comparison: tuple[Comparison, ...]

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Self:
        """Rules from a parsed TOML table; a table that does not fit is `Misconfigured` with the places."""
        try:
            return cls.model_validate(table)
        except ValidationError as error:
            places = [".".join(map(str, item["loc"])) for item in error.errors()]
            raise Misconfigured("The matching rules cannot be used.", places=places) from None


class Likeness(BaseModel):
    """How alike two records are: `score` is the probability that they are one, with the reasons in words."""

    model_config = ConfigDict(frozen=True)

    left: int
    right: int
    score: float
    certain: bool
    reasons: tuple[str, ...]


def _exact(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    return float(left[0] == right[0])


def _overlap(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    return float(not set(left).isdisjoint(right))


def _numbers(text: str) -> list[str]:
    return sorted(word for word in text.split() if word.isdigit())


def _name(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    if left[0] == right[0]:
        return 1.0
    likeness = max(fuzz.ratio(left[0], right[0]), fuzz.token_sort_ratio(left[0], right[0])) / 100
    # "Завод 1" and "Завод 2" differ in the one word that tells them apart.
    return min(likeness, 0.79) if _numbers(left[0]) != _numbers(right[0]) else min(likeness, 0.99)


def _words(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    return fuzz.token_sort_ratio(left[0], right[0]) / 100


def _text(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    return float(JaroWinkler.similarity(left[0], right[0]))


def _digits(left: tuple[str, ...], right: tuple[str, ...]) -> float:
    return float(OSA.normalized_similarity(left[0], right[0]))


_METHODS: dict[str, Callable[[tuple[str, ...], tuple[str, ...]], float]] = {
    "exact": _exact,
    "overlap": _overlap,
    "name": _name,
    "words": _words,
    "text": _text,
    "digits": _digits,
}


def shared_values(record: Record, rules: MatchRules) -> dict[Fields, Values]:
    """What a record has in the shared fields, by those fields; only where it has them all."""
    found = {}
    for fields in rules.shared:
        values = tuple(value[0] for field in fields if (value := record.get(field)))
        if len(values) == len(fields):
            found[fields] = values
    return found


def holders_of(records: Iterable[Record], rules: MatchRules) -> dict[tuple[Fields, Values], int]:
    """How many different ones hold each value of the shared fields; a record that nothing tells apart is not counted."""
    held: dict[tuple[Fields, Values], set[str]] = defaultdict(set)
    for record in records:
        own = next((value[0] for field in rules.identity if (value := record.get(field))), None)
        if own is not None:
            for shared in shared_values(record, rules).items():
                held[shared].add(own)
    return {shared: len(each) for shared, each in held.items()}


def _odds(share: float) -> float:
    return log2(share / (1 - share))


def likeness(
    records: Sequence[Record],
    left: int,
    right: int,
    rules: MatchRules,
    held: Mapping[Fields, int] = MappingProxyType({}),
) -> Likeness:
    """Compare two records. An exact key makes the pair certain unless another field speaks against it.

    `held`: how many different ones are known to hold what the left record has in the shared fields.
    """
    weights: dict[str, float] = {}
    reasons: list[str] = []
    keyed = doubted = conflict = False
    for comparison in rules.comparison:
        here, there = records[left].get(comparison.field), records[right].get(comparison.field)
        if not here or not there:
            continue
        similarity = _METHODS[comparison.method](here, there)
        level = next(level for level in comparison.levels if similarity >= level.at_least)
        weights[comparison.field] = level.weight
        agrees = level.weight > 0
        label = comparison.label or comparison.field
        if comparison.method in {"exact", "overlap"}:
            reasons.append(f"{label}: {'совпадает' if agrees else 'различается'}")
        else:
            reasons.append(f"{label}: сходство {similarity:.2f}")
        keyed = keyed or (comparison.exact_key and similarity >= 1)
        conflict = conflict or (comparison.conflict and similarity < 1)
        doubted = doubted or similarity < comparison.doubt_below
    bits = _odds(rules.prior) + sum(weights.values())
    for fields, holders in held.items():
        alike = all(records[left].get(field) == records[right].get(field) for field in fields)
        if alike and holders >= rules.common_from:
            beside = sum(weight for field, weight in weights.items() if field not in fields)
            if _odds(1 / holders) + beside < bits:
                bits = _odds(1 / holders) + beside
                labels = [item.label or item.field for item in rules.comparison if item.field in fields]
                reasons.append(f"{', '.join(labels)}: то же ещё у {holders - 1}")
    score = 1 / (1 + 2 ** -max(-60.0, min(60.0, bits)))
    if conflict:
        certain = False
        # The same address or phone beside two different identities is worth a look, never a merge.
        score = (
            max(min(score, rules.certain - 0.01), rules.propose)
            if keyed
            else min(score, rules.propose - 0.01)
        )
    elif keyed and doubted:
        certain, score = False, max(min(score, rules.certain - 0.01), rules.propose)
    else:
        certain = keyed or score >= rules.certain
        score = max(score, rules.certain) if keyed else score
    return Likeness(left=left, right=right, score=round(score, 4), certain=certain, reasons=tuple(reasons))


def _neighbours(ordered: Sequence[int], window: int) -> Iterator[tuple[int, int]]:
    for place, left in enumerate(ordered):
        for right in ordered[place + 1 : place + 1 + window]:
            yield (left, right) if left < right else (right, left)


def _value_keys(records: Sequence[Record], field: str) -> Iterator[tuple[int, str]]:
    for number, record in enumerate(records):
        for value in record.get(field, ()):
            yield number, value


def _rare_words(records: Sequence[Record], field: str) -> Iterator[tuple[int, str]]:
    words = [set(record[field][0].split()) if record.get(field) else set() for record in records]
    frequency = Counter(word for each in words for word in each)
    for number, each in enumerate(words):
        for word in sorted(each, key=lambda word: (frequency[word], word))[:2]:
            if frequency[word] > 1:
                yield number, word


def _skeletons(records: Sequence[Record], field: str) -> Iterator[tuple[int, str]]:
    for number, value in _value_keys(records, field):
        bones = value.translate(_VOWELS)
        if len(bones) > 1:
            yield number, bones


def candidate_pairs(records: Sequence[Record], rules: MatchRules) -> list[tuple[int, int]]:
    """Pairs worth comparing, each once and in order; their number grows linearly with the records."""
    pairs: set[tuple[int, int]] = set()
    keys: dict[str, Callable[[Sequence[Record], str], Iterator[tuple[int, str]]]] = {
        "value": _value_keys,
        "rare_words": _rare_words,
        "skeleton": _skeletons,
    }
    for block in rules.block:
        if block.kind in keys:
            groups: dict[str, list[int]] = defaultdict(list)
            for number, key in keys[block.kind](records, block.field):
                groups[key].append(number)
            for group in groups.values():
                if len(group) <= rules.block_limit:
                    pairs.update(_neighbours(group, len(group)))
                else:
                    pairs.update(_neighbours(group, rules.window))
                    # One far from its likeness in file order may stand beside it in another order.
                    pairs.update(
                        _neighbours(sorted(group, key=lambda n: _sort_key(records[n])), rules.window)
                    )
        else:
            turn = -1 if block.kind == "sorted_reversed" else 1
            named = [number for number, record in enumerate(records) if record.get(block.field)]
            named.sort(key=lambda n: (records[n][block.field][0][::turn], n))
            pairs.update(_neighbours(named, rules.window))
    return sorted(pairs)


def _sort_key(record: Record) -> tuple[str, ...]:
    return tuple(values[0] if values else "" for values in record.values())


def matches(records: Sequence[Record], rules: MatchRules) -> list[Likeness]:
    """All pairs that are certain or worth proposing, the likeliest first."""
    counted = holders_of(records, rules)
    common = {shared: holders for shared, holders in counted.items() if holders >= rules.common_from}

    def held(record: Record) -> dict[Fields, int]:
        values = shared_values(record, rules).items() if common else ()
        return {shared[0]: common[shared] for shared in values if shared in common}

    found = (
        likeness(records, left, right, rules, held(records[left]))
        for left, right in candidate_pairs(records, rules)
    )
    kept = [pair for pair in found if pair.certain or pair.score >= rules.propose]
    return sorted(kept, key=lambda pair: (-pair.score, pair.left, pair.right))
