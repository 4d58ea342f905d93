"""The figures of the service, for monitoring systems."""

from fastapi import APIRouter, Request, Response

from api.metrics.exposition import MEDIA_TYPE
from api.metrics.monitor import Monitor

router = APIRouter(tags=["health"])

EXAMPLE = """\
# HELP contacts_writer_waiting Requests that wait to be written.
# TYPE contacts_writer_waiting gauge
contacts_writer_waiting 0.0
"""


@router.get(
    "/metrics",
    response_class=Response,
    response_description="The figures.",
    responses={200: {"content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}}}},
)
async def get_metrics(request: Request) -> Response:
    """Tell what the service has counted and measured.

    In the text format of Prometheus, for all processes of the service together. Nothing personal
    is in it: routes are named by their templates, refusals by their codes.
    """
    monitor: Monitor = request.app.state.monitor
    return Response(monitor.exposition(), media_type=MEDIA_TYPE)
