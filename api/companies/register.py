"""The companies of this database."""

from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.errors import UniqueViolation
from uuid_utils.compat import uuid7

from api.refusals import Refused

COLUMNS = "company_id, name, region, created_at"


class CompanyError(Refused):
    """A company cannot be made or found; the message says why."""


def create(connection: Connection[Any], name: str, region: str) -> UUID:
    """Make a company together with the head of its log."""
    company_id = uuid7()
    try:
        with connection.transaction():
            connection.execute(
                "INSERT INTO edge.company (company_id, name, region) VALUES (%s, %s, %s)",
                (company_id, name, region),
            )
            connection.execute("SELECT log.open_company(%s)", (company_id,))
    except UniqueViolation:
        msg = f"there is a company {name!r} already"
        raise CompanyError(msg) from None
    return company_id


def everyone(connection: Connection[Any]) -> list[tuple[Any, ...]]:
    """Return id, name, region and creation of each company."""
    return connection.execute(
        f"SELECT {COLUMNS} FROM edge.company ORDER BY created_at, company_id"  # noqa: S608  # names are ours
    ).fetchall()


def find(connection: Connection[Any], name_or_id: str | None) -> UUID:
    """Return the company meant; none needs to be named while there is only one."""
    companies: dict[UUID, str] = {row[0]: row[1] for row in everyone(connection)}
    if name_or_id is None and len(companies) == 1:
        return next(iter(companies))
    for company_id, name in companies.items():
        if name_or_id is not None and (name_or_id == name or name_or_id.lower() == str(company_id)):
            return company_id
    raise CompanyError(not_found(name_or_id, list(companies.values())))


def name_of(connection: Connection[Any], company_id: UUID) -> str:
    """Return a company's name."""
    query = "SELECT name FROM edge.company WHERE company_id = %s"
    [[name]] = connection.execute(query, (company_id,)).fetchall()
    return str(name)


def region_of(connection: Connection[Any], company_id: UUID) -> str:
    """Return the default region of a company's phone numbers."""
    query = "SELECT region FROM edge.company WHERE company_id = %s"
    [[region]] = connection.execute(query, (company_id,)).fetchall()
    return str(region)


def not_found(name_or_id: str | None, names: list[str]) -> str:
    """Say what would help."""
    if not names:
        return "there is no company yet; make one with `contacts companies create NAME`"
    known = ", ".join(repr(name) for name in names[:20])
    if name_or_id is None:
        return f"there are several companies; choose one with --company: {known}"
    return f"there is no company {name_or_id!r}; there are: {known}"
