"""Mutants of what no tool mutates: the SQL that appends, refuses and erases, and who calls it."""

from typing import NamedTuple

SCHEMA = "domain/eventlog/schema.sql"
ERASER = "api/erasure/eraser.py"
CHAIN = "tests/integration/test_the_database_chains_as_the_audit_page_says.py"
APPEND = "tests/integration/test_an_append_is_all_or_nothing.py"
ERASURE = "tests/integration/test_an_erasure_leaves_the_chain_whole.py"
ALL_OR_NOTHING = "tests/integration/test_an_erasure_is_all_or_nothing.py"
UNCHANGED = "tests/integration/test_nothing_in_the_log_can_be_changed.py"


class Mutant(NamedTuple):
    """A fault, the text that it replaces, and the test that must notice."""

    name: str
    file: str
    old: str
    new: str
    test: str


MUTANTS = (
    Mutant(
        "append forgets the hash before",
        SCHEMA,
        "head.hash := sha256(head.hash || sha256(convert_to(",
        "head.hash := sha256(sha256(convert_to(",
        f"{CHAIN}::test_the_database_computes_the_hashes_of_the_examples",
    ),
    Mutant(
        "append chains no digest of the state",
        SCHEMA,
        "|| digests[nth]);",
        "|| sha256(''));",
        f"{CHAIN}::test_the_database_computes_the_hashes_of_the_examples",
    ),
    Mutant(
        "append lets time go back",
        SCHEMA,
        "greatest(coalesce(instants[nth], clock_timestamp()), head.recorded_at);",
        "coalesce(instants[nth], clock_timestamp());",
        f"{APPEND}::test_an_instant_before_the_head_s_does_not_turn_time_back",
    ),
    Mutant(
        "append takes an instant of the future",
        SCHEMA,
        "IF instants[nth] > greatest(clock_timestamp(), head.recorded_at) THEN",
        "IF instants[nth] > 'infinity' THEN",
        f"{APPEND}::test_what_cannot_be_chained_is_refused",
    ),
    Mutant(
        "append lets control characters of ISO 8859 pass",
        SCHEMA,
        r"'[\x01-\x1f\x7f-\x9f]'",
        r"'[\x01-\x1f]'",
        f"{APPEND}::test_what_cannot_be_chained_is_refused",
    ),
    Mutant(
        "append goes on behind an erasure with a version before it",
        SCHEMA,
        "(later.position > ended.position OR later.version > ended.version)",
        "later.version > ended.version",
        f"{ERASURE}::test_nothing_follows_an_erasure",
    ),
    Mutant(
        "append does not move the head's time",
        SCHEMA,
        "hash = head.hash, recorded_at = head.recorded_at\n",
        "hash = head.hash\n",
        f"{APPEND}::test_any_list_of_appends_gets_gapless_positions_and_a_whole_chain",
    ),
    Mutant(
        "the trigger lets a head stay where it is",
        SCHEMA,
        "new.position <= old.position",
        "new.position < old.position",
        f"{UNCHANGED}::test_not_even_the_owner_changes_or_removes_anything",
    ),
    Mutant(
        "the trigger lets a table be emptied",
        SCHEMA,
        "BEFORE DELETE OR TRUNCATE ON log.event",
        "BEFORE DELETE ON log.event",
        f"{UNCHANGED}::test_not_even_the_owner_changes_or_removes_anything",
    ),
    Mutant(
        "the trigger looks at the state alone",
        SCHEMA,
        "new IS DISTINCT FROM allowed OR",
        "new.state IS DISTINCT FROM allowed.state OR",
        f"{ERASURE}::test_even_in_an_erased_stream_only_the_earlier_states_may_go",
    ),
    Mutant(
        "the trigger takes the end of any stream for the end of this one",
        SCHEMA,
        "e.contact_id = old.contact_id AND e.topic = 'contact.erased'",
        "e.topic = 'contact.erased'",
        f"{ERASURE}::test_the_end_of_another_stream_is_no_reason_to_blank_this_one",
    ),
    Mutant(
        "erase does not ask whether the stream has ended",
        SCHEMA,
        "    IF NOT FOUND THEN\n        RAISE EXCEPTION 'contact % has no contact.erased'",
        "    IF false THEN\n        RAISE EXCEPTION 'contact % has no contact.erased'",
        f"{ERASURE}::test_a_contact_whose_stream_has_not_ended_is_not_blanked",
    ),
    Mutant(
        "erase blanks the last event only",
        SCHEMA,
        "AND e.topic <> 'contact.erased' AND e.state IS NOT NULL;",
        "AND e.topic = 'contact.created' AND e.state IS NOT NULL;",
        f"{ERASURE}::test_the_states_of_the_contact_go_and_everything_else_stays",
    ),
    Mutant(
        "whoever may connect may append",
        SCHEMA,
        "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA log FROM PUBLIC;",
        "",
        f"{UNCHANGED}::test_a_stranger_neither_reads_nor_calls_anything",
    ),
    Mutant(
        "an erasure is not noted",
        ERASER,
        "            note(self._notes, erasure)\n",
        "",
        f"{ALL_OR_NOTHING}::test_what_cannot_be_noted_is_not_erased",
    ),
)
