"""Calls of the API: conversations.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from viewfinder.client import request as wire


def list_conversations(
    *, cursor: str | None = wire.UNSET, limit: int = wire.UNSET
) -> wire.Request[wire.Json]:
    """List your conversations.

    Your own, last changed first; one is seen only while every video that it holds is.
    """
    return wire.Request(
        "GET", "/api/v1/conversations", wire.document, query={"cursor": cursor, "limit": limit}
    )


def start_conversation(
    question: str, *, idempotency_key: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Start a conversation with its first question.

    The first turn; `conversation` is the id to go on with.
    """
    return wire.Request(
        "POST",
        "/api/v1/conversations",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(question=question),
    )


def take_turn(
    conversation: str, question: str, *, idempotency_key: str | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Ask on.

    One more turn: "and before that?", "the second one", "only the ones with text".
    """
    return wire.Request(
        "POST",
        f"/api/v1/conversations/{wire.part(conversation)}/turns",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(question=question),
    )


def get_conversation(conversation: str) -> wire.Request[wire.Json]:
    """Read a conversation.

    Every turn, as it was answered then.
    """
    return wire.Request("GET", f"/api/v1/conversations/{wire.part(conversation)}", wire.document)


def forget_conversation(conversation: str) -> wire.Request[wire.Json]:
    """Forget a conversation.

    Erase it, to the byte. The videos stay. `remains` says what goes later, and when.
    """
    return wire.Request("DELETE", f"/api/v1/conversations/{wire.part(conversation)}", wire.document)


def export_conversation(conversation: str, *, format_: str = wire.UNSET) -> wire.Request[str]:
    """Take a conversation out.

    As a page whose links play at the second, or as JSON.
    """
    return wire.Request(
        "GET",
        f"/api/v1/conversations/{wire.part(conversation)}/export",
        wire.words,
        query={"format": format_},
    )


def replay_conversation(conversation: str) -> wire.Request[wire.Json]:
    """Ask a conversation again.

    Ask the same questions again, from the start, and say turn by turn what differs.
    """
    return wire.Request(
        "POST", f"/api/v1/conversations/{wire.part(conversation)}/replay", wire.document
    )
