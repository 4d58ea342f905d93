"""Raises events that were stored in an older shape to the shape of today."""

from collections.abc import Callable, Mapping
from typing import Any

Data = dict[str, Any]
Upcaster = Callable[[Data], Data]

UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""(topic, schema) → what turns data of that schema into the next one. Only ever added to."""


def upcast(
    topic: str,
    data: Data,
    *,
    stored: int,
    current: int,
    upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
) -> Data:
    """Raise `data` step by step from schema `stored` to `current`; a missing step is a KeyError."""
    for schema in range(stored, current):
        data = upcasters[topic, schema](data)
    return data
