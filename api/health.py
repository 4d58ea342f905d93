"""Whether the process lives."""

from fastapi import APIRouter, Response

from api.dependencies import ServiceDep

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def get_liveness(service: ServiceDep) -> Response:
    """Answer 200 while the process can work, 503 once its writer has ended."""
    return Response(status_code=200 if service.writer.alive else 503)
