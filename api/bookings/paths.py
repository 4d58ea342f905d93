"""Hides that a booking's id, which stands in a path, may be any text, also with slashes."""

from typing import Annotated

from fastapi import Path
from starlette.convertors import StringConvertor, register_url_convertor

from api.contacts.examples import DISCOVERY_CALL
from api.fields import Id


class AnyText(StringConvertor):
    """All that stands before the last part of the path, line breaks included."""

    regex = "(?s:.*)"


register_url_convertor("anytext", AnyText())

BOOKING = "/crm/bookings/{appointmentId:anytext}"
"""The path of a booking; what is done to it follows as the last part."""

AppointmentId = Annotated[
    Id,
    Path(
        alias="appointmentId",
        description="The scheduler's id of the booking, percent-encoded.",
        examples=[DISCOVERY_CALL["id"]],
    ),
]
