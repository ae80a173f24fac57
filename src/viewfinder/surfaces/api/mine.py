"""What people keep and put right: collections, saved searches, judgements, corrections."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Path
from fastapi.responses import PlainTextResponse, Response

from viewfinder.app.library import Library
from viewfinder.app.using import Collection, Corrected, Item, Judgement, Saved
from viewfinder.domain.media import VideoId
from viewfinder.domain.time import TimeSpan, to_ns
from viewfinder.surfaces import documents
from viewfinder.surfaces.api.videos import the
from viewfinder.surfaces.http.identity import Asker, Need, Seat, Who, needs
from viewfinder.surfaces.shapes import kept
from viewfinder.surfaces.shapes.questions import AnId
from viewfinder.surfaces.wire.repeats import OnlyOnce
from viewfinder.surfaces.wire.replies import NOTHING_HERE, may_go_wrong, paths, shown, told

router = APIRouter(prefix="/api/v1", tags=["mine"])
READ = [Depends(needs(Need.READ))]
WRITE = [Depends(needs(Need.WRITE))]

Id = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
Video = Annotated[str, AnId]


# -- collections ------------------------------------------------------------------------------


@router.get(
    "/collections",
    operation_id="list_collections",
    summary="List collections",
    dependencies=READ,
    response_model=kept.Collections,
    responses=may_go_wrong(),
)
def collections(library: Seat) -> Response:
    """Your own, and those that are shared; each counts the moments that you may see."""
    return told({"collections": [asdict(one) for one in library.mine.collections.all()]})


@router.post(
    "/collections",
    operation_id="make_collection",
    summary="Make a collection",
    dependencies=WRITE,
    status_code=201,
    response_model=kept.Collection,
    responses=may_go_wrong(409),
)
def make_collection(wanted: kept.NewCollection, library: Seat, once: OnlyOnce) -> Response:
    """An empty one."""

    def make() -> Response:
        return told(asdict(library.mine.collections.make(wanted.name, shared=wanted.shared)), 201)

    return once.reply(wanted, make)


@router.get(
    "/collections/{collection}",
    operation_id="get_collection",
    summary="A collection with its moments",
    dependencies=READ,
    response_model=kept.Whole,
    responses=may_go_wrong(404),
)
def collection(collection: Id, library: Seat, who: Who) -> Response:
    """In order; a moment that you may not see is neither shown nor counted."""
    return told(_whole(_collection(library, collection), library, who))


@router.patch(
    "/collections/{collection}",
    operation_id="change_collection",
    summary="Rename or share a collection",
    dependencies=WRITE,
    response_model=kept.Collection,
    responses=may_go_wrong(404),
)
def change_collection(collection: Id, wanted: kept.ChangeNamed, library: Seat) -> Response:
    """400 where it is somebody else's."""
    held, keeper = _collection(library, collection), library.mine.collections
    if wanted.name is not None:
        held = keeper.rename(collection, wanted.name)
    if wanted.shared is not None:
        held = keeper.share(collection, shared=wanted.shared)
    return told(asdict(held))


@router.delete(
    "/collections/{collection}",
    operation_id="forget_collection",
    summary="Forget a collection",
    dependencies=WRITE,
    response_model=kept.Remains,
    responses=may_go_wrong(404),
)
def forget_collection(collection: Id, library: Seat) -> Response:
    """To the byte; the videos stay."""
    _collection(library, collection)
    return told({"remains": list(library.mine.collections.forget(collection))})


@router.post(
    "/collections/{collection}/items",
    operation_id="put_item",
    summary="Keep a moment in a collection",
    dependencies=WRITE,
    status_code=201,
    response_model=kept.Item,
    responses=may_go_wrong(404, 409),
)
def put(collection: Id, wanted: kept.NewItem, library: Seat, who: Who, once: OnlyOnce) -> Response:
    """At its end; a moment that is there already takes the new note."""

    def make() -> Response:
        _collection(library, collection)
        item = the(wanted.video, library)
        made = library.mine.collections.put(collection, item, wanted.span(), wanted.note)
        return told(_item(made, paths(library, who)), 201)

    return once.reply(wanted, make)


@router.patch(
    "/collections/{collection}/items/{item}",
    operation_id="change_item",
    summary="Annotate or move a moment of a collection",
    dependencies=WRITE,
    response_model=kept.Whole,
    responses=may_go_wrong(404),
)
def change_item(
    collection: Id, item: Id, wanted: kept.ChangeItem, library: Seat, who: Who
) -> Response:
    """The collection as it is then."""
    _moment(library, collection, item)
    keeper = library.mine.collections
    if wanted.note is not None:
        keeper.annotate(collection, item, wanted.note)
    if wanted.place is not None:
        keeper.move(collection, item, wanted.place)
    return told(_whole(_collection(library, collection), library, who))


@router.delete(
    "/collections/{collection}/items/{item}",
    operation_id="take_item_out",
    summary="Take a moment out of a collection",
    dependencies=WRITE,
    response_model=kept.Remains,
    responses=may_go_wrong(404),
)
def take_out(collection: Id, item: Id, library: Seat) -> Response:
    """Its note goes with it."""
    _moment(library, collection, item)
    return told({"remains": list(library.mine.collections.take_out(collection, item))})


# -- saved searches ---------------------------------------------------------------------------


@router.get(
    "/searches",
    operation_id="list_searches",
    summary="List saved searches",
    dependencies=READ,
    response_model=kept.Searches,
    responses=may_go_wrong(),
)
def searches(library: Seat) -> Response:
    """Your own, and those that are shared."""
    return told({"searches": [_saved(one) for one in library.mine.searches.all()]})


@router.post(
    "/searches",
    operation_id="save_search",
    summary="Save a search",
    dependencies=WRITE,
    status_code=201,
    response_model=kept.Saved,
    responses=may_go_wrong(409),
)
def save(wanted: kept.NewSearch, library: Seat, once: OnlyOnce) -> Response:
    """A question, or a plan as it is."""

    def make() -> Response:
        made = library.mine.searches.keep(wanted.value(), wanted.name, shared=wanted.shared)
        return told(_saved(made), 201)

    return once.reply(wanted, make)


@router.patch(
    "/searches/{search}",
    operation_id="change_search",
    summary="Rename or share a saved search",
    dependencies=WRITE,
    response_model=kept.Saved,
    responses=may_go_wrong(404),
)
def change_search(search: Id, wanted: kept.ChangeNamed, library: Seat) -> Response:
    """400 where it is somebody else's."""
    held, keeper = _search(library, search), library.mine.searches
    if wanted.name is not None:
        held = keeper.rename(search, wanted.name)
    if wanted.shared is not None:
        held = keeper.share(search, shared=wanted.shared)
    return told(_saved(held))


@router.delete(
    "/searches/{search}",
    operation_id="forget_search",
    summary="Forget a saved search",
    dependencies=WRITE,
    response_model=kept.Remains,
    responses=may_go_wrong(404),
)
def forget_search(search: Id, library: Seat) -> Response:
    """And what it found."""
    _search(library, search)
    return told({"remains": list(library.mine.searches.forget(search))})


@router.post(
    "/searches/{search}/run",
    operation_id="run_search",
    summary="Run a saved search, and see what is new",
    dependencies=READ,
    response_model=kept.Ran,
    responses=may_go_wrong(404),
)
def run(search: Id, library: Seat, who: Who, note: bool = True) -> Response:
    """What is new since you ran it last; with `note=false` this run does not count as one."""
    _search(library, search)
    ran = library.mine.searches.run(search, note=note)
    found = documents.search(ran.ranking, paths(library, who))
    new = [each.value for each in ran.new]
    return told(shown({**found, "saved": _saved(ran.saved), "new": new, "gone": ran.gone}, who))


# -- judgements -------------------------------------------------------------------------------


@router.get(
    "/judgements",
    operation_id="list_judgements",
    summary="List your judgements",
    dependencies=READ,
    response_model=kept.Judgements,
    responses=may_go_wrong(),
)
def judgements(library: Seat) -> Response:
    """Oldest first."""
    return told({"judgements": [_judged(one) for one in library.mine.judgements.all()]})


@router.post(
    "/judgements/moments",
    operation_id="judge_moment",
    summary="Say whether a moment answers a question",
    dependencies=WRITE,
    status_code=201,
    response_model=kept.Judgement,
    responses=may_go_wrong(404, 409),
)
def judge_moment(wanted: kept.JudgeMoment, library: Seat, once: OnlyOnce) -> Response:
    """Another word of it replaces the first."""

    def make() -> Response:
        item = the(wanted.video, library)
        made = library.mine.judgements.moment(
            wanted.question, item, wanted.span(), relevant=wanted.relevant, note=wanted.note
        )
        return told(_judged(made), 201)

    return once.reply(wanted, make)


@router.post(
    "/judgements/answers",
    operation_id="judge_answer",
    summary="Say whether an answer was any good",
    dependencies=WRITE,
    status_code=201,
    response_model=kept.Judgements,
    responses=may_go_wrong(404, 409),
)
def judge_answer(wanted: kept.JudgeAnswer, library: Seat, once: OnlyOnce) -> Response:
    """Kept once for each moment that it cited."""

    def make() -> Response:
        cited = [(the(moment.video, library).id, moment.span()) for moment in wanted.cited]
        made = library.mine.judgements.answer(
            wanted.question, cited, good=wanted.good, note=wanted.note
        )
        return told({"judgements": [_judged(one) for one in made]}, 201)

    return once.reply(wanted, make)


@router.delete(
    "/judgements/{judgement}",
    operation_id="forget_judgement",
    summary="Take a judgement back",
    dependencies=WRITE,
    response_model=kept.Remains,
    responses=may_go_wrong(404),
)
def forget_judgement(judgement: Id, library: Seat) -> Response:
    """Its words go with it."""
    if judgement not in {one.id for one in library.mine.judgements.all()}:
        raise HTTPException(404, NOTHING_HERE)
    return told({"remains": list(library.mine.judgements.forget(judgement))})


@router.get(
    "/judgements/export",
    operation_id="export_judgements",
    summary="Your judgements, as `viewfinder eval` reads them",
    dependencies=[Depends(needs(Need.EXPORT))],
    response_class=Response,
    responses={
        **may_go_wrong(),
        200: {
            "description": "JSON lines.",
            "content": {"application/jsonl": {"schema": {"type": "string"}}},
        },
    },
)
def export_judgements(library: Seat) -> Response:
    """One line for each question that something was judged relevant for."""
    return PlainTextResponse(library.mine.judgements.export(), media_type="application/jsonl")


# -- corrections ------------------------------------------------------------------------------


@router.get(
    "/videos/{video}/corrections",
    operation_id="list_corrections",
    summary="What was put right in a video",
    dependencies=READ,
    response_model=kept.Corrections,
    responses=may_go_wrong(404),
)
def corrections(video: Video, library: Seat) -> Response:
    """In time order, with the machine's words."""
    found = library.mine.corrections.of(the(video, library))
    return told({"corrections": [_corrected(one) for one in found]})


@router.post(
    "/videos/{video}/corrections",
    operation_id="put_right",
    summary="Put a line right",
    dependencies=WRITE,
    status_code=201,
    response_model=kept.Corrected,
    responses=may_go_wrong(404, 409),
)
def put_right(video: Video, wanted: kept.PutRight, library: Seat, once: OnlyOnce) -> Response:
    """For everybody: search, quotes and exports use the right words; the machine's stay
    beside them."""

    def make() -> Response:
        made = library.mine.corrections.put_right(
            the(video, library),
            to_ns(wanted.at_s),
            wanted.text,
            track=wanted.track,
            was=wanted.was,
        )
        return told(_corrected(made), 201)

    return once.reply(wanted, make)


@router.post(
    "/videos/{video}/corrections/undo",
    operation_id="take_back",
    summary="Give the machine's words back their place",
    dependencies=WRITE,
    response_model=kept.Corrected,
    responses=may_go_wrong(404, 409),
)
def take_back(video: Video, wanted: kept.TakeBack, library: Seat, once: OnlyOnce) -> Response:
    """What was taken back."""

    def make() -> Response:
        keeper = library.mine.corrections
        gone = keeper.undo(the(video, library), to_ns(wanted.at_s), track=wanted.track)
        return told(_corrected(gone))

    return once.reply(wanted, make)


@router.post(
    "/compare",
    operation_id="compare_moments",
    summary="Two moments, side by side",
    dependencies=READ,
    response_model=kept.Compared,
    responses=may_go_wrong(404),
)
def compare(wanted: kept.Compare, library: Seat) -> Response:
    """What is noted of each, which words both have, which things only one."""
    one, other = ((the(each.video, library), each.span()) for each in (wanted.one, wanted.other))
    made = library.mine.compare(one, other)
    sides = [
        {
            "video": side.video.id,
            **_span(side.span),
            "notes": {name.value: [note.text for note in notes] for name, notes in side.notes},
        }
        for side in (made.one, made.other)
    ]
    return told(
        {
            "one": sides[0],
            "other": sides[1],
            "shared_words": list(made.shared_words),
            "shared_labels": list(made.shared_labels),
            "only_one": list(made.only_one),
            "only_other": list(made.only_other),
        }
    )


# -- parts ------------------------------------------------------------------------------------


def _collection(library: Library, named: str) -> Collection:
    found = next((one for one in library.mine.collections.all() if one.id == named), None)
    if found is None:
        raise HTTPException(404, NOTHING_HERE)
    return found


def _moment(library: Library, collection: str, item: str) -> None:
    _collection(library, collection)
    if item not in {one.id for one in library.mine.collections.items(collection)}:
        raise HTTPException(404, NOTHING_HERE)


def _search(library: Library, named: str) -> Saved:
    found = next((one for one in library.mine.searches.all() if one.id == named), None)
    if found is None:
        raise HTTPException(404, NOTHING_HERE)
    return found


def _whole(held: Collection, library: Library, who: Asker) -> dict[str, Any]:
    known = paths(library, who)
    items = [_item(one, known) for one in library.mine.collections.items(held.id)]
    return {**asdict(held), "items": items}


def _span(span: TimeSpan | None) -> dict[str, float | None]:
    if span is None:
        return {"start_s": None, "end_s": None}
    return {"start_s": round(span.start_s, 3), "end_s": round(span.end_s, 3)}


def _item(one: Item, known: dict[VideoId, str]) -> dict[str, Any]:
    return {
        "id": one.id,
        "video": one.video,
        "path": known.get(one.video, ""),
        **_span(one.span),
        "note": one.note,
        "at": one.at,
    }


def _saved(one: Saved) -> dict[str, Any]:
    return {**asdict(one), "plan": documents.plan(one.plan)}


def _judged(one: Judgement) -> dict[str, Any]:
    return {
        "id": one.id,
        "question": one.question,
        "verdict": one.verdict.value,
        "video": one.video,
        **_span(one.span),
        "note": one.note,
        "by": one.by,
        "at": one.at,
    }


def _corrected(one: Corrected) -> dict[str, Any]:
    made = asdict(one)
    del made["span"]
    return {**made, **_span(one.span)}
