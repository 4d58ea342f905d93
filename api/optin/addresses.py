"""Mail addresses in the form that headers and mail servers take."""

from email.headerregistry import Address
from email.utils import parseaddr

from domain.identity import email_address, email_key


def mailbox(address: str, name: str = "") -> Address:
    """Return an address with its domain as mail servers know it."""
    local = address.rpartition("@")[0]
    known = address if address.isascii() else email_key(address)
    return Address(name, username=local, domain=known.rpartition("@")[2])


def sender(text: str) -> Address:
    """Read `Name <address>` or an address; a ValueError says what is wrong."""
    name, address = parseaddr(text)
    if not address or not text.isprintable():
        msg = "must be an address, as noreply@example.com or Example <noreply@example.com>"
        raise ValueError(msg)
    return mailbox(email_address(address), name)


def checked_sender(text: str) -> str:
    """Refuse what is no sender."""
    sender(text)
    return text
