"""The language model as the settings want it, for one turn of one library."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import partial
from typing import TypeVar

from viewfinder.app.config import Config
from viewfinder.app.tools import language_model
from viewfinder.conversation.assist.draft import Drafted
from viewfinder.conversation.assist.seat import Assist, Progress, Silent, Use
from viewfinder.conversation.checking import claims
from viewfinder.domain.answer import Claim
from viewfinder.domain.conversation import Resolved
from viewfinder.domain.errors import PluginError, WeightsError
from viewfinder.domain.media import VideoId
from viewfinder.governance import egress
from viewfinder.governance.egress import Sending
from viewfinder.ports import LanguageModel, TextEncoder

__all__ = ["Progress", "Sending", "Show", "for_turn", "guarded", "last", "logged"]

T = TypeVar("T")

Show = Callable[[Sending], None]
"""Gets what is about to be sent to a model, before it is."""


def for_turn(
    config: Config,
    model: Callable[[], LanguageModel | None],
    words: Callable[[], TextEncoder],
) -> Assist:
    """Return what a turn may use the model for: nothing, unless the settings say otherwise.

    A model that cannot be had is one that says why when it is asked: the rules go on.

    Args:
        config: Of the library.
        model: Opens the model, behind its gate; called only where it is of use.
        words: Gives the encoder that drafted claims are checked with.
    """
    uses = frozenset(Use(f.name) for f in fields(config.assist) if getattr(config.assist, f.name))
    asked: LanguageModel | None = None
    if uses:
        try:
            asked = model()
        except (PluginError, WeightsError) as error:
            asked = Silent(str(error))
    if asked is None:
        return Assist(Silent("no model is configured"), lambda text, cited: "no model")  # noqa: ARG005
    check = partial(claims.check, encoder=words()) if Use.DRAFT in uses else claims.check
    return Assist(asked, check, uses, timeout_s=config.model.timeout_s)


def guarded(
    config: Config,
    log: Callable[[Sending], None],
    show: Show | None = None,
) -> egress.Guarded | None:
    """Return the configured model behind its gate, None for none; one for each turn.

    Args:
        config: Of the library.
        log: Writes the line for the log, before anything is sent.
        show: Gets what is about to be sent, before it is.

    Raises:
        PluginUnavailable: A library or weights are missing; says how to get them.
        ConfigError: Its server is not in the list of where words may be sent.
    """
    model, allow, told = language_model(config.model), config.egress.allow, config.model
    if model is None:
        return None
    egress.checked(model.destination, allow)
    budget = egress.Budget(told.turn_tokens, told.turn_s, told.max_tokens, told.timeout_s)
    return egress.Guarded(model, allow=allow, log=log, show=show, budget=budget)


def logged(
    coming: Iterator[Progress | Drafted | Resolved | Claim | T],
    draft: Callable[[str, Iterable[VideoId]], None],
) -> Iterator[Progress | Resolved | Claim | T]:
    """Yield what happens without the drafts: those go into the log, before anything of them."""
    for step in coming:
        if isinstance(step, Drafted):
            draft(step.text, step.videos)
        else:
            yield step


def last(coming: Iterator[object], kind: type[T]) -> T:
    """Return the one value of a kind that a turn ends with."""
    return next(step for step in coming if isinstance(step, kind))
