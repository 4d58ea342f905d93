"""How far an import is, and what became of its rows."""

import io
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from api.answers import refused
from api.contacts import rendering
from api.dependencies import calling, guarded
from api.examples import SOME_ID
from api.imports import leftovers, register
from api.imports.register import Import
from api.imports.schemas import ErrorsQuery, ImportAnswer
from api.imports.verdicts import STATUSES, Verdict
from api.keys.keyring import Scope
from api.problems import ImportNotFound

router = APIRouter(tags=["lists"], route_class=guarded(Scope.READ))

ImportId = Annotated[
    UUID, Path(alias="importId", description="The import's id.", examples=[SOME_ID])
]

TABLE = {
    "schema": {"type": "string"},
    "example": "row,column,value,reason\r\n7,E-Mail,anna@@example.com,There are two @-signs.\r\n",
}


@router.get(
    "/crm/imports/{importId}",
    response_model=ImportAnswer,
    response_description="The import and the verdicts of some rows.",
    responses=refused(ImportNotFound()),
)
async def get_import(
    import_id: ImportId, query: Annotated[ErrorsQuery, Query()], request: Request
) -> Response:
    """Get an import: how far it is, and the verdicts of its rows.

    Ask again with `after` set to the last row of the answer before, until there are no more.
    """
    caller = calling(request)
    statuses = STATUSES if query.status is None else (query.status,)

    def read(connection: Any) -> tuple[Import, list[Verdict]]:  # noqa: ANN401  # the desk's
        one = found(connection, caller.company_id, import_id)
        return one, register.page(connection, one, statuses, query.after)

    one, verdicts = await caller.service.history.run(read)
    return rendering.answer(rendered(one, verdicts))


@router.get(
    "/crm/imports/{importId}/errors",
    response_class=Response,
    response_description="The failed rows as a table.",
    responses={
        200: {"content": {"text/csv; charset=utf-8": TABLE}},
        **refused(ImportNotFound()),
    },
)
async def get_import_errors(import_id: ImportId, request: Request) -> Response:
    """Get the failed rows of an import as CSV: row, column, value and reason."""
    caller = calling(request)

    def read(connection: Any) -> str:  # noqa: ANN401  # the desk's
        one = found(connection, caller.company_id, import_id)
        text = io.StringIO(newline="")
        leftovers.write_complaints(text, register.verdicts(connection, one, ["failed"]))
        return text.getvalue()

    table = await caller.service.history.run(read)
    return Response(table.encode(), 200, media_type="text/csv; charset=utf-8")


def found(connection: Any, company_id: UUID, import_id: UUID) -> Import:  # noqa: ANN401  # the desk's
    """Return an import of the caller's company."""
    try:
        return register.find(connection, company_id, import_id)
    except register.ImportNotPossible:
        raise ImportNotFound from None


def rendered(one: Import, verdicts: list[Verdict]) -> dict[str, Any]:
    """Render an import as callers read it."""
    return {
        "id": one.import_id,
        "state": one.state,
        "reason": one.reason,
        "dryRun": bool(one.options.get("dry_run")),
        "kind": one.kind,
        "columns": one.columns,
        "size": one.size,
        "read": one.read_bytes,
        "rows": dict(zip(STATUSES, one.counts.values(), strict=True)),
        "results": [row(verdict) for verdict in verdicts],
    }


def row(verdict: Verdict) -> dict[str, Any]:
    """Render what became of a row."""
    errors = [
        {"column": complaint.column, "value": complaint.value, "message": complaint.message}
        for complaint in verdict.complaints
    ]
    return {
        "row": verdict.row,
        "status": verdict.status,
        "id": verdict.contact_id,
        "errors": errors,
    }
