"""Erasing a contact over HTTP."""

from fastapi import APIRouter, Request, Response

from api.answers import ERASED, NO_CONTACT, NOT_WRITTEN, refused
from api.contacts import rendering, wishes
from api.dependencies import ContactId, calling, guarded
from api.erasure.certificate import certificate
from api.erasure.forgetting import Erasure
from api.erasure.schemas import Certificate, ErasureFields
from api.keys.keyring import Scope
from api.problems import ErasureNotNoted, FieldError
from api.retries.answering import decoded, encoded, known_again
from domain.contact.commands import EraseContact

router = APIRouter(tags=["erasure"], route_class=guarded(Scope.ERASE))

NO_REASON = FieldError("reason", "Input should be 'subject_request', 'retention' or 'mistake'")


@router.post(
    "/crm/{contactId}/erase",
    response_model=Certificate,
    response_description="The personal data is gone, and what was destroyed.",
    responses=refused(NO_REASON, NO_CONTACT, ERASED, ErasureNotNoted(), *NOT_WRITTEN),
)
async def erase_contact(contact_id: ContactId, body: ErasureFields, request: Request) -> Response:
    """Erase a contact for good.

    Its personal data is destroyed wherever the service keeps it, in the history too; that something
    happened, when and by whom stays. Its e-mail address is free at once. Nothing brings the contact
    back: from then on every call for it is answered 410, this one as well. Keep the certificate.
    """
    caller, service = calling(request), calling(request).service
    wish = wishes.to_contact(caller, contact_id, EraseContact(body.reason))

    def certified(erasure: Erasure) -> str:
        made = certificate(erasure, service.signer, service.settings.backup_days)
        return encoded(rendering.answer(made.model_dump(mode="json", by_alias=True)))

    done = await service.erasures.answer(known_again(caller, wish), certified)
    return decoded(done.answer or "", replayed=done.replayed)
