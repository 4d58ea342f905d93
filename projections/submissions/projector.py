"""Folds a contact's events into one row for each form that the contact filled in."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from domain.contact import events as e
from domain.kernel import Event, Recorded
from projections.kernel import Key, View


class SubmissionRow(NamedTuple):
    """One filled-in form."""

    submission_id: str
    form_id: str | None
    form_name: str | None
    answers: Mapping[str, Any]
    submitted_at: datetime


class Submissions(View):
    """The submissions of each contact."""

    name = "submission"
    version = 1
    handles: ClassVar[frozenset[type[Event]]] = frozenset({e.FormSubmitted, e.Erased})
    key: ClassVar[tuple[str, ...]] = ("submission_id",)
    columns: ClassVar[Mapping[str, str]] = {
        "submission_id": "text",
        "form_id": "text",
        "form_name": "text",
        "answers": "jsonb",
        "submitted_at": "timestamptz",
    }

    def fold(self, rows: Mapping[Key, Any], recorded: Recorded) -> Mapping[Key, Any]:
        """Keep each submission once; an erased contact has none."""
        event = recorded.event
        if isinstance(event, e.FormSubmitted):
            return {event.submission_id: submission(event)}
        return dict.fromkeys(rows) if isinstance(event, e.Erased) else {}


def submission(event: e.FormSubmitted) -> SubmissionRow:
    """Return the row of a submission."""
    return SubmissionRow(
        submission_id=event.submission_id,
        form_id=event.form_id,
        form_name=event.form_name,
        answers=event.answers,
        submitted_at=event.submitted_at,
    )
