"""Filled-in forms, and the proof of consent."""

from domain import errors
from domain.contact.commands import ConfirmOptin, RequestOptin, SubmitForm, WithdrawOptin
from domain.contact.events import (
    Created,
    FormSubmitted,
    OptinConfirmed,
    OptinRequested,
    OptinWithdrawn,
    Updated,
)
from tests.unit.given_when_then import given
from tests.unit.histories import NINE, NOON, TEN

BORN = Created(email="anna@example.com", source="api")
ASKED = OptinRequested(email="anna@example.com", wording="May we?", requested_at=NINE)
AGREED = OptinConfirmed(
    email="anna@example.com", confirmed_at=TEN, ip_address="192.0.2.1", user_agent="Firefox"
)
TAKEN_BACK = OptinWithdrawn(withdrawn_at=NOON, reason="by mail")
CONFIRM = ConfirmOptin("anna@example.com", TEN, "192.0.2.1", "Firefox")
WITHDRAW = WithdrawOptin(NOON, "by mail")


def test_a_submission_is_kept_once() -> None:
    wish = SubmitForm("s1", NINE, {"q": [1, None]}, "f1", "Feedback")
    kept = FormSubmitted(
        submission_id="s1",
        form_id="f1",
        form_name="Feedback",
        answers={"q": [1, None]},
        submitted_at=NINE,
    )
    given(BORN).when(wish, wish).then(kept)
    given(BORN, kept).when(SubmitForm("s1", NOON, {})).then()
    given().when(wish).refused(errors.ContactNotFound)


def test_the_request_keeps_what_was_shown_and_to_whom() -> None:
    given(BORN).when(RequestOptin("May we?", NINE)).then(ASKED)


def test_without_an_email_address_nobody_can_be_asked() -> None:
    by_phone = Created(phone_number="0151 1", source="api")
    given(by_phone).when(RequestOptin("May we?", NINE)).refused(errors.NoAddress)


def test_the_answer_is_kept_as_proof_once() -> None:
    given(BORN, ASKED).when(CONFIRM, CONFIRM).then(AGREED)


def test_who_was_not_asked_cannot_agree() -> None:
    given(BORN).when(CONFIRM).refused(errors.OptinNotRequested)
    stranger = ConfirmOptin("other@example.com", TEN)
    given(BORN, ASKED).when(stranger).refused(errors.OptinNotRequested)


def test_an_answer_from_an_address_that_the_contact_has_no_more_does_not_count() -> None:
    gone = Updated(email="new@example.com")
    given(BORN, ASKED, gone).when(CONFIRM).refused(errors.OptinNotRequested)
    fresh = ConfirmOptin("new@example.com", TEN)
    given(BORN, ASKED, gone).when(fresh).refused(errors.OptinNotRequested)


def test_consent_can_be_taken_back_once_and_so_can_an_open_request() -> None:
    given(BORN, ASKED, AGREED).when(WITHDRAW, WITHDRAW).then(TAKEN_BACK)
    given(BORN, ASKED).when(WITHDRAW).then(TAKEN_BACK)
    given(BORN).when(WITHDRAW).then()


def test_after_taking_it_back_one_must_be_asked_anew() -> None:
    given(BORN, ASKED, AGREED, TAKEN_BACK).when(CONFIRM).refused(errors.OptinNotRequested)
    given(BORN, ASKED, TAKEN_BACK).when(CONFIRM).refused(errors.OptinNotRequested)
    given(BORN, ASKED, AGREED, TAKEN_BACK, ASKED).when(CONFIRM).then(AGREED)
