"""The story of one turn: moments in, answer or reasoned silence out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from viewfinder.conversation import abstain, ground
from viewfinder.domain.answer import Answer, Outcome
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.search import Ranking, Shape
from viewfinder.governance.release import release

TELLING = 0.5
"""A moment is told of if it is at least this sure, as a share of the best one's confidence."""

ONE = (Shape.FIRST, Shape.LAST, Shape.LONGEST, Shape.SHORTEST)
"""Questions for one thing get one."""


def answer(
    ranking: Ranking,
    *,
    videos: Mapping[VideoId, Video],
    searched: Mapping[str, int],
    obligations: Sequence[str] = (),
) -> Answer:
    """Return what can be said about a ranking.

    Evidence passes the gate out before anything is worded from it; every sentence of
    the answer cites a released piece.
    """
    if not ranking.found or not ranking.moments:
        return abstain.nothing_found(ranking, searched)
    released = [release(ground.evidence(moment, videos), obligations) for moment in ranking.moments]
    enough = TELLING * ranking.moments[0].confidence
    telling = [
        pieces
        for moment, pieces in zip(ranking.moments, released, strict=True)
        if moment.confidence >= enough
    ]
    claims = ground.counted(telling) if ranking.plan.shape is Shape.COUNT else ()
    claims = claims or ground.claims(telling[:1] if ranking.plan.shape in ONE else telling)
    if not claims:
        return abstain.too_little(ranking, searched, ["the recogniser doubts its words"])
    return Answer(
        Outcome.ANSWER,
        "",
        claims=claims,
        moments=tuple(
            replace(
                moment,
                supports=tuple(
                    replace(support, text=piece.text)
                    for support, piece in zip(moment.supports, pieces, strict=True)
                ),
            )
            for moment, pieces in zip(ranking.moments, released, strict=True)
        ),
        plan=ranking.plan,
        searched=tuple(sorted(searched.items())),
        not_searched=ranking.not_searched,
    )
