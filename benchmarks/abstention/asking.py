"""Asks every question of the set and notes the signs, and whether the answer would hold.

Three kinds of questions: those of ``questions.jsonl``, the development queries over the
clips with the questions of the meetings, and *taken out*: a question that has an answer,
asked with the videos that answer it out of scope, so that the same words have none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from viewfinder.app.library import Library, Refused
from viewfinder.conversation import turn
from viewfinder.domain.answer import Outcome
from viewfinder.domain.search import QueryPlan
from viewfinder.evaluation import ami, judgments, measures
from viewfinder.evaluation.ami import Meeting
from viewfinder.evaluation.judgments import Judgment, Returned

EVERY = 3
"""Every third meeting of the larger split is taken: 53 meetings in all."""
BROAD = ("visual", "metadata", "injection", "other_language")
"""Questions of these kinds may be answered by other clips too, so nothing is taken out."""


@dataclass(frozen=True)
class Asked:
    """One question and what came of it.

    Attributes:
        id: Of the question.
        type: Of the question.
        query: As asked.
        collection: "clips" or "meetings".
        group: Video or series of meetings it is about: never split over folds.
        answerable: Whether it has an answer in scope.
        signs: As ``Ranking.signs``.
        belief: Confidence of the first moment, which decided before.
        held: Whether an answer, had one been given, cites a place that answers.
        search_s: CPU seconds of search.
    """

    id: str
    type: str
    query: str
    collection: str
    group: str
    answerable: bool
    signs: tuple[tuple[str, float], ...] = ()
    belief: float = 0.0
    held: bool = False
    search_s: float = 0.0


@dataclass(frozen=True)
class Question:
    """A question before it is asked, with where it is asked."""

    judged: Judgment
    collection: str
    group: str
    within: str = ""
    without: tuple[str, ...] = field(default=())


def own(path: Path) -> list[Question]:
    """Return the questions made for this."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        Question(judged, row["collection"], row["group"], row.get("within", ""))
        for judged, row in zip(judgments.read(path), rows, strict=True)
    ]


def development(path: Path) -> list[Question]:
    """Return the queries over the clips that are not to be refused."""
    return [
        Question(judged, "clips", _home(judged))
        for judged in judgments.read(path)
        if judged.expected != "refuse"
    ]


def _home(judged: Judgment) -> str:
    return judged.relevant[0].file if judged.relevant else f"open{sum(judged.id.encode()) % 24:02}"


def taken_out(asked: Iterable[Question]) -> Iterator[Question]:
    """Yield the questions that have an answer, with the videos that hold it out of scope."""
    for question in asked:
        judged = question.judged
        if question.collection == "clips" and judged.relevant and judged.type not in BROAD:
            files = tuple(sorted({gold.file for gold in judged.relevant}))
            gone = Judgment(f"x{judged.id}", "taken_out", judged.query, (), "abstain")
            yield Question(gone, "clips", files[0], without=files)


def meetings(folder: Path) -> list[Meeting]:
    """Return the meetings that are asked about."""
    return [*ami.read(folder / "val.jsonl"), *ami.read(folder / "train.jsonl")[::EVERY]]


def of_meetings(told: Iterable[Meeting]) -> Iterator[Question]:
    """Yield the questions people asked of the meetings."""
    for meeting in told:
        file = f"{meeting.name}.vtt"
        for n, (query, spans) in enumerate(meeting.questions):
            gold = tuple(
                judgments.Relevant(file, judgments.TimeSpan.of_seconds(a, b)) for a, b in spans
            )
            judged = Judgment(f"{meeting.name}-{n}", "meeting", query, gold)
            yield Question(judged, "meetings", meeting.name[:6], file)


def ask(library: Library, question: Question) -> Asked | None:
    """Return what came of a question; None where policy refuses it."""
    judged = question.judged
    names = {video.id: video.name for video in library.videos()}
    try:
        plan = _placed(library.plan(judged.query), question, sorted(names.values()))
        start_s = time.process_time()
        ranking = library.search(plan)
        spent_s = time.process_time() - start_s
    except Refused:
        return None
    videos = {video.id: video for video in library.videos()}
    said = turn.answer(replace(ranking, found=True), videos=videos, searched={})
    cited = [Returned(names[c.video], c.span) for claim in said.claims for c in claim.citations]
    held = said.outcome is Outcome.ANSWER and any(
        measures.is_hit(place, gold) for place in cited for gold in judged.relevant
    )
    return Asked(
        judged.id,
        judged.type,
        judged.query,
        question.collection,
        question.group,
        judged.expected == "moments",
        ranking.signs,
        ranking.moments[0].confidence if ranking.moments else 0.0,
        held,
        spent_s,
    )


def _placed(plan: QueryPlan, question: Question, names: list[str]) -> QueryPlan:
    if question.within:
        return replace(plan, filters=replace(plan.filters, files=(question.within,)))
    if question.without:
        left = tuple(name for name in names if name not in question.without)
        return replace(plan, filters=replace(plan.filters, files=left))
    return plan


def from_json(row: dict[str, Any]) -> Asked:
    signs = tuple((str(name), float(value)) for name, value in row["signs"])
    return Asked(**{**row, "signs": signs})
