"""The portfolio's figures as tables."""

from __future__ import annotations

from typing import Any, Final

from api.commands.terminal import Terminal

LONGEST: Final = 15

_COUNTS: Final = (
    ("by_stage", "Стадии", "Stages"),
    ("by_pipeline_stage", "Шаги воронки", "Pipeline steps"),
    ("by_domain_stage", "Стадии исходных систем", "Stages of the source systems"),
    ("by_industry", "Отрасли", "Industries"),
    ("by_client_type", "Типы клиентов", "Client types"),
    ("by_manager", "Менеджеры", "Managers"),
    ("by_anomaly", "Аномалии", "Anomalies"),
)


def show_figures(term: Terminal, found: dict[str, Any]) -> None:
    """All of `masterdeal.portfolio.figures`, for people."""
    rate = found["win_rate"]
    rows = [
        (term.word("сделок", "deals"), found["deals"]),
        (term.word("выиграно (закрыто)", "won (closed)"), found["won"]),
        (term.word("проиграно (отменено)", "lost (cancelled)"), found["lost"]),
        (term.word("доля выигранных", "win rate"), "" if rate is None else f"{rate:.4f}"),
        *(
            (term.word("выручка по выигранным", "revenue of won deals"), _sum(term, one))
            for one in found["won_amount"]
        ),
        *((term.word("бюджеты", "budgets"), _sum(term, one)) for one in found["budget"]),
    ]
    term.table(
        term.word(
            f"Портфель на {term.time(found['as_of'])} МСК", f"Portfolio at {term.time(found['as_of'])} Moscow"
        ),
        ("", "#"),
        rows,
    )
    for key, russian, english in _COUNTS:
        counts: dict[str, int] = found[key]
        if counts:
            _counts(term, term.word(russian, english), key, counts)
    _cycle(term, found)
    _sla(term, found["sla"])
    for name, counts in found["deadlines"].items():
        pairs = [(term.name("deadline", key), value) for key, value in counts.items()]
        term.table(term.word(f"Срок «{name}»", f"Deadline {name!r}"), ("", "#"), pairs)


def _sum(term: Terminal, one: dict[str, Any]) -> str:
    """A sum and how many deals it is of; with the rate, for sums of two rates stand apart."""
    rate = one.get("vat_rate")
    share = f" {float(rate) * 100:g} %" if rate is not None else ""
    return term.money(one) + share + term.word(f" (сделок: {one['deals']})", f" ({one['deals']} deals)")


def _counts(term: Terminal, title: str, key: str, counts: dict[str, int]) -> None:
    sort = {"by_stage": "stage", "by_pipeline_stage": "step"}.get(key)
    names = [(term.name(sort, name) if sort else name, count) for name, count in counts.items()]
    rest = names[LONGEST:]
    if rest:
        names = names[:LONGEST]
        names.append((term.word(f"ещё {len(rest)}", f"{len(rest)} more"), sum(count for _, count in rest)))
    term.table(title, ("", "#"), names)


def _cycle(term: Terminal, found: dict[str, Any]) -> None:
    cycle = found["cycle_days"]
    if not cycle["count"]:
        return
    rows = [
        (
            term.word("закрытых и отменённых с датой начала", "closed and cancelled, start known"),
            cycle["count"],
        ),
        (term.word("среднее", "mean"), f"{cycle['mean']:.2f}"),
        (term.word("медиана", "median"), f"{cycle['median']:.2f}"),
        ("p90", f"{cycle['p90']:.2f}"),
        *(
            (term.word(f"дольше {days} дней", f"longer than {days} days"), count)
            for days, count in found["cycle_longer_than_days"].items()
        ),
    ]
    term.table(term.word("Цикл сделки, дней", "Cycle, days"), ("", "#"), rows)


def _sla(term: Terminal, timers: dict[str, Any]) -> None:
    states = ("running", "at_risk", "breached", "met", "met_late", "cancelled", "pending")
    headings = (
        term.word("Таймер", "Timer"),
        *(f"{term.name('state', state)}#" for state in states),
        term.word("нарушений всего#", "ever breached#"),
        term.word("медиана, ч#", "median, h#"),
    )
    rows = []
    for name, timer in timers.items():
        median = timer["hours_to_target"]["median"]
        rows.append(
            (
                term.name("timer", name),
                *(timer["states"].get(state, 0) for state in states),
                timer["breached"],
                "" if median is None else f"{median:.1f}",
            )
        )
    term.table("SLA", headings, rows)
