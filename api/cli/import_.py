"""`contacts import`: a list into contacts, row by row, and back out again."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from api.cli.filing import opened as completed
from api.cli.options import Company, DataDir, explained, located
from api.cli.progress import shown
from api.companies import register as companies
from api.database import editing
from api.imports import job, leftovers, register
from api.imports.files import OpenFile, opened
from api.imports.mapping import Columns
from api.imports.options import Options
from api.imports.options import chosen as chosen_columns
from api.imports.undoing import Undone, undo
from api.imports.verdicts import STATUSES, Counts, Verdict
from api.interpreter import tune
from api.migrations import check

ACTOR = "cli"
PHASE = "importing"
MOST = 20
"""Failed rows, and kept contacts, that are told on the screen."""

MAYBE = "Nothing was recorded. Whoever writes meanwhile may change a verdict."

File = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would happen, and record nothing.")
]
UpdateExisting = Annotated[
    bool, typer.Option("--update-existing", help="Change who is there, instead of skipping.")
]
Chosen = Annotated[
    list[str] | None,
    typer.Option("--map", help="COLUMN=FIELD, as in 'Mail=email'; may be repeated."),
]
Tags = Annotated[
    list[str] | None, typer.Option("--tag", help="A tag for every contact; may be repeated.")
]
ErrorFile = Annotated[
    Path | None,
    typer.Option(
        "--errors",
        dir_okay=False,
        help="Where the failed rows go, to be corrected and imported; replaced when complete.",
    ),
]


class FileOrCommand(TyperGroup):
    """`contacts import FILE` and `contacts import undo ID`: what is no command is a file."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # click's context, which typer hides
        """Put the name of the hidden command before a file or an option."""
        named = args if args and args[0] in self.commands else ["file", *args]
        return super().parse_args(ctx, named)


app = typer.Typer(
    cls=FileOrCommand,
    help="Import a list: CSV, TSV, JSON lines or vCards.",
)


class Told:
    """What is known of an import so far: counts, and where failed rows are written."""

    def __init__(self, counts: Counts, write: leftovers.Write | None, size: int) -> None:
        """Continue from `counts`; `size` is the file's, in bytes."""
        self.counts = counts
        self.first: list[Verdict] = []
        self._write = write
        self._size = size

    def add(self, verdict: Verdict) -> None:
        """Take a verdict."""
        self.counts.add(verdict)
        self.keep(verdict)

    def keep(self, verdict: Verdict) -> None:
        """Write a failed row, which is counted already."""
        if verdict.status != "failed":
            return
        if len(self.first) < MOST:
            self.first.append(verdict)
        if self._write is not None and verdict.sent is not None:
            self._write(verdict)

    def rows_expected(self, read_bytes: int) -> int:
        """Guess how many rows there are, by how far the file is read."""
        return max(self.counts.rows, self.counts.rows * self._size // max(1, read_bytes))


@app.command("file", hidden=True)
@explained
def import_file(  # noqa: PLR0913, PLR0917  # each is an option
    file: File,
    dry_run: DryRun = False,
    update_existing: UpdateExisting = False,
    chosen: Chosen = None,
    tags: Tags = None,
    error_file: ErrorFile = None,
    company: Company = None,
    data_dir: DataDir = None,
) -> None:
    """Import a list: CSV, TSV, JSON lines or vCards.

    Encoding, delimiter and columns are recognised, and shown. Each row is created, updated,
    unchanged, skipped or failed; a bad one does not fail the others. An interrupted import of the
    same file goes on where it stopped. `contacts import undo ID` takes an import back.
    """
    options = options_of(dry_run, update_existing, chosen or [], tags or [])
    refuse_the_list_itself(file, error_file)
    tune()
    with ExitStack() as stack:
        url = stack.enter_context(located(data_dir))
        check(url)
        company_id = company_of(url, company)
        source = stack.enter_context(opened(stack.enter_context(file.open("rb"))))
        show_columns(source, Columns(source.source.columns, options.map))
        write = stack.enter_context(errors_into(error_file, source))
        if dry_run:
            told = Told(Counts(), write, source.found.size)
            with telling(told) as tell:
                job.rehearse(url, company_id, source, options, tell)
            report(told, error_file, MAYBE)
        else:
            told = imported(url, company_id, source, options, write, error_file)
    raise typer.Exit(1 if told.counts.failed else 0)


def imported(  # noqa: PLR0913, PLR0917  # each is needed once
    url: str,
    company_id: UUID,
    source: OpenFile,
    options: Options,
    write: leftovers.Write | None,
    error_file: Path | None,
) -> Told:
    """Import in earnest, or go on with what was interrupted."""
    with job.connection_to(url) as connection:
        one = job.begin(connection, company_id, ACTOR, source, options)
        told = Told(one.counts, write, source.found.size)
        if told.counts.rows:
            typer.echo(f"Continuing {one.import_id} after row {told.counts.rows:,}.", err=True)
            for verdict in register.verdicts(connection, one, ["failed"]):
                told.keep(verdict)
        with telling(told) as tell:
            job.carry_out(url, connection, one, source, tell)
    report(told, error_file, f"To take it back: contacts import undo {one.import_id}")
    return told


@app.command("undo")
@explained
def undo_import(import_id: UUID, company: Company = None, data_dir: DataDir = None) -> None:
    """Take an import back: delete what it made, put back what it changed.

    Contacts that somebody has changed since are kept, and named.
    """
    with located(data_dir) as url:
        check(url)
        undone = undo(url, company_of(url, company), import_id, ACTOR)
    show_undone(undone)
    raise typer.Exit(1 if undone.failed else 0)


def company_of(url: str, company: str | None) -> UUID:
    """Return the company that is meant."""
    with editing(url) as connection:
        return companies.find(connection, company)


def options_of(dry_run: bool, update_existing: bool, chosen: list[str], tags: list[str]) -> Options:
    """Read the command line."""
    try:
        columns = chosen_columns(chosen)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong), param_hint="--map") from None
    try:
        return Options(
            dry_run=dry_run,
            update_existing=update_existing,
            map=columns,
            tags=tuple(tags),
        )
    except ValidationError:
        hint = "at most 100, of 1 to 100 characters each"
        raise typer.BadParameter(hint, param_hint="--tag") from None


def show_columns(file: OpenFile, columns: Columns) -> None:
    """Show what the file was taken for, before anything happens."""
    console = Console(stderr=True)
    console.print(file.kind, markup=False)
    table = Table("column", "becomes")
    for column, field in columns.shown().items():
        table.add_row(Text(column), Text(field))
    console.print(table)


def refuse_the_list_itself(file: Path, error_file: Path | None) -> None:
    """Keep the failed rows from taking the place of all rows."""
    if error_file is not None and error_file.exists() and error_file.samefile(file):
        raise typer.BadParameter("is the list itself", param_hint="--errors")


@contextmanager
def errors_into(path: Path | None, file: OpenFile) -> Iterator[leftovers.Write | None]:
    """Lend what writes failed rows; their file, which nobody else may read, is there at the end."""
    if path is None:
        yield None
        return
    with completed(path) as out:
        yield leftovers.writing(out, file.source)


@contextmanager
def telling(told: Told) -> Iterator[job.Tell]:
    """Lend what takes verdicts and shows how far it is."""
    with shown("rows") as tell:
        tell(PHASE, 0, 0)

        def take(verdicts: list[Verdict], read_bytes: int) -> None:
            for verdict in verdicts:
                told.add(verdict)
            tell(PHASE, told.counts.rows, told.rows_expected(read_bytes))

        yield take


def report(told: Told, error_file: Path | None, last: str) -> None:
    """Say what became of the rows."""
    numbers = zip(STATUSES, told.counts.values(), strict=True)
    said = ", ".join(f"{number:,} {status}" for status, number in numbers)
    typer.echo(f"{told.counts.rows:,} rows: {said}")
    for verdict in told.first:
        typer.echo(f"row {verdict.row}: {verdict.reason}", err=True)
    if told.counts.failed > len(told.first):
        typer.echo(f"and {told.counts.failed - len(told.first):,} more failed rows", err=True)
    if told.counts.failed and error_file is not None:
        typer.echo(f"The failed rows are in {error_file}.", err=True)
    typer.echo(last)


def show_undone(undone: Undone) -> None:
    """Say what was taken back, and what was not."""
    typer.echo(
        f"{undone.reversed:,} reversed, {len(undone.kept):,} kept because edited since, "
        f"{len(undone.failed):,} failed"
    )
    for contact_id in undone.kept[:MOST]:
        typer.echo(f"kept: {contact_id}", err=True)
    for contact_id, reason in list(undone.failed.items())[:MOST]:
        typer.echo(f"failed: {contact_id}: {reason}", err=True)
