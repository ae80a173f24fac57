"""Judges a library: the glue between its search and the measures that know nothing of it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from viewfinder.app.config import Assist
from viewfinder.app.library import Library
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Outcome
from viewfinder.domain.errors import InputError
from viewfinder.domain.search import Moment
from viewfinder.evaluation import ami, baselines, judgments, report
from viewfinder.evaluation.judgments import Response, Returned, System

OUTCOMES = {Outcome.ANSWER: "moments", Outcome.ABSTENTION: "abstain", Outcome.REFUSAL: "refuse"}
WINDOW_S = 60.0
MEASURED = 10


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Tables of one run, for people and for programs."""

    markdown: str
    table: dict[str, Any]


def run_queries(library: Library, queries: Path) -> Evaluation:
    """Judge a library on a file of queries, beside chance and plain BM25.

    Raises:
        InputError: The file is no such file, or names footage that is not in the library.
    """
    judged = judgments.read(queries)
    if not judged:
        raise InputError(f"{str(queries)!r} holds no queries; see docs/how-to/evaluate.md")
    names = {video.id: video.name for video in library.videos()}
    missing = sorted({r.file for j in judged for r in j.relevant} - set(names.values()))
    if missing:
        raise InputError(
            f"{len(missing)} of the files asked about are not in the library, e.g. "
            f"{missing[0]!r}; add them first"
        )
    systems: dict[str, System] = {
        "viewfinder": _library(library, names),
        **each_use(library, names),
        "BM25 on speech alone": _bm25(library, names),
        "chance": baselines.chance({v.name: v.span for v in library.videos()}),
    }
    made = report.evaluate(judged, systems)
    title = (
        f"# Queries of {queries.name}\n\n`viewfinder eval {queries.name}`, n = {len(judged)}\n\n"
    )
    return Evaluation(title + made.markdown, made.table)


def _library(library: Library, names: dict[Any, str]) -> System:
    def answer(query: str) -> Response:
        said = library.ask(query)
        moments = tuple(Returned(names[m.video], m.span) for m in said.moments)
        if said.outcome is Outcome.ABSTENTION:
            # What was found too weak to answer with is still judged as a ranking.
            ranked = library.search(query)
            moments = tuple(Returned(names[m.video], m.span) for m in ranked.moments)
        return Response(moments, OUTCOMES[said.outcome])

    return answer


def each_use(library: Library, names: dict[Any, str]) -> dict[str, System]:
    """Return the library by rules alone, and with one use of its model at a time.

    Only uses that are switched on and change an answer to a single question; none where no
    model is set.
    """
    set_to = library.config.assist
    on = [use for use in ("plan", "judge", "draft") if getattr(set_to, use)]
    if not (on and library.config.model.name):
        return {}
    asked = _library(library, names)

    def only(assist: Assist) -> System:
        def answer(query: str) -> Response:
            kept = library.config
            library.config = replace(kept, assist=assist)
            try:
                return asked(query)
            finally:
                library.config = kept

        return answer

    uses = {f"model, {use} alone": only(Assist(**{use: True})) for use in on}
    return {"rules alone": only(Assist()), **uses}


def _bm25(library: Library, names: dict[Any, str]) -> System:
    spoken = [
        (Returned(names[video], note.span), note.text)
        for video in names
        for track in library.tracks(video)
        if track.name in (TrackName.SPEECH, TrackName.CAPTIONS)
        for note in track.annotations
    ]
    return baselines.bm25_on_speech(spoken)


def run_ami(folder: Path, meetings: Path) -> Evaluation:
    """Judge search inside timed meetings: each is added as a transcript without footage.

    The meetings go into a library of their own in a temporary folder; ``folder`` gives
    the settings.
    """
    told = [meeting for meeting in ami.read(meetings) if meeting.questions]
    with tempfile.TemporaryDirectory(prefix="viewfinder-ami-") as home:
        files = Path(home) / "meetings"
        files.mkdir()
        for meeting in told:
            (files / f"{meeting.name}.vtt").write_text(ami.webvtt(meeting), "utf-8")
        settings = folder / "viewfinder.toml"
        own = Path(home) / "library"
        own.mkdir()
        if settings.is_file():
            (own / settings.name).write_text(settings.read_text("utf-8"), "utf-8")
        with Library.open(own, create=True) as library:
            for event in library.add([files]):
                if event.kind == "failed":
                    raise InputError(f"{event.path}: {event.text}")
            lines = {
                (meeting.name, n): _inside(library, meeting.name, question)
                for meeting in told
                for n, (question, _) in enumerate(meeting.questions)
            }
    means = ami.evaluate(told, lines)
    rows = "\n".join(
        f"| {name} | {100 * m.value:.1f} | [{100 * m.low:.1f}, {100 * m.high:.1f}] |"
        for name, m in means.items()
    )
    asked = sum(len(meeting.questions) for meeting in told)
    text = (
        f"# Search inside meetings, {meetings.name}\n\n`viewfinder eval {meetings.name}`, "
        f"{len(told)} meetings, {asked} questions\n\n| measure | % | 95 % interval |\n"
        f"|---|---|---|\n{rows}\n"
    )
    return Evaluation(text, {name: [m.value, m.low, m.high] for name, m in means.items()})


def _inside(library: Library, meeting: str, question: str) -> ami.Line:
    """Search one meeting, for windows of a minute and for moments of their own length."""
    plan = library.plan(question)
    inside = replace(plan, limit=MEASURED, filters=replace(plan.filters, files=(f"{meeting}.vtt",)))
    windows = library.search(replace(inside, window_s=WINDOW_S)).moments
    return ami.Line(_stretches(windows))


def _stretches(moments: Sequence[Moment]) -> tuple[ami.Stretch, ...]:
    return tuple((m.span.start_s, m.span.end_s) for m in moments)
