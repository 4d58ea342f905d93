"""The kind of field that is a time: one that names its offset, and can be shown everywhere."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(3000, 1, 1, tzinfo=UTC)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def written_out(value: object) -> object:
    """Refuse seconds since 1970: a number does not say in which unit it counts."""
    if isinstance(value, str) and DATE.match(value):
        return value
    msg = "must be a time with an offset, as 2026-12-01T09:00:00+01:00"
    raise ValueError(msg)


def in_our_time(moment: datetime) -> datetime:
    """Refuse what nobody can mean: the ends of the calendar do not exist in every zone.

    In UTC, since the database knows no offset above 16 hours, which RFC 3339 allows.
    """
    if not EARLIEST <= moment < LATEST:
        msg = "must lie between the years 1900 and 2999"
        raise ValueError(msg)
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, BeforeValidator(written_out), AfterValidator(in_our_time)]
