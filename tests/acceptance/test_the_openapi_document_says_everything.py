"""A stranger with nothing but the OpenAPI document knows every call, field, limit and refusal."""

import re
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.acceptance.conftest import Running, client
from tests.acceptance.openapi_document import Document, Json, Operation

PROBLEM = "application/problem+json"
WEBHOOK = "/intake/{source}/{token}"
"""Needs no key, for its token is one, and stores whatever comes."""
HEALTH = {"/health/live", "/health/ready", "/metrics"}
KEYLESS = {*HEALTH, WEBHOOK}


@pytest.fixture(scope="module")
def document(running: Running) -> Document:
    with client(running.url) as http:
        return Document(http.get("/openapi.json").json())


def bodies(operation: Operation) -> Iterator[tuple[str, Json]]:
    """Yield every body of an operation, sent or answered."""
    parts = {"request": operation.content.get("requestBody", {}), **operation.content["responses"]}
    for name, part in parts.items():
        for content in part.get("content", {}).values():
            yield f"{operation.id} {name}", content


def examples(content: Json) -> list[Any]:
    """Return all examples of a body."""
    named = [example["value"] for example in content.get("examples", {}).values()]
    return [*named, content["example"]] if "example" in content else named


def test_it_is_valid_openapi_3_1(document: Document) -> None:
    assert document.content["openapi"].startswith("3.1.")
    errors = OpenAPIV31SpecValidator(document.content).iter_errors()
    assert [error.message for error in errors] == []


def test_it_says_what_it_describes_and_names_no_host(document: Document) -> None:
    info = document.content["info"]
    assert info["version"] == version("contact-service")
    assert info["license"]["identifier"] == "Apache-2.0"
    assert info["title"]
    assert info["description"]
    assert [server["url"] for server in document.content["servers"]] == ["/"]


def test_every_operation_has_a_name_a_summary_and_a_description(document: Document) -> None:
    tags = {tag["name"]: tag["description"] for tag in document.content["tags"]}
    for operation in document.operations:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation.id)
        assert re.fullmatch(r"[A-Z].*[^.]", operation.content["summary"]), operation.id
        assert operation.content["description"]
        (tag,) = operation.content["tags"]
        assert tags[tag]
    names = Counter(operation.id for operation in document.operations)
    assert [name for name, count in names.items() if count > 1] == []


def test_every_call_but_a_few_needs_a_key_and_says_which_scope(document: Document) -> None:
    assert document.content["components"]["securitySchemes"]["ApiKey"]["scheme"] == "bearer"
    for operation in document.operations:
        security = operation.content["security"]
        if operation.path in KEYLESS:
            assert security == []
            continue
        (scopes,) = (need["ApiKey"] for need in security)
        assert all(f"`{scope}`" in operation.content["description"] for scope in scopes)
        assert "401" in operation.content["responses"]
        assert bool(scopes) == ("403" in operation.content["responses"])


def test_every_parameter_has_a_description_and_an_example(document: Document) -> None:
    for operation in document.operations:
        for parameter in document.parameters(operation):
            name = (operation.id, parameter["name"])
            assert parameter["description"], name
            for example in parameter["schema"]["examples"]:
                assert document.mistakes(parameter["schema"], example) == [], name


def test_every_field_has_a_description(document: Document) -> None:
    for name, schema in document.content["components"]["schemas"].items():
        assert schema["description"], name
        for field, part in schema.get("properties", {}).items():
            assert part.get("description"), (name, field)


def test_every_text_and_list_that_is_sent_has_a_limit(document: Document) -> None:
    for name, schema in document.content["components"]["schemas"].items():
        if not name.endswith(("Fields", "Row", "NewContact")):
            continue
        for field, part in schema["properties"].items():
            for kind in part.get("anyOf", [part]):
                free = kind.get("type") == "string" and not {"format", "enum"} & kind.keys()
                assert not free or "maxLength" in kind, (name, field)
                assert kind.get("type") != "array" or "maxItems" in kind, (name, field)


def test_every_body_has_examples_that_fit_its_schema(document: Document) -> None:
    for operation in document.operations:
        for name, content in bodies(operation):
            assert examples(content), name
            for example in examples(content):
                assert document.mistakes(content["schema"], example) == [], name


def test_every_refusal_is_a_problem_and_has_an_example_for_each_code(document: Document) -> None:
    for operation in document.operations:
        for status, answer in operation.content["responses"].items():
            assert answer["description"], (operation.id, status)
            assert "X-Request-Id" in answer["headers"], (operation.id, status)
            if status < "400" or operation.path in HEALTH:
                continue
            content = answer["content"][PROBLEM]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            for code, example in content["examples"].items():
                problem = example["value"]
                assert (problem["code"], str(problem["status"])) == (code, status)


def test_every_call_says_how_it_can_be_refused(document: Document) -> None:
    for operation in document.operations:
        answers = set(operation.content["responses"])
        names = {parameter["name"] for parameter in document.parameters(operation)}
        assert ("422" in answers) == ("Idempotency-Key" in names), operation.id
        assert ("412" in answers) == ("If-Match" in names), operation.id
        if operation.path not in KEYLESS:
            assert {"400", "401", "503"} <= answers, operation.id
            assert not operation.has_body or {"413", "415"} <= answers, operation.id
        if operation.path == WEBHOOK:
            assert {"401", "404", "413", "503"} <= answers
        # a key of a repeated call stands for its body, so a body is waited for
        assert ("408" in answers) == (operation.has_body or "422" in answers), operation.id
        if "{contactId}" in operation.path:
            assert "404" in answers, operation.id
            # the history of an erased contact is a skeleton
            assert ("410" in answers) == (operation.id != "get_contact_history"), operation.id


def test_nothing_of_the_framework_s_own_errors_is_left(document: Document) -> None:
    assert "ValidationError" not in str(document.content)


def test_a_null_that_was_never_sent_is_no_default(document: Document) -> None:
    """A client that sends its defaults would clear every field of a contact that it changes."""
    for name, schema in document.content["components"]["schemas"].items():
        for field, part in schema.get("properties", {}).items():
            assert part.get("default", ...) is not None, (name, field)
