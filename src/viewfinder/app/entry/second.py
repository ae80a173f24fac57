"""The second reader of questions, over the encoders of a library: opened on first need."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence

from viewfinder.governance.intents import backstop
from viewfinder.ports import TextEncoder


class SecondReader:
    """Guesses what a question asks about people, where no rule saw it; see ``backstop``.

    It never opens anything: whatever goes wrong, the rules have decided before it is asked,
    and decide alone from then on.

    Attributes:
        note: Why it says nothing; "" while it reads.
    """

    def __init__(self, encoders: Callable[[], Sequence[TextEncoder | None]]) -> None:
        """Args:
        encoders: Opens those that it was taught with, or some of them, or raises.
        """
        self._encoders = encoders
        self._reader: backstop.Backstop | None = None
        self._turn = threading.Lock()
        self.note = ""

    def __call__(self, text: str, language: str, there: Mapping[str, bool]) -> str | None:
        """Return a kind of request, or None; never raises."""
        if not self.is_reading():
            return None
        try:
            assert self._reader is not None
            return self._reader(text, language, there)
        except Exception as error:  # a broken model fails in ways of its own
            self.note = f"an encoder failed: {error}"
            return None

    def is_reading(self) -> bool:
        """Tell whether it reads; opens the encoders where nobody did."""
        with self._turn:
            if self._reader is None and not self.note:
                try:
                    self._reader = backstop.over(self._encoders())
                except Exception as error:  # the same, while it is opened
                    self.note = f"an encoder cannot be opened: {error}"
                else:
                    if self._reader is None:
                        self.note = "the encoders that it was taught with are not here"
            return not self.note
