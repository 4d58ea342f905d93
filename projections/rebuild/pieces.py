"""Cuts the log into pieces that can be folded independently of each other."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from uuid import UUID

from psycopg import Connection

from projections.rebuild.streams import FIRST, LAST, Address, Piece

PIECE_EVENTS = 10_000
SAMPLES = 8
"""Events looked at to cut a piece of a large company at a good place."""

SAMPLE = "SELECT contact_id FROM log.event WHERE company_id = %s AND position = ANY (%s)"


def pieces(connection: Connection[Any], upto: Mapping[UUID, int]) -> list[Piece]:
    """Cut the log, up to these heads, into pieces of about equal size.

    Together they cover all addresses there can be. Small companies share a piece; large ones are
    cut where a sample of their events says so.
    """
    ends: list[Address] = []
    size = 0
    for company_id, events in sorted(upto.items()):
        size += events
        if size >= PIECE_EVENTS:
            contact_ids = [*cuts(connection, company_id, events // PIECE_EVENTS, events), LAST[1]]
            ends += [(company_id, contact_id) for contact_id in contact_ids]
            size = 0
    return [Piece(*pair) for pair in pairwise([FIRST, *ends, LAST])]


def cuts(connection: Connection[Any], company_id: UUID, parts: int, events: int) -> list[UUID]:
    """Return the contacts between which a company is cut: positions have no gaps to sample from."""
    if parts < 2:  # noqa: PLR2004  # one part is not cut
        return []
    step = events / (parts * SAMPLES)
    positions = [1 + int(step * number) for number in range(parts * SAMPLES)]
    rows = connection.execute(SAMPLE, (company_id, positions)).fetchall()
    return sorted(set(sorted(contact_id for (contact_id,) in rows)[SAMPLES::SAMPLES]))
