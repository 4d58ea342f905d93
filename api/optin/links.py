"""Links with which a contact answers: sealed, so that nobody can read or make one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.sealing import Sealer

LIFETIME = timedelta(days=7)
"""How long a link confirms. It withdraws for ever: that must stay as easy as agreeing was."""

COMPANY_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Ask:
    """What was asked of whom: a link answers this and nothing else."""

    company_id: UUID
    contact_id: UUID
    email: str
    wording_digest: str
    expires_at: datetime
    language: str | None

    def expired(self) -> bool:
        """Tell whether it is too late to agree."""
        return datetime.now(UTC) >= self.expires_at


class Links:
    """Writes links on the address under which the outside reaches the service, and reads them."""

    def __init__(self, sealer: Sealer, base_url: str) -> None:
        """`sealer` must be one that seals nothing else."""
        self._sealer = sealer
        self._base_url = base_url

    def to_confirm(self, ask: Ask) -> str:
        """Return the link to the page that asks."""
        content = {
            "c": str(ask.contact_id),
            "e": ask.email,
            "w": ask.wording_digest,
            "x": int(ask.expires_at.timestamp()),
            "l": ask.language,
        }
        token = ask.company_id.hex + self._sealer.seal(ask.company_id, content)
        return f"{self._base_url}/optin/{token}"

    def opened(self, token: str) -> Ask | None:
        """Return what the link asks; None for one that is not ours or was tampered with."""
        try:
            company_id = UUID(token[:COMPANY_DIGITS])
            content = self._sealer.open(company_id, token[COMPANY_DIGITS:])
        except ValueError:  # NotSealedHere is one, too
            return None
        return Ask(
            company_id,
            UUID(content["c"]),
            content["e"],
            content["w"],
            datetime.fromtimestamp(content["x"], UTC),
            content["l"],
        )


def to_withdraw(link: str) -> str:
    """Return the link to the page that takes back what this one confirms."""
    return f"{link}/withdraw"
