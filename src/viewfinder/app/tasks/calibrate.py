"""Tests a library on judged questions, and keeps the threshold that the test certifies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from viewfinder.app.library import Library, Refused
from viewfinder.conversation import turn
from viewfinder.domain.answer import Outcome
from viewfinder.domain.errors import InputError
from viewfinder.domain.media import Video, VideoId
from viewfinder.evaluation import calibration, certificates, judgments, measures
from viewfinder.evaluation.certificates import Certificate
from viewfinder.evaluation.judgments import Judgment, Returned
from viewfinder.retrieval import certainty

RISK, DOUBT = 0.05, 0.05
START = 0.9
"""Certainty from which thresholds are lowered: fixed beforehand, low enough that a hundred
judged questions leave enough answers above it to test anything."""
STEP = 0.01


@dataclass(frozen=True, slots=True)
class Trial:
    """One question of the test.

    Attributes:
        certainty: Of its answer.
        there: Whether it has an answer.
        placed: Whether the answer, if it is given, cites a place that answers.
    """

    certainty: float
    there: bool
    placed: bool


def calibrate(
    library: Library,
    queries: Path,
    *,
    risk: float = RISK,
    doubt: float = DOUBT,
    today: date | None = None,
    tell: Callable[[int, int], None] = lambda _done, _of: None,
) -> Certificate:
    """Ask every question, test the thresholds, and keep what is certified.

    Args:
        library: To be tested.
        queries: Judged questions that no setting was chosen with (docs/how-to/evaluate.md).
        risk: Share of answers that may have nothing to find.
        doubt: Chance that the true share is higher than certified.
        today: To be noted as the day; today where None.
        tell: Called with (asked, of) as it goes on.

    Raises:
        InputError: The file is no such file, or names footage that is not in the library.
    """
    judged = [one for one in judgments.read(queries) if one.expected != "refuse"]
    videos = {video.id: video for video in library.videos()}
    missing = {r.file for j in judged for r in j.relevant} - {v.name for v in videos.values()}
    if missing or not judged:
        what = f"asks about {min(missing)!r}, which is not here" if missing else "asks nothing"
        raise InputError(f"{str(queries)!r} {what}; see docs/how-to/evaluate.md")
    trials = []
    for n, one in enumerate(judged):
        tell(n, len(judged))
        try:
            trials.append(_trial(library, one, videos))
        except Refused:
            continue
    made = _certificate(trials, tuple(videos), risk, doubt, today or date.today())
    library.calibration.keep(made)
    return made


def words(certificate: Certificate | None) -> str:
    """Return what is certified, in one sentence."""
    return certificates.summary(certificate)


def document(certificate: Certificate) -> dict[str, Any]:
    """Return a certificate for programs, with what it amounts to."""
    return {
        **asdict(certificate),
        "certified": certificate.threshold is not None,
        "coverage": round(certificate.coverage, 4),
        "needed": certificate.needed(),
        "words": certificates.summary(certificate),
    }


def _trial(library: Library, one: Judgment, videos: dict[VideoId, Video]) -> Trial:
    ranking = library.search(one.query)
    said = turn.answer(replace(ranking, found=True), videos=videos, searched={})
    cited = [Returned(videos[c.video].name, c.span) for k in said.claims for c in k.citations]
    placed = said.outcome is Outcome.ANSWER and any(
        measures.is_hit(place, gold) for place in cited for gold in one.relevant
    )
    return Trial(ranking.certainty, one.expected == "moments", placed)


def _certificate(
    trials: list[Trial], videos: tuple[VideoId, ...], risk: float, doubt: float, today: date
) -> Certificate:
    model = certainty.shipped()
    chance = np.array([trial.certainty for trial in trials])
    there = np.array([trial.there for trial in trials], float)
    placed = np.array([trial.placed for trial in trials], float)
    shipped = model.threshold(certainty.TOLERATED)
    found = calibration.certify(chance, there, risk=risk, doubt=doubt, starts=(START,), step=STEP)
    given = chance >= (shipped if found.threshold is None else found.threshold)
    return Certificate(
        model=model.name,
        videos=certificates.digest_of(videos),
        made=today.isoformat(),
        questions=len(trials),
        answerable=int(there.sum()),
        risk=risk,
        doubt=doubt,
        threshold=found.threshold,
        answers=int(given.sum()),
        errors=int((given & (there < 1)).sum()),
        placed=int((given * placed).sum()),
    )
