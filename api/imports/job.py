"""Carries one import out, from the open file to its end, with everything it must remember."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from uuid import UUID

from uuid_utils.compat import uuid7

from api.companies.register import region_of
from api.database import editing, writing
from api.imports import register
from api.imports.files import OpenFile
from api.imports.forgetting import expire
from api.imports.importer import Decide, Importer, Plan
from api.imports.mapping import Columns
from api.imports.options import Options
from api.imports.register import Import, ImportNotPossible
from api.imports.verdicts import Verdict
from domain.application.contacts import Contacts
from domain.ports import Connection
from projections.inline import Inline

LOCK_TIMEOUT = "5s"
"""How long a thousand rows wait for the company's head; the writer holds it for milliseconds."""

Tell = Callable[[list[Verdict], int], None]
"""Hears the verdicts of the next rows, and how many bytes are read."""


@contextmanager
def connection_to(database_url: str) -> Iterator[Connection]:
    """Lend a connection for what an import remembers; each statement is a transaction."""
    with editing(database_url) as connection:
        connection.autocommit = True
        yield connection


def rehearse(
    database_url: str, company_id: UUID, file: OpenFile, options: Options, tell: Tell
) -> None:
    """Find out what an import would do, and record nothing; raises UnreadableFile, Unavailable."""
    columns = Columns(file.source.columns, options.map)
    with connection_to(database_url) as connection, write_side(database_url) as contacts:
        plan = plan_of(connection, company_id, "", uuid7(), options)
        with closing(Importer(plan, columns, deciding(contacts, plan), connection)) as importer:
            for verdicts in importer.run(file.source):
                tell(verdicts, file.read_bytes())


def begin(
    connection: Connection, company_id: UUID, actor: str, file: OpenFile, options: Options
) -> Import:
    """Begin an import, or continue the one of the same file that was interrupted, and claim it."""
    expire(connection)
    digest, stored = file.found.digest, options.stored()
    one = register.interrupted(connection, company_id, digest, stored)
    if one is None:
        new = Import(company_id, uuid7(), digest, stored, actor=actor, size=file.found.size)
        one = register.begin(connection, new)
    if not register.claim(connection, one.import_id):
        raise ImportNotPossible(f"the same file is being imported already: {one.import_id}")
    return register.find(connection, *one.key)


def carry_out(
    database_url: str, connection: Connection, one: Import, file: OpenFile, tell: Tell
) -> None:
    """Do what is left of an import that `connection` has claimed; raises Unavailable."""
    options = Options.model_validate(one.options)
    columns = Columns(file.source.columns, options.map)
    register.describe(connection, one, file.kind, columns.shown())
    plan = plan_of(connection, one.company_id, one.actor, one.import_id, options)
    earlier = register.verdicts(connection, one)
    known = register.recorded(connection, one)
    with (
        write_side(database_url) as contacts,
        closing(Importer(plan, columns, deciding(contacts, plan), connection)) as importer,
    ):
        for verdicts in importer.run(file.source, earlier, known):
            register.note(connection, one, verdicts, file.read_bytes())
            tell(verdicts, file.read_bytes())
    register.describe(connection, one, file.kind, columns.shown())
    register.end(connection, one, "done")


def plan_of(
    connection: Connection, company_id: UUID, actor: str, import_id: UUID, options: Options
) -> Plan:
    """Say what is to be done with the rows."""
    region = region_of(connection, company_id)
    tags = tuple(options.tags)
    return Plan(
        company_id, region, actor, import_id, options.update_existing, tags, options.dry_run
    )


def deciding(contacts: Contacts, plan: Plan) -> Decide:
    """Return what records, or only rehearses."""
    return partial(contacts.rehearse if plan.rehearsal else contacts.run, wait=True)


@contextmanager
def write_side(database_url: str) -> Iterator[Contacts]:
    """Lend the write side, on a connection beside the writer's."""
    contacts = Contacts(writing(database_url, LOCK_TIMEOUT), Inline())
    try:
        yield contacts
    finally:
        contacts.close()
