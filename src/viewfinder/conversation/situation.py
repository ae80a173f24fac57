"""What resolving has to go by, and the shapes a resolution may take."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from viewfinder.conversation.followups import Cues, Reading, tidy
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Outcome
from viewfinder.domain.conversation import (
    Choice,
    Constraints,
    Conversation,
    Resolved,
    Step,
    Turn,
)
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.search import Moment
from viewfinder.domain.words import terms
from viewfinder.retrieval.asking import language

FOCUS = 0.75
"""A video is in focus if its best moment is at least this sure, as a share of the best."""
IN_FOCUS = 3
REMEMBERED = 100
"""Turns that a follow-up may reach back to: a talk may grow, a turn costs no more for it."""

Locate = Callable[[str, Sequence[VideoId]], VideoId | None]
"""Gives the one video that some words describe, among some (or all, where none given)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What resolving may look at besides the conversation.

    Attributes:
        videos: All videos in scope.
        locate: Finds a video by what is in it.
    """

    videos: Mapping[VideoId, Video]
    locate: Locate


@dataclass(frozen=True, slots=True)
class Case:
    """What every rule gets to see."""

    said: Reading
    cues: Cues
    talk: Conversation
    known: Known

    @property
    def text(self) -> str:
        return self.said.text

    @property
    def last(self) -> Turn | None:
        return self.talk.last

    @property
    def topic(self) -> str:
        return self.last.resolved.topic if self.last else ""

    @property
    def shown(self) -> tuple[Moment, ...]:
        return self.talk.showing.shown if self.talk.showing else ()

    @property
    def listed(self) -> tuple[Moment, ...]:
        """What labels point at: the last list of several, until another is shown."""
        lists = [t.shown for t in self.talk.turns if len(t.shown) > 1]
        return lists[-1] if lists else self.shown

    @property
    def is_referring(self) -> bool:
        return self.cues.search("refers", self.text) is not None

    def name(self, video: VideoId) -> str:
        return self.known.videos[video].name if video in self.known.videos else "?"

    def alive(self) -> Case:
        """Return the case without what is long past, and without videos that are gone."""
        turns = tuple(_alive(t, self.known.videos) for t in self.talk.turns[-REMEMBERED:])
        return replace(self, talk=Conversation(turns))


def _alive(turn: Turn, videos: Mapping[VideoId, Video]) -> Turn:
    done = turn.resolved
    limits = done.constraints
    kept = replace(
        limits,
        videos=tuple(v for v in limits.videos if v in videos),
        not_videos=tuple(v for v in limits.not_videos if v in videos),
    )
    return replace(
        turn,
        shown=_in(videos, turn.shown),
        resolved=replace(
            done,
            constraints=kept,
            moments=_in(videos, done.moments),
            choices=tuple(c for c in done.choices if c.video is None or c.video in videos),
        ),
    )


def _in(videos: Mapping[VideoId, Video], moments: Sequence[Moment]) -> tuple[Moment, ...]:
    return tuple(m for m in moments if m.video in videos)


def focus(talk: Conversation) -> tuple[VideoId, ...]:
    """Return the videos that the talk is about, the likeliest first.

    Weak matches are no likelier for being alike: of those only the first counts.
    """
    showing = talk.showing
    if showing is None:
        return ()
    if showing.answer.outcome is Outcome.ABSTENTION:
        return (showing.shown[0].video,)
    shown = showing.shown
    if _is_titled(shown[0]):  # asked for by name: what only resembles the name is not meant
        shown = tuple(m for m in shown if _is_titled(m))
    enough = FOCUS * max(m.confidence for m in shown)
    sure = dict.fromkeys(m.video for m in shown if m.confidence >= enough)
    return tuple(sure)[:IN_FOCUS]


def _is_titled(moment: Moment) -> bool:
    return bool(moment.supports) and moment.supports[0].track is TrackName.METADATA


def everywhere(case: Case, text: str, *, note: bool = False) -> Resolved:
    """Return a question to everything."""
    return Resolved(
        Step.SEARCH,
        text,
        text=text,
        topic=topic_of(text, case),
        presupposes=case.cues.search("whether", text) is None,
        note=text if note or case.said.is_switch else "",
    )


def inside(
    case: Case,
    text: str,
    videos: tuple[VideoId, ...],
    *,
    away: tuple[VideoId, ...] = (),
    note: bool = False,
) -> Resolved:
    """Return a question to some videos, or to all but some."""
    names = " or ".join(case.name(v) for v in videos)
    where = f" in {names}" if names else ""
    if away:
        where = f" in any video but {', '.join(case.name(v) for v in away)}"
    elif note and not videos:
        where = " in all videos"
    whole = f"{text}{where}{_about(text, case)}"
    return Resolved(
        Step.SEARCH,
        whole,
        text=text,
        topic=topic_of(text, case) or case.topic,
        constraints=Constraints(videos=videos, not_videos=away),
        presupposes=case.cues.search("whether", text) is None and not away,
        note=whole,
    )


_LONGEST_TOPIC = 6
"""Words of a topic that is told; longer ones are questions."""


def _about(text: str, case: Case) -> str:
    """Return what a pronoun that is left stands for, in brackets: "(about: the bird)"."""
    is_phrase = 0 < len(case.topic.split()) <= _LONGEST_TOPIC
    if not is_phrase or case.cues.search("refers", text) is None:
        return ""
    return "" if set(terms(case.topic)) <= set(terms(text)) else f" (about: {case.topic})"


def work(
    case: Case,
    step: Step,
    moments: tuple[Moment, ...],
    words: str,
    *,
    topic: str | None = None,
) -> Resolved:
    return Resolved(
        step,
        words,
        topic=case.topic if topic is None else topic,
        moments=moments,
        constraints=Constraints(videos=tuple(dict.fromkeys(m.video for m in moments))),
        note=words,
    )


def clarify(case: Case, videos: Sequence[VideoId], topic: str) -> Resolved:
    choices = tuple(Choice(n, case.name(v), v) for n, v in enumerate(dict.fromkeys(videos), 1))
    words = str(case.cues.table["which_one"])
    return Resolved(Step.CLARIFY, topic, topic=topic, note=words, choices=choices)


def topic_of(text: str, case: Case) -> str:
    """Return what a question is about: its content, without frame and pointing words."""
    words = language.load(case.cues.code)
    bare = case.cues.without("in_this", text)
    if case.cues.search("refers", bare) or case.cues.whole("asks_nothing", bare):
        return case.topic
    for pattern in words.grammar["framing"]:
        bare = tidy(re.sub(rf"^\W*(?:{pattern})(?!\w)\W*", "", bare, flags=re.IGNORECASE))
    return bare if has_content(bare, case.cues) else ""


def has_content(text: str, cues: Cues) -> bool:
    words = language.load(cues.code)
    return any(words.carries_content(t) for t in terms(text))


def is_content(term: str) -> bool:
    return term not in language.load(language.DEFAULT).function_terms and len(term) > 1


def place_of(wanted: int, count: int) -> int | None:
    if wanted == -1:
        return count - 1 if count else None
    return wanted - 1 if 1 <= wanted <= count else None


def ever_shown(case: Case) -> list[Moment]:
    return [m for t in reversed(case.talk.turns) for m in t.shown]


def once_each(moments: Sequence[Moment]) -> list[Moment]:
    """Return the first moment of each video, in order."""
    first: dict[VideoId, Moment] = {}
    for moment in moments:
        first.setdefault(moment.video, moment)
    return list(first.values())


def turn_about(case: Case, what: str) -> Turn | None:
    """Return the turn whose topic, words or videos a description names; the best, then latest.

    Falls back to the turn that showed the video which the description finds.
    """
    asked = {t for t in terms(what) if is_content(t)}

    def overlap(turn: Turn) -> int:
        names = " ".join(case.name(m.video).replace("_", " ") for m in turn.shown[:1])
        about = f"{turn.question} {turn.resolved.topic} {names}"
        # A follow-up inherits its topic; the turn that used the words is the one meant.
        return len(asked & set(terms(about))) + len(asked & set(terms(turn.question)))

    def besides(turn: Turn) -> int:
        return len({t for t in terms(turn.resolved.topic) if is_content(t)} - asked)

    turns = [t for t in case.talk.turns if t.shown]
    best = max(turns, key=lambda t: (overlap(t), -besides(t), turns.index(t)), default=None)
    if best and overlap(best):
        return best
    seen = tuple(dict.fromkeys(m.video for t in turns for m in t.shown))
    found = seen[0] if len(seen) == 1 else case.known.locate(what, seen) if seen else None
    return next((t for t in reversed(turns) if any(m.video == found for m in t.shown)), None)
