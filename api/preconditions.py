"""Hides what an If-Match header says: the versions on which a change may be based."""

import re

from api.problems import FieldError

HEADER = "If-Match"

ANY = "*"
TAG = r'(?:W/)?"[!#-~]*"'
TAGS = re.compile(rf"{TAG}(?:[ \t]*,[ \t]*{TAG})*")
SENT = rf"^({TAGS.pattern}|\*)?$"
"""The same, or what stands for any version, as the document says it."""

STRONG = re.compile(r'(?<!W/)"([1-9][0-9]{0,9})"')

DAMAGED_TAGS = FieldError(HEADER, 'must be entity tags, as "7" or "7", "8", or *')


def versions(header: str | None) -> frozenset[int] | None:
    """Return the versions that the tags name; None when any will do.

    A tag that is weak, or that no version has, matches nothing.
    """
    if header is None or (text := header.strip()) in ("", ANY):
        return None
    if TAGS.fullmatch(text) is None:
        raise DAMAGED_TAGS
    return frozenset(int(tag) for tag in STRONG.findall(text))
