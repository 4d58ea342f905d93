"""How a list is asked for."""

from typing import Annotated

from pydantic import Field

from api.contacts.schemas import Selection
from api.exports.formats import Format
from api.history.points import Instant


class ExportQuery(Selection):
    """Which contacts go out, and how they are written."""

    format: Annotated[Format, Field(examples=["jsonl"])] = Format.CSV
    """`csv` for spreadsheets, `jsonl` with an object a line in the shape of the API, or `vcf` for
    address books."""
    as_of: Annotated[Instant | None, Field(examples=["2026-06-01T00:00:00Z"])] = None
    """The contacts as they were: a time with an offset (RFC 3339), or `position:N`."""
