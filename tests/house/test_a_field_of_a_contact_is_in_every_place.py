"""A field that was forgotten somewhere can be sent and never read, or is lost in an export."""

from collections.abc import Collection

import pytest
from pydantic.alias_generators import to_camel

from api.contacts.items import ContactItem
from api.contacts.rendering import contact
from api.contacts.schemas import ContactFields
from api.exports.formats import COLUMNS
from domain.contact.events import Details
from projections.contacts.projector import ContactRow
from projections.contacts.queries import SHOWN
from projections.inline import CONTACTS

FIELDS = Details.model_fields.keys() - {"phone_key"}  # follows from the number
IN_PYTHON: dict[str, Collection[str]] = {
    "ContactFields in api/contacts/schemas.py": ContactFields.model_fields,
    "ContactItem in api/contacts/items.py": ContactItem.model_fields,
    "Contacts.columns in projections/contacts/projector.py": CONTACTS.columns,
    "SHOWN in projections/contacts/queries.py": SHOWN.split(", "),
}
IN_JSON: dict[str, Collection[str]] = {
    "contact() in api/contacts/rendering.py": contact(ContactRow(), None),
    "COLUMNS in api/exports/formats.py": {name.partition(".")[0] for name in COLUMNS},
}


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_a_field_can_be_sent_and_is_stored_shown_and_exported(field: str) -> None:
    lacking = [place for place, names in IN_PYTHON.items() if field not in names]
    lacking += [place for place, names in IN_JSON.items() if to_camel(field) not in names]
    assert lacking == [], f"{field} is a field of domain.contact.events.Details"


def test_what_is_documented_of_a_contact_is_what_is_answered() -> None:
    assert contact(ContactRow(), None).keys() == set(map(to_camel, ContactItem.model_fields))
