"""An answer put together: the model's sentences that were accepted, and the draft's own for every fact they left out.

So the facts of an answer are the same with and without a model, whatever the model does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agents.draft import Bound, Draft, card_of, templates
from agents.facts import Fact, Facts
from agents.neutral import neutral
from agents.sentence import REF


class Writing:
    """Text and evidence as they grow: each piece of evidence has one mark, wherever it is used."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._marks: dict[str, str] = {}
        self.evidence: list[dict[str, Any]] = []
        self.lines: list[str] = []

    def add(self, sentence: str) -> str:
        """A sentence with its references written out, and the marks of what it rests on behind it."""
        marks: list[str] = []

        def written(fact: Fact) -> str:
            mark = self._marks.get(fact.ref)
            if mark is None:
                mark = self._marks[fact.ref] = f"e{len(self.evidence) + 1}"
                self.evidence.append(card_of(mark, fact.bound, fact.shown))
            if mark not in marks:
                marks.append(mark)
            return fact.shown

        text = REF.sub(lambda ref: written(self._facts.by_ref[ref.group(1)]), sentence)
        line = text + (" [" + ", ".join(marks) + "]" if marks else "")
        self.lines.append(line)
        return line

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)


def left_out(draft: Draft, facts: Facts, accepted: Sequence[str]) -> list[str]:
    """The draft's sentences, in terms of references, that say what the accepted ones do not."""
    used = {ref for sentence in accepted for ref in REF.findall(sentence)}
    rest = []
    for template, slots in draft.sentences:
        refs = {name: facts.of(slot).ref for name, slot in slots.items() if isinstance(slot, Bound)}
        if refs and set(refs.values()) <= used:
            continue
        shown = {
            name: f"{{{{{refs[name]}}}}}" if name in refs else _said_back(slot)
            for name, slot in slots.items()
        }
        rest.append(templates(facts.lang)[template].format_map(shown))
    return rest


def _said_back(words: Any) -> str:
    """Words of the question said back: never a reference."""
    return neutral(str(words)).replace("{{", "{ {")


def worded(draft: Draft, facts: Facts, accepted: Sequence[str]) -> tuple[str, list[dict[str, Any]]]:
    """The whole answer: what was accepted, then what it left out."""
    writing = Writing(facts)
    for sentence in [*accepted, *left_out(draft, facts, accepted)]:
        writing.add(sentence)
    return writing.text, writing.evidence
