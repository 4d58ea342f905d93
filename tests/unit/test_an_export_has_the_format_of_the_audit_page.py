"""The export and the checkpoint of docs/audit.md, and how the verifier names what is wrong."""

import re
from collections.abc import Callable
from dataclasses import astuple, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.audit import export, verifier
from api.audit.checkpoints import as_file, checkpoint, listed
from api.audit.export import Row
from api.audit.verifier import Checkpoint, Fault, report, verify
from domain.eventlog import chain
from domain.eventlog.chain import instant
from tests.unit.forgery import BEGAN, COMPANY, SIGNER, Story, made_up, rehashed, told
from tests.unit.golden_vectors import COMPANY as EXAMPLE
from tests.unit.golden_vectors import VECTORS, Vector

AUDIT_PAGE = Path(__file__).parents[2] / "docs" / "audit.md"
STORY = made_up(COMPANY, 60)


def golden_row(vector: Vector) -> Row:
    *fields, state, _, digest, linked = astuple(vector)
    return Row._make([EXAMPLE, *fields, bytes.fromhex(digest), bytes.fromhex(linked), state])


GOLDEN = told(EXAMPLE, [golden_row(vector) for vector in VECTORS])


def changed(index: int, **fields: Any) -> Story:
    rows = list(STORY.rows)
    rows[index] = rows[index]._replace(**fields)
    return replace(STORY, rows=tuple(rows))


def faulty(story: Story, checkpoint: Checkpoint | None = None) -> int:
    with pytest.raises(Fault) as fault:
        verify(story.lines(), checkpoint)
    return fault.value.position


def test_the_audit_page_shows_the_export_of_its_examples() -> None:
    page = AUDIT_PAGE.read_bytes()
    assert [line for line in GOLDEN.lines() if line not in page] == []
    contact_id = VECTORS[0].contact_id
    assert GOLDEN.lines(contact_id)[3] in page


def test_the_audit_page_shows_the_checkpoint_of_its_examples() -> None:
    made = checkpoint(SIGNER, EXAMPLE, *GOLDEN.head, VECTORS[-1].recorded_at)
    page = AUDIT_PAGE.read_text("utf-8")
    assert as_file(made) in page
    assert SIGNER.public_key in page
    Checkpoint.read(as_file(made).encode()).check_signature(SIGNER.public_key.encode())


def test_the_verifier_and_the_service_agree_on_names_and_formats() -> None:
    assert (verifier.LOG, verifier.EXPORT) == (chain.FORMAT, export.FORMAT)
    page = AUDIT_PAGE.read_text("utf-8")
    assert {verifier.LOG, verifier.EXPORT, verifier.CHECKPOINT} <= set(re.findall(r"`(.*?)`", page))


@pytest.mark.parametrize(
    "state",
    [b"", b"no JSON", b"\xff\x00", b"[1]", b'"text"', b"null", b"{}", b"{ }\n", b'{"a":NaN}', b"{"],
)
def test_whatever_a_state_is_it_is_exported_byte_by_byte(state: bytes) -> None:
    story = told(COMPANY, rehashed([STORY.rows[0]._replace(state=state)], 0))
    assert verify(story.lines(), story.checkpoint()).position == 1
    forged = replace(story, rows=(story.rows[0]._replace(state=state + b" "),))
    assert faulty(forged) == 1


@pytest.mark.parametrize("text", ['say "hi"', "back\\slash", '\\"', "Jürgen", "\u2028", "😀"])
def test_whatever_a_name_is_it_is_exported_sign_by_sign(text: str) -> None:
    story = told(COMPANY, rehashed([STORY.rows[0]._replace(actor=text)], 0))
    verify(story.lines(), story.checkpoint())


@pytest.mark.parametrize("character", ["\n", "\0", "\x1f", "\x7f", "\x85"])
def test_a_control_character_is_a_fault(character: str) -> None:
    assert faulty(changed(4, actor=f"a{character}b")) == 5


@pytest.mark.parametrize("character", ["\x7f", "\x85"])
def test_a_control_character_is_a_fault_even_when_the_hashes_fit(character: str) -> None:
    row = STORY.rows[0]._replace(actor=f"a{character}b")
    entry = "\n".join(
        [
            *(str(COMPANY), "1", str(row.contact_id), "1", row.topic, instant(row.recorded_at)),
            *(row.actor, row.source, row.request_id),
        ]
    )
    linked = chain.link(chain.genesis(COMPANY), entry.encode(), row.digest)
    assert faulty(told(COMPANY, [row._replace(hash=linked)])) == 1


def test_a_number_has_one_way_to_be_written() -> None:
    lines = STORY.lines(STORY.rows[0].contact_id)
    index = next(i for i, line in enumerate(lines) if b"entryHash" in line)
    lines[index] = lines[index].replace(b'"position":', b'"position":0')
    with pytest.raises(Fault) as fault:
        verify(lines)
    assert fault.value.position == index


@pytest.mark.parametrize("index", [0, 7, 59])
def test_a_change_is_named_by_its_position(index: int) -> None:
    assert faulty(changed(index, actor="somebody else")) == index + 1
    assert faulty(changed(index, state=b"{}")) == index + 1
    rows = [row for row in STORY.rows if row.position != index + 1]
    assert faulty(replace(STORY, rows=tuple(rows))) == index + 1


def test_a_state_that_is_gone_is_named_though_the_chain_holds() -> None:
    index = next(i for i, row in enumerate(STORY.rows) if row.state is not None and i > 30)
    assert faulty(changed(index, state=None)) == index + 1


def test_the_reason_of_an_erasure_must_stay() -> None:
    index = next(i for i, row in enumerate(STORY.rows) if row.topic == "contact.erased")
    assert faulty(changed(index, state=None)) == index + 1


def forever(rows: list[Row]) -> list[Row]:
    """Let something follow an erasure."""
    erased = next(row for row in rows if row.topic == "contact.erased")
    late = rows[-1]._replace(contact_id=erased.contact_id, version=erased.version + 1)
    return [*rows[:-1], late]


def skip(rows: list[Row]) -> list[Row]:
    """Leave a version out."""
    return [*rows[:-1], rows[-1]._replace(version=rows[-1].version + 1)]


def turn_back(rows: list[Row]) -> list[Row]:
    """Let time go back."""
    return [*rows[:-1], rows[-1]._replace(recorded_at=BEGAN - timedelta(days=1))]


@pytest.mark.parametrize("forge", [forever, skip, turn_back])
def test_what_no_service_writes_is_a_fault_even_when_the_hashes_fit(
    forge: Callable[[list[Row]], list[Row]],
) -> None:
    rows = forge(list(STORY.rows))
    assert faulty(told(COMPANY, rehashed(rows, 0))) == 60


def test_what_is_missing_since_the_checkpoint_is_named_by_the_first_that_is_missing() -> None:
    assert faulty(told(COMPANY, STORY.rows[:40]), STORY.checkpoint()) == 41


def test_a_chain_that_was_computed_anew_is_named_by_the_checkpoint() -> None:
    forged = told(COMPANY, rehashed(changed(10, actor="x").rows, 10))
    assert faulty(forged, STORY.checkpoint()) == 60
    assert faulty(forged, told(COMPANY, STORY.rows[:20]).checkpoint()) == 20


def test_an_empty_log_has_a_checkpoint_too() -> None:
    empty = told(COMPANY, ())
    assert verify(empty.lines(), empty.checkpoint()).position == 0
    assert verify(STORY.lines(), empty.checkpoint()).position == 60


@pytest.mark.parametrize("field", ["company_id", "position", "hash", "recorded_at", "key_id"])
def test_a_checkpoint_of_which_anything_was_changed_is_not_what_was_signed(field: str) -> None:
    kept = STORY.checkpoint()
    value: Any = 7 if field == "position" else getattr(kept, field).replace("0", "1")
    for forged in (replace(kept, **{field: value}), replace(kept, signature="00" * 64)):
        with pytest.raises(Fault):
            forged.check_signature(SIGNER.public_key.encode())


def test_the_list_of_public_keys_is_taken_as_the_service_answers_it() -> None:
    keys = listed([(SIGNER.key_id, SIGNER.public_key, BEGAN)], SIGNER)
    STORY.checkpoint().check_signature(keys.model_dump_json(by_alias=True).encode())
    other = Ed25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for others in (b'{"result": []}', pem):
        with pytest.raises(Fault, match="another key"):
            STORY.checkpoint().check_signature(others)


def test_a_key_of_another_kind_is_refused() -> None:
    public = generate_private_key(SECP256R1()).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for content in (pem, b"no key"):
        with pytest.raises(ValueError, match=r"Ed25519|PEM"):
            STORY.checkpoint().check_signature(content)


@pytest.mark.parametrize(
    "content",
    [b"", b"PEM", b"[]", b"{}", b'{"status": 401}', b'{"result": 1}', b'{"result": [{}]}'],
)
def test_a_file_without_public_keys_is_told_and_is_no_fault_of_the_log(content: bytes) -> None:
    with pytest.raises(ValueError, match="neither PEM nor what"):
        STORY.checkpoint().check_signature(content)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"format":"contacts-checkpoint/2"}'])
def test_what_is_no_checkpoint_is_told_so(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"checkpoint|JSON"):
        Checkpoint.read(content)


def test_the_report_says_what_was_not_looked_at() -> None:
    kept = STORY.checkpoint()
    chain = verify(STORY.lines(), kept)
    assert "No checkpoint was given" in report(chain, None, signature_checked=False)
    assert "not checked" in report(chain, kept, signature_checked=False)
    assert f"signed with key {SIGNER.key_id}" in report(chain, kept, signature_checked=True)
