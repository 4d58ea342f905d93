"""Lists out over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from api.answers import BUSY, refused
from api.dependencies import calling, guarded
from api.exports.desk import blocks
from api.exports.formats import MEDIA_TYPES, Format
from api.exports.schemas import ExportQuery
from api.keys.keyring import Scope
from api.problems import FieldError

router = APIRouter(tags=["lists"], route_class=guarded(Scope.READ, past=Scope.AUDIT))

IN_FUTURE = FieldError("asOf", "must not lie in the future")
EXAMPLES = {
    Format.CSV: "id,firstName,email\r\n",
    Format.JSONL: '{"firstName":"Anna","email":"anna@example.com"}\n',
    Format.VCF: "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna\r\nEND:VCARD\r\n",
}
FILE = {
    kind: {"schema": {"type": "string"}, "example": EXAMPLES[form]}
    for form, kind in MEDIA_TYPES.items()
}


@router.get(
    "/crm/export",
    response_class=Response,
    response_description="The list as a file.",
    responses={200: {"content": FILE}, **refused(IN_FUTURE, BUSY)},
)
async def export_contacts(
    query: Annotated[ExportQuery, Query()], request: Request
) -> StreamingResponse:
    """Export contacts as a file, all as of one instant.

    Without parameters, all contacts as CSV, oldest first. A list that is imported again changes
    nothing. With `asOf` they are written as they were; that needs the scope `audit` instead.
    """
    caller = calling(request)
    desk = caller.service.exports
    file = await desk.spool(
        caller.company_id, caller.key_id, query.format, query.filter, query.as_of
    )
    name = f'attachment; filename="contacts.{query.format}"'
    headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
    return StreamingResponse(blocks(file), 200, headers, MEDIA_TYPES[query.format])
