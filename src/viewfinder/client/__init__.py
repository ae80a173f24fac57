"""A typed client of the HTTP API, synchronous and asynchronous.

    with Client("https://footage.example.org", token=...) as client:
        for event in client.ask_events(question="when did she show the prototype?"):
            print(event.name, event.document)

It needs nothing of the library but this package, and speaks to any server of its version.
"""

from __future__ import annotations

from viewfinder.client.clients import AsyncClient, Client
from viewfinder.client.events import Event
from viewfinder.client.request import ApiError, Json

__all__ = ["ApiError", "AsyncClient", "Client", "Event", "Json"]
