"""Golden files and numbered migrations are only ever added to."""

import json
from itertools import count

from api.migrations import numbered
from tests.house import golden
from tests.unit.golden_events import FILES, MEANT, topic_of


def test_no_golden_file_and_no_migration_has_changed() -> None:
    current, noted = golden.current(), golden.noted()
    changed = [name for name in noted if current.get(name) != noted[name]]
    assert changed == [], "databases out there have it as it was; add another one instead"


def test_every_golden_file_and_every_migration_is_noted() -> None:
    assert golden.current().keys() - golden.noted().keys() == set(), (
        "run python -m tests.house.golden"
    )


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = [step.name.split("_")[0] for step in numbered.known()]
    assert numbers == [f"{number:04}" for number, _ in zip(count(1), numbers, strict=False)]


def test_every_golden_event_is_read_by_a_test() -> None:
    assert {path.stem for path in FILES.iterdir()} == MEANT.keys()


def test_a_golden_event_is_named_after_its_schema() -> None:
    for path in FILES.iterdir():
        topic, schema = topic_of(path.name), json.loads(path.read_text(encoding="utf-8"))["schema"]
        assert path.name.startswith(f"{topic}.{schema}."), path.name
