"""What a page shows of an answer: names, addresses and marked words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from viewfinder.app.library import Library
from viewfinder.domain.annotation import Region, TrackName
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.conversation import Turn
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.domain.search import Criterion, Moment, Support
from viewfinder.surfaces.answers import plans

TRACKS: dict[TrackName, tuple[str, str]] = {
    TrackName.SPEECH: ("said", "words"),
    TrackName.CAPTIONS: ("captions", "words"),
    TrackName.SCREEN_TEXT: ("on screen", "text"),
    TrackName.LABELS: ("picture", "image"),
    TrackName.OBJECTS: ("objects", "box"),
    TrackName.LOOK: ("look", "image"),
    TrackName.METADATA: ("file", "tag"),
    TrackName.SHOTS: ("shots", "film"),
}
"""What people read for a track, and its drawing."""

MADE_BY = {
    TrackName.SPEECH: "as a machine heard it",
    TrackName.SCREEN_TEXT: "as a machine read it",
    TrackName.LABELS: "as a machine sees it",
    TrackName.OBJECTS: "as a machine sees it",
    TrackName.LOOK: "measured",
}
LANES = {
    "speech": ("passage heard", "passages heard"),
    "captions": ("caption", "captions"),
    "screen_text": ("text on screen", "texts on screen"),
    "picture": ("stretch of picture", "stretches of picture"),
    "metadata": ("file description", "file descriptions"),
}
WORTH_SHOWING = 0.1
"""Moments at least this sure are shown at once: a share of the best one, or outright if weak."""

Videos = Mapping[VideoId, Video]


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a video, to be played.

    Attributes:
        video: Its id.
        name: What people call it.
        file: Name of its file.
        start_s: Where it begins; ``end_s`` ends, seconds of the player.
        has_picture: False for sound alone, and for words without footage.
        is_there: False for words whose footage is not here.
        size: Upright width and height in pixels; (16, 9) where there is no picture.
    """

    video: str
    name: str
    file: str
    start_s: float
    end_s: float
    has_picture: bool = True
    is_there: bool = True
    size: tuple[int, int] = (16, 9)

    @property
    def watch(self) -> str:
        return f"/videos/{self.video}?{urlencode({'t': f'{self.start_s:g}'})}"

    @property
    def media(self) -> str:
        return f"/api/v1/videos/{self.video}/media" if self.is_there else ""

    @property
    def captions(self) -> str:
        return f"/api/v1/videos/{self.video}/captions.vtt"

    def still(self, at_s: float | None = None) -> str:
        """Return the address of a small picture, of the middle where no second is given."""
        at = (self.start_s + self.end_s) / 2 if at_s is None else at_s
        return f"/api/v1/videos/{self.video}/thumbnail?at={at:.3f}"

    @property
    def moment(self) -> str:
        """As ``VIDEO@SECONDS``."""
        return f"{self.video}@{self.start_s:.3f}"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a moment was found: words in pieces, of which some are marked, and boxes.

    Attributes:
        track: What people read for it, with ``icon``, and ``made_by`` for a machine's.
        pieces: (text, is marked).
        is_quote: The words stand so in the footage.
        box: Where in the picture, in pixels of ``Place.size``; holds during ``seen_s``.
    """

    track: str
    icon: str
    made_by: str
    pieces: tuple[tuple[str, bool], ...]
    is_quote: bool
    start_s: float
    end_s: float
    score: float
    box: tuple[float, float, float, float] | None = None
    seen_s: tuple[float, float] = (0.0, 0.0)

    @property
    def text(self) -> str:
        return "".join(piece for piece, _ in self.pieces)


@dataclass(frozen=True, slots=True)
class Shown:
    """A moment as a card."""

    rank: int
    place: Place
    reasons: tuple[Reason, ...]
    confidence: float
    score: float
    criteria: tuple[Criterion, ...]
    is_weak: bool = False

    @property
    def tracks(self) -> list[tuple[str, str]]:
        """What it was found by, each once: name and drawing."""
        return list(dict.fromkeys((r.track, r.icon) for r in self.reasons))

    @property
    def still_at_s(self) -> float:
        """The second that says most: where something was seen, else the middle."""
        seen = (r.seen_s for r in self.reasons if r.box)
        start_s, end_s = next(seen, (self.place.start_s, self.place.end_s))
        return (start_s + end_s) / 2

    @property
    def boxes(self) -> list[Reason]:
        """What is framed in the still of ``still_at_s``."""
        at = self.still_at_s
        return [r for r in self.reasons if r.box and r.seen_s[0] <= at <= r.seen_s[1]]

    @property
    def lead(self) -> Reason | None:
        """The words that say most of it: a quote where there is one."""
        quotes = (reason for reason in self.reasons if reason.is_quote)
        return next(quotes, self.reasons[0] if self.reasons else None)


@dataclass(frozen=True, slots=True)
class Cited:
    """One place that a claim cites."""

    place: Place
    track: str
    icon: str
    made_by: str
    quote: str
    is_quote: bool
    gives_orders: bool
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A claim.

    Attributes:
        is_plain: The quote says it all: the sentence around it need not be shown.
    """

    text: str
    model: str
    cited: tuple[Cited, ...]

    @property
    def is_plain(self) -> bool:
        return not self.model and len({(c.place.video, c.place.start_s) for c in self.cited}) == 1


def view(made: Turn | Answer, question: str, library: Library) -> dict[str, Any]:
    """Return what ``answer.html`` needs of a turn, or of an answer to a question by itself."""
    videos = {video.id: video for video in library.videos()}
    answer = made.answer if isinstance(made, Turn) else made
    resolved = made.resolved if isinstance(made, Turn) else None
    cards = moments(answer.moments, videos)
    asked = resolved.question if resolved and resolved.question else question
    best = max((card.confidence for card in cards), default=0.0)
    floor = WORTH_SHOWING * (best if answer.outcome is Outcome.ANSWER else 1)
    counts = dict(answer.searched)
    return {
        "question": question,
        "outcome": answer.outcome.value,
        "reason": answer.reason,
        "rule": answer.rule,
        "alternative": answer.alternative,
        "appeal": answer.appeal,
        "understood": resolved.note if resolved else "",
        "choices": [(c.label, c.text) for c in resolved.choices] if resolved else [],
        "claims": [said(each, videos) for each in answer.claims],
        "disagreements": [said(each, videos) for each in answer.disagreements],
        "moments": [card for card in cards if card.confidence >= floor],
        "weaker": [card for card in cards if card.confidence < floor],
        "plan": plans.words(answer.plan, library) if answer.plan else None,
        "searched": _counted(counts),
        "videos_searched": counts.get("videos", 0),
        "not_searched": answer.not_searched,
        "confidence": answer.confidence,
        "certificate": answer.certificate,
        "notes": answer.notes,
        "link": "/ask?" + urlencode({"q": asked}),
        "asked": asked if answer.outcome is not Outcome.REFUSAL else "",
        "cited": _cited_in(answer),
    }


def moments(found: Sequence[Moment], videos: Videos) -> list[Shown]:
    """Return moments as cards, in their order."""
    return [
        Shown(
            rank,
            place(each.video, each.span.start_s, each.span.end_s, videos),
            tuple(_reason(support, videos.get(each.video)) for support in each.supports),
            each.confidence,
            each.score,
            each.criteria,
        )
        for rank, each in enumerate(found, 1)
    ]


def said(claim: Claim, videos: Videos) -> Said:
    return Said(claim.text, claim.model, tuple(_cited(c, videos) for c in claim.citations))


def place(video: VideoId, start_s: float, end_s: float, videos: Videos, path: str = "") -> Place:
    """Return a stretch with what its video is called."""
    known = videos.get(video)
    if known is None:
        name = path.rpartition("/")[2]
        return Place(video, name, name, start_s, end_s)
    has_picture = known.kind is MediaKind.VIDEO and bool(known.width)
    size = (known.width or 16, known.height or 9) if has_picture else (16, 9)
    return Place(
        video,
        known.title or known.name,
        known.name,
        start_s,
        end_s,
        has_picture,
        known.kind is not MediaKind.OFFLINE,
        size,
    )


def marked(text: str, words: Iterable[str]) -> tuple[tuple[str, bool], ...]:
    """Return a text in pieces; those that are one of the words are marked."""
    wanted = sorted({word for word in words if word}, key=len, reverse=True)
    if not wanted:
        return ((text, False),)
    whole = "|".join(re.escape(word) for word in wanted)
    pieces = re.split(rf"(?<!\w)({whole})(?!\w)", text, flags=re.IGNORECASE)
    return tuple((piece, n % 2 == 1) for n, piece in enumerate(pieces) if piece)


def _cited_in(answer: Answer) -> list[str]:
    """Return the stretches that an answer cites, each once, as ``VIDEO@START-END`` in seconds."""
    spans = ((c.video, c.span) for claim in answer.claims for c in claim.citations)
    told = (f"{video}@{span.start_s}-{span.end_s}" for video, span in spans)
    return list(dict.fromkeys(told))


def quoted(card: Cited) -> str:
    """Return a citation as text to paste elsewhere."""
    words = f"“{card.quote}”" if card.is_quote else card.quote
    at = f"{card.place.start_s:.0f} s"
    return f"{words} ({card.place.file}, {at}, {card.track}) {quote(card.place.watch, '/?=&')}"


def _reason(support: Support, video: Video | None) -> Reason:
    track, icon = TRACKS[support.track]
    region = support.part.region if support.part else None
    return Reason(
        track,
        icon,
        MADE_BY.get(support.track, ""),
        marked(support.text, support.matched),
        support.is_verbatim,
        support.span.start_s,
        support.span.end_s,
        support.score,
        _box(region, video),
        (support.part.span.start_s, support.part.span.end_s) if support.part else (0.0, 0.0),
    )


def _box(region: Region | None, video: Video | None) -> tuple[float, float, float, float] | None:
    if region is None or video is None or not (video.width and video.height):
        return None
    w, h = video.width, video.height
    return (region.x * w, region.y * h, region.w * w, region.h * h)


def _cited(citation: Citation, videos: Videos) -> Cited:
    track, icon = TRACKS[citation.track]
    span = citation.span
    corrected = bool(getattr(citation, "corrected", False))
    return Cited(
        place(citation.video, span.start_s, span.end_s, videos, citation.path),
        track,
        icon,
        "as somebody corrected it" if corrected else MADE_BY.get(citation.track, ""),
        citation.quote,
        citation.verbatim,
        citation.addresses_machine,
        corrected,
    )


def _counted(counts: dict[str, int]) -> list[str]:
    """Return what was searched in words: "27 videos", "23 passages heard"."""
    videos = counts.get("videos", 0)
    told = [f"{videos} video{'s' * (videos != 1)}"] if "videos" in counts else []
    return told + [
        f"{n} {LANES[lane][n != 1]}" for lane, n in counts.items() if n and lane in LANES
    ]
