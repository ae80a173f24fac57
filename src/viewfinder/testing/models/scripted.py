"""A language model that says what it is told to: for tests of whatever asks one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from viewfinder.domain.errors import ModelError
from viewfinder.domain.prompt import Prompt
from viewfinder.domain.provenance import Tool

Script = Sequence["str | Exception"] | Callable[[Prompt], str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One call."""

    prompt: Prompt
    max_tokens: int
    seed: int
    timeout_s: float


class ScriptedModel:
    """Implements ``ports.LanguageModel``: each reply in turn, or a function of the prompt.

    An exception in the list is raised in its turn; a list that is used up is a
    ``ModelError``. Replies come word by word; ``asked`` and ``closed`` tell what happened.
    """

    def __init__(
        self,
        script: Script,
        *,
        destination: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.asked: list[Asked] = []
        self.closed = 0
        """How many replies were closed before their end."""
        self._script = script
        self._destination = destination
        self._clock = clock

    @property
    def tool(self) -> Tool:
        return Tool("scripted", "1")

    @property
    def destination(self) -> str:
        return self._destination

    def generate(
        self, prompt: Prompt, *, max_tokens: int, seed: int, timeout_s: float
    ) -> Iterator[str]:
        """Yield the next reply, a word at a time, ``max_tokens`` words at most."""
        ends_s = self._clock() + timeout_s
        self.asked.append(Asked(prompt, max_tokens, seed, timeout_s))
        reply = self._next(prompt)
        words = [word + " " for word in reply.split(" ")]
        words[-1] = words[-1][:-1]
        try:
            for word in words[:max_tokens]:
                if self._clock() > ends_s:
                    raise ModelError("the scripted model ran out of time; give it more")
                yield word
        except GeneratorExit:
            self.closed += 1
            raise

    def _next(self, prompt: Prompt) -> str:
        if callable(self._script):
            return self._script(prompt)
        if len(self.asked) > len(self._script):
            raise ModelError("the script of the model is used up")
        reply = self._script[len(self.asked) - 1]
        if isinstance(reply, Exception):
            raise reply
        return reply
