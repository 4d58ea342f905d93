"""The kinds of fields that callers send: their limits, checked and documented in one place."""

import math
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic_core import to_json
from typing_extensions import TypeAliasType

from domain.identity import email_address

MAX_BYTES = 65_536
MAX_LEVELS = 20
MAX_ID = 255

SPACE = "\\s\\u001c-\\u001f\\u0085"
"""What `str.strip` takes for space, in a regular expression of a schema."""

NO_ZERO = {"pattern": "^[^\\u0000]*$"}
"""How the document says what `storable` checks."""

NOT_BLANK = {"pattern": f"^[^\\u0000]*[^\\u0000{SPACE}][^\\u0000]*$"}
"""How the document says what `storable` and `not_blank` check."""

REACHABLE: dict[str, Any] = {
    # a keyword that readers understand and that makes no union of the generated class
    "not": {
        "description": "Neither: email and phoneNumber are missing, null or blank.",
        "properties": {name: {"pattern": f"^[{SPACE}]*$"} for name in ("email", "phoneNumber")},
    }
}
"""How the document says that one of email and phoneNumber must be there."""


def storable(text: str) -> str:
    """Refuse what PostgreSQL cannot keep."""
    if "\0" in text:
        msg = "must not contain the character U+0000"
        raise ValueError(msg)
    return text


def blank_is_null(value: object) -> object:
    """Take an empty text field for an absent one, as forms send it."""
    return None if isinstance(value, str) and not value.strip() else value


def not_blank(text: str) -> str:
    """Refuse a text that nobody could see."""
    if not text.strip():
        msg = "must not be blank"
        raise ValueError(msg)
    return text


def at_most_64_kb(text: str) -> str:
    """Refuse longer texts than the contract allows, by their size in UTF-8."""
    if len(text.encode()) > MAX_BYTES:
        msg = f"must have at most {MAX_BYTES} bytes"
        raise ValueError(msg)
    return text


def checked_data(data: dict[str, Any]) -> dict[str, Any]:
    """Refuse free data that is too deep, too large, or not JSON."""
    check_json(data, 1)
    if len(to_json(data)) > MAX_BYTES:
        msg = f"must have at most {MAX_BYTES} bytes as JSON"
        raise ValueError(msg)
    return data


def check_json(value: object, level: int) -> None:
    """Walk through free data."""
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, float) and not math.isfinite(value):
        msg = "must not contain NaN or Infinity"
        raise ValueError(msg)
    elif isinstance(value, dict | list) and level > MAX_LEVELS:
        msg = f"must have at most {MAX_LEVELS} levels"
        raise ValueError(msg)
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_text(key)
            check_json(inner, level + 1)
    elif isinstance(value, list):
        for inner in value:
            check_json(inner, level + 1)


def check_text(text: str) -> None:
    """Refuse U+0000 and lone surrogates."""
    storable(text)
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        msg = "must not contain lone surrogates"
        raise ValueError(msg)


Line = Annotated[str, Field(max_length=320, json_schema_extra=NO_ZERO), AfterValidator(storable)]
Optional = BeforeValidator(blank_is_null)
Text = Annotated[Line | None, Optional]
Email = Annotated[
    Annotated[Line, AfterValidator(email_address), Field(json_schema_extra={"format": "email"})]
    | None,
    Optional,
]
Notes = Annotated[
    Annotated[
        str,
        Field(json_schema_extra={**NO_ZERO, "maxLength": MAX_BYTES}),
        AfterValidator(storable),
        AfterValidator(at_most_64_kb),
    ]
    | None,
    Optional,
]
Tag = Annotated[
    str,
    Field(min_length=1, max_length=100, json_schema_extra=NOT_BLANK),
    AfterValidator(storable),
    AfterValidator(not_blank),
]
Language = Annotated[
    Annotated[str, Field(max_length=8, json_schema_extra=NO_ZERO), AfterValidator(storable)] | None,
    Optional,
]
Link = Annotated[
    Annotated[str, Field(max_length=2_000, json_schema_extra=NO_ZERO), AfterValidator(storable)]
    | None,
    Optional,
]
# A named type has one name in generated clients. Not of JsonValue: that would name the field of a
# mistake by the whole way down to it.
FreeData = TypeAliasType(
    "FreeData",
    Annotated[
        dict[str, Any],
        Field(description="Any JSON object of at most 65,536 bytes and 20 levels."),
        AfterValidator(checked_data),
    ],
)
EventData = TypeAliasType(
    "EventData",
    Annotated[dict[str, Any], Field(description="What an event says, by field, as it is stored.")],
)
Id = Annotated[
    str, Field(min_length=1, max_length=MAX_ID, json_schema_extra=NO_ZERO), AfterValidator(storable)
]


class Sent(BaseModel):
    """What callers send: camelCase, and nothing that nobody knows."""

    model_config = ConfigDict(
        extra="forbid", alias_generator=to_camel, use_attribute_docstrings=True
    )


class Read(BaseModel):
    """What callers read: camelCase, and every field is there."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
    )
