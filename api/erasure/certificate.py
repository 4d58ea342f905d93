"""Makes the certificate of an erasure."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from api.audit.checkpoints import checkpoint
from api.audit.signing import Signer
from api.erasure.forgetting import Erasure
from api.erasure.schemas import Certificate, ClearedItem


def certificate(erasure: Erasure, signer: Signer | None, backup_days: int | None) -> Certificate:
    """Certify an erasure that is committed; without a signer there is no checkpoint."""
    company_id, position, at = erasure.company_id, erasure.position, erasure.recorded_at
    signed = checkpoint(signer, company_id, position, erasure.hash, at) if signer else None
    content: dict[str, Any] = {
        "contact_id": erasure.contact_id,
        "company_id": company_id,
        "reason": erasure.reason,
        "erased_at": at,
        "position": position,
        "hash": erasure.hash.hex(),
        "cleared": [ClearedItem(**asdict(one)) for one in erasure.cleared],
        "backups_gone_at": None if backup_days is None else at + timedelta(days=backup_days),
        "checkpoint": signed,
        "checkpoint_missing": None if signed else "no_signing_key",
    }
    return Certificate(**content)
