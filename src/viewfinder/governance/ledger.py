"""Lines for the log: what was done, by whom, why. The store chains and keeps them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from viewfinder.domain.policy import Principal, Purpose
from viewfinder.domain.provenance import AuditEvent


def event(
    action: str, principal: Principal, purpose: Purpose, *, now: datetime, **subject: object
) -> AuditEvent:
    """Return one line; ``subject`` must be JSON, without words of the footage."""
    return AuditEvent(
        at=now.astimezone(UTC).isoformat(timespec="microseconds"),
        action=action,
        principal=principal.name,
        purpose=purpose.name if purpose.case is None else f"{purpose.name} ({purpose.case})",
        subject=json.dumps(subject, sort_keys=True, ensure_ascii=False),
    )
