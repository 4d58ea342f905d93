"""Hides what the address has to be that links in mails and for schedulers start with."""

from urllib.parse import urlsplit


def checked_address(url: str) -> str:
    """Return it without a slash at its end; raises ValueError when no link could start with it."""
    parts = urlsplit(url)
    leads = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    more = parts.query or parts.fragment or parts.username is not None
    if not leads or more or not (url.isascii() and url.isprintable()) or " " in url:
        raise ValueError("must be as https://contacts.example.com")
    return url.rstrip("/")
