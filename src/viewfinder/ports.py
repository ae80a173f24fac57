"""The seats: what an outside part must be able to do to sit down.

Each has a contract test in ``viewfinder.testing.contracts`` and a fake that ships. One
new model or store is one new file below ``adapters``, found by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from viewfinder.domain.access import Stretch
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.conversation import ConversationId, Heading, Kept
from viewfinder.domain.log.entry import Entry
from viewfinder.domain.log.merkle import Head, Nodes
from viewfinder.domain.media import Clip, Video, VideoId
from viewfinder.domain.policy import AccessRequest, Decision, Erasure, Scope
from viewfinder.domain.prompt import Prompt as Prompt
from viewfinder.domain.provenance import AuditEvent, Derivation, Tool
from viewfinder.domain.registry import Fact
from viewfinder.domain.search import Hit, Leg
from viewfinder.domain.segment import (
    Detail,
    Embedded,
    EmbeddingSpace,
    Segment,
    SegmentId,
    Vectors,
)
from viewfinder.domain.slips import Slip, SlipId, SlipKind
from viewfinder.domain.time import TimeSpan

T = TypeVar("T")
ConfigT = TypeVar("ConfigT")
SeatT = TypeVar("SeatT", covariant=True)


class Annotator(Protocol):
    """Watches or listens to a clip and notes what happens when."""

    @property
    def tool(self) -> Tool:
        """Name, version and weights: what a ``Derivation`` needs to know."""

    @property
    def track(self) -> TrackName:
        """The kind of notes it makes."""

    def annotate(self, clip: Clip) -> Iterator[Annotation]:
        """Yield notes in time order, all inside ``clip.span``."""


class TextEncoder(Protocol):
    """Turns words into vectors of one space."""

    @property
    def space(self) -> EmbeddingSpace: ...

    def encode_text(self, texts: Sequence[str]) -> Vectors:
        """Return float32, shape ``(len(texts), space.dimensions)``, unit rows, in order."""


class TokenEncoder(TextEncoder, Protocol):
    """A text encoder that also shows its tokens, for late interaction."""

    def encode_tokens(
        self, texts: Sequence[str]
    ) -> list[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """Return per text: unit token rows (k, dimensions) and character offsets (k, 2).

        Special tokens are left out; a text without tokens gives k = 0.
        """


class LandmarkEncoder(TextEncoder, Protocol):
    """A text encoder into a space of pictures that knows where some things surely lie."""

    @property
    def landmarks(self) -> NDArray[np.float32]:
        """Unit rows (n, dimensions) where pictures of well-known things lie."""


class ImageEncoder(Protocol):
    """Turns pictures into vectors of one space."""

    @property
    def space(self) -> EmbeddingSpace: ...

    @property
    def tool(self) -> Tool: ...

    def encode_images(self, images: Sequence[NDArray[np.uint8]]) -> Vectors:
        """Return float32 unit rows, one per upright RGB image, in order."""


class CropEncoder(ImageEncoder, Protocol):
    """An image encoder that says which parts of a frame are worth a vector."""

    def crops(self, image: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        """Return the parts to encode; the first is always the whole frame."""


class JointEncoder(CropEncoder, TextEncoder, Protocol):
    """Pictures and words in one space (CLIP and its kin)."""


@dataclass(frozen=True, slots=True)
class Covered:
    """A picture whose faces are filled with one flat colour.

    Attributes:
        image: The picture, as it may be seen from here on.
        count: How many faces were found.
        share: How much of the picture they are, from 0 to 1.
    """

    image: NDArray[np.uint8]
    count: int
    share: float


class Coverer(Protocol):
    """Covers faces, and tells nothing of them: no box, no crop, no vector leaves it."""

    @property
    def tool(self) -> Tool: ...

    def cover(self, image: NDArray[np.uint8]) -> Covered:
        """Return an upright RGB image with every face filled; the given one stays."""


class FeatureAnnotator(Protocol):
    """Reads notes off vectors that were made anyway, so the network runs once."""

    @property
    def tool(self) -> Tool: ...

    @property
    def track(self) -> TrackName: ...

    def annotate_features(
        self, clip: Clip, times_ns: Sequence[int], features: NDArray[np.float32]
    ) -> list[Annotation]:
        """Return notes for frames at ``times_ns``; features have shape (frames, crops, d)."""


@dataclass(frozen=True, slots=True)
class StageRecord:
    """What a store remembers of one stage of one video.

    Attributes:
        stage: Name of the stage ("decode", "speech", ...).
        derivation: Key of the work.
        error: Empty where it succeeded; else what happened, in one line.
        cpu_s: CPU seconds it took, user and system, children included.
        wall_s: Seconds on the clock.
        notes: What the file lacks or where it is damaged, in words for its owner.
    """

    stage: str
    derivation: Derivation
    error: str = ""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    notes: tuple[str, ...] = ()


class Trail(Protocol):
    """The log, to be read, proved and checked; it grows with every ``commit_*`` and ``log``."""

    @property
    def library(self) -> str:
        """Name of the library, drawn by chance when it was made."""

    def head(self) -> Head:
        """Return how many entries there are, and what their root is made of."""

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[Entry]:
        """Yield entries in order; all where nothing else is said."""

    def nodes(self) -> Nodes:
        """Return the hashes of full subtrees: what proofs are made of."""

    def tile(self, at: int) -> bytes:
        """Return the hash kept of the 256 entries from ``256 * at`` on; empty for none."""

    def last_settings(self) -> Entry | None:
        """Return the last entry whose action is "settings"."""

    def older(self) -> Iterator[tuple[str, str]]:
        """Yield lines and hashes of the chain kept before this log; mostly none."""

    def older_head(self) -> tuple[int, str]:
        """Return how many those are, and the last hash."""


class Vault(Protocol):
    """Encrypts what a store keeps, so that destroying a key forgets it in every copy."""

    def seal(self, subjects: Sequence[str], content: bytes) -> bytes:
        """Return ``content`` so that reading it takes the keys of all ``subjects``."""

    def open(self, sealed: bytes | memoryview) -> bytes | None:
        """Return what was sealed; None where a key is gone, or it was changed."""


class Store(Protocol):
    """Keeps videos, tracks and segments, finds them, forgets them.

    Reads may come from any process while one writes. Every ``commit_*`` is one
    transaction: all of it is there afterwards, or none.

    A video has one access class; a stretch of it may have another of its own. What lies
    there (segments, notes, thumbnails) is in scope only where the scope allows both.
    """

    def writing(self) -> AbstractContextManager[None]:
        """Keep other adders out for a batch of ``commit_*``; waits for them, or raises."""

    def commit_video(self, video: Video, *, access: str | None = None, event: AuditEvent) -> None:
        """Add a video, or note its new path or access class. Idempotent.

        ``access`` None keeps the class as it is: ``"default"`` at first.
        """

    def commit_stage(
        self,
        video: VideoId,
        record: StageRecord,
        *,
        tracks: Sequence[Track] = (),
        thumbnails: Mapping[int, bytes] | None = None,
        arrays: Mapping[str, NDArray[Any]] | None = None,
        event: AuditEvent,
    ) -> None:
        """Replace what ``record.stage`` of this video left before.

        Args:
            video: Whose; must be there.
            record: What was done.
            tracks: What came out, each kept under the stage that made it.
            thumbnails: WebP bytes by time in ns.
            arrays: Numbers that later stages need again, by name (frame features).
            event: The line for the log, written in the same transaction.
        """

    def commit_index(
        self,
        video: VideoId,
        record: StageRecord,
        segments: Sequence[Segment],
        embedded: Sequence[Embedded],
        *,
        event: AuditEvent,
    ) -> None:
        """Replace all segments and vectors of one video."""

    def commit_access(
        self,
        video: VideoId,
        access: str,
        stretches: Sequence[Stretch],
        *,
        fact: tuple[str, str] | None = None,
        event: AuditEvent,
    ) -> None:
        """Give a video its access class, and parts of it theirs; holds from the next read on.

        What is indexed already takes the class of the stretch that it overlaps; an index
        made afterwards is cut at the edges. ``fact`` is kind and body of a fact that is
        laid down with it.
        """

    def videos(self, *, scope: Scope) -> list[Video]:
        """Return what the scope allows, in order of id."""

    def access_of(self, video: VideoId) -> str:
        """Return the video's access class, ``"default"`` for an unknown one."""

    def is_there(self, video: VideoId) -> bool:
        """Tell whether anything is kept of a video; never shown to anybody."""

    def stretches(self, video: VideoId) -> list[Stretch]:
        """Return the parts of a video that have an access class of their own, in time order."""

    def access_classes(self) -> list[str]:
        """Return every class of a video or a stretch, sorted; for rules, not for people."""

    def stages(self, video: VideoId) -> list[StageRecord]: ...

    def tracks(self, video: VideoId, *, scope: Scope) -> list[Track]:
        """Return the notes in scope; one that reaches into a closed stretch is not."""

    def arrays(self, video: VideoId, stage: str, *, scope: Scope) -> dict[str, NDArray[Any]]:
        """Return what a stage left; nothing unless the scope allows every stretch."""

    def thumbnail(self, video: VideoId, at_ns: int, *, scope: Scope) -> bytes | None:
        """Return the WebP nearest to ``at_ns``, or None."""

    def spaces(self) -> list[EmbeddingSpace]:
        """Return the spaces that hold vectors."""

    def search(self, leg: Leg, *, scope: Scope, limit: int) -> list[Hit]:
        """Return the best hits, best first, none outside ``scope``.

        The scope is applied before ``limit``, and nothing outside it changes a score:
        document frequencies and lengths are counted inside the scope. Ties are broken
        by segment id.
        """

    def segments(self, ids: Sequence[SegmentId], *, scope: Scope) -> list[Segment]:
        """Return those of ``ids`` that exist in scope, in the order asked."""

    def segments_of(
        self, video: VideoId, *, scope: Scope, during: TimeSpan | None = None
    ) -> list[Segment]:
        """Return the segments of a video: all, or those that overlap ``during``."""

    def details(
        self, ids: Sequence[SegmentId], space: EmbeddingSpace, *, scope: Scope
    ) -> dict[SegmentId, Detail]: ...

    def pooled(
        self, ids: Sequence[SegmentId], space: EmbeddingSpace, *, scope: Scope
    ) -> dict[SegmentId, NDArray[np.float32]]:
        """Return one unit vector per segment that has one in this space."""

    def commit_fact(
        self, kind: str, body: str, *, video: VideoId | None = None, event: AuditEvent
    ) -> Fact:
        """Lay down a fact; its time and its author are those of ``event``."""

    def facts(self, kind: str) -> list[Fact]:
        """Return all facts of a kind, oldest first; for rules and those who keep them."""

    def counts(self, *, scope: Scope) -> dict[str, int]:
        """Return how many videos, and segments by lane, the scope holds."""

    def generation(self) -> int:
        """Return a number that every commit and erasure of footage, by any process, raises.

        For caches; never shown to anybody, since it tells of what is out of scope.
        """

    def erase(self, video: VideoId, *, event: AuditEvent) -> Erasure:
        """Forget everything derived from one video, to the byte. Not optional.

        Conversations that hold anything of it (``Heading.videos``) go with it, whole, and
        so do slips that point at it or name it.
        """

    def erase_stretches(
        self,
        video: VideoId,
        spans: Sequence[TimeSpan],
        *,
        fact: tuple[str, str] | None = None,
        event: AuditEvent,
    ) -> Erasure:
        """Forget parts of a video, to the byte: notes, thumbnails and rows that reach into them.

        Its index goes as a whole and has to be made again; so do conversations that hold
        anything of it, and slips that reach into the parts. What is left is sealed under a
        new key (``renewals`` counts them), so that destroying the old one forgets the parts in
        every copy. Facts of the file stay. ``fact`` is kind and body of a fact that is laid
        down with it.

        Raises:
            StoreError: No such video, or another process adds.
        """

    def renewals(self, video: VideoId) -> int:
        """Return how often the key of a video was renewed; 0 for an unknown one."""

    def unreadable(self) -> tuple[list[VideoId], list[ConversationId]]:
        """Return what is kept but cannot be opened any more, its key being destroyed."""

    def encrypt(self) -> Iterator[int]:
        """Seal what lies open, piece by piece; yield how many bodies each piece held.

        For libraries from before there was a vault. What is done is done: another run
        goes on from there.
        """

    def commit_conversation(
        self, heading: Heading, bodies: Sequence[bytes], *, event: AuditEvent
    ) -> bool:
        """Keep turns at the end of a conversation; a new one starts with its first turn.

        Args:
            heading: As it is afterwards: ``turns`` counts ``bodies`` too. Its videos are
                added to those the conversation had.
            bodies: The new turns.
            event: The line for the log, written in the same transaction.

        Returns:
            False, and nothing is changed, where what it continues is not there (any more),
            has another count of turns or another principal, or one of its videos is not there:
            what was forgotten does not come back through a conversation.
        """

    def conversations(self, *, scope: Scope, principal: str) -> list[Heading]:
        """Return the principal's own whose videos are all in scope, last changed first.

        A video with a closed stretch is not: what was said may lie in it.
        """

    def conversation(
        self, conversation: ConversationId, *, scope: Scope, principal: str
    ) -> Kept | None:
        """Return one of those that ``conversations`` lists, or None."""

    def conversations_with(self, video: VideoId) -> list[ConversationId]:
        """Return every conversation that holds anything of a video, whosever it is.

        For forgetting only: it tells of what is out of scope.
        """

    def forget_conversation(
        self, conversation: ConversationId, *, event: AuditEvent
    ) -> tuple[str, ...]:
        """Forget a conversation, to the byte; return what remains, as in ``Erasure``."""

    def commit_slips(self, slips: Sequence[Slip], *, event: AuditEvent) -> bool:
        """Keep slips; one with a known id takes the place of the one before.

        Returns:
            False, and nothing is changed, where a video of one, or the slip it hangs on, is
            not there, or a known id is somebody else's.
        """

    def slips(self, kind: SlipKind, *, scope: Scope, principal: str) -> list[Slip]:
        """Return the principal's own and those shared, oldest first, none out of scope.

        One about a part of a video is out of scope where it reaches into a closed stretch,
        one about whole videos where any of them has such a stretch.
        """

    def forget_slips(self, ids: Sequence[SlipId], *, event: AuditEvent) -> tuple[str, ...]:
        """Forget slips and all that hangs on them, to the byte; return what remains."""

    @property
    def trail(self) -> Trail:
        """The log of all that was done."""

    def log(self, event: AuditEvent) -> None:
        """Append one line to the log, durably, before the effect is shown."""

    def close(self) -> None: ...


class LanguageModel(Protocol):
    """Drafts words. Has no tools, no rights and not the last word."""

    @property
    def tool(self) -> Tool:
        """Which model: for the log and the list of models."""

    @property
    def destination(self) -> str:
        """Where prompts go: "" where they stay on this machine, else host and port."""

    def generate(
        self, prompt: Prompt, *, max_tokens: int, seed: int, timeout_s: float
    ) -> Iterator[str]:
        """Yield the reply piece by piece; closing the iterator stops the model.

        Args:
            prompt: See ``Prompt``.
            max_tokens: The reply ends there.
            seed: The same prompt and seed give the same words.
            timeout_s: Wall time for the whole reply, loading not counted.

        Raises:
            ModelError: It failed, was not reachable, or ran out of time.
        """


class PolicyEngine(Protocol):
    """Decides, and mints scopes."""

    @property
    def version(self) -> str:
        """Return a digest of everything that decides: rules, schema, profile."""

    def decide(self, request: AccessRequest) -> Decision: ...

    def scope(self, request: AccessRequest, classes: Sequence[str]) -> Scope:
        """Return what the request may see of these access classes; decided once per class."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Stands for a result whose worker died."""

    reason: str


class Executor(Protocol):
    """Decides where work runs: hand in up to ``capacity`` items, take what finishes next."""

    @property
    def capacity(self) -> int:
        """How many items are worked on at once."""

    @property
    def in_flight(self) -> int:
        """How many items were handed in and not yet taken back."""

    def submit(self, stage: Callable[[T], Any], item: T) -> None:
        """Start ``stage(item)``; both must survive pickling."""

    def wait(self, timeout_s: float | None = None) -> tuple[Any, Any | Lost] | None:
        """Return (item, result) of the next to finish; raises what the stage raised.

        None where nothing finished within ``timeout_s``, if that is given.
        """

    def close(self) -> None:
        """Stop work in flight."""


@dataclass(frozen=True, slots=True)
class Plugin(Generic[ConfigT, SeatT]):
    """The last line of an adapter file: its configuration and what builds it."""

    config: type[ConfigT]
    build: Callable[[ConfigT], SeatT]
