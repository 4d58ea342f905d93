"""The command `contacts`; hides that the module of a command is loaded when it is asked for.

All modules together take a second of the processor, which nobody should wait for who lists keys.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

COMMANDS = {
    "serve": (
        "serve.serve",
        "Serve the API; without DATABASE_URL on an embedded PostgreSQL of its own.",
    ),
    "migrate": (
        "migrate.migrate",
        "Create the tables or change them to those of this version. Safe twice, and twice at once.",
    ),
    "doctor": (
        "doctor.doctor",
        "Examine settings, disk, server and log; exit code 1 when something is wrong.",
    ),
    "backup": (
        "backup.backup",
        "Write everything into one file, as it is at one instant; the service goes on meanwhile.",
    ),
    "restore": (
        "backup.restore",
        "Make an empty database what it was: verify the log, build the rest, erase again.",
    ),
    "export": (
        "export.export",
        "Write a company's contacts into a file, all as of one instant.",
    ),
    "replay": (
        "replay.replay",
        "Write a company's contacts as they were at a time or position of its log.",
    ),
    "history": (
        "history.history",
        "Tell what happened to a contact: who did what, and old and new of every field.",
    ),
    "report": (
        "report.report",
        "Write all that is kept of a person, and who got it, into one zip file.",
    ),
    "show": ("history.show", "Show a contact as it is, or as it was."),
    "diff": ("history.diff", "Compare a contact at two times, field by field."),
    "changes": (
        "history.changed",
        "List who was changed between two times, when and by whom, as CSV.",
    ),
    "explain": ("history.explain", "Tell the events that make a value what it is."),
    "undo": (
        "undo.undo",
        "Put back what an event changed, by a new event; refused if it was changed again since.",
    ),
    "erase": (
        "erase.erase",
        "Destroy the data of a contact for good; nothing brings it back.",
    ),
    "demo-data": (
        "demo_data.demo_data",
        "Make up people of many countries in companies of their own, written as real events.",
    ),
    "audit": ("audit.app", "Proof that nothing in the log was changed or removed."),
    "companies": (
        "companies.app",
        "Companies: the tenants, each with a log and keys of its own.",
    ),
    "import": ("import_.app", "Import a list: CSV, TSV, JSON lines or vCards."),
    "keys": ("keys.app", "API keys: who calls, and what they may do."),
    "projections": (
        "projections.app",
        "The read model: how it is, and how it is made anew from the log.",
    ),
    "intake": (
        "intake.app",
        "Webhooks of schedulers: who may send, and what is kept of it.",
    ),
}
"""Where each command is, and the line that `contacts --help` shows of it."""


class Commands(TyperGroup):
    """Knows the commands by name, and loads the one that is called."""

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:  # noqa: ANN401  # click's context, which typer hides
        """Put the command in the place of what stands in for it."""
        name, found, rest = super().resolve_command(ctx, args)
        return name, loaded(name) if name else found, rest


def loaded(name: str) -> Any:  # noqa: ANN401  # click's command, which typer hides
    """Import a command, or a group of commands."""
    module, attribute = COMMANDS[name][0].split(".")
    target = getattr(import_module(f"api.cli.{module}"), attribute)
    holder = typer.Typer()
    if isinstance(target, typer.Typer):
        holder.add_typer(target, name=name)
    else:
        holder.command(name)(target)
    return typer.main.get_group(holder).commands[name]


def stand_in() -> None:
    """Take the place of a command that is not loaded."""


app = typer.Typer(
    name="contacts",
    cls=Commands,
    help="An open, self-hosted contact service for people who schedule meetings.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for command, (_, line) in COMMANDS.items():
    app.command(command, help=line)(stand_in)
