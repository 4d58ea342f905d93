"""The right to the one mail: taken by who mails, given back by who certainly did not."""

import asyncio
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from api.database import editing, keeping
from api.optin.addresses import sender
from api.optin.desk import OptinDesk
from api.optin.links import Ask, Links
from api.optin.mail_server import MailServer
from api.optin.postman import NotMailed, Postman
from api.sealing import Sealer
from tests.integration.mail_server import free_port, mail_server

LINKS = Links(Sealer(bytes(32)), "https://contacts.example.com")
US = sender("noreply@example.com")


@pytest.fixture
def ask(database_url: str) -> Ask:
    """A request of a company that there is."""
    company_id = uuid4()
    with editing(database_url) as connection:
        connection.execute(
            "INSERT INTO edge.company (company_id, name, region) VALUES (%s, 'A', 'DE')",
            (company_id,),
        )
    expires_at = datetime.now(UTC) + timedelta(days=7)
    return Ask(company_id, uuid4(), "anna@example.com", "0" * 32, expires_at, None)


def mail(database_url: str, ask: Ask, port: int) -> NotMailed | None:
    """Mail the request through the server on this port."""

    async def go() -> NotMailed | None:
        server = MailServer("127.0.0.1", port, tls=False)
        async with keeping(database_url, 2) as edge:
            with closing(Postman(server, US, "contacts.example.com")) as postman:
                return await OptinDesk(LINKS, postman, edge).mail(ask, "May we?")

    return asyncio.run(go())


def test_a_server_that_is_down_costs_nobody_the_mail(database_url: str, ask: Ask) -> None:
    assert mail(database_url, ask, free_port()) is NotMailed.FAILED
    with mail_server() as mailbox:
        assert mail(database_url, ask, mailbox.port) is None
        assert mail(database_url, ask, mailbox.port) is NotMailed.RECENTLY
    assert mailbox.recipients == ["anna@example.com"]


@pytest.mark.parametrize(("minutes", "mails"), [(9, 1), (10, 2)])
def test_ten_minutes_later_there_is_another_one(
    database_url: str, ask: Ask, minutes: int, mails: int
) -> None:
    with mail_server() as mailbox:
        mail(database_url, ask, mailbox.port)
        with editing(database_url) as connection:
            connection.execute(
                "UPDATE edge.optin_mail SET mailed_at = mailed_at - make_interval(mins => %s)",
                (minutes,),
            )
        mail(database_url, ask, mailbox.port)
    assert len(mailbox.mails) == mails


def test_what_is_no_address_is_refused_and_takes_nothing(database_url: str, ask: Ask) -> None:
    odd = Ask(ask.company_id, ask.contact_id, "a\r\nb@x.test", "0", ask.expires_at, None)
    with mail_server() as mailbox:
        assert mail(database_url, odd, mailbox.port) is NotMailed.REFUSED
        assert mail(database_url, ask, mailbox.port) is None
    assert len(mailbox.mails) == 1


def test_a_request_is_answered_even_if_the_database_is_lost_after_it(ask: Ask) -> None:
    async def go(mailbox_port: int) -> NotMailed | None:
        nowhere = f"postgresql://127.0.0.1:{free_port()}/none"
        server = MailServer("127.0.0.1", mailbox_port, tls=False)
        async with keeping(nowhere, 1) as edge:
            edge.timeout = 0.1
            with closing(Postman(server, US, "contacts.example.com")) as postman:
                return await OptinDesk(LINKS, postman, edge).mail(ask, "May we?")

    with mail_server() as mailbox:
        assert asyncio.run(go(mailbox.port)) is NotMailed.FAILED
    assert mailbox.mails == []


def test_what_is_kept_names_nobody(database_url: str, ask: Ask) -> None:
    with mail_server() as mailbox:
        mail(database_url, ask, mailbox.port)
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT to_jsonb(m) FROM edge.optin_mail m").fetchone()
    assert row is not None
    assert row[0].keys() == {"company_id", "contact_id", "mailed_at"}
