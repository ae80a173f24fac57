"""The one linear decode of a file: picture, sound and subtitles together, to the spool."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from viewfinder.domain.time import clock
from viewfinder.ingest.shots import CutFinder
from viewfinder.ingest.worker import Unreadable, cover, keep, picture, streams
from viewfinder.ingest.worker.clock import Clock
from viewfinder.ingest.worker.keep import Seen
from viewfinder.ingest.worker.sound import RATE_HZ, SoundFile

SECOND_NS = streams.SECOND_NS
_PROGRESS_S = 0.5
_NOTICEABLE_NS = 2 * SECOND_NS
_SHORTEST_NS = 100_000_000
"""A shot is at least this long; what is shorter belongs to the one before."""
_SPARSE_NS = 12 * SECOND_NS
"""Key frames further apart than this do not stand for what lies between them."""


def run(path: Path, spool: Path, job: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Decode a file into ``spool``, yielding how far it is; the manifest comes last.

    Raises:
        Unreadable: Not media, or no frame of it decodes.
    """
    opened = streams.open_file(path, job["limits"])
    if job["sampling"]["key_frames_only"] and opened.picture is not None:
        apart_s = streams.key_frames_apart_s(path, job["limits"])
        job = {**job, "sparse": apart_s * SECOND_NS > _SPARSE_NS}
    pass_ = Pass(opened, spool, job)
    said_s = time.monotonic()
    for at_ns in pass_.read():
        if time.monotonic() - said_s > _PROGRESS_S:
            said_s = time.monotonic()
            yield {"at_ns": at_ns}
    manifest = pass_.finish()
    _write_last(spool, manifest)
    yield {"done": True}


def _write_last(spool: Path, manifest: dict[str, Any]) -> None:
    """Put the manifest beside what it lists, once all of that is safely on the disk."""
    sizes = {}
    for name in ("frames.bin", "thumbnails.bin", "sound.s16"):
        with (spool / name).open("rb") as file:
            os.fsync(file.fileno())
            sizes[name] = os.fstat(file.fileno()).st_size
    unfinished = spool / "manifest.part"
    with unfinished.open("w", encoding="utf-8") as file:
        json.dump({**manifest, "sizes": sizes}, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(spool / "manifest.json")


@dataclass
class Damage:
    """What did not decode, and when it was met first."""

    packets: int = 0
    first_ns: int | None = None

    def note(self, at_ns: int) -> None:
        self.packets += 1
        if self.first_ns is None:
            self.first_ns = at_ns


@dataclass
class Cues:
    """One subtitle stream read along the way."""

    stream: Any
    cues: list[tuple[int, int, str]] = field(default_factory=list)
    pictures: int = 0


class Pass:
    """The state of one pass over one file."""

    def __init__(self, opened: streams.Opened, spool: Path, job: dict[str, Any]) -> None:
        sampling, limits = job["sampling"], job["limits"]
        self._opened, self._sampling, self._job = opened, sampling, job
        self._picture = opened.picture if sampling["picture"] else None
        self._sound = opened.sound if sampling["sound"] else None
        # A header may be wrong, but not by this much.
        most_ns = min(limits["media_s"] * SECOND_NS, 2 * job["duration_ns"] + 600 * SECOND_NS)
        self._picture_clock: Clock[Any] = Clock(most_ns)
        self._sound_clock: Clock[Any] = Clock(most_ns)
        step_ns = round(SECOND_NS / sampling["frames_per_s"])
        self._key_frames_only = sampling["key_frames_only"] and not job.get("sparse", False)
        self._sampler = keep.Sampler(step_ns, 0 if self._key_frames_only else keep.SETTLED_NS)
        self._frames = keep.FrameFile(
            spool,
            sampling["frame_side_px"],
            sampling["thumbnail_side_px"],
            round(sampling["thumbnail_every_s"] * SECOND_NS),
            cover.opened(job["cover"]),
        )
        self._sound_file = SoundFile(spool / "sound.s16")
        self._cuts: CutFinder[Seen] = CutFinder(sparse=self._key_frames_only)
        self._starts_ns: list[int] = []
        self._end_ns = 0  # of the picture so far
        self._last_ns = -1
        self._step_ns = step_ns
        self._key_due: int | None = None
        self._damage = Damage()
        self._cues = {s.index: Cues(s) for s in opened.subtitles}
        if self._picture is not None and sampling["key_frames_only"]:
            # Where key frames are too far apart: all frames that others are made from.
            skipped = "NONKEY" if self._key_frames_only else "NONREF"
            self._picture.codec_context.skip_frame = skipped

    def read(self) -> Iterator[int]:
        """Read the file to its end; yield the time reached."""
        chosen = [s for s in (self._picture, self._sound) if s is not None]
        chosen += [cues.stream for cues in self._cues.values()]
        if not chosen:
            raise Unreadable("it holds neither picture nor sound that was asked for")
        packets = self._opened.container.demux(chosen)
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                self._damage.note(self._reached_ns())
                return
            if packet is None:
                return
            self._take(packet)
            yield self._reached_ns()

    def _reached_ns(self) -> int:
        return max(self._picture_clock.last_ns or 0, self._sound_clock.last_ns or 0)

    def _take(self, packet: Any) -> None:
        stream = packet.stream
        if stream is self._picture or stream.type == "video":
            if not self._key_frames_only or self._is_due(packet):
                for frame in self._decoded(packet):
                    self._take_frame(frame)
        elif stream.type == "audio":
            for frame in self._decoded(packet):
                self._take_sound(frame)
        elif packet.size:
            self._take_cue(packet)

    def _is_due(self, packet: Any) -> bool:
        """Tell whether a key frame is wanted: some codecs have nothing else."""
        if not packet.size:
            return True  # the end: what the decoder still holds
        if not packet.is_keyframe:
            return False
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None or self._key_due is None or stamp >= self._key_due:
            if stamp is not None:
                self._key_due = stamp + int(self._step_ns / SECOND_NS / packet.time_base * 0.9)
            return True
        return False

    def _decoded(self, packet: Any) -> list[Any]:
        try:
            return list(packet.decode())
        except MemoryError:
            raise
        except (av.error.FFmpegError, ValueError):
            self._damage.note(self._reached_ns())
            return []

    def _take_frame(self, frame: Any) -> None:
        if frame.is_corrupt:
            self._damage.note(self._reached_ns())
        stamp = frame.pts if frame.pts is not None else frame.dts
        at_ns = self._end_ns if stamp is None else self._opened.at_ns(stamp, frame.time_base)
        for settled_ns, settled in self._picture_clock.take(at_ns, frame):
            self._settle(settled_ns, settled)

    def _settle(self, at_ns: int, frame: Any) -> None:
        if at_ns < 0 or at_ns <= self._last_ns:
            return  # before the player's zero, or twice
        self._last_ns = at_ns
        self._end_ns = at_ns + self._length_ns(frame)
        seen = Seen(at_ns, frame, picture.small(frame))
        for decided, begins_ns in self._cuts.push(seen, at_ns, seen.small):
            self._keep(decided, begins_ns)

    def _length_ns(self, frame: Any) -> int:
        if frame.duration and frame.time_base:
            length_ns: int = round(frame.duration * frame.time_base * SECOND_NS)
            if 0 < length_ns <= _SPARSE_NS:
                return length_ns
        rate = self._picture.average_rate if self._picture else None
        return round(SECOND_NS / rate) if rate else SECOND_NS // 25

    def _keep(self, seen: Seen, begins_ns: int | None) -> None:
        if not self._starts_ns:
            begins_ns = seen.at_ns
        elif begins_ns is not None and begins_ns - self._starts_ns[-1] < _SHORTEST_NS:
            begins_ns = None
        cut = begins_ns is not None
        kept = list(self._sampler.take(seen, cut=cut))
        for old in kept:
            if old.at_ns < seen.at_ns:
                self._put(old)
        if begins_ns is not None:
            self._starts_ns.append(begins_ns)
            self._frames.cut(begins_ns)
        if kept and kept[-1] is seen:
            self._put(seen)

    def _put(self, seen: Seen) -> None:
        self._frames.put(seen, picture.shape_of(seen.frame, self._picture))

    def _take_sound(self, frame: Any) -> None:
        if frame.pts is None or frame.time_base is None:
            self._sound_file.put(None, frame)
            return
        at_ns = self._opened.at_ns(frame.pts, frame.time_base)
        for settled_ns, settled in self._sound_clock.take(at_ns, frame):
            self._sound_file.put(settled_ns, settled)

    def _take_cue(self, packet: Any) -> None:
        cues = self._cues.get(packet.stream.index)
        if cues is None or packet.pts is None:
            return
        starts_ns = self._opened.at_ns(packet.pts, packet.time_base)
        length_ns = round((packet.duration or 0) * packet.time_base * SECOND_NS)
        for found in self._decoded(packet):
            for part in found if hasattr(found, "__iter__") else (found,):
                if part.type == b"bitmap":
                    cues.pictures += 1
                    continue
                raw = part.dialogue if part.type == b"ass" else part.text
                text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
                cues.cues.append((starts_ns, starts_ns + length_ns, text))

    def finish(self) -> dict[str, Any]:
        """Close the files and return the manifest.

        Raises:
            Unreadable: Nothing was decoded.
        """
        for at_ns, frame in self._picture_clock.flush():
            self._settle(at_ns, frame)
        for at_ns, frame in self._sound_clock.flush():
            self._sound_file.put(at_ns, frame)
        for seen, begins_ns in self._cuts.flush():
            self._keep(seen, begins_ns)
        for seen in self._sampler.flush():
            self._put(seen)
        self._frames.close()
        self._sound_file.close()
        sound_ns = self._sound_file.samples * SECOND_NS // RATE_HZ
        if not self._starts_ns and not sound_ns:
            raise Unreadable("nothing in it could be decoded; it is damaged or encrypted")
        ends = [*self._starts_ns[1:], self._end_ns] if self._starts_ns else []
        return {
            "video": self._job["video"],
            "sampling": self._sampling,
            "decoder": self._job["decoder"],
            "end_ns": max(self._end_ns, sound_ns),
            "shots": list(zip(self._starts_ns, ends, strict=True)),
            "frames": self._frames.index,
            "thumbnails": self._frames.thumbnails,
            "captions": [self._captions(c) for c in self._cues.values() if c.cues],
            "chapters": self._chapters(),
            "tags": dict(self._opened.container.metadata),
            "notes": self._notes(sound_ns),
        }

    def _captions(self, cues: Cues) -> dict[str, Any]:
        return {
            "language": cues.stream.language,
            "codec": cues.stream.codec_context.name,
            "stream": cues.stream.index,
            "cues": cues.cues,
        }

    def _chapters(self) -> list[tuple[int, int, str]]:
        found = []
        for chapter in self._opened.container.chapters():
            base = Fraction(chapter["time_base"])
            title = str(chapter.get("metadata", {}).get("title", "")).strip()
            starts_ns = max(0, self._opened.at_ns(chapter["start"], base))
            ends_ns = max(starts_ns, self._opened.at_ns(chapter["end"], base))
            if title:
                found.append((starts_ns, ends_ns, title))
        return found

    def _notes(self, sound_ns: int) -> list[str]:
        notes = []
        end_ns = max(self._end_ns, sound_ns)
        whole_ns = self._job["duration_ns"]
        if whole_ns - end_ns > max(_NOTICEABLE_NS, whole_ns // 50) and self._sampling["sound"]:
            notes.append(
                f"the file is damaged after {clock(end_ns)} of {clock(whole_ns)}; "
                "what comes before is indexed"
            )
        if self._damage.packets:
            notes.append(
                f"the file is damaged at {clock(self._damage.first_ns or 0)}; "
                f"pieces left out or repaired: {self._damage.packets}"
            )
        if self._picture is not None and not self._starts_ns:
            notes.append("the picture could not be decoded; the sound is indexed")
        if self._sound is not None and not sound_ns:
            notes.append("the sound could not be decoded; the picture is indexed")
        elif self._sound is not None and self._starts_ns:
            if self._end_ns - sound_ns > _NOTICEABLE_NS:
                notes.append(f"the sound ends at {clock(sound_ns)}; the picture goes on")
            elif sound_ns - self._end_ns > _NOTICEABLE_NS:
                notes.append(f"the picture ends at {clock(self._end_ns)}; the sound goes on")
        notes += [f"sound is missing at {clock(gap)}" for gap in self._sound_file.gaps_ns[:3]]
        for cues in self._cues.values():
            if cues.pictures:
                language = cues.stream.language or "unknown language"
                notes.append(f"subtitles stored as pictures ({language}) are not read")
        return notes
