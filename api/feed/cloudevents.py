"""Events as CloudEvents 1.0 in JSON."""

from typing import Any
from uuid import UUID

from api.history.instants import exact
from api.history.unreadable import decoded
from api.history.words import data_of
from domain.kernel import Event

TOPICS = sorted(Event.topics)
"""The types that there are."""


def cloud_event(company_id: UUID, row: Any) -> dict[str, Any]:  # noqa: ANN401  # a row of the log
    """Return one event; `data` is null when its contact was erased."""
    return {
        "specversion": "1.0",
        "id": str(row.position),
        "source": f"urn:uuid:{company_id}",
        "type": row.topic,
        "subject": str(row.contact_id),
        "time": exact(row.recorded_at),
        "datacontenttype": "application/json",
        "contactversion": row.version,
        "actor": row.actor,
        "origin": row.source,
        "requestid": row.request_id,
        "data": data_of(decoded(row.topic, row.state, row.position)),
    }
