"""A follow-up becomes a question that stands alone, or work on moments that were shown.

Centering in short: a follow-up is about what was shown last unless it says otherwise
(Grosz, Joshi & Weinstein, *Centering*, Computational Linguistics 21(2), 1995). Each rule
below reads one way of saying otherwise; the first that applies decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from viewfinder.conversation import followups
from viewfinder.conversation.followups import Cues, Reading, tidy
from viewfinder.conversation.situation import (
    Case,
    Known,
    clarify,
    ever_shown,
    everywhere,
    focus,
    has_content,
    inside,
    is_content,
    once_each,
    place_of,
    turn_about,
    work,
)
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Outcome
from viewfinder.domain.conversation import (
    Choice,
    Constraints,
    Conversation,
    Resolved,
    Step,
)
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Moment
from viewfinder.domain.time import TimeSpan
from viewfinder.domain.words import terms
from viewfinder.retrieval.asking import grammar, language

__all__ = ["Known", "resolve"]

NEXT, PREVIOUS = 0, -2
"""Ordinals that count from the moment shown last."""


def resolve(question: str, talk: Conversation, known: Known) -> Resolved:
    """Return the question as it stands alone.

    Args:
        question: As typed.
        talk: What was said so far.
        known: The videos in scope, and a way to find one by its description.
    """
    cues = _cues(question, talk)
    case = Case(followups.read(question, cues), cues, talk, known).alive()
    for rule in _RULES:
        if made := rule(case):
            return replace(made, language=_language_after(made, case))
    return replace(everywhere(case, case.text), language=cues.code)


def _language_after(made: Resolved, case: Case) -> str:
    """ "Merci" does not turn an English talk into a French one."""
    is_remark = made.step is Step.REMARK
    return case.last.resolved.language if is_remark and case.last else case.cues.code


def bare(question: str, talk: Conversation) -> str:
    """Return the question without its lead-in: "and who is she?" asks who she is."""
    return followups.read(question, _cues(question, talk)).text


def _cues(question: str, talk: Conversation) -> Cues:
    before = talk.last.resolved.language if talk.last else None
    return followups.load(followups.detect(question, before))


# -- rules: each gives a resolution, or None where it does not apply ------------------------


def _remark(case: Case) -> Resolved | None:
    """ "Thanks", "never mind": nothing is asked, and the talk stays where it is."""
    if case.cues.whole("remark", case.text) is None:
        return None
    held = case.last.resolved.constraints if case.last else Constraints()
    words = str(case.cues.table["nothing_asked"])
    return Resolved(Step.REMARK, case.text, topic=case.topic, constraints=held, note=words)


_NEEDS_SHOWN = ("why", "compare", "around", "count", "again", "next_part", "other_one", "elsewhere")


def _nothing_to_go_on(case: Case) -> Resolved | None:
    """ "The second one", with nothing shown: says what is missing."""
    if case.shown:
        return None
    cues, text = case.cues, case.text
    pointed = cues.whole("pick", text)
    if pointed:
        rest = tidy(text.replace(pointed["n"], " ", 1))
        is_label = re.fullmatch(r"(?:n[uú]m\w*|nr|no|#)\W*", rest, re.IGNORECASE) is not None
        is_meant = not text.isdigit() and (is_label or not has_content(rest, cues))
    else:
        found = followups.direction(text, cues)
        is_meant = (found is not None and not found.rest) or any(
            cues.whole(key, text) for key in _NEEDS_SHOWN
        )
        is_meant = is_meant or not any(t not in cues.function_terms for t in terms(text))
    if not is_meant:
        return None
    words = str(cues.table["nothing_shown"])
    return Resolved(Step.CLARIFY, text, topic=case.topic, note=words)


def _choice(case: Case) -> Resolved | None:
    """Answer to a clarifying question: a label, the name of a choice, or what is in it."""
    last = case.last
    if last is None or last.answer.outcome is not Outcome.CLARIFICATION:
        return None
    choices = last.resolved.choices
    match = case.cues.whole("pick", case.text)
    wanted = place_of(case.cues.ordinal(match["n"]), len(choices)) if match else None
    named = [c for c in choices if case.text.casefold() in c.text.casefold()]
    chosen = choices[wanted] if wanted is not None else named[0] if len(named) == 1 else None
    if chosen is None and match is None and choices:
        return _chosen_by_content(case, choices)
    if chosen is None or chosen.video is None:
        return None
    asked = last.resolved.topic
    if len(last.resolved.moments) == len(choices):
        meant = last.resolved.moments[choices.index(chosen)]
        return work(case, Step.PICK, (meant,), chosen.text)
    return inside(case, asked, (chosen.video,))


def _chosen_by_content(case: Case, choices: tuple[Choice, ...]) -> Resolved | None:
    """Take the choice that a short description means ("the one with the slides"), to look there."""
    what = case.cues.without("the_one", case.text)
    is_short = len(what.split()) <= _SHORT_DESCRIPTION
    if not is_short or case.cues.search("question", case.text) or not has_content(what, case.cues):
        return None
    videos = tuple(dict.fromkeys(c.video for c in choices if c.video))
    found = case.known.locate(what, videos)
    return inside(case, what, (found,), note=True) if found in videos and found else None


_SHORT_DESCRIPTION = 5


def _correction(case: Case) -> Resolved | None:
    match = case.cues.whole("correction", case.text)
    rest = tidy(match["rest"]) if match else case.text
    if case.last and case.shown and case.cues.whole("other_one", rest):
        return _other_one(case)
    if match is None:
        return None
    again = replace(case, said=Reading(rest))
    if case.shown and case.last and case.last.answer.outcome is not Outcome.CLARIFICATION:
        picked = _pick(again) or _refine(again)
        if picked:
            return picked
    return everywhere(replace(again, talk=Conversation()), rest, note=True)


def _other_one(case: Case) -> Resolved:
    """The other of two; a question where there are more."""
    assert case.last is not None
    now = case.shown[0].video
    others = [m for m in once_each(case.listed) if m.video != now]
    others = others or [m for m in once_each(ever_shown(case)) if m.video != now]
    same = [m for m in case.shown[1:] if m.video == now]
    if not others and same:
        return work(case, Step.PICK, tuple(same[:1]), "the other moment")
    if len(others) > 1 and len({m.video for m in case.shown}) == 2:
        others = [m for m in others if m.video in {s.video for s in case.shown}]
    if len(others) == 1:
        if case.topic and len({m.video for m in case.shown}) == 1:
            return inside(case, case.topic, (others[0].video,))
        return work(case, Step.PICK, tuple(others), f"{case.topic} in {case.name(others[0].video)}")
    if not others:
        return inside(case, case.topic, (), away=(now,))
    return clarify(case, [m.video for m in others], case.topic)


def _back(case: Case) -> Resolved | None:
    match = case.cues.whole("back", case.text)
    if match is None or not case.talk.turns:
        return None
    what, rest = tidy(match["what"]), tidy(match["rest"] or "")
    earlier = turn_about(case, what)
    if earlier is None:
        return None
    if not rest:
        return work(case, Step.PICK, earlier.shown, what, topic=earlier.resolved.topic)
    there = replace(case, said=Reading(rest), talk=Conversation((earlier,)))
    made = next((m for rule in _WITHIN if (m := rule(there))), None)
    return made or inside(there, rest, focus(there.talk))


def _pick(case: Case) -> Resolved | None:
    match = case.cues.whole("pick", case.text)
    if match is None or not case.listed:
        return None
    wanted = case.cues.ordinal(match["n"])
    if wanted in (NEXT, PREVIOUS):
        if len(case.listed) < 2 or case.cues.whole("next_part", case.text):
            return None
        now = case.shown[0]
        at = case.listed.index(now) if now in case.listed else 0
        wanted = at + 2 if wanted == NEXT else max(at, 1)
    place = place_of(wanted, len(case.listed))
    if place is None:
        return _out_of_range(case)
    return work(case, Step.PICK, (case.listed[place],), f"moment {place + 1} of those shown")


def _out_of_range(case: Case) -> Resolved:
    choices = tuple(
        Choice(n, f"{case.name(m.video)} {m.span}", m.video) for n, m in enumerate(case.listed, 1)
    )
    count = len(choices)
    note = f"Only {count} moment{'s were' if count != 1 else ' was'} shown. Which one is meant?"
    return Resolved(
        Step.CLARIFY,
        case.text,
        topic=case.topic,
        moments=case.listed,
        note=note,
        choices=choices,
    )


def _on_shown(case: Case) -> Resolved | None:
    """Why, compare, words around, summary, count, lines: work on what was shown."""
    cues, shown = case.cues, case.shown
    if not shown:
        return None
    if match := cues.whole("compare", case.text):
        named = [match.groupdict().get(side) for side in ("a", "b")]
        listed = case.listed
        places = [place_of(cues.ordinal(n), len(listed)) if n else i for i, n in enumerate(named)]
        if any(p is None or p >= len(listed) for p in places):
            return _out_of_range(case)
        pair = tuple(listed[p] for p in places if p is not None)
        return work(case, Step.COMPARE, pair, "moments compared")
    if match := cues.whole("why", case.text):
        named_one = match.groupdict().get("n")
        place = place_of(cues.ordinal(named_one), len(case.listed)) if named_one else 0
        if place is None:
            return _out_of_range(case)
        meant = case.listed[place] if named_one else shown[0]
        return work(case, Step.WHY, (meant,), "why this moment was found")
    if cues.whole("around", case.text):
        return work(case, Step.WORDS_AROUND, shown[:1], "words before and after the moment")
    if cues.whole("summary", case.text):
        told = [
            m for t in case.talk.turns if t.answer.outcome is Outcome.ANSWER for m in t.shown[:1]
        ]
        return work(
            case, Step.SUMMARY, tuple(dict.fromkeys(told)) or shown, "what was found so far"
        )
    if match := cues.whole("count", case.text):
        rest = tidy(match.groupdict().get("rest") or "")
        if rest and not cues.whole("asks_nothing", rest):
            made = _narrower(case, rest, among=True)
            return replace(made, step=Step.COUNT)
        return work(case, Step.COUNT, case.listed, "how many moments were shown")
    if cues.whole("lines", case.text):
        video = focus(case.talk)[0]
        lead = next(m for m in shown if m.video == video)
        return work(case, Step.LINES, (lead,), f"words on screen in {case.name(video)}, in order")
    return None


def _in_time(case: Case) -> Resolved | None:
    """Before or after the last moment, in the same video."""
    if not case.shown:
        return None
    found = followups.direction(case.text, case.cues)
    if found is None:
        return None
    anchor = _anchor(case, found.step, is_bare=len(case.text.split()) <= 2)
    whole = case.known.videos[anchor.video].span
    stretch = (
        TimeSpan(min(anchor.span.end_ns, whole.end_ns), whole.end_ns)
        if found.step is Step.AFTER
        else TimeSpan(0, min(anchor.span.start_ns, whole.end_ns))
    )
    at = f"{found.step} {anchor.span} in {case.name(anchor.video)}"
    limits = Constraints(videos=(anchor.video,), stretch=stretch, track=found.track)
    asked = found.rest or "what happens"
    return Resolved(
        found.step,
        f"{asked} {at}",
        text=found.rest,
        topic=found.rest or case.topic,
        constraints=limits,
        moments=(anchor,),
        presupposes=case.cues.search("whether", found.rest) is None,
        note=f"{asked} {at}",
    )


def _at_an_end(case: Case) -> Resolved | None:
    """ "How does it end?": what lies before the end, or after the beginning."""
    ends = case.cues.whole("at_end", case.text)
    if not case.shown or not (ends or case.cues.whole("at_start", case.text)):
        return None
    video = case.known.videos[case.shown[0].video]
    at = video.span.end_ns if ends else 0
    words = f"{'the end' if ends else 'the beginning'} of {video.name}"
    return Resolved(
        Step.BEFORE if ends else Step.AFTER,
        words,
        topic=case.topic,
        constraints=Constraints(
            videos=(video.id,),
            stretch=video.span,
            track=TrackName.SPEECH if case.cues.search("speech", case.text) else None,
        ),
        moments=(Moment(video.id, TimeSpan(at, at), 1.0),),
        presupposes=True,
        note=words,
    )


def _again(case: Case) -> Resolved | None:
    """ "When?", "show it again": the moments that were shown last."""
    if not case.shown or not case.cues.whole("again", case.text):
        return None
    return work(case, Step.PICK, case.shown, f"what was shown: {case.topic}")


def _instead(case: Case) -> Resolved | None:
    """ "And trucks?", "what about trucks?": the same question, about another thing."""
    match = case.cues.whole("instead", case.text)
    text = tidy(match["x"]) if match else case.text
    is_named = match or (
        case.said.is_going_on
        and not case.is_referring
        and not any(case.cues.search(key, text) for key in ("question", "part", "asks_new"))
    )
    if case.last is None or not case.shown or not is_named or not has_content(text, case.cues):
        return None
    return inside(case, text, case.last.resolved.constraints.videos)


def _anchor(case: Case, step: Step, *, is_bare: bool) -> Moment:
    """Return the moment that "that" means: the one shown last.

    A bare "and before?" after a question about what came after repeats that question
    with the other direction, so it keeps the moment that question started from.
    """
    showing = case.talk.showing
    assert showing is not None
    earlier = showing.resolved
    if is_bare and {earlier.step, step} == {Step.BEFORE, Step.AFTER} and earlier.moments:
        return earlier.moments[0]
    shown = showing.shown[0]
    lead = shown.supports[0] if shown.supports else None
    if lead and lead.track in (TrackName.SPEECH, TrackName.CAPTIONS):
        # What was quoted first is what "that" means; its times are exact.
        return replace(shown, span=lead.span)
    return shown


def _person_elsewhere(case: Case) -> Resolved | None:
    """ "Where else does he appear?": a search for one person by body; the policy decides."""
    if not case.shown or case.cues.search("person_elsewhere", case.text) is None:
        return None
    if TrackName.SPEECH in grammar.tracks(case.text, language.load(case.cues.code)):
        return None
    return inside(case, str(case.cues.table["same_person"]), ())


def _wider(case: Case) -> Resolved | None:
    if not case.topic:
        return None
    if case.cues.whole("everywhere", case.text):
        return inside(case, case.topic, (), note=True)
    match = case.cues.whole("elsewhere", case.text)
    if match is None:
        return None
    named = tidy(match.groupdict().get("x") or "")
    seen = tuple(dict.fromkeys(m.video for m in case.shown[:1]))
    return inside(case, named or case.topic, (), away=seen, note=True)


def _other_video(case: Case) -> Resolved | None:
    """ "... in the other clip": not in the one that the talk is about."""
    match = case.cues.search("in_other", case.text)
    if match is None or not case.shown:
        return None
    now = case.shown[0].video
    others = [m.video for m in once_each(ever_shown(case)) if m.video != now]
    rest = tidy(case.text[: match.start()] + " " + case.text[match.end() :])
    text = rest if has_content(rest, case.cues) else case.topic
    if len({m.video for m in case.shown}) == 2:
        others = [m.video for m in once_each(case.shown) if m.video != now]
    if len(others) == 1 and not case.said.is_switch:
        return inside(case, text, tuple(others))
    return inside(case, text, (), away=(now,), note=True)


def _named_video(case: Case) -> Resolved | None:
    """ "... in the telescope video": a video by what it is or holds."""
    if not case.talk.turns:
        return None
    match = case.cues.search("in_video", case.text)
    if match is None or case.cues.whole("generic", tidy(match["what"])):
        return None
    video = _described(case, tidy(match["what"]))
    if video is None:
        return None
    rest = tidy(case.text[: match.start()] + " " + case.text[match.end() :])
    if case.last and case.cues.search("refers", rest) and case.cues.search("also", rest):
        # "Is that also shown there?": that is what was asked last, not only what about.
        rest = case.last.resolved.text or case.topic
        return replace(inside(case, rest, (video,)), presupposes=False)
    if case.cues.search("one_alone", rest) or not has_content(rest, case.cues):
        rest = case.topic
        return replace(inside(case, rest, (video,)), presupposes=False)
    return inside(case, rest, (video,))


def _described(case: Case, what: str) -> VideoId | None:
    """Return the video that a description means: one in focus, one by name, one by content."""
    wanted = {t for t in terms(what) if is_content(t)}
    if not wanted:
        return None
    named = [
        v.id
        for v in case.known.videos.values()
        if wanted <= set(terms(re.sub(r"[_.\-]+", " ", f"{v.name} {v.title or ''}")))
    ]
    if len(named) == 1:
        return named[0]
    turn = next(
        (t for t in reversed(case.talk.turns) if t.shown and wanted <= set(terms(t.question))), None
    )
    if turn:
        return turn.shown[0].video
    return case.known.locate(what, tuple(dict.fromkeys(m.video for m in case.shown)))


def _nth_in_question(case: Case) -> Resolved | None:
    """ "what does the second one say?": the question, asked of that moment's video."""
    match = case.cues.search("the_nth", case.text)
    if match is None or not case.listed:
        return None
    wanted = case.cues.ordinal(match["n"])
    if wanted in (NEXT, PREVIOUS):
        return None
    place = place_of(wanted, len(case.listed))
    if place is None:
        return _out_of_range(case)
    moment = case.listed[place]
    rest = tidy(case.text[: match.start()] + " " + case.text[match.end() :])
    made = inside(case, rest, (moment.video,))
    return replace(made, moments=(moment,), presupposes=True)


def _refine(case: Case) -> Resolved | None:
    if not case.topic or not case.shown or case.said.is_switch:
        return None
    if match := case.cues.whole("of_those", case.text):
        return _narrower(case, match["x"], among=True)
    if match := case.cues.whole("only", case.text):
        return _narrower(case, match["x"], among=False)
    return None


def _narrower(case: Case, wish: str, *, among: bool) -> Resolved:
    """Return the topic with one more wish.

    "Which of those ..." asks among what was shown; "only ..." asks the question anew with
    the wish in it, since what fits best may not have been shown.
    """
    track = followups.wanted_track(wish, case.cues)
    assert case.last is not None
    held = case.last.resolved.constraints
    if track:
        # The wish is a fact that tracks know; what was shown is what is asked about.
        text, among = case.topic, True
    else:
        text = tidy(wish) if among else followups.narrowed(case.topic, wish, case.cues)
    seen = tuple(dict.fromkeys(m.video for m in case.shown)) if among else held.videos
    limits = Constraints(videos=seen, track=track)
    whole = f"{case.topic}: {tidy(wish)}" if among else text
    return Resolved(
        Step.SEARCH,
        whole,
        text=text,
        topic=followups.narrowed(case.topic, wish, case.cues) if not among or track else case.topic,
        constraints=limits,
        moments=case.shown if among else (),
        may_leave=among,
        presupposes=among,
        note=whole + (" (among those shown)" if among else ""),
    )


def _bare_kind(case: Case) -> Resolved | None:
    """ "find the meeting": says what kind of recording it is, and not which."""
    if case.cues.search("bare_kind", case.text) is None or case.shown:
        return None
    return replace(everywhere(case, case.text), step=Step.CLARIFY)


def _inside(case: Case) -> Resolved | None:
    """A question that says nothing of where: about what is in focus, or about anything."""
    cues = case.cues
    held = focus(case.talk)
    if not held or case.said.is_switch:
        return None
    refers = case.is_referring or cues.search("in_this", case.text) is not None
    is_question = bool(cues.search("question", case.text)) or bool(cues.search("part", case.text))
    if not (refers or case.said.is_going_on or is_question):
        return None
    if not refers and cues.search("asks_new", case.text) and not cues.search("part", case.text):
        return None
    text = cues.without("in_this", case.text) or case.text
    if case.topic and (match := cues.search("counted", text)):
        text = f"{text[: match.end()]} {case.topic} {tidy(text[match.end() :])}"
    elif cues.search("one_alone", text) and not has_content(cues.without("one_alone", text), cues):
        text = case.topic
    made = inside(case, text, held)
    goes_on = refers or case.said.is_going_on
    is_picked = case.talk.showing is not None and case.talk.showing.resolved.step is Step.PICK
    is_empty = cues.whole("asks_nothing", text) is not None
    beheld = refers and (is_picked or is_empty or cues.search("happens", text) is not None)
    return replace(
        made,
        may_leave=not goes_on,
        tied=goes_on or cues.search("looks", text) is not None,
        moments=case.shown[:1] if beheld else (),
    )


_WITHIN: tuple[Callable[[Case], Resolved | None], ...] = (
    _pick,
    _on_shown,
    _again,
    _at_an_end,
    _in_time,
    _nth_in_question,
    _refine,
    _instead,
    _inside,
)
_RULES: tuple[Callable[[Case], Resolved | None], ...] = (
    _person_elsewhere,
    _remark,
    _choice,
    _nothing_to_go_on,
    _correction,
    _pick,
    _back,
    _on_shown,
    _wider,
    _other_video,
    _named_video,
    _again,
    _at_an_end,
    _in_time,
    _nth_in_question,
    _refine,
    _bare_kind,
    _instead,
    _inside,
)
