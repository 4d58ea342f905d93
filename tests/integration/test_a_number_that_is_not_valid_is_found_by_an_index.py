"""A list of people with odd numbers alone does not read the whole company for each few of them."""

import re

from api.imports import job
from projections.contacts import queries
from tests.integration.writing import Books, contacts, creating


def test_who_has_an_odd_number_is_looked_up(shared_url: str, books: Books) -> None:
    side = contacts(shared_url)
    side.run(
        [
            *(creating(books.company_id, email=f"{n}@x.test") for n in range(300)),
            creating(books.company_id, phone_number="12 34", first_name="Odd"),
        ]
    )
    side.close()
    person = ("12 34", "Odd", None)
    with job.connection_to(shared_url) as connection:
        found = queries.with_numbers(connection, books.company_id, [person])
    assert list(found) == [person]
    assert re.search(r"contact_odd_phone .*\n *Index Cond: .*phone_number", plan(books))


def plan(books: Books) -> str:
    """How PostgreSQL looks, once it knows how much there is."""
    books.connection.execute("ANALYZE read.contact")
    found = books.query(f"EXPLAIN {queries.BY_NUMBER_AND_NAME}", *(books.company_id, ["12 34"]) * 2)
    return "\n".join(line["QUERY PLAN"] for line in found)
