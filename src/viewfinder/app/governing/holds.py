"""Legal holds as keepers place, review and release them: ``Library.governing.holds``."""

from __future__ import annotations

from datetime import UTC, date, datetime

from viewfinder.app.governing.desk import Desk
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Decision
from viewfinder.governance.keeping import holds
from viewfinder.governance.keeping.holds import Hold, Step

__all__ = ["Hold", "Holds"]


class Holds:
    """Keeps footage from being forgotten while a case needs it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def standing(self, video: VideoId | None = None) -> list[Hold]:
        """Return the holds that stand, of one video or of all.

        Raises:
            Refused: The policy does not allow it.
        """
        self._desk.admitted("hold")
        return self._standing(video)

    def _standing(self, video: VideoId | None = None) -> list[Hold]:
        found = holds.standing(self._desk.store.facts(holds.KIND))
        return [hold for hold in found if video in (None, hold.video)]

    def due(self) -> list[Hold]:
        """Return the holds that somebody has to look at again."""
        now = datetime.now(UTC).isoformat()
        return [hold for hold in self.standing() if hold.is_due(now)]

    def place(self, video: Video, *, case: str, reason: str, review: str) -> Hold:
        """Keep a video until the hold is released.

        Raises:
            UsageError: Case, reason or day of review is missing.
        """
        return self._lay_down(video.id, Step("place", 0, case, reason, _day(review)))

    def review(self, number: int, *, reason: str, review: str) -> Hold:
        """Say that a hold was looked at and still stands, and when to look again."""
        held = self._numbered(number)
        return self._lay_down(held.video, Step("review", number, "", reason, _day(review)))

    def release(self, number: int, *, reason: str) -> Hold:
        """Let go of a hold; return what it was."""
        held = self._numbered(number)
        self._lay_down(held.video, Step("release", number, "", reason))
        return held

    def refusal(self, video: VideoId) -> Decision | None:
        """Return why a video may not be forgotten, None where nothing holds it."""
        found = self._standing(video)
        if not found:
            return None
        cases = ", ".join(dict.fromkeys(hold.case for hold in found))
        return Decision(
            False,
            "legal-hold",
            f"It is held for {cases}.",
            f"Have the hold released first: `viewfinder hold release {found[0].no}`.",
        )

    def _numbered(self, number: int) -> Hold:
        for hold in self.standing():
            if hold.no == number:
                return hold
        raise InputError(f"no hold {number} stands; `viewfinder hold list` shows those that do")

    def _lay_down(self, video: VideoId, step: Step) -> Hold:
        self._desk.admitted("hold")
        fact = self._desk.store.commit_fact(
            holds.KIND,
            holds.body(step),
            video=video,
            event=self._desk.event("hold", video=video, act=step.act, of=step.of, case=step.case),
        )
        number = fact.no if step.act == "place" else step.of
        found = [hold for hold in self.standing(video) if hold.no == number]
        return found[0] if found else Hold(number, video, "", "", "", fact.by, fact.at)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise UsageError(f"{text!r} is no day; write it as 2027-01-31") from error
