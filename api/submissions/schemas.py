"""Filled-in forms as callers send them."""

from pydantic import ConfigDict

from api.fields import FreeData, Id, Sent, Text
from api.moments import Moment


class SubmissionFields(Sent):
    """A form that a contact filled in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "submission-1",
                    "formId": "feedback",
                    "formName": "Feedback",
                    "answers": {"How was it?": "Good"},
                    "submittedAt": "2026-06-02T12:00:00+02:00",
                }
            ]
        }
    )

    id: Id | None = None
    """The id of the submission, made up if it is missing. The same one again changes nothing."""
    form_id: Id | None = None
    """The id of the form."""
    form_name: Text = None
    """Its name."""
    answers: FreeData
    """The answers by question; any JSON of at most 65,536 bytes and 20 levels."""
    submitted_at: Moment | None = None
    """When it was sent, with an offset from UTC, between the years 1900 and 2999; now if it is
    missing."""
