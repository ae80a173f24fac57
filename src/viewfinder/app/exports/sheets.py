"""Sheets that go with footage: where it is from and how to check it; and many frames in one."""

from __future__ import annotations

import hashlib
import html as escaping
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from viewfinder.app.editors import sources
from viewfinder.app.editors.sources import Source
from viewfinder.app.entry.gate import Refused
from viewfinder.app.evidence.build import build
from viewfinder.app.exports import cues, stills
from viewfinder.app.exports.desk import NO_PICTURES, Desk, Exported
from viewfinder.domain import credentials as signed
from viewfinder.domain.access import class_of
from viewfinder.domain.annotation import WORD_TRACKS, Track, TrackName
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import Moment
from viewfinder.domain.time import TimeSpan, clock
from viewfinder.governance import release
from viewfinder.ingest.cutting import lettering

VERSION = 1
MOST_CELLS, MOST_SHOTS, FRAMES = 120, 48, 24
_SETTLED_NS = 400_000_000
_BY_MACHINE = frozenset({TrackName.SPEECH, TrackName.SCREEN_TEXT})
_CUTS = {"exact": "to the frame, encoded again", "copy": "copied as it is, from a key frame on"}
_CELL_PX, _GAP_PX, _LETTERS_PX = 320, 12, 15
_INK, _PAPER, _FAINT = (24, 26, 30), (255, 255, 255), (96, 102, 110)
_EMPTY = (226, 228, 232)


def citation(
    desk: Desk,
    video: Video,
    span: TimeSpan,
    scope: Scope,
    tracks: Sequence[Track],
    *,
    clip: tuple[str, Path, Mapping[str, Any]] | None = None,
    counted: Source | None = None,
) -> dict[str, Any]:
    """Return the citation sheet of a span: what, where from, under which rule, how to check.

    Args:
        desk: What there is to work with.
        video: Which.
        span: When.
        scope: What the asker may see.
        tracks: What is known of the video, as far as they may.
        clip: Name, file and facts of a clip that it goes with.
        counted: How its file counts, where that is known already.
    """
    line = desk.event("export")
    access = class_of(desk.store.access_of(video.id))
    read = signed.last(desk.store.facts(signed.KIND)).get(video.id)
    counted = counted or sources.read(video, desk.limits())
    made = {
        "version": VERSION,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "library": desk.store.trail.library,
        "viewfinder": build()["version"],
        "source": {
            "name": video.name,
            "sha256": video.id,
            "bytes": video.size_bytes,
            "length_s": _s(video.duration_ns),
            "recorded": video.created,
            "title": video.title,
            "rights": access.rights or None,
            "credentials": {"state": read.state.value, "signer": read.signer} if read else None,
        },
        "span": {
            "start_s": _s(span.start_ns),
            "end_s": _s(span.end_ns),
            "clock": str(span),
            "timecode": list(counted.labels(span)) if counted.has_timecode else None,
        },
        "words": [] if "withhold_words" in scope.obligations else _words(tracks, span),
        "release": {
            "asked_by": line.principal,
            "purpose": line.purpose,
            "policy": desk.config.policy,
            "obligations": list(scope.obligations),
            "access": desk.store.access_of(video.id),
        },
        "clip": None,
    }
    if clip is not None:
        name, path, facts = clip
        made["clip"] = {"name": name, "sha256": _digest(path), **facts}
    made["verify"] = _verify(made)
    return made


def _words(tracks: Sequence[Track], span: TimeSpan) -> list[dict[str, Any]]:
    rows = [
        {
            "track": track.name.value,
            "start_s": _s(note.span.start_ns),
            "end_s": _s(note.span.end_ns),
            "text": note.text if note.quotable else None,
            "speaker": note.speaker,
            "confidence": round(note.confidence, 2),
            "by_machine": track.name in _BY_MACHINE,
        }
        for track in tracks
        if track.name in WORD_TRACKS and track.name is not TrackName.METADATA
        for note in track.annotations
        if note.span.overlap_ns(span) or span.holds(note.span.start_ns)
    ]
    return sorted(rows, key=lambda row: (row["start_s"], row["track"]))


def _verify(made: Mapping[str, Any]) -> list[str]:
    span, name = made["span"], made["source"]["name"]
    steps = [
        f"Hash your copy of {name}: sha256sum must print {made['source']['sha256']}.",
        f"Play it from {span['clock'].split('-')[0]} and compare with the words above; those "
        "by a machine may be wrong.",
    ]
    clip = made["clip"]
    if clip is not None:
        steps.append(f"Hash {clip['name']}: sha256sum must print {clip['sha256']}.")
        if clip["credentials"]["state"] == "valid":
            steps.append(
                "Read its content credentials with any C2PA tool: they name the source as "
                f"ingredient, and are signed by {clip['credentials']['signer']!r} with the key "
                f"{clip['credentials']['key']}."
            )
    steps.append(
        f"Whoever keeps library {made['library']} can prove from its signed log that this was "
        "taken out: `viewfinder log show --action export`, `viewfinder evidence certificate`."
    )
    return steps


def text(sheet: Mapping[str, Any]) -> str:
    """Return a sheet in words."""
    return "\n".join("\n".join([title, *rows, ""]) for title, rows in _sections(sheet))


def _sections(sheet: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    source, span, clip, release = (sheet[k] for k in ("source", "span", "clip", "release"))
    about = [
        f"  File        {source['name']}",
        f"  SHA-256     {source['sha256']}",
        f"  Length      {clock(round(source['length_s'] * 1e9))}",
    ]
    about += [f"  Recorded    {source['recorded']}"] if source["recorded"] else []
    about += [f"  Rights      {source['rights']}"] if source["rights"] else []
    read = source["credentials"]
    about.append(
        f"  Credentials {read['state']}, signed by {read['signer'] or 'nobody named'}"
        if read
        else "  Credentials none are known"
    )
    when = [f"  Time        {span['clock']} ({span['start_s']:.3f} to {span['end_s']:.3f} s)"]
    if span["timecode"]:
        when.append(f"  Timecode    {span['timecode'][0]} to {span['timecode'][1]}")
    sections = [("CITATION", []), ("Source", about), ("Place", when)]
    if clip is not None:
        rows = [
            f"  File        {clip['name']}",
            f"  SHA-256     {clip['sha256']}",
            f"  Cut         {_CUTS[clip['how']]}",
            *(f"  Holds       {a / 1000:.3f} to {b / 1000:.3f} s" for a, b in clip["holds_ms"]),
        ]
        if clip["faces_covered"]:
            rows.append("  Faces       covered")
        state = clip["credentials"]
        rows.append(
            f"  Credentials signed by {state['signer']}, trusted by nobody yet"
            if state["state"] == "valid" and not state["trusted"]
            else f"  Credentials {state['state']}: {state['reason'] or state['signer']}"
        )
        sections.append(("Clip", rows))
    sections.append(("Words", [_said(row) for row in sheet["words"]] or ["  none are known"]))
    rules = [
        f"  Asked by    {release['asked_by']}, for: {release['purpose']}",
        f"  Policy      {release['policy']}",
        f"  Duties      {', '.join(release['obligations']) or 'none'}",
        f"  Made        {sheet['made']} by viewfinder {sheet['viewfinder']}",
    ]
    sections.append(("Released under", rules))
    steps = [f"  {n}. {step}" for n, step in enumerate(sheet["verify"], 1)]
    sections.append(("How to check", steps))
    return sections


def _said(row: Mapping[str, Any]) -> str:
    at = f"{clock(round(row['start_s'] * 1e9))}-{clock(round(row['end_s'] * 1e9))}"
    who = f"{row['speaker']}: " if row["speaker"] else ""
    words = f'{who}"{row["text"]}"' if row["text"] is not None else "(doubtful; listen yourself)"
    by = ", by a machine" if row["by_machine"] else ""
    return f"  {at}  {words} ({row['track']}{by}, {row['confidence']:.0%})"


def html(sheet: Mapping[str, Any]) -> str:
    """Return a sheet as a page that needs nothing else."""
    body = "".join(
        f"<h2>{escaping.escape(title)}</h2><pre>{escaping.escape(chr(10).join(rows))}</pre>"
        for title, rows in _sections(sheet)
        if rows
    )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Citation</title>'
        "<style>body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;"
        "padding:0 1rem}pre{white-space:pre-wrap;font:13px/1.5 ui-monospace,monospace}</style>"
        f"<h1>Citation</h1>{body}</html>\n"
    )


def beside(name: str, sheet: Mapping[str, Any]) -> Exported:
    """Return a sheet as the file that lies beside a clip."""
    base = name.rpartition(".")[0]
    return Exported(f"{base}.citation.txt", "text/plain", content=text(sheet).encode(), sheet=sheet)


def alone(desk: Desk, video: Video, span: TimeSpan, kind: str) -> Exported:
    """Return a citation sheet without a clip; see ``Exports.citation``."""
    scope = desk.admitted("export")
    desk.here(video, scope)
    inside = span.clipped(video.span)
    if kind not in _FORMS:
        raise UsageError(f"no sheet of kind {kind!r}; there are {', '.join(_FORMS)}")
    if not inside.duration_ns:
        raise UsageError(f"{span} lies outside {video.name!r}, which is {video.span}")
    desk.log("citation", video=video.id, start_ms=span.start_ns // 1_000_000)
    tracks = desk.store.tracks(video.id, scope=scope)
    sheet = citation(desk, video, inside, scope, tracks)
    form, media_type = _FORMS[kind]
    name = f"{Path(video.name).stem}.citation.{kind}"
    return Exported(name, media_type, content=form(sheet).encode(), sheet=sheet)


def _json(sheet: Mapping[str, Any]) -> str:
    return json.dumps(sheet, ensure_ascii=False, indent=1) + "\n"


_FORMS: dict[str, tuple[Callable[[Mapping[str, Any]], str], str]] = {
    "txt": (text, "text/plain"),
    "json": (_json, "application/json"),
    "html": (html, "text/html"),
}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _s(at_ns: int) -> float:
    return round(at_ns / 1e9, 3)


# -- many frames in one ------------------------------------------------------------------------


def contact(
    desk: Desk, shown: Sequence[Moment] | Video, *, kind: str, columns: int, title: str
) -> Exported:
    """Return one picture of many; see ``Exports.contact_sheet``."""
    scope = desk.admitted("export")
    if kind not in stills.MEDIA_TYPES:
        raise UsageError(f"no sheet of kind {kind!r}; there are {', '.join(stills.MEDIA_TYPES)}")
    if not 1 <= columns <= 12:
        raise UsageError("a sheet has 1 to 12 columns")
    known = {video.id: video for video in desk.store.videos(scope=scope)}
    if isinstance(shown, Video):
        desk.seen(shown, scope)
        wanted = _overview(desk, shown, scope)
        title = title or f"{shown.name}, {clock(shown.duration_ns)}"
    else:
        if "no_pictures" in scope.obligations:
            raise Refused(NO_PICTURES)
        most = min((MOST_CELLS, *release.owed("at_most", scope.obligations)))
        wanted = [(known[m.video], m.span, _why(m)) for m in shown if m.video in known][:most]
    wanted = [row for row in wanted if stills.is_open(desk, row[0], scope, row[1].start_ns)]
    if not wanted:
        raise UsageError("nothing here can be shown on a sheet")
    desk.log("contact-sheet", videos=sorted({video.id for video, _, _ in wanted}))
    found: dict[int, bytes] = {}
    for video in dict.fromkeys(video for video, _, _ in wanted):
        places = [n for n, row in enumerate(wanted) if row[0] == video]
        times = [wanted[n][1].start_ns for n in places]
        made = stills.near(desk, video, scope, times, side_px=2 * _CELL_PX)
        found |= {places[k]: content for k, content in made.items()}
    withheld = "withhold_words" in scope.obligations
    cells = [
        (found.get(n), f"{span} {'' if isinstance(shown, Video) else video.name}".strip(), words)
        for n, (video, span, words) in enumerate(
            (v, s, "" if withheld else w) for v, s, w in wanted
        )
    ]
    covered = any(desk.covers(video) for video, _, _ in wanted)
    return Exported(
        name=f"{'sheet' if not isinstance(shown, Video) else Path(shown.name).stem}.{kind}",
        media_type=stills.MEDIA_TYPES[kind],
        content=drawn(cells, columns=min(columns, len(cells)), title=title, kind=kind),
        notes=("faces are covered, as everywhere in this library",) if covered else (),
        facts={"cells": len(cells), "pictures": len(found)},
    )


def _overview(desk: Desk, video: Video, scope: Scope) -> list[tuple[Video, TimeSpan, str]]:
    """Return places all over a video: its shots where there are some, but not too many."""
    tracks = desk.store.tracks(video.id, scope=scope)
    shots = [n.span for t in tracks if t.name is TrackName.SHOTS for n in t.annotations]
    if not 4 <= len(shots) <= MOST_SHOTS:
        step = max(1, video.duration_ns // FRAMES)
        shots = [
            TimeSpan(at, min(video.duration_ns, at + step))
            for at in range(step // 2, video.duration_ns, step)
        ]
    settled = (TimeSpan(min(s.end_ns, s.start_ns + _SETTLED_NS), s.end_ns) for s in shots)
    return [(video, span, first_words(tracks, span)) for span in settled]


def _why(moment: Moment) -> str:
    return next((s.text for s in moment.supports if s.text), "")


def drawn(
    cells: Sequence[tuple[bytes | None, str, str]], *, columns: int, title: str, kind: str
) -> bytes:
    """Return a contact sheet as a picture.

    Args:
        cells: Picture, a line of where it is from, and words, for each.
        columns: Pictures beside each other.
        title: Above all of it.
        kind: "jpg", "png" or "webp".
    """
    owned = lettering.family()
    plain = lettering.font_of(owned.regular if owned else None, _LETTERS_PX)
    strong = lettering.font_of(owned.bold if owned else None, _LETTERS_PX)
    large = lettering.font_of(owned.bold if owned else None, _LETTERS_PX + 7)
    step = round(_LETTERS_PX * 1.35)
    width = columns * (_CELL_PX + _GAP_PX) + _GAP_PX
    pictures = [_fitted(content) for content, _, _ in cells]
    under = [_two(words, plain) for _, _, words in cells]
    head = lettering.lines_of(title, large, width - 2 * _GAP_PX) if title else []
    top = _GAP_PX + len(head) * (step + 8) + (_GAP_PX if head else 0)
    rows = [range(n, min(n + columns, len(cells))) for n in range(0, len(cells), columns)]
    highs = [
        max(pictures[n].height for n in row) + step * (1 + max(len(under[n]) for n in row)) + 6
        for row in rows
    ]
    made = Image.new("RGB", (width, top + sum(highs) + _GAP_PX * (len(rows) + 1)), _PAPER)
    draw = ImageDraw.Draw(made)
    for n, line in enumerate(head):
        draw.text((_GAP_PX, _GAP_PX + n * (step + 8)), line, font=large, fill=_INK)
    y = top
    for row, high in zip(rows, highs, strict=True):
        tall = max(pictures[n].height for n in row)
        for place, n in enumerate(row):
            x = _GAP_PX + place * (_CELL_PX + _GAP_PX)
            draw.rectangle((x, y, x + _CELL_PX - 1, y + tall - 1), fill=_EMPTY)
            aside, above = _CELL_PX - pictures[n].width, tall - pictures[n].height
            made.paste(pictures[n], (x + aside // 2, y + above // 2))
            where = _clipped(cells[n][1], strong)
            draw.text((x, y + tall + 4), where, font=strong, fill=_INK)
            for k, line in enumerate(under[n], 1):
                draw.text((x, y + tall + 4 + k * step), line, font=plain, fill=_FAINT)
        y += high + _GAP_PX
    out = io.BytesIO()
    made.save(out, {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[kind], quality=90)
    return out.getvalue()


def _fitted(content: bytes | None) -> Image.Image:
    high_px = _CELL_PX * 9 // 16
    if content is None:
        return Image.new("RGB", (_CELL_PX, high_px), _EMPTY)
    with Image.open(io.BytesIO(content)) as opened:
        shown = opened.convert("RGB")
    shown.thumbnail((_CELL_PX, high_px), Image.Resampling.LANCZOS)
    return shown


def _two(words: str, font: lettering.Font) -> list[str]:
    lines = lettering.lines_of(words, font, _CELL_PX) if words.strip() else []
    return lines if len(lines) <= 2 else [lines[0], _clipped(f"{lines[1]} {lines[2]}", font)]


def _clipped(words: str, font: lettering.Font) -> str:
    if font.getlength(words) <= _CELL_PX:
        return words
    while words and font.getlength(f"{words}…") > _CELL_PX:
        words = words[:-1]
    return f"{words.rstrip()}…"


def first_words(tracks: Sequence[Track], span: TimeSpan) -> str:
    """Return what is said in a span, to stand below a picture."""
    return " ".join(note.text for note in cues.words_of(tracks, span))
