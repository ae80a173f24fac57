"""Everything a library holds about one person's consent, in one folder: a subject request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewfinder.app.governing.consents import Consents, Standing
from viewfinder.app.records.logbook import Logbook
from viewfinder.domain.annotation import WORD_TRACKS, Track
from viewfinder.domain.errors import InputError
from viewfinder.domain.media import Video, VideoId

DOCUMENT, LETTER = "subject.json", "subject.md"


@dataclass(frozen=True, slots=True)
class Pack:
    """What is handed to a person who asks what is held about them.

    Attributes:
        person: As the institution names them.
        document: For programs.
        letter: For people, Markdown.
    """

    person: str
    document: dict[str, Any]
    letter: str


def pack(
    person: str,
    videos: dict[VideoId, Video],
    consents: Consents,
    tracks: dict[VideoId, list[Track]],
    logbook: Logbook,
) -> Pack:
    """Return what is held: their words of consent, the parts, what is noted there, who saw it.

    Raises:
        InputError: Nothing was ever noted of such a person.
    """
    history = [g for g in consents.history() if g.word.person == person and g.video in videos]
    if not history:
        raise InputError(f"nothing is noted of {person!r}; `viewfinder consent list` has all names")
    parts = []
    for video in dict.fromkeys(given.video for given in history):
        standing = [s for s in consents.standing(videos[video]) if s.word.person == person]
        parts.append(_part(videos[video], standing, tracks.get(video, []), logbook))
    said = [
        {"at": g.at, "by": g.by, "video": videos[g.video].name, "state": g.word.state.value}
        for g in history
    ]
    document = {"person": person, "consent": said, "videos": parts}
    return Pack(person, document, _letter(document))


def _part(
    video: Video, standing: list[Standing], tracks: list[Track], logbook: Logbook
) -> dict[str, Any]:
    spans = [one.span for one in standing]
    words = [
        {"track": track.name.value, "start_s": note.span.start_s, "text": note.text}
        for track in tracks
        if track.name in WORD_TRACKS
        for note in track.annotations
        if any(note.span.overlap_ns(span) for span in spans)
    ]
    uses = [
        {
            "at": line.document["at"],
            "by": line.document["principal"],
            "did": line.document["action"],
            "for": line.document["purpose"],
        }
        for line in logbook.who(video.id)
    ]
    return {
        "video": video.id,
        "name": video.name,
        "parts": [
            {
                "start_s": s.span.start_s,
                "end_s": s.span.end_s,
                "consent": s.word.state.value,
                "for": list(s.word.uses),
                "until": s.word.until,
            }
            for s in standing
        ],
        "words": words,
        "uses": uses,
    }


def _letter(document: dict[str, Any]) -> str:
    lines = [f"# What is held about {document['person']}", "", "## Consent", ""]
    lines += [
        f"- {c['at'][:10]}: {c['state']}, {c['video']} (noted by {c['by']})"
        for c in document["consent"]
    ]
    for part in document["videos"]:
        lines += ["", f"## {part['name']}", ""]
        lines += [
            f"- {p['start_s']:.0f} to {p['end_s']:.0f} s: consent {p['consent']}"
            for p in part["parts"]
        ]
        lines += ["", f"Words noted there: {len(part['words'])}", ""]
        lines += [f"- {w['start_s']:.0f} s ({w['track']}): {w['text']}" for w in part["words"]]
        lines += ["", f"Uses of this video: {len(part['uses'])}", ""]
        lines += [f"- {u['at'][:16]} {u['by']}: {u['did']}" for u in part["uses"]]
    lines += [
        "",
        "Nobody is recognised here: a part is about you because somebody noted it so.",
        "",
    ]
    return "\n".join(lines)


def write(made: Pack, folder: Path) -> list[Path]:
    """Write a pack into a folder; return the files.

    Raises:
        InputError: It cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / DOCUMENT, folder / LETTER]
        files[0].write_text(json.dumps(made.document, ensure_ascii=False, indent=1), "utf-8")
        files[1].write_text(made.letter, "utf-8")
    except OSError as error:
        raise InputError(f"cannot write into {str(folder)!r}: {error.strerror}") from error
    return files
