"""Access classes: what footage is, as far as anybody's right to see it goes.

A video has one class; a stretch of it may have another of its own. Rules are asked once
per class, never per row, so there are tens of classes in a library, not millions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace

from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.errors import PolicyError
from viewfinder.domain.policy import Scope
from viewfinder.domain.time import TimeSpan

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class AccessClass:
    """What rules may look at. Equal classes have equal names.

    Attributes:
        collection: The collection it belongs to.
        labels: What the institution marks it with, sorted ("minors", "sealed", "tk-seasonal").
        embargo: Closed until then, ISO 8601, UTC; "" for no embargo.
        rights: Whose it is or under which licence; "" where nothing is said.
        consent: "" where none is asked for; else "given", "withdrawn" or "none".
        uses: What consent was given for, sorted ("search", "quote", "export", ...).
        tier: For whom ("public", "research", "staff", ...), as the institution names it.
        since: Consent holds from then, ISO 8601, UTC; "" for from the start.
        until: Consent ends then, ISO 8601, UTC; "" for no end.
    """

    collection: str = DEFAULT
    labels: tuple[str, ...] = ()
    embargo: str = ""
    rights: str = ""
    consent: str = ""
    uses: tuple[str, ...] = ()
    tier: str = ""
    since: str = ""
    until: str = ""

    @property
    def name(self) -> str:
        """Return what stores and scopes call it: ``"default"``, or its facts as JSON."""
        said = {key: value for key, value in asdict(self).items() if value}
        if said == {"collection": DEFAULT}:
            return DEFAULT
        said["labels"] = sorted(set(self.labels))
        said["uses"] = sorted(set(self.uses))
        kept = {key: value for key, value in said.items() if value}
        return json.dumps(kept, sort_keys=True, ensure_ascii=False)


def class_of(name: str) -> AccessClass:
    """Return the class of a name.

    A plain word is the name of a collection.

    Raises:
        PolicyError: The name is no class.
    """
    if not name.startswith("{"):
        return AccessClass(collection=name)
    try:
        said = json.loads(name)
        unknown = set(said) - {field.name for field in fields(AccessClass)}
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        lists = {key: tuple(said[key]) for key in ("labels", "uses") if key in said}
        return replace(AccessClass(), **{**said, **lists})
    except (ValueError, TypeError) as error:
        raise PolicyError(f"{name!r} is no access class ({error})") from error


@dataclass(frozen=True, slots=True)
class Stretch:
    """Part of a video that has an access class of its own, beside the video's."""

    span: TimeSpan
    access: str


def access_at(span: TimeSpan, stretches: Sequence[Stretch], otherwise: str) -> str:
    """Return the class of what lies at ``span``.

    What overlaps several stretches needs all their classes; such a name is in nobody's
    scope but that of who may see everything.
    """
    names = sorted({s.access for s in stretches if s.span.overlap_ns(span)})
    return " & ".join(names) if names else otherwise


def closed(stretches: Iterable[Stretch], scope: Scope) -> tuple[TimeSpan, ...]:
    """Return the parts of a video that the scope does not allow."""
    if scope.access is None:
        return ()
    return tuple(s.span for s in stretches if s.access not in scope.access)


def is_open(span: TimeSpan, shut: Sequence[TimeSpan]) -> bool:
    return not any(part.overlap_ns(span) or part.holds(span.start_ns) for part in shut)


def opened(track: Track, shut: Sequence[TimeSpan], *, whole: TimeSpan) -> Track:
    """Return a track without the notes that reach into closed parts.

    Facts of the file as a whole stay: they are the video's, and no stretch's.
    """
    if not shut:
        return track
    kept = [n for n in track.annotations if is_open(n.span, shut) or is_of_file(track, n, whole)]
    return replace(track, annotations=tuple(kept))


def is_of_file(track: Track, note: Annotation, whole: TimeSpan) -> bool:
    about_all = note.span == whole or note.span.duration_ns == 0
    return track.name is TrackName.METADATA and about_all
