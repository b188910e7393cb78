"""Masking: personal data out, placeholders in; and back. Unmasking what was masked gives the same text, always."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tools.masking.numbers import Span, numbers
from tools.masking.persons import persons
from tools.masking.vault import LOOKALIKE, PLACEHOLDER, Vault

# Members of the tools' answers that hold a person's name, whatever it looks like.
_NAMES = re.compile(r'"(?:manager|contact_name|person|respondent|signatory)"\s*:\s*"((?:[^"\\]|\\.)+)"')


def mask(text: str, vault: Vault) -> str:
    """The text with every piece of personal data replaced by its placeholder; the vault remembers what stood there."""
    for found in _NAMES.finditer(text):
        vault.know(found.group(1))
    parts: list[str] = []
    end = 0
    for span in _kept(text, vault):
        parts += [text[end : span.start], vault.placeholder(span.kind, span.key, text[span.start : span.end])]
        end = span.end
    return "".join([*parts, text[end:]])


def unmask(text: str, vault: Vault) -> str:
    """The text with what stood in place of the placeholders; one that the model has made up stays as it is."""
    return PLACEHOLDER.sub(lambda found: _back(found.group(), vault), text)


def _back(written: str, vault: Vault) -> str:
    original = vault.original(written)
    if original is None:
        return written
    # A bracket that the model did not close, or did not open, is not part of the placeholder.
    whole = written.startswith("[") and written.endswith("]")
    if whole or written.strip("[]") == written:
        return original
    return ("[" if written.startswith("[") else "") + original + ("]" if written.endswith("]") else "")


def mask_all(value: Any, vault: Vault) -> Any:
    """Every text in a JSON value, masked; the names of its members stay."""
    return _each(value, lambda text: mask(text, vault))


def unmask_all(value: Any, vault: Vault) -> Any:
    """Every text in a JSON value, unmasked."""
    return _each(value, lambda text: unmask(text, vault))


def _each(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each(item, change) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_each(item, change) for item in value]
    return value


def _kept(text: str, vault: Vault) -> list[Span]:
    """The spans to mask: no two overlap; where they did, the surer one stays."""
    taken: list[Span] = []
    free = bytearray(len(text))
    for span in _found(text, vault):
        if span.start < span.end and not any(free[span.start : span.end]):
            free[span.start : span.end] = b"\x01" * (span.end - span.start)
            taken.append(span)
    return sorted(taken, key=lambda span: span.start)


def _found(text: str, vault: Vault) -> Iterator[Span]:
    for found in LOOKALIKE.finditer(text):
        yield Span(*found.span(), "TEXT", (found.group(),))
    yield from numbers(text)
    for name in sorted(vault.known, key=len, reverse=True):
        for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            yield Span(*found.span(), "PERSON", tuple(name.casefold().split()))
    yield from persons(text)
