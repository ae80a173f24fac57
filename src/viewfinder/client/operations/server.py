"""Calls of the API: server.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from viewfinder.client import request as wire


def lives() -> wire.Request[wire.Json]:
    """Whether the server lives.

    It does, where this is answered.
    """
    return wire.Request("GET", "/healthz", wire.document)


def is_ready() -> wire.Request[wire.Json]:
    """Whether the server can do its work.

    Missing models are named; without them the server still answers from words.
    """
    return wire.Request("GET", "/readyz", wire.document)


def metrics() -> wire.Request[str]:
    """Counters, for Prometheus.

    How many requests there were, and how long they took.
    """
    return wire.Request("GET", "/metrics", wire.words)
