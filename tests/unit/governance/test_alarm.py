"""What stands out is said once; ordinary work, cases and daylight are not."""

from __future__ import annotations

from datetime import datetime, timedelta

from viewfinder.governance.keeping.alarm import Limits, Use, alarms

START = datetime(2026, 1, 5, 10)


def every(hours: float, times: int, *, who: str = "ann", **more: object) -> list[Use]:
    settings: dict[str, object] = {"action": "ask", **more}
    return [
        Use(START + timedelta(hours=hours * n), who, **settings)  # type: ignore[arg-type]
        for n in range(times)
    ]


def kinds(uses: list[Use]) -> list[str]:
    return [one.kind for one in alarms(uses)]


def test_one_target_again_and_again_without_a_case_is_told_once() -> None:
    uses = every(24, 10, targets=("t",))
    assert kinds(uses) == ["repeated-target"]
    assert alarms(uses)[0].target == "t"


def test_under_a_case_it_is_work() -> None:
    assert kinds(every(24, 10, targets=("t",), case="C-1")) == []


def test_many_times_on_one_day_is_one_piece_of_work() -> None:
    assert kinds(every(0.1, 30, targets=("t",))) == []


def test_different_people_asking_about_one_target_are_not_added_up() -> None:
    uses = [use for n in range(9) for use in every(24, 2, who=f"p{n}", targets=("t",))]
    assert kinds(sorted(uses, key=lambda use: use.at)) == []


def test_a_library_that_is_taken_home_is_told() -> None:
    assert kinds(every(0.05, 40, action="export")) == ["bulk-export"]
    assert kinds(every(24, 40, action="export")) == []


def test_night_after_night_is_told_and_one_late_evening_is_not() -> None:
    night = [Use(datetime(2026, 1, 5 + n, 23, m), "ann", "ask") for n in range(8) for m in (1, 2)]
    assert kinds(night) == ["odd-hours"]
    day = every(0.2, 40)
    assert kinds(sorted([*day, *night[:4]], key=lambda use: use.at)) == []


def test_an_alarm_comes_again_when_its_window_is_over() -> None:
    limits = Limits(target_window_d=5)
    uses = every(24, 20, targets=("t",))
    assert [one.kind for one in alarms(uses, limits)] == []  # five a window: below six
    more = every(12, 40, targets=("t",))
    assert len(alarms(more, limits)) == 4
