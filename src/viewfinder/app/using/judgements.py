"""What people say of answers and moments: ``Library.mine.judgements``.

Kept so that ``viewfinder eval`` can read them: what was judged relevant becomes a file of
queries with the moments that answer them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from viewfinder.app.using.desk import Desk, said
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.slips import Slip, SlipId, SlipKind
from viewfinder.domain.time import TimeSpan

__all__ = ["Judgement", "Judgements", "Verdict"]

QUESTION_CHARACTERS = 4000
NOTE_CHARACTERS = 4000
_ACTION = "judge"
_TYPE = "judged"


class Verdict(StrEnum):
    """What somebody says: of a moment, or (thumbs) of a whole answer."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not relevant"
    GOOD = "good answer"
    BAD = "bad answer"

    @property
    def is_yes(self) -> bool:
        return self in (Verdict.RELEVANT, Verdict.GOOD)

    @property
    def of_answer(self) -> bool:
        return self in (Verdict.GOOD, Verdict.BAD)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody said of one moment that a question brought, or of an answer.

    Attributes:
        id: Which.
        question: As asked.
        verdict: What they said.
        video: Of the moment; None for an answer that cited none.
        span: When.
        note: Why, in their words; "" for nothing.
        by: Who.
        at: When they said so, ISO 8601, UTC.
    """

    id: SlipId
    question: str
    verdict: Verdict
    video: VideoId | None
    span: TimeSpan | None
    note: str
    by: str
    at: str


class Judgements:
    """Keeps judgements; they are the judge's own, and go with the video they point at."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self) -> list[Judgement]:
        """Return the asker's own, oldest first."""
        return [_judgement(slip) for slip in self._slips()]

    def moment(
        self, question: str, video: Video, span: TimeSpan, *, relevant: bool, note: str = ""
    ) -> Judgement:
        """Say whether a moment answers a question; another word of it replaces the first."""
        verdict = Verdict.RELEVANT if relevant else Verdict.NOT_RELEVANT
        return self._keep(question, verdict, [(video.id, span)], note)[0]

    def answer(
        self,
        question: str,
        cited: Sequence[tuple[VideoId, TimeSpan]] = (),
        *,
        good: bool,
        note: str = "",
    ) -> list[Judgement]:
        """Say whether an answer was any good, with the moments that it cited.

        It is kept once for each video and stretch, so that forgetting one takes no other's;
        an answer that cited nothing is kept by itself.
        """
        verdict = Verdict.GOOD if good else Verdict.BAD
        return self._keep(question, verdict, list(dict.fromkeys(cited)) or [None], note)

    def forget(self, named: str) -> tuple[str, ...]:
        """Take a judgement back; return what remains of it for now, and until when.

        Raises:
            InputError: No such judgement.
        """
        found = [slip for slip in self._slips() if slip.id == named]
        if not found:
            raise InputError(f"no judgement {named!r} here; `viewfinder judge list` shows them")
        return self._desk.forget(found[0], _ACTION)

    def export(self) -> str:
        """Return the asker's judgements as a file of queries that ``viewfinder eval`` reads.

        One line of JSON for each question that something was judged relevant for: grade 2
        for a moment, 1 for what a good answer cited. A good answer that found nothing becomes
        a question that nothing answers. ``not_relevant`` stands beside, for people.

        Raises:
            Refused: The policy allows no export.
        """
        scope = self._desk.admitted("export")
        names = {video.id: video.name for video in self._desk.store.videos(scope=scope)}
        made = [one for one in self.all() if one.video is None or one.video in names]
        self._desk.store.log(self._desk.event("export", kind="judgements", count=len(made)))
        lines = (json.dumps(row, ensure_ascii=False) for row in _rows(made, names))
        return "".join(f"{line}\n" for line in lines)

    def _keep(
        self,
        question: str,
        verdict: Verdict,
        moments: Sequence[tuple[VideoId, TimeSpan] | None],
        note: str,
    ) -> list[Judgement]:
        question = question.strip()
        if not question or len(question) > QUESTION_CHARACTERS or len(note) > NOTE_CHARACTERS:
            raise UsageError("a judgement needs the question it is about, and no long note")
        there = {video.id for video in self._desk.store.videos(scope=self._desk.admitted("show"))}
        if any(moment and moment[0] not in there for moment in moments):
            raise InputError("there is no such video here")
        before = {_about(each): each.id for each in self.all()}
        slips = []
        for moment in moments:
            video, span = moment or (None, None)
            body = {
                "question": question,
                "verdict": verdict,
                "video": video,
                "span_ns": None if span is None else [span.start_ns, span.end_ns],
                "note": note,
            }
            key = (question, video, span, verdict.of_answer)
            slips.append(
                self._desk.slip(
                    SlipKind.JUDGEMENT,
                    body,
                    known=before.get(key),
                    videos=[] if video is None else [video],
                    span=span,
                    words=f"{question}\n{note}",
                )
            )
        videos = sorted({moment[0] for moment in moments if moment})
        self._desk.keep(slips, _ACTION, act=verdict.value, videos=videos)
        return [_judgement(slip) for slip in slips]

    def _slips(self) -> list[Slip]:
        return [s for s in self._desk.slips(SlipKind.JUDGEMENT) if s.by == self._desk.asker]


def _about(made: Judgement) -> tuple[object, ...]:
    return made.question, made.video, made.span, made.verdict.of_answer


def _judgement(slip: Slip) -> Judgement:
    body = said(slip)
    span = None if body["span_ns"] is None else TimeSpan(*body["span_ns"])
    video = None if body["video"] is None else VideoId(body["video"])
    verdict = Verdict(body["verdict"])
    return Judgement(
        slip.id, body["question"], verdict, video, span, body["note"], slip.by, slip.at
    )


def _rows(made: Sequence[Judgement], names: dict[VideoId, str]) -> Iterator[dict[str, Any]]:
    questions: dict[str, list[Judgement]] = {}
    for one in made:
        questions.setdefault(one.question, []).append(one)
    for number, (question, said_of) in enumerate(questions.items(), 1):
        denied = {(j.video, j.span) for j in said_of if j.verdict is Verdict.NOT_RELEVANT}
        grades: dict[tuple[VideoId, TimeSpan], int] = {}
        for one in said_of:
            if one.video and one.span and one.verdict.is_yes:
                key = one.video, one.span
                grade = 1 if one.verdict.of_answer else 2
                if key not in denied:
                    grades[key] = max(grade, grades.get(key, 0))
        is_empty = any(j.verdict is Verdict.GOOD and j.video is None for j in said_of)
        if not grades and not is_empty:
            continue
        yield {
            "id": f"judged-{number}",
            "type": _TYPE,
            "query": question,
            "expected": "moments" if grades else "abstain",
            "relevant": [
                {**_where(video, span, names), "grade": grade}
                for (video, span), grade in grades.items()
            ],
            "not_relevant": [
                _where(one.video, one.span, names)
                for one in said_of
                if one.verdict is Verdict.NOT_RELEVANT and one.video and one.span
            ],
        }


def _where(video: VideoId, span: TimeSpan, names: dict[VideoId, str]) -> dict[str, Any]:
    return {
        "file": names[video],
        "start_s": round(span.start_s, 3),
        "end_s": round(span.end_s, 3),
    }
