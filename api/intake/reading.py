"""From a stored body to wishes: what can be understood of it, or why nothing can."""

import logging

from pydantic_core import from_json

from api.intake.inbox import Delivery
from api.intake.source import NotUnderstood, Understood
from api.intake.sources import SOURCES
from domain.errors import anonymous

logger = logging.getLogger(__name__)


def understood(delivery: Delivery) -> Understood:
    """Let the source interpret its body; raises NotUnderstood, whatever goes wrong."""
    try:
        payload = from_json(delivery.body, allow_inf_nan=False)
    except ValueError:
        raise NotUnderstood("the body is not valid JSON") from None
    try:
        return SOURCES[delivery.kind].understand(payload, delivery.region)
    except NotUnderstood:
        raise
    except Exception as mistake:
        # a mistake of ours must not lose the delivery: once it is repaired, it is tried again; its
        # own message is not logged, as it may quote what was sent
        logger.error("delivery %s: %s", delivery.delivery_id, anonymous(mistake))  # noqa: TRY400  # see above
        raise NotUnderstood("the service made a mistake; it was logged") from mistake
