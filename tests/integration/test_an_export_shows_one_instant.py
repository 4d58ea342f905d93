"""Exports of real logs: as stored, at one instant, with erased contacts, and for one contact."""

import json
from collections.abc import Iterator
from uuid import UUID, uuid4

import psycopg
import pytest

from api.audit.checkpoints import as_file, of_company_now
from api.audit.export import export, has_contact, head
from api.audit.verifier import Checkpoint, verify
from tests.integration.logs import Log, connected
from tests.unit.forgery import SIGNER

ANNA, BEN = uuid4(), uuid4()
STATE = b'{"schema":1,"nonce":"00","data":{"first_name":"Anna"}}'


@pytest.fixture
def log(shared_url: str) -> Log:
    """Two contacts, and more events than one trip fetches."""
    log = Log(shared_url)
    log.append(ANNA, "contact.created", *["contact.updated"] * 600, state=STATE)
    log.append(BEN, "contact.created", *["contact.updated"] * 600, state=STATE)
    return log


@pytest.fixture
def connection(log: Log) -> Iterator[psycopg.Connection]:
    with connected(log.url)() as connection:
        yield connection


def erase(log: Log, contact_id: UUID) -> None:
    log.append(contact_id, "contact.erased", version=602)
    with connected(log.url)() as connection:
        connection.execute("SELECT log.erase(%s, %s)", (log.company_id, contact_id))


def kept(log: Log) -> Checkpoint:
    with connected(log.url)() as connection:
        made = of_company_now(connection, SIGNER, log.company_id)
    return Checkpoint.read(as_file(made).encode())


def test_events_are_exported_as_they_are_stored(log: Log, connection: psycopg.Connection) -> None:
    first, *events, last = map(json.loads, export(connection, log.company_id))
    assert first["companyId"] == str(log.company_id)
    rows = log.rows()
    assert len(events) == len(rows) == head(connection, log.company_id)[0] == last["count"]
    for event, row in zip(events, rows, strict=True):
        assert event["state"] == json.loads(row["state"])
        assert (event["position"], event["hash"]) == (row["position"], row["hash"].hex())
        assert (event["contactId"], event["version"]) == (str(row["contact_id"]), row["version"])


def test_an_erasure_is_no_false_alarm(log: Log, connection: psycopg.Connection) -> None:
    before = kept(log)
    erase(log, ANNA)
    for checkpoint in (before, kept(log)):
        chain = verify(export(connection, log.company_id), checkpoint)
        assert chain.position == 1203


def test_an_erasure_during_an_export_is_no_false_alarm(
    log: Log, connection: psycopg.Connection
) -> None:
    lines = export(connection, log.company_id)
    begun = [next(lines), next(lines)]
    erase(log, BEN)
    chain = verify([*begun, *lines], None)
    assert chain.position == 1202


def test_an_export_of_one_contact_shows_digests_of_all_others(
    log: Log, connection: psycopg.Connection
) -> None:
    lines = list(export(connection, log.company_id, BEN))
    chain = verify(lines, kept(log))
    assert (chain.position, chain.hidden) == (1202, 601)
    assert str(ANNA).encode() not in b"".join(lines)


def test_a_contact_of_another_company_is_not_known(
    log: Log, connection: psycopg.Connection
) -> None:
    assert has_contact(connection, log.company_id, ANNA)
    assert not has_contact(connection, Log(log.url).company_id, ANNA)


def test_an_empty_log_is_exported_too(log: Log, connection: psycopg.Connection) -> None:
    empty = Log(log.url)
    assert verify(export(connection, empty.company_id), kept(empty)).position == 0
