"""Search at a million contacts: ours, ILIKE on four columns, and SQLite's trigram index."""

import argparse
import asyncio
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from api.cli.demo_data import demo_data
from api.database import READ_OPTIONS, with_options
from api.embedded import EmbeddedServer
from projections.contacts.folding import search_words
from projections.contacts.search import Filter, Order, Slice, search
from tests.bench.machine import ROOT, facts
from tests.bench.questions import PAGE_SIZE, Question, questions
from tests.bench.report import table

PAGE = ROOT / "docs" / "benchmarks-search.md"
ROUNDS = 3

PLAIN = """
    CREATE TABLE IF NOT EXISTS bench_contact AS
        SELECT company_id, contact_id, first_name, last_name, email, phone_number, tags,
            account_owner_id, created_at
        FROM read.contact WHERE status = 'live';
    CREATE INDEX IF NOT EXISTS bench_created ON bench_contact (company_id, created_at, contact_id);
    CREATE INDEX IF NOT EXISTS bench_owner ON bench_contact (company_id, account_owner_id);
    CREATE INDEX IF NOT EXISTS bench_tags ON bench_contact USING gin (tags);
"""
ANY_COLUMN = (
    "(first_name ILIKE %s OR last_name ILIKE %s OR email ILIKE %s OR phone_number ILIKE %s)"
)

HOW = """\
# Search at a million contacts

Made by `make bench-search`: {questions} fixed questions, a page of {page} and the exact total,
asked of everybody in turn in {rounds} rounds, the median for each question. {all:,} contacts,
{most:,} in the largest company. One connection each, in the process that asks; SQLite needs no
network. Only ratios mean anything: the last three columns say how many times as long it took.
"""
BY_KIND = "## Median milliseconds by kind of question\n"
WHO = """\
- **contacts**: the service's own search, which also finds `Müller` by `muller`.
- **ILIKE**: `ILIKE '%word%'` on four columns, a count and a page; indexes for order, owner, tags.
- **SQLite FTS5**: its trigram index over the same folded text.
"""

Ask = Callable[[Question], int]
"""Answers a question completely, page and total, and returns the total."""


def ours(url: str) -> Ask:
    """Ask as the service does."""
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(
        psycopg.AsyncConnection.connect(
            with_options(url, READ_OPTIONS), autocommit=True, row_factory=namedtuple_row
        )
    )

    def ask(question: Question) -> int:
        wanted = Filter(question.term, question.tags, "all", question.owner_id)
        part = Slice(PAGE_SIZE, question.offset)
        newest = Order("createdAt", descending=True)
        answer = search(connection, question.company_id, wanted, newest, part)
        return loop.run_until_complete(answer).total

    return ask


def ilike(url: str) -> Ask:
    """Ask as most services do: a count and a page, ILIKE on four columns for each word."""
    connection = psycopg.connect(url, autocommit=True)

    def ask(question: Question) -> int:
        where: list[str] = ["company_id = %s"]
        parameters: list[Any] = [question.company_id]
        for word in question.term.split():
            where.append(ANY_COLUMN)
            parameters += [f"%{word}%"] * 4
        if question.tags:
            where.append("tags @> %s")
            parameters.append(list(question.tags))
        if question.owner_id is not None:
            where.append("account_owner_id = %s")
            parameters.append(question.owner_id)
        matching = f"FROM bench_contact WHERE {' AND '.join(where)}"
        count = connection.execute(f"SELECT count(*) {matching}", parameters).fetchone()
        connection.execute(
            f"SELECT * {matching} ORDER BY created_at DESC, contact_id DESC LIMIT %s OFFSET %s",
            [*parameters, PAGE_SIZE, question.offset],
        ).fetchall()
        return int(count[0]) if count else 0

    return ask


def fts5(path: Path, url: str) -> Ask:
    """Ask SQLite in this process, with a trigram index over the same folded text."""
    fresh = not path.exists()
    store = sqlite3.connect(path)
    if fresh:
        fill(store, url)

    def ask(question: Question) -> int:
        where, parameters = ["c.company = ?"], [str(question.company_id)]
        words = [forms[0] for forms in search_words(question.term)]
        long = [word for word in words if len(word) > 2]
        if long:
            where.append("c.rowid IN (SELECT rowid FROM text WHERE text MATCH ?)")
            parameters.append(" ".join(f'"{word}"' for word in long))
        for word in set(words) - set(long):
            where.append("c.folded LIKE ?")
            parameters.append(f"%{word}%")
        for tag in question.tags:
            where.append("c.tags LIKE ?")
            parameters.append(f'%"{tag}"%')
        if question.owner_id is not None:
            where.append("c.owner = ?")
            parameters.append(str(question.owner_id))
        matching = f"FROM contact c WHERE {' AND '.join(where)}"
        [total] = store.execute(f"SELECT count(*) {matching}", parameters).fetchone()
        store.execute(
            f"SELECT * {matching} ORDER BY created DESC LIMIT ? OFFSET ?",
            [*parameters, PAGE_SIZE, question.offset],
        ).fetchall()
        return int(total)

    return ask


def fill(store: sqlite3.Connection, url: str) -> None:
    """Copy the contacts into SQLite and build its indexes."""
    store.executescript(
        "CREATE TABLE contact (company TEXT, folded TEXT, tags TEXT, owner TEXT, created TEXT);"
        "CREATE VIRTUAL TABLE text USING fts5 (folded, content='contact', tokenize='trigram');"
    )
    rows = (
        "SELECT company_id::text, folded, to_json(tags)::text, account_owner_id::text, "
        "created_at::text FROM read.contact WHERE status = 'live'"
    )
    with psycopg.connect(url) as connection, connection.cursor("rows") as cursor:
        cursor.itersize = 10_000
        store.executemany("INSERT INTO contact VALUES (?, ?, ?, ?, ?)", cursor.execute(rows))
    store.executescript(
        "INSERT INTO text (text) VALUES ('rebuild');"
        "CREATE INDEX by_time ON contact (company, created);"
        "CREATE INDEX by_owner ON contact (company, owner, created); ANALYZE;"
    )
    store.commit()


def measure(contestants: Mapping[str, Ask], asked: Sequence[Question]) -> dict[str, list[float]]:
    """Ask everybody every question in turn, round by round; returns median milliseconds."""
    times: dict[str, list[list[float]]] = {name: [[] for _ in asked] for name in contestants}
    names = list(contestants)
    for number in range(ROUNDS):
        for index, question in enumerate(asked):
            shift = (number + index) % len(names)
            for name in names[shift:] + names[:shift]:
                began = time.perf_counter()
                contestants[name](question)
                times[name][index].append(1000 * (time.perf_counter() - began))
        tell(f"round {number + 1} of {ROUNDS}")
    return {name: [median(turns) for turns in all_turns] for name, all_turns in times.items()}


def tell(text: str) -> None:
    """Show progress."""
    print(text, flush=True)  # noqa: T201


def figures(values: Sequence[float]) -> tuple[float, float, float]:
    """Return p50, p95 and mean."""
    return median(values), quantiles(values, n=20)[-1], fmean(values)


def page(
    known: Mapping[str, str],
    size: tuple[int, int],
    asked: Sequence[Question],
    times: Mapping[str, list[float]],
) -> str:
    """Write what came of it."""
    first = next(iter(times))
    overall = {name: figures(values) for name, values in times.items()}
    rows = [
        (
            name,
            *(f"{value:,.1f}" for value in found),
            *(f"{value / own:,.1f} ×" for value, own in zip(found, overall[first], strict=True)),
        )
        for name, found in overall.items()
    ]
    kinds = [
        (
            kind,
            *(
                f"{median(t for t, q in zip(values, asked, strict=True) if q.kind == kind):,.1f}"
                for values in times.values()
            ),
        )
        for kind in dict.fromkeys(question.kind for question in asked)
    ]
    how = HOW.format(questions=len(asked), page=PAGE_SIZE, rounds=ROUNDS, all=size[0], most=size[1])
    facts_table = table(("", ""), [("date", f"{datetime.now(UTC):%Y-%m-%d}"), *known.items()])
    overall_table = table(("", "p50 ms", "p95 ms", "mean ms", "p50", "p95", "mean"), rows)
    kinds_table = table(("", *times), kinds)
    return f"{how}\n{facts_table}\n{overall_table}\n{BY_KIND}\n{kinds_table}\n{WHO}"


def main() -> None:
    """Measure on a data directory that holds demo data, which is made when it is not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, default=ROOT / ".bench")
    parser.add_argument("--contacts", type=int, default=1_000_000)
    given = parser.parse_args()
    folder: Path = given.data_dir
    if not folder.exists():
        tell("making the contacts first, which takes a while")
        demo_data(contacts=given.contacts, data_dir=folder)
    with EmbeddedServer(folder) as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(PLAIN)
            connection.execute("VACUUM ANALYZE")
            asked = questions(connection)
            size = connection.execute(
                "SELECT sum(contacts)::bigint, max(contacts) FROM read.contact_count "
                "WHERE tag = '' AND account_owner_id = ''"
            ).fetchone()
        contestants = {
            "contacts": ours(server.url),
            "ILIKE": ilike(server.url),
            "SQLite FTS5": fts5(folder / "search.sqlite", server.url),
        }
        times = measure(contestants, asked)
        known = facts(server.url)
    text = page(known, size or (0, 0), asked, times)
    PAGE.write_text(text, "utf-8")
    tell(text)


if __name__ == "__main__":
    main()
