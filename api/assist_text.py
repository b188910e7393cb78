"""What the assist endpoints say in words: the copilot's own sentences, with a mark behind each for its evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from agents.compose_jobs import say_plan_body
from agents.draft import Bound, Draft, render, templates
from agents.neutral import neutral
from agents.shown import Kind, kind_of_field, names, show
from tools.brief import Brief
from tools.drafting import plain
from tools.qualification.qualify import Qualification
from tools.rules import Finding

Lang = Literal["ru", "en"]


def brief_text(brief: Brief, lang: Lang) -> str:
    """The fields with the words they were read from, what is missing, what contradicts itself, what to ask. The field
    number n is marked [en]."""
    said, lines = templates(lang), []
    for number, (name, found) in enumerate(brief.fields.items(), 1):
        shown = neutral(show(plain(found.value), kind_of_field(name, found.unit), lang))
        quote = "" if shown == found.quote else f" («{neutral(found.quote)}»)"
        lines.append(
            said["brief_field"].format(field=_field(name, lang), value=shown + quote) + f" [e{number}]"
        )
    if not brief.fields:
        lines.append(said["brief_empty"])
    if brief.missing:
        fields = ", ".join(_field(name, lang).lower() for name in brief.missing)
        lines.append(said["brief_missing"].format(fields=fields))
    for found_twice in brief.contradictions:
        quotes = " / ".join(neutral(one.quote) for one in found_twice.quotes)
        lines.append(said["brief_contradiction"].format(quotes=quotes))
    lines += [
        said["brief_question"].format(question=asked.ru if lang == "ru" else asked.en)
        for asked in brief.questions
    ]
    return "\n".join(lines)


def _field(name: str, lang: Lang) -> str:
    return names(lang)["field"].get(name, name)


def plan_text(result: Mapping[str, Any], lang: Lang) -> tuple[str, list[dict[str, Any]]]:
    """The totals and lines of a plan, and their evidence by paths within `result`."""
    draft, totals = Draft(), result["totals"]
    draft.say(
        "plan_total",
        gross=_bound("totals/gross", totals["gross"], "money"),
        net=_bound("totals/net", totals["net"], "money"),
        vat=_bound("totals/vat", totals["vat"], "bare_money"),
    )
    say_plan_body(draft, result, result["task"]["excluded_channels"], _bound)
    return render(draft, lang)


def offer_text(offer_id: str, offer: Mapping[str, Any], lang: Lang) -> tuple[str, list[dict[str, Any]]]:
    """What an offer comes to, until when it holds, who approves it; and the evidence by paths of the offer."""
    draft, at = Draft(), f"offer/{offer_id}"
    draft.say(
        "offer_total",
        offer=_bound(f"{at}/offer_id", offer_id),
        version=_bound(f"{at}/version", offer["version"], "number"),
        gross=_bound(f"{at}/totals/gross", offer["totals"]["gross"], "money"),
        until=_bound(f"{at}/valid_until", offer["valid_until"], "date"),
    )
    if float(offer["discount"]):
        draft.say(
            "offer_discount",
            discount=_bound(f"{at}/discount", float(offer["discount"]), "share"),
            amount=_bound(f"{at}/totals/discount", offer["totals"]["discount"], "money"),
        )
    if offer["approval_role"]:
        draft.say("offer_role", role=_bound(f"{at}/approval_role", offer["approval_role"], "role"))
    draft.say("offer_waits")
    return render(draft, lang)


def _bound(path: str, value: Any, kind: Kind = "text") -> Bound:
    return Bound(path, value, kind, "tool")


def qualification_text(found: Qualification, lang: Lang) -> str:
    """The verdict by its rule, the words behind each letter, what would change the verdict, what to ask and do next. The
    BANT letter number n is marked [en]."""
    said, called = templates(lang), names(lang)
    lines = [found.why]
    for number, (letter, finding) in enumerate(found.bant.items(), 1):
        if finding.quote:
            told = said["qualification_letter"].format(
                letter=called["letter"][letter],
                state=called["letter_state"][finding.state],
                quote=neutral(finding.quote).rstrip(".… "),
            )
            lines.append(f"{told} [e{number}]")
    if found.flip:
        lines.append(said["qualification_flip"].format(fact=found.flip.fact))
    if found.next_question:
        lines.append(said["brief_question"].format(question=found.next_question))
    if found.nurturing:
        lines.append(said["qualification_nurture"].format(advice=found.nurturing))
    return "\n".join(lines)


def legal_text(found: Sequence[Finding], lang: Lang) -> str:
    """The risks, each with its clause, what it weighs and why. The finding number n is marked [en]."""
    risks = [(number, one) for number, one in enumerate(found, 1) if one.kind != "present"]
    if not risks:
        return _NO_RISK[lang]
    called = names(lang)["severity"]
    return "\n".join(
        f"{one.rule_id}{_CLAUSE[lang].format(one.clause) if one.clause else ''}, {called[one.severity]}"
        f"{_MODEL[lang] if one.found_by == 'model' else ''}: {one.why} [e{number}]"
        for number, one in risks
    )


_NO_RISK = {
    "ru": "Рисков по проверенным правилам не найдено.",
    "en": "No risk found by the rules that were checked.",
}
_CLAUSE = {"ru": ", п. {}", "en": ", cl. {}"}
_MODEL = {"ru": " (модель)", "en": " (model)"}
