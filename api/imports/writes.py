"""Lists in over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from api.answers import BUSY, refused, sent
from api.contacts import rendering
from api.dependencies import calling, guarded
from api.imports.inspection import UnreadableFile
from api.imports.options import Options, chosen
from api.imports.reads import rendered
from api.imports.register import ImportNotPossible
from api.imports.schemas import ImportAnswer, ImportFields
from api.keys.keyring import Scope
from api.problems import FieldError, ImportRunning

router = APIRouter(tags=["lists"], route_class=guarded(Scope.WRITE, files=True))

UNREADABLE = FieldError("file", "the file is an Excel workbook or another archive")
ONCE = ("file", "updateExisting", "dryRun")
"""Of two, nobody could know which is meant."""

MULTIPART = "multipart/form-data"


@router.post(
    "/crm/imports",
    status_code=202,
    response_model=ImportAnswer,
    response_description="The import, which goes on.",
    responses={**sent(202, "Location"), **refused(UNREADABLE, ImportRunning(), BUSY)},
)
async def import_contacts(
    body: Annotated[ImportFields, Form(media_type=MULTIPART)], request: Request
) -> Response:
    """Import a list.

    Encoding, delimiter and columns are recognised; unknown columns go to `additionalData`. Each
    row is created, updated, unchanged, skipped or failed. The answer comes at once; ask for the
    import by its id to see how far it is. What the service does not finish goes on when it starts
    again.
    """
    caller = calling(request)
    form = await request.form()
    for name in ONCE:
        if len(form.getlist(name)) > 1:
            raise FieldError(name, "must be given once")
    options = options_of(body)
    desk = caller.service.imports
    try:
        one = await desk.take(caller.company_id, caller.actor, body.file.file, options)
    except UnreadableFile as unreadable:
        raise FieldError("file", str(unreadable)) from None
    except ImportNotPossible:
        raise ImportRunning from None
    headers = {"Location": f"/crm/imports/{one.import_id}"}
    return rendering.answer(rendered(one, []), 202, headers=headers)


def options_of(body: ImportFields) -> Options:
    """Read the form."""
    try:
        columns = chosen(body.map)
    except ValueError as wrong:
        raise FieldError("map", str(wrong)) from None
    return Options(
        update_existing=body.update_existing,
        dry_run=body.dry_run,
        tags=tuple(body.tags),
        map=columns,
    )
