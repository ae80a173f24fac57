"""CMX 3600 edit decision lists, as most programs still read them.

Source and record times are labels at the rate of the sequence. Where a source counts
otherwise, its hours, minutes and seconds stay and its frames are scaled to that rate; the
exact timecode stands in a comment.
"""

from __future__ import annotations

from viewfinder.app.editors.sequence import Event, Sequence

MOST = 999
_WIDE = 240  # characters of a comment


def written(sequence: Sequence) -> str:
    """Return the list.

    Raises:
        ValueError: More events than its three digits count.
    """
    if len(sequence.events) > MOST:
        raise ValueError(f"an EDL holds {MOST} events at most, not {len(sequence.events)}")
    lines = [
        f"TITLE: {_plain(sequence.name)}",
        f"FCM: {'DROP FRAME' if sequence.rate.drop else 'NON-DROP FRAME'}",
        "",
    ]
    for event in sequence.events:
        lines += [*_event(sequence, event), ""]
    return "\n".join(lines)


def _event(sequence: Sequence, event: Event) -> list[str]:
    rate, source = sequence.rate, event.source
    start = conformed(sequence, event)
    record = sequence.start + event.record
    edges = (start, start + event.lasts, record, record + event.lasts)
    times = " ".join(rate.label(at) for at in edges)
    lines = [
        f"{event.number:03}  {event.reel:<8} {_channels(event):<5} C        {times}",
        f"* FROM CLIP NAME: {_plain(source.video.name)}",
        f"* SOURCE FILE: {_plain(source.video.path)}",
    ]
    if source.rate != rate:
        first = source.rate.label(event.start)
        last = source.rate.label(event.start + event.length)
        lines.append(f"* SOURCE TIMECODE: {first} {last} AT {source.rate.name.upper()} FPS")
    mark = record + round(event.mark * rate.fps / source.rate.fps)
    if event.title:
        lines.append(f"* LOC: {rate.label(mark)} GREEN   {_plain(event.title)}")
    if event.note:
        lines.append(f"* COMMENT: {_plain(event.note)}")
    return lines


def conformed(sequence: Sequence, event: Event) -> int:
    """Return the number of an event's first source frame at the rate of the sequence."""
    rate, counts = sequence.rate, event.source.rate
    if counts.fps == rate.fps and counts.drop == rate.drop:
        return event.start
    if counts.fps == rate.fps:
        return event.start  # the same frames under other labels
    label = counts.label(event.start)
    seconds, frames = label[:8], int(label[9:])
    scaled = min(rate.nominal - 1, round(frames * rate.nominal / counts.nominal))
    mark = ";" if rate.drop else ":"
    for there in range(scaled, rate.nominal):
        try:
            return rate.frame(f"{seconds}{mark}{there:02}")
        except ValueError:
            continue  # a label that drop-frame leaves out
    raise ValueError(f"{label} has no place at {rate.name} frames per second")


def _channels(event: Event) -> str:
    if not event.source.width:
        return "AA"
    return "AA/V" if event.source.channels else "V"


def _plain(words: str) -> str:
    return " ".join(words.split())[:_WIDE]
