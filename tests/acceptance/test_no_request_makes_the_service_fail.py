"""A machine makes up requests from the OpenAPI document, good and bad ones, in great number."""

import re
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from api.app import built
from api.settings import Settings
from tests.acceptance.conftest import Tenant
from tests.scale import FULL

pytestmark = pytest.mark.scaled

EXAMPLES = 800 if FULL else 45
"""Requests for each call: 500 in all, or 10,000."""

UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")

NEVER_EXEMPT = {"not_a_server_error", "status_code_conformance"}

ANOTHER_PATH = "the other methods of this path are those of /crm/{contactId}: 400, no such id"
NO_SUCH_TIME = "no schema says which texts are times, and how far the log goes"
EXEMPT: dict[str, dict[str, str]] = {
    "create_booking": {
        "unsupported_method": ANOTHER_PATH,
        "positive_data_acceptance": "no schema says that a meeting ends after it starts",
    },
    "create_contacts": {
        "unsupported_method": ANOTHER_PATH,
        "negative_data_rejection": "a bad row is answered by a verdict, the others are created",
    },
    "delete_contacts": {"unsupported_method": ANOTHER_PATH},
    "export_contacts": {
        "unsupported_method": ANOTHER_PATH,
        "positive_data_acceptance": NO_SUCH_TIME,
    },
    "import_contacts": {
        "unsupported_method": ANOTHER_PATH,
        "positive_data_acceptance": "no schema says what a list is",
    },
    "get_contact_details": {
        "unsupported_method": ANOTHER_PATH,
        "positive_data_acceptance": "no schema says that one of two parameters must be there",
    },
    "get_contact": {"positive_data_acceptance": NO_SUCH_TIME},
    "get_contact_diff": {"positive_data_acceptance": NO_SUCH_TIME},
    "list_events": {
        "positive_data_acceptance": "only the log says where it ends, and which types there are",
    },
    "list_contacts": {
        "positive_data_acceptance": "a cursor is sealed: nobody can make one up",
    },
    "reschedule_booking": {
        "positive_data_acceptance": "no schema says that a meeting ends after it starts",
    },
    "submit_form": {
        "positive_data_acceptance": "no schema says between which years a time must lie",
    },
    "undo_change": {
        "positive_data_acceptance": "only the history says which versions there are",
    },
    "update_contact": {
        "positive_data_acceptance": "the last address of a contact cannot be taken away",
    },
}
"""The checks that a call does not undergo, and why; every other call undergoes all."""


GRANTED_OR_NOT = ["2xx", "401", "403", "404", "409", "412", "422", "5xx"]
"""What a good request may be answered: 412 and 422 depend on versions and keys of others."""


def configuration() -> schemathesis.Config:
    """Make the same requests each time, as far as answers do not change what comes next."""
    content: dict[str, Any] = {
        "seed": 4711,
        "generation": {
            "with-security-parameters": False,  # each request brings the company's own key
            "allow-x00": False,  # refused inside of additionalData, which has no schema to say so
        },
        "checks": {"positive_data_acceptance": {"expected-statuses": GRANTED_OR_NOT}},
        "phases": {"coverage": {"enabled": FULL}},  # takes a minute before the first request
        "operations": [
            {
                "include-operation-id": name,
                "checks": {check: {"enabled": False} for check in checks},
            }
            for name, checks in EXEMPT.items()
        ],
    }
    return schemathesis.Config.from_dict(content)


api = schemathesis.openapi.from_dict(built(Settings()).openapi(), config=configuration())


@pytest.fixture(scope="module")
def contact_id(shared_company: Tenant) -> str:
    """A contact that is there, unless a request deletes it."""
    return made(shared_company)


def made(company: Tenant) -> str:
    """Make a contact."""
    return str(company.create(email=f"{uuid4().hex}@example.com")["id"])


@api.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
    ],
)
def test_every_answer_is_one_that_the_document_promises(
    case: schemathesis.Case[Any], shared_company: Tenant, contact_id: str
) -> None:
    if UUID.fullmatch(str(case.path_parameters.get("contactId"))):
        # one that is made up never exists, and one that is erased is good for nothing more
        erasing = case.operation.label.endswith("/erase")
        named = made(shared_company) if erasing else contact_id
        case.path_parameters["contactId"] = named
    headers = {"Authorization": f"Bearer {shared_company.key}"}
    case.call_and_validate(base_url=shared_company.running.url, headers=headers)


def test_no_call_is_exempt_from_what_matters_most() -> None:
    assert [name for name, checks in EXEMPT.items() if NEVER_EXEMPT & checks.keys()] == []
    calls = api.raw_schema["paths"].values()
    assert EXEMPT.keys() <= {call["operationId"] for path in calls for call in path.values()}
