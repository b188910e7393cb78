"""`masterdeal offer`: a brief or a plan in, the draft of an offer out as Word, PDF and workbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.commands.terminal import Terminal, house_aside, settings_of, terminal_options
from masterdeal.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from api.wiring import House
    from tools.mediaplan.planner import MediaPlan
    from tools.mediaplan.task import PlanTask

KINDS = {"docx": "offer.docx", "pdf": "offer.pdf", "xlsx": "plan.xlsx"}


@click.command("offer")
@click.argument("file", metavar="ФАЙЛ", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(), metavar="ПАПКА", help="Куда положить файлы."
)
@click.option(
    "--as",
    "kinds",
    type=click.Choice(list(KINDS)),
    multiple=True,
    help="Какие файлы; можно несколько раз (по умолчанию все три).",
)
@click.option("--discount", default="0", metavar="ДОЛЯ", help="Скидка на всё КП, доля от 0 до 1.")
@click.option("--date", "day", metavar="ГГГГ-ММ-ДД", help="День КП (по умолчанию сегодня).")
@click.option(
    "--sample-prices", "demo", is_flag=True, default=None, help="Выдуманные цены демонстрационного прайса."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=None,
    metavar="ПАПКА",
    help="Папка данных: черновик остаётся в ней, и его можно утвердить в сервисе.",
)
@terminal_options
def command(
    term: Terminal,
    file: Path,
    out: Path,
    kinds: tuple[str, ...],
    discount: str,
    day: str | None,
    demo: bool | None,
    data: Path | None,
) -> int:
    """Черновик КП по ФАЙЛУ: бриф (txt, md, docx, xlsx, pdf, eml) или план от `masterdeal plan --json`.

    Никого не обязывает: утверждает человек, в сервисе. Без --data нигде не хранится. Если плана нет, то почему
    (код 1).
    """
    from api.assistance import Assignment
    from api.jobs import planned
    from api.offers import discount_of, drafted
    from api.wiring import open_house
    from tools.document import read_document
    from tools.mediaplan.planner import Infeasible

    options = {
        name: value
        for name, value in {"date": day, "demo": demo, "discount": discount}.items()
        if value is not None
    }
    discount_of(discount)
    content = _content(file)
    made = _plan(content) if file.suffix.lower() == ".json" else None
    text = None if made else read_document(file.name, content).text
    body = Assignment(text=text, lang="en" if term.lang == "en" else "ru", options=options)
    with house_aside(None) if data is None else open_house(settings_of(data)) as house:
        task, plan = made or planned(body, house)
        answer = drafted(house, body, task, plan)
        written = [] if isinstance(plan, Infeasible) else _written(house, answer, out, kinds)
    answer["result"]["files"] = written
    if term.json:
        term.answer(answer)
    else:
        term.say(answer["text"], answer["text"])
        for one in written:
            term.say(f"{one['path']}", f"{one['path']}")
    return 1 if isinstance(plan, Infeasible) else 0


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file}: {error.strerror}") from error


def _plan(content: bytes) -> tuple[PlanTask, MediaPlan]:
    """The plan of a JSON answer. BadRequest where it is none, or says that there is none."""
    from pydantic import ValidationError

    from tools.mediaplan.planner import MediaPlan
    from tools.mediaplan.task import PlanTask

    try:
        loose = json.loads(content)
    except (ValueError, RecursionError):
        raise BadRequest("not JSON; a plan is what `masterdeal plan --json` answers") from None
    result = loose.get("result", loose) if isinstance(loose, dict) else None
    if not isinstance(result, dict) or not result.get("lines"):
        why = (result or {}).get("infeasible", {}).get("why") if isinstance(result, dict) else None
        raise BadRequest(why or "no plan in this file: it has no lines")
    try:
        return PlanTask.model_validate(result.get("task") or {}), MediaPlan.model_validate(result)
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise BadRequest(f"not a plan: {place}: {error.errors()[0]['msg']}") from None


def _written(house: House, answer: dict[str, Any], out: Path, kinds: tuple[str, ...]) -> list[dict[str, str]]:
    from api.offers import MEDIA, kept_offer
    from api.offers_on_paper import on_paper

    offer_id = answer["result"]["offer_id"]
    paper = kept_offer(house, offer_id)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for kind in kinds or tuple(KINDS):
        name = KINDS[kind]
        path = out / f"{offer_id}-{name}"
        path.write_bytes(on_paper(paper, name))
        written.append({"name": name, "path": str(path), "media_type": MEDIA[name]})
    return written
