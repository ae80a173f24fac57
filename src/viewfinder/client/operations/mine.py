"""Calls of the API: mine.

Written by scripts/client.py from the OpenAPI document, not by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from viewfinder.client import request as wire


def list_collections() -> wire.Request[wire.Json]:
    """List collections.

    Your own, and those that are shared; each counts the moments that you may see.
    """
    return wire.Request("GET", "/api/v1/collections", wire.document)


def make_collection(
    name: str, *, idempotency_key: str | None = wire.UNSET, shared: bool = wire.UNSET
) -> wire.Request[wire.Json]:
    """Make a collection.

    An empty one.
    """
    return wire.Request(
        "POST",
        "/api/v1/collections",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(name=name, shared=shared),
    )


def get_collection(collection: str) -> wire.Request[wire.Json]:
    """A collection with its moments.

    In order; a moment that you may not see is neither shown nor counted.
    """
    return wire.Request("GET", f"/api/v1/collections/{wire.part(collection)}", wire.document)


def change_collection(
    collection: str, *, name: str | None = wire.UNSET, shared: bool | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Rename or share a collection.

    400 where it is somebody else's.
    """
    return wire.Request(
        "PATCH",
        f"/api/v1/collections/{wire.part(collection)}",
        wire.document,
        json=wire.body(name=name, shared=shared),
    )


def forget_collection(collection: str) -> wire.Request[wire.Json]:
    """Forget a collection.

    To the byte; the videos stay.
    """
    return wire.Request("DELETE", f"/api/v1/collections/{wire.part(collection)}", wire.document)


def put_item(
    collection: str,
    video: str,
    start_s: float,
    end_s: float,
    *,
    idempotency_key: str | None = wire.UNSET,
    note: str = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Keep a moment in a collection.

    At its end; a moment that is there already takes the new note.
    """
    return wire.Request(
        "POST",
        f"/api/v1/collections/{wire.part(collection)}/items",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(video=video, start_s=start_s, end_s=end_s, note=note),
    )


def change_item(
    collection: str, item: str, *, note: str | None = wire.UNSET, place: int | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Annotate or move a moment of a collection.

    The collection as it is then.
    """
    return wire.Request(
        "PATCH",
        f"/api/v1/collections/{wire.part(collection)}/items/{wire.part(item)}",
        wire.document,
        json=wire.body(note=note, place=place),
    )


def take_item_out(collection: str, item: str) -> wire.Request[wire.Json]:
    """Take a moment out of a collection.

    Its note goes with it.
    """
    return wire.Request(
        "DELETE",
        f"/api/v1/collections/{wire.part(collection)}/items/{wire.part(item)}",
        wire.document,
    )


def list_searches() -> wire.Request[wire.Json]:
    """List saved searches.

    Your own, and those that are shared.
    """
    return wire.Request("GET", "/api/v1/searches", wire.document)


def save_search(
    *,
    idempotency_key: str | None = wire.UNSET,
    question: str | None = wire.UNSET,
    plan: wire.Json | None = wire.UNSET,
    name: str = wire.UNSET,
    shared: bool = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Save a search.

    A question, or a plan as it is.
    """
    return wire.Request(
        "POST",
        "/api/v1/searches",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(question=question, plan=plan, name=name, shared=shared),
    )


def change_search(
    search: str, *, name: str | None = wire.UNSET, shared: bool | None = wire.UNSET
) -> wire.Request[wire.Json]:
    """Rename or share a saved search.

    400 where it is somebody else's.
    """
    return wire.Request(
        "PATCH",
        f"/api/v1/searches/{wire.part(search)}",
        wire.document,
        json=wire.body(name=name, shared=shared),
    )


def forget_search(search: str) -> wire.Request[wire.Json]:
    """Forget a saved search.

    And what it found.
    """
    return wire.Request("DELETE", f"/api/v1/searches/{wire.part(search)}", wire.document)


def run_search(search: str, *, note: bool = wire.UNSET) -> wire.Request[wire.Json]:
    """Run a saved search, and see what is new.

    What is new since you ran it last; with `note=false` this run does not count as one.
    """
    return wire.Request(
        "POST", f"/api/v1/searches/{wire.part(search)}/run", wire.document, query={"note": note}
    )


def list_judgements() -> wire.Request[wire.Json]:
    """List your judgements.

    Oldest first.
    """
    return wire.Request("GET", "/api/v1/judgements", wire.document)


def judge_moment(
    video: str,
    start_s: float,
    end_s: float,
    question: str,
    relevant: bool,
    *,
    idempotency_key: str | None = wire.UNSET,
    note: str = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Say whether a moment answers a question.

    Another word of it replaces the first.
    """
    return wire.Request(
        "POST",
        "/api/v1/judgements/moments",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(
            video=video,
            start_s=start_s,
            end_s=end_s,
            question=question,
            relevant=relevant,
            note=note,
        ),
    )


def judge_answer(
    question: str,
    good: bool,
    *,
    idempotency_key: str | None = wire.UNSET,
    cited: Sequence[wire.Json] = wire.UNSET,
    note: str = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Say whether an answer was any good.

    Kept once for each moment that it cited.
    """
    return wire.Request(
        "POST",
        "/api/v1/judgements/answers",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(question=question, good=good, cited=cited, note=note),
    )


def forget_judgement(judgement: str) -> wire.Request[wire.Json]:
    """Take a judgement back.

    Its words go with it.
    """
    return wire.Request("DELETE", f"/api/v1/judgements/{wire.part(judgement)}", wire.document)


def export_judgements() -> wire.Request[bytes]:
    """Your judgements, as `viewfinder eval` reads them.

    One line for each question that something was judged relevant for.
    """
    return wire.Request("GET", "/api/v1/judgements/export", wire.content)


def list_corrections(video: str) -> wire.Request[wire.Json]:
    """What was put right in a video.

    In time order, with the machine's words.
    """
    return wire.Request("GET", f"/api/v1/videos/{wire.part(video)}/corrections", wire.document)


def put_right(
    video: str,
    at_s: float,
    text: str,
    *,
    idempotency_key: str | None = wire.UNSET,
    track: str | None = wire.UNSET,
    was: str | None = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Put a line right.

    For everybody: search, quotes and exports use the right words; the machine's stay beside them.
    """
    return wire.Request(
        "POST",
        f"/api/v1/videos/{wire.part(video)}/corrections",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(at_s=at_s, text=text, track=track, was=was),
    )


def take_back(
    video: str,
    at_s: float,
    *,
    idempotency_key: str | None = wire.UNSET,
    track: str | None = wire.UNSET,
) -> wire.Request[wire.Json]:
    """Give the machine's words back their place.

    What was taken back.
    """
    return wire.Request(
        "POST",
        f"/api/v1/videos/{wire.part(video)}/corrections/undo",
        wire.document,
        headers={"Idempotency-Key": idempotency_key},
        json=wire.body(at_s=at_s, track=track),
    )


def compare_moments(one: wire.Json, other: wire.Json) -> wire.Request[wire.Json]:
    """Two moments, side by side.

    What is noted of each, which words both have, which things only one.
    """
    return wire.Request(
        "POST", "/api/v1/compare", wire.document, json=wire.body(one=one, other=other)
    )
