"""What becomes of a mail, against real mail servers, good and bad ones."""

import asyncio
import ssl
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from api.optin.addresses import sender
from api.optin.mail_server import MailServer
from api.optin.postman import NotMailed, Postman
from tests.integration.mail_server import free_port, mail_server

HOST = "127.0.0.1"


def send(port: int, *, tls: bool = False, user: str | None = None, password: str = "") -> object:
    """Hand one mail in, and say what became of it."""
    us = sender("noreply@example.com")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = us, "anna@example.com", "Hi"
    mail.set_content("Hi")
    server = MailServer(HOST, port, tls, user, password)
    with closing(Postman(server, us, "contacts.example.com")) as postman:
        return asyncio.run(postman.send(mail))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for HOST that nobody else has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + signed.public_bytes(Encoding.PEM))
    return path


@pytest.fixture
def encryption(certificate: Path) -> ssl.SSLContext:
    """What a server encrypts with."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this machine vouch for the certificate."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def test_a_mail_is_taken_by_a_server_that_knows_no_encryption() -> None:
    with mail_server() as mailbox:
        assert send(mailbox.port) is None
    assert mailbox.recipients == ["anna@example.com"]
    assert mailbox.encrypted == [False]


@pytest.mark.usefixtures("trusted")
def test_it_is_encrypted_where_the_server_offers_that(encryption: ssl.SSLContext) -> None:
    with mail_server(starttls=encryption) as mailbox:
        assert send(mailbox.port) is None
    assert mailbox.encrypted == [True]


@pytest.mark.usefixtures("trusted")
def test_it_is_encrypted_from_the_first_byte_with_smtps(encryption: ssl.SSLContext) -> None:
    with mail_server(smtps=encryption) as mailbox:
        assert send(mailbox.port, tls=True) is None
    assert mailbox.encrypted == [True]


@pytest.mark.parametrize("smtps", [True, False])
def test_nothing_is_given_to_a_server_whose_certificate_nobody_vouches_for(
    encryption: ssl.SSLContext, *, smtps: bool
) -> None:
    offered = {"smtps": encryption} if smtps else {"starttls": encryption}
    with mail_server(**offered) as mailbox:
        assert send(mailbox.port, tls=smtps, user="u", password="right") is NotMailed.FAILED
    assert (mailbox.mails, mailbox.logins) == ([], [])


@pytest.mark.usefixtures("trusted")
def test_it_logs_in_with_the_password(encryption: ssl.SSLContext) -> None:
    with mail_server(starttls=encryption, auth_required=True) as mailbox:
        assert send(mailbox.port, user="u", password="wrong") is NotMailed.FAILED
        assert mailbox.mails == []
        assert send(mailbox.port, user="u", password="right") is None
    assert mailbox.logins[-1] == (b"u", b"right")
    assert len(mailbox.mails) == 1


def test_a_password_is_never_sent_unencrypted() -> None:
    with mail_server(auth_require_tls=False) as mailbox:
        assert send(mailbox.port, user="u", password="right") is NotMailed.FAILED
    assert (mailbox.mails, mailbox.logins) == ([], [])


def test_where_nobody_listens_nothing_is_mailed() -> None:
    assert send(free_port()) is NotMailed.FAILED
    assert send(free_port(), tls=True) is NotMailed.FAILED


@pytest.mark.parametrize(
    "misbehaviour",
    [
        {"refuse_recipient": "550 no such user"},
        {"refuse_recipient": "451 come back later"},
        {"refuse_mail": "554 looks like spam"},
    ],
)
def test_a_refusal_is_told_from_a_failure(misbehaviour: dict[str, str]) -> None:
    with mail_server() as mailbox:
        vars(mailbox).update(misbehaviour)
        assert send(mailbox.port) is NotMailed.REFUSED
    assert mailbox.mails == []


def test_when_the_server_hangs_up_instead_of_answering_nobody_knows() -> None:
    with mail_server() as mailbox:
        mailbox.hang_up_after_mail = True
        assert send(mailbox.port) is NotMailed.UNCONFIRMED


def test_a_mail_that_was_taken_stays_taken_when_the_farewell_fails() -> None:
    with mail_server() as mailbox:
        mailbox.hang_up_at_the_end = True
        assert send(mailbox.port) is None
    assert len(mailbox.mails) == 1


def test_nothing_personal_is_logged_of_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with mail_server() as mailbox:
        mailbox.refuse_recipient = "550 anna@example.com is unknown"
        send(mailbox.port)
    output = capsys.readouterr()
    assert "mail not sent" in output.out + output.err
    assert "550" in output.out + output.err or "SMTPRecipientsRefused" in output.out + output.err
    assert "anna" not in output.out + output.err
