export default {
  "nav": {
    "label": "Sections",
    "dashboard": "Dashboard",
    "deals": "Deals",
    "leads": "Leads",
    "planning": "Brief and plan",
    "offers": "Offers",
    "legal": "Legal",
    "approvals": "Approvals",
    "escalations": "Escalations",
    "knowledge": "Knowledge",
    "system": "System",
    "settings": "Settings",
    "search": "Number, client, title…",
    "menu": "Menu",
    "language": "Переключить на русский",
    "theme": "Light or dark theme",
    "copilot": "Copilot",
    "sign_out": "Sign out",
    "skip": "To the content"
  },
  "live": {
    "live": "live",
    "connecting": "connecting",
    "offline": "offline"
  },
  "say": {
    "loading": "Loading",
    "empty": "Nothing here yet",
    "offline": "The service cannot be reached",
    "sign_in": "Please sign in",
    "forbidden": "You may not do this",
    "not_found": "Nothing found",
    "failed": "That did not work",
    "page_broken": "The page stumbled. No data was harmed.",
    "again": "Try again",
    "close": "Close",
    "more": "Show more",
    "all": "all",
    "clear": "Clear",
    "save": "Save",
    "cancel": "Cancel",
    "export": "Export"
  },
  "sign_in": {
    "why": "The service takes your company's token.",
    "token": "Token",
    "enter": "Sign in"
  },
  "money": {
    "incl": "incl. VAT",
    "excl": "excl. VAT"
  },
  "span": {
    "days": "{d} d {h} h",
    "hours": "{h} h {m} min",
    "minutes": "{m} min",
    "working_days": "{d} w.d. {h} h",
    "working_hours": "{h} w.h. {m} min"
  },
  "stages": {
    "draft": "Draft",
    "briefed": "Briefed",
    "planning": "Media planning",
    "offer_ready": "Offer ready",
    "contracting": "Contracting",
    "launching": "Launching",
    "running": "Running",
    "closing": "Closing",
    "closed": "Closed",
    "cancelled": "Cancelled"
  },
  "steps": {
    "1": "Lead imported",
    "2": "Lead qualified",
    "3": "Brief received",
    "4": "Media planning",
    "5": "Offer in the making",
    "6": "Contract",
    "7": "Campaign launch",
    "8": "Campaign running",
    "9": "Closing",
    "10": "Post-analysis"
  },
  "timers": {
    "lead_to_brief": "Lead → brief",
    "brief_to_offer": "Brief → offer",
    "offer_to_contract": "Offer → contract",
    "contract_to_launch": "Contract → launch",
    "launch_to_close": "Launch → close"
  },
  "states": {
    "pending": "not started",
    "running": "running",
    "at_risk": "at risk",
    "breached": "breached",
    "met": "met",
    "met_late": "met late",
    "cancelled": "cancelled",
    "suspended": "suspended"
  },
  "gates": {
    "G1": "Brief",
    "G2": "Media plan",
    "G3": "Offer approved",
    "G4": "Contract signed",
    "G5": "Campaign launched",
    "G6": "Invoice issued",
    "G7": "Closing done"
  },
  "roles": {
    "presales": "pre-sales",
    "sales": "sales",
    "account": "account",
    "traffic": "traffic",
    "legal": "legal",
    "docflow": "docflow",
    "billing": "billing",
    "analyst": "analyst",
    "qa": "QA",
    "admin": "administrator"
  },
  "sla": {
    "left": "{span} left",
    "over": "{span} over",
    "due": "due"
  },
  "deals": {
    "title": "Deals",
    "count": {
      "one": "{n} deal",
      "other": "{n} deals"
    },
    "shown": {
      "one": "{n} deal shown",
      "other": "{n} deals shown"
    },
    "step_of": "step {n} of 10",
    "deal": "Deal",
    "client": "Client",
    "stage": "Stage",
    "budget": "Budget",
    "sla": "SLA",
    "manager": "Manager",
    "missing": "Missing",
    "attention": "Attention",
    "untitled": "Untitled",
    "none": "not given",
    "view": "View",
    "board": "Board",
    "table": "Table",
    "list": "List",
    "which": "Which deals",
    "filter": "Filter",
    "nothing": "No deals like these",
    "industry": "Industry",
    "client_type": "Client type"
  },
  "room": {
    "gates": "Gates",
    "anomalies": "Anomalies",
    "facts": "Deal",
    "inn": "INN",
    "rules": "Rules",
    "updated": "Updated",
    "systems": "In the systems",
    "print": "Print",
    "parts": "Parts of the deal",
    "overview": "Overview",
    "timeline": "History",
    "what_if": "What if",
    "path": "Path through the stages",
    "now": "now",
    "lit": "passed",
    "unlit": "not passed",
    "wanted": "needed for the next stage",
    "of": "of",
    "why": "How it was counted",
    "direction": "Which events",
    "in": "In",
    "out": "Out",
    "received": "received",
    "data": "Data of the event",
    "as_of": "As it was on",
    "to_now": "Back to now",
    "event": "If this event came",
    "limit_of": "If the limit of timer",
    "limit": "were",
    "suppose": "Look",
    "then": "Then",
    "breaches_appear": "Breaches that appear",
    "breaches_disappear": "Breaches that disappear"
  },
  "systems": {
    "crm": "CRM",
    "mediapush": "MediaPush",
    "docflow": "Docflow",
    "legal": "Legal",
    "dcm": "DCM",
    "billing": "Billing",
    "tracker": "Task tracker",
    "qa": "QA",
    "dwh": "DWH",
    "masterdeal": "MasterDeal"
  },
  "calendars": {
    "elapsed": "elapsed time",
    "working": "working time",
    "ru": "working time"
  },
  "anomalies": {
    "gate_order": "Gates out of order",
    "origin_missing": "No event of creation",
    "stage_disagreement": "Systems disagree",
    "after_cancellation": "Event after cancellation",
    "time_before_origin": "Created later than its events",
    "future_event": "Event from the future"
  },
  "effects": {
    "none": "no effect",
    "stage": "stage",
    "fact": "fact",
    "gate": "gate"
  },
  "copilot": {
    "thinking": "Looking at the data…",
    "steps": {
      "one": "{n} step",
      "other": "{n} steps"
    },
    "mode_rules": "Answered by rules",
    "mode_llm": "A model's words, checked facts",
    "decision": "The decision is kept and can be replayed",
    "stopped": "Stopped.",
    "hello": "Ask about deals, send a brief, a contract or a list of leads.",
    "hello_deal": "Ask about this deal.",
    "hint_1": "Which deals are overdue?",
    "hint_2": "Where is the bottleneck now?",
    "hint_3": "What should be done first?",
    "hint_deal_1": "What keeps this deal from moving on?",
    "hint_deal_2": "Why was the SLA breached?",
    "hint_deal_3": "What is the next step?",
    "promise": "Every figure has its source: hover or click. The copilot changes nothing itself, it proposes.",
    "ask": "A question or a task",
    "send": "Send",
    "stop": "Stop",
    "attach": "Attach a file",
    "remove_file": "Remove the file {name}",
    "history": "Earlier conversations",
    "anew": "New conversation",
    "to_deal": "to the deal",
    "turns": {
      "one": "{n} question",
      "other": "{n} questions"
    },
    "forget": "Delete the conversation “{title}”",
    "no_threads": "No conversations yet"
  },
  "evidence": {
    "event": "Event",
    "deal": "Deal card",
    "tool": "Result of a tool",
    "document": "Document",
    "law": "Law"
  },
  "proposal": {
    "label": "Proposal: {kind}",
    "content": "What is proposed",
    "hash": "Hash",
    "approve": "Approve",
    "edit": "Edit",
    "reject": "Reject",
    "edits": "Changes (JSON, RFC 7396)",
    "comment": "Comment",
    "bad_json": "This is no JSON",
    "conflict": "Decided otherwise already: {why}"
  },
  "proposal_kinds": {
    "plan": "Media plan",
    "offer": "Offer",
    "qualification": "Qualification of a lead",
    "task": "Task",
    "event": "Event",
    "merge": "Merge of leads"
  },
  "proposal_states": {
    "waiting": "waits for a decision",
    "approved": "approved",
    "rejected": "rejected",
    "edited": "edited"
  },
  "approvals": {
    "sub": "The copilot proposes, a person decides. What is approved is exactly what is shown: by its hash.",
    "state": "State",
    "kind": "What",
    "none_waiting": "Nothing waits for a decision",
    "none_approved": "Nothing approved yet",
    "none_rejected": "Nothing rejected",
    "none_edited": "Nothing edited"
  },
  "escalations": {
    "sub": "Every SLA breach opens one task; a target reached closes it.",
    "kind": "What",
    "state": "State",
    "timer": "SLA",
    "late": "Late by",
    "who": "Who acts",
    "rung": "Rung",
    "climbs": "climbs",
    "task": "Task",
    "take": "Take",
    "close": "Close",
    "closed": "closed",
    "none_open": "No open tasks",
    "none_closed": "No closed tasks"
  },
  "task_kinds": {
    "breach": "Breaches",
    "warning": "Warnings"
  },
  "task_states": {
    "open": "Open",
    "closed": "Closed"
  },
  "addressees": {
    "owner": "owner",
    "head": "head of the role",
    "director": "director"
  },
  "closed_because": {
    "taken_back": "breach taken back",
    "breached": "became a breach",
    "restated": "restated",
    "by_person": "closed by a person",
    "target_reached": "target reached",
    "met": "target reached",
    "met_late": "target reached late",
    "cancelled": "deal cancelled"
  },
  "system": {
    "sub": "What could not be taken in, and whether the parts of the service are well.",
    "again": "Check",
    "health": "Parts of the service",
    "ok": "ok",
    "letters": "What could not be taken in",
    "no_letters": "Everything that came was taken in",
    "event": "Event",
    "reason": "Why",
    "times": "Times",
    "replay": "Replay",
    "replayed": "Replay: {outcome}"
  },
  "outcomes": {
    "accepted": "accepted",
    "duplicate": "duplicate",
    "parked": "parked",
    "rejected": "rejected"
  },
  "letter_states": {
    "open": "open",
    "replayed": "replayed",
    "set_aside": "set aside"
  },
  "reasons": {
    "conflict": "other content under the same id",
    "not_a_cloudevent": "no CloudEvent",
    "not_json": "no JSON",
    "no_deal": "does not say which deal",
    "unknown_reference": "unknown deal",
    "bad_data": "data of the wrong kind"
  },
  "parts": {
    "event_store": "Event store",
    "worker": "Background worker",
    "kafka": "Kafka",
    "marts": "Marts",
    "knowledge": "Knowledge"
  },
  "counts": {
    "events": "events taken in",
    "deals": "deals",
    "unknown_events": "unknown events",
    "parked_events": "wait for a deal",
    "dead_letters": "not taken in",
    "canonical_events": "canonical events"
  },
  "dashboard": {
    "title": "United Stage Dashboard",
    "sub": "All deals, one stage each",
    "fresh": "updated {s} s ago",
    "calendar": "Which time",
    "elapsed": "Calendar",
    "working": "Working",
    "period": "Period",
    "all": "All time",
    "week": "7 days",
    "month": "30 days",
    "quarter": "90 days",
    "figures": "Main figures",
    "open": "Open deals",
    "created": {
      "one": "{n} new in 30 days",
      "other": "{n} new in 30 days"
    },
    "breached": "SLA breached now",
    "at_risk": "SLA at risk",
    "timers_now": "timers",
    "in_time": "SLA in time",
    "of_timers": {
      "one": "of {n} timer started",
      "other": "of {n} timers started"
    },
    "win_rate": "Win rate",
    "won": {
      "one": "{n} won",
      "other": "{n} won"
    },
    "lost": {
      "one": "{n} lost",
      "other": "{n} lost"
    },
    "cycle": "Deal cycle, median",
    "p90": "p90: {span}",
    "sum": "Sum of budgets",
    "points": "pp",
    "before": "thirty days before: {value}",
    "up": "up by",
    "down": "down by",
    "stages": "Deals by stage",
    "deals": "Deals",
    "share": "Share",
    "sums": "Sum",
    "age": "At the stage, p50",
    "mean": "Mean",
    "limit": "Limit",
    "late": "Late",
    "scale": "Median {p50}, p90 {p90}, limit {limit}",
    "bottleneck": "Bottleneck",
    "late_deals": {
      "one": "{n} late deal",
      "other": "{n} late deals"
    },
    "funnel": "Funnel",
    "reached": "Reached the stage",
    "of_previous": "Of those before",
    "lost_here": "Lost here",
    "ageing": "Without a move",
    "without_move": "At the stage for",
    "days": "{from}–{to} d",
    "days_over": "{n} d and more",
    "flow": "Flow by week",
    "flow_created": "came",
    "flow_won": "won",
    "flow_lost": "lost",
    "flow_breached": "SLA breaches",
    "as_table": "As a table",
    "from": "Week of",
    "groups": "Segments",
    "group_by": "Cut by",
    "by_industry": "Industry",
    "by_budget": "Budget",
    "by_client_type": "Client type",
    "by_stage": "Stage",
    "by_manager": "Manager",
    "by_source": "Source",
    "late_of": "{n} of {of} late"
  },
  "filters": {
    "sla": "SLA",
    "timer": "timer",
    "breached": "late",
    "outcome": "outcome",
    "reached": "reached",
    "industry": "industry",
    "client_type": "client type",
    "manager": "manager",
    "source": "source",
    "budget_min": "budget from",
    "budget_max": "budget to",
    "stage_age_min": "at the stage from",
    "stage_age_max": "at the stage up to",
    "created_from": "created from",
    "created_to": "created up to",
    "ended_from": "ended from",
    "ended_to": "ended up to",
    "anomaly": "anomaly",
    "domain_stage": "stage in a system",
    "pipeline_stage": "pipeline step",
    "q": "search",
    "stage": "stage"
  },
  "outcomes_of_deals": {
    "open": "open",
    "won": "won",
    "lost": "lost"
  }
}
