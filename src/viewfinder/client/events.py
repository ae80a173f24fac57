"""Server-sent events, read line by line.

References:
    *Server-sent events*, HTML Living Standard.
    https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        name: What kind: "progress", "claim", "answer", ...
        document: What is told of it.
        id: Where to go on after it; "" for none.
    """

    name: str
    document: Any
    id: str = ""


@dataclass(slots=True)
class Lines:
    """Makes events of lines. Feed it; it gives an event with the blank line that ends one."""

    last: str = ""
    retry_s: float = 0.5
    _id: str = ""
    _name: str = ""
    _words: list[str] = field(default_factory=list)

    def feed(self, line: str) -> Event | None:
        if line:
            self._note(line)
            return None
        made, self.last = None, self._id
        if self._words:
            made = Event(self._name or "message", _document("\n".join(self._words)), self.last)
        self._name, self._words = "", []
        return made

    def _note(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._words.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isdecimal():
            self.retry_s = int(value) / 1000


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
