"""Whether the process lives, and whether it can work."""

import asyncio

import psycopg
from fastapi import APIRouter, Request, Response
from psycopg_pool import PoolTimeout
from pydantic import ConfigDict, JsonValue

from api import migrations
from api.bootstrap import Service
from api.contacts.rendering import answer
from api.fields import Read
from projections.inline import fingerprint

router = APIRouter(tags=["health"])

PATIENCE_SECONDS = 2.0
"""How long the database may take to answer before it counts as lost."""

STUCK_SECONDS = 15.0
"""How long a write may wait before the writer counts as stuck; its callers give up after 10."""

NAMES = ("database", "migrations", "readModel", "writer")
LOST: JsonValue = {"ok": False, "reason": "no answer within 2 s"}


def example(**wrong: JsonValue) -> dict[str, JsonValue]:
    """Return an answer for the documentation."""
    fine: dict[str, JsonValue] = {name: {"ok": True, "reason": None} for name in NAMES}
    return {"ready": not wrong, "checks": {**fine, **wrong}}


class Check(Read):
    """One thing that the service needs."""

    ok: bool
    """Whether it is there."""
    reason: str | None
    """What is wrong with it."""


class Readiness(Read):
    """Whether the service can work, and what it needs for that."""

    model_config = ConfigDict(json_schema_extra={"examples": [example(), example(database=LOST)]})

    ready: bool
    """Whether all of it is there."""
    checks: dict[str, Check]
    """`database`, `migrations` (its tables), `readModel` (built by this version), `writer`."""


Reason = str | None


@router.get(
    "/health/live",
    response_class=Response,
    response_description="The process can work.",
    responses={503: {"description": "The writer has ended, and the process will."}},
)
async def get_liveness(request: Request) -> Response:
    """Say whether the process lives.

    200 while it can work, 503 once its writer has ended; no body. It asks nobody, so a database
    that is down is no reason to start the process anew.
    """
    service: Service = request.app.state.service
    return Response(status_code=200 if service.writer.alive else 503)


@router.get(
    "/health/ready",
    response_model=Readiness,
    response_description="The service can work.",
    responses={503: {"description": "The service cannot work now.", "model": Readiness}},
)
async def get_readiness(request: Request) -> Response:
    """Say whether the service can work now.

    503 when something that it needs is not there; the answer says what.
    """
    reasons = await checked(request.app.state.service)
    ready = not any(reasons.values())
    checks = {name: {"ok": reason is None, "reason": reason} for name, reason in reasons.items()}
    return answer({"ready": ready, "checks": checks}, 200 if ready else 503)


async def checked(service: Service) -> dict[str, Reason]:
    """Return what is wrong with each thing that the service needs."""
    reasons: dict[str, Reason] = {"writer": of_writer(service)}
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return {**await of_database(service), **reasons}
    except (psycopg.Error, PoolTimeout) as lost:
        unknown = type(lost).__name__
    except TimeoutError:
        unknown = f"no answer within {PATIENCE_SECONDS:g} s"
    unasked = dict.fromkeys(("migrations", "readModel"), "the database cannot be asked")
    return {"database": unknown, **unasked, **reasons}


async def of_database(service: Service) -> dict[str, Reason]:
    """Ask the database for what must be in it."""
    async with service.pool.connection() as connection:
        await connection.execute("SELECT")
        lacking = await (
            await connection.execute(migrations.MISSING, (migrations.tables(),))
        ).fetchone()
        model = await (await connection.execute("SELECT fingerprint FROM read.model")).fetchone()
    missing = lacking[0] if lacking else []
    other = model is None or model[0] != fingerprint()
    return {
        "database": None,
        "migrations": f"no table {', '.join(missing)}" if missing else None,
        "readModel": "another version of the service has built it" if other else None,
    }


def of_writer(service: Service) -> Reason:
    """Say what keeps writes from being taken."""
    if not service.writer.alive:
        return "it has ended"
    waiting = service.writer.longest_wait()
    return f"a request has waited for {waiting:.0f} s" if waiting > STUCK_SECONDS else None
