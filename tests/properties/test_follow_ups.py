"""Whatever is said, in whatever talk: resolving gives a value, the same one every time."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from viewfinder.conversation import resolve
from viewfinder.domain.answer import Answer, Outcome
from viewfinder.domain.conversation import (
    Choice,
    Constraints,
    Conversation,
    Resolved,
    Step,
    Turn,
)
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Moment, QueryPlan
from viewfinder.domain.time import TimeSpan
from viewfinder.testing.fakes import video

KNOWN = tuple(video(name) for name in ("bridge.mp4", "harbour.mp4", "trailer.mp4"))
VIDEOS = {v.id: v for v in KNOWN}
GONE = VideoId("f" * 64)
SAID = (
    *("the second one", "the ninth one", "number 3", "the last one", "next one", "previous one"),
    *("and before that?", "what happens right after?", "what does she say next?", "and then"),
    *("only red ones", "without people", "same but at night", "not the animated ones"),
    *("only the ones with text on screen", "which of those shows a bike?", "how many of those?"),
    *("anywhere else?", "other countdowns?", "in all videos", "no, I meant the other clip"),
    *("and one in the trailer?", "in the telescope video", "go back to the bridge", "thanks"),
    *("by the way, what is a tram?", "why this one?", "show me the words before and after"),
    *("compare the first and the second", "summarise what we found", "never mind", "WHO IS IT"),
    *("und davor?", "der zweite", "nur die roten", "et après ?", "le deuxième", "¿y antes?"),
    *("how does it end?", "what is said first?", "find the meeting", "is he there", "", "?", "and"),
)
questions = st.one_of(st.sampled_from(SAID), st.text(max_size=60))


@st.composite
def moments(draw: st.DrawFn) -> Moment:
    start = draw(st.integers(0, 80))
    span = TimeSpan.of_seconds(start, start + draw(st.integers(0, 15)))
    where = draw(st.sampled_from([*VIDEOS, GONE]))
    return Moment(where, span, 1.0, (), draw(st.floats(0, 1)))


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    asked = draw(questions)
    shown = tuple(draw(st.lists(moments(), max_size=4)))
    limits = Constraints(
        videos=tuple(draw(st.lists(st.sampled_from([*VIDEOS, GONE]), max_size=2, unique=True))),
        not_videos=tuple(draw(st.lists(st.sampled_from([*VIDEOS, GONE]), max_size=1))),
    )
    outcome = draw(st.sampled_from(list(Outcome)))
    choices: tuple[Choice, ...] = ()
    if outcome is Outcome.CLARIFICATION:
        choices = tuple(Choice(n, "bridge.mp4", m.video) for n, m in enumerate(shown, 1))
    resolved = Resolved(
        draw(st.sampled_from(list(Step))),
        asked,
        text=asked,
        topic=draw(st.sampled_from(["", "cars", "the bridge at night"])),
        constraints=limits,
        moments=shown,
        choices=choices,
        language=draw(st.sampled_from(["en", "de", "fr", "es"])),
    )
    return Turn(asked, resolved, Answer(outcome, "", plan=QueryPlan(asked, asked)), shown)


talks = st.lists(turns(), max_size=5).map(lambda made: Conversation(tuple(made)))


def first(what: str, among: Sequence[VideoId]) -> VideoId | None:
    """Find a video by the letter its description begins with, none for the others."""
    return KNOWN[len(what) % len(KNOWN)].id if len(what) % 2 else None


@given(questions, talks)
def test_resolving_names_only_videos_in_scope_and_does_so_again(
    question: str, talk: Conversation
) -> None:
    known = resolve.Known(VIDEOS, first)
    made = resolve.resolve(question, talk, known)
    named = {
        *made.constraints.videos,
        *made.constraints.not_videos,
        *(m.video for m in made.moments),
        *(c.video for c in made.choices if c.video),
    }
    assert named <= set(VIDEOS)
    assert resolve.resolve(question, talk, known) == made


@given(questions, talks)
def test_work_on_shown_moments_has_moments_to_work_on(question: str, talk: Conversation) -> None:
    made = resolve.resolve(question, talk, resolve.Known(VIDEOS, first))
    idle = (Step.SEARCH, Step.CLARIFY, Step.REMARK, Step.COUNT)
    assert made.step in idle or made.moments
    assert made.step not in (Step.BEFORE, Step.AFTER) or made.constraints.stretch is not None


@given(questions)
def test_an_empty_talk_limits_nothing(question: str) -> None:
    made = resolve.resolve(question, Conversation(), resolve.Known(VIDEOS, first))
    assert made.constraints == Constraints()
    assert made.step in (Step.SEARCH, Step.CLARIFY, Step.REMARK)
