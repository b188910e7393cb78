"""The memo over HTTP and on the command line."""

from __future__ import annotations

import io
import json
from pathlib import Path

from click.testing import CliRunner
from docx import Document
from starlette.testclient import TestClient

from api.app import build
from api.cli import main
from api.settings import Settings
from api.wiring import open_house
from masterdeal import instant

NOW = instant.parse("2026-11-22T12:00:00+03:00")
TEXT = "1. Предмет\n1.1. Исполнитель размещает рекламу.\n2. Оплата\n2.1. Оплата в течение 180 дней после акта.\n3. Прочее\n3.1. Споры в суде."


def told(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_answer_says_where_the_memo_is(tmp_path: Path) -> None:
    with open_house(Settings(data=tmp_path), clock=lambda: NOW) as house, TestClient(build(house)) as http:
        card = http.post("/v1/documents", files={"file": ("Договор.txt", TEXT.encode())}).json()
        options = {"kind": "contract", "side": "client", "date": "2026-01-15"}
        body = {"document_id": card["document_id"], "options": options}
        (file,) = http.post("/v1/assist/legal", json=body).json()["result"]["files"]
        assert file["method"] == "GET"
        by_document = http.get(file["href"])
        assert by_document.headers["content-type"] == file["media_type"]
        words = told(by_document.content)
        assert "Договор.txt" in words
        assert "15.01.2026" in words
        assert "заказчик" in words
        of_text = {"text": TEXT, "options": {"kind": "contract"}}
        (file,) = http.post("/v1/assist/legal", json=of_text).json()["result"]["files"]
        posted = http.request(file["method"], file["href"], json=of_text)
        assert "180 дней" in told(posted.content)
        assert http.get("/v1/documents/DOC-0/memo.docx").status_code == 404
        assert http.post("/v1/assist/legal/memo", json={"text": " "}).status_code in (400, 422)


def test_the_review_writes_the_memo(tmp_path: Path) -> None:
    paper, memo = tmp_path / "contract.txt", tmp_path / "memo.docx"
    paper.write_text(TEXT, encoding="cp1251")
    args = ["review", str(paper), "--kind", "contract", "--date", "2026-11-22", "--memo", str(memo), "--json"]
    result = CliRunner().invoke(main, args)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["findings"]
    assert "180 дней" in told(memo.read_bytes())
    nowhere = CliRunner().invoke(main, [*args[:-2], str(tmp_path / "none" / "memo.docx")])
    assert nowhere.exit_code == 2
