"""Turns a question into SQL: hides which index answers it, and why totals need no counting.

Three things decide how long an answer takes, and each is dealt with here: matching words uses the
trigram index; a total that the counters know is not counted; and a page of a long list walks the
index of its order instead of sorting the company.
"""

from typing import Any
from uuid import UUID

from psycopg import AsyncConnection

from projections.contacts.folding import search_words
from projections.contacts.queries import shown
from projections.contacts.question import Filter, Order, Slice
from projections.contacts.tally import ANY_OWNER, ANY_TAG

SORT_COLUMNS = {
    "firstName": "first_name_key",
    "lastName": "last_name_key",
    "email": "email_key",
    "createdAt": "created_at",
}
SHORTEST_INDEXED_WORD = 3
ENOUGH_WORDS = 2
"""So many find few enough rows to look at them for the others."""

WALK_IS_CHEAPER_BY = 4
"""How many rows a walk passes in the time in which one matching row is fetched and sorted."""

SHORT_TEXT = "(octet_length(c.folded) <= 2000)"
"""What the index of texts holds; an index takes no more than 2,704 bytes."""

LONG_TEXT = f"NOT {SHORT_TEXT}"

LIVE = "c.company_id = %(company)s AND c.status = 'live'"


class Query:
    """One question on its way to SQL; the parameters gather as conditions are written."""

    def __init__(self, company_id: UUID, wanted: Filter, order: Order, part: Slice) -> None:
        """Take the question apart."""
        self.wanted = wanted
        self.order = order
        self.part = part
        self.column = SORT_COLUMNS[order.by]
        self.words = search_words(wanted.term)
        self.parameters: dict[str, Any] = {
            "company": company_id,
            "tags": list(wanted.tags),
            "owner": wanted.owner_id,
            "tag": wanted.tags[0] if wanted.tags else ANY_TAG,
            "counted_owner": ANY_OWNER if wanted.owner_id is None else str(wanted.owner_id),
            "any_tag": ANY_TAG,
            "any_owner": ANY_OWNER,
            "limit": part.limit + 1,
            "offset": part.offset,
        }
        if part.after is not None:
            self.parameters |= {"after_key": part.after.key, "after_id": part.after.contact_id}

    # -- what is counted already -------------------------------------------------------------------

    async def counted(self, connection: AsyncConnection[Any]) -> tuple[int, int] | None:
        """Return the company's contacts and the matching ones, if counters know both."""
        if self.words or len(self.wanted.tags) > 1:
            return None
        cursor = await connection.execute(
            f"SELECT ({self._counter('any_tag', 'any_owner')}) AS everyone, "
            f"({self._total()}) AS total",
            self.parameters,
        )
        row = await cursor.fetchone()
        return None if row is None else (row.everyone, row.total)

    def walk_pays(self, everyone: int, total: int) -> bool:
        """Tell whether walking the order finds the page sooner than fetching and sorting all."""
        if total == 0:
            return False
        passed = (self.part.offset + self.part.limit) * everyone / total
        return passed < total * WALK_IS_CHEAPER_BY

    def _counter(self, tag: str, owner: str) -> str:
        return (
            "SELECT coalesce(sum(n.contacts), 0)::bigint FROM read.contact_count n "
            f"WHERE n.company_id = %(company)s AND n.tag = %({tag})s "
            f"AND n.account_owner_id = %({owner})s"
        )

    def _total(self) -> str:
        counter = self._counter("tag", "counted_owner")
        if self.wanted.tags and self.wanted.tags_mode == "none":
            return f"({self._counter('any_tag', 'counted_owner')}) - ({counter})"
        return counter

    # -- SQL --------------------------------------------------------------------------------

    def walk(self) -> str:
        """Walk the index of the order; conditions stand outside its fence, so that it is used."""
        # without tags or owner to look at, the index alone will do
        looked_at = ", c.tags" * bool(self.wanted.tags)
        looked_at += ", c.account_owner_id" * (self.wanted.owner_id is not None)
        inner = " UNION ALL ".join(
            f"(SELECT c.contact_id, c.{self.column} AS k{looked_at} "
            f"FROM read.contact c WHERE {LIVE} AND {where} ORDER BY {ordering} OFFSET 0)"
            for where, ordering in self._parts()
        )
        ids = f"SELECT c.contact_id, c.k FROM ({inner}) c WHERE {self.conditions()}"
        return self._page(f"SELECT ({self._total()}) AS total", ids, ordered=True)

    def only_short_words(self) -> bool:
        """Tell whether all that is asked is too short for the trigram index, in the usual order."""
        if self.wanted.tags or self.wanted.owner_id is not None or self.order.by != "createdAt":
            return False
        lengths = {len(form) for forms in self.words for form in forms}
        return bool(lengths) and max(lengths) < SHORTEST_INDEXED_WORD

    def scan(self) -> str:
        """Read all texts from the index that holds nothing else, to count; the first ones to show.

        That index has the order of the page: the second reading ends as soon as it is full.
        """
        conditions = self.conditions(hidden=False)
        texts = [f"{LIVE} AND {length} AND {conditions}" for length in (SHORT_TEXT, LONG_TEXT)]
        [(behind, ordering)] = self._parts()
        counts = " + ".join(f"(SELECT count(*) FROM read.contact c WHERE {text})" for text in texts)
        matching = " UNION ALL ".join(
            f"(SELECT c.contact_id, c.created_at FROM read.contact c "
            f"WHERE {text} AND {behind} AND (SELECT total FROM n) > 0 ORDER BY {ordering})"
            for text in texts
        )
        ids = f"SELECT c.contact_id, c.created_at AS k FROM ({matching}) c ORDER BY {ordering}"
        page = self._page("TABLE n", ids, ordered=True)
        return f"WITH n AS MATERIALIZED (SELECT {counts} AS total) {page}"

    def sort(self) -> str:
        """Find all that match through the index on words, tags and owner; count and sort them."""
        matching = (
            f"SELECT c.contact_id, c.{self.column} AS k "
            f"FROM read.contact c WHERE {LIVE} AND {self.conditions()}"
        )
        ids = f"SELECT c.contact_id, c.k FROM m c WHERE {self._behind()}"
        page = self._page("SELECT count(*) AS total FROM m", ids, ordered=False)
        return f"WITH m AS MATERIALIZED ({matching}) {page}"

    def everything(self) -> str:
        """Read all that match, oldest first."""
        return (
            f"SELECT {shown('c')} FROM read.contact c WHERE {LIVE} AND {self.conditions()} "
            "ORDER BY c.created_at, c.contact_id"
        )

    def _page(self, total: str, ids: str, *, ordered: bool) -> str:
        """Cut the page out of the ids, then fetch its rows."""
        direction = "DESC" if self.order.descending else "ASC"
        ordering = f"k {direction} NULLS LAST, contact_id {direction}"
        sorting = "" if ordered else f"ORDER BY {ordering}"
        return (
            f"SELECT t.total, p.k AS sort_key, {shown('r')} FROM ({total}) t "
            f"LEFT JOIN ({ids} {sorting} LIMIT %(limit)s OFFSET %(offset)s) p ON true "
            "LEFT JOIN read.contact r "
            "ON r.company_id = %(company)s AND r.contact_id = p.contact_id "
            f"ORDER BY p.k {direction} NULLS LAST, p.contact_id {direction}"
        )

    def conditions(self, *, hidden: bool = True) -> str:
        """Return what words, tags and owner ask for; the parameters gather on the way."""
        left_out = self._left_out_of_the_index() if hidden else []
        conditions = [self._word(forms, hidden=forms in left_out) for forms in self.words]
        if self.wanted.tags:
            conditions.append(TAG_CONDITIONS[self.wanted.tags_mode])
        if self.wanted.owner_id is not None:
            conditions.append("c.account_owner_id = %(owner)s")
        return " AND ".join(conditions) or "true"

    def _left_out_of_the_index(self) -> list[tuple[str, ...]]:
        """Return the words that are only looked for in the rows which the others have found.

        Short ones would drown the trigram index. And with two others to go by, reading where
        "gmail.com" stands, which is nearly everywhere, takes longer than looking at their rows.
        """
        short = [forms for forms in self.words if min(map(len, forms)) < SHORTEST_INDEXED_WORD]
        long = [forms for forms in self.words if forms not in short]
        domains = [forms for forms in long if all("." in f and "@" not in f for f in forms)]
        enough = len(long) - len(domains) >= ENOUGH_WORDS
        return short + domains if enough else short

    def _word(self, forms: tuple[str, ...], *, hidden: bool) -> str:
        """Any of the forms; what is hidden from the trigram index is read from the row."""
        text = "(c.folded || '')" if hidden else "c.folded"
        alternatives = []
        for form in forms:
            name = f"word{len(self.parameters)}"
            self.parameters[name] = f"%{escaped(form)}%"
            alternatives.append(f"{text} LIKE %({name})s")
        return f"({' OR '.join(alternatives)})"

    def _behind(self) -> str:
        """Limit to what lies behind the place where the page begins."""
        if self.part.after is None:
            return "true"
        beyond = "<" if self.order.descending else ">"
        if self.part.after.key is None:
            return f"c.k IS NULL AND c.contact_id {beyond} %(after_id)s"
        return f"(c.k IS NULL OR (c.k, c.contact_id) {beyond} (%(after_key)s, %(after_id)s))"

    def _parts(self) -> list[tuple[str, str]]:
        """Return condition and order of the walk's two stretches: with the key, and without."""
        direction, beyond = ("DESC", "<") if self.order.descending else ("ASC", ">")
        column, after = f"c.{self.column}", self.part.after
        with_key, without = f"{column} IS NOT NULL", f"{column} IS NULL"
        if after is not None and after.key is not None:
            with_key += f" AND ({column}, c.contact_id) {beyond} (%(after_key)s, %(after_id)s)"
        if after is not None and after.key is None:
            without += f" AND c.contact_id {beyond} %(after_id)s"
        first = (with_key, f"{column} {direction}, c.contact_id {direction}")
        second = (without, f"c.contact_id {direction}")
        if self.column == "created_at":
            return [first]
        return [second] if after is not None and after.key is None else [first, second]


TAG_CONDITIONS = {
    "all": "c.tags @> %(tags)s",
    "any": "c.tags && %(tags)s",
    "none": "NOT c.tags && %(tags)s",
}


def escaped(text: str) -> str:
    """Take wildcards literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
