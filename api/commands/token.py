"""`masterdeal token`: a new static token. It is shown once; the file keeps its digest."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import click

from api.commands.terminal import Terminal, terminal_options
from masterdeal.errors import BadRequest


@click.command("token")
@click.option("--subject", required=True, help="Кому: логин или имя системы.")
@click.option(
    "--role", "roles", multiple=True, required=True, help="Роль; можно несколько. source:СИСТЕМА - источник."
)
@click.option("--name", default=None, help="Имя для подписи и для сделок этого менеджера.")
@click.option(
    "--expires", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Дата, с которой токен не действует."
)
@click.option(
    "--file",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Дописать строку в этот файл токенов (MASTERDEAL_TOKENS_FILE).",
)
@terminal_options
def command(
    term: Terminal, subject: str, roles: tuple[str, ...], name: str | None, expires: object, file: Path | None
) -> None:
    """Выпустить статический токен. Сам токен показывается один раз; в файле хранится только его SHA-256."""
    from api.access import Access
    from api.tokens import PREFIX, digest
    from api.wiring import access_table

    known = Access(access_table()).known_roles(roles)
    if strange := set(roles) - known:
        raise BadRequest(f"--role: {', '.join(sorted(strange))}: no such role")
    token = PREFIX + secrets.token_urlsafe(32)
    row = f"[[token]]\nsubject = {_quoted(subject)}\n"
    row += f"roles = [{', '.join(map(_quoted, roles))}]\nsha256 = {_quoted(digest(token))}\n"
    row += f"name = {_quoted(name)}\n" if name else ""
    row += f"expires = {str(expires)[:10]}\n" if expires else ""
    if file is not None:
        with file.open("a", encoding="utf-8") as out:
            out.write(f"\n{row}")
    if term.json:
        term.answer({"token": token, "row": row, "file": None if file is None else str(file)})
        return
    term.say(f"Токен (покажем один раз): {token}", f"Token (shown once): {token}")
    if file is None:
        term.say(f"Строка для файла токенов:\n{row}", f"Row for the file of tokens:\n{row}")


def _quoted(text: str) -> str:
    """A TOML basic string, which is written as JSON writes strings."""
    return json.dumps(text, ensure_ascii=False)
