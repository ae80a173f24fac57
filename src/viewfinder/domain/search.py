"""A question as a plan, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.annotation import WORD_TRACKS, Annotation, TrackName
from viewfinder.domain.media import VideoId
from viewfinder.domain.segment import EmbeddingSpace, Lane, Segment, SegmentId
from viewfinder.domain.time import TimeSpan


class LegKind(StrEnum):
    """How one lookup finds: words, meaning of words, look of the picture, facts of the file."""

    WORDS = "words"
    MEANING = "meaning"
    PICTURE = "picture"


@dataclass(frozen=True, slots=True)
class Lookup:
    """One lookup of a plan, still in words (the store sees a ``Leg``).

    Attributes:
        kind: How to find.
        lanes: Where to look.
        text: What to look for.
        weight: Its say in the fusion, in [0, 1].
    """

    kind: LegKind
    lanes: tuple[Lane, ...]
    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Filters:
    """Facts a video must meet; None or empty asks for nothing.

    Attributes:
        files: Shell patterns on path or name.
        after: ISO date, inclusive, on creation time; ``before`` exclusive.
        min_duration_s: Whole video, seconds.
        languages: ISO 639-1, of speech or captions.
        lanes: Only evidence of these lanes.
        orientation: "portrait", "landscape" or "square".
        has: Streams or tracks the file must hold ("audio", "subtitle", "speech", "picture").
        lacks: The same, that it must not hold.
    """

    files: tuple[str, ...] = ()
    after: str | None = None
    before: str | None = None
    min_duration_s: float | None = None
    max_duration_s: float | None = None
    languages: tuple[str, ...] = ()
    lanes: tuple[Lane, ...] = ()
    orientation: str | None = None
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


class Shape(StrEnum):
    """What kind of result the question wants."""

    MOMENTS = "moments"
    VIDEOS = "videos"  # whole files: "which videos have no sound?"
    COUNT = "count"
    FIRST = "first"
    LAST = "last"
    LONGEST = "longest"
    SHORTEST = "shortest"


@dataclass(frozen=True, slots=True)
class Sequence:
    """Order in time: ``first`` then ``second``, at most ``within_s`` apart.

    ``wanted`` says which of the two is the answer: "first", "second" or "both".
    """

    first: str
    second: str
    within_s: float = 60.0
    wanted: str = "both"


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """The question as data: it prints, it can be edited and replayed.

    Attributes:
        question: As asked.
        text: What is left to look for, once filters, phrases and exclusions are taken out.
        language: ISO 639-1 of the question.
        lookups: What to look up where.
        phrases: Must occur word for word in a word lane.
        exclude: Things that must not be there ("without people").
        names: Names of people: matched in words only, never in the picture.
        speakers: Speakers, as the sources name them, whose words are asked for.
        anchor: Words that are said while the thing asked for happens; they place the moment,
            and another track answers ("what is on screen while the voice says ...").
        filters: Facts of the file.
        sequence: Order of two things, where asked.
        shape: What to give back.
        like: Path of an image file, or ``VIDEO@SECONDS`` for a moment, to find the like of.
        window_s: Length of moments aimed at, in seconds; None lets the evidence decide.
        limit: How many moments at most.
    """

    question: str
    text: str
    language: str = "en"
    lookups: tuple[Lookup, ...] = ()
    phrases: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    anchor: str | None = None
    filters: Filters = field(default_factory=Filters)
    sequence: Sequence | None = None
    shape: Shape = Shape.MOMENTS
    like: str | None = None
    window_s: float | None = None
    limit: int = 10


@dataclass(frozen=True, slots=True)
class WordLeg:
    """Find segments by their words.

    Attributes:
        lanes: Where.
        terms: (term, weight) pairs, already normalised by ``text.terms``; any may match.
    """

    lanes: tuple[Lane, ...]
    terms: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class VectorLeg:
    """Find segments by nearness in one space.

    Attributes:
        lanes: Where.
        space: In which space.
        vector: Unit vector, float32, shape (space.dimensions,).
    """

    lanes: tuple[Lane, ...]
    space: EmbeddingSpace
    vector: NDArray[np.float32]


Leg = WordLeg | VectorLeg


@dataclass(frozen=True, slots=True)
class Hit:
    """A segment found by a leg.

    Attributes:
        segment: Which (load it with ``Store.segments``).
        score: Higher is better; comparable within one leg only.
        rank: From 1.
    """

    segment: SegmentId
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Support:
    """One reason why a moment was found: which track says what, when.

    Attributes:
        track: The citation's word for where it comes from.
        text: The words, or a plain fact.
        span: When exactly.
        score: In [0, 1] as shown; how well this matches the question.
        part: The annotation behind it, where there is one.
        matched: Words of the question that it matches.
    """

    track: TrackName
    text: str
    span: TimeSpan
    score: float
    part: Annotation | None = None
    matched: tuple[str, ...] = ()

    @property
    def is_verbatim(self) -> bool:
        """Tell whether ``text`` are words of the footage; facts have no annotation behind."""
        return self.part is not None and self.track in WORD_TRACKS

    @property
    def is_corrected(self) -> bool:
        """Tell whether ``text`` are words that a person put right."""
        return self.is_verbatim and self.part is not None and self.part.corrected is not None


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing a question asks of a moment, and whether a model judged it to be so.

    Attributes:
        text: The criterion, in words.
        met: As judged; None where the judge could not tell.
    """

    text: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Moment:
    """The unit of answering, assembled from hits of any lane.

    Attributes:
        video: Where.
        span: When.
        score: Fused; orders one ranking and nothing else.
        supports: Why, best first.
        confidence: Absolute, in [0, 1], comparable between questions: "is it there at all?"
        criteria: What a model judged of it, criterion by criterion; empty without a judge.
    """

    video: VideoId
    span: TimeSpan
    score: float
    supports: tuple[Support, ...] = ()
    confidence: float = 0.0
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """Moments, best first, with the plan that found them.

    Attributes:
        plan: What was looked for.
        moments: Best first; weak ones too.
        found: Whether what was asked for is there, as far as ``certainty`` can tell.
        not_searched: What could not be, in words.
        certainty: Calibrated chance that it is there, in [0, 1].
        signs: What the chance was made of, each by name (``retrieval.certainty``).
        certificate: What tests on this collection say of such a chance, in words.
    """

    plan: QueryPlan
    moments: tuple[Moment, ...]
    found: bool = True
    not_searched: tuple[str, ...] = ()
    certainty: float = 0.0
    signs: tuple[tuple[str, float], ...] = ()
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A loaded segment with its score in a leg: what fusion and assembly work on."""

    segment: Segment
    score: float
