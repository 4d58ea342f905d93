"""All that the edge refuses, with the status of each, and of what the domain refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from domain import errors

RETRY_AFTER_SECONDS = "1"

MAX_NAME = 200
"""Characters of a field's name that are repeated."""

STATUS: dict[type[errors.DomainError], int] = {
    errors.Invalid: 400,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.IdempotencyKeyReused: 422,
    errors.Failed: 500,
    errors.Unavailable: 503,
}


EDGE_HEADERS: dict[int, dict[str, str]] = {
    401: {"WWW-Authenticate": "Bearer"},
    408: {"Connection": "close"},  # what is still to come of the body is not waited for
    503: {"Retry-After": RETRY_AFTER_SECONDS},
}


class EdgeError(Exception):
    """The edge refuses a call before the write side hears of it; the docstring is the message."""

    status: ClassVar[int]
    code: ClassVar[str]

    @property
    def message(self) -> str:
        """The sentence that a caller reads."""
        return " ".join((type(self).__doc__ or "").split())

    @property
    def details(self) -> dict[str, Any]:
        """What the caller needs to act, beside the message."""
        return {}

    @property
    def headers(self) -> Mapping[str, str]:
        """What the answer carries."""
        return EDGE_HEADERS.get(self.status, {})


class MissingKey(EdgeError):
    """Missing authorization header"""  # noqa: D400, D415  # meetergo's words

    status, code = 401, "missing_key"


class InvalidKey(EdgeError):
    """Invalid API key"""  # noqa: D400, D415  # meetergo's words

    status, code = 401, "invalid_key"


class ExpiredKey(EdgeError):
    """API key has expired"""  # noqa: D400, D415  # meetergo's words

    status, code = 401, "expired_key"


class MissingScope(EdgeError):
    """The API key does not have the scope that this call needs."""

    status, code = 403, "missing_scope"


class IntakeNotFound(EdgeError):
    """Nobody is known who may send here."""

    status, code = 404, "intake_not_found"


class WrongSignature(EdgeError):
    """The signature is missing, wrong or too old."""

    status, code = 401, "wrong_signature"


class BodyTooLarge(EdgeError):
    """The body is too large."""

    status, code = 413, "body_too_large"

    def __init__(self, limit: int) -> None:
        """Name the limit, in bytes."""
        super().__init__()
        self.limit = limit

    @property
    def message(self) -> str:
        """The sentence that a caller reads."""
        return f"The body is larger than {self.limit} bytes."


class BodyTooSlow(EdgeError):
    """The body came too slowly, and nothing was done."""

    status, code = 408, "request_timeout"


class NoSigningKey(EdgeError):
    """Nothing can be signed: the service has no key (CONTACTS_SIGNING_KEY_FILE)."""

    status, code = 503, "no_signing_key"


class ErasureNotNoted(EdgeError):
    """Nothing was erased: it could not be noted outside the database (CONTACTS_ERASURES_FILE)."""

    status, code = 503, "erasure_not_noted"


class TooManyRequests(EdgeError):
    """The key has called too often; wait for as many seconds as Retry-After says."""

    status, code = 429, "rate_limited"

    def __init__(self, seconds: int) -> None:
        """Say when the next call may come."""
        super().__init__()
        self.seconds = seconds

    @property
    def headers(self) -> Mapping[str, str]:
        """What the answer carries."""
        return {"Retry-After": str(self.seconds)}


class UnsupportedMediaType(EdgeError):
    """The body was not sent in the form that the call takes."""

    status, code = 415, "unsupported_media_type"

    def __init__(self, kind: str = "application/json") -> None:
        """Name the form."""
        super().__init__()
        self.kind = kind

    @property
    def message(self) -> str:
        """The sentence that a caller reads."""
        return f"The body must be sent as {self.kind}."


class NotUndoable(EdgeError):
    """Only a change of fields or tags can be undone."""

    status, code = 409, "not_undoable"


class ChangedSince(EdgeError):
    """What that event changed was changed again later."""

    status, code = 409, "changed_since"

    def __init__(self, later: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Name the later events, by version, and the fields that they share with it."""
        super().__init__()
        self.later = later

    @property
    def details(self) -> dict[str, Any]:
        """The later changes."""
        return {"laterChanges": [{"version": v, "fields": list(f)} for v, f in self.later]}


@dataclass(frozen=True, slots=True)
class MissedChange:
    """Something that happened to a contact after the version that a caller knows."""

    version: int
    kind: str
    fields: Sequence[str]


class VersionConflict(EdgeError):
    """The contact was changed since the version that If-Match names."""

    status, code = 412, "version_conflict"

    def __init__(self, current: int, missed: Sequence[MissedChange]) -> None:
        """Name the version that the contact has now, and what made it so."""
        super().__init__()
        self.current = current
        self.missed = missed

    @property
    def details(self) -> dict[str, Any]:
        """What the caller has not seen."""
        return {"currentVersion": self.current, "missedChanges": list(map(asdict, self.missed))}

    @property
    def headers(self) -> Mapping[str, str]:
        """The tag to try again with."""
        return {"ETag": f'"{self.current}"'}


class TooManyWaiting(EdgeError):
    """Too many calls are waiting for events."""

    status, code = 503, "too_many_waiting"


class ImportNotFound(EdgeError):
    """There is no such import."""

    status, code = 404, "import_not_found"


class ImportRunning(EdgeError):
    """The same file is being imported already."""

    status, code = 409, "import_running"


class ContactNotCreatedYet(EdgeError):
    """The contact was created later."""

    status, code = 404, "contact_not_created_yet"


class UnreadableEvent(EdgeError):
    """An event of the log cannot be read.

    `contacts audit verify` tells whether it was changed since it was recorded.
    """

    status, code = 500, "event_unreadable"

    def __init__(self, position: int) -> None:
        """Name the event by its place in the log."""
        super().__init__()
        self.position = position

    @property
    def details(self) -> dict[str, Any]:
        """Which event it is."""
        return {"position": self.position}


def not_shown(status: str | None) -> errors.DomainError:
    """Return why a contact is not shown, given what its row says; None when there is no row."""
    if status == "deleted":
        return errors.ContactDeleted()
    return errors.ContactErased() if status == "erased" else errors.ContactNotFound()


class FieldError(Exception):
    """A parameter or field is wrong in a way that only the endpoint can tell."""

    def __init__(self, field: str, message: str) -> None:
        """Name the field as the caller knows it."""
        super().__init__(message)
        self.field = field
        self.message = message


def field_name(location: Sequence[str | int]) -> str:
    """Name a field as the caller wrote it: `address.city`, `attendees.0.email`, `limit`."""
    name = ".".join(map(str, location[1:])) or str(location[0])
    # a name may be as damaged as a value: it can be long, and hold what UTF-8 cannot say
    return name[:MAX_NAME].encode(errors="backslashreplace").decode()


def reason(entry: Mapping[str, Any]) -> str:
    """Say what is wrong, without pydantic's word for our own rules."""
    return str(entry["msg"]).removeprefix("Value error, ")
