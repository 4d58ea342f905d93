"""Hides how the OpenAPI document is read: its operations, and what an answer must look like."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx2
from openapi_schema_validator import OAS31Validator, oas31_format_checker

Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One call that the document describes."""

    method: str
    path: str
    content: Json

    @property
    def id(self) -> str:
        """Its name."""
        return str(self.content["operationId"])

    @property
    def has_body(self) -> bool:
        """Whether a body is sent."""
        return "requestBody" in self.content

    def needs(self, scope: str) -> bool:
        """Whether a key must have this scope."""
        return any(scope in scopes for need in self.content["security"] for scopes in need.values())

    def answers(self, method: str, path: str) -> bool:
        """Whether this is what a request is for."""
        pattern = re.sub(r"\{\w+\}", "[^/]+", self.path)
        return method == self.method and re.fullmatch(pattern, path) is not None


class Document:
    """The document of a running service."""

    def __init__(self, content: Json) -> None:
        """Take the document as it was served."""
        self.content = content

    @property
    def operations(self) -> list[Operation]:
        """All operations, those of fixed paths first."""
        found = [
            Operation(method.upper(), path, content)
            for path, methods in self.content["paths"].items()
            for method, content in methods.items()
        ]
        return sorted(found, key=lambda operation: "{" in operation.path)

    def resolved(self, node: Json) -> Json:
        """Follow a reference."""
        while "$ref" in node:
            target: Any = self.content
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def parameters(self, operation: Operation) -> Iterator[Json]:
        """Yield what goes with a request."""
        for parameter in operation.content.get("parameters", ()):
            yield self.resolved(parameter)

    @cached_property
    def closed(self) -> Json:
        """The schemas, such that a field which they do not name is wrong."""
        schemas = self.content["components"]["schemas"]
        return {
            name: {**schema, "additionalProperties": False} if "properties" in schema else schema
            for name, schema in schemas.items()
        }

    def mistakes(self, schema: Json, value: Any) -> list[str]:
        """Say where a value differs from a schema."""
        whole = {**schema, "components": {"schemas": self.closed}}
        validator = OAS31Validator(whole, format_checker=oas31_format_checker)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]

    def check(self, answer: httpx2.Response) -> tuple[str, int]:
        """Compare an answer with the document; return which one it is."""
        request = answer.request
        operation = next(
            known for known in self.operations if known.answers(request.method, request.url.path)
        )
        described = operation.content["responses"][str(answer.status_code)]
        for name, header in described.get("headers", {}).items():
            if self.resolved(header).get("required"):
                assert name in answer.headers, (operation.id, name)
        kind = answer.headers.get("content-type")
        kinds = list(described.get("content", {}))
        assert kind in kinds if len(kinds) > 1 else ([kind] if kind else []) == kinds, operation.id
        if kind and "json" in kind and "jsonl" not in kind:
            wrong = self.mistakes(described["content"][kind]["schema"], answer.json())
            assert wrong == [], (operation.id, wrong)
        return operation.id, answer.status_code
