"""What a turn knows of the model: which one, for which uses, and how it is asked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from viewfinder.domain.answer import Evidence
from viewfinder.domain.errors import ModelError, ViewfinderError
from viewfinder.domain.prompt import Prompt
from viewfinder.domain.provenance import Tool
from viewfinder.ports import LanguageModel

T = TypeVar("T")

LONGEST_REPLY = 4_000
"""Characters after which a reply is cut off, whatever its tokens were."""


Check = Callable[[str, Sequence[Evidence]], str]
"""Says why a sentence is not borne out by pieces of evidence; empty where it is."""


class Use(StrEnum):
    PLAN = "plan"
    REWRITE = "rewrite"
    JUDGE = "judge"
    DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Assist:
    """A model and what it may be used for.

    Attributes:
        model: Words in, words out.
        check: Says of each drafted sentence whether it holds.
        uses: Which of the four.
        timeout_s: Wall time for one reply.
        seed: The same question and seed give the same words.
        clock: Seconds that only go forward.
    """

    model: LanguageModel
    check: Check
    uses: frozenset[Use] = frozenset()
    timeout_s: float = 30.0
    seed: int = 0
    clock: Callable[[], float] = time.monotonic

    def may(self, use: Use) -> bool:
        return use in self.uses

    def but(self, *unwanted: Use) -> Assist:
        """Return it without some of its uses."""
        return replace(self, uses=self.uses - frozenset(unwanted))


class Silent:
    """Stands where there is no model: says why when it is asked."""

    tool = Tool("none", "")
    destination = ""

    def __init__(self, why: str) -> None:
        self._why = why

    def generate(
        self,
        prompt: Prompt,  # noqa: ARG002 - nobody reads it
        *,
        max_tokens: int,  # noqa: ARG002
        seed: int,  # noqa: ARG002
        timeout_s: float,  # noqa: ARG002
    ) -> Iterator[str]:
        raise ModelError(self._why)


@dataclass(frozen=True, slots=True)
class Progress:
    """What the model is at, in words for a person who waits."""

    text: str


class Unusable(ValueError):
    """A reply that breaks the rules; its message is told back to the model once."""


def pieces(assist: Assist, prompt: Prompt, *, max_tokens: int) -> Iterator[str]:
    """Yield the reply as it comes, and stop the model where it goes on for too long.

    Raises:
        ModelError: It failed, was not reachable, or ran out of time.
    """
    ends = assist.clock() + assist.timeout_s
    length = 0
    coming: Iterator[str] = iter(())
    try:
        coming = assist.model.generate(
            prompt, max_tokens=max_tokens, seed=assist.seed, timeout_s=assist.timeout_s
        )
        for piece in coming:
            length += len(piece)
            if length > LONGEST_REPLY:
                return
            yield piece
            if assist.clock() > ends:
                raise ModelError(f"no whole reply within {assist.timeout_s:g} s")
    except ModelError:
        raise
    except ViewfinderError as error:
        raise ModelError(str(error)) from error
    finally:
        if close := getattr(coming, "close", None):
            close()


def ask(
    assist: Assist,
    prompt: Prompt,
    *,
    max_tokens: int,
    read: Callable[[Mapping[str, Any]], T],
) -> T:
    """Return the reply as ``read`` understands it; a reply that breaks the rules is told so once.

    Args:
        assist: The model.
        prompt: With the schema that the reply should meet. How far the transport can hold the
            model to it is the adapter's affair: here every reply is checked.
        max_tokens: The reply ends there.
        read: Checks a JSON object and makes a value of it; raises ``Unusable``.

    Raises:
        ModelError: No reply.
        Unusable: Two replies that break the rules.
    """
    reply = "".join(pieces(assist, prompt, max_tokens=max_tokens))
    try:
        return read(an_object(reply))
    except Unusable as error:
        told = f"{prompt.instructions}\n\nYour last reply could not be used: {error}. Reply again."
    reply = "".join(pieces(assist, replace(prompt, instructions=told), max_tokens=max_tokens))
    return read(an_object(reply))


def an_object(reply: str) -> Mapping[str, Any]:
    """Return the first JSON object in a reply, whatever words stand around it.

    Raises:
        Unusable: There is none.
    """
    decoder = json.JSONDecoder()
    start = reply.find("{")
    while start >= 0:
        try:
            found, _ = decoder.raw_decode(reply, start)
        except (json.JSONDecodeError, RecursionError):
            start = reply.find("{", start + 1)
            continue
        return found if isinstance(found, dict) else {}
    raise Unusable("it holds no JSON object")


def words_of(found: Mapping[str, Any], key: str, *, longest: int) -> str:
    """Return the text under ``key`` on one line, empty where there is none.

    Raises:
        Unusable: No text, or a longer one than ``longest`` characters.
    """
    value = found.get(key, "")
    if not isinstance(value, str):
        raise Unusable(f"{key!r} is no text")
    line = " ".join(value.split())
    if len(line) > longest:
        raise Unusable(f"{key!r} is longer than {longest} characters")
    return line
