"""Hides how a client's address is told from those of the proxies before the service."""

from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def networks(text: object) -> object:
    """Read networks, separated by commas; a ValueError names the one that is none."""
    if not isinstance(text, str):
        return text
    return tuple(network(part.strip()) for part in text.split(",") if part.strip())


def network(text: str) -> Network:
    """Read one network, as 10.0.0.0/8, or one address."""
    try:
        return ip_network(text)
    except ValueError:
        msg = f"{text!r} is no network; write 10.0.0.0/8 or 192.0.2.1, separated by commas"
        raise ValueError(msg) from None


def client_address(
    peer: str | None, forwarded_for: Sequence[str], trusted: Sequence[Network]
) -> str | None:
    """Return the nearest address that is not a trusted proxy's, None when nobody can tell.

    `forwarded_for` are the X-Forwarded-For headers. Everybody can write one, so it is believed from
    right to left, as far as trusted proxies have written it.
    """
    hops = [hop for header in forwarded_for for hop in header.split(",")]
    address = parsed(peer or "")
    while address is not None and hops and any(address in network for network in trusted):
        address = parsed(hops.pop())
    return None if address is None else str(address)


def parsed(hop: str) -> Address | None:
    """Read a hop as proxies write it: an address, perhaps with a port."""
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
