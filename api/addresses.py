"""Finds an address in a text: by itself, and not as a part of a longer one."""

import re
from collections.abc import Collection


def named(text: str, addresses: Collection[str]) -> bool:
    """Tell whether one of these e-mail addresses or numbers stands in a text."""
    return any(re.search(whole(address), text, re.IGNORECASE) for address in addresses)


def whole(address: str) -> str:
    r"""Return the pattern of an address by itself; in JSON, `\n` may stand before it."""
    return rf"(?:(?<![\w.+-])|(?<=\\[nrt])){re.escape(address)}(?![\w-]|\.\w)"
