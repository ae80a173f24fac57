"""What the default models note about the sample footage: gathered, kept, compared.

``scripts/golden`` writes ``expected.json`` again; read the difference before it is kept.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import av

from viewfinder import Library, Options
from viewfinder.domain.annotation import TrackName
from viewfinder.testing.media import draw_sample

EXPECTED = Path(__file__).with_name("expected.json")
TRACKS = (TrackName.SHOTS, TrackName.SPEECH, TrackName.SCREEN_TEXT, TrackName.OBJECTS)

Notes = dict[str, list[tuple[float, float, str]]]


def gather(folder: Path, samples: Path) -> dict[str, Notes]:
    """Return file name to track to (start s, end s, text), in order of time."""
    drawn, spoken = folder / "notices.mp4", folder / "lecture.webm"
    draw_sample(drawn)
    beginning(samples / "physicsworks.webm", spoken, seconds=30)
    with Library.open(folder / "golden.viewfinder", create=True) as library:
        for event in library.add([samples / "bigbuckbunny.mp4", drawn, spoken], Options()):
            assert event.kind != "failed", event
        return {video.name: notes(library, video.name) for video in library.videos()}


def beginning(source: Path, target: Path, *, seconds: float) -> None:
    """Copy the first seconds of a file, packet by packet."""
    with av.open(str(source)) as whole, av.open(str(target), "w") as part:
        streams = {s.index: part.add_stream_from_template(s) for s in whole.streams}
        for packet in whole.demux():
            if packet.dts is not None and packet.dts * packet.time_base < seconds:
                packet.stream = streams[packet.stream.index]
                part.mux(packet)


def notes(library: Library, name: str) -> Notes:
    found: Notes = {track.value: [] for track in TRACKS}
    for track, note in library.notes(name):
        if track.name in TRACKS:
            row = (round(note.span.start_s, 2), round(note.span.end_s, 2), note.text)
            found[track.name.value].append(row)
    return found


def write(gathered: Any) -> None:
    EXPECTED.write_text(json.dumps(gathered, ensure_ascii=False, indent=1) + "\n", "utf-8")
