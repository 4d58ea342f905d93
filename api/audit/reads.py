"""What auditors fetch over HTTP: a signed checkpoint, and the keys to check it with."""

from fastapi import APIRouter, Request

from api.answers import refused
from api.audit import checkpoints
from api.audit.schemas import Checkpoint, PublicKeys
from api.dependencies import calling, guarded
from api.keys.keyring import Scope
from api.problems import NoSigningKey

router = APIRouter(tags=["audit"], route_class=guarded(Scope.AUDIT))


@router.get(
    "/audit/checkpoint",
    response_description="Where the log stands, signed.",
    responses=refused(NoSigningKey()),
)
async def get_checkpoint(request: Request) -> Checkpoint:
    """Get a signed checkpoint.

    Keep it where nobody who runs this service can change it: with it, `contacts audit verify`
    proves that nothing up to its position was changed or removed since. docs/audit.md says what
    that does and does not prove.
    """
    caller = calling(request)
    signer = caller.service.signer
    if signer is None:
        raise NoSigningKey
    async with caller.service.reading() as connection:
        return await checkpoints.of_company(connection, signer, caller.company_id)


@router.get("/audit/public-keys", response_description="The keys.")
async def list_public_keys(request: Request) -> PublicKeys:
    """List the public keys of checkpoints.

    None is ever removed, so that old checkpoints can be checked. Fetch them once and keep them:
    a key that you got together with a checkpoint proves little about it.
    """
    caller = calling(request)
    async with caller.service.reading() as connection:
        rows = await (await connection.execute(checkpoints.KEYS)).fetchall()
    return checkpoints.listed(rows, caller.service.signer)
