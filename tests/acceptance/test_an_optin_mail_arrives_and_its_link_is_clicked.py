"""The whole way: the request, a real mail server, the mail, the click, the tag."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.message import EmailMessage
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.acceptance.conftest import Running, Tenant, make_tenant, start, stop
from tests.acceptance.optin_links import asked, consent, heading, opted_in, visit
from tests.conftest import create_database, drop_database
from tests.integration.mail_server import Mailbox, free_port, mail_server


@pytest.fixture(scope="module")
def service(
    server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, Mailbox]]:
    """A service that has a mail server, and stands behind a proxy on this machine."""
    name, port = f"optin_{uuid4().hex}", free_port()
    create_database(server_url, name, template)
    with mail_server() as mailbox:
        running = start(
            make_conninfo(server_url, dbname=name),
            tmp_path_factory.mktemp("optin") / "data",
            "--port",
            str(port),
            CONTACTS_PUBLIC_URL=f"http://127.0.0.1:{port}",
            CONTACTS_SMTP_URL=f"smtp://127.0.0.1:{mailbox.port}",
            CONTACTS_MAIL_FROM="Example GmbH <noreply@example.com>",
            CONTACTS_TRUSTED_PROXIES="127.0.0.0/8",
        )
        yield running, mailbox
        stop(running)
    drop_database(server_url, name)


@pytest.fixture
def mailbox(service: tuple[Running, Mailbox]) -> Iterator[Mailbox]:
    """The mail server, empty and well-behaved."""
    box = service[1]
    box.mails.clear()
    yield box
    box.refuse_recipient = None
    box.hang_up_after_mail = False


@pytest.fixture
def company(service: tuple[Running, Mailbox]) -> Iterator[Tenant]:
    tenant = make_tenant(service[0])
    with tenant.http:
        yield tenant


@pytest.fixture
def anna(company: Tenant) -> str:
    return str(company.create(email="Anna@Example.com", language="de")["id"])


def link_in(mail: EmailMessage) -> str:
    """Find the link that confirms, as a reader of the mail does."""
    text = mail.get_body(("plain",))
    assert text is not None
    links = [line for line in text.get_content().splitlines() if line.startswith("http://")]
    assert links[1] == f"{links[0]}/withdraw"
    return str(links[0])


def ten_minutes_pass(company: Tenant) -> None:
    """Let the last mails be so much older."""
    company.running.database.execute(
        "UPDATE edge.optin_mail SET mailed_at = mailed_at - interval '10 minutes'"
    )


def test_the_mail_arrives_and_a_click_and_a_press_agree(
    company: Tenant, anna: str, mailbox: Mailbox
) -> None:
    answer = asked(company, anna, "Dürfen wir Ihnen schreiben?")
    assert (answer["mailed"], answer["reason"], answer["link"]) == (True, None, None)
    (mail,) = mailbox.mails
    assert (mail["To"], mail["From"]) == ("Anna@Example.com", "Example GmbH <noreply@example.com>")
    assert mail["Subject"] == "Bitte bestätigen"

    page = visit(link_in(mail))
    assert heading(page) == "Stimmen Sie zu?"
    assert "Dürfen wir Ihnen schreiben?" in page.text
    assert not opted_in(company, anna)
    answer = visit(link_in(mail), "POST", **{"X-Forwarded-For": "6.6.6.6, 203.0.113.9"})
    assert heading(answer) == "Vielen Dank"
    assert opted_in(company, anna)
    proof = company.events(anna)[-1]["data"]
    assert (proof["ip_address"], proof["user_agent"]) == ("203.0.113.9", "Browser/1.0")


def test_a_mail_program_can_take_the_consent_back_with_one_click(
    company: Tenant, anna: str, mailbox: Mailbox
) -> None:
    asked(company, anna)
    (mail,) = mailbox.mails
    visit(link_in(mail), "POST")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip("<>")
    assert address == f"{link_in(mail)}/withdraw"
    assert visit(address, "POST").status_code == 200
    assert not opted_in(company, anna)


def test_a_contact_gets_one_mail_in_ten_minutes(
    company: Tenant, anna: str, mailbox: Mailbox
) -> None:
    assert asked(company, anna)["mailed"]
    again = asked(company, anna)
    assert (again["mailed"], again["reason"], again["link"]) == (False, "mailed_recently", None)
    assert consent(company, anna) == ["requested", "requested"]
    assert len(mailbox.mails) == 1

    other = company.create(email="other@example.com")["id"]
    assert asked(company, other)["mailed"]
    ten_minutes_pass(company)
    assert asked(company, anna)["mailed"]
    visit(link_in(mailbox.mails[0]), "POST")
    assert opted_in(company, anna), "the first mail asks the same and is as good as the last"


def test_twenty_requests_at_once_send_one_mail(
    company: Tenant, anna: str, mailbox: Mailbox
) -> None:
    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(lambda _: asked(company, anna), range(20)))
    assert sum(answer["mailed"] for answer in answers) == 1
    assert len(mailbox.mails) == 1
    assert consent(company, anna) == ["requested"] * 20


def test_a_refused_mail_loses_no_request_and_may_be_tried_again_at_once(
    company: Tenant, anna: str, mailbox: Mailbox
) -> None:
    mailbox.refuse_recipient = "550 no such user"
    answer = asked(company, anna)
    assert (answer["mailed"], answer["reason"], answer["link"]) == (False, "mail_refused", None)
    assert consent(company, anna) == ["requested"]
    mailbox.refuse_recipient = None
    assert asked(company, anna)["mailed"]


def test_a_mail_that_may_have_arrived_is_not_sent_twice(
    company: Tenant, anna: str, mailbox: Mailbox
) -> None:
    mailbox.hang_up_after_mail = True
    assert asked(company, anna)["reason"] == "mail_unconfirmed"
    mailbox.hang_up_after_mail = False
    assert asked(company, anna)["reason"] == "mailed_recently"
    assert len(mailbox.mails) == 1


def test_a_wording_with_headers_in_it_reaches_nobody_else(
    company: Tenant, anna: str, mailbox: Mailbox
) -> None:
    mailbox.recipients.clear()
    asked(company, anna, "Hi\r\nBcc: all@example.com\r\n.\r\nRCPT TO:<all@example.com>\r\n")
    assert mailbox.recipients == ["Anna@Example.com"]
    assert "Bcc" not in mailbox.mails[0]


@contextmanager
def database_away(running: Running) -> Iterator[None]:
    """Let nobody use the service's database meanwhile, and end whoever does."""
    with psycopg.connect(running.database_url, dbname="postgres", autocommit=True) as elsewhere:
        name = str(conninfo_to_dict(running.database_url)["dbname"])
        switch = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        elsewhere.execute(switch.format(sql.Identifier(name), sql.SQL("false")))
        elsewhere.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND application_name LIKE 'contacts %%'",
            (name,),
        )
        yield
        elsewhere.execute(switch.format(sql.Identifier(name), sql.SQL("true")))


def test_while_the_database_is_away_the_page_asks_to_come_back(
    company: Tenant, anna: str, mailbox: Mailbox
) -> None:
    asked(company, anna)
    link = link_in(mailbox.mails[0])
    with database_away(company.running):
        page = visit(link, "POST")
        assert (page.status_code, heading(page)) == (503, "Bitte noch einmal versuchen")
    assert heading(visit(link, "POST")) == "Vielen Dank"
    assert consent(company, anna) == ["requested", "confirmed"]
    ten_minutes_pass(company)
    assert asked(company, anna)["mailed"], "no dead connection is in the way"


def test_nothing_personal_and_no_link_is_logged(
    company: Tenant, anna: str, mailbox: Mailbox
) -> None:
    asked(company, anna)
    link = link_in(mailbox.mails[0])
    visit(link, "POST")
    mailbox.refuse_recipient = "550 anna@example.com is unknown"
    asked(company, str(company.create(email="other@example.com")["id"]))
    log = company.running.log(until="reason=mail_refused")  # of all tests of this file
    assert "route=/optin/{token}" in log
    assert "example.com" not in log.lower()
    assert re.search("/optin/[0-9a-f]", log) is None
    assert anna not in log
