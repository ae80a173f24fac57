"""Erasing a video, a part of one, or everything a person's word is about; with a receipt."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from viewfinder.app.library import Library, Refused
from viewfinder.app.records import receipts
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Erasure
from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces.governing.access import span
from viewfinder.surfaces.http.identity import Need, Seat, needs
from viewfinder.surfaces.keepers.desk import names, offered, show
from viewfinder.surfaces.render import REMOVED
from viewfinder.surfaces.web.forms import Notice, Text, attempt, refusal

router = APIRouter(
    prefix="/govern/forget", dependencies=[Depends(needs(Need.GOVERN))], include_in_schema=False
)


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody wants forgotten, as typed."""

    video: str = ""
    person: str = ""
    start: str = ""
    end: str = ""


@dataclass(frozen=True, slots=True)
class Going:
    """A video, or parts of one, that is to be forgotten.

    Attributes:
        item: The video.
        spans: Which parts; empty for all of it.
        notes: How many notes of each kind go, as far as this person may see them.
        talks: How many of one's own kept conversations go with it.
        held: For which cases it is held, and so stays.
    """

    item: Video
    spans: tuple[TimeSpan, ...] = ()
    notes: tuple[tuple[str, int], ...] = ()
    talks: int = 0
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gone:
    """What was forgotten.

    Attributes:
        erasures: One for each video.
        names: Of the videos, by id.
        kept: What stays, and why.
        receipt: Signed, by the names of its files.
        deleted: Where the file was that went as well; "" where none did.
    """

    erasures: list[Erasure]
    names: dict[str, str]
    kept: list[Notice]
    receipt: dict[str, str]
    deleted: str = ""


@router.get("")
def choose(
    request: Request,
    library: Seat,
    video: str = "",
    person: str = "",
    start: str = "",
    end: str = "",
) -> HTMLResponse:
    """Return what would go, and the form that lets it go."""
    return _shown(request, library, Named(video, person.strip(), start, end))


@router.post("")
def forget(
    request: Request,
    library: Seat,
    video: Text = "",
    person: Text = "",
    start: Text = "",
    end: Text = "",
    reason: Text = "",
    confirmed: Text = "",
    deletes: Text = "",
) -> Response:
    """Forget what was shown, once its name was typed; return the receipt."""
    named = Named(video, person.strip(), start, end)
    made = attempt(lambda: _forget(library, named, reason, confirmed, bool(deletes)))
    if isinstance(made, Notice):
        return _shown(request, library, named, made, reason=reason)
    text = json.dumps(made.receipt, ensure_ascii=False, indent=2) + "\n"
    return show(
        request,
        "forget",
        template="receipt",
        gone=made,
        receipt=text,
        said=json.loads(made.receipt["receipt.json"]),
        words=REMOVED,
        address=base64.b64encode(text.encode()).decode(),
    )


def _forget(library: Library, named: Named, reason: str, confirmed: str, deletes: bool) -> Gone:
    going = _going(library, named)
    wanted = named.person or going[0].item.name
    if confirmed.strip() != wanted:
        raise UsageError(f"type {wanted!r} to say that you mean it; nothing was forgotten")
    if deletes and (named.person or going[0].spans):
        raise UsageError("a file goes with the whole video, not with a part of it")
    erasures, kept = [], []
    for one in going:
        try:
            erasures.append(library.forget(one.item.id, reason, spans=one.spans))
        except Refused as refused:
            kept.append(refusal(refused.decision))
            if len(going) == 1:
                raise
    deleted = str(library.delete_original(going[0].item)) if deletes and erasures else ""
    receipt = receipts.receipt(
        library.logbook, erasures, deleted=[going[0].item.id] if deleted else []
    )
    known = {str(one.item.id): one.item.name for one in going}
    return Gone(erasures, known, kept, receipt, deleted)


def _going(library: Library, named: Named) -> list[Going]:
    """Return what would go; what was typed may be a video or a person.

    Raises:
        UsageError: Neither is named.
        InputError: No such video, or no consent of that person is noted.
        Refused: The policy allows no forgetting.
    """
    if named.person:
        found = []
        for item in library.videos("forget"):
            standing = library.governing.consents.standing(item)
            spans = tuple(one.span for one in standing if one.word.person == named.person)
            if spans:
                found.append(_told(library, item, () if item.span in spans else spans))
        if not found:
            raise InputError(f"no consent of {named.person!r} is noted here")
        return found
    if not named.video:
        raise UsageError("name a video or a person")
    item = library.video(named.video, "forget")
    is_part = named.start or named.end
    return [_told(library, item, (span(named.start, named.end, item.span),) if is_part else ())]


def _told(library: Library, item: Video, spans: tuple[TimeSpan, ...]) -> Going:
    def counted() -> tuple[tuple[str, int], ...]:
        counts: dict[str, int] = {}
        for track in library.tracks(item.id):
            inside = [
                note
                for note in track.annotations
                if not spans or any(note.span.overlap_ns(part) for part in spans)
            ]
            counts[track.name.value] = counts.get(track.name.value, 0) + len(inside)
        return tuple((name, count) for name, count in counts.items() if count)

    notes: Any = attempt(counted)
    talks: Any = attempt(lambda: [h for h in library.conversations() if item.id in h.videos])
    held: Any = attempt(lambda: library.governing.holds.standing(item.id))
    return Going(
        item,
        spans,
        () if isinstance(notes, Notice) else notes,
        0 if isinstance(talks, Notice) else len(talks),
        () if isinstance(held, Notice) else tuple(one.case for one in held),
    )


def _shown(
    request: Request,
    library: Library,
    named: Named,
    notice: Notice | None = None,
    *,
    reason: str = "",
) -> HTMLResponse:
    going: list[Going] = []
    every = names(library, "forget")
    if named.video or named.person:
        found = attempt(lambda: _going(library, named))
        if isinstance(found, Notice):
            notice = notice or found
        else:
            going = found
    return show(
        request,
        "forget",
        notice=notice,
        named=named,
        going=going,
        wanted=(named.person or going[0].item.name) if going else "",
        offered=offered(every),
        reason=reason,
        remains=receipts.REMAINS,
    )
