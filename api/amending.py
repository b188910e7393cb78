"""What follows from a person's edit of a proposal: a plan from its task, an offer from its terms, a verdict from its letters.

Whoever changes a sum by hand changes it in the exact content, which is then checked when it is approved; whoever
changes what sums are counted from gets them counted anew. Bad values are refused here, each at its field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from pydantic import ValidationError

from masterdeal.errors import BadRequest, Malformed
from masterdeal.proposal import Follow
from tools.mediaplan.planner import Infeasible, MediaPlan, plan
from tools.mediaplan.task import PlanTask, task_from_fields
from tools.offer import Offer, build_offer
from tools.offer_clauses import load_clauses
from tools.qualification.qualify import LetterFinding, Qualification, corrected
from tools.qualification.verdict import BANT, CHAMP
from tools.reference import load_reference

Content = dict[str, Any]
# What of an offer a person decides; its prices, sums and terms follow.
DECIDED: Final = frozenset({"client", "product", "discount", "valid_until", "contract", "marks_ads"})
_FIELD_OF: Final = {
    "period": "period_start",
    "channel": "channels",
    "pinned": "pinned",
    "min_order": "budget_max",
}


def follow(kind: str, sample_prices: bool) -> Follow | None:
    """How the content of a kind follows an edit; None where its values stand by themselves."""
    made = _FOLLOWS.get(kind)
    return None if made is None else lambda before, after: made(before, after, sample_prices)


def _lang(content: Mapping[str, Any]) -> Literal["ru", "en"]:
    return "en" if content.get("lang") == "en" else "ru"


def _refused(errors: list[dict[str, str]], **facts: Any) -> BadRequest:
    said = "; ".join(f"{one['where']}: {one['what']}" for one in errors)
    return BadRequest(said, where=errors[0]["where"], errors=errors, **facts)


def _at(where: str, error: ValidationError) -> list[dict[str, str]]:
    return [
        {"where": "/".join((where, *map(str, one["loc"]))), "code": one["type"], "what": one["msg"]}
        for one in error.errors()
    ]


def _wrong(where: str, code: str, what: str) -> BadRequest:
    return _refused([{"where": where, "code": code, "what": what}])


def _task(content: Mapping[str, Any]) -> PlanTask:
    try:
        return task_from_fields(content["task"])
    except Malformed as error:
        cause = error.__cause__
        if isinstance(cause, ValidationError):
            raise _refused(_at("content/task", cause)) from None
        fields = error.facts.get("fields") or [""]
        raise _refused(
            [{"where": f"content/task/{name}", "code": "not_read", "what": error.message} for name in fields]
        ) from None


def _plan(before: Content, after: Content, sample_prices: bool) -> Content:
    """A changed task is planned anew, at the prices of the day the plan was made on."""
    old = before.get("plan")
    if not isinstance(old, dict) or not isinstance(after.get("task"), dict) or "made_on" not in old:
        return after
    if after["task"] == before.get("task") or after.get("plan") != old:
        return after
    task, lang = _task(after), _lang(after)
    made = plan(task, load_reference(demo=sample_prices), date.fromisoformat(old["made_on"]), lang)
    if not isinstance(made, MediaPlan):
        raise _impossible(made)
    return {**after, "task": task.model_dump(mode="json"), "plan": made.model_dump(mode="json")}


def _impossible(why: Infeasible) -> BadRequest:
    names = why.missing or [part.strip().split(".")[0] for part in why.constraint.split("+")]
    fields = dict.fromkeys(_FIELD_OF.get(name, name) for name in names)
    errors = [{"where": f"content/task/{name}", "code": "infeasible", "what": why.why} for name in fields]
    return BadRequest(
        why.why, where=errors[0]["where"], errors=errors, infeasible=why.model_dump(mode="json")
    )


def _share(given: Any) -> Decimal:
    try:
        share = Decimal(str(given))
    except InvalidOperation:
        share = Decimal("NaN")
    if not share.is_finite():
        raise _wrong("content/offer/discount", "decimal_parsing", "not a number")
    if not 0 <= share < 1:
        raise _wrong("content/offer/discount", "not_a_share", "a discount lies between 0 and 1, 1 excluded")
    return share


def _offer(before: Content, after: Content, sample_prices: bool) -> Content:
    """Changed terms price the plan's lines anew. Anything else of an offer that was changed by hand stays as it was put
    and is checked when it is approved."""
    old, new = before.get("offer"), after.get("offer")
    if not isinstance(old, dict) or not isinstance(new, dict) or not {"plan", "task"} <= after.keys():
        return after
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    if not changed or not changed <= DECIDED:
        return after
    discount, reference = _share(new.get("discount", 0)), load_reference(demo=sample_prices)
    if discount and not any(discount <= row.up_to for row in reference.approvals):
        raise _wrong("content/offer/discount", "nobody_approves", "nobody may approve a discount this large")
    try:
        asked = Offer.model_validate(
            old | {name: new.get(name) for name in DECIDED} | {"discount": str(discount)}
        )
        made_of = MediaPlan.model_validate(after["plan"])
    except ValidationError as error:
        raise _refused(_at("content/offer", error)) from None
    if asked.valid_until < asked.made_on:
        raise _wrong(
            "content/offer/valid_until", "before_made", "an offer is valid until a day after it was made"
        )
    task = _task(after).model_copy(update={"client": asked.client, "product": asked.product})
    made = build_offer(
        made_of,
        task,
        reference,
        load_clauses(),
        offer_id=asked.offer_id,
        number=asked.number,
        made_on=asked.made_on,
        version=asked.version,
        discount=discount,
        contract=asked.contract,
        marks_ads=asked.marks_ads,
        valid_days=(asked.valid_until - asked.made_on).days,
        lang=_lang(after),
    )
    return {**after, "task": task.model_dump(mode="json"), "offer": made.model_dump(mode="json")}


def _qualification(before: Content, after: Content, _: bool) -> Content:
    """Changed letters change the verdict, by the rule it was made by."""
    states = {}
    for method, letters in (("bant", BANT), ("champ", CHAMP)):
        for letter in letters:
            one = (after.get(method) or {}).get(letter)
            if not isinstance(one, dict) or one == (before.get(method) or {}).get(letter):
                continue
            try:
                states[f"{method}.{letter}"] = LetterFinding.model_validate(one).state
            except ValidationError as error:
                raise _refused(_at(f"content/{method}/{letter}", error)) from None
    if not states:
        return after
    try:
        found = Qualification.model_validate(before)
    except ValidationError:
        return after  # a verdict somebody else proposed, in a shape of theirs
    told = corrected(found, states, _lang(after))
    return {**after, **told.model_dump(mode="json")}


_FOLLOWS: Final[Mapping[str, Callable[[Content, Content, bool], Content]]] = {
    "plan": _plan,
    "offer": _offer,
    "qualification": _qualification,
}
