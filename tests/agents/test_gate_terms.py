"""Gates that a question says are passed, and those it says are not."""

from __future__ import annotations

import re

import pytest

from agents.gate_terms import gate_terms
from agents.spoken import words_of


@pytest.mark.parametrize(
    ("question", "gates", "lacks"),
    [
        ("Какие сделки запущены без подписанного договора?", ["G5"], ["G4"]),
        ("сделки, где счёт выставлен, а кампания ещё не запущена", ["G6"], ["G5"]),
        ("сделки, где бриф есть, а медиаплана нет", ["G1"], ["G2"]),
        ("КП согласовано, но договор не подписан", ["G3"], ["G4"]),
        ("сделки без договора", [], ["G4"]),
        ("Сделки с подписанным договором и без счёта", ["G4"], ["G6"]),
        ("deals invoiced but not launched", ["G6"], ["G5"]),
        ("Which running deals have no signed contract?", [], ["G4"]),
        ("Сколько сделок ждут подписания договора", [], []),
        ("какие сделки по договору", [], []),
        ("сделки без просрочки", [], []),
    ],
)
def test_a_gate_counts_only_with_its_state(question: str, gates: list[str], lacks: list[str]) -> None:
    breaks = [match.start() for match in re.finditer(r"[,;:]", question)]
    terms = gate_terms(words_of(question), breaks)
    assert (terms.gates, terms.lacks_gates) == (gates, lacks)
