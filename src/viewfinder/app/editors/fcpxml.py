"""FCPXML, as Final Cut Pro and DaVinci Resolve read it.

All times are fractions of a second on frame edges: those of the source for places in it,
those of the sequence for places and lengths in the sequence.

References:
    Apple, *FCPXML Reference*. https://developer.apple.com/documentation/professional-video-applications/fcpxml-reference
"""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree as Tree

from viewfinder.app.editors.sequence import Event, Sequence
from viewfinder.app.editors.sources import Source
from viewfinder.app.editors.timecode import Rate

VERSION = "1.9"
_CONFORMED = {
    Fraction(24000, 1001): "23.98", Fraction(24): "24", Fraction(25): "25",
    Fraction(30000, 1001): "29.97", Fraction(30): "30", Fraction(60): "60",
    Fraction(48000, 1001): "47.95", Fraction(48): "48", Fraction(60000, 1001): "59.94",
    Fraction(50): "50", Fraction(120000, 1001): "119.88", Fraction(120): "120",
    Fraction(100): "100",
}  # fmt: skip
_SOUND_HZ = {32000: "32k", 44100: "44.1k", 48000: "48k", 88200: "88.2k", 96000: "96k"}


def written(sequence: Sequence) -> str:
    """Return the document."""
    root = Tree.Element("fcpxml", version=VERSION)
    resources = Tree.SubElement(root, "resources")
    width, height = sequence.size
    own = _format(resources, "r1", sequence.rate, width, height)
    assets = {}
    for number, (reel, source) in enumerate(sequence.sources, 1):
        assets[source.video.id] = _asset(resources, number, reel, source)
    event = Tree.SubElement(Tree.SubElement(root, "library"), "event", name=sequence.name)
    project = Tree.SubElement(event, "project", name=sequence.name)
    line = Tree.SubElement(
        project,
        "sequence",
        format=own,
        tcStart=seconds(sequence.rate.seconds(sequence.start)),
        tcFormat=_labels(sequence.rate),
        duration=seconds(sequence.rate.seconds(sequence.lasts)),
        audioLayout="stereo",
        audioRate="48k",
    )
    spine = Tree.SubElement(line, "spine")
    for one in sequence.events:
        _clip(spine, sequence, one, *assets[one.source.video.id])
    Tree.indent(root)
    text = Tree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{text}\n'


def seconds(at: Fraction) -> str:
    """Return a time as FCPXML writes it: "1001/30000s", "5s"."""
    return f"{at.numerator}s" if at.denominator == 1 else f"{at.numerator}/{at.denominator}s"


def _format(resources: Tree.Element, name: str, rate: Rate, width: int, height: int) -> str:
    Tree.SubElement(
        resources,
        "format",
        id=name,
        name=f"{width}x{height} {rate.name}",
        frameDuration=f"{rate.fps.denominator}/{rate.fps.numerator}s",
        width=str(width),
        height=str(height),
    )
    return name


def _asset(resources: Tree.Element, number: int, reel: str, source: Source) -> tuple[str, str]:
    """Add a file; return the ids of it and of its format."""
    form = ""
    if source.width:
        form = _format(resources, f"f{number}", source.rate, source.width, source.height)
    told = {
        "id": f"a{number}",
        "name": legible(source.video.name),
        "uid": source.video.id[:32].upper(),
        "start": seconds(source.rate.seconds(source.start)),
        "duration": seconds(source.rate.seconds(source.length)),
    }
    if source.width:
        told |= {"hasVideo": "1", "videoSources": "1", "format": form}
    if source.channels:
        told |= {
            "hasAudio": "1",
            "audioSources": "1",
            "audioChannels": str(source.channels),
            "audioRate": str(source.rate_hz),
        }
    asset = Tree.SubElement(resources, "asset", told)
    Tree.SubElement(asset, "media-rep", kind="original-media", src=source.url)
    facts = Tree.SubElement(asset, "metadata")
    Tree.SubElement(facts, "md", key="com.apple.proapps.studio.reel", value=reel)
    return told["id"], form


def _clip(spine: Tree.Element, sequence: Sequence, event: Event, asset: str, form: str) -> None:
    source, rate = event.source, event.source.rate
    told = {
        "ref": asset,
        "name": legible(event.title or source.video.name),
        "offset": seconds(sequence.rate.seconds(sequence.start + event.record)),
        "start": seconds(rate.seconds(event.start)),
        "duration": seconds(sequence.rate.seconds(event.lasts)),
        "tcFormat": _labels(rate),
    }
    if form:
        told["format"] = form
    if source.channels:
        told["audioRole"] = "dialogue"
    clip = Tree.SubElement(spine, "asset-clip", told)
    if event.note:
        Tree.SubElement(clip, "note").text = legible(event.note)
    if form and rate.fps != sequence.rate.fps and rate.fps in _CONFORMED:
        named = _CONFORMED[rate.fps]
        Tree.SubElement(clip, "conform-rate", scaleEnabled="0", srcFrameRate=named)
    Tree.SubElement(
        clip,
        "marker",
        start=seconds(rate.seconds(event.start + event.mark)),
        duration=f"{rate.fps.denominator}/{rate.fps.numerator}s",
        value=legible(event.title or "moment"),
        note=legible(event.note),
    )


def _labels(rate: Rate) -> str:
    return "DF" if rate.drop else "NDF"


def legible(words: str) -> str:
    """Return words without what XML cannot hold, on one line."""
    plain = words.encode("utf-8", "replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())
