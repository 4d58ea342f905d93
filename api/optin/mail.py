"""The mail that asks: plain text and simple HTML, with nothing loaded from anywhere."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid
from html import escape

from api.optin.addresses import mailbox
from api.optin.links import Ask, to_withdraw
from api.optin.words import LANGUAGES, Words, spoken

# The usual 78 would break a link in a header, which has no space, into encoded pieces.
LONG_HEADERS = SMTP.clone(max_line_length=998)

QUOTED = "border-left:3px solid #767676;margin:1em 0;padding-left:1em;white-space:pre-line"


def letter(sender: Address, ask: Ask, wording: str, link: str) -> EmailMessage:
    """Write the mail; a line break in a header is refused by the library."""
    language = spoken(ask.language)
    words, withdraw = LANGUAGES[language], to_withdraw(link)
    until = words.until.format(f"{ask.expires_at:%Y-%m-%d %H:%M}")
    message = EmailMessage(SMTP)
    message["From"] = sender
    message["To"] = mailbox(ask.email)
    message["Subject"] = words.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<{withdraw}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(plain(words, wording, link, until), cte="quoted-printable")
    html = simple_html(words, wording, link, until, language)
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message.policy = LONG_HEADERS
    return message


def plain(words: Words, wording: str, link: str, until: str) -> str:
    """Write the part for those who read text."""
    return (
        f"{words.question}\n\n{wording}\n\n{words.how}\n\n{link}\n\n{until}\n{words.unexpected}\n\n"
        f"{words.withdraw}:\n{to_withdraw(link)}\n"
    )


def simple_html(words: Words, wording: str, link: str, until: str, language: str) -> str:
    """Write the part for those who read HTML."""
    href, withdraw = escape(link), escape(to_withdraw(link))
    return f"""<!DOCTYPE html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{words.subject}</title></head>
<body>
<p>{words.question}</p>
<div style="{QUOTED}">{escape(wording)}</div>
<p>{words.how}</p>
<p><a href="{href}">{href}</a></p>
<p>{until}<br>{words.unexpected}</p>
<p><a href="{withdraw}">{words.withdraw}</a></p>
</body>
</html>
"""
