"""A certificate for a video or a part of it: what was added when, what was derived from it how,
which words stand in the part, and the proof that the log knows of both.

It is one JSON document that ``scripts/verify_log.py`` checks as it is. Only whole numbers and
words stand in the certified part, so that its canonical form (RFC 8785) is what any JSON
writer gives with sorted keys and no spaces.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rfc8785

from viewfinder.app.evidence.build import build
from viewfinder.app.evidence.desk import Desk
from viewfinder.domain.annotation import WORD_TRACKS, Annotation, Track, TrackName
from viewfinder.domain.errors import ProbeError, UsageError
from viewfinder.domain.log import merkle
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import digest_of
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest.probe import identify

VERSION = 1
BY_MACHINE = frozenset({TrackName.SPEECH, TrackName.SCREEN_TEXT})
"""Tracks whose words a machine heard or read."""
MILLISECOND_NS = 1_000_000


def certificate(desk: Desk, video: Video, during: TimeSpan | None = None) -> dict[str, Any]:
    """Return the certificate of a video, or of a part of it, with its proofs; logged first.

    Raises:
        Refused: The policy allows no export.
        UsageError: The part lies outside the video.
    """
    if during is not None and not during.overlap_ns(video.span):
        raise UsageError(f"{during} lies outside {video.name!r}, which is {video.span}")
    scope = desk.admitted("export")
    told = certified(desk, video, during, scope)
    text = rfc8785.dumps(told).decode()
    log = desk.logbook
    log.write("export", {"video": video.id, "kind": "certificate", "sha256": digest_of(text)})
    proofs, note = _proved(desk, video)
    return {
        "certificate": told,
        "certificate_sha256": digest_of(text),
        "chosen.jsonl": "".join(json.dumps(proof) + "\n" for proof in proofs),
        "checkpoint.txt": note,
        "key.txt": log.public_key() + "\n",
    }


def certified(desk: Desk, video: Video, during: TimeSpan | None, scope: Scope) -> dict[str, Any]:
    """Return what is certified, whole numbers and words only."""
    tracks = desk.store.tracks(video.id, scope=scope)
    return {
        "version": VERSION,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "library": desk.store.trail.library,
        "build": build(),
        "file": {
            "name": video.name,
            "sha256": video.id,
            "bytes": video.size_bytes,
            "duration_ms": _ms(video.duration_ns),
            "streams": [f"{stream.kind} {stream.codec}" for stream in video.streams],
        },
        "hashed_again": hashed_again(video),
        "added": _added(desk, video),
        "derivations": [
            {
                "stage": record.stage,
                "key": record.derivation.key,
                "inputs": list(record.derivation.inputs),
                "tool": record.derivation.tool.name,
                "tool_version": record.derivation.tool.version,
                "weights_sha256": list(record.derivation.tool.weights),
                "parameters": dict(record.derivation.parameters),
                "error": record.error,
            }
            for record in desk.store.stages(video.id)
        ],
        "notes": {track.name.value: len(track.annotations) for track in tracks},
        "part": None if during is None else _part(tracks, during.clipped(video.span)),
    }


def hashed_again(video: Video) -> dict[str, Any]:
    """Return what the file hashes to now."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        found = identify(Path(video.path))
    except ProbeError:
        return {"at": at, "sha256": None, "result": "missing"}
    return {"at": at, "sha256": found, "result": "same" if found == video.id else "different"}


def _added(desk: Desk, video: Video) -> dict[str, Any] | None:
    """Return which line of the log says that it came; None where the asker may not see it."""
    lines = desk.logbook.lines(video=video.id, action="add")
    for line in lines:
        if line.document["subject"].get("video") == video.id:
            return {"at": line.document["at"], "log_line": line.seq}
    return None


def _part(tracks: Sequence[Track], during: TimeSpan) -> dict[str, Any]:
    words = [
        _words(track, note)
        for track in tracks
        if track.name in WORD_TRACKS
        for note in track.annotations
        if note.span.overlap_ns(during) or during.holds(note.span.start_ns)
    ]
    return {
        "start_ms": _ms(during.start_ns),
        "end_ms": _ms(during.end_ns),
        "words": sorted(words, key=lambda row: (row["start_ms"], row["track"], row["end_ms"])),
    }


def _words(track: Track, note: Annotation) -> dict[str, Any]:
    return {
        "track": track.name.value,
        "by_machine": track.name in BY_MACHINE and note.corrected is None,
        "derivation": track.derivation.key,
        "start_ms": _ms(note.span.start_ns),
        "end_ms": _ms(note.span.end_ns),
        "text": note.text,
        "confidence_percent": round(note.confidence * 100),
        "doubtful": not note.quotable,
        "speaker": note.speaker,
        "language": note.language,
        "region_per_mille": None
        if note.region is None
        else [round(edge * 1000) for edge in asdict(note.region).values()],
    }


def _ms(at_ns: int) -> int:
    return at_ns // MILLISECOND_NS


def _proved(desk: Desk, video: Video) -> tuple[list[dict[str, Any]], str]:
    """Return lines on the video that the asker may see, each with its proof, and the checkpoint.

    What was asked and shown is nobody's business here: lines of adding, deriving and checking,
    and of this certificate.
    """
    wanted = {"add", "derive", "fail", "move", "scrub"}
    lines = [
        line.seq
        for line in desk.logbook.lines(video=video.id)
        if line.document["action"] in wanted
        or line.document["subject"].get("kind") == "certificate"
    ]
    trail = desk.store.trail
    made = desk.logbook.signed()
    nodes = trail.nodes()
    proofs = []
    for seq in lines:
        (entry,) = trail.entries(seq, seq + 1)
        path = merkle.inclusion(seq, made.size, nodes)
        proofs.append({"line": entry.line, "seq": seq, "proof": [part.hex() for part in path]})
    return proofs, made.note
