"""Where schedulers send their webhooks: token, size and signature first, then it is stored."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response

from api.answers import NO_DATABASE, NOT_WRITTEN, refused, sent
from api.bootstrap import Service
from api.contacts import rendering
from api.examples import SOME_ID
from api.intake import register
from api.intake.inbox import State
from api.intake.register import Sender
from api.intake.schemas import DeliveryAnswer
from api.intake.source import BadSignature
from api.intake.sources import SOURCES
from api.problems import IntakeNotFound, WrongSignature

router = APIRouter(tags=["intake"])

SourceName = Annotated[
    str,
    Path(alias="source", description="`meetergo`, `calcom` or `calendly`.", examples=["calcom"]),
]
Token = Annotated[
    str,
    Path(
        description="The token that `contacts intake add` printed.",
        examples=["cth_5Jr4mUSuqmOzGZSCqVBDB5cR1jCYPyWUzoS2u6ynqOc"],
    ),
]
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "The webhook as the scheduler sends it, and signed as it signs.",
        "content": {
            "application/json": {
                "schema": {"type": "object", "examples": [{"triggerEvent": "PING"}]}
            }
        },
    }
}
KEPT_EXAMPLE = {"deliveryId": SOME_ID, "state": "waiting", "reason": "appointment_not_found"}
KEPT = sent(
    202,
    model=DeliveryAnswer,
    description="Stored, and kept for later: it waits for its booking, or was not understood.",
    content={"application/json": {"example": KEPT_EXAMPLE}},
)


REFUSED = refused(IntakeNotFound(), WrongSignature(), NO_DATABASE, *NOT_WRITTEN)
REFUSED[401]["description"] = "The signature is missing, wrong or too old; nothing is stored."
REFUSED[404]["description"] = "The token is unknown, or its source disabled; nothing is stored."
REFUSED[503]["description"] = "The same webhook is to be sent again."


@router.post(
    "/intake/{source}/{token}",
    response_model=DeliveryAnswer,
    response_description="Stored and done.",
    responses={**KEPT, **REFUSED},
    openapi_extra=BODY,
)
async def receive_webhook(source: SourceName, token: Token, request: Request) -> Response:
    """Take a scheduler's webhook.

    It is stored before it is interpreted, so that nothing is lost: what cannot be understood is
    kept with its reason, and what speaks of a booking that is not known yet waits for it. The same
    body twice within ten minutes is one delivery. A look-up by attendee id finds the contact as
    soon as this is answered.
    """
    service: Service = request.app.state.service
    sender = await checked(service, source, token, request)
    body = SOURCES[sender.kind].scrubbed(await request.body())
    delivery, verdict = await service.intake.receive(sender, body)
    content = {
        "deliveryId": str(delivery.delivery_id),
        "state": verdict.state,
        "reason": verdict.reason,
    }
    return rendering.answer(content, 200 if verdict.state is State.DONE else 202)


async def checked(service: Service, source: str, token: str, request: Request) -> Sender:
    """Return who sends, or refuse; of what is refused only a counter remains."""
    sender = None
    if source in SOURCES:
        async with service.edge.connection() as connection:
            sender = await register.recognise(connection, source, token)
    if sender is None:
        service.intake.counts.refused += 1
        raise IntakeNotFound
    body, now = await request.body(), datetime.now(UTC)
    try:
        SOURCES[source].verify(sender.secret, request.headers, body, now)
    except BadSignature:
        service.intake.counts.refused += 1
        raise WrongSignature from None
    return sender
