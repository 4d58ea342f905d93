"""Bodies as strict JSON: a name that is there twice, or a number that is none, is refused."""

import json
from typing import Any, NoReturn

from fastapi import HTTPException, Request


class StrictRequest(Request):
    """Reads its body without guessing which of two values was meant."""

    async def json(self) -> Any:  # noqa: ANN401  # any JSON
        """Parse the body."""
        body = await self.body()
        return json.loads(body, object_pairs_hook=each_once, parse_constant=refuse_constant)


def each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that is there twice: which of its values was meant, nobody can know."""
    found = dict(pairs)
    if len(found) != len(pairs):
        # of the exceptions, the framework passes on only its own
        raise HTTPException(400, "The body has a name twice in one object")
    return found


def refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which are no JSON."""
    raise HTTPException(400, f"The body is not valid JSON: {name}")
