"""Final Cut Pro 7 XML (``xmeml``), as Premiere Pro, Resolve and others read it.

Places in a source are frames counted from its first, at its rate; places in the sequence
are frames of the sequence. The source's own timecode stands beside its file.

References:
    Apple, *Final Cut Pro XML Interchange Format*, version 5.
"""

from __future__ import annotations

from xml.etree import ElementTree as Tree

from viewfinder.app.editors.fcpxml import legible
from viewfinder.app.editors.sequence import Event, Sequence
from viewfinder.app.editors.sources import Source
from viewfinder.app.editors.timecode import Rate


def written(sequence: Sequence) -> str:
    """Return the document."""
    root = Tree.Element("xmeml", version="5")
    line = Tree.SubElement(root, "sequence", id="sequence-1")
    _put(line, "name", legible(sequence.name))
    _put(line, "duration", sequence.lasts)
    _rate(line, sequence.rate)
    _timecode(line, sequence.rate, sequence.start)
    media = Tree.SubElement(line, "media")
    video = Tree.SubElement(media, "video")
    form = Tree.SubElement(Tree.SubElement(video, "format"), "samplecharacteristics")
    _rate(form, sequence.rate)
    width, height = sequence.size
    _put(form, "width", width)
    _put(form, "height", height)
    pictures = Tree.SubElement(video, "track")
    audio = Tree.SubElement(media, "audio")
    _put(audio, "numOutputChannels", 2)
    channels = max((min(2, e.source.channels) for e in sequence.events), default=0)
    sounds = [Tree.SubElement(audio, "track") for _ in range(channels)]
    told: set[str] = set()
    for event in sequence.events:
        parts = [("video", 1, pictures)] if event.source.width else []
        heard = min(2, event.source.channels)
        parts += [("audio", n + 1, sounds[n]) for n in range(heard)]
        for kind, number, track in parts:
            _clip(track, event, kind, number, parts, told)
    Tree.indent(root)
    text = Tree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{text}\n'


def _clip(
    track: Tree.Element,
    event: Event,
    kind: str,
    number: int,
    parts: list[tuple[str, int, Tree.Element]],
    told: set[str],
) -> None:
    source = event.source
    clip = Tree.SubElement(track, "clipitem", id=_item(event, kind, number))
    _put(clip, "name", legible(event.title or source.video.name))
    _put(clip, "enabled", "TRUE")
    _put(clip, "duration", source.length)
    _rate(clip, source.rate)
    _put(clip, "start", event.record)
    _put(clip, "end", event.record + event.lasts)
    _put(clip, "in", event.first)
    _put(clip, "out", event.first + event.length)
    _file(clip, event.reel, source, told)
    if kind == "audio":
        track_of = Tree.SubElement(clip, "sourcetrack")
        _put(track_of, "mediatype", "audio")
        _put(track_of, "trackindex", number)
    else:
        marker = Tree.SubElement(clip, "marker")
        _put(marker, "name", legible(event.title or "moment"))
        _put(marker, "comment", legible(event.note))
        _put(marker, "in", event.first + event.mark)
        _put(marker, "out", event.first + event.mark + event.marked)
        _put(Tree.SubElement(clip, "comments"), "mastercomment1", legible(event.note))
    for other, place, _ in parts:
        link = Tree.SubElement(clip, "link")
        _put(link, "linkclipref", _item(event, other, place))
        _put(link, "mediatype", other)
        _put(link, "trackindex", place)
        _put(link, "clipindex", event.number)


def _item(event: Event, kind: str, number: int) -> str:
    return f"clip-{event.number}-{kind}-{number}"


def _file(clip: Tree.Element, reel: str, source: Source, told: set[str]) -> None:
    """Add the file of a clip: all of it the first time, its id later."""
    file = Tree.SubElement(clip, "file", id=f"file-{reel}")
    if source.video.id in told:
        return
    told.add(source.video.id)
    _put(file, "name", legible(source.video.name))
    _put(file, "pathurl", source.url)
    _rate(file, source.rate)
    _put(file, "duration", source.length)
    code = _timecode(file, source.rate, source.start)
    _put(Tree.SubElement(code, "reel"), "name", reel)
    media = Tree.SubElement(file, "media")
    if source.width:
        form = Tree.SubElement(Tree.SubElement(media, "video"), "samplecharacteristics")
        _rate(form, source.rate)
        _put(form, "width", source.width)
        _put(form, "height", source.height)
    if source.channels:
        audio = Tree.SubElement(media, "audio")
        form = Tree.SubElement(audio, "samplecharacteristics")
        _put(form, "depth", 16)
        _put(form, "samplerate", source.rate_hz)
        _put(audio, "channelcount", source.channels)


def _rate(parent: Tree.Element, rate: Rate) -> None:
    told = Tree.SubElement(parent, "rate")
    _put(told, "timebase", rate.nominal)
    _put(told, "ntsc", "TRUE" if rate.is_ntsc else "FALSE")


def _timecode(parent: Tree.Element, rate: Rate, start: int) -> Tree.Element:
    code = Tree.SubElement(parent, "timecode")
    _rate(code, rate)
    _put(code, "string", rate.label(start))
    _put(code, "frame", start)
    _put(code, "displayformat", "DF" if rate.drop else "NDF")
    return code


def _put(parent: Tree.Element, name: str, value: object) -> None:
    Tree.SubElement(parent, name).text = str(value)
