"""Hides SMTP: how a mail leaves, and what is known of it when that fails."""

import asyncio
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from enum import StrEnum

import structlog

from api.optin.mail_server import MailServer

TIMEOUT_SECONDS = 10.0
"""How long a mail server may take for each answer."""

THREADS = 4
"""Mails on their way at once; further ones wait."""

log = structlog.get_logger("contacts.mail")


class NotMailed(StrEnum):
    """Why a mail is not on its way."""

    RECENTLY = "mailed_recently"
    NO_SERVER = "no_mail_server"
    FAILED = "mail_failed"
    REFUSED = "mail_refused"
    UNCONFIRMED = "mail_unconfirmed"


class Postman:
    """Hands mails in, in threads of its own: a slow mail server must hold up nothing else."""

    def __init__(self, server: MailServer, sender: Address, name: str) -> None:
        """Send through this server, to which the service calls itself `name`."""
        self.sender = sender
        self._server = server
        self._name = name
        self._trust = ssl.create_default_context()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mail")

    async def send(self, message: EmailMessage) -> NotMailed | None:
        """Hand a mail in; says why if that fails, and never raises for what the server does."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._hand_in, message)

    def close(self) -> None:
        """Begin no further mail."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _hand_in(self, message: EmailMessage) -> NotMailed | None:
        try:
            connection = self._connected()
        except (OSError, smtplib.SMTPException) as failure:
            return failed(NotMailed.FAILED, failure)
        try:
            connection.send_message(message)
        except (
            smtplib.SMTPResponseException,
            smtplib.SMTPRecipientsRefused,
            smtplib.SMTPNotSupportedError,
        ) as refusal:
            return failed(NotMailed.REFUSED, refusal)
        except (OSError, smtplib.SMTPException) as lost:
            return failed(NotMailed.UNCONFIRMED, lost)
        finally:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()
        return None

    def _connected(self) -> smtplib.SMTP:
        """Connect, encrypt where the server can, and log in where there is a password."""
        server, name = self._server, self._name
        if server.tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=TIMEOUT_SECONDS, context=self._trust
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, name, timeout=TIMEOUT_SECONDS)
        try:
            self._introduce(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _introduce(self, connection: smtplib.SMTP) -> None:
        connection.ehlo_or_helo_if_needed()
        encrypted = self._server.tls or connection.has_extn("starttls")
        if not self._server.tls and encrypted:
            connection.starttls(context=self._trust)
        if self._server.user is None:
            return
        if not encrypted:
            raise smtplib.SMTPNotSupportedError("a password is never sent unencrypted")
        connection.login(self._server.user, self._server.password)


def failed(reason: NotMailed, error: Exception) -> NotMailed:
    """Log what kind of failure it was; its words may quote an address."""
    code = getattr(error, "smtp_code", None)
    log.warning("mail not sent", reason=reason.value, error=type(error).__name__, smtp_code=code)
    return reason
