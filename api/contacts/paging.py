"""Pages and cursors: which part of a list is asked for, and how the next one is named."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from api.contacts.schemas import ListQuery
from api.problems import FieldError
from api.sealing import NotSealedHere, Sealer
from projections.contacts.question import After, Filter, Order, Slice
from projections.contacts.search import Page

MAX_LIMIT = 100
"""A larger limit is answered as this one: published clients ask for 1000."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as it is asked for, by page or by cursor."""

    query: ListQuery
    after: After | None = None

    @property
    def limit(self) -> int:
        """Contacts a page."""
        return min(self.query.limit, MAX_LIMIT)

    @property
    def filter(self) -> Filter:
        """Which contacts."""
        return self.query.filter

    @property
    def order(self) -> Order:
        """Newest first, names and addresses from A to Z, unless the caller says otherwise."""
        default = "DESC" if self.query.sort_by == "createdAt" else "ASC"
        return Order(self.query.sort_by, (self.query.sort_order or default) == "DESC")

    @property
    def slice(self) -> Slice:
        """Which part of the order."""
        if self.after is not None:
            return Slice(self.limit, after=self.after)
        return Slice(self.limit, offset=(self.query.page - 1) * self.limit)


def asked(query: ListQuery, sealer: Sealer, company_id: UUID) -> Asked:
    """Understand the parameters; a cursor brings those of the list that it continues."""
    if query.cursor is None:
        return Asked(query)
    if "page" in query.model_fields_set:
        raise FieldError("cursor", "cannot be combined with page")
    content = opened(query.cursor, sealer, company_id)
    continued = ListQuery.model_validate(content["query"])
    for name in query.model_fields_set - {"cursor", "limit"}:
        if getattr(query, name) != getattr(continued, name):
            raise FieldError("cursor", "belongs to a list with other parameters")
    if "limit" in query.model_fields_set:
        continued = continued.model_copy(update={"limit": query.limit})
    key = content["key"]
    if continued.sort_by == "createdAt":
        key = datetime.fromisoformat(key)
    return Asked(continued, After(key, UUID(content["id"])))


def opened(cursor: str, sealer: Sealer, company_id: UUID) -> dict[str, Any]:
    """Return what a cursor holds; a FieldError when it is not one of ours."""
    try:
        return sealer.open(company_id, cursor)
    except NotSealedHere as foreign:
        raise FieldError("cursor", "is not a cursor of this list") from foreign


def next_cursor(this: Asked, page: Page, sealer: Sealer, company_id: UUID) -> str | None:
    """Name the place where this page ends, if anything follows."""
    if page.next is None:
        return None
    query = this.query.model_copy(update={"page": this.query.page + 1})
    content = {
        "query": query.model_dump(mode="json", by_alias=True, exclude={"cursor"}),
        "key": page.next.key,
        "id": page.next.contact_id,
    }
    return sealer.seal(company_id, content)


def links(this: Asked, cursor: str | None) -> dict[str, str]:
    """Return the Link header (RFC 8288): the next page, by cursor or number, and the one before."""
    parameters = this.query.model_dump(
        mode="json", by_alias=True, exclude_unset=True, exclude={"cursor", "page"}
    )
    named = []
    if cursor is not None:
        following: dict[str, Any] = (
            {"page": this.query.page + 1} if this.after is None else {"cursor": cursor}
        )
        named.append(link(parameters | following, "next"))
    if this.query.page > 1:
        named.append(link(parameters | {"page": this.query.page - 1}, "prev"))
    return {"Link": ", ".join(named)} if named else {}


def link(parameters: dict[str, Any], relation: str) -> str:
    """Write one link, relative to the host, whatever the host calls itself."""
    return f'</crm?{urlencode(parameters, doseq=True)}>; rel="{relation}"'
