"""From an uploaded brief to a draft offer and its three papers, in rules mode, through the whole service.

The briefs are those of the evals, as text, as Word and as mail; where a brief gives no dates or no budget, no plan can be
made, and the time to say so is told apart. What came first, with nothing loaded, is told apart too.
"""

from __future__ import annotations

import io
import statistics
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path

from docx import Document
from starlette.testclient import TestClient

from api.app import build
from api.settings import Settings
from api.wiring import open_house
from evals.brief import Case, cases
from masterdeal import instant
from tests.bench.rounds import line

NOW = instant.parse("2026-11-22T12:00:00+03:00")
BAR = 1.0  # seconds


def upload(case: Case, number: int) -> tuple[str, bytes]:
    """The brief as a file of one of three kinds, in turns."""
    if number % 3 == 0:
        return "brief.txt", case.text.encode()
    if number % 3 == 1:
        document = Document()
        for paragraph in case.text.split("\n"):
            document.add_paragraph(paragraph)
        held = io.BytesIO()
        document.save(held)
        return "brief.docx", held.getvalue()
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Бриф", "client@example.com", "agency@example.com"
    mail.set_content(case.text)
    return "brief.eml", mail.as_bytes()


def drafted(client: TestClient, file: tuple[str, bytes], papers: bool) -> tuple[float, str]:
    """Seconds from the upload to the draft (and its papers), and the status of the draft."""
    start = time.perf_counter()
    document = client.post("/v1/documents", files={"file": file}).json()["document_id"]
    options = {"demo": True, "date": "2026-11-22"}
    answer = client.post("/v1/assist/offer", json={"document_id": document, "options": options})
    answer.raise_for_status()
    result = answer.json()["result"]
    if papers:
        for one in result["files"]:
            client.get(one["href"]).raise_for_status()
    return time.perf_counter() - start, result["status"]


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[max(0, -(-95 * len(seconds) // 100) - 1)]


def run() -> list[str]:
    """The draft alone, and with its Word, PDF and workbook."""
    files = [upload(case, n) for n, case in enumerate([*cases("cases"), *cases("heldout")])]
    with (
        tempfile.TemporaryDirectory() as folder,
        open_house(Settings(data=Path(folder)), clock=lambda: NOW) as house,
        TestClient(build(house)) as client,
    ):
        first = drafted(client, files[0], papers=True)[0]
        alone = [drafted(client, file, papers=False) for file in files]
        whole = [drafted(client, file, papers=True) for file in files[::4]]
    offers = [seconds for seconds, status in alone if status == "draft"]
    refused = [seconds for seconds, status in alone if status != "draft"]
    papers = [seconds for seconds, status in whole if status == "draft"]
    return [
        line(
            "uploaded brief to draft offer, p95 seconds", p95(offers), "< 1", p95(offers) < BAR,
            f"p50 {statistics.median(offers):.3f}, worst {max(offers):.2f}, {len(offers)} briefs; first ever {first:.2f}",
        ),
        line(
            "the same with its Word, PDF and workbook, p95 seconds", p95(papers), "< 1", p95(papers) < BAR,
            f"p50 {statistics.median(papers):.3f}, {len(papers)} briefs",
        ),
        line(
            "uploaded brief to the reason why there is no plan, p95 seconds", p95(refused), "< 1", p95(refused) < BAR,
            f"p50 {statistics.median(refused):.3f}, worst {max(refused):.2f}, {len(refused)} briefs",
        ),
    ]  # fmt: skip
