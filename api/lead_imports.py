"""Lead imports: a small one at once, a large one as a job whose work is kept piece by piece and gone on with after a restart."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import threading
from collections.abc import Callable
from itertools import islice
from typing import Any, Final

from api.lead_book import HELD, alike, as_lead, beside, enter, today, write
from api.proposals import file_new
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import DealError, NotFound
from masterdeal.ports import Reading, Writing
from tools.drafting import plain
from tools.leads.importing import CleanedChunk, LeadImport, cleaned_chunks, merge_chunks
from tools.leads.joining import joined, matched
from tools.leads.merging import Lead
from tools.leads.qualified import qualify_lead
from tools.leads.reading import read_leads
from tools.leads.tables import import_rules, match_rules
from tools.qualification.qualify import Qualification

log = logging.getLogger(__name__)

# Files above this become jobs; those below are answered at once.
AT_ONCE: Final = 4 * 1024 * 1024
ROWS_IN_A_CHUNK: Final = 1000
LEADS_IN_A_TRANSACTION: Final = 100
BY: Final = "masterdeal/leads"

Progress = Callable[[int, int | None], None]


def _unseen(*_: int | None) -> None:
    """Progress that nobody watches."""


def settle(
    house: House, found: LeadImport, import_id: str, progress: Progress = _unseen, resumed: bool = False
) -> dict[str, Any]:
    """Keep the leads of an import beside those kept before: certain ones joined, doubtful ones proposed, each scored.

    Leads are written in small transactions. Gone through again after a break (`resumed`) it comes to the same: what
    this import alone has written counts as not yet kept.
    """
    rules, matching = import_rules(), match_rules()
    shown: dict[str, dict[str, Any]] = {}
    new: set[str] = set()
    done = 0
    moved: dict[str, str] = {}
    pairs: list[tuple[tuple[str, str], float, tuple[str, ...]]] = []
    left = iter(found.leads)
    while batch := list(islice(left, LEADS_IN_A_TRANSACTION)):
        scored = {lead.lead_id: qualify_lead(lead, today(house)) for lead in batch}
        now = house.clock()
        with house.store.writing() as tx:
            tx.hold([HELD])
            for lead in batch:
                kept = alike(tx, lead)
                # Leads of this import were held against each other already, when its rows were merged.
                own = {
                    id_ for id_, item in kept.items() if resumed and item.get("imports") == [import_id]
                } | new
                before = [as_lead(item) for id_, item in kept.items() if id_ not in own]
                match, doubtful = matched(lead, before, matching, rules.free_domains)
                whole, score = _whole(house, lead, scored[lead.lead_id], before, match)
                if match is None:
                    new.add(lead.lead_id)
                moved[lead.lead_id] = whole.lead_id
                known = beside(kept.get(whole.lead_id), import_id, now)
                shown |= write(tx, [(whole, score, known)], now)
                pairs += [
                    ((whole.lead_id, one.lead_id), one.likeness.score, one.likeness.reasons)
                    for one in doubtful
                ]
                if house.settings.leads_enter:
                    enter(tx, house, whole.lead_id, BY, now)
        done += len(batch)
        progress(done, len(found.leads))
    pairs += [
        ((moved[one.lead_ids[0]], moved[one.lead_ids[1]]), one.score, one.reasons) for one in found.proposals
    ]
    proposals = _propose(house, pairs)
    if house.settings.leads_enter:
        house.written()
    return {
        "imported": len(new),
        "merged": found.imported + found.merged - len(new),
        "rejected": plain(found.rejected),
        "leads": list(shown.values()),
        "proposals": proposals,
        "findings": plain(found.findings),
        "columns": found.columns,
    }


def _whole(
    house: House, lead: Lead, score: Qualification, before: list[Lead], match: Any
) -> tuple[Lead, Qualification]:
    if match is None:
        return lead, score
    kept = next((one for one in before if one.lead_id == match.lead_id), None)
    if kept is None:
        return lead, score
    why = f"уже загруженный лид: {match.likeness.score:.2f}; " + "; ".join(match.likeness.reasons)
    whole = joined(kept, lead, (why,))
    return whole, qualify_lead(whole, today(house))


def _propose(
    house: House, pairs: list[tuple[tuple[str, str], float, tuple[str, ...]]]
) -> list[dict[str, Any]]:
    """File a proposal to join for every doubtful pair; a pair that was proposed before stays as it is, decided or not."""
    unique = {tuple(sorted(ids)): (ids, score, reasons) for ids, score, reasons in pairs if ids[0] != ids[1]}
    left = iter(sorted(unique.values(), key=lambda item: (-item[1], item[0])))
    filed = []
    while batch := list(islice(left, LEADS_IN_A_TRANSACTION)):
        now = house.clock()
        with house.store.writing() as tx:
            for ids, score, reasons in batch:
                content = {"lead_ids": sorted(ids), "score": score, "reasons": list(reasons)}
                proposal = file_new(tx, "merge", content, by=BY, now=now)
                filed.append(
                    {"proposal_id": proposal.id, "hash": proposal.hash, "state": proposal.state, **content}
                )
    return filed


def import_id_of(name: str, content: bytes) -> str:
    """The identifier of an import: the same file under the same name is the same import."""
    return "LI-" + hashlib.sha256(name.encode() + b"\0" + content).hexdigest()[:20]


def begin(house: House, name: str, content: bytes, by: str) -> dict[str, Any]:
    """Keep a file to be imported and say where its job stands. A file that was handed in before is the same job."""
    import_id, now = import_id_of(name, content), house.clock()
    with house.store.writing() as tx:
        tx.hold([import_id])
        known = _job(tx, import_id)
        if known is not None and known["state"] != "failed":
            return known
        job = {
            "import_id": import_id,
            "name": name,
            "by": by,
            "created": instant.iso(now),
            "state": "running",
            "phase": "reading",
            "done": 0,
            "of": None,
        }
        kept = {"name": name, "content": base64.b64encode(content).decode()}
        tx.file("lead-import-file", {import_id: json.dumps(kept)}, now)
        _note(tx, job, now)
    return job


def job_of(house: House, import_id: str) -> dict[str, Any]:
    """Where an import stands; NotFound for one nobody knows."""
    with house.store.reading() as read:
        job = _job(read, import_id)
    if job is None:
        raise NotFound(f"no import {import_id}", import_id=import_id)
    return job


def unfinished(house: House) -> list[str]:
    """Imports that were begun and not ended."""
    with house.store.reading() as read:
        jobs = [json.loads(body) for _, body in read.archive("lead-import", "", 10_000)]
    return [job["import_id"] for job in jobs if job["state"] == "running"]


def carry_on(house: House, import_id: str, progress: Progress = _unseen) -> dict[str, Any]:
    """Do what is left of an import and answer with its ended job. A file that cannot be read ends it as failed.

    Two that carry on the same import write the same: chunks and leads do not depend on who made them.
    """
    job = job_of(house, import_id)
    if job["state"] != "running":
        return job
    try:
        result = _carried(house, job, progress)
    except DealError as error:
        job |= {"state": "failed", "problem": {"type": error.kind, "detail": str(error)}}
        result = None
    job |= {"ended": instant.iso(house.clock())}
    with house.store.writing() as tx:
        if result is not None:
            job |= {
                "state": "done",
                "phase": "done",
                "imported": result["imported"],
                "merged": result["merged"],
                "rejected": result["rejected"],
                "findings": result["findings"],
                "columns": result["columns"],
                "proposals": len(result["proposals"]),
            }
        _note(tx, job, house.clock())
        tx.discard("lead-import-file", [import_id])
        chunks = [id_ for id_, _ in _chunks(tx, import_id)]
        tx.discard("lead-import-chunk", chunks)
    return job


def _carried(house: House, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    import_id = job["import_id"]
    resumed = job["phase"] == "writing"
    with house.store.reading() as read:
        text = read.archived("lead-import-file", import_id)
        chunks = [CleanedChunk.model_validate_json(body) for _, body in _chunks(read, import_id)]
    if text is None:
        raise NotFound(f"the file of import {import_id} is gone", import_id=import_id)
    kept = json.loads(text)
    table = read_leads(kept["name"], base64.b64decode(kept["content"]), import_rules().limits)
    rows = list(table.rows)
    after = max((chunk.next_row - 1 for chunk in chunks), default=0)
    for chunk in cleaned_chunks(rows, ROWS_IN_A_CHUNK, after):
        chunks.append(chunk)
        job |= {"phase": "reading", "done": chunk.next_row - 1, "of": len(rows)}
        with house.store.writing() as tx:
            tx.file(
                "lead-import-chunk",
                {f"{import_id}/{chunk.first_row:09d}": chunk.model_dump_json()},
                house.clock(),
            )
            _note(tx, job, house.clock())
        progress(chunk.next_row - 1, 2 * len(rows))
    found = merge_chunks(chunks, table.columns, table.findings)
    job |= {"phase": "writing", "done": 0, "of": len(found.leads)}
    with house.store.writing() as tx:
        _note(tx, job, house.clock())

    def told(done: int, of: int | None) -> None:
        progress(len(rows) + len(rows) * done // max(of or 1, 1), 2 * len(rows))
        if done % 5000 < LEADS_IN_A_TRANSACTION:
            with house.store.writing() as tx:
                _note(tx, job | {"done": done, "of": of}, house.clock())

    return settle(house, found, import_id, told, resumed)


def _job(read: Reading, import_id: str) -> dict[str, Any] | None:
    text = read.archived("lead-import", import_id)
    job: dict[str, Any] | None = None if text is None else json.loads(text)
    return job


def _note(tx: Writing, job: dict[str, Any], now: int) -> None:
    tx.file("lead-import", {job["import_id"]: json.dumps(job, ensure_ascii=False)}, now)


def _chunks(read: Reading, import_id: str) -> list[tuple[str, str]]:
    rows = read.archive("lead-import-chunk", f"{import_id}/", 100_000)
    return [(id_, body) for id_, body in rows if id_.startswith(f"{import_id}/")]


class ImportRunner:
    """The thread of a server that carries imports on, those of an earlier run first."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._wanted = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lead-imports", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier run left unfinished."""
        self._thread.start()
        self._wanted.set()

    def wake(self) -> None:
        """There is an import to carry on."""
        self._wanted.set()

    def stop(self) -> None:
        """Ask it to end; an import under way goes on from its last kept piece at the next start."""
        self._stopped.set()
        self._wanted.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._wanted.wait()
            self._wanted.clear()
            try:
                for import_id in unfinished(self._house):
                    if self._stopped.is_set():
                        return
                    carry_on(self._house, import_id, self._watched)
            except _Stopped:
                return
            except DealError:
                log.exception("a lead import stopped; it goes on at the next start or the next import")

    def _watched(self, *_: int | None) -> None:
        if self._stopped.is_set():
            raise _Stopped


class _Stopped(Exception):
    """The server ends in the middle of an import."""
