"""Taking things out of a library: ``Library.exports``.

Everything here asks the policy for ``export``, writes its line to the log, and only then
makes the file.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.app.exports import answers, clips, sheets, timelines
from viewfinder.app.exports import stills as taking
from viewfinder.app.exports.clips import Captions, How
from viewfinder.app.exports.desk import Desk, Exported
from viewfinder.domain.answer import Answer
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.media import Video
from viewfinder.domain.search import Moment
from viewfinder.domain.time import TimeSpan

__all__ = ["Captions", "Desk", "Exported", "Exports", "How"]


class Exports:
    """What can be taken out, and in which forms.

    Every method raises ``Refused`` where the policy does not allow it, ``InputError`` where
    the footage is not there, and ``UsageError`` where what is asked for makes no sense.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def clip(
        self,
        video: Video,
        span: TimeSpan,
        *,
        how: How = How.EXACT,
        captions: Captions = Captions.NONE,
        before_s: float = 0.0,
        after_s: float = 0.0,
        kind: str = "",
        sign: bool = True,
    ) -> Exported:
        """Return a clip of a video, with its citation sheet.

        Args:
            video: Which.
            span: When, on the player's clock.
            how: ``COPY`` takes the stream as it is, from the key frame before;
                ``EXACT`` encodes it again, from the very frame.
            captions: ``BURNT`` into the picture, ``SIDECAR`` files, or a ``STREAM`` in it.
            before_s: Handle before, in seconds.
            after_s: Handle after.
            kind: "mp4", "webm", "mov", "mkv", "m4a", ...; "" for what fits.
            sign: Sign it, where that can be done.
        """
        wanted = clips.Wanted(how, captions, before_s, after_s, kind, sign)
        return clips.clip(self._desk, video, span, wanted)

    def still(self, video: Video, at_ns: int, *, kind: str = "png", side_px: int = 0) -> Exported:
        """Return the frame that is shown at a time, as "png", "jpg" or "webp".

        ``side_px`` is its longest side at most; 0 for as it is.
        """
        return taking.still(self._desk, video, at_ns, kind, side_px)

    def contact_sheet(
        self,
        shown: Sequence[Moment] | Video,
        *,
        kind: str = "jpg",
        columns: int = 4,
        title: str = "",
    ) -> Exported:
        """Return one picture of many: of moments, or of a video from start to end."""
        return sheets.contact(self._desk, shown, kind=kind, columns=columns, title=title)

    def citation(self, video: Video, span: TimeSpan, *, kind: str = "txt") -> Exported:
        """Return the citation sheet of a span alone, as "txt", "json" or "html"."""
        return sheets.alone(self._desk, video, span, kind)

    def answer(
        self,
        said: Answer | Conversation,
        kind: str,
        *,
        question: str = "",
        stills: bool = True,
    ) -> Exported:
        """Return an answer or a conversation as "md", "html" or "pdf".

        What it cites that is not open (any more) is left out.
        """
        return answers.answer(self._desk, said, kind, question=question, with_stills=stills)

    def timeline(
        self,
        moments: Sequence[Moment],
        kind: str,
        *,
        name: str = "",
        before_s: float = 0.0,
        after_s: float = 0.0,
        rate: str = "",
    ) -> Exported:
        """Return moments in a form that editing programs open.

        Args:
            moments: One after the other in the timeline, in this order.
            kind: One of ``timelines.KINDS``: "otio", "fcpxml", "premiere", "edl", a list of
                markers ("markers-resolve", "markers-premiere", "markers-avid"), or "table".
            name: Of the timeline.
            before_s: Handle before each, in seconds.
            after_s: Handle after each.
            rate: Frames per second of the timeline ("25", "29.97df"); "" for that of most
                of the footage.
        """
        return timelines.timeline(
            self._desk,
            moments,
            kind,
            name=name,
            before_s=before_s,
            after_s=after_s,
            rate=rate,
        )
