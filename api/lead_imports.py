"""Lead imports: a small one at once, a large one as a job whose work is kept piece by piece and gone on with after a restart."""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from api.lead_book import HELD, alike, as_lead, beside, enter, kept_lead, lead_to, today, write
from api.lead_learning import card_of_today, chance
from api.proposals import file_new
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import DealError, NotFound
from masterdeal.ports import Reading, Writing
from tools.drafting import plain
from tools.leads.importing import CleanedChunk, LeadImport, cleaned_chunks, merge_chunks
from tools.leads.joining import joined, lead_record, matched
from tools.leads.matching import Fields, Values, holders_of, shared_values
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

T = TypeVar("T")
Progress = Callable[[int, int | None], None]


def _unseen(*_: int | None) -> None:
    """Progress that nobody watches."""


def settle(
    house: House,
    found: LeadImport,
    import_id: str,
    progress: Progress = _unseen,
    job: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Keep the leads of an import beside those kept before: certain ones joined, doubtful ones proposed, each scored.

    Leads are written in small transactions, each together with how far the `job` has come: after a break it goes on with
    the first lead that is not written, and no lead is counted or written twice.
    """
    rules, matching = import_rules(), match_rules()
    shown: dict[str, dict[str, Any]] = {}
    filed: dict[str, dict[str, Any]] = {}
    done, made, proposed = (job["done"], job["made"], job["proposed"]) if job else (0, 0, 0)
    counted = holders_of((lead_record(lead, rules.free_domains) for lead in found.leads), matching)
    card = card_of_today(house)
    common: dict[str, int] = {}
    left = iter(found.leads[done:])
    while batch := list(islice(left, LEADS_IN_A_TRANSACTION)):
        scored = {lead.lead_id: qualify_lead(lead, today(house)) for lead in batch}
        now = house.clock()
        with house.store.writing() as tx:
            tx.hold([HELD])
            for lead in batch:
                kept, held = alike(tx, lead, import_id, common)
                # Leads of this import were held against each other already, when its rows were merged.
                before = [as_lead(item) for item in kept.values() if item.get("made_by") != import_id]
                match, doubtful = matched(
                    lead, before, matching, rules.free_domains, _most(held, lead, counted)
                )
                whole, score = _whole(house, lead, scored[lead.lead_id], before, match)
                made += match is None
                known = beside(kept.get(whole.lead_id), import_id, now)
                known |= {"learned_score": chance(card, whole)}
                shown |= write(tx, [(whole, score, known)], now)
                if whole.lead_id != lead.lead_id:
                    lead_to(tx, lead.lead_id, whole.lead_id, now)
                for one in doubtful:
                    pair = (whole.lead_id, one.lead_id)
                    filed |= _propose(tx, pair, one.likeness.score, one.likeness.reasons, now)
                if house.settings.leads_enter:
                    enter(tx, house, whole.lead_id, BY, now)
            done += len(batch)
            if job is not None:
                job |= {"done": done, "made": made, "proposed": proposed + len(filed)}
                _note(tx, job, now)
        progress(done, len(found.leads))
    for some in _in_batches(found.proposals):
        with house.store.writing() as tx:
            for doubt in some:
                ids = [here["lead_id"] for id_ in doubt.lead_ids if (here := kept_lead(tx, id_)) is not None]
                if len(set(ids)) == 2:
                    filed |= _propose(tx, (ids[0], ids[1]), doubt.score, doubt.reasons, house.clock())
    if house.settings.leads_enter:
        house.written()
    return {
        "imported": made,
        "merged": found.imported + found.merged - made,
        "rejected": plain(found.rejected),
        "leads": list(shown.values()),
        "proposals": list(filed.values()),
        "proposed": proposed + len(filed),
        "findings": plain(found.findings),
        "columns": found.columns,
    }


def _most(
    held: Mapping[Fields, int], lead: Lead, counted: Mapping[tuple[Fields, Values], int]
) -> dict[Fields, int]:
    """How many hold what the lead has in the shared fields: among those kept or in its own list, where there are more."""
    shared = shared_values(lead_record(lead, import_rules().free_domains), match_rules())
    return {fields: max(held.get(fields, 0), counted.get((fields, own), 0)) for fields, own in shared.items()}


def _in_batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), LEADS_IN_A_TRANSACTION):
        yield items[start : start + LEADS_IN_A_TRANSACTION]


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
    tx: Writing, pair: tuple[str, str], score: float, reasons: Sequence[str], now: int
) -> dict[str, dict[str, Any]]:
    """File a proposal to join two leads, by its id; a pair proposed before stays as it is, decided or not."""
    content = {"lead_ids": sorted(pair), "score": score, "reasons": list(reasons)}
    one = file_new(tx, "merge", content, by=BY, now=now)
    return {one.id: {"proposal_id": one.id, "hash": one.hash, "state": one.state, **content}}


def import_id_of(name: str, content: bytes) -> str:
    """The identifier of an import that runs as a job: the same file under the same name is the same import."""
    return "LI-" + hashlib.sha256(name.encode() + b"\0" + content).hexdigest()[:20]


def begin(
    house: House, name: str, content: bytes, by: str, columns: dict[str, str | None] | None = None
) -> dict[str, Any]:
    """Keep a file to be imported and say where its job stands. A file that was handed in before, its columns read the
    same, is the same job."""
    choice = json.dumps(columns, ensure_ascii=False, sort_keys=True).encode() if columns else b""
    import_id, now = import_id_of(name, content + choice), house.clock()
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
            "made": 0,
            "proposed": 0,
        }
        kept = {"name": name, "content": base64.b64encode(content).decode(), "columns": columns}
        tx.file("lead-import-file", {import_id: json.dumps(kept)}, now)
        _note(tx, job, now)
    return job


def at_once(house: House, found: LeadImport, progress: Progress = _unseen) -> dict[str, Any]:
    """Keep the leads of a small import; each is an import of its own, the same file again too."""
    return settle(house, found, f"LI-{house.clock():x}-{len(found.leads)}", progress)


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
        if (known := job_of(house, import_id))["state"] != "running":
            return known  # another process has ended it
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
                "proposals": result["proposed"],
                "proposed": result["proposed"],
            }
        _note(tx, job, house.clock())
        tx.discard("lead-import-file", [import_id])
        chunks = [id_ for id_, _ in _chunks(tx, import_id)]
        tx.discard("lead-import-chunk", chunks)
    return job


def _carried(house: House, job: dict[str, Any], progress: Progress) -> dict[str, Any]:
    import_id = job["import_id"]
    with house.store.reading() as read:
        text = read.archived("lead-import-file", import_id)
        chunks = [CleanedChunk.model_validate_json(body) for _, body in _chunks(read, import_id)]
    if text is None:
        raise NotFound(f"the file of import {import_id} is gone", import_id=import_id)
    kept = json.loads(text)
    content, chosen = base64.b64decode(kept["content"]), kept.get("columns")
    table = read_leads(kept["name"], content, import_rules().limits, chosen)
    rows = list(table.rows)
    after = max((chunk.next_row - 1 for chunk in chunks), default=0)
    for chunk in cleaned_chunks(rows, ROWS_IN_A_CHUNK, after):
        chunks.append(chunk)
        job |= {"done": chunk.next_row - 1, "of": len(rows)}
        with house.store.writing() as tx:
            tx.file(
                "lead-import-chunk",
                {f"{import_id}/{chunk.first_row:09d}": chunk.model_dump_json()},
                house.clock(),
            )
            _note(tx, job, house.clock())
        progress(chunk.next_row - 1, 2 * len(rows))
    found = merge_chunks(chunks, table.columns, table.findings)
    if job["phase"] == "reading":
        job |= {"phase": "writing", "done": 0, "of": len(found.leads)}

    def told(done: int, of: int | None) -> None:
        progress(len(rows) + len(rows) * done // max(of or 1, 1), 2 * len(rows))

    return settle(house, found, import_id, told, job)


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
