"""The story of one turn: moments in, answer or reasoned silence out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from viewfinder.conversation import abstain, ground
from viewfinder.conversation.checking import accusations, disagreements, gate
from viewfinder.conversation.checking.accusations import Level
from viewfinder.domain.answer import Answer, Claim, Outcome
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.search import Moment, Ranking, Shape, Support
from viewfinder.domain.segment import WORD_LANES, Segment
from viewfinder.domain.time import TimeSpan
from viewfinder.governance.release import release
from viewfinder.retrieval.assemble import TRACK

TELLING = 0.5
"""A moment is told of if it is at least this sure, as a share of the best one's confidence."""

LOOKED_AT = 3
"""Tracks are held against each other at so many of the places that are quoted."""

Beside = Callable[[VideoId, TimeSpan], Sequence[Segment]]
"""Gives what the index holds about a stretch of a video, of all its lanes."""

ONE = (Shape.FIRST, Shape.LAST, Shape.LONGEST, Shape.SHORTEST)
"""Questions for one thing get one."""


def answer(
    ranking: Ranking,
    *,
    videos: Mapping[VideoId, Video],
    searched: Mapping[str, int],
    obligations: Sequence[str] = (),
    beside: Beside | None = None,
) -> Answer:
    """Return what can be said about a ranking.

    Evidence passes the gate out before anything is worded from it; every sentence of
    the answer cites a released piece that bears it out (``checking.gate``). A question
    that accuses gets words about it, as words, or nothing (``checking.accusations``).
    """
    level = accusations.about(ranking.plan)
    ranking = replace(ranking, moments=accusations.guarded(ranking.moments, level))
    if level is Level.ACCUSES and not ranking.moments:
        return replace(
            abstain.nothing_found(ranking, searched),
            reason=accusations.REASON,
            alternative=accusations.ALTERNATIVE,
        )
    if not ranking.found or not ranking.moments:
        return abstain.nothing_found(ranking, searched)
    released = [release(ground.evidence(moment, videos), obligations) for moment in ranking.moments]
    enough = TELLING * ranking.moments[0].confidence
    telling = [
        pieces
        for moment, pieces in zip(ranking.moments, released, strict=True)
        if moment.confidence >= enough
    ]
    counts = ranking.plan.shape is Shape.COUNT and level is not Level.ACCUSES
    claims = ground.counted(telling) if counts else ()
    claims = claims or ground.claims(telling[:1] if ranking.plan.shape in ONE else telling)
    if not claims:
        return abstain.too_little(ranking, searched, ["the recogniser doubts its words"])
    said = Answer(
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
        confidence=ranking.certainty,
        certificate=ranking.certificate,
    )
    kept = checked(said, videos)
    if beside is None or kept.outcome is not Outcome.ANSWER:
        return kept
    return replace(kept, disagreements=_disagreements(kept, videos, obligations, beside))


def _disagreements(
    said: Answer, videos: Mapping[VideoId, Video], obligations: Sequence[str], beside: Beside
) -> tuple[Claim, ...]:
    """Return what tracks contradict each other about, where the answer quotes words."""
    cited = dict.fromkeys(
        (c.video, c.span) for claim in said.claims for c in claim.citations if c.verbatim
    )
    made: list[Claim] = []
    for video, span in list(cited)[:LOOKED_AT]:
        supports = tuple(
            Support(TRACK[segment.lane], part.text, part.span, 1.0, part)
            for segment in beside(video, span)
            if segment.lane in WORD_LANES
            for part in segment.parts
            if part.span.overlap_ns(span)
        )
        if len({support.track for support in supports}) < 2:
            continue
        moment = Moment(video, span, 1.0, supports)
        pieces = release(ground.evidence(moment, videos), obligations)
        pairs = [ground.contradiction(*pair) for pair in disagreements.found(pieces)]
        kept, _ = gate.passed(pairs, [(moment, ground.evidence(moment, videos))], videos)
        made += [claim for claim in kept if claim not in made]
    return tuple(made)


def checked(
    said: Answer, videos: Mapping[VideoId, Video], *, check: gate.Check = gate.by_words
) -> Answer:
    """Return an answer without the claims that do not hold; too few left is a silence.

    Whatever words an answer anew (``dialogue``, ``assist``) hands it through here.

    Args:
        said: Any answer; only one with claims is changed.
        videos: All videos in scope.
        check: Judges each sentence.
    """
    if said.outcome is not Outcome.ANSWER or said.plan is None:
        return said
    shown = [(moment, ground.evidence(moment, videos)) for moment in said.moments]
    level = accusations.about(said.plan)
    kept, why = gate.passed(said.claims, shown, videos, level=level, check=check)
    if not kept:
        ranking = Ranking(said.plan, said.moments, not_searched=said.not_searched)
        return abstain.too_little(ranking, dict(said.searched), why or ("nothing is cited",))
    return said if len(kept) == len(said.claims) else replace(said, claims=kept)
