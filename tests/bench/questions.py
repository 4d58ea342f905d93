"""The fixed questions that every search contestant is asked: thirty of each of eight kinds."""

from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import psycopg

A_KIND = 30
PAGE_SIZE = 20
DEEPEST = 200_000

SAMPLE = """
    SELECT company_id, first_name, last_name, email, account_owner_id, tags FROM read.contact
    WHERE status = 'live' AND company_id = ANY (%s) AND first_name IS NOT NULL
    ORDER BY md5(contact_id::text) LIMIT 2000
"""
LARGEST = """
    SELECT company_id, contacts FROM read.contact_count
    WHERE tag = '' AND account_owner_id = ''
    ORDER BY contacts DESC LIMIT 5
"""
UMLAUTS = ("müller", "jürgen", "schäfer", "køhler", "böhm", "weiß", "günther", "schröder", "ayşe")
TWO_LETTERS = ("mü", "an", "jö", "sc", "la", "zo", "bö", "öz")


@dataclass(frozen=True)
class Question:
    """A search: which company, which contacts, and how far into the list, newest first."""

    kind: str
    company_id: UUID
    term: str = ""
    tags: tuple[str, ...] = ()
    owner_id: UUID | None = None
    offset: int = 0


def questions(connection: psycopg.Connection[Any]) -> list[Question]:
    """Make the questions from the contacts that are there; the same contacts give the same."""
    random = Random(240)
    sizes = connection.execute(LARGEST).fetchall()
    people = connection.execute(SAMPLE, ([company_id for company_id, _ in sizes],)).fetchall()
    asked: list[Question] = []
    for _ in range(A_KIND):
        company_id, first, last, email, owner, tags = random.choice(people)
        # the size of a company decides how often it is asked, as it would
        largest = random.choices(sizes, [contacts for _, contacts in sizes])[0]
        big, contacts = largest
        tag = (random.choice(tags),) if tags else ("Lead",)
        number = email.split("@")[0].rsplit(".", 1)[-1]
        asked += [
            Question("selective", company_id, f"{last} {number}"),
            Question("umlaut", big, random.choice(UMLAUTS)),
            Question("several words", company_id, f"{first} {last} {email.split('@')[1]}"),
            Question("two letters", big, random.choice(TWO_LETTERS)),
            Question("tags", big, random.choice(("", last)), tag),
            Question("owner", company_id, random.choice(("", first)), owner_id=owner),
            Question("no term", big),
            Question("deep page", big, offset=random.randrange(min(DEEPEST, contacts * 9 // 10))),
        ]
    return asked
