"""The list of footage: what is here, how far it can be searched, and how more comes in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from viewfinder.app.library import Library
from viewfinder.app.status import VideoStatus
from viewfinder.domain.media import MediaKind, Video, VideoId
from viewfinder.surfaces.http.identity import Need, Seat, Who, needs
from viewfinder.surfaces.web.forms import Notice, attempt
from viewfinder.surfaces.web.pages import page

router = APIRouter(include_in_schema=False)
SHOWN = 24
"""Videos on a page."""
LISTS = 100
"""Collections that are looked through for chips."""
SORTS: dict[str, tuple[str, Callable[[Video], Any]]] = {
    "name": ("Name", lambda v: (v.name.casefold(), v.id)),
    "-created": ("Newest recording", lambda v: (v.created or "", v.id)),
    "created": ("Oldest recording", lambda v: (v.created or "9", v.id)),
    "-length": ("Longest", lambda v: (v.duration_ns, v.id)),
    "length": ("Shortest", lambda v: (v.duration_ns, v.id)),
}
KINDS = {
    MediaKind.VIDEO.value: "Video",
    MediaKind.AUDIO.value: "Sound alone",
    MediaKind.OFFLINE.value: "Words without the file",
}
STATES: dict[str, tuple[str, Callable[[VideoStatus], bool]]] = {
    "ready": ("Searchable in full", lambda s: not (s.missing or s.failed or s.gone)),
    "missing": ("Something is missing", lambda s: bool(s.missing)),
    "failed": ("Something failed", lambda s: bool(s.failed)),
    "gone": ("The file is not there", lambda s: s.gone and s.video.kind is not MediaKind.OFFLINE),
}
SAYS = {
    "sidecars": "captions",
    "speech": "speech",
    "screen_text": "text on screen",
    "picture": "picture",
}


@router.get("/library", dependencies=[Depends(needs(Need.READ))])
def library(
    request: Request,
    library: Seat,
    who: Who,
    name: str = "",
    kind: str = "",
    state: str = "",
    within: str = "",
    sort: str = "name",
    sheet: int = 1,
) -> HTMLResponse:
    """Return the footage that the asker may see, and the way in for more."""
    every = library.videos()
    lists = _lists(library)
    found = [video for video in every if name.casefold() in video.name.casefold()]
    if kind in KINDS:
        found = [video for video in found if video.kind.value == kind]
    if within in lists:
        found = [video for video in found if video.id in lists[within][1]]
    if state in STATES:
        right = {s.video.id for s in library.status() if STATES[state][1](s)}
        found = [video for video in found if video.id in right]
    sort = sort if sort in SORTS else "name"
    found.sort(key=SORTS[sort][1], reverse=sort.startswith("-"))
    sheets = max(1, -(-len(found) // SHOWN))
    sheet = min(max(1, sheet), sheets)
    shown = found[(sheet - 1) * SHOWN : sheet * SHOWN]
    chosen = {"name": name, "kind": kind, "state": state, "within": within, "sort": sort}
    return page(
        request,
        "library.html",
        states=_states(library, shown),
        total=len(every),
        count=len(found),
        hours=sum(video.duration_ns for video in every) / 3.6e12,
        chosen=chosen,
        query=urlencode({key: value for key, value in chosen.items() if value}),
        sheet=sheet,
        sheets=sheets,
        sorts={key: said for key, (said, _) in SORTS.items()},
        kinds=KINDS,
        choices={key: said for key, (said, _) in STATES.items()},
        lists={key: said for key, (said, _) in lists.items()},
        lists_of={
            video.id: [(i, n) for i, (n, has) in lists.items() if video.id in has]
            for video in shown
        },
        says=SAYS,
        at_home=who.name is None,
    )


def _states(library: Library, shown: Sequence[Video]) -> list[VideoStatus]:
    by_id = {state.video.id: state for state in library.status({video.id for video in shown})}
    return [by_id[video.id] for video in shown if video.id in by_id]


def _lists(library: Library) -> dict[str, tuple[str, frozenset[VideoId]]]:
    """Return the asker's collections: by id the name, and the videos with a moment in it."""
    keeper = library.mine.collections
    found = attempt(keeper.all)
    if isinstance(found, Notice):
        return {}
    return {
        str(one.id): (one.name, frozenset(item.video for item in keeper.items(one.id)))
        for one in found[:LISTS]
    }
