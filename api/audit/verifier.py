"""Checks exports of a log and checkpoints; needs Python 3.11 and `cryptography`, nothing else.

    python verifier.py EXPORT [--checkpoint FILE] [--public-key FILE]

It shares no code with the service, so that it shares no mistake with it; what the two have in
common is docs/audit.md. Copy this one file to a machine that you trust.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

LOG, EXPORT, CHECKPOINT = "contacts-log/1", "contacts-export/1", "contacts-checkpoint/1"

SIGNED = ("companyId", "position", "hash", "recordedAt", "keyId", "signature")

NO_CHECKPOINT = f"this is no checkpoint in the format {CHECKPOINT}"
NO_KEYS = "the file of the public keys is neither PEM nor what GET /audit/public-keys answers"

NOTHING_SIGNED = "a public key checks the signature of a checkpoint; name that with --checkpoint"

ERASED, ENDED = b"contact.erased", -1
ESCAPE = re.compile(rb"\\(.)")
NO_OBJECT = re.compile(rb'"((?:[0-9a-f]{2})*)"')
LATE_CONTROL = re.compile(rb"\xc2[\x80-\x9f]")

# Each line has one way to be written, so that no program reads anything else in it than this one
# does: no name that comes twice, no spaces, no escapes but of the quotation mark and the backslash.
TEXT = rb'"((?:[^"\\\x00-\x1f\x7f]++|\\["\\])*+)"'
NUMBER = rb"([1-9][0-9]{0,17})"
ID = rb'"([0-9a-f-]{36})"'
HASH = rb'"([0-9a-f]{64})"'
KINDS = {
    "format": b'"%s"' % EXPORT.encode(),
    "onlyContact": b"(?:null|%s)" % ID,
    "recordedAt": rb'"([0-9TZ:.-]{27})"',
    **dict.fromkeys(("companyId", "contactId"), ID),
    **dict.fromkeys(("position", "version"), NUMBER),
    **dict.fromkeys(("genesis", "entryHash", "digest", "hash"), HASH),
}


def written(names: str, end: bytes) -> re.Pattern[bytes]:
    """Return the pattern of an object with these names, up to its end."""
    pairs = (b'"%s":%s' % (name.encode(), KINDS.get(name, TEXT)) for name in names.split())
    return re.compile(b"{" + b",".join(pairs) + end)


HEADER = written("format companyId onlyContact genesis", b"}\n")
SHOWN = written(
    "position contactId version topic recordedAt actor source requestId digest hash", b""
)
STATE = b',"state":'
HIDDEN = written("position entryHash digest hash", b"}\n")
LAST_LINE = b'{"count":'
TRAILER = re.compile(
    rb'\{"count":(0|[1-9][0-9]{0,17}),"head":\{"position":([0-9]+),"hash":%s\}\}\n' % HASH
)


class Fault(Exception):
    """Something was changed, removed or added; `position` is the first that is not right."""

    def __init__(self, position: int, reason: str) -> None:
        """Position 0 is what stands before the first event."""
        super().__init__(f"position {position}: {reason}")
        self.position = position


@dataclass(frozen=True)
class Checkpoint:
    """Where a log stood, as somebody has signed it."""

    company_id: str
    position: int
    hash: str
    recorded_at: str
    key_id: str
    signature: str

    @classmethod
    def read(cls, written: bytes) -> "Checkpoint":
        """Read what the service wrote; a ValueError when it is no checkpoint."""
        fields = loaded(written, NO_CHECKPOINT)
        if fields.pop("format", None) != CHECKPOINT or fields.keys() != set(SIGNED):
            raise ValueError(NO_CHECKPOINT)
        if type(fields["position"]) is not int:
            raise ValueError("the position of the checkpoint is no number")
        return cls(*(fields[name] for name in SIGNED))

    def check_signature(self, public_keys: bytes) -> None:
        """Raise a Fault unless it was signed with one of these keys (see `key_with_id`)."""
        fields = (self.company_id, self.position, self.hash, self.recorded_at, self.key_id)
        key = key_with_id(self.key_id, public_keys)
        if key is None:
            raise Fault(self.position, f"the checkpoint names another key, {self.key_id}")
        try:
            key.verify(
                bytes.fromhex(self.signature), "\n".join(map(str, (CHECKPOINT, *fields))).encode()
            )
        except (InvalidSignature, ValueError, TypeError):
            raise Fault(self.position, "the checkpoint is not what was signed") from None


def key_with_id(key_id: str, public_keys: bytes) -> Ed25519PublicKey | None:
    """Find a key in a PEM file of one key, or in what GET /audit/public-keys answers."""
    for pem in pems(public_keys):
        key = load_pem_public_key(pem)
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("the public key is not one of Ed25519")  # noqa: TRY004  # a wrong file
        if sha256(key.public_bytes_raw()).hexdigest()[:32] == key_id:
            return key
    return None


def pems(public_keys: bytes) -> list[bytes]:
    """Return each key as PEM; a ValueError when the file is none, or a list of something else."""
    if public_keys.lstrip().startswith(b"{"):
        try:
            return [key["publicKey"].encode() for key in loaded(public_keys, NO_KEYS)["result"]]
        except (KeyError, TypeError, AttributeError):
            raise ValueError(NO_KEYS) from None
    if b"-----BEGIN" not in public_keys:
        raise ValueError(NO_KEYS)
    return [public_keys]


def loaded(written: bytes, otherwise: str) -> dict[str, Any]:
    """Read a JSON object; a ValueError that says `otherwise` when it is none."""
    try:
        return dict(json.loads(written))
    except (ValueError, TypeError, RecursionError):
        raise ValueError(otherwise) from None


class Chain:
    """What is known of a company's log up to a position; it grows event by event."""

    def __init__(self, company_id: str, only_contact: bytes | None) -> None:
        """Begin before position 1; with `only_contact`, digests will do of all others."""
        self.company_id = company_id
        self.only_contact = only_contact
        self.position = 0
        self.hash = sha256(f"{LOG}\n{company_id}".encode()).digest()
        self.first_line = company_id.encode() + b"\n"
        self.recorded_at = b""
        self.versions: dict[bytes, int] = {}
        self.blanked: dict[bytes, int] = {}
        self.hidden = 0

    def follow(self, line: bytes) -> None:
        """Take the next event, or raise the Fault that it has.

        One function on purpose: it runs for each event, and calls cost more than what they do.
        """
        self.position += 1
        head, _, state = line.partition(STATE)
        found = SHOWN.fullmatch(head)
        if found is None or state[-2:] != b"}\n":
            return self.follow_digests(line)
        *fields, digest, claimed = found.groups()
        position, contact_id, version, topic, recorded_at, _, _, _ = fields
        number = int(version)
        if int(position) != self.position or number != self.versions.get(contact_id, 0) + 1:
            self.refuse_place(position, contact_id, number)
        if self.only_contact is not None and contact_id != self.only_contact:
            self.refuse(f"this is an event of another contact, {contact_id.decode()}")
        if recorded_at < self.recorded_at:
            self.refuse("this was recorded earlier than the event before")
        self.versions[contact_id] = number
        self.recorded_at = recorded_at
        if b"\\" in head or not head.isascii():
            fields = [self.unescaped(field) for field in fields]
        if state[:1] == b"{" and topic != ERASED:
            said = sha256(state[:-2]).digest()
        else:
            said = self.odd_state(contact_id, topic, state[:-2], digest)
        if said.hex().encode() != digest:
            self.refuse("the state is not what was recorded")
        entry = self.first_line + b"\n".join(fields)
        return self.append(sha256(entry).digest() + said, claimed)

    def follow_digests(self, line: bytes) -> None:
        """Take the next event when it is another contact's and there as digests only."""
        if not line.endswith(b"\n"):
            self.refuse("the export ends here, within a line")
        found = HIDDEN.fullmatch(line)
        if found is None or self.only_contact is None:
            self.refuse("this cannot be read as an event")
        position, entry_hash, digest, claimed = found.groups()
        if int(position) != self.position:
            self.refuse(f"position {position.decode()} stands here")
        self.hidden += 1
        self.append(bytes.fromhex((entry_hash + digest).decode()), claimed)

    def append(self, link: bytes, claimed: bytes) -> None:
        """Make the chain one event longer."""
        self.hash = sha256(self.hash + link).digest()
        if self.hash.hex().encode() != claimed:
            self.refuse("the hash does not follow from the event and the hash before it")

    def odd_state(self, contact_id: bytes, topic: bytes, state: bytes, digest: bytes) -> bytes:
        """Return the digest of a state that may be gone, and note whose may be."""
        if state == b"null" and topic != ERASED:
            self.blanked.setdefault(contact_id, self.position)
            return bytes.fromhex(digest.decode())
        if topic == ERASED:
            self.versions[contact_id] = ENDED
            self.blanked.pop(contact_id, None)
        if state[:1] == b"{":
            return sha256(state).digest()
        found = NO_OBJECT.fullmatch(state)
        if found is None:
            self.refuse("this cannot be read as an event")
        return sha256(bytes.fromhex(found[1].decode())).digest()

    def reaches(self, checkpoint: Checkpoint | None) -> bool:
        """Tell whether this is the checkpoint's position; a Fault when it says something else."""
        if checkpoint is None:
            return True
        if checkpoint.position == self.position and checkpoint.hash != self.hash.hex():
            self.refuse("the log differs from the checkpoint, here or before")
        return checkpoint.position == self.position

    def close(self, line: bytes) -> None:
        """Compare the last line with what came before it, and look for what must not be gone."""
        found = TRAILER.fullmatch(line)
        if found is None or found[1] != found[2]:
            raise Fault(self.position + 1, "the last line cannot be read")
        here = f"position {self.position}"
        if int(found[2]) != self.position:
            reason = f"the head of the log is at position {int(found[2])}, its last event at {here}"
            raise Fault(self.position + 1, reason)
        if found[3] != self.hash.hex().encode():
            reason = f"the head of the log has another hash than its last event, at {here}"
            raise Fault(self.position + 1, reason)
        if self.blanked:
            contact_id, position = min(self.blanked.items(), key=itemgetter(1))
            reason = f"the state is gone, but contact {contact_id.decode()} was not erased"
            raise Fault(position, reason)

    def unescaped(self, field: bytes) -> bytes:
        """Return a field as it was recorded; the format knows two escapes."""
        if LATE_CONTROL.search(field):
            self.refuse("there is a control character in it")
        return ESCAPE.sub(rb"\1", field)

    def refuse_place(self, position: bytes, contact_id: bytes, version: int) -> NoReturn:
        """Say what is wrong with the place that an event claims."""
        if int(position) != self.position:
            self.refuse(f"position {position.decode()} stands here")
        known = self.versions.get(contact_id, 0)
        after = f"version {known}" if known != ENDED else "its erasure"
        self.refuse(f"version {version} of contact {contact_id.decode()} follows {after}")

    def refuse(self, reason: str) -> NoReturn:
        """Raise a Fault at the event that is being read."""
        raise Fault(self.position, reason)


def opened(line: bytes) -> Chain:
    """Begin with the first line of an export; a ValueError when it is no export at all."""
    found = HEADER.fullmatch(line)
    if found is None:
        raise ValueError(f"this is no export in the format {EXPORT}")
    company_id, only_contact, genesis = found.groups()
    chain = Chain(company_id.decode(), only_contact)
    if chain.hash.hex().encode() != genesis:
        raise Fault(0, "the first hash is not that of the company")
    return chain


def verify(lines: Iterable[bytes], checkpoint: Checkpoint | None = None) -> Chain:
    """Follow an export to its end, or raise the first Fault; a ValueError when it is none."""
    rest = iter(lines)
    chain = opened(next(rest, b""))
    if checkpoint is not None and checkpoint.company_id != chain.company_id:
        raise Fault(0, "the checkpoint is of another company")
    reached = chain.reaches(checkpoint)
    for line in rest:
        if line.startswith(LAST_LINE):
            chain.close(line)
            break
        chain.follow(line)
        reached = reached or chain.reaches(checkpoint)
    else:
        raise Fault(chain.position + 1, "the export ends here, without its last line")
    if next(rest, None) is not None:
        raise Fault(chain.position + 1, "something follows the last line")
    if not reached and checkpoint is not None:
        reason = f"missing: when the checkpoint was made, the log went to {checkpoint.position}"
        raise Fault(chain.position + 1, reason)
    return chain


def report(chain: Chain, checkpoint: Checkpoint | None, *, signature_checked: bool) -> str:
    """Say in words what was found, and what was not looked at."""
    said = f"Whole: {chain.position} events of company {chain.company_id}. "
    if chain.hidden:
        said += f"{chain.hidden} of them are there as digests only. "
    if checkpoint is None:
        return said + (
            "No checkpoint was given: had the whole chain been computed anew, or its end been cut "
            "off, this would not show."
        )
    said += f"Nothing up to position {checkpoint.position} has changed since the checkpoint. "
    if signature_checked:
        return said + f"The checkpoint is signed with key {checkpoint.key_id}."
    return said + "Who signed the checkpoint was not checked: no public key was given."


def main() -> int:
    """Check the files that the command line names; 1 when something is wrong."""
    parser = argparse.ArgumentParser(description="Check an export of a contact log.")
    parser.add_argument("export", type=Path)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--public-key", type=Path)
    given = parser.parse_args()
    if given.public_key and not given.checkpoint:
        parser.error(NOTHING_SIGNED)
    try:
        checkpoint = Checkpoint.read(given.checkpoint.read_bytes()) if given.checkpoint else None
        if checkpoint and given.public_key:
            checkpoint.check_signature(given.public_key.read_bytes())
        with given.export.open("rb") as lines:
            chain = verify(lines, checkpoint)
    except (Fault, ValueError, OSError) as wrong:
        print(f"NOT whole: {wrong}" if isinstance(wrong, Fault) else wrong, file=sys.stderr)  # noqa: T201
        return 1
    print(report(chain, checkpoint, signature_checked=bool(given.public_key)))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
