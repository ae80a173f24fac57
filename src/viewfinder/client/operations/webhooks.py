"""Calls of the API: webhooks.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.client import request as wire


def list_webhooks() -> wire.Request[wire.Json]:
    """Who is told what.

    All of them, without their secrets.
    """
    return wire.Request("GET", "/api/v1/webhooks", wire.document)


def add_webhook(
    url: str, events: Sequence[str], *, idempotency_key: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Tell an address what happens.

    Signed, ids only. 422 where `[serve] hooks` does not allow the address. The secret is shown
    this once.
    """
    return wire.Request(
        "POST",
        "/api/v1/webhooks",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(url=url, events=events),
    )


def remove_webhook(hook: str) -> wire.Request[None]:
    """Tell an address nothing any more.

    What waits to be told goes with it.
    """
    return wire.Request("DELETE", f"/api/v1/webhooks/{wire.part(hook)}", wire.nothing)


def ping_webhook(hook: str) -> wire.Request[wire.Json]:
    """Tell an address something, to see that it listens.

    It is sent in a moment; look at the deliveries.
    """
    return wire.Request("POST", f"/api/v1/webhooks/{wire.part(hook)}/ping", wire.document)


def list_deliveries(hook: str) -> wire.Request[wire.Json]:
    """What an address was told, and what waits.

    The newest first.
    """
    return wire.Request("GET", f"/api/v1/webhooks/{wire.part(hook)}/deliveries", wire.document)
