"""Hides how a setting says where mails are handed in."""

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

PORTS = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mails are handed in. `tls`: encrypted from the first byte on, not by STARTTLS."""

    host: str
    port: int
    tls: bool
    user: str | None = None
    password: str = field(default="", repr=False)


def mail_server(url: object) -> object:
    """Read smtp://user:password@host:587; a ValueError says what is wrong, without the password."""
    if not isinstance(url, str):
        return url
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        msg = "must be smtp://user:password@host:587 or smtps://…; user and password may be missing"
        raise ValueError(msg)
    user = None if parts.username is None else unquote(parts.username)
    password = unquote(parts.password or "")
    tls = parts.scheme == "smtps"
    return MailServer(parts.hostname, port or PORTS[parts.scheme], tls, user, password)
