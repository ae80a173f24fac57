"""A picture as a question: whatever it shows is looked for, but never a face."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from viewfinder.domain.errors import InputError, PluginUnavailable
from viewfinder.domain.policy import Decision, Scope
from viewfinder.domain.time import to_ns
from viewfinder.governance import intents
from viewfinder.ports import Covered, Coverer, Store
from viewfinder.retrieval import likeness

FACE_FILLS = 0.25
"""Share of a picture from which on faces are what it shows. A face that is 60 % as high as
a square picture takes a quarter of it; a head with shoulders takes a tenth."""


class Pictured:
    """Refuses pictures, and moments, that show little but a face.

    Args:
        store: Where moments are.
        covered: Gives a picture file with its faces covered, or raises.
        coverer: What covers faces, or raises ``PluginUnavailable``.
        only_in: The one folder whose picture files may be read; None for all. Who asks from
            elsewhere may not name a file of this machine.
    """

    def __init__(
        self,
        store: Store,
        covered: Callable[[str], Covered],
        coverer: Callable[[], Coverer],
        only_in: Path | None = None,
    ) -> None:
        self._store, self._covered, self._coverer = store, covered, coverer
        self._only_in = only_in

    def refusal(self, like: str | None, text: str, scope: Scope) -> Decision | None:
        """Return why ``like`` is not looked for; None where it may be.

        Args:
            like: A picture file or ``VIDEO@SECONDS``; None for a question in words alone.
            text: The whole question, for the language of the reason.
            scope: What may be seen.

        Raises:
            InputError: No picture that can be read, or may be.
            PluginUnavailable: A picture file, and nothing here can cover faces.
        """
        if like is None:
            return None
        moment = likeness.moment_of(like)
        if moment is None and self._only_in is not None and Path(like).parent != self._only_in:
            raise InputError(f"no picture {like!r} was sent; a picture is sent along, not named")
        share = self._covered(like).share if moment is None else self._of_moment(*moment, scope)
        if share < FACE_FILLS:
            return None
        said = intents.face_as_question(text)
        return Decision(False, said.rule, said.reason, said.alternative)

    def _of_moment(self, name: str, at_s: float, scope: Scope) -> float:
        """Return how much of a moment is faces, as far as its thumbnail and weights tell.

        Its vector was made when it was indexed; with covered faces it holds none.
        """
        try:
            coverer = self._coverer()
        except PluginUnavailable:
            return 0.0
        named = [v for v in self._store.videos(scope=scope) if name in (v.name, v.path, v.id)]
        kept = self._store.thumbnail(named[0].id, to_ns(at_s), scope=scope) if named else None
        if kept is None:
            return 0.0
        with Image.open(io.BytesIO(kept)) as opened:
            return coverer.cover(np.asarray(opened.convert("RGB"))).share
