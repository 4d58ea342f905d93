"""Hides how a scheduler's JSON is read: what is tolerated, and how a mistake is named."""

from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from api.fields import MAX_ID, Optional, check_json, check_text
from api.intake.source import NotUnderstood
from api.moments import Moment
from domain.identity import MAX_LENGTH, email_address

Model = TypeVar("Model", bound=BaseModel)


class Payload(BaseModel):
    """An object that a scheduler sends; null is as good as absent, the unknown is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def null_is_absent(cls, sent: object) -> object:
        """Let defaults, and other names of a field, stand for what is null."""
        if not isinstance(sent, dict):
            return sent
        return {key: value for key, value in sent.items() if value is not None}


class CamelPayload(Payload):
    """The same, with names in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


def readable(text: str) -> str:
    """Refuse U+0000 and lone surrogates, which cannot be kept."""
    check_text(text)
    return text


def address(text: str) -> str:
    """Refuse what is no e-mail address, without quoting it."""
    try:
        return email_address(text)
    except ValueError:
        raise ValueError("is no e-mail address") from None


def shortened(value: object) -> object:
    """Leave out what would be too long to keep."""
    return value[:MAX_LENGTH] if isinstance(value, str) else value


def keyed(value: object) -> dict[str, JsonValue]:
    """Return answers by question: from an object, a list of pairs in usual words, or a text."""
    check_json(value, 1)
    if isinstance(value, str):
        return {"notes": value}
    if isinstance(value, list):
        pairs = [item for item in value if isinstance(item, dict)]
        return {question(pair): answer(pair) for pair in pairs}
    if isinstance(value, dict):
        return value
    raise ValueError("must be an object or a list of questions and answers")


def question(pair: dict[str, JsonValue]) -> str:
    """Return what was asked."""
    return next((str(pair[key]) for key in ("question", "label", "name") if pair.get(key)), "")


def answer(pair: dict[str, JsonValue]) -> JsonValue:
    """Return what was answered."""
    return next((pair[key] for key in ("answer", "value") if key in pair), None)


Line = Annotated[str, Field(max_length=MAX_LENGTH), AfterValidator(readable)]
Text = Annotated[Line | None, Optional]
Label = Annotated[Text, BeforeValidator(shortened)]
"""What a meeting is called, or why it is off: nobody's booking is refused for its length."""
Link = Annotated[Annotated[str, Field(max_length=2_000), AfterValidator(readable)] | None, Optional]
Email = Annotated[Annotated[Line, AfterValidator(address)] | None, Optional]
Id = Annotated[str, Field(min_length=1, max_length=MAX_ID), AfterValidator(readable)]
"""A scheduler's id: any text or number."""
OptionalId = Annotated[Id | None, Optional]
Said = Annotated[Moment | None, Optional]
# Any: a model would name the field of a mistake by its way down, which is made of what people typed
Answers = Annotated[Any, BeforeValidator(keyed)]


def read(model: type[Model], payload: JsonValue, within: str = "") -> Model:
    """Return what the payload, found in the field `within`, says.

    Raises NotUnderstood, which names the field.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        reason = told(error.errors(include_url=False)[0], within)
    raise NotUnderstood(reason)  # outside of `except`: the error quotes what was sent


def told(error: ErrorDetails, within: str) -> str:
    """Name the field and what is wrong with it, but not its value."""
    parts = [within, *map(str, error["loc"])]
    field = ".".join(filter(None, parts)) or "the body"
    if error["type"] == "missing" or error["input"] is None:
        return f"{field} is missing"
    if error["type"] in ("model_type", "model_attributes_type", "dict_type"):
        return f"{field} must be an object"
    return f"{field}: {error['msg'].removeprefix('Value error, ')}"
