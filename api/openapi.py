"""The OpenAPI document: what FastAPI derives from the routes, plus how callers authenticate."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

SCHEME = {
    "ApiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "A key that `contacts keys create` printed.",
    }
}
PUBLIC = ("/health/",)


def install(app: FastAPI) -> None:
    """Let the application describe itself with this document."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = described(app)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # the way that FastAPI documents


def described(app: FastAPI) -> dict[str, Any]:
    """Build the document once."""
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    document.setdefault("components", {})["securitySchemes"] = SCHEME
    document["security"] = [{"ApiKey": []}]
    for path, operations in document["paths"].items():
        if path.startswith(PUBLIC):
            for operation in operations.values():
                operation["security"] = []
    return document
