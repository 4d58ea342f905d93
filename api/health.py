"""Whether the process lives."""

from fastapi import APIRouter, Request, Response

from api.bootstrap import Service

router = APIRouter(tags=["health"])


@router.get("/health/live")
async def get_liveness(request: Request) -> Response:
    """Answer 200 while the process can work, 503 once its writer has ended."""
    service: Service = request.app.state.service
    return Response(status_code=200 if service.writer.alive else 503)
