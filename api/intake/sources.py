"""All sources, by the name that stands in their URLs."""

from collections.abc import Mapping

from api.intake import calcom, calendly, meetergo
from api.intake.source import Source

SOURCES: Mapping[str, Source] = {
    meetergo.name: meetergo,
    calcom.name: calcom,
    calendly.name: calendly,
}
