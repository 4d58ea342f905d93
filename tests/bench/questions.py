"""The 240 fixed questions that every search contestant is asked: most of them for somebody."""

from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

import psycopg

TURNS = 15
"""Each turn asks sixteen questions: people look for a name far more often than they page deep."""

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
    for _ in range(TURNS):
        big, contacts = random.choices(sizes, [contacts for _, contacts in sizes])[0]
        for company_id, first, last, email, *_ in random.choices(people, k=4):
            number = email.split("@")[0].rsplit(".", 1)[-1]
            asked += [
                Question("selective", company_id, f"{last} {number}"),
                Question("several words", company_id, f"{first} {last} {email.split('@')[1]}"),
            ]
        company_id, first, last, _, owner, tags = random.choice(people)
        asked += [Question("umlaut", big, random.choice(UMLAUTS)) for _ in range(2)]
        asked += [
            Question("tags", company_id, last, (random.choice(tags) if tags else "Lead",)),
            Question("tags", big, "", ("Lead",)),
            Question("owner", company_id, first, owner_id=owner),
            Question("two letters", big, random.choice(TWO_LETTERS)),
            Question("no term", big),
            Question("deep page", big, offset=random.randrange(min(DEEPEST, contacts * 9 // 10))),
        ]
    return asked
