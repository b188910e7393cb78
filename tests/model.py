"""A second opinion: one deal computed the slow way, straight from the written rules, for the tests to compare with.

Nothing here is imported from the product, and nothing is remembered between steps: for every prefix of the ordered
events all facts are looked up again from the first event. If this file and the product disagree, one of them misreads
the rules, and this file is short enough to be judged by eye.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

AHEAD = timedelta(minutes=5)
NEVER = datetime.max.replace(tzinfo=UTC)

LIMITS = {
    "lead_to_brief": timedelta(hours=8),
    "brief_to_offer": timedelta(days=2),
    "offer_to_contract": timedelta(days=3),
    "contract_to_launch": timedelta(days=2),
    "launch_to_close": timedelta(days=30),
}

GATES = {
    "G1": "has_brief",
    "G2": "mediaplan_ready",
    "G3": "offer_approved",
    "G4": "contract_signed",
    "G5": "campaign_started",
    "G6": "invoice_issued",
    "G7": "closeout_completed",
}

SYSTEMS = ("crm", "mediapush", "docflow", "legal", "dcm")

ALIASES = {
    "lead.created": "crm.deal.created",
    "brief.submitted": "crm.brief.submitted",
    "mediapush.mediaplan.ready": "media.mediaplan.ready",
    "offer.approved": "crm.offer.approved",
    "legal.review.started": "docflow.contract.sent",
    "contract.signed": "docflow.contract.signed",
    "legal.contract.signed": "docflow.contract.signed",
    "campaign.started": "mediapush.campaign.started",
    "invoice.issued": "dcm.invoice.issued",
    "closeout.completed": "dcm.closeout.completed",
    **{f"{system}.sla.{word}": f"sla.{word}" for system in SYSTEMS for word in ("suspended", "resumed")},
    "contract.revoked": "docflow.contract.revoked",
    "legal.contract.terminated": "docflow.contract.revoked",
}

# type -> (fact it decides, value it gives the fact)
EFFECTS = {
    "crm.lead.qualified": ("qualified", True),
    "crm.brief.submitted": ("G1", True),
    "crm.brief.withdrawn": ("G1", False),
    "mediapush.planning.started": ("planning_started", True),
    "media.mediaplan.ready": ("G2", True),
    "media.mediaplan.rejected": ("G2", False),
    "crm.offer.approved": ("G3", True),
    "crm.offer.withdrawn": ("G3", False),
    "docflow.contract.sent": ("contract_in_progress", True),
    "docflow.contract.signed": ("G4", True),
    "mediapush.campaign.started": ("G5", True),
    "dcm.invoice.issued": ("G6", True),
    "dcm.closeout.completed": ("G7", True),
    "docflow.contract.revoked": ("cancelled", True),
    "crm.deal.lost": ("cancelled", True),
    "crm.deal.reopened": ("cancelled", False),
}


def instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None, f"a time without an offset is no instant: {text}"
    return moment.astimezone(UTC)


def key(event: dict) -> tuple[str, str]:
    return event["source"], event["id"]


def kind(event: dict) -> str:
    return ALIASES.get(event["type"], event["type"])


def speaks_of_deals(event: dict) -> bool:
    """Whether the catalogue has the type; an event of any other type changes nothing in the deal."""
    others = (
        "sla.suspended",
        "sla.resumed",
        "crm.deal.created",
        "mediapush.kpi.reported",
        "okk.nps.collected",
    )
    return kind(event) in EFFECTS or kind(event) in others or kind(event).endswith(".stage.changed")


def first_arrivals(arrivals: list[dict]) -> list[dict]:
    """One event per (source, id): the first to arrive. Repeats and conflicting bodies alike are passed over."""
    kept: list[dict] = []
    for event in arrivals:
        if all(key(event) != key(other) for other in kept):
            kept.append(event)
    return kept


def in_order(events: list[dict]) -> list[dict]:
    return sorted(events, key=lambda event: (instant(event["time"]), event["source"], event["id"]))


def deciding_event(fact: str, ordered: list[dict]) -> dict | None:
    """The latest event that speaks of the fact."""
    found = None
    for event in ordered:
        if kind(event) in EFFECTS and EFFECTS[kind(event)][0] == fact:
            found = event
    return found


def is_true(fact: str, ordered: list[dict]) -> bool:
    event = deciding_event(fact, ordered)
    return event is not None and EFFECTS[kind(event)][1]


def stage_of(ordered: list[dict], rules: str) -> str:
    def true(fact: str) -> bool:
        return is_true(fact, ordered)

    if true("cancelled"):
        return "cancelled"
    if rules == "stream-1":
        if true("G7"):
            return "closed"
        if true("G5") and true("G6"):
            return "closing"
        if true("G5"):
            return "running"
        if true("G4"):
            return "launching"
        if true("G2") and true("G3") and true("contract_in_progress"):
            return "contracting"
        if true("G2") and true("G3"):
            return "offer_ready"
        if true("G1") and true("planning_started"):
            return "planning"
        if true("G1"):
            return "briefed"
        return "draft"
    if rules == "case-6.8.5":
        if true("G7"):
            return "closed"
        if true("G6") and true("G5"):
            return "closing"
        if true("G5"):
            return "running"
        if true("G4"):
            return "contracting"
        if true("G3") and true("G2"):
            return "offer_ready"
        if true("G1"):
            return "briefed"
        return "draft"
    raise AssertionError(f"no such rules: {rules}")


def ladder_of(rules: str) -> list[str]:
    if rules == "stream-1":
        ladder = "draft briefed planning offer_ready contracting launching running closing closed"
    else:
        ladder = "draft briefed offer_ready contracting running closing closed"
    return ladder.split()


def timers_of(rules: str) -> dict[str, tuple[str, str]]:
    signed = "launching" if rules == "stream-1" else "contracting"
    return {
        "lead_to_brief": ("draft", "briefed"),
        "brief_to_offer": ("briefed", "offer_ready"),
        "offer_to_contract": ("offer_ready", signed),
        "contract_to_launch": (signed, "running"),
        "launch_to_close": ("running", "closed"),
    }


def pipeline_stage_of(stage: str, qualified: bool) -> str | None:
    if stage == "draft":
        return "Lead Qualified" if qualified else "Lead Imported"
    if stage == "briefed":
        return "Brief Received"
    if stage == "planning":
        return "Media Planning"
    if stage == "offer_ready":
        return "Offer Formed"
    if stage == "contracting":
        return "Contracting"
    if stage == "launching":
        return "Campaign Launching"
    if stage == "running":
        return "Running"
    if stage == "closing":
        return "Closing"
    if stage == "closed":
        return "Post Analysis"
    return None


def missing_of(stage: str, rules: str, ordered: list[dict]) -> list[str]:
    if stage == "draft":
        wanted = ["G1"]
    elif stage in ("briefed", "planning"):
        wanted = ["G2", "G3"]
    elif stage == "offer_ready" or (stage == "contracting" and rules == "stream-1"):
        wanted = ["G4"]
    elif stage in ("launching", "contracting"):
        wanted = ["G5"]
    elif stage == "running":
        wanted = ["G6"]
    elif stage == "closing":
        wanted = ["G7"]
    else:
        wanted = []
    return [gate for gate in wanted if not is_true(gate, ordered)]


def created_in(ordered: list[dict]) -> bool:
    return any(kind(event) == "crm.deal.created" for event in ordered)


def walk(ordered: list[dict], rules: str) -> list[dict]:
    """The stage entries in order; the first one begins with the first event."""
    entries: list[dict] = []
    for count in range(1, len(ordered) + 1):
        prefix = ordered[:count]
        stage = stage_of(prefix, rules)
        if entries and entries[-1]["stage"] == stage:
            continue
        now = instant(prefix[-1]["time"])
        if entries:
            entries[-1]["completed_at"] = now
        entries.append({"stage": stage, "started_at": now, "completed_at": None})
    return entries


def first_reached(wanted: str, ordered: list[dict], rules: str) -> datetime | None:
    """When the deal first stood on the wanted stage or a later one; a cancelled deal stands nowhere."""
    ladder = ladder_of(rules)
    for count in range(1, len(ordered) + 1):
        prefix = ordered[:count]
        stage = stage_of(prefix, rules)
        if stage == "cancelled":
            continue
        if stage == "draft" and not created_in(prefix):
            continue
        if ladder.index(stage) >= ladder.index(wanted):
            return instant(prefix[-1]["time"])
    return None


def cancelled_since(ordered: list[dict], rules: str) -> datetime | None:
    entries = walk(ordered, rules)
    if entries and entries[-1]["stage"] == "cancelled":
        return entries[-1]["started_at"]
    return None


def seconds(span: timedelta) -> float:
    return round(span.total_seconds(), 3)


def limit_in_force(
    timer: str, moment: datetime, versions: list[tuple[datetime, dict[str, timedelta]]]
) -> timedelta:
    limit = LIMITS[timer]
    for since, limits in sorted(versions, key=lambda version: version[0]):
        if since <= moment and timer in limits:
            limit = limits[timer]
    return limit


def spans_at_rest(timer: str, ordered: list[dict]) -> list[tuple[datetime, datetime]]:
    """When the timer stood still: each span begins with a suspension while it ran; NEVER is no end yet."""
    spans: list[tuple[datetime, datetime]] = []
    resting_since = None
    for event in ordered:
        if event["data"].get("timer") not in (None, timer):
            continue
        if kind(event) == "sla.suspended" and resting_since is None:
            resting_since = instant(event["time"])
        elif kind(event) == "sla.resumed" and resting_since is not None:
            spans.append((resting_since, instant(event["time"])))
            resting_since = None
    if resting_since is not None:
        spans.append((resting_since, NEVER))
    return spans


def rest_between(start: datetime, end: datetime, spans: list[tuple[datetime, datetime]]) -> timedelta:
    overlaps = [min(end, until) - max(start, since) for since, until in spans]
    return sum((overlap for overlap in overlaps if overlap > timedelta(0)), timedelta(0))


def instant_after(
    start: datetime, span: timedelta, rests: list[tuple[datetime, datetime]]
) -> datetime | None:
    """When the span has run: each rest that begins before that puts it off; None while a rest does not end."""
    end = start + span
    for since, until in rests:
        if since < end and until > start:
            if until == NEVER:
                return None
            end += until - max(since, start)
    return end


def timer_of(
    timer: str,
    ordered: list[dict],
    clock: datetime,
    rules: str,
    versions: list[tuple[datetime, dict[str, timedelta]]],
    at_risk_share: float,
) -> dict:
    source, target = timers_of(rules)[timer]
    started = first_reached(source, ordered, rules)
    if timer == "lead_to_brief" and not created_in(ordered):
        started = None
    limit = limit_in_force(timer, started if started is not None else clock, versions)
    if started is None:
        return {
            "state": "pending",
            "started_at": None,
            "due_at": None,
            "stopped_at": None,
            "cancelled_at": None,
            "elapsed_s": 0.0,
            "limit_s": seconds(limit),
            "breached_at": None,
            "suspended_s": 0.0,
            "suspended_since": None,
        }
    reached = first_reached(target, ordered, rules)
    cancelled = cancelled_since(ordered, rules)
    ended = reached if reached is not None else cancelled
    rests = spans_at_rest(timer, ordered)
    if ended is not None:
        rests = [(since, min(until, ended)) for since, until in rests if since < ended]
    due = instant_after(started, limit, rests)
    late = due is not None and (ended or clock) > due
    if reached is not None:
        state = "met_late" if late else "met"
    elif cancelled is not None:
        state = "cancelled"
    else:
        warned = instant_after(started, at_risk_share * limit, rests)
        if late:
            state = "breached"
        elif warned is not None and clock >= warned:
            state = "at_risk"
        else:
            state = "running"
    until = ended if ended is not None else max(clock, started)
    return {
        "state": state,
        "started_at": started,
        "due_at": due,
        "stopped_at": reached,
        "cancelled_at": ended if state == "cancelled" else None,
        "elapsed_s": seconds(until - started - rest_between(started, until, rests)),
        "suspended_s": seconds(rest_between(started, until, rests)),
        "suspended_since": max(rests[-1][0], started) if rests and rests[-1][1] == NEVER else None,
        "limit_s": seconds(limit),
        "breached_at": due if late else None,
    }


def is_far_ahead(event: dict, received: dict[tuple[str, str], datetime] | None) -> bool:
    if received is None:
        return False
    return instant(event["time"]) - received[key(event)] > AHEAD


def moved_before_its_origin(ordered: list[dict], rules: str) -> bool:
    for count, event in enumerate(ordered):
        if kind(event) == "crm.deal.created":
            moved = first_reached("briefed", ordered[:count], rules)
            return moved is not None and moved < instant(event["time"])
    return False


def lit_while_cancelled(ordered: list[dict]) -> bool:
    for count, event in enumerate(ordered):
        fact, value = EFFECTS.get(kind(event), ("", False))
        before = ordered[:count]
        if value and fact != "cancelled" and is_true("cancelled", before) and not is_true(fact, before):
            return True
    return False


def changes_no_timer(event: dict, before: list[dict], rules: str) -> bool:
    """Whether it suspends what rests already, or resumes what does not rest."""
    meant = [timer for timer in timers_of(rules) if event["data"].get("timer") in (None, timer)]
    resting = [
        bool(spans) and spans[-1][1] == NEVER for spans in (spans_at_rest(timer, before) for timer in meant)
    ]
    return all(resting) if kind(event) == "sla.suspended" else not any(resting)


def anomalies_of(ordered: list[dict], waiting: list[dict], rules: str) -> set[str]:
    """All but those that need the table of what each system's own stages claim."""
    found = set()
    if not created_in(ordered):
        found.add("origin_missing")
    gates = [is_true(gate, ordered) for gate in GATES]
    if any(true and not all(gates[:place]) for place, true in enumerate(gates)):
        found.add("gate_order")
    if waiting:
        found.add("future_event")
    if moved_before_its_origin(ordered, rules):
        found.add("time_before_origin")
    for count, event in enumerate(ordered):
        if kind(event).startswith("sla.") and changes_no_timer(event, ordered[:count], rules):
            found.add("suspended_already" if kind(event) == "sla.suspended" else "not_suspended")
    if lit_while_cancelled(ordered):
        found.add("after_cancellation")
    return found


def slow_deal(
    events: list[dict],
    clock: datetime,
    rules: str = "stream-1",
    limits: dict[str, timedelta] | list[tuple[datetime, dict[str, timedelta]]] | None = None,
    at_risk_share: float = 0.8,
    received: dict[tuple[str, str], datetime] | None = None,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> dict | None:
    """The deal at `clock`; None if nothing is known of it.

    `events` are structured CloudEvents of one deal in the order of arrival, repeats included. `received` gives the
    time of first arrival by (source, id); without it every event counts as arrived in good time, and `known_at`
    cannot be asked. `limits` replace the usual ones, or are several, each with the instant from which it applies.
    """
    known = [event for event in first_arrivals(events) if speaks_of_deals(event)]
    if known_at is not None:
        assert received is not None, "known_at needs arrival times"
        known = [event for event in known if received[key(event)] <= known_at]
        clock = known_at
    if as_of is not None:
        known = [event for event in known if instant(event["time"]) <= as_of]
        clock = as_of
    if not known:
        return None
    waiting = [event for event in known if is_far_ahead(event, received) and instant(event["time"]) > clock]
    ordered = in_order([event for event in known if event not in waiting])
    stage = stage_of(ordered, rules)
    gates = {}
    for gate, name in GATES.items():
        decided_by = deciding_event(gate, ordered)
        gates[gate] = {
            "name": name,
            "status": is_true(gate, ordered),
            "event_id": decided_by["id"] if decided_by else None,
            "event_timestamp": instant(decided_by["time"]) if decided_by else None,
        }
    domain_stages = {}
    for event in ordered:
        if kind(event).endswith(".stage.changed"):
            domain_stages[kind(event).removesuffix(".stage.changed")] = event["data"]["stage"]
    facts = ("qualified", "planning_started", "contract_in_progress", "cancelled")
    versions = limits if isinstance(limits, list) else [(datetime.min.replace(tzinfo=UTC), limits or {})]
    return {
        "aggregated_stage": stage,
        "pipeline_stage": pipeline_stage_of(stage, is_true("qualified", ordered)),
        "gates": gates,
        "facts": {fact: is_true(fact, ordered) for fact in facts},
        "domain_stages": domain_stages,
        "stages": walk(ordered, rules),
        "sla": {
            timer: timer_of(timer, ordered, clock, rules, versions, at_risk_share)
            for timer in timers_of(rules)
        },
        "anomalies": anomalies_of(ordered, waiting, rules),
        "missing": missing_of(stage, rules, ordered),
    }
