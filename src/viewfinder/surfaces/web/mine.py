"""One's own things: collections, saved searches, conversations, judgements, corrections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from viewfinder.app.exports import Exported
from viewfinder.app.library import Library
from viewfinder.app.using import Corrected, New
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.search import Moment
from viewfinder.domain.time import SECOND_NS, TimeSpan, read_clock
from viewfinder.surfaces.http.identity import Need, Seat, Who, needs
from viewfinder.surfaces.web.forms import Notice, Text, attempt, coded, failed
from viewfinder.surfaces.web.pages import page

router = APIRouter(include_in_schema=False)
READ, WRITE = Depends(needs(Need.READ)), Depends(needs(Need.WRITE))
EXPORT = Depends(needs(Need.EXPORT))
SAID = {
    "made": "Made.",
    "changed": "Changed.",
    "forgotten": "Forgotten.",
    "kept": "Kept.",
    "undone": "The machine's words are back.",
}
FORMS = {
    "otio": "OpenTimelineIO",
    "fcpxml": "Final Cut (FCPXML)",
    "premiere": "Premiere, Resolve (XML)",
    "edl": "EDL (CMX3600)",
    "markers-resolve": "Markers for Resolve",
    "markers-premiere": "Markers for Premiere",
    "markers-avid": "Markers for Avid",
    "table": "Table (CSV)",
    "contact": "Contact sheet (JPEG)",
}
PAGES = {"md": "Markdown", "html": "HTML", "pdf": "PDF"}
SHOWN = 100
"""Lines of a list that are shown at once."""


def _show(request: Request, name: str, notice: Notice | None = None, **values: Any) -> HTMLResponse:
    done = SAID.get(request.query_params.get("done", ""), "")
    if notice is None and done:
        notice = Notice("done", done)
    status = notice.status if notice else 200
    return page(request, f"mine/{name}.html", status, notice=notice, coded=coded, **values)


def _back(place: str, done: str) -> Response:
    return RedirectResponse(f"{place}?done={done}", 303)


def _known(library: Library) -> dict[str, Video]:
    return {str(video.id): video for video in library.videos()}


# -- collections ----------------------------------------------------------------------------


@router.get("/collections", dependencies=[READ])
def collections(request: Request, library: Seat) -> HTMLResponse:
    """Return one's own collections and those that are shared."""
    return _collections(request, library)


@router.post("/collections", dependencies=[WRITE])
def make(request: Request, library: Seat, name: Text = "", shared: Text = "") -> Response:
    """Make a collection."""
    made = attempt(lambda: library.mine.collections.make(name, shared=bool(shared)))
    if isinstance(made, Notice):
        return _collections(request, library, made, name)
    return _back(f"/collections/{made.id}", "made")


def _collections(
    request: Request, library: Library, notice: Notice | None = None, name: str = ""
) -> HTMLResponse:
    found = library.mine.collections.all()
    firsts = {one.id: library.mine.collections.items(one.id)[:1] for one in found[:SHOWN]}
    return _show(
        request, "collections", notice, collections=found[:SHOWN], firsts=firsts, typed=name
    )


@router.get("/collections/{collection}", dependencies=[READ])
def collection(request: Request, library: Seat, who: Who, collection: str) -> HTMLResponse:
    """Return a collection with its moments, in their order."""
    return _collection(request, library, collection)


@router.post("/collections/{collection}", dependencies=[WRITE])
def change(
    request: Request,
    library: Seat,
    collection: str,
    do: Text = "",
    name: Text = "",
    item: Text = "",
    note: Text = "",
    to: Text = "",
    video: Text = "",
    start: Text = "",
    end: Text = "",
) -> Response:
    """Change a collection: its name, who sees it, its moments, their order and notes."""
    keeper = library.mine.collections

    def put() -> object:
        found = library.video(video)
        return keeper.put(collection, found, _span(found, start, end), note)

    acts: dict[str, Callable[[], object]] = {
        "rename": lambda: keeper.rename(collection, name),
        "share": lambda: keeper.share(collection),
        "unshare": lambda: keeper.share(collection, shared=False),
        "note": lambda: keeper.annotate(collection, item, note),
        "move": lambda: keeper.move(collection, item, _number(to)),
        "out": lambda: keeper.take_out(collection, item),
        "put": put,
        "forget": lambda: keeper.forget(collection),
    }
    if do not in acts:
        return _collection(request, library, collection, Notice("wrong", "No such change", do, 422))
    if wrong := failed(acts[do]):
        return _collection(request, library, collection, wrong)
    if do == "forget":
        return _back("/collections", "forgotten")
    return _back(f"/collections/{collection}", "changed")


def _span(video: Video, start: str, end: str) -> TimeSpan:
    """Return the moment between two times as typed; ten seconds where no end is given."""
    try:
        begins = read_clock(start or "0")
        ends = read_clock(end) if end else begins + 10 * SECOND_NS
        return TimeSpan(begins, min(ends, video.span.end_ns))
    except ValueError as error:
        raise UsageError(
            f"{start or 0} to {end} is no moment; write 83, 1:23 or 0:01:23"
        ) from error


def _number(text: str) -> int:
    if not text.strip().isdecimal():
        raise UsageError(f"{text!r} is no place in the list")
    return int(text)


def _collection(
    request: Request, library: Library, named: str, notice: Notice | None = None
) -> HTMLResponse:
    keeper = library.mine.collections
    found = attempt(lambda: (keeper.find(named), keeper.items(named)))
    if isinstance(found, Notice):
        return _collections(request, library, notice or found)
    one, items = found
    return _show(
        request,
        "collection",
        notice,
        collection=one,
        items=items,
        videos=_known(library),
        forms=FORMS,
    )


@router.get("/collections/{collection}/take", dependencies=[EXPORT])
def take(
    request: Request,
    library: Seat,
    collection: str,
    kind: str = "otio",
    before: str = "",
    after: str = "",
    rate: str = "",
) -> Response:
    """Return a collection for an editing program, or as a contact sheet."""

    def work() -> Exported:
        found = library.mine.collections.find(collection)
        items = library.mine.collections.items(collection)
        moments = [Moment(item.video, item.span, 0.0) for item in items]
        if kind == "contact":
            return library.exports.contact_sheet(moments, title=found.name)
        return library.exports.timeline(
            moments,
            kind,
            name=found.name,
            before_s=_seconds(before),
            after_s=_seconds(after),
            rate=rate.strip(),
        )

    made = attempt(work)
    if isinstance(made, Notice):
        return _collection(request, library, collection, made)
    return _file(made)


def _seconds(text: str) -> float:
    try:
        return float(text.replace(",", ".") or 0)
    except ValueError as error:
        raise UsageError(f"{text!r} is no number of seconds") from error


def _file(made: Exported) -> Response:
    with made:
        content = made.read()
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.name)}",
        "Cache-Control": "private, no-store",
    }
    return Response(content, headers=headers, media_type=made.media_type)


# -- saved searches ---------------------------------------------------------------------------


@router.get("/saved", dependencies=[READ])
def saved(request: Request, library: Seat) -> HTMLResponse:
    """Return the searches that are kept."""
    return _saved(request, library)


@router.post("/saved", dependencies=[WRITE])
def keep(
    request: Request, library: Seat, question: Text = "", name: Text = "", shared: Text = ""
) -> Response:
    """Keep a search."""
    made = attempt(
        lambda: library.mine.searches.keep(question.strip(), name.strip(), shared=bool(shared))
    )
    if isinstance(made, Notice):
        return _saved(request, library, made, typed=(question, name))
    return _back("/saved", "kept")


@router.post("/saved/{search}", dependencies=[WRITE])
def change_search(
    request: Request, library: Seat, search: str, do: Text = "", name: Text = ""
) -> Response:
    """Run a saved search, or change it."""
    keeper = library.mine.searches
    if do == "run":
        made = attempt(lambda: keeper.run(search))
        if isinstance(made, Notice):
            return _saved(request, library, made)
        return _saved(request, library, run=made)
    acts: dict[str, Callable[[], object]] = {
        "rename": lambda: keeper.rename(search, name),
        "share": lambda: keeper.share(search),
        "unshare": lambda: keeper.share(search, shared=False),
        "forget": lambda: keeper.forget(search),
    }
    if do not in acts:
        return _saved(request, library, Notice("wrong", "No such change", do, 422))
    if wrong := failed(acts[do]):
        return _saved(request, library, wrong)
    return _back("/saved", "forgotten" if do == "forget" else "changed")


def _saved(
    request: Request,
    library: Library,
    notice: Notice | None = None,
    *,
    run: Any = None,
    typed: tuple[str, str] = ("", ""),
) -> HTMLResponse:
    moments: list[tuple[Any, New]] = []
    if run is not None:
        moments = list(zip(run.ranking.moments, run.new, strict=True))
    return _show(
        request,
        "saved",
        notice,
        searches=library.mine.searches.all(),
        run=run,
        moments=moments,
        fresh=sum(new is not New.NOT for _, new in moments),
        videos=_known(library),
        typed=typed,
    )


# -- history ----------------------------------------------------------------------------------


@router.get("/history", dependencies=[READ])
def history(request: Request, library: Seat, find: str = "", sheet: int = 1) -> HTMLResponse:
    """Return the conversations that were kept, last changed first."""
    return _history(request, library, find=find, sheet=max(1, sheet))


@router.get("/history/{conversation}/take", dependencies=[EXPORT])
def take_talk(request: Request, library: Seat, conversation: str, kind: str = "md") -> Response:
    """Return a whole conversation to keep elsewhere, with stills of what it cites."""

    def work() -> Exported:
        if kind not in PAGES:
            raise UsageError(f"no form {kind!r}; there are {', '.join(PAGES)}")
        heading, talk = library.export_conversation(conversation)
        return library.exports.answer(talk, kind, question=heading.title)

    made = attempt(work)
    if isinstance(made, Notice):
        return _history(request, library, made)
    return _file(made)


@router.post("/history/{conversation}", dependencies=[READ])
def forget(request: Request, library: Seat, conversation: str, do: Text = "") -> Response:
    """Forget a conversation, to the byte."""
    if do != "forget":
        return _history(request, library, Notice("wrong", "No such change", do, 422))
    gone = attempt(lambda: library.forget_conversation(conversation))
    if isinstance(gone, Notice):
        return _history(request, library, gone)
    return _history(request, library, Notice("done", "Forgotten.", "; ".join(gone)))


def _history(
    request: Request,
    library: Library,
    notice: Notice | None = None,
    *,
    find: str = "",
    sheet: int = 1,
) -> HTMLResponse:
    words = find.casefold().split()
    found = [
        one
        for one in library.conversations()
        if all(word in one.title.casefold() for word in words)
    ]
    first = (sheet - 1) * SHOWN
    return _show(
        request,
        "history",
        notice,
        talks=found[first : first + SHOWN],
        count=len(found),
        find=find,
        sheet=sheet,
        sheets=-(-len(found) // SHOWN),
        videos=_known(library),
        pages=PAGES,
    )


@router.get("/history/judgements", dependencies=[READ])
def judgements(request: Request, library: Seat) -> HTMLResponse:
    """Return what one said of moments and answers, newest first."""
    return _judgements(request, library)


@router.get("/history/judgements/file", dependencies=[EXPORT])
def take_judgements(request: Request, library: Seat) -> Response:
    """Return one's judgements as a file of queries, to measure answers with."""
    made = attempt(library.mine.judgements.export)
    if isinstance(made, Notice):
        return _judgements(request, library, made)
    return _file(Exported("judgements.jsonl", "application/jsonl", content=made.encode()))


@router.post("/history/judgements/{judgement}", dependencies=[WRITE])
def take_back(request: Request, library: Seat, judgement: str) -> Response:
    """Take a judgement back."""
    if wrong := failed(lambda: library.mine.judgements.forget(judgement)):
        return _judgements(request, library, wrong)
    return _back("/history/judgements", "forgotten")


def _judgements(request: Request, library: Library, notice: Notice | None = None) -> HTMLResponse:
    found = list(reversed(library.mine.judgements.all()))
    return _show(
        request,
        "judgements",
        notice,
        judgements=found[:SHOWN],
        count=len(found),
        videos=_known(library),
    )


@router.get("/history/corrections", dependencies=[READ])
def corrections(request: Request, library: Seat) -> HTMLResponse:
    """Return the lines that one put right, with the machine's beside them."""
    return _corrections(request, library)


@router.post("/history/corrections/{video}", dependencies=[WRITE])
def undo(
    request: Request, library: Seat, video: str, at_ns: Text = "", track: Text = ""
) -> Response:
    """Give the machine's words back their place."""

    def work() -> object:
        found = library.video(video)
        return library.mine.corrections.undo(found, _number(at_ns), track=track or None)

    if wrong := failed(work):
        return _corrections(request, library, wrong)
    return _back("/history/corrections", "undone")


def _corrections(request: Request, library: Library, notice: Notice | None = None) -> HTMLResponse:
    known, rows = _known(library), list[tuple[Video, Corrected]]()
    for video in _corrected(library):
        if video in known:
            rows += [(known[video], one) for one in library.mine.corrections.of(known[video])]
    rows.sort(key=lambda row: row[1].at, reverse=True)
    return _show(request, "corrections", notice, corrections=rows[:SHOWN], count=len(rows))


def _corrected(library: Library) -> list[str]:
    """Return the ids of the videos in which the log says that lines were put right."""
    named = (
        line.document["subject"].get("video") for line in library.logbook.lines(action="correct")
    )
    return sorted({str(video) for video in named if video})
