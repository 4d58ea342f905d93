"""What stands in the mail, whatever the caller wrote."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.optin.addresses import sender
from api.optin.links import Ask, Links
from api.optin.mail import letter
from api.optin.mail_server import MailServer
from api.optin.words import spoken
from api.sealing import Sealer
from api.settings import Settings

COMPANY, ANNA = UUID(int=1), UUID(int=2)
LINKS = Links(Sealer(bytes(32)), "https://contacts.example.com")
US = sender("Büro <noreply@example.com>")
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
}


def ask(email: str = "anna@example.com", language: str | None = "en") -> Ask:
    return Ask(COMPANY, ANNA, email, "0" * 32, datetime(2026, 12, 8, 9, tzinfo=UTC), language)


def sent(wording: str, asked: Ask, link: str) -> EmailMessage:
    """The mail as it is read at the other end."""
    mail = message_from_bytes(letter(US, asked, wording, link).as_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content


def test_it_says_what_is_asked_and_leads_to_the_page_and_back_out() -> None:
    link = LINKS.to_confirm(ask())
    mail = sent("May we?", ask(), link)
    assert mail["From"] == "Büro <noreply@example.com>"
    assert mail["To"] == "anna@example.com"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Unsubscribe"] == f"<{link}/withdraw>"
    for kind in ("plain", "html"):
        text = body(mail, kind)
        assert all(part in text for part in ("May we?", link, f"{link}/withdraw"))
        assert "2026-12-08 09:00" in text


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
def test_no_wording_changes_the_headers_or_the_links(wording: str) -> None:
    asked = ask()
    link = LINKS.to_confirm(asked)
    mail = sent(wording, asked, link)
    assert set(mail.keys()) == HEADERS
    assert mail["To"] == "anna@example.com"
    assert link in body(mail, "plain").splitlines()
    assert f'<a href="{link}">' in body(mail, "html")


def test_a_wording_that_looks_like_headers_or_html_stays_text() -> None:
    wording = "Hi\r\nBcc: all@example.com\r\n\r\n<img src=x onerror=alert(1)> & more"
    mail = sent(wording, ask(), LINKS.to_confirm(ask()))
    assert "Bcc" not in mail
    assert "Bcc: all@example.com" in body(mail, "plain")
    assert "<img" not in body(mail, "html")
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; more" in body(mail, "html")


@pytest.mark.parametrize("address", ["a@x.test\r\nBcc: b@x.test", "a\nb@x.test", "a@x.test\n"])
def test_an_address_with_a_line_break_makes_no_mail(address: str) -> None:
    with pytest.raises(ValueError, match="CR or LF"):
        letter(US, ask(address), "May we?", "https://x.test/optin/1")


def test_a_long_address_makes_a_long_link_that_no_header_breaks() -> None:
    asked = ask("x" * 64 + "@" + ".".join(["y" * 60] * 4) + ".de")
    link = LINKS.to_confirm(asked)
    raw = letter(US, asked, "May we?", link).as_bytes()
    assert f"List-Unsubscribe: <{link}/withdraw>\r\n".encode() in raw
    head, _, rest = raw.partition(b"\r\n\r\n")
    assert max(map(len, head.splitlines())) <= 998
    assert max(map(len, rest.splitlines())) <= 78


def test_a_domain_is_written_as_mail_servers_know_it() -> None:
    raw = letter(US, ask("anna@müller.example"), "May we?", "https://x.test").as_bytes()
    assert b"To: anna@xn--mller-kva.example\r\n" in raw


def test_it_speaks_german_where_that_is_asked_for() -> None:
    asked = ask(language="de-AT")
    mail = sent("Dürfen wir?", asked, LINKS.to_confirm(asked))
    assert mail["Subject"] == "Bitte bestätigen"
    assert "Einwilligung widerrufen" in body(mail, "plain")
    assert '<html lang="de">' in body(mail, "html")


@pytest.mark.parametrize(
    ("language", "header", "code"),
    [
        ("de", "en", "de"),
        ("DE_at", "", "de"),
        ("fr", "de", "en"),
        (None, "", "en"),
        (None, "de-DE,de;q=0.9,en;q=0.8", "de"),
        (None, "fr,en;q=0.5,de;q=0.7", "de"),
        (None, "de;q=0,en;q=0.1", "en"),
        (None, "fr;q=x,*", "en"),
    ],
)
def test_the_language_is_the_contact_s_else_the_browser_s(
    language: str | None, header: str, code: str
) -> None:
    assert spoken(language, header) == code


# -- links ---------------------------------------------------------------------------------------


def token(asked: Ask) -> str:
    return LINKS.to_confirm(asked).removeprefix("https://contacts.example.com/optin/")


@given(
    st.sampled_from(["anna@example.com", "ü@x.test", "x" * 320]),
    st.none() | st.sampled_from(["de", "en"]),
)
def test_a_link_opens_as_what_it_was_made_of_and_shows_nothing_of_it(
    email: str, language: str | None
) -> None:
    asked = ask(email, language)
    sealed = token(asked)
    assert LINKS.opened(sealed) == asked
    assert str(ANNA) not in sealed
    assert email not in sealed
    assert token(asked) != sealed


SEALED = token(ask())


@given(st.integers(0, len(SEALED) - 1), st.characters())
def test_a_link_that_was_tampered_with_opens_nothing(place: int, sign: str) -> None:
    opened = LINKS.opened(SEALED[:place] + sign + SEALED[place + 1 :])
    # the last sign of a token has bits that say nothing, and ids may be written in capitals
    assert opened in (None, ask())


@pytest.mark.parametrize("place", [0, 31, 32, 60, len(SEALED) - 2])
def test_a_link_with_one_wrong_letter_opens_nothing(place: int) -> None:
    other = "1" if SEALED[place] != "1" else "2"
    assert LINKS.opened(SEALED[:place] + other + SEALED[place + 1 :]) is None


@given(st.text(max_size=300))
def test_no_text_is_taken_for_a_link(text: str) -> None:
    assert LINKS.opened(text) is None


def test_a_link_belongs_to_one_company_and_one_secret() -> None:
    sealed = token(ask())
    assert LINKS.opened(UUID(int=9).hex + sealed[32:]) is None
    assert Links(Sealer(b"x" * 32), "").opened(sealed) is None


# -- settings ------------------------------------------------------------------------------------


def settings(monkeypatch: pytest.MonkeyPatch, url: str, **more: str) -> Settings:
    given = {"PUBLIC_URL": "https://x.test", "MAIL_FROM": "noreply@x.test", "SMTP_URL": url} | more
    for name, value in given.items():
        monkeypatch.setenv(f"CONTACTS_{name}", value)
    return Settings()


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.x.test", MailServer("mail.x.test", 587, tls=False)),
        ("smtps://mail.x.test/", MailServer("mail.x.test", 465, tls=True)),
        (
            "smtp://me%40x.test:p%3Aw%2F@mail.x.test:25",
            MailServer("mail.x.test", 25, tls=False, user="me@x.test", password="p:w/"),
        ),
    ],
)
def test_the_mail_server_is_read_from_one_url(
    url: str, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings(monkeypatch, url).smtp_url == server


@pytest.mark.parametrize(
    "url",
    ["mail.x.test", "http://x.test", "smtp://", "smtp://x.test:port", "smtp://u:secret@x.test/a"],
)
def test_what_is_no_mail_server_is_refused_without_naming_the_password(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, url)
    (error,) = refused.value.errors()
    assert error["loc"] == ("smtp_url",)
    assert "smtp://user:password@host:587" in error["msg"]
    assert "secret" not in error["msg"]


def test_a_password_is_not_shown_by_accident() -> None:
    assert "secret" not in repr(MailServer("x.test", 25, tls=False, user="u", password="secret"))


@pytest.mark.parametrize("missing", ["PUBLIC_URL", "MAIL_FROM"])
def test_mails_need_a_sender_and_a_place_to_lead_to(
    missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValidationError, match=f"needs CONTACTS_{missing}"):
        settings(monkeypatch, "smtp://x.test", **{missing: ""})


@pytest.mark.parametrize("text", ["nobody", "a@x.test\r\nBcc: b@x.test", "Name <>", "a@"])
def test_what_is_no_sender_is_refused_at_the_start(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(monkeypatch, "smtp://x.test", MAIL_FROM=text)
    assert refused.value.errors()[0]["loc"] == ("mail_from",)
