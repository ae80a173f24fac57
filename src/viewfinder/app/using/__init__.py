"""What people keep and put right while they use a library: ``Library.mine``."""

from __future__ import annotations

from functools import cached_property

from viewfinder.app.using import resembling
from viewfinder.app.using.collections import Collection, Collections, Item
from viewfinder.app.using.corrections import Corrected, Corrections
from viewfinder.app.using.desk import Desk
from viewfinder.app.using.judgements import Judgement, Judgements, Verdict
from viewfinder.app.using.resembling import By, Comparison, Side
from viewfinder.app.using.searches import New, Run, Saved, Searches
from viewfinder.domain.media import Video
from viewfinder.domain.search import Ranking
from viewfinder.domain.time import TimeSpan

__all__ = [
    "By",
    "Collection",
    "Comparison",
    "Corrected",
    "Desk",
    "Item",
    "Judgement",
    "Mine",
    "New",
    "Run",
    "Saved",
    "Side",
    "Verdict",
]


class Mine:
    """The tools of whoever asks, over their own things."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    @cached_property
    def collections(self) -> Collections:
        """Named lists of moments."""
        return Collections(self._desk)

    @cached_property
    def searches(self) -> Searches:
        """Searches that are kept."""
        return Searches(self._desk)

    @cached_property
    def judgements(self) -> Judgements:
        """What was said of answers and moments."""
        return Judgements(self._desk)

    @cached_property
    def corrections(self) -> Corrections:
        """Lines that were put right."""
        return Corrections(self._desk)

    def similar(
        self,
        video: Video,
        span: TimeSpan,
        *,
        by: By = By.BOTH,
        limit: int = resembling.LIMIT,
    ) -> Ranking:
        """Return moments that are like one, by its words, its look, or both; best first.

        Raises:
            Refused: The policy does not allow it: a face is no question.
        """
        return self._desk.search(resembling.plan(video, span, By(by), limit))

    def compare(self, one: tuple[Video, TimeSpan], other: tuple[Video, TimeSpan]) -> Comparison:
        """Return what is known of two moments, side by side."""
        scope = self._desk.admitted("show")
        sides = []
        for video, span in (one, other):
            tracks = self._desk.store.tracks(video.id, scope=scope)
            sides.append(resembling.side(video, span, tracks))
            self._desk.store.log(self._desk.event("show", video=video.id, span=span.start_ns))
        return resembling.compare(*sides)
