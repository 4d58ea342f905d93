"""All that the write side refuses, as a typed tree; a leaf's docstring is its message."""

import traceback
from typing import ClassVar
from uuid import UUID


class DomainError(Exception):
    """The write side refuses a wish. Each leaf has a code that never changes."""

    code: ClassVar[str]
    fields: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **details: str | int) -> None:
        """Keep what the caller needs to act; the keys are shown as they are, in camelCase."""
        super().__init__(self.message)
        self.details = details

    @property
    def message(self) -> str:
        """The sentence that a caller reads."""
        return " ".join((type(self).__doc__ or "").split())


def anonymous(error: BaseException) -> str:
    """Describe an error for the log without its message, which may quote personal data."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} in {places}"


class Invalid(DomainError):
    """The wish is malformed."""


class NotFound(DomainError):
    """What the wish speaks of is not there."""


class Conflict(DomainError):
    """The wish breaks a rule, given what happened before."""


class Gone(DomainError):
    """What the wish speaks of was destroyed for good."""


class Unavailable(DomainError):
    """The service cannot do it now; the same wish may succeed later."""


class Failed(DomainError):
    """The service made a mistake; nothing was recorded."""


class NoAddress(Invalid):
    """A contact needs an email or a phoneNumber."""

    code = "email_or_phone_required"
    fields = ("email", "phoneNumber")


class TooManyTags(Invalid):
    """A contact has at most 100 tags."""

    code = "too_many_tags"
    fields = ("tags",)


class AdditionalDataTooLarge(Invalid):
    """additionalData may take at most 65536 bytes as JSON."""

    code = "additional_data_too_large"
    fields = ("additionalData",)


class AttendeeNotNamed(Invalid):
    """The meeting has several attendees; say which one."""

    code = "attendee_required"
    fields = ("attendeeId",)


class ContactNotFound(NotFound):
    """There is no such contact."""

    code = "contact_not_found"


class ContactDeleted(NotFound):
    """The contact was deleted; it can be restored."""

    code = "contact_deleted"


class AppointmentNotFound(NotFound):
    """There is no such appointment."""

    code = "appointment_not_found"


class ContactErased(Gone):
    """The contact was erased; its personal data is gone for good."""

    code = "contact_erased"


class EmailTaken(Conflict):
    """Another contact of this company has this e-mail address."""

    code = "email_taken"
    fields = ("email",)

    def __init__(self, holder: UUID) -> None:
        """Name the contact that holds the address."""
        super().__init__(existingContactId=str(holder))


class BookingCancelledAlready(Conflict):
    """A cancelled booking cannot be rescheduled or marked as a no-show."""

    code = "booking_cancelled"


class ContactNotDeleted(Conflict):
    """The contact is not deleted, or no longer."""

    code = "contact_not_deleted"


class NoEmailAddress(Conflict):
    """The contact has no e-mail address under which it could be asked."""

    code = "no_email_address"


class ContactMovedOn(Conflict):
    """The contact was changed meanwhile."""

    code = "contact_moved_on"


class OptinNotRequested(Conflict):
    """There is no open opt-in request for this address."""

    code = "optin_not_requested"


class IdempotencyKeyReused(DomainError):
    """The Idempotency-Key came with another request before."""

    code = "idempotency_key_reused"


class ProjectionFailed(Failed):
    """The change could not be shown in the read model, so it was not recorded."""

    code = "projection_failed"


class WriteFailed(Failed):
    """The database refused the change; nothing was recorded."""

    code = "write_failed"


class Busy(Unavailable):
    """The database has too much to do or no room, or somebody else writes for this company."""

    code = "busy"


class OutcomeUnknown(Unavailable):
    """The database was lost while it recorded the change; it may or may not be there."""

    code = "outcome_unknown"


class DatabaseUnavailable(Unavailable):
    """No connection to the database can be had; nothing was recorded."""

    code = "database_unavailable"


class ReadModelChanged(Unavailable):
    """The read model was rebuilt by another version of the service; this process ends."""

    code = "read_model_changed"
