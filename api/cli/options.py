"""What several commands share: the data directory, the company, and how errors end a command."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec, TypeVar
from uuid import UUID

import psycopg
import typer
from pydantic import ValidationError
from pydantic_core import to_json

from api.database import database, editing
from api.migrations import MigrationError, check, check_tables, migrate
from api.problems import EdgeError, FieldError
from api.problems import reason as reason_of
from api.refusals import Refused
from api.settings import Settings
from domain.errors import DomainError
from projections.rebuild.errors import RebuildError

P = ParamSpec("P")
R = TypeVar("R")

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Where the embedded server's data lies. Default: CONTACTS_DATA_DIR, else .contacts.",
    ),
]
Company = Annotated[
    str | None,
    typer.Option("--company", help="Name or id; not needed while there is only one."),
]
ContactId = Annotated[UUID, typer.Argument(metavar="ID")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]


def settings_with(**given: object) -> Settings:
    """Return the settings, with what the command line says above the environment."""
    return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


@contextmanager
def connected(
    data_dir: Path | None, *, creating: bool = False
) -> Iterator[psycopg.Connection[Any]]:
    """Connect to the database of the data directory, whether or not a server runs on it.

    Only what creates something makes the database and its tables when they are not there.
    """
    with located(data_dir, creating=creating) as url:
        check(url)
        with editing(url) as connection:
            yield connection


@contextmanager
def located(data_dir: Path | None, *, creating: bool = False) -> Iterator[str]:
    """Give the URL of the database; its read model may be one that other code has built."""
    with found(data_dir, creating=creating) as url:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            check_tables(connection)
        yield url


@contextmanager
def found(data_dir: Path | None, *, creating: bool = False) -> Iterator[str]:
    """Give the URL of the database, whatever is in it."""
    settings = settings_with(data_dir=data_dir)
    if settings.database_url is None and not creating and not settings.data_dir.exists():
        msg = f"there is no data in {settings.data_dir}; `contacts serve` makes it"
        raise MigrationError(msg)
    with database(settings) as url:
        if creating and settings.migrate:
            migrate(url)
        yield url


def explained(command: Callable[P, R]) -> Callable[P, R]:
    """Make a command end with one clear line instead of a stack trace."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except (Refused, RebuildError) as refused:
            reason = str(refused)
        except (DomainError, EdgeError) as refused:
            reason = " ".join((refused.message, *needed(refused.details)))
        except FieldError as wrong:
            reason = f"{wrong.field} {wrong.message}"
        except ValidationError as wrong:
            reason = "; ".join(f"{setting_name(e['loc'])}: {reason_of(e)}" for e in wrong.errors())
        except OSError as failed:
            if failed.filename is None:
                raise
            reason = f"{failed.filename}: {failed.strerror}"
        except psycopg.OperationalError as lost:
            reason = f"the database cannot be reached: {' '.join(str(lost).split())}"
        except psycopg.Error as wrong_use:
            # without a code it comes from libpq, whose words would quote the URL with its password
            said = wrong_use.diag.message_primary
            reason = f"the database refused: {said}" if said else "DATABASE_URL is no URL"
        typer.echo(f"contacts: {reason}", err=True)
        raise typer.Exit(1)

    return run


def needed(details: Mapping[str, Any]) -> Iterator[str]:
    """Tell what one needs to act on a refusal, such as who has the address."""
    for name, value in details.items():
        yield f"{name}: {value if isinstance(value, str) else to_json(value).decode()}"


def plain(value: object) -> object:
    """Return a value as JSON shows it, times in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    return value if isinstance(value, list | str) or value is None else str(value)


def setting_name(location: tuple[int | str, ...]) -> str:
    """Name a setting as the user sets it."""
    name = str(location[0])
    return name if name.isupper() else f"CONTACTS_{name.upper()}"
