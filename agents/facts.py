"""The facts a model may refer to: every value that the rules' own draft binds, each under a name the model can write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from agents.draft import Bound, Draft, as_written, templates
from agents.state import Lang

# Leaves of a path that name what the values beside them belong to.
_NAMING: Final = frozenset(
    {
        "master_deal_id",
        "title",
        "timer",
        "name",
        "code",
        "system",
        "letter",
        "rule_id",
        "deadline",
        "draft_id",
    }
)
_UNSAFE: Final = re.compile(r"[^\w.:#-]+")
_PLAIN_ID: Final = re.compile(r"[\w.:#-]{1,40}")


@dataclass(frozen=True)
class Fact:
    """A value under the name by which a model refers to it. `shown` is how it is written; `groups` are the things it
    belongs to, outermost first, that facts name; `names` is the one it names itself."""

    ref: str
    bound: Bound
    shown: str
    groups: tuple[str, ...] = ()
    names: str | None = None

    @property
    def open(self) -> bool:
        """Whether a model may see the value: figures, dates, states and identifiers, never free text of others."""
        if self.bound.show in ("text", "value"):
            leaf = self.bound.path.rsplit("/", 1)[-1]
            return leaf in ("master_deal_id", "draft_id", "plan_draft") and bool(
                _PLAIN_ID.fullmatch(self.shown)
            )
        return True


class Facts:
    """The facts of a draft, and the draft's sentences in terms of them."""

    def __init__(self, draft: Draft, lang: Lang) -> None:
        self.lang = lang
        self.draft = draft
        self.by_ref: dict[str, Fact] = {}
        self._of: dict[tuple[str, str], Fact] = {}
        bounds = [slot for _, slots in draft.sentences for slot in slots.values() if isinstance(slot, Bound)]
        named = {group: bound for bound in bounds if (group := _names(bound)) is not None}
        order = {group: place for place, group in enumerate(named)}
        subjects = list(dict.fromkeys(group for bound in bounds if (group := _subject(bound)) is not None))
        for bound in bounds:
            written = as_written(bound, lang)
            if (bound.path, written) in self._of:
                continue
            ref = self._free(_ref(bound, subjects))
            belongs = [group for group in named if _within(bound, group)]
            belongs.sort(key=lambda group: (len(group), order[group]))
            fact = Fact(ref, bound, written, tuple(belongs), _names(bound))
            self.by_ref[ref] = self._of[(bound.path, written)] = fact

    def _free(self, wanted: str) -> str:
        ref, number = wanted, 2
        while ref in self.by_ref:
            ref, number = f"{wanted}_{number}", number + 1
        return ref

    def of(self, bound: Bound) -> Fact:
        """The fact of a bound value of the draft."""
        return self._of[(bound.path, as_written(bound, self.lang))]

    @cached_property
    def levels(self) -> dict[str, set[str]]:
        """The groups that stand side by side, by what they are parts of."""
        found: dict[str, set[str]] = {}
        for fact in self.by_ref.values():
            for group in fact.groups:
                found.setdefault(level_of(group), set()).add(group)
        return found

    def outline(self) -> str:
        """The draft for a model: its sentences with references in the place of values."""
        lines = []
        for template, slots in self.draft.sentences:
            shown = {
                name: f"{{{{{self.of(slot).ref}}}}}" if isinstance(slot, Bound) else slot
                for name, slot in slots.items()
            }
            lines.append(templates(self.lang)[template].format_map(shown))
        return "\n".join(lines)

    def legend(self) -> str:
        """What the references stand for. The words of clients, letters and contracts are not shown to a model."""
        return "\n".join(
            f"{{{{{fact.ref}}}}} = {fact.shown if fact.open else f'(text, {len(fact.shown)} characters)'}"
            for fact in self.by_ref.values()
        )


def level_of(group: str) -> str:
    """What a group is a part of."""
    return group.rsplit("/", 1)[0]


def _names(bound: Bound) -> str | None:
    parent, _, leaf = bound.path.rpartition("/")
    if leaf in _NAMING and parent:
        return parent
    if bound.show == "gate" and parent.endswith("/gates"):
        return bound.path
    return None


def _subject(bound: Bound) -> str | None:
    if bound.subject is not None:
        return f"deal/{bound.subject}"
    if bound.path.startswith("deal/"):
        return "/".join(bound.path.split("/")[:2])
    return None


def _within(bound: Bound, group: str) -> bool:
    return bound.path == group or bound.path.startswith(group + "/") or _subject(bound) == group


def _ref(bound: Bound, subjects: list[str]) -> str:
    subject = _subject(bound)
    path: Any = bound.path
    if subject is not None:
        inner = path.removeprefix(subject + "/") if path.startswith(subject + "/") else f"event/{path}"
        return f"d{subjects.index(subject) + 1}." + _slug(inner)
    head, mark, rest = path.partition("?")
    if mark:
        path = head + "/" + rest.partition("/")[2]
    return _slug(path)


def _slug(path: str) -> str:
    return _UNSAFE.sub("_", path.replace("/", ".")).strip("._") or "value"
