"""What is shown to others: the log and its proofs, papers, facts, counts, models, health."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Query
from fastapi.responses import PlainTextResponse, Response

from viewfinder.app.papers import EPSILON, KINDS, MOST
from viewfinder.app.records import bundle
from viewfinder.app.tasks import health
from viewfinder.surfaces.api.videos import the
from viewfinder.surfaces.governing import log as logging
from viewfinder.surfaces.http.identity import Asker, Need, Seat, Who, needs
from viewfinder.surfaces.shapes import papers, rules
from viewfinder.surfaces.shapes.questions import AnId
from viewfinder.surfaces.wire import paging
from viewfinder.surfaces.wire.repeats import OnlyOnce
from viewfinder.surfaces.wire.replies import (
    NOTHING_HERE,
    may_go_wrong,
    sees_paths,
    shown,
    told,
)

router = APIRouter(prefix="/api/v1", tags=["governing"])
GOVERN = [Depends(needs(Need.GOVERN))]
READ = [Depends(needs(Need.READ))]
Day = Annotated[date | None, Query(description="A day (UTC).")]
WEEK_DAYS = 7


@router.get(
    "/log",
    operation_id="list_log",
    summary="What was done here, by whom and why",
    dependencies=READ,
    response_model=papers.Lines,
    responses=may_go_wrong(),
)
def lines(
    library: Seat,
    who: Who,
    video: Annotated[
        str, Query(pattern=r"^$|^[0-9a-f]{64}$", description="Only lines that name it.")
    ] = "",
    principal: Annotated[str, Query(max_length=200, description="Only theirs.")] = "",
    action: Annotated[str, Query(max_length=60, description="Only this: ask, show, ...")] = "",
    since: Annotated[
        str, Query(pattern=r"^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}[0-9T:+-]*$", max_length=40)
    ] = "",
    words: Annotated[bool, Query(description="With what was said; for the owner.")] = False,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 100,
) -> Response:
    """The last first. Who is neither owner nor auditor sees their own lines."""
    library.enter()
    found = library.logbook.lines(
        video=video, principal=principal, action=action, since=since, words=words
    )
    page = paging.page(
        list(found)[::-1],
        lambda line: (line.seq,),
        whose=who,
        of=f"log {video} {principal!r} {action!r} {since} {words}",
        cursor=cursor,
        limit=limit,
    )
    return told({"lines": [logging.document(line) for line in page.items], "next": page.next})


@router.get(
    "/videos/{video}/log",
    operation_id="who_saw_video",
    summary="Who saw, asked about, exported or changed a video, and when",
    dependencies=READ,
    response_model=papers.Lines,
    responses=may_go_wrong(404),
)
def who_saw(
    video: Annotated[str, AnId],
    library: Seat,
    who: Who,
    cursor: paging.Cursor = None,
    limit: paging.Limit = 100,
) -> Response:
    """Also of a video that was forgotten: its id stays in the log. The last first."""
    library.enter()
    page = paging.page(
        library.logbook.who(video)[::-1],
        lambda line: (line.seq,),
        whose=who,
        of=f"who {video}",
        cursor=cursor,
        limit=limit,
    )
    return told({"lines": [logging.document(line) for line in page.items], "next": page.next})


@router.get(
    "/log/verify",
    operation_id="verify_log",
    summary="Check the whole log",
    dependencies=GOVERN,
    response_model=papers.Verified,
    responses=may_go_wrong(),
)
def verify(library: Seat, who: Who) -> Response:
    """Every line, and all checkpoints that witnesses hold."""
    library.enter()
    found = library.logbook.verify()
    known = library.logbook.behind() if found.ok else []
    return told(
        {
            "entries": found.n,
            "ok": found.ok,
            "first_bad": found.first_bad,
            "problem": found.problem,
            "root": found.root.hex(),
            "older": found.older,
            "witnesses": [
                {"folder": str(place) if sees_paths(who) else place.name, "entries": size}
                for place, size in known
            ],
        }
    )


@router.get(
    "/log/lines/{seq}/proof",
    operation_id="prove_line",
    summary="The proof that a line is in the log",
    dependencies=READ,
    response_model=papers.Files,
    responses=may_go_wrong(404),
)
def prove(seq: int, library: Seat) -> Response:
    """One of your own, or any for owner and auditor."""
    library.enter()
    if seq not in {line.seq for line in library.logbook.lines()}:
        raise HTTPException(404, NOTHING_HERE)
    return told({"files": bundle.proof(library.logbook, seq, None)})


@router.get(
    "/log/key",
    operation_id="get_log_key",
    summary="The public key that signs the log",
    dependencies=READ,
    response_model=papers.Key,
    responses=may_go_wrong(),
)
def key(library: Seat) -> Response:
    """Give it away before it is needed."""
    library.enter()
    return told({"key": library.logbook.public_key()})


@router.post(
    "/log/checkpoint",
    operation_id="sign_log",
    summary="Sign how the log stands, and leave it with its witnesses",
    dependencies=GOVERN,
    response_model=papers.Signed,
    responses=may_go_wrong(),
)
def checkpoint(library: Seat) -> Response:
    """The signed text, and with how many witnesses it was left."""
    library.enter()
    made, places = library.logbook.checkpoint()
    return told({"checkpoint": made.note, "witnesses": len(places)})


@router.post(
    "/log/bundle",
    operation_id="bundle_log",
    summary="The log as the other side takes it",
    dependencies=[*GOVERN, Depends(needs(Need.EXPORT))],
    response_model=papers.Files,
    responses=may_go_wrong(404),
)
def bundled(
    library: Seat,
    video: Annotated[
        str, Query(pattern=r"^$|^[0-9a-f]{64}$", description="Only lines that name it.")
    ] = "",
    words: Annotated[bool, Query(description="Also what was said; for the owner.")] = False,
) -> Response:
    """Lines, checkpoint and public key by the names of their files; for owner and auditor."""
    library.enter()
    with TemporaryDirectory(prefix="viewfinder-") as made:
        folder = Path(made) / "log"
        bundle.export(library.logbook, folder, video=video, words=words)
        files = {path.name: path.read_text("utf-8") for path in sorted(folder.iterdir())}
    return told({"files": files})


@router.get(
    "/facts",
    operation_id="get_facts",
    summary="What anybody may know of this library",
    dependencies=READ,
    response_model=papers.Facts,
    responses=may_go_wrong(),
)
def facts(library: Seat) -> Response:
    """Build, rules, models, what is off, how the log stands."""
    return told(library.evidence.facts())


@router.get(
    "/counts",
    operation_id="get_counts",
    summary="How much was done, day by day, with noise",
    dependencies=GOVERN,
    response_model=papers.Counts,
    responses=may_go_wrong(),
)
def counts(library: Seat, since: Day = None, until: Day = None) -> Response:
    """A week that is over where no days are named. A day is told once: asked again, the same
    numbers come."""
    last = until or datetime.now(UTC).date() - timedelta(days=1)
    first = since or max(date.min + timedelta(days=WEEK_DAYS), last) - timedelta(days=WEEK_DAYS - 1)
    days = library.papers.counts(first, last)
    privacy = {"epsilon": float(EPSILON), "delta": 0.0, "unit": "one person's day", "most": MOST}
    rows = [{"day": each.day, "counts": each.counts} for each in days]
    return told({"privacy": privacy, "days": rows})


@router.get(
    "/documents/{paper}",
    operation_id="get_document",
    summary="A paper that an institution owes",
    dependencies=GOVERN,
    response_model=papers.Paper,
    responses={
        **may_go_wrong(404),
        200: {"content": {"text/markdown": {"schema": {"type": "string"}}}},
    },
)
def paper(
    paper: str,
    library: Seat,
    kind: Annotated[Literal["md", "json"], Query(alias="format")] = "json",
) -> Response:
    """`dpia`, `fria`, `system-card` or `record`, from live settings and committed reports."""
    if paper not in KINDS:
        raise HTTPException(404, NOTHING_HERE)
    text, made = library.papers.document(paper)
    if kind == "md":
        return PlainTextResponse(text, media_type="text/markdown")
    return told(made)


@router.get(
    "/models",
    operation_id="list_models",
    summary="The models, with their licences",
    dependencies=READ,
    response_model=papers.Models,
    responses=may_go_wrong(),
)
def models(library: Seat, who: Who) -> Response:
    """What for, whose, under which licence, and what is here of them."""
    library.enter()
    return told(shown({"models": health.models()}, who))


@router.get(
    "/doctor",
    operation_id="get_health",
    summary="Whether machine, weights and library are as they should be",
    dependencies=GOVERN,
    response_model=papers.Findings,
    responses=may_go_wrong(),
)
def doctor(library: Seat, who: Who) -> Response:
    """It looks and says what to do; it repairs nothing."""
    library.enter()
    found = health.doctor(library.folder, lambda: library)
    for each in found:
        each.update({key: _placeless(text, library.folder, who) for key, text in each.items()})
    return told({"findings": found, "wrong": sum(each["state"] == "wrong" for each in found)})


def _placeless(text: str, folder: Path, who: Asker) -> str:
    return text if sees_paths(who) else text.replace(str(folder), folder.name)


@router.post(
    "/videos/{video}/certificate",
    operation_id="certify_video",
    summary="Certify a video, or a part of it",
    dependencies=[Depends(needs(Need.EXPORT))],
    response_model=papers.Certificate,
    responses=may_go_wrong(404, 409),
)
def certify(
    video: Annotated[str, AnId],
    wanted: papers.Certify,
    library: Seat,
    who: Who,
    once: OnlyOnce,
) -> Response:
    """Hashes, how each note was made, words, and proofs from the log."""

    def make() -> Response:
        item = the(video, library, "export")
        part = wanted.part.value() if wanted.part else None
        words, made = library.evidence.certificate(item, part)
        return told(shown({"words": words, "certificate": made}, who))

    return once.reply(wanted, make, library.generation())


@router.get(
    "/videos/{video}/provenance",
    operation_id="get_provenance",
    summary="Where everything known of a video comes from, as W3C PROV-JSON",
    dependencies=[Depends(needs(Need.EXPORT))],
    response_model=papers.Provenance,
    responses=may_go_wrong(404),
)
def provenance(video: Annotated[str, AnId], library: Seat, who: Who) -> Response:
    """Files, stages, tools and their settings."""
    return told(shown(library.evidence.prov(the(video, library, "export")), who))


@router.post(
    "/consent/pack",
    operation_id="pack_subject",
    summary="Everything held about one person",
    dependencies=[*GOVERN, Depends(needs(Need.EXPORT))],
    response_class=Response,
    responses={
        **may_go_wrong(),
        200: {
            "description": "A ZIP: consent, parts, words noted there, who saw them.",
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        },
    },
)
def pack(wanted: rules.Withdraw, library: Seat) -> Response:
    """For a subject access request; it holds words of footage. 400 where nothing is noted."""
    out = io.BytesIO()
    with TemporaryDirectory(prefix="viewfinder-") as made, zipfile.ZipFile(out, "w") as packed:
        for path in library.subject(wanted.person, Path(made) / "pack"):
            packed.write(path, path.name)
    headers = {"Content-Disposition": 'attachment; filename="subject.zip"'}
    return Response(out.getvalue(), headers=headers, media_type="application/zip")


@router.post(
    "/scrub",
    operation_id="scrub",
    summary="Hash originals again, and compare",
    dependencies=GOVERN,
    response_model=papers.Checked,
    responses=may_go_wrong(404, 409),
)
def scrub(wanted: papers.Scrub, library: Seat, who: Who, once: OnlyOnce) -> Response:
    """Those named, or those that the schedule names. What is found is noted and logged."""

    def make() -> Response:
        chosen = [the(video, library, "add") for video in wanted.videos]
        due = chosen or library.evidence.due()
        found = [
            {"video": item.id, "path": item.path, "at": check.at, "found": check.found.value}
            for item, check in library.evidence.scrub(due)
        ]
        return told(shown({"checked": found}, who))

    return once.reply(wanted, make)
