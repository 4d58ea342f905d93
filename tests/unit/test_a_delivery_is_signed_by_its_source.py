"""Which deliveries are taken for a source's own."""

from datetime import UTC, datetime, timedelta

import pytest

from api.intake import calcom, calendly, meetergo
from api.intake.source import BadSignature
from tests.intake_payloads import signed_calcom, signed_calendly

NOW = datetime(2034, 1, 15, 9, tzinfo=UTC)
BODY = b'{"a": "\xc3\xbc"}'


def test_calcom_signs_the_raw_body() -> None:
    headers = signed_calcom("s3cret", BODY)
    calcom.verify("s3cret", headers, BODY, NOW)
    for secret, body in [("s3cret", BODY + b" "), ("other", BODY), ("", BODY)]:
        with pytest.raises(BadSignature):
            calcom.verify(secret, headers, body, NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-cal-signature-256": ""},
        {"x-cal-signature-256": "no-secret-provided"},
        {"x-cal-signature-256": "ü" * 64},
        {"x-cal-signature-256": signed_calcom("s3cret", BODY)["x-cal-signature-256"].upper()},
    ],
)
def test_calcom_without_a_right_signature_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        calcom.verify("s3cret", headers, BODY, NOW)


@pytest.mark.parametrize("headers", [{}, {"x-cal-signature-256": "no-secret-provided"}])
def test_calcom_without_a_secret_is_taken_as_it_comes(headers: dict[str, str]) -> None:
    calcom.verify(None, headers, BODY, NOW)


@pytest.mark.parametrize("age", [-180, -1, 0, 180])
def test_calendly_signs_time_and_body(age: int) -> None:
    headers = signed_calendly("s3cret", BODY, NOW - timedelta(seconds=age))
    calendly.verify("s3cret", headers, BODY, NOW)
    for secret, body in [("s3cret", BODY + b" "), ("other", BODY), (None, BODY)]:
        with pytest.raises(BadSignature):
            calendly.verify(secret, headers, body, NOW)


@pytest.mark.parametrize("age", [181, 3_600, -181])
def test_what_calendly_signed_long_ago_is_refused(age: int) -> None:
    headers = signed_calendly("s3cret", BODY, NOW - timedelta(seconds=age))
    with pytest.raises(BadSignature):
        calendly.verify("s3cret", headers, BODY, NOW)


def test_a_signature_of_calendly_cannot_be_given_another_time() -> None:
    old = signed_calendly("s3cret", BODY, NOW - timedelta(hours=1))["calendly-webhook-signature"]
    fresh = f"t={int(NOW.timestamp())}," + old.partition(",")[2]
    with pytest.raises(BadSignature):
        calendly.verify("s3cret", {"calendly-webhook-signature": fresh}, BODY, NOW)


def test_one_right_signature_of_several_is_enough_while_calendly_changes_its_key() -> None:
    right = signed_calendly("s3cret", BODY, NOW)["calendly-webhook-signature"]
    calendly.verify("s3cret", {"calendly-webhook-signature": right + ", v1=0123"}, BODY, NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "v1=00",
        "t=x,v1=00",
        "t=²,v1=00",
        "t=" + "9" * 400 + ",v1=00",
        "ü",
        "t=1.5,v1=ü",
    ],
)
def test_calendly_without_a_right_signature_is_refused(header: str) -> None:
    with pytest.raises(BadSignature):
        calendly.verify("s3cret", {"calendly-webhook-signature": header}, BODY, NOW)


def test_meetergo_signs_nothing() -> None:
    assert not meetergo.signed
    meetergo.verify(None, {}, BODY, NOW)
