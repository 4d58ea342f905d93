"""Search at a million contacts: ours, ILIKE on four columns, and SQLite's trigram index."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median, quantiles
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from api import migrations
from api.cli.demo_data import demo_data
from api.database import READ_OPTIONS, with_options
from projections.contacts.folding import search_words
from projections.contacts.question import Filter, Order, Slice
from projections.contacts.search import search
from tests.bench.questions import PAGE_SIZE, Question, questions
from tests.bench.report import table
from tests.bench.rounds import Ratio, Section, Spread
from tests.bench.stage import Stage

ROUNDS = 5
OURS = "contacts"
SIZES = """
    SELECT sum(contacts)::bigint, max(contacts) FROM read.contact_count
    WHERE tag = '' AND account_owner_id = ''
"""

PLAIN = """
    CREATE TABLE IF NOT EXISTS bench_contact AS
        SELECT company_id, contact_id, first_name {locale} AS first_name,
            last_name {locale} AS last_name, email {locale} AS email,
            phone_number {locale} AS phone_number, tags, account_owner_id, created_at
        FROM read.contact WHERE status = 'live';
    CREATE INDEX IF NOT EXISTS bench_created ON bench_contact (company_id, created_at, contact_id);
    CREATE INDEX IF NOT EXISTS bench_owner ON bench_contact (company_id, account_owner_id);
    CREATE INDEX IF NOT EXISTS bench_tags ON bench_contact USING gin (tags);
"""
LOCALE = "SELECT 'COLLATE ' || quote_ident(collname) FROM pg_collation WHERE collname = 'C.utf8'"
ANY_COLUMN = (
    "(first_name ILIKE %s OR last_name ILIKE %s OR email ILIKE %s OR phone_number ILIKE %s)"
)

HOW = """\
{questions} fixed questions, each for a page of {page} and the exact total, asked of everybody in
turn in {rounds} rounds, after one that is not counted, so that nobody has to fetch pages for the
first time. {all:,} contacts, {most:,} in the largest company. One connection each, in the process
that asks; SQLite needs no network.
"""
WHO = """\
- **contacts**: the service's own search, which also finds `Müller` by `muller`.
- **ILIKE**: `ILIKE '%word%'` on four columns, a count and a page; indexes for order, owner, tags.
  Its columns have the C library's UTF-8 locale, as those of a database of PostgreSQL's own image.
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


Times = dict[str, list[list[float]]]
"""Milliseconds of everybody, for each round and question."""


def measure(
    contestants: Mapping[str, Ask], asked: Sequence[Question], tell: Callable[[str], None]
) -> Times:
    """Ask everybody every question in turn, round by round, after one round to get warm."""
    turn(0, contestants, asked)
    rounds = []
    for number in range(1, ROUNDS + 1):
        rounds.append(turn(number, contestants, asked))
        means = ", ".join(f"{name} {fmean(took):,.1f}" for name, took in rounds[-1].items())
        tell(f"  round {number} of {ROUNDS}: {means} ms on average")
    return {name: [took[name] for took in rounds] for name in contestants}


def turn(
    number: int, contestants: Mapping[str, Ask], asked: Sequence[Question]
) -> dict[str, list[float]]:
    """Ask everybody every question once; who begins changes. Return the milliseconds."""
    took: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for index, question in enumerate(asked):
        shift = (number + index) % len(names)
        for name in names[shift:] + names[:shift]:
            began = time.perf_counter()
            contestants[name](question)
            took[name].append(1000 * (time.perf_counter() - began))
    return took


def p95(values: Sequence[float]) -> float:
    """Return what nearly all stay under."""
    return quantiles(values, n=20)[-1]


FIGURES: dict[str, Callable[[Sequence[float]], float]] = {"p50": median, "p95": p95, "mean": fmean}
REACH = (("ILIKE", "p50", 70.0), ("ILIKE", "p95", 20.0), ("SQLite FTS5", "mean", 10.0))


def ratio(times: Times, other: str, figure: str, reach: float, size: int) -> Ratio:
    """Say how many times as long somebody else took, round by round."""
    of = FIGURES[figure]
    pairs = zip(times[OURS], times[other], strict=True)
    spread = Spread.of([of(theirs) / of(own) for own, theirs in pairs])
    return Ratio(f"Search among {size:,} contacts, {figure}", other, spread, reach)


def tables(times: Times, asked: Sequence[Question]) -> str:
    """Show the milliseconds, all together and by kind of question."""
    usual = {
        name: [median(turns) for turns in zip(*rounds, strict=True)]
        for name, rounds in times.items()
    }
    overall = [
        (name, *(f"{of(values):,.1f}" for of in FIGURES.values())) for name, values in usual.items()
    ]
    kinds = [
        (kind, str(sum(question.kind == kind for question in asked)), *row)
        for kind in dict.fromkeys(question.kind for question in asked)
        for row in [[f"{median(of_kind(values, asked, kind)):,.1f}" for values in usual.values()]]
    ]
    return "\n".join(
        [
            table(("milliseconds", *FIGURES), overall),
            table(("median by kind of question", "questions", *times), kinds),
        ]
    )


def of_kind(values: Sequence[float], asked: Sequence[Question], kind: str) -> Iterator[float]:
    """Pick the questions of one kind."""
    pairs = zip(values, asked, strict=True)
    return (value for value, question in pairs if question.kind == kind)


def make(server_url: str, folder: Path, contacts: int, tell: Callable[[str], None]) -> None:
    """Make the contacts if they are not there."""
    if migrations.migrate(server_url):
        tell(f"making {contacts:,} contacts first, which takes a while")
        demo_data(contacts=contacts, data_dir=folder)


def section(server_url: str, folder: Path, contacts: int, tell: Callable[[str], None]) -> Section:
    """Let everybody answer the questions."""
    make(server_url, folder, contacts, tell)
    with psycopg.connect(server_url, autocommit=True) as connection:
        locale = connection.execute(LOCALE).fetchone() or ("",)
        connection.execute(PLAIN.format(locale=locale[0]))
        connection.execute("VACUUM ANALYZE")
        asked = questions(connection)
        [(found, most)] = connection.execute(SIZES).fetchall()
    contestants = {
        OURS: ours(server_url),
        "ILIKE": ilike(server_url),
        "SQLite FTS5": fts5(folder / "search.sqlite", server_url),
    }
    tell(f"Search among {found:,} contacts")
    times = measure(contestants, asked, tell)
    how = HOW.format(questions=len(asked), page=PAGE_SIZE, rounds=ROUNDS, all=found, most=most)
    return Section(
        [ratio(times, *reach, size=found) for reach in REACH],
        f"## Search\n\n{how}\n{WHO}\n{tables(times, asked)}",
    )


def part(stage: Stage) -> Section:
    """Search among the contacts that stay in the server's own database."""
    size = stage.size
    return section(stage.server_url, size.data, size.contacts, stage.tell)
