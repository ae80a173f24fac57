"""What a library does with the conversations it keeps."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from viewfinder.adapters.stores.memory import MemoryStore
from viewfinder.app.talks import Talks, differences, replayed
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.conversation import (
    Choice,
    Constraints,
    Conversation,
    Resolved,
    Step,
    Turn,
    touched,
)
from viewfinder.domain.errors import InputError
from viewfinder.domain.policy import OWNER, Principal
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.search import Filters, Moment, QueryPlan
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes
from viewfinder.testing.scopes import EVERYTHING


def turn(question: str, *videos: str, outcome: Outcome = Outcome.ANSWER) -> Turn:
    """Return a turn that shows and cites some videos."""
    cited = [
        Citation(v.id, v.path, TimeSpan(0, 5), fakes.track().name, f"words of {v.name}")
        for v in map(fakes.video, videos)
    ]
    claims = tuple(Claim(f"It says {c.quote}.", (c,)) for c in cited)
    moments = tuple(Moment(c.video, c.span, 1.0) for c in cited)
    answer = Answer(outcome, "", claims=claims, moments=moments)
    return Turn(question, Resolved(Step.SEARCH, question), answer, moments)


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    for name in ("one", "two"):
        store.commit_video(fakes.video(name), event=fakes.event())
    return store


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def mine(store: MemoryStore, lines: list[str]) -> Talks:
    return talks_of(store, lines, OWNER)


def talks_of(store: MemoryStore, lines: list[str], principal: Principal) -> Talks:
    def event(action: str, **subject: object) -> AuditEvent:
        lines.append(f"{action} {json.dumps(subject)}")
        return fakes.event(action)

    return Talks(
        store, principal, lambda _: EVERYTHING, event, lambda talk: lines.append(f"shred {talk}")
    )


def kept(mine: Talks, *turns: Turn) -> Conversation:
    talk = mine.keep(Conversation(turns))
    assert talk is not None
    return talk


def test_turns_are_kept_once_each_as_they_are_made(mine: Talks, store: MemoryStore) -> None:
    talk = kept(mine, turn("first?", "one"))
    again = mine.keep(talk.plus(turn("second?", "two")))
    assert again is not None
    assert (again.id, again.kept) == (talk.id, 2)
    assert mine.keep(again) == again
    (heading,) = mine.headings()
    assert (heading.title, heading.turns) == ("first?", 2)
    assert heading.videos == {fakes.video_id("one"), fakes.video_id("two")}
    assert mine.read("last") == (heading, again)


def test_one_is_found_by_the_beginning_of_its_id(mine: Talks) -> None:
    one, two = kept(mine, turn("a?")), kept(mine, turn("b?"))
    assert one.id
    assert two.id
    assert mine.heading(one.id[:8]).title == "a?"
    for named in ("", "zzz"):
        with pytest.raises(InputError, match="`viewfinder conversations` lists them"):
            mine.heading(named)


def test_a_talk_that_two_go_on_with_becomes_two(mine: Talks) -> None:
    talk = kept(mine, turn("first?", "one"))
    here = mine.keep(talk.plus(turn("here?")))
    there = mine.keep(talk.plus(turn("there?")))
    assert here
    assert there
    assert here.id != there.id
    assert [t.question for t in mine.read(str(there.id))[1].turns] == ["first?", "there?"]
    assert [t.question for t in mine.read(str(here.id))[1].turns] == ["first?", "here?"]


def test_what_was_forgotten_is_not_kept_again(mine: Talks, store: MemoryStore) -> None:
    talk = kept(mine, turn("first?", "one"))
    mine.forget("last")
    assert mine.keep(talk.plus(turn("second?"))) is None
    talk = kept(mine, turn("first?", "one"))
    store.erase(fakes.video_id("one"), event=fakes.event("forget"))
    assert mine.keep(talk.plus(turn("second?"))) is None
    assert mine.keep(Conversation((turn("first?", "one"),))) is None
    assert mine.headings() == []


def test_another_principal_sees_none_of_it(
    mine: Talks, store: MemoryStore, lines: list[str]
) -> None:
    kept(mine, turn("first?"))
    guest = talks_of(store, lines, Principal("guest"))
    assert guest.headings() == []
    assert guest.questions() == []


def test_the_log_has_no_words_of_a_question(mine: Talks, lines: list[str]) -> None:
    kept(mine, turn("where is the canary?", "one"))
    mine.read("last")
    mine.read("last", action="export")
    mine.forget("last")
    assert [line.split()[0] for line in lines] == ["keep", "show", "export", "forget", "shred"]
    assert "canary" not in " ".join(lines)


def test_the_last_questions_come_oldest_first(mine: Talks) -> None:
    talk = kept(mine, turn("a?"), turn("b?"), turn("c?"))
    assert mine.questions() == ["a?", "b?", "c?"]
    assert mine.questions(limit=2) == ["b?", "c?"]
    assert mine.keep(talk.plus(turn("d?")))
    assert mine.questions(limit=1) == ["d?"]


def test_examples_among_what_was_not_searched_do_not_tie_a_talk_to_them(mine: Talks) -> None:
    said = turn("first?", "one")
    gaps = ("speech not indexed in 2 videos (e.g. two.mp4)",)
    talk = kept(mine, replace(said, answer=replace(said.answer, not_searched=gaps)))
    (heading,) = mine.headings()
    assert heading.videos == {fakes.video_id("one")}
    read = mine.read(str(talk.id))[1].turns[0]
    assert read.answer.not_searched == ("speech not indexed in 2 videos",)


# What a turn holds of videos


@pytest.mark.parametrize(
    "holding",
    [
        turn("?", "one"),
        replace(turn("?"), resolved=Resolved(Step.PICK, "?", moments=turn("", "one").shown)),
        replace(
            turn("?"),
            resolved=Resolved(
                Step.SEARCH, "?", constraints=Constraints(not_videos=(fakes.video_id("one"),))
            ),
        ),
        replace(
            turn("?"),
            resolved=Resolved(
                Step.CLARIFY, "?", choices=(Choice(1, "this one", fakes.video_id("one")),)
            ),
        ),
        replace(
            turn("?"),
            answer=Answer(Outcome.ANSWER, "", disagreements=turn("", "one").answer.claims),
        ),
        turn("what is said in ONE.mp4?"),
        turn(f"what is like {fakes.video_id('one')}@3?"),
        replace(
            turn("?"),
            answer=Answer(
                Outcome.ABSTENTION, "", plan=QueryPlan("?", "", filters=Filters(files=("one.mp4",)))
            ),
        ),
    ],
)
def test_a_turn_touches_what_it_shows_cites_names_or_is_limited_to(holding: Turn) -> None:
    known = [fakes.video("one"), fakes.video("two")]
    assert touched([turn("before?"), holding], known) == {fakes.video_id("one")}


def test_a_name_inside_another_word_is_no_name() -> None:
    assert touched([turn("what of milestone.mp4 or one.mp4x?")], [fakes.video("one")]) == set()


# Asking again


def test_a_talk_asked_again_is_the_same_or_says_what_differs() -> None:
    first, second = turn("first?", "one"), turn("second?", "two")
    talk = Conversation((first, second))
    answers = {"first?": first, "second?": turn("second?", "one")}

    def ask(so_far: Conversation, question: str) -> tuple[Conversation, Turn]:
        return so_far.plus(answers[question]), answers[question]

    same, other = replayed(talk, ask)
    assert (same.number, same.question, same.differs) == (1, "first?", ())
    assert other.differs == ("claims: 1 gone, 1 new", "cited moments: 1 gone, 1 new")


def test_a_change_of_outcome_or_understanding_is_named() -> None:
    was = turn("first?", "one")
    silent = turn("first?", outcome=Outcome.ABSTENTION)
    assert differences(was, silent)[0] == "outcome: answer, now abstention"
    meant = replace(was, resolved=Resolved(Step.SEARCH, "in one: first?"))
    assert differences(was, meant) == ("understood as 'first?', now as 'in one: first?'",)
    limited = replace(was, resolved=replace(was.resolved, step=Step.COUNT))
    assert differences(was, limited) == ("understood as 'first?', under other limits",)
    twice = replace(was, answer=replace(was.answer, claims=was.answer.claims * 2))
    assert differences(was, twice)[0] == "claims: in another order"
