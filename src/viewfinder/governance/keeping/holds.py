"""Legal holds: while one stands, nothing of a video is forgotten, by anybody or any schedule."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import VideoId
from viewfinder.domain.registry import Fact

KIND = "hold"


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a video must stay.

    Attributes:
        no: Its number, by which it is reviewed and released.
        video: Which.
        case: For which case.
        reason: In words.
        review: Day on which somebody has to look at it again, ISO 8601.
        placed_by: Who.
        placed_at: When, ISO 8601, UTC.
    """

    no: int
    video: VideoId
    case: str
    reason: str
    review: str
    placed_by: str
    placed_at: str

    def is_due(self, now: str) -> bool:
        """Tell whether its review is due; it holds all the same."""
        return self.review <= now[: len(self.review)]


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody did about holds.

    Attributes:
        act: "place", "review" or "release".
        of: Number of the hold, for what is done to one that stands.
        case: See ``Hold``; only for a new one.
        reason: In words.
        review: Next day of review; not for a release.
    """

    act: str
    of: int = 0
    case: str = ""
    reason: str = ""
    review: str = ""

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise UsageError("a hold and what is done about it needs a reason: --reason")
        if self.act == "place" and not self.case.strip():
            raise UsageError("a hold needs a case: --for-case")
        if self.act != "release" and not self.review:
            raise UsageError("a hold needs a day of review: --review 2027-01-31")


def body(step: Step) -> str:
    return json.dumps(asdict(step), sort_keys=True, ensure_ascii=False)


def standing(facts: Iterable[Fact]) -> list[Hold]:
    """Return the holds that stand, in the order they were placed."""
    holds: dict[int, Hold] = {}
    for fact in facts:
        said = json.loads(fact.body)
        if fact.video is None:
            continue
        if said["act"] == "place":
            holds[fact.no] = Hold(
                fact.no,
                fact.video,
                said["case"],
                said["reason"],
                said["review"],
                fact.by,
                fact.at,
            )
        elif said["act"] == "release":
            holds.pop(said["of"], None)
        elif (held := holds.get(said["of"])) is not None:
            fields = {name: getattr(held, name) for name in Hold.__dataclass_fields__}
            holds[held.no] = Hold(**{**fields, "review": said["review"]})
    return list(holds.values())
