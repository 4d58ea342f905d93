"""The parts of a run, each of which can be measured alone, in the order of the page."""

from tests.bench import (
    appending,
    busy,
    contests,
    growing,
    histories,
    importing,
    lasting,
    lists,
    looking,
    processes,
    rebuilding,
    searching,
    verifying,
)
from tests.bench.stage import Part

PARTS: dict[str, Part] = {
    "create": contests.part,
    "append": appending.part,
    "details": looking.part,
    "lists": lists.part,
    "import": importing.part,
    "search": searching.part,
    "busy": busy.part,
    "growth": growing.part,
    "histories": histories.part,
    "rebuild": rebuilding.part,
    "verify": verifying.part,
    "memory": lasting.part,
    "processes": processes.part,
}
"""Parts by the name that ARGS asks for them with."""
