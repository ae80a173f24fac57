"""When to say no, and how: what was looked for, where, and what could not be searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from viewfinder.domain.answer import Answer, Outcome
from viewfinder.domain.policy import Decision
from viewfinder.domain.search import Ranking


def refusal(decision: Decision) -> Answer:
    """Return a refusal with its rule and a lawful way on."""
    return Answer(
        Outcome.REFUSAL,
        decision.reason,
        rule=decision.rule,
        alternative=decision.alternative,
        appeal=decision.appeal,
    )


def nothing_found(ranking: Ranking, searched: Mapping[str, int]) -> Answer:
    """Return an abstention; weak matches stay visible as moments, never as claims."""
    return Answer(
        Outcome.ABSTENTION,
        _reason(ranking, searched),
        moments=ranking.moments[:3],
        plan=ranking.plan,
        searched=tuple(sorted(searched.items())),
        not_searched=ranking.not_searched,
        confidence=ranking.certainty,
        certificate=ranking.certificate,
    )


def _reason(ranking: Ranking, searched: Mapping[str, int]) -> str:
    videos = searched.get("videos", 0)
    if videos == 0:
        return "Nothing was searched: no video meets the question's conditions."
    reason = f"Not found; {videos} video{'s were' if videos != 1 else ' was'} searched."
    if ranking.moments:
        reason += " There are weak matches, nothing certain."
    if ranking.not_searched:
        reason += " Not everything could be searched."
    return reason


def too_little(ranking: Ranking, searched: Mapping[str, int], why: Sequence[str]) -> Answer:
    """Return an abstention for moments whose words may not be quoted."""
    return Answer(
        Outcome.ABSTENTION,
        "Something matches, but nothing of it may be quoted: " + "; ".join(why) + ".",
        moments=ranking.moments,
        plan=ranking.plan,
        searched=tuple(sorted(searched.items())),
        not_searched=ranking.not_searched,
        confidence=ranking.certainty,
        certificate=ranking.certificate,
    )
