"""Results that are not "the best moments": whole files, the first, the longest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.media import MediaKind, Video
from viewfinder.domain.search import Filters, Moment, QueryPlan, Shape, Support
from viewfinder.retrieval.asking import facts

EQUAL = 0.5
"""Moments at least this sure, as a share of the best, take part in "first" and "longest"."""


def asks_for_files(plan: QueryPlan) -> bool:
    """Tell whether facts about files answer the plan alone."""
    return not plan.text and plan.like is None and not plan.anchor and not plan.phrases


def files(plan: QueryPlan, videos: Sequence[Video]) -> tuple[Moment, ...]:
    """Return whole files as moments, with the facts that let them in.

    ``videos`` are those that the filters let through already.
    """
    order = sorted(
        (video for video in videos if _has_footage(video) or plan.filters.has),
        key=lambda video: (video.name, video.id),
    )
    if plan.shape is Shape.LONGEST:
        order.sort(key=lambda video: -video.duration_ns)
    elif plan.shape is Shape.SHORTEST:
        order.sort(key=lambda video: video.duration_ns)
    elif plan.shape in (Shape.FIRST, Shape.LAST):
        order = [video for video in order if video.created]
        order.sort(key=lambda video: video.created or "", reverse=plan.shape is Shape.LAST)
    picks_one = plan.shape not in (Shape.VIDEOS, Shape.COUNT, Shape.MOMENTS)
    return tuple(
        Moment(
            video.id,
            video.span,
            1.0 / rank,
            tuple(
                Support(TrackName.METADATA, fact, video.span, 1.0)
                for fact in stated(plan.filters, plan.shape, video)
            ),
            1.0 if rank == 1 or not picks_one else 0.4,
        )
        for rank, video in enumerate(order[: plan.limit], 1)
    )


def _has_footage(video: Video) -> bool:
    """Tell whether there is a file behind; words alone have no length and lack no sound."""
    return video.kind is not MediaKind.OFFLINE


def stated(filters: Filters, shape: Shape, video: Video) -> tuple[str, ...]:
    """Return the facts of a video that a plan asks about, in plain words."""
    made: list[str] = []
    if shape in (Shape.LONGEST, Shape.SHORTEST) or (
        filters.min_duration_s is not None or filters.max_duration_s is not None
    ):
        made.append(f"lasts {video.span.duration_s:.1f} s")
    if filters.orientation and video.width and video.height:
        made.append(f"{facts.orientation(video)}, {video.width}x{video.height} pixels")
    made += [f"has {what}" for what in filters.has]
    made += [f"has no {what}" for what in filters.lacks]
    if video.created and (filters.after or filters.before or shape in (Shape.FIRST, Shape.LAST)):
        made.append(f"recorded {video.created[:10]}")
    return tuple(made) or (video.name,)


def ordered(shape: Shape, moments: Sequence[Moment]) -> tuple[Moment, ...]:
    """Return moments in the order that "first" or "longest" asks for.

    Only moments nearly as sure as the best take part; "first" and "last" mean in the
    video of the best one.
    """
    keys: dict[Shape, Callable[[Moment], int]] = {
        Shape.FIRST: lambda moment: moment.span.start_ns,
        Shape.LAST: lambda moment: -moment.span.end_ns,
        Shape.LONGEST: lambda moment: -moment.span.duration_ns,
        Shape.SHORTEST: lambda moment: moment.span.duration_ns,
    }
    if shape not in keys or not moments:
        return tuple(moments)
    best = moments[0]
    sure = [m for m in moments if m.confidence >= EQUAL * best.confidence]
    if shape in (Shape.FIRST, Shape.LAST):
        sure = [m for m in sure if m.video == best.video]
    rest = [m for m in moments if m not in sure]
    return (*sorted(sure, key=lambda m: (keys[shape](m), m.video, m.span)), *rest)
