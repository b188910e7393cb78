"""Prompts as files: TOML front matter (version, purpose, inputs) and a text with {{name}} slots."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_SLOT: Final = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Prompt:
    """A page: its text, its version, and the inputs it must be given."""

    name: str
    version: int
    purpose: str
    inputs: tuple[str, ...]
    text: str

    @property
    def digest(self) -> str:
        """Tells two texts apart whatever their version says."""
        return hashlib.blake2b(self.text.encode(), digest_size=8).hexdigest()

    def fill(self, values: Mapping[str, str]) -> str:
        """The text with its slots filled in one pass, so that a value is never expanded again.
        A missing or an unknown input is a ValueError."""
        missing, unknown = set(self.inputs) - set(values), set(values) - set(self.inputs)
        if missing or unknown:
            raise ValueError(f"prompt {self.name}: missing {sorted(missing)}, unknown {sorted(unknown)}")
        return _SLOT.sub(lambda slot: values[slot.group(1)], self.text)


@cache
def load(name: str) -> Prompt:
    """A packaged prompt."""
    source = files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8")
    _, front, text = source.split("+++\n", 2)
    head = tomllib.loads(front)
    slots = set(_SLOT.findall(text))
    if slots != set(head["inputs"]):
        raise ValueError(f"prompt {name}: slots {sorted(slots)} and inputs {head['inputs']} differ")
    return Prompt(name, head["version"], head["purpose"], tuple(head["inputs"]), text.strip())


def editions() -> dict[str, str]:
    """Every packaged prompt with its version and digest, as a decision records them."""
    names = sorted(
        file.name.removesuffix(".md") for file in files("prompts").iterdir() if file.name.endswith(".md")
    )
    return {name: f"{load(name).version}:{load(name).digest}" for name in names}
