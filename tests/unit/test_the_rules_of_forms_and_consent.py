"""Filled-in forms, and the proof of consent."""

from domain import errors
from domain.contact.commands import (
    ConfirmOptin,
    CreateContact,
    RequestOptin,
    SubmitForm,
    UpdateContact,
    WithdrawOptin,
)
from domain.contact.events import (
    Created,
    Details,
    FormSubmitted,
    OptinConfirmed,
    OptinRequested,
    OptinWithdrawn,
    Updated,
)
from domain.contact.memory import wording_digest
from tests.unit.given_when_then import given
from tests.unit.histories import NINE, NOON, TEN

BORN = Created(email="anna@example.com", source="api")
ASKED = OptinRequested(email="anna@example.com", wording="May we?", requested_at=NINE)
AGREED = OptinConfirmed(
    email="anna@example.com", confirmed_at=TEN, ip_address="192.0.2.1", user_agent="Firefox"
)
TAKEN_BACK = OptinWithdrawn(withdrawn_at=NOON, reason="by mail")
MAY_WE = wording_digest("May we?")
CONFIRM = ConfirmOptin("anna@example.com", MAY_WE, TEN, "192.0.2.1", "Firefox")
MOVED = UpdateContact(Details(email="new@example.com"))
HAS_MOVED = Updated(email="new@example.com")
ENDED = OptinWithdrawn(reason="address_changed")
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
    given(by_phone).when(RequestOptin("May we?", NINE)).refused(errors.NoEmailAddress)


def test_the_answer_is_kept_as_proof_once() -> None:
    given(BORN, ASKED).when(CONFIRM, CONFIRM).then(AGREED)


def test_who_was_not_asked_cannot_agree() -> None:
    given(BORN).when(CONFIRM).refused(errors.OptinNotRequested)
    stranger = ConfirmOptin("other@example.com", MAY_WE, TEN)
    given(BORN, ASKED).when(stranger).refused(errors.OptinNotRequested)


def test_an_answer_from_an_address_that_the_contact_has_no_more_does_not_count() -> None:
    given(BORN, ASKED, HAS_MOVED).when(CONFIRM).refused(errors.OptinNotRequested)
    given(BORN, ASKED, HAS_MOVED, ENDED).when(CONFIRM).refused(errors.OptinNotRequested)
    fresh = ConfirmOptin("new@example.com", MAY_WE, TEN)
    given(BORN, ASKED, HAS_MOVED).when(fresh).refused(errors.OptinNotRequested)


def test_only_what_was_asked_last_can_be_agreed_to() -> None:
    newer = OptinRequested(email="anna@example.com", wording="May we, too?", requested_at=TEN)
    given(BORN, ASKED, newer).when(CONFIRM).refused(errors.OptinNotRequested)
    given(BORN, ASKED, AGREED, newer).when(CONFIRM).refused(errors.OptinNotRequested)
    to_newer = ConfirmOptin("anna@example.com", wording_digest("May we, too?"), TEN)
    agreed = OptinConfirmed(
        email="anna@example.com", confirmed_at=TEN, ip_address=None, user_agent=None
    )
    given(BORN, ASKED, AGREED, newer).when(to_newer, to_newer).then(agreed)


def test_the_same_question_asked_again_can_be_answered_to_either_mail() -> None:
    given(BORN, ASKED, ASKED).when(CONFIRM).then(AGREED)


def test_consent_ends_with_the_address_that_it_was_given_for() -> None:
    given(BORN, ASKED, AGREED).when(MOVED, MOVED).then(HAS_MOVED, ENDED)
    given(BORN, ASKED).when(MOVED).then(HAS_MOVED, ENDED)
    given(BORN, ASKED, AGREED, HAS_MOVED, ENDED).when(CONFIRM).refused(errors.OptinNotRequested)
    given(BORN).when(MOVED).then(HAS_MOVED)


def test_consent_ends_when_the_address_is_taken_away() -> None:
    born = Created(email="anna@example.com", phone_number="0151 1", source="api")
    without = UpdateContact(Details(email=None))
    given(born, ASKED, AGREED).when(without).then(Updated(email=None), ENDED)


def test_an_import_that_changes_the_address_ends_the_consent_too() -> None:
    anew = CreateContact(Details(email="new@example.com"), update_existing=True)
    given(BORN, ASKED, AGREED).when(anew).then(HAS_MOVED, ENDED)


def test_another_spelling_of_the_address_keeps_the_consent() -> None:
    spelled = Updated(email="Anna@Example.com")
    respell = UpdateContact(Details(email="Anna@Example.com"))
    given(BORN, ASKED, AGREED).when(respell).then(spelled)
    given(BORN, ASKED).when(respell, CONFIRM).then(spelled, AGREED)
    given(BORN, ASKED, AGREED, spelled).when(CONFIRM).then()


def test_other_changes_keep_the_consent() -> None:
    given(BORN, ASKED, AGREED).when(UpdateContact(Details(title="Dr."))).then(Updated(title="Dr."))


def test_whoever_had_the_address_before_cannot_take_back_the_consent_of_the_new_one() -> None:
    new = {"email": "new@example.com"}
    asked = OptinRequested(**new, wording="May we?", requested_at=TEN)
    agreed = OptinConfirmed(**new, confirmed_at=TEN)
    now = given(BORN, HAS_MOVED, asked, agreed)
    old_holder = WithdrawOptin(NOON, "link", "anna@example.com")
    now.when(old_holder).refused(errors.OptinNotRequested)
    now.when(WithdrawOptin(NOON, "by mail", "New@example.com")).then(TAKEN_BACK)


def test_consent_can_be_taken_back_once_and_so_can_an_open_request() -> None:
    given(BORN, ASKED, AGREED).when(WITHDRAW, WITHDRAW).then(TAKEN_BACK)
    given(BORN, ASKED).when(WITHDRAW).then(TAKEN_BACK)
    given(BORN).when(WITHDRAW).then()


def test_after_taking_it_back_one_must_be_asked_anew() -> None:
    given(BORN, ASKED, AGREED, TAKEN_BACK).when(CONFIRM).refused(errors.OptinNotRequested)
    given(BORN, ASKED, TAKEN_BACK).when(CONFIRM).refused(errors.OptinNotRequested)
    given(BORN, ASKED, AGREED, TAKEN_BACK, ASKED).when(CONFIRM).then(AGREED)
