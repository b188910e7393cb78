"""Legal findings that a language model proposes. Kept is a place: a quote that stands in the text, under a rule or an
article that exists. What the model says beyond that is never shown; weight, reason and suggestion are the rule's own."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agents.model import PARSING
from prompts.prompt import load
from tools.contract.clauses import Clause, clause_at, cut
from tools.knowledge.citation import Reference, acts_in
from tools.rules import Finding, Law, Rule, Side, advertising_law, norm, playbook

if TYPE_CHECKING:
    from agents.copilot import Endpoint

Reason = Literal["quote_not_in_text", "no_such_rule_or_article", "repeated", "malformed"]

SHORTEST_QUOTE, LONGEST_QUOTE = 8, 1000
AT_ONCE: Final = 24_000
"""Characters of the text that the model reads in one go."""
MOST_AT_ONCE: Final = 4
MOST_PROPOSED: Final = 200

Article = Callable[[Reference], str | None]
"""The words of an article that the knowledge base holds; None where it holds none such."""


class Added(BaseModel):
    """Findings that were kept, and an account of the rest."""

    model_config = ConfigDict(frozen=True)

    findings: tuple[Finding, ...] = ()
    proposed: int = 0
    dropped: dict[Reason, int] = Field(
        default_factory=dict, description="Why proposals were left out, and how many"
    )
    account: dict[str, Any] = Field(default_factory=dict)
    note: str | None = Field(default=None, description="Why the model was not heard, or not to its end")


class _Proposal(BaseModel):
    quote: str
    rule_id: str | None = None
    act: str | None = None
    article: str | None = None
    part: str | None = None


def add_findings(
    endpoint: Endpoint, text: str, found: Sequence[Finding], *, on: date, side: Side, article: Article
) -> Added:
    """Ask the model for places of a text that the rules did not find. Whatever fails, what was kept till then stands."""
    return asyncio.run(_asked(endpoint, text, found, on, side, article))


async def _asked(
    endpoint: Endpoint, text: str, found: Sequence[Finding], on: date, side: Side, article: Article
) -> Added:
    from langchain_core.exceptions import LangChainException
    from langchain_core.messages import HumanMessage, SystemMessage
    from langchain_core.utils.json import parse_json_markdown
    from openai import OpenAIError

    rules = {rule.id: rule for rule in _in_force(on)}
    told = "\n".join(f"{rule.id}: {rule.title}. {rule.requirement}" for rule in rules.values())
    system = SystemMessage(load("legal_findings").fill({"side": side, "rules": told}))
    account: dict[str, Any] = {
        "model": endpoint.name,
        "tokens_in": 0,
        "tokens_out": 0,
        "ms": 0,
        "chars_read": 0,
    }
    proposals: list[Any] = []
    note = None
    failures: tuple[type[Exception], ...] = (
        OpenAIError,
        LangChainException,
        TimeoutError,
        RecursionError,  # an answer of nothing but brackets
        *PARSING,
        *endpoint.failures,
    )
    started = time.monotonic()
    try:
        async with endpoint.open() as model:
            for part in _parts(text):
                left = endpoint.seconds - (time.monotonic() - started)
                said = await asyncio.wait_for(model.ainvoke([system, HumanMessage(part)]), max(left, 0.05))
                usage = said.usage_metadata
                if usage is not None:
                    account["tokens_in"] += usage["input_tokens"]
                    account["tokens_out"] += usage["output_tokens"]
                account["chars_read"] += len(part)
                listed = parse_json_markdown(said.text)
                proposals += listed if isinstance(listed, list) else [listed]
    except failures as error:
        note = type(error).__name__
    account["ms"] = round((time.monotonic() - started) * 1000)
    kept, dropped = _judged(proposals, text, found, rules, on, side, article)
    return Added(findings=tuple(kept), proposed=len(proposals), dropped=dropped, account=account, note=note)


def _in_force(on: date) -> Iterator[Rule]:
    for rule in (*playbook().rules, *advertising_law().rules):
        if rule.in_force(on):
            yield rule


def _parts(text: str) -> Iterator[str]:
    """The text in parts that end with a clause; what is beyond the last is not read."""
    clauses = cut(text)
    start = 0
    for _ in range(MOST_AT_ONCE):
        end = min(start + AT_ONCE, len(text))
        if end < len(text):
            clause = clauses[clause_at(clauses, end)]
            end = clause.start if clause.start > start else end
        if text[start:end].strip():
            yield text[start:end]
        start = end


def _judged(
    proposals: Sequence[Any],
    text: str,
    found: Sequence[Finding],
    rules: dict[str, Rule],
    on: date,
    side: Side,
    article: Article,
) -> tuple[list[Finding], dict[Reason, int]]:
    clauses = cut(text)
    known = [(finding.rule_id, finding.start, finding.end) for finding in found if finding.quote]
    kept: list[Finding] = []
    dropped: Counter[Reason] = Counter()
    for place, raw in enumerate(proposals):
        try:
            proposal = _Proposal.model_validate(raw)
        except ValidationError:
            dropped["malformed"] += 1
            continue
        span = _span(proposal.quote, text)
        if span is None or place >= MOST_PROPOSED:
            dropped["quote_not_in_text"] += 1
            continue
        finding = _finding(proposal, text, span, clauses, rules, on, side, article)
        if finding is None:
            dropped["no_such_rule_or_article"] += 1
        elif any(
            rule_id == finding.rule_id and start < span[1] and span[0] < end for rule_id, start, end in known
        ):
            dropped["repeated"] += 1
        else:
            known.append((finding.rule_id, *span))
            kept.append(finding)
    return kept, dict(dropped)


def _span(quote: str, text: str) -> tuple[int, int] | None:
    """Where the quote stands, word for word; only the width of spaces and line ends may differ."""
    words = quote.split()
    if not SHORTEST_QUOTE <= len(" ".join(words)) <= LONGEST_QUOTE or not re.search(r"[^\W\d_]{3}", quote):
        return None
    found = re.search(r"\s+".join(map(re.escape, words)), text)
    return found.span() if found else None


def _finding(
    proposal: _Proposal,
    text: str,
    span: tuple[int, int],
    clauses: tuple[Clause, ...],
    rules: dict[str, Rule],
    on: date,
    side: Side,
    article: Article,
) -> Finding | None:
    start, end = span
    rule = rules.get((proposal.rule_id or "").strip())
    named = _norm_of(proposal, on, article) if rule is None else None
    if rule is None and named is None:
        return None
    law = norm(rule) if rule else named[0] if named else None
    assert law is not None
    return Finding(
        rule_id=rule.id if rule else f"{law.act} ст. {law.article}" + (f" {law.part}" if law.part else ""),
        title=rule.title if rule else f"Статья {law.article}",
        kind="adverse",
        severity=getattr(rule.severity, side) if rule else "info",
        quote=text[start:end],
        start=start,
        end=end,
        clause=clauses[clause_at(clauses, start)].number,
        why=rule.why if rule else named[1] if named else "",
        law=law,
        suggestion=rule.suggestion if rule else "Прочтите норму и решите, относится ли она к этому месту.",
        read_at=on,
        found_by="model",
    )


def _norm_of(proposal: _Proposal, on: date, article: Article) -> tuple[Law, str] | None:
    """The article a proposal names: of a dated rule in force, or of a law in the knowledge base, with its words."""
    acts = acts_in(proposal.act or "")
    number = re.sub(r"^(?:ст(?:атья|\.)?)\s*", "", (proposal.article or "").strip(), flags=re.IGNORECASE)
    part = re.sub(r"^(?:ч(?:асть|\.)?)\s*", "", (proposal.part or "").strip(), flags=re.IGNORECASE) or None
    if len(acts) != 1 or not re.fullmatch(r"\d{1,4}(?:\.\d{1,2})*", number):
        return None
    for rule in _in_force(on):
        same_part = part is None or re.match(rf"ч\. {re.escape(part)}(?![\d.])", rule.part or "")
        if acts[0] in acts_in(rule.act) and rule.article == number and same_part:
            return norm(rule), rule.requirement
    words = article(Reference(article=number, part=part, act=acts[0]))
    if words is None:
        return None
    held = Law(
        act=acts[0],
        article=number,
        part=f"ч. {part}" if part else None,
        effective_from=None,
        effective_to=None,
        status="needs_legal_review",
    )
    return held, words
