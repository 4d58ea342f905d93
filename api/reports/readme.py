"""The page that comes with an access report, in English and in German."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from textwrap import fill
from uuid import UUID

WIDTH, INDENT = 90, "    "

ENGLISH = {
    "contact.json": "What is kept of you now: your details, appointments and forms.",
    "appointments.json": "Your appointments, those that were cancelled as well.",
    "form-submissions.json": "The forms that you filled in, with your answers.",
    "history.txt": "All that was ever recorded of you, event by event, to read.",
    "history.json": "The same for programs, with every value.",
    "consents.json": "What you were asked to agree to, when you agreed and from where, and when "
    "that ended.",
    "deliveries.json": "Messages of scheduling services about you. Those that are still kept lie "
    "in the folder deliveries.",
    "imports.json": "Lines about you in lists that were read in, as far as something was wrong "
    "with them and they are still kept.",
    "recipients.json": "Exports and programs that are recorded as having got your data, and the "
    "last mail that asked for your consent. 'versions' are the numbers of the events in the "
    "history. Where 'onlySelected' is true, only a part was asked for, and you may not have been "
    "in it.",
}
GERMAN = {
    "contact.json": "Was jetzt über Sie gespeichert ist: Ihre Angaben, Termine und Formulare.",
    "appointments.json": "Ihre Termine, auch die abgesagten.",
    "form-submissions.json": "Die Formulare, die Sie ausgefüllt haben, mit Ihren Antworten.",
    "history.txt": "Alles, was je über Sie aufgezeichnet wurde, Ereignis für Ereignis, zum Lesen.",
    "history.json": "Dasselbe für Programme, mit allen Werten.",
    "consents.json": "Worum Sie gebeten wurden, wann und von wo aus Sie zugestimmt haben und wann "
    "das endete.",
    "deliveries.json": "Nachrichten von Termindiensten über Sie. Deren Inhalt liegt, soweit er "
    "noch aufbewahrt wird, im Ordner deliveries.",
    "imports.json": "Zeilen über Sie in eingelesenen Listen, sofern mit ihnen etwas nicht stimmte "
    "und sie noch aufbewahrt werden.",
    "recipients.json": "Ausfuhren und Programme, von denen aufgezeichnet ist, dass sie Ihre Daten "
    "erhalten haben, und die letzte E-Mail, die um Ihre Zustimmung bat. 'versions' sind die "
    "Nummern der Ereignisse in der Historie. Wo 'onlySelected' wahr ist, wurde nur ein Teil "
    "verlangt, in dem Sie vielleicht nicht vorkamen.",
}
STATUS_IN_ENGLISH = {
    "live": "in use",
    "deleted": "deleted: hidden, but still kept",
    "erased": "erased: the content is destroyed; kinds of events, times and who acted are left",
}
STATUS_IN_GERMAN = {
    "live": "in Gebrauch",
    "deleted": "gelöscht: ausgeblendet, aber noch gespeichert",
    "erased": "endgültig gelöscht: Die Inhalte sind vernichtet; es bleiben Arten der Ereignisse, "
    "Zeiten und wer gehandelt hat",
}


@dataclass(frozen=True, slots=True)
class About:
    """Of whom a report tells, and as of when: the time, and the last position of the log."""

    contact_id: UUID
    company: str
    status: str
    time: datetime
    position: int


def readme(about: About, names: Collection[str]) -> str:
    """Say what the report is about and what each of its files is; `names` are those that it has."""
    moment = f"{about.time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    return f"""\
Access report (deutsch: siehe unten)

contact:  {about.contact_id}
company:  {about.company}
as of:    {moment}, position {about.position} of the log
status:   {STATUS_IN_ENGLISH[about.status]}

{explained(ENGLISH, names)}

Times are in UTC. All files are text in UTF-8.


Auskunft

Kontakt:  {about.contact_id}
Firma:    {about.company}
Stand:    {moment}, Position {about.position} des Protokolls
Status:   {STATUS_IN_GERMAN[about.status]}

{explained(GERMAN, names)}

Zeiten sind in UTC. Alle Dateien sind Text in UTF-8.
"""


def explained(words: Mapping[str, str], names: Collection[str]) -> str:
    """Explain the files that are there."""
    return "\n\n".join(
        f"{name}\n{fill(words[name], WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)}"
        for name in words
        if name in names
    )
