"""Searching with some of it switched off: what is off finds nothing and supports nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.search import QueryPlan, Ranking
from viewfinder.domain.segment import Lane
from viewfinder.governance.keeping.switches import Switches

LANE_OF = {
    TrackName.SPEECH: Lane.SPEECH,
    TrackName.CAPTIONS: Lane.CAPTIONS,
    TrackName.SCREEN_TEXT: Lane.SCREEN_TEXT,
    TrackName.METADATA: Lane.METADATA,
    TrackName.SHOTS: Lane.PICTURE,
    TrackName.LABELS: Lane.PICTURE,
    TrackName.OBJECTS: Lane.PICTURE,
    TrackName.LOOK: Lane.PICTURE,
}


def searched(
    plan: QueryPlan, switches: Switches, search: Callable[[QueryPlan], Ranking]
) -> Ranking:
    """Return what is found with the lanes that are on; says which are off."""
    on = switches.lanes
    if len(on) == len(Lane):
        return search(plan)
    off = tuple(f"{lane.value.replace('_', ' ')}: switched off" for lane in Lane if lane not in on)
    wanted = tuple(lane for lane in (plan.filters.lanes or tuple(Lane)) if lane in on)
    if not wanted or (plan.like and Lane.PICTURE not in on):
        return Ranking(plan, (), found=False, not_searched=off)
    ranking = search(replace(plan, filters=replace(plan.filters, lanes=wanted)))
    kept = []
    for moment in ranking.moments:
        supports = tuple(s for s in moment.supports if LANE_OF[s.track] in on)
        if supports:
            kept.append(replace(moment, supports=supports))
    return replace(
        ranking,
        plan=plan,
        moments=tuple(kept),
        found=ranking.found and bool(kept),
        not_searched=(*ranking.not_searched, *off),
    )
