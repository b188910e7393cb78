"""Assist endpoints, documents and leads over HTTP."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from agents.shown import names
from agents.state import Lang
from api.app import build
from api.settings import Settings
from api.wiring import open_house
from masterdeal import instant
from tools.brief_reading.lexicon import table

NOW = instant.parse("2026-11-22T12:00:00+03:00")
BRIEF = """Добрый день! Компания ООО «Ромашка», продвигаем сеть кофеен в Москве.
Аудитория 25-45, все. Период с 1 по 20 декабря 2026. Бюджет 1,5 млн рублей с НДС.
Каналы: VK и Яндекс Директ, без Telegram. KPI: 500 лидов. Сайт romashka.example, Анна, +7 916 123-45-67."""


@pytest.fixture
def http(tmp_path: Path) -> Iterator[TestClient]:
    with (
        open_house(Settings(data=tmp_path), clock=lambda: NOW) as house,
        TestClient(build(house), raise_server_exceptions=False) as client,
    ):
        yield client


def test_a_brief_is_read_with_quotes_that_stand_in_the_text(http: TestClient) -> None:
    answer = http.post("/v1/assist/brief", json={"text": BRIEF, "options": {"date": "2026-11-22"}}).json()
    fields = answer["result"]["fields"]
    assert fields["budget_max"]["value"] == 1_500_000
    assert fields["budget_vat"]["value"] == "incl"
    assert (fields["period_start"]["value"], fields["period_end"]["value"]) == ("2026-12-01", "2026-12-20")
    assert "telegram" in fields["excluded_channels"]["value"]
    for field in fields.values():
        assert BRIEF[field["start"] : field["end"]] == field["quote"]
    assert answer["mode"] == "rules"
    assert answer["decision_id"].startswith("D-")
    again = http.post("/v1/assist/brief", json={"text": BRIEF, "options": {"date": "2026-11-22"}}).json()
    assert again["decision_id"] == answer["decision_id"]


CODES = {
    "brief": r"budget_|period_|age_from|landing_page|\bfemale\b|\bincl\b|\bRUB\b|\[\'|restaurants|leads",
    "mediaplan": r"yandex_direct|\bRUB\b|\bincl\b|\.\d\d RUB",
    "offer": r"\bRUB\b|\bincl\b",
    "legal": r"\b(high|medium|low)\b",
    "qualification": r"\b(met|unmet|unknown|qualified|undecided|budget|authority)\b",
}


@pytest.mark.parametrize("skill", list(CODES))
def test_the_words_of_an_answer_hold_no_codes_and_every_mark_has_its_evidence(
    http: TestClient, skill: str
) -> None:
    texts = {"legal": "Исполнитель вправе изменить цены в одностороннем порядке. Пени 1 % в день."}
    answer = http.post(
        f"/v1/assist/{skill}", json={"text": texts.get(skill, BRIEF), "options": {"demo": True}}
        if skill in ("mediaplan", "offer") else {"text": texts.get(skill, BRIEF)},
    ).json()  # fmt: skip
    assert re.search(CODES[skill], answer["text"]) is None, answer["text"]
    marks = {
        mark for group in re.findall(r"\[(e\d+(?:, e\d+)*)\]", answer["text"]) for mark in group.split(", ")
    }
    assert marks
    assert marks <= {one["id"] for one in answer["evidence"]}


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_every_metric_of_a_brief_has_a_name(lang: Lang) -> None:
    page = json.loads(
        (Path(__file__).parents[2] / f"api/page/app/words/{lang}.js")
        .read_text()
        .split("export default ")[1]
        .rstrip(";\n")
    )
    known = set(table("kpi")["metric"])
    assert known <= set(names(lang)["metric"])
    assert known <= set(page["metrics"])


def test_a_document_stands_for_its_text(http: TestClient) -> None:
    kept = http.post("/v1/documents", files={"file": ("brief.txt", BRIEF.encode())})
    assert kept.status_code == 200, kept.text
    card = kept.json()
    assert (card["kind"], card["chars"]) == ("txt", len(BRIEF))
    by_id = http.post("/v1/assist/brief", json={"document_id": card["document_id"]}).json()
    assert by_id["result"]["fields"]["budget_max"]["value"] == 1_500_000
    assert http.post("/v1/assist/brief", json={"document_id": "DOC-0"}).status_code == 404
    for name, content in (("empty.pdf", b""), ("broken.docx", b"PK\x03\x04rubbish"), ("x.exe", b"MZ")):
        refused = http.post("/v1/documents", files={"file": (name, content)})
        assert 400 <= refused.status_code < 500
        assert refused.headers["content-type"] == "application/problem+json"


def test_a_plan_adds_up_or_says_why_there_is_none(http: TestClient) -> None:
    task = {
        "client": "Ромашка",
        "product": "кофейни",
        "budget_max": 1_500_000,
        "budget_vat": "incl",
        "period_start": "2026-12-01",
        "period_end": "2026-12-20",
        "geo": ["Москва"],
        "channels": ["vk", "yandex_direct"],
    }
    answer = http.post("/v1/assist/mediaplan", json={"options": task})
    assert answer.status_code == 200, answer.text
    result = answer.json()["result"]
    assert result["lines"]
    net = sum(round(float(line["cost"]["amount"]) * 100) for line in result["lines"])
    assert net == round(float(result["totals"]["net"]["amount"]) * 100)
    assert float(result["totals"]["gross"]["amount"]) <= 1_500_000
    poor = http.post("/v1/assist/mediaplan", json={"options": {**task, "budget_max": 10}}).json()["result"]
    assert poor["lines"] == []
    assert poor["infeasible"]["constraint"]
    assert http.post("/v1/assist/mediaplan", json={"options": {"budget_max": "много"}}).status_code == 422


def test_an_advertisement_and_a_contract_are_held_against_the_law(http: TestClient) -> None:
    ad = http.post(
        "/v1/assist/legal",
        json={
            "text": "Лучший банк страны! Кредит под 0 %!",
            "options": {"kind": "ad", "channels": ["vk"], "date": "2026-11-22"},
        },
    ).json()
    assert ad["findings"]
    for finding in ad["findings"]:
        assert {
            "rule_id",
            "kind",
            "severity",
            "quote",
            "start",
            "end",
            "why",
            "law",
            "suggestion",
        } <= finding.keys()
    text = "1. Исполнитель оказывает услуги по размещению рекламы.\n2. Оплата в течение 180 дней после подписания акта."
    contract = http.post("/v1/assist/legal", json={"text": text, "options": {"kind": "contract"}}).json()
    assert 0 <= contract["result"]["coverage"] <= 1
    assert contract["result"]["checked"]
    assert http.post("/v1/assist/legal", json={"text": " "}).status_code == 422
    assert http.post("/v1/assist/legal", json={"text": "x", "options": {"kind": "poem"}}).status_code == 422


def test_a_lead_is_qualified_letter_by_letter(http: TestClient) -> None:
    note = "Бюджет 3 млн рублей утверждён. Решение принимаю я, директор по маркетингу. Стартовать хотим в декабре."
    answer = http.post("/v1/assist/qualification", json={"text": note}).json()
    bant = answer["result"]["bant"]
    assert set(bant) == {"budget", "authority", "need", "timing"}
    assert bant["budget"]["state"] == "met"
    assert bant["budget"]["quote"] in note
    assert bant["need"]["state"] == "unknown"
    assert answer["result"]["verdict"] in ("qualified", "not_qualified", "undecided")


def test_leads_are_imported_listed_and_qualified(http: TestClient) -> None:
    table = "Компания;ИНН;E-mail;Комментарий\nООО Ромашка;7707083893;a@romashka.example;Бюджет 2 млн утверждён\n;;;\nРомашка;7707083893;b@romashka.example;\n"
    answer = http.post("/v1/leads/import", files={"file": ("leads.csv", io.BytesIO(table.encode("cp1251")))})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["imported"], body["merged"]) == (1, 1)
    (lead,) = body["leads"]
    assert sorted(lead["merged_rows"]) == [1, 3]
    listed = http.get("/v1/leads").json()["items"]
    assert [item["lead_id"] for item in listed] == [lead["lead_id"]]
    assert http.get(f"/v1/leads/{lead['lead_id']}").json()["inn"] == "7707083893"
    assert http.get(f"/v1/leads/{lead['lead_id']}/qualification").json()["bant"]["budget"]["state"] == "met"
    assert http.get("/v1/leads/none").status_code == 404
    as_json = http.post(
        "/v1/leads/import", json=[{"company": "Лютик", "email": "x@lutik.example"}, {"nothing": ""}]
    )
    assert as_json.json()["imported"] == 1
    for content in (b"\x00\x01\x02", b""):
        refused = http.post("/v1/leads/import", files={"file": ("leads.csv", content)})
        assert 400 <= refused.status_code < 500


def test_an_offer_is_drafted_approved_by_hash_and_verified(http: TestClient) -> None:
    task = {
        "client": "Ромашка",
        "product": "кофейни",
        "budget_max": 1_500_000,
        "budget_vat": "incl",
        "period_start": "2026-12-01",
        "period_end": "2026-12-20",
        "geo": ["Москва"],
        "channels": ["vk", "yandex_direct"],
    }
    ask = {"master_deal_id": "MD-1", "options": task}
    first = http.post("/v1/assist/offer", json=ask).json()["result"]
    assert (first["version"], first["status"]) == (1, "draft")
    assert http.post("/v1/assist/offer", json=ask).json()["result"]["version"] == 1
    path = f"/v1/offers/{first['offer_id']}"
    assert http.post(f"{path}/approve", json={"hash": "0" * 64}).status_code == 409
    approved = http.post(f"{path}/approve", json={"hash": first["hash"]}).json()
    assert approved["status"] == "approved"
    assert http.post(f"{path}/approve", json={"hash": first["hash"]}).json() == approved
    assert http.post("/v1/offers/verify", json=approved).json()["valid"] is True
    forged = {**approved, "client": "Лютик"}
    verdict = http.post("/v1/offers/verify", json=forged).json()
    assert (verdict["valid"], bool(verdict["reason"])) == (False, True)
    cheaper = http.post("/v1/assist/offer", json={**ask, "options": {**task, "discount": "0.05"}}).json()[
        "result"
    ]
    assert (cheaper["version"], cheaper["status"]) == (2, "draft")
    assert http.get(path).json()["status"] == "draft"
    assert http.post("/v1/offers/verify", json=approved).json()["valid"] is False
    for name, start in (("offer.docx", b"PK"), ("offer.pdf", b"%PDF"), ("plan.xlsx", b"PK")):
        file = http.get(f"{path}/files/{name}")
        assert (file.status_code, file.content[: len(start)]) == (200, start)
    assert http.get("/v1/offers/none").status_code == 404
    assert http.post("/v1/offers/verify", content=b"rubbish").json()["valid"] is False


def test_a_plan_is_kept_with_its_workbook_and_an_offer_is_made_of_it(http: TestClient) -> None:
    task = {
        "period_start": "2027-02-01",
        "period_end": "2027-02-28",
        "budget_max": "1000000",
        "budget_vat": "incl",
    }
    answer = http.post("/v1/assist/mediaplan", json={"options": {**task, "demo": True}}).json()["result"]
    (file,) = answer["files"]
    assert http.get(file["href"]).content.startswith(b"PK")
    assert http.get(f"/v1/plans/{answer['plan_id']}").json()["totals"] == answer["totals"]
    offer = http.post("/v1/assist/offer", json={"options": {"plan_id": answer["plan_id"]}}).json()["result"]
    assert offer["totals"]["gross"]["amount"] == answer["totals"]["gross"]["amount"]
    assert offer["proposes"] == []
    assert http.get("/v1/plans/none").status_code == 404
    assert http.get("/v1/plans/none/plan.xlsx").status_code == 404
    assert http.post("/v1/assist/offer", json={"options": {"plan_id": "none"}}).status_code == 404


def test_an_approved_offer_tells_its_deal_once_and_only_then(http: TestClient) -> None:
    created = {
        "specversion": "1.0", "id": "1", "source": "crm", "type": "crm.deal.created", "subject": "D-7",
        "time": "2026-11-22T10:00:00+03:00", "data": {"title": "Зима"},
    }  # fmt: skip
    brief = {
        **created,
        "id": "2",
        "type": "crm.brief.submitted",
        "time": "2026-11-22T10:30:00+03:00",
        "data": {},
    }
    for event in (created, brief):
        assert http.post("/v1/events", json=event).json()["results"][0]["outcome"] == "accepted"
    task = {
        "period_start": "2027-02-01",
        "period_end": "2027-02-28",
        "budget_max": "1000000",
        "budget_vat": "incl",
    }
    ask = {"master_deal_id": "D-7", "options": {**task, "demo": True}}
    planned = http.post("/v1/assist/mediaplan", json=ask).json()["result"]
    assert [one["type"] for one in planned["proposes"]] == ["media.mediaplan.ready"]
    offer = http.post("/v1/assist/offer", json=ask).json()["result"]
    assert [one["type"] for one in offer["proposes"]] == ["media.mediaplan.ready", "crm.offer.approved"]
    assert http.get("/v1/deals/D-7").json()["gates"]["G3"]["status"] is not True
    path = f"/v1/offers/{offer['offer_id']}/approve"
    assert http.post(path, json={"hash": "0" * 64}).status_code == 409
    assert http.post(path, json={"hash": offer["hash"], "publish": ["crm.deal.lost"]}).status_code == 422
    both = {"hash": offer["hash"], "publish": ["media.mediaplan.ready", "crm.offer.approved"]}
    told = http.post(path, json=both).json()["events"]
    assert [(one["type"], one["outcome"]) for one in told] == [
        ("media.mediaplan.ready", "accepted"),
        ("crm.offer.approved", "accepted"),
    ]
    deal = http.get("/v1/deals/D-7").json()
    assert deal["aggregated_stage"] == "offer_ready"
    assert offer["offer_id"] in deal["gates"]["G3"]["event_id"]
    again = http.post(path, json=both).json()
    assert (again["status"], again["events"]) == ("approved", told)
    assert http.post("/v1/offers/verify", json=again).json()["valid"] is True
    came_in = [
        one
        for one in http.get("/v1/deals/D-7/timeline").json()["items"]
        if one.get("source") == "masterdeal/offers"
    ]
    assert len(came_in) == 2
    changed = http.post("/v1/assist/offer", json={**ask, "options": {**ask["options"], "discount": "0.03"}})
    assert changed.json()["result"]["status"] == "draft"
    assert http.post(path, json=both).status_code == 409


def test_an_english_answer_speaks_english_and_quotes_the_text_as_it_stands(http: TestClient) -> None:
    body = {
        "text": "Лучший банк страны!",
        "options": {"kind": "ad", "channels": ["vk"], "date": "2026-11-22"},
    }
    answer = http.post("/v1/assist/legal", json={**body, "lang": "en"}).json()
    superlative = next(one for one in answer["findings"] if one["rule_id"] == "AD5-3-1")
    assert "Лучший" in superlative["quote"]
    assert superlative["title"] == "Superlative without a basis of comparison"
    assert superlative["why"] in answer["text"]
    assert not re.search("[А-Яа-яЁё]", answer["text"])
