"""What a language model would be told, to whom, and whether it may be: before it leaves.

Every prompt passes here, also one that stays on this machine. The order is fixed: may it
go there, is there budget left, is it in the log; only then is it sent.
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from viewfinder.domain.errors import ConfigError, ModelError
from viewfinder.domain.prompt import Prompt, messages
from viewfinder.domain.provenance import Digest, Tool, digest_of
from viewfinder.ports import LanguageModel


@dataclass(frozen=True, slots=True)
class Sending:
    """One prompt on its way to a model.

    Attributes:
        destination: Host and port; "" where it stays in this program and its own children.
        leaves_machine: Whether the destination is another machine.
        model: Name of the model.
        text: All that may go; never kept in the log. Evidence for which the model has no room
            is left out on the way, and a model on this machine gets the schema otherwise.
    """

    destination: str
    leaves_machine: bool
    model: str
    text: str

    @property
    def size_bytes(self) -> int:
        return len(self.text.encode())

    @property
    def digest(self) -> Digest:
        return digest_of(self.text)

    def subject(self) -> dict[str, object]:
        """Return what the log keeps in the open: to whom, and how much.

        The digest of a text that can be guessed tells the text: it is sealed beside the line.
        """
        return {
            "destination": self.destination or "this machine",
            "model": self.model,
            "bytes": self.size_bytes,
        }


@dataclass(frozen=True, slots=True)
class Budget:
    """What one turn may cost.

    Attributes:
        tokens: Of all replies, counted as they are asked for.
        seconds: Of all replies, on the clock.
        reply_tokens: Of one reply, at most.
        reply_seconds: For one reply.
    """

    tokens: int = 4_096
    seconds: float = 120.0
    reply_tokens: int = 512
    reply_seconds: float = 60.0


def sending(prompt: Prompt, model: LanguageModel) -> Sending:
    """Return what would leave for this prompt; sends nothing."""
    text = json.dumps(messages(prompt, show_schema=True), ensure_ascii=False)
    there = model.destination
    return Sending(there, bool(there) and not is_loopback(there), model.tool.name, text)


def is_loopback(destination: str) -> bool:
    """Tell whether ``host:port`` is this machine by its number, or is called localhost."""
    host = _host(destination)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host(destination: str) -> str:
    if destination.startswith("["):
        return destination[1:].partition("]")[0]
    host, colon, port = destination.rpartition(":")
    return (host if colon and port.isdigit() and ":" not in host else destination).lower()


def is_allowed(destination: str, allow: tuple[str, ...]) -> bool:
    """Tell whether prompts may go there.

    What stays on this machine may. An entry without a port allows every port of its host;
    there are no patterns.
    """
    if not destination or is_loopback(destination):
        return True
    listed = {entry.strip().lower() for entry in allow}
    return destination.lower() in listed or _host(destination) in {e.strip("[]") for e in listed}


def checked(destination: str, allow: tuple[str, ...]) -> None:
    """Do nothing where prompts may go there.

    Raises:
        ConfigError: They may not; names the line that would allow it.
    """
    if not is_allowed(destination, allow):
        lines = ", ".join(json.dumps(entry) for entry in (*allow, destination))
        raise ConfigError(
            f"questions and evidence would leave this machine for {destination}, which is not"
            " allowed; nothing was sent. If that is what you want, put into viewfinder.toml,"
            f" under [egress]: allow = [{lines}]"
        )


class Guarded:
    """A language model behind the gate; one for each turn, since the budget is a turn's."""

    def __init__(
        self,
        model: LanguageModel,
        *,
        allow: tuple[str, ...],
        log: Callable[[Sending], None],
        show: Callable[[Sending], None] | None = None,
        budget: Budget | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wrap ``model``; nothing is sent yet.

        Args:
            model: Whom to ask.
            allow: Hosts, or hosts with port, that prompts may be sent to.
            log: Writes the line for the log; if it raises, nothing is sent.
            show: Shows a person what is about to leave.
            budget: Of the turn.
            clock: Seconds that only go forward; the turn begins now.
        """
        self._model, self._allow = model, allow
        self._log, self._show = log, show
        self._clock = clock
        self._budget = budget or Budget()
        self._tokens, self._ends_s = self._budget.tokens, clock() + self._budget.seconds

    @property
    def tool(self) -> Tool:
        return self._model.tool

    @property
    def destination(self) -> str:
        return self._model.destination

    def generate(
        self, prompt: Prompt, *, max_tokens: int, seed: int, timeout_s: float
    ) -> Iterator[str]:
        """Yield the reply; see ``ports.LanguageModel``.

        Raises:
            ConfigError: Prompts may not go there. Nothing was sent.
            ModelError: The turn has no budget left, or the model failed.
        """
        leaving = sending(prompt, self._model)
        checked(leaving.destination, self._allow)
        left_s = self._ends_s - self._clock()
        if self._tokens < 1 or left_s <= 0:
            what = "tokens" if self._tokens < 1 else "time"
            raise ModelError(
                f"this turn has no {what} left for the model; the answer is worded without it"
            )
        tokens = min(max_tokens, self._budget.reply_tokens, self._tokens)
        self._tokens -= tokens
        self._log(leaving)
        if self._show is not None:
            self._show(leaving)
        allowed_s = min(timeout_s, self._budget.reply_seconds, left_s)
        yield from self._model.generate(prompt, max_tokens=tokens, seed=seed, timeout_s=allowed_s)
