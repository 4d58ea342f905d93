"""Whether the process lives."""

from fastapi import APIRouter, Request, Response

from api.bootstrap import Service

router = APIRouter(tags=["health"])


@router.get(
    "/health/live",
    response_class=Response,
    response_description="The process can work.",
    responses={503: {"description": "The writer has ended, and the process will."}},
)
async def get_liveness(request: Request) -> Response:
    """Say whether the process lives.

    200 while it can work, 503 once its writer has ended; no body.
    """
    service: Service = request.app.state.service
    return Response(status_code=200 if service.writer.alive else 503)
