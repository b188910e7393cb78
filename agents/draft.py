"""An answer before it is worded: sentences whose every figure, date, stage and name is bound to its source."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from agents.neutral import neutral
from agents.shown import Kind, show
from agents.state import Lang

EvidenceKind = Literal["event", "deal", "tool", "document", "law"]


@dataclass(frozen=True)
class Bound:
    """A value and where it stands. `show` says how it is written; `quote` are the words it was read from, with their
    place in the text; `subject` is the deal it belongs to, where the path does not begin with it."""

    path: str
    value: Any
    show: Kind = "text"
    kind: EvidenceKind = "deal"
    quote: str | None = None
    start: int | None = None
    end: int | None = None
    subject: str | None = None


@dataclass
class Draft:
    """Sentences to say: the name of a template and what goes into it."""

    sentences: list[tuple[str, dict[str, Bound | str]]] = field(default_factory=list)

    def say(self, template: str, **slots: Bound | str) -> None:
        """Add a sentence, unless it has been said."""
        if (template, slots) not in self.sentences:
            self.sentences.append((template, slots))


@cache
def templates(lang: Lang) -> Mapping[str, str]:
    """The sentences of a language."""
    table = tomllib.loads(files("agents.words").joinpath(f"{lang}.toml").read_text(encoding="utf-8"))
    sentences: dict[str, str] = table["sentence"]
    return sentences


def render(draft: Draft, lang: Lang) -> tuple[str, list[dict[str, Any]]]:
    """The text, with a mark [e1] behind each sentence for what it rests on, and that evidence."""
    evidence: list[dict[str, Any]] = []
    numbers: dict[tuple[str, str], str] = {}
    lines = []
    for template, slots in draft.sentences:
        marks: list[str] = []
        shown: dict[str, str] = {}
        for name, slot in slots.items():
            if isinstance(slot, str):
                shown[name] = neutral(slot)
                continue
            written = shown[name] = as_written(slot, lang)
            mark = numbers.get((slot.path, written))
            if mark is None:
                mark = numbers[(slot.path, written)] = f"e{len(evidence) + 1}"
                evidence.append(card_of(mark, slot, written))
            if mark not in marks:
                marks.append(mark)
        sentence = templates(lang)[template].format_map(shown)
        lines.append(sentence + (" [" + ", ".join(marks) + "]" if marks else ""))
    return "\n".join(lines), evidence


def as_written(slot: Bound, lang: Lang) -> str:
    """A bound value in an answer's language, without markup that acts."""
    return neutral(show(slot.value, slot.show, lang))


def card_of(mark: str, slot: Bound, written: str) -> dict[str, Any]:
    """A piece of evidence."""
    card = {"id": mark, "kind": slot.kind, "path": slot.path, "value": slot.value, "shown": written}
    if slot.quote is not None:
        card |= {"quote": slot.quote, "start": slot.start, "end": slot.end}
    return card
