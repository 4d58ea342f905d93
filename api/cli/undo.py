"""`contacts undo`: puts back what one event changed."""

from collections.abc import Callable
from functools import partial
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from uuid_utils.compat import uuid7

from api.cli.options import AsJson, Company, ContactId, DataDir, explained, located
from api.companies import register
from api.contacts.writes import hybrid_answer
from api.database import editing
from api.history import telling
from api.history.printing import tell
from api.history.undo import ATTEMPTS, undoing
from api.imports.job import write_side
from api.migrations import check
from domain import errors
from domain.application.contacts import Contacts
from domain.application.requests import Done, Request, Step
from domain.eventlog.log import Meta

A_FEW = 10
"""Events that one change can cause, and more."""


@explained
def undo(
    contact_id: ContactId,
    version: Annotated[
        int, typer.Argument(metavar="VERSION", min=1, help="The event, as `history` numbers it.")
    ],
    company: Company = None,
    as_json: AsJson = False,
    data_dir: DataDir = None,
) -> None:
    """Put back what an event changed, by a new event; refused if it was changed again since."""
    meta = Meta("cli", "cli", str(uuid7()))
    with located(data_dir) as url:
        check(url)
        with editing(url) as connection, write_side(url) as contacts:
            connection.autocommit = True
            company_id = register.find(connection, company)
            wish = partial(undoing, connection, company_id, contact_id, version)
            done = undone(contacts, company_id, meta, wish)
            after = max(0, done.changes[0].version - A_FEW)
            events = telling.history(connection, company_id, contact_id, after, A_FEW)["events"]
    if as_json:
        typer.echo(bytes(hybrid_answer(done).body))
        return
    told = [event for event in events if event["requestId"] == meta.request_id]
    if not told:
        typer.echo("It was so already; nothing was recorded.")
    tell(Console(), told)


def undone(contacts: Contacts, company_id: UUID, meta: Meta, wish: Callable[[], Step]) -> Done:
    """Grant the wish, worked out anew when somebody was faster; raises what refuses it."""
    for _ in range(ATTEMPTS):
        (outcome,) = contacts.run([Request(company_id, (wish(),), meta)], wait=True)
        if isinstance(outcome, Done):
            return outcome
        if isinstance(outcome, errors.DomainError) and not isinstance(
            outcome, errors.ContactMovedOn
        ):
            raise outcome
    raise errors.Busy
