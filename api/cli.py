"""The `masterdeal` command: finds the sub-command, shows help, turns errors into one line and an exit code."""

from __future__ import annotations

import importlib
import itertools
import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from masterdeal.errors import BadMap, BadRequest, DealError, Misconfigured

FAILED: Final = 1
MISUSED: Final = 2
INTERRUPTED: Final = 130
HELP: Final = "Показать эту справку."

# Command -> module of api.commands and what it does. A module is imported when its command is run, and what is heavy
# within its functions, so that no help page waits for the web framework or the planner.
COMMANDS: Final = {
    "demo": ("demo", "Показать продукт на выдуманном портфеле"),
    "serve": ("serve", "Запустить сервис: HTTP API и страница"),
    "worker": ("worker", "Процесс без HTTP: таймеры, Kafka, трекер задач"),
    "events": ("events", "Загрузить историю сделок из файла"),
    "deals": ("deals", "Список сделок и показатели портфеля"),
    "deal": ("deal", "Одна сделка: сейчас, в прошлом, «что если»"),
    "what-if": ("what_if", "Другие лимиты SLA: какие нарушения появятся и исчезнут"),
    "ask": ("ask", "Вопрос о сделках, ответ с источниками"),
    "brief": ("assist:brief_command", "Прочитать бриф: значения с цитатами, что спросить"),
    "plan": ("assist:plan_command", "Медиаплан по брифу или параметрам"),
    "offer": ("offer", "Черновик КП по брифу или плану: Word, PDF, Excel"),
    "review": ("assist:review_command", "Юридические риски договора или рекламы"),
    "check-ad": ("assist:check_ad_command", "Проверить рекламный текст на дату и каналы"),
    "law-change": ("law_change", "Закон изменился: какие договоры и планы затронуты"),
    "knowledge": ("knowledge", "База знаний: добавить, найти, показать, убрать"),
    "leads": ("leads", "Лиды: загрузить, показать, завести сделки, объединить"),
    "export": ("export", "Выгрузить события, сделки, канонические события, витрины"),
    "dead-letters": ("letters", "Что не удалось принять и почему; повтор"),
    "rebuild": ("rebuild", "Состояние заново из журнала и доказательство тождества"),
    "audit": ("audit", "Журнал обращений: показать, проверить цепочку"),
    "token": ("token", "Новый статический токен для небольшой установки"),
    "connectors": ("connectors", "Системы-источники: что шлют и в каком виде"),
    "doctor": ("doctor", "Что настроено, что доступно, что хранится"),
    "asyncapi": ("asyncapi", "Описание событий на шине, AsyncAPI 3"),
    "bench": ("bench", "Замер производительности (в рабочей копии)"),
}

_HEADINGS: Final = {"Options": "Параметры", "Commands": "Команды"}


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, prefix or "Использование: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))


class _Context(click.Context):
    formatter_class = _Formatter


def _in_russian(command: click.Command, ctx: click.Context) -> click.Command:
    command.context_class = _Context
    option = command.get_help_option(ctx)
    if option is not None:
        option.help = HELP
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _in_russian(inner, ctx)
    return command


class _Lazy(click.Group):
    """A group that imports a command when it is asked for."""

    context_class = _Context

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        return list(COMMANDS)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = HELP
        return option

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(f"api.commands.{module}"), name or "command")
        return _in_russian(command, ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Run, and end the process: 0, or a command's own code, 1 for what cannot be done, 2 for misuse."""
        given = list(sys.argv[1:] if args is None else args)
        extra["standalone_mode"] = False
        try:
            code = super().main(given, *rest, **extra)
        except click.Abort:
            # A load or an export that was cut off: what was answered stands, the same command goes on from there.
            english = "interrupted; what was taken in is kept, and the same command resumes"
            _complain(given, "прервано; принятое сохранено, та же команда продолжит", english)
            sys.exit(INTERRUPTED)
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.format_message())
            sys.exit(0)
        except click.ClickException as error:
            path = getattr(getattr(error, "ctx", None), "command_path", "masterdeal")
            _complain(given, f"{error.format_message()} ({path} --help)")
            sys.exit(error.exit_code)
        except DealError as error:
            _complain(given, error.message)
            sys.exit(MISUSED if isinstance(error, Misconfigured | BadMap | BadRequest) else FAILED)
        except BrokenPipeError:
            # Whoever read our output has enough. Python would complain once more when it flushes at exit, had it something to flush.
            sys.stdout = None
            sys.exit(FAILED)
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            _complain(given, f"{name}{error.strerror or error}")
            sys.exit(FAILED)
        except Exception as error:
            # The border of the process: whatever failed, a person gets one line that says where to look.
            where = error.__traceback__
            while where is not None and where.tb_next is not None:
                where = where.tb_next
            place = f"{where.tb_frame.f_code.co_qualname}:{where.tb_lineno}" if where else "?"
            _complain(given, f"internal failure, {type(error).__name__} in {place}: {error}")
            sys.exit(FAILED)
        sys.exit(code if isinstance(code, int) else 0)


def _complain(args: Sequence[str], message: str, translation: str | None = None) -> None:
    english = "--lang=en" in args or ("--lang", "en") in itertools.pairwise(args)
    line = " ".join((translation if english and translation else message).split())
    click.echo(f"{'Error' if english else 'Ошибка'}: {line}", err=True)


main = _Lazy(
    "masterdeal",
    help="MasterDeal: сделки из событий, одна стадия и пять SLA-таймеров на каждую.",
    epilog="Папка данных: --data, иначе MASTERDEAL_DATA, иначе ./var. Коды возврата: 0 успех, 1 не удалось, "
    "2 неверный вызов или настройка, 3 часть строк отвергнута, 4 состояние не тождественно журналу.",
)

if __name__ == "__main__":
    main(prog_name="masterdeal")
