"""Requests for an opt-in, as callers send them and as they are answered."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from api.fields import (
    MAX_BYTES,
    NOT_BLANK,
    Language,
    Read,
    Sent,
    at_most_64_kb,
    not_blank,
    storable,
)
from api.optin.postman import NotMailed

Wording = Annotated[
    str,
    Field(min_length=1, json_schema_extra={**NOT_BLANK, "maxLength": MAX_BYTES}),
    AfterValidator(storable),
    AfterValidator(not_blank),
    AfterValidator(at_most_64_kb),
]


class OptinFields(Sent):
    """What a contact is asked to agree to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"wording": "May we send you our newsletter once a month?", "language": "en"}
            ]
        }
    )

    wording: Wording
    """What the contact is shown, in the mail and on the page; at most 65,536 bytes."""
    language: Language = None
    """Language of the mail and the page around the wording: `de`, English for any other.
    Without it, the contact's."""


class OptinAnswer(Read):
    """A request that was recorded, and whether it is on its way."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "expiresAt": "2026-12-08T09:00:00.000Z",
                    "mailed": True,
                    "reason": None,
                    "link": None,
                }
            ]
        }
    )

    expires_at: datetime
    """Until when the link confirms: for seven days."""
    mailed: bool
    """Whether the mail server has taken the mail."""
    reason: NotMailed | None
    """Why it was not mailed: `mailed_recently` (there is one mail to a contact in ten minutes),
    `no_mail_server` (none is set up: send `link` yourself), `mail_failed` (it could not be handed
    in), `mail_refused`, or `mail_unconfirmed` (the connection was lost: it may arrive or not)."""
    link: str | None
    """Where the contact confirms; only when no mail server is set up."""
