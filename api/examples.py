"""Examples of whole bodies, put together from the examples of their parts."""

from typing import Any

Json = dict[str, Any]
REF = "#/components/schemas/"

SOME_ID = "01933c4e-8a52-7c31-b1c7-6b7f3a1c9e55"
OTHER_ID = "7b1c0d7e-3f55-4c52-9d0e-1f3f3f0b7c11"


def example_of(schema: Json, schemas: Json) -> Any:  # noqa: ANN401  # any JSON
    """Return an example of the schema; a KeyError when a part has none."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(REF)], schemas)
    if "properties" in schema:
        parts = schema["properties"].items()
        return {name: example_of(part, schemas) for name, part in parts}
    return [example_of(schema["items"], schemas)]
