"""OpenTimelineIO files, written by its own library."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from viewfinder.app.editors.sequence import Event, Sequence
from viewfinder.app.editors.timecode import Rate
from viewfinder.domain.errors import PluginUnavailable


def written(sequence: Sequence) -> str:
    """Return the document.

    Raises:
        PluginUnavailable: The library is not installed.
    """
    text: str = timeline(sequence).to_json_string()
    return text + "\n"


def timeline(sequence: Sequence) -> Any:
    """Return a sequence as an OpenTimelineIO timeline; raises as ``written``."""
    try:
        otio = import_module("opentimelineio")
    except ImportError as error:
        raise PluginUnavailable(
            "OpenTimelineIO is not installed: pip install 'viewfinder[editors]'"
        ) from error
    schema, time = otio.schema, otio.opentime

    def at(frame: int, rate: Rate) -> Any:
        return time.RationalTime(frame, float(rate.fps))

    def span(first: int, length: int, rate: Rate) -> Any:
        return time.TimeRange(at(first, rate), at(length, rate))

    def clip(event: Event) -> Any:
        source, rate = event.source, event.source.rate
        media = schema.ExternalReference(
            target_url=source.url,
            available_range=span(source.start, source.length, rate),
            metadata={"viewfinder": {"sha256": source.video.id}, "cmx_3600": {"reel": event.reel}},
        )
        media.name = source.video.name
        made = schema.Clip(
            name=event.title or source.video.name,
            media_reference=media,
            source_range=span(event.start, event.length, rate),
            metadata={
                "cmx_3600": {"reel": event.reel, "comments": [event.note]},
                "viewfinder": {"note": event.note, "drop_frame": rate.drop},
            },
        )
        made.markers.append(
            schema.Marker(
                name=event.title or "moment",
                marked_range=span(event.start + event.mark, event.marked, rate),
                color=schema.MarkerColor.GREEN,
                comment=event.note,
                metadata={"viewfinder": {"note": event.note}},
            )
        )
        return made

    def track(kind: str, has: str) -> Any:
        made = schema.Track(name=kind[0] + "1", kind=kind)
        for event in sequence.events:
            held = event.source.width if has == "picture" else event.source.channels
            gap = span(0, event.lasts, sequence.rate)
            made.append(clip(event) if held else schema.Gap(source_range=gap))
        return made

    whole = schema.Timeline(
        sequence.name,
        global_start_time=at(sequence.start, sequence.rate),
        metadata={"viewfinder": {"drop_frame": sequence.rate.drop, "rate": sequence.rate.name}},
    )
    if any(event.source.width for event in sequence.events):
        whole.tracks.append(track(schema.TrackKind.Video, "picture"))
    if any(event.source.channels for event in sequence.events):
        whole.tracks.append(track(schema.TrackKind.Audio, "sound"))
    return whole
