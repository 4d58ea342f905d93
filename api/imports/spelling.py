"""How others call the fields of a contact: in English, in German, at HubSpot and Google."""

import re
import unicodedata
from collections.abc import Mapping

from api.bulk.schemas import BulkRow
from api.contacts.schemas import IGNORED, AddressFields

FULL_NAME = "fullName"
"""A name as a whole; divided where neither part is given."""

ID = "id"
"""The contact's own id, as our exports have it."""

_NAMES = {
    "firstName": "First Name|Given Name|Forename|First|Vorname|Rufname",
    "lastName": "Last Name|Family Name|Surname|Last|Nachname|Familienname|Zuname",
    FULL_NAME: "Name|Full Name|Display Name|Contact Name|Vollständiger Name|Anzeigename|Kontakt",
    "email": "E-Mail|E-Mail Address|Mail|E-Mail-Adresse|Mailadresse|E-Mail 1 - Value|"
    "E-Mail 2 - Value|E-Mail 3 - Value|E-Mail 1|Primary Email|Work Email|E-Mail 2 Address|"
    "E-Mail geschäftlich|E-Mail privat",
    "phoneNumber": "Phone|Phone Number|Telephone|Telephone Number|Tel|Telefon|Telefonnummer|"
    "Rufnummer|Mobile|Mobile Phone|Mobile Phone Number|Mobile Number|Cell|Cell Phone|Handy|"
    "Handynummer|Mobil|Mobilnummer|Mobiltelefon|Phone 1 - Value|Phone 2 - Value|Phone 3 - Value|"
    "Primary Phone|Business Phone|Home Phone|Telefon geschäftlich|Telefon privat",
    "tags": "Tags|Tag|Labels|Label|Categories|Kategorien|Kategorie|Schlagwörter|Schlagworte|"
    "Stichwörter|Etiketten|Group Membership",
    "notes": "Notes|Note|Notizen|Notiz|Bemerkung|Bemerkungen|Anmerkung|Anmerkungen|Kommentar|"
    "Comment|Comments",
    "address.line1": "Street|Street Address|Address|Address Line 1|Address 1|Straße|Adresse|"
    "Anschrift|Straße und Hausnummer|Straße/Hausnummer|Straße, Hausnummer|Straße Hausnr|"
    "Address 1 - Street|Business Street|Home Street|Straße geschäftlich|Straße privat",
    "address.line2": "Address Line 2|Address 2|Adresszusatz|Adresszeile 2|"
    "Address 1 - Extended Address",
    "address.line3": "Address Line 3|Address 3|Adresszeile 3",
    "address.city": "City|Town|Stadt|Ort|Wohnort|Address 1 - City|Business City|Home City|"
    "Ort geschäftlich|Ort privat",
    "address.zip": "Zip|Zip Code|Postal Code|Post Code|PLZ|Postleitzahl|Address 1 - Postal Code|"
    "Business Postal Code|Home Postal Code|Postleitzahl geschäftlich|Postleitzahl privat",
    "address.country": "Country|Country/Region|Land|Staat|Address 1 - Country|"
    "Business Country/Region|Home Country/Region|Land/Region",
    "language": "Language|Preferred Language|Sprache|Lang",
    "title": "Title|Salutation|Anrede|Titel|Akademischer Titel|Name Prefix|Namenspräfix",
    "employer": "Employer|Company|Company Name|Organization|Organisation|Organization Name|"
    "Organization 1 - Name|Firma|Firmenname|Unternehmen|Arbeitgeber",
    "function": "Function|Job Title|Position|Role|Funktion|Beruf|Stelle|Rolle|"
    "Organization Title|Organization 1 - Title",
    "seniority": "Seniority|Employment Seniority|Karrierestufe",
    "location": "Location|Standort",
}


def plain(name: str) -> str:
    """Return what two spellings of one header have in common."""
    letters = unicodedata.normalize("NFKD", name.casefold())
    return re.sub(r"[\W_]+", "", "".join(s for s in letters if not unicodedata.combining(s)))


def _own() -> dict[str, str]:
    """Return the fields under their own names, as the API and our exports call them."""
    names = [field.alias or name for name, field in BulkRow.model_fields.items()]
    parts = [f"address.{name}" for name in AddressFields.model_fields]
    return {plain(name): name for name in (*names, *parts, FULL_NAME, ID)}


OWN: Mapping[str, str] = _own()
"""The fields that a column can be mapped to by hand."""

SPELLINGS: Mapping[str, str] = {
    **{plain(name): name for name in IGNORED},
    **{plain(name): field for field, names in _NAMES.items() for name in names.split("|")},
    **OWN,
}
"""Header, compared in a plain form → field."""
