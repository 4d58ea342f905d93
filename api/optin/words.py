"""What the mail and the pages say, in each language that they speak."""

from typing import NamedTuple


class Page(NamedTuple):
    """One page: a heading, a sentence, and a button where there is something to decide."""

    title: str
    text: str
    button: str | None = None


class Words(NamedTuple):
    """Everything that is said in one language."""

    subject: str
    question: str
    how: str
    until: str
    unexpected: str
    withdraw: str
    ask: Page
    confirmed: Page
    withdrawing: Page
    withdrawn: Page
    expired: Page
    outdated: Page
    gone: Page
    unknown: Page
    later: Page


ENGLISH = Words(
    subject="Please confirm",
    question="We would like your consent to this:",
    how="If you agree, open this page and press the button:",
    until="The page can be used until {} (UTC).",
    unexpected="If you do not agree, or did not expect this mail, do nothing.",
    withdraw="Withdraw your consent",
    ask=Page("Do you agree?", "Nothing happens unless you press the button.", "I agree"),
    confirmed=Page("Thank you", "You have agreed, and we have noted it."),
    withdrawing=Page(
        "Withdraw your consent?", "Nothing happens unless you press the button.", "Withdraw"
    ),
    withdrawn=Page("Withdrawn", "We have no consent of yours, or no longer."),
    expired=Page(
        "This link has expired",
        "It could be used for seven days. If you still want to agree, ask for a new mail.",
    ),
    outdated=Page(
        "This link is no longer valid",
        "There may be a newer mail, the address may have changed, or the request was taken back.",
    ),
    gone=Page("This link is no longer valid", "There is nothing left to decide here."),
    unknown=Page(
        "This link does not work",
        "Perhaps it was not copied completely. Please open it from the mail once more.",
    ),
    later=Page("Please try again", "It does not work right now. Please try again in a minute."),
)

GERMAN = Words(
    subject="Bitte bestätigen",
    question="Wir bitten um Ihre Einwilligung:",
    how="Wenn Sie zustimmen, öffnen Sie diese Seite und drücken den Knopf:",
    until="Die Seite lässt sich bis {} (UTC) benutzen.",
    unexpected="Wenn Sie nicht zustimmen oder diese Mail nicht erwartet haben, tun Sie nichts.",
    withdraw="Einwilligung widerrufen",
    ask=Page("Stimmen Sie zu?", "Erst der Druck auf den Knopf bewirkt etwas.", "Ich stimme zu"),
    confirmed=Page("Vielen Dank", "Sie haben zugestimmt, und wir haben es vermerkt."),
    withdrawing=Page(
        "Einwilligung widerrufen?", "Erst der Druck auf den Knopf bewirkt etwas.", "Widerrufen"
    ),
    withdrawn=Page("Widerrufen", "Uns liegt keine Einwilligung von Ihnen vor, oder nicht mehr."),
    expired=Page(
        "Dieser Link ist abgelaufen",
        "Er war sieben Tage lang gültig. Wenn Sie noch zustimmen möchten, bitten Sie um eine "
        "neue Mail.",
    ),
    outdated=Page(
        "Dieser Link gilt nicht mehr",
        "Vielleicht gibt es eine neuere Mail, die Adresse hat sich geändert, oder die Anfrage "
        "wurde zurückgenommen.",
    ),
    gone=Page("Dieser Link gilt nicht mehr", "Hier gibt es nichts mehr zu entscheiden."),
    unknown=Page(
        "Dieser Link funktioniert nicht",
        "Vielleicht wurde er nicht vollständig kopiert. Bitte öffnen Sie ihn noch einmal aus der "
        "Mail.",
    ),
    later=Page(
        "Bitte noch einmal versuchen",
        "Gerade geht es nicht. Bitte versuchen Sie es in einer Minute noch einmal.",
    ),
)


LANGUAGES = {"en": ENGLISH, "de": GERMAN}


def spoken(language: str | None, accept_language: str = "") -> str:
    """Return the code of our language for somebody: theirs, else what their browser likes best."""
    if language:
        return primary(language) if primary(language) in LANGUAGES else "en"
    for entry in sorted(accept_language.split(","), key=weight, reverse=True):
        name = entry.partition(";")[0]
        if weight(entry) > 0 and primary(name) in LANGUAGES:
            return primary(name)
    return "en"


def primary(tag: str) -> str:
    """Return what a language tag begins with: `de` of `de-AT`."""
    return tag.strip().lower().replace("_", "-").partition("-")[0]


def weight(entry: str) -> float:
    """Return how much an entry of Accept-Language is liked."""
    try:
        return float(entry.partition(";q=")[2] or 1)
    except ValueError:
        return 0
