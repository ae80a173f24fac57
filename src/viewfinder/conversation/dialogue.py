"""One turn of a dialogue: a resolved question in, an answer and the moments shown out.

Whatever a turn does, its moments go through ``turn.answer``: the gate out, the citations
and the silence where there is too little are the same as for a single question.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from viewfinder.conversation import abstain, ground, neighbours, resolve, situation, turn
from viewfinder.conversation.checking import accusations
from viewfinder.domain.annotation import Track, TrackName
from viewfinder.domain.answer import Answer, Claim, Evidence, Outcome
from viewfinder.domain.conversation import Choice, Conversation, Resolved, Step, Turn
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Decision
from viewfinder.domain.search import Moment, QueryPlan, Ranking
from viewfinder.domain.words import terms
from viewfinder.governance.release import release
from viewfinder.retrieval.asking import language

FOUND_INSIDE = 0.15
"""A question that presupposes its answer ("when", "what"), asked of the one video in focus,
is answered from this confidence on. Held against one video that has the answer, the best
moment reaches it for 85 of 100 questions; against one that has not, for 9 (n = 133 and 238,
``benchmarks/dialogues``): with answers there four times in five, 3 of 100 answers are wrong."""
TIED = 0.08
"""The same for a question that points at what was shown ("what does he wear?"), or goes on
from it: its answer is there nearly always, so the few that are missed weigh more."""
WHETHER_INSIDE = 0.4
"""The same for "is there", where the answer may as well be no: 70 and 4 of 100."""
ELSEWHERE = 0.8
"""A question that nothing ties to what was shown may leave it for a match this sure."""
NOT_INSIDE = 0.3
TOLD = 0.5
LOCATED = 0.5
LOCATED_AMONG = 0.3
NEARLY = 0.5
"""What was shown is meant by a description that fits it half as well as the best elsewhere."""
TITLED = 0.9
"""From this confidence on, something else than a title may be what is asked for."""
CHOICES = 5


@dataclass(frozen=True, slots=True)
class Parts:
    """What a turn works with.

    Attributes:
        videos: All videos in scope.
        plan: Makes a plan of words.
        find: Searches a plan in some videos, or in all where None.
        tracks: Gives everything noted about a video.
        searched: Counts of what is searched.
        obligations: What the way out must honour.
        rule: Id of the rule that let the question in.
        beside: Gives what else the index holds about a stretch; None looks at nothing more.
    """

    videos: Mapping[VideoId, Video]
    plan: Callable[[str], QueryPlan]
    find: Callable[[QueryPlan, frozenset[VideoId] | None], Ranking]
    tracks: Callable[[VideoId], Sequence[Track]]
    searched: Mapping[str, int]
    obligations: Sequence[str] = ()
    rule: str = ""
    beside: turn.Beside | None = None


Admit = Callable[[str], Decision | Parts]
"""Takes words through the gate in: what may be worked with, or the denial."""


def converse(question: str, talk: Conversation, admit: Admit) -> Turn:
    """Return one turn; see ``understood`` for what must be allowed."""
    got = understood(question, talk, admit)
    return got if isinstance(got, Turn) else take(question, *got)


def understood(question: str, talk: Conversation, admit: Admit) -> Turn | tuple[Resolved, Parts]:
    """Return the question as it stands alone and what it may be answered with, or the refusal.

    The words must be allowed as typed, without lead-in, and as understood.
    """
    parts = admit(question)
    if isinstance(parts, Decision):
        return _refused(question, parts)

    def find_video(what: str, among: Sequence[VideoId]) -> VideoId | None:
        return locate(what, among, parts)

    resolved = resolve.resolve(question, talk, resolve.Known(parts.videos, find_video))
    for words in dict.fromkeys((resolve.bare(question, talk), resolved.text)):
        again = admit(words) if words and words != question else parts
        if isinstance(again, Decision):
            return _refused(question, again)
    return resolved, parts


def _refused(question: str, decision: Decision) -> Turn:
    return Turn(question, Resolved(Step.SEARCH, question), abstain.refusal(decision))


def take(question: str, resolved: Resolved, parts: Parts) -> Turn:
    """Return the turn that answers a resolved question."""
    if resolved.step is Step.CLARIFY:
        return _clarified(question, resolved, parts)
    if resolved.step is Step.REMARK:
        return Turn(question, replace(resolved, note=""), Answer(Outcome.ABSTENTION, resolved.note))
    if resolved.step in (Step.SEARCH, Step.COUNT) and resolved.text:
        resolved, ranking = _searched(resolved, parts)
    else:
        ranking = _worked(resolved, parts)
    said = told(ranking, replace(parts, searched=_searched_in(resolved, parts)))
    answer = turn.checked(_worded(said, resolved, parts), parts.videos)
    return Turn(question, resolved, answer, shown(said))


def _searched_in(resolved: Resolved, parts: Parts) -> Mapping[str, int]:
    """Return what was searched: not all videos where the question is limited to some."""
    limits = resolved.constraints
    if limits.videos:
        return {"videos": len(limits.videos)}
    if limits.not_videos:
        return {**parts.searched, "videos": len(parts.videos) - len(limits.not_videos)}
    return parts.searched


def told(ranking: Ranking, parts: Parts) -> Answer:
    """Return what can be said about a ranking; see ``turn.answer``."""
    return turn.answer(
        ranking,
        videos=parts.videos,
        searched=parts.searched,
        obligations=parts.obligations,
        beside=parts.beside,
    )


def locate(what: str, among: Sequence[VideoId], parts: Parts) -> VideoId | None:
    """Return the one video that a description finds, None where none is certain.

    Args:
        what: "telescope", "filmed from above".
        among: These are likelier, for they were shown.
        parts: What to search with.
    """
    plan = parts.plan(what)
    found = parts.find(plan, None).moments
    best = _surest(found)
    near = _surest([m for m in found if m.video in among])
    if near is None and among:
        near = _surest(parts.find(plan, frozenset(among)).moments)
    least = max(LOCATED_AMONG, NEARLY * best.confidence) if best else LOCATED_AMONG
    if near and near.confidence >= least:
        return near.video
    return best.video if best and best.confidence >= LOCATED else None


def _surest(found: Sequence[Moment]) -> Moment | None:
    return max(found, key=lambda m: m.confidence, default=None)


# -- looking up -------------------------------------------------------------------------------


def _searched(resolved: Resolved, parts: Parts) -> tuple[Resolved, Ranking]:
    """Search under the constraints in force; leave them where the question allows it."""
    plan = replace(parts.plan(resolved.text), question=resolved.question)
    limits = resolved.constraints
    if limits.track is not None:
        return resolved, _with_track(resolved, plan, limits.track, parts)
    allowed = frozenset(limits.videos) or None
    if limits.not_videos:
        allowed = frozenset(parts.videos) - frozenset(limits.not_videos)
    ranking = parts.find(plan, allowed)
    if resolved.moments and resolved.may_leave:
        ranking = _those_first(ranking, resolved.moments)
    best = _best(ranking)
    if allowed is None or limits.not_videos:
        return resolved, _titled(ranking)
    if resolved.may_leave and best < NOT_INSIDE:
        whole = parts.find(plan, None)
        if _best(whole) >= ELSEWHERE and _matched(whole) >= 2:
            left = replace(limits, videos=())
            note = f"{resolved.text} (not in what was shown; searched all videos)"
            return replace(resolved, constraints=left, note=note, question=resolved.text), whole
    if resolved.moments and resolved.step is Step.SEARCH and best < turn.TELLING:
        return resolved, _beheld(resolved, ranking, parts)
    if best >= _least(resolved):
        ranking = replace(ranking, found=True)
    return resolved, ranking


def _least(resolved: Resolved) -> float:
    """Return how sure the best moment must be inside the videos that are in focus."""
    is_one = len(resolved.constraints.videos) == 1
    if is_one and resolved.presupposes and resolved.tied:
        return TIED
    if is_one and resolved.presupposes:
        return FOUND_INSIDE
    if is_one or (resolved.presupposes and len(resolved.constraints.videos) <= situation.IN_FOCUS):
        return WHETHER_INSIDE
    return turn.TELLING


def _best(ranking: Ranking) -> float:
    return max((m.confidence for m in ranking.moments[:3]), default=0.0)


def _matched(ranking: Ranking) -> int:
    """Return how many words of the question the best moment holds."""
    if not ranking.moments:
        return 0
    return len({word for s in ranking.moments[0].supports for word in s.matched})


def _titled(ranking: Ranking) -> Ranking:
    """Put a video first whose title holds every word of the question that carries content.

    A title says little of a moment, so a search ranks it low; somebody who asks for
    "chess" and has a file of that name means the file, unless something else is as sure.
    """
    words = language.load(ranking.plan.language)
    asked = {t for t in terms(ranking.plan.text) if words.carries_content(t)}
    named = [m for m in ranking.moments if asked and asked <= _title_terms(m)]
    if not named or _best(replace(ranking, moments=_others(ranking, named))) >= TITLED:
        return ranking
    return replace(ranking, moments=(*named, *_others(ranking, named)), found=True)


def _others(ranking: Ranking, but: Sequence[Moment]) -> tuple[Moment, ...]:
    return tuple(m for m in ranking.moments if m not in but)


def _title_terms(moment: Moment) -> set[str]:
    titles = (s.text for s in moment.supports[:1] if s.track is TrackName.METADATA)
    return {t for title in titles for t in terms(title)}


def _those_first(ranking: Ranking, those: Sequence[Moment]) -> Ranking:
    """Put moments that were shown before others of the same videos: "which of those".

    Both must hold: what was asked then and what is asked now, so the two confidences
    multiply.
    """

    def then(moment: Moment) -> float:
        return max(
            (
                t.confidence
                for t in those
                if t.video == moment.video and t.span.overlap_ns(moment.span)
            ),
            default=0.0,
        )

    kept = [m for m in ranking.moments if then(m)]
    kept.sort(key=lambda m: -m.confidence * then(m))
    others = [m for m in ranking.moments if not then(m)]
    return replace(ranking, moments=(*kept, *others))


def _beheld(resolved: Resolved, ranking: Ranking, parts: Parts) -> Ranking:
    """Answer a question about how something shown looks or goes on with the moment itself."""
    if not resolved.presupposes:
        return ranking
    these = [m for m in resolved.moments if m.video in resolved.constraints.videos][:1]
    looked = [neighbours.moment(m.video, m.span, parts.tracks(m.video)) for m in these]
    return replace(ranking, moments=(*looked, *ranking.moments), found=bool(looked))


def _with_track(resolved: Resolved, plan: QueryPlan, track: TrackName, parts: Parts) -> Ranking:
    """Return where, of what was shown, a track has words; each video's best place first."""
    limits = resolved.constraints
    per_video = [
        neighbours.with_track(resolved.moments, video, parts.tracks(video), track)
        for video in limits.videos
    ]
    firsts = [found[0] for found in per_video if found]
    more = [m for found in per_video for m in found[1:]]
    return Ranking(plan, (*firsts, *more)[: plan.limit], found=bool(firsts))


def _worked(resolved: Resolved, parts: Parts) -> Ranking:
    """Work on shown moments, without a search or with one in their own video."""
    plan = parts.plan(resolved.text or resolved.topic or resolved.question)
    plan = replace(plan, question=resolved.question)
    moments = resolved.moments
    if resolved.step in (Step.BEFORE, Step.AFTER):
        moments = _beside(resolved, plan, parts)
    elif resolved.step is Step.WORDS_AROUND:
        lead = moments[0]
        whole = parts.videos[lead.video].span
        moments = (neighbours.around(lead, whole, parts.tracks(lead.video)),)
    elif resolved.step is Step.LINES:
        lead = moments[0]
        whole = parts.videos[lead.video].span
        moments = neighbours.lines(lead.video, parts.tracks(lead.video), whole)
    return Ranking(plan, moments, found=bool(moments))


def _beside(resolved: Resolved, plan: QueryPlan, parts: Parts) -> tuple[Moment, ...]:
    """Return what is next to the anchor: what was asked for there, else what there is."""
    anchor, limits = resolved.moments[0], resolved.constraints
    assert limits.stretch is not None
    tracks = parts.tracks(anchor.video)
    if resolved.text:
        ranking = parts.find(plan, frozenset({anchor.video}))
        found = neighbours.inside(ranking.moments, limits.stretch)
        least = FOUND_INSIDE if resolved.presupposes else WHETHER_INSIDE
        if found and found[0].confidence >= least:
            return found
        if not resolved.presupposes:
            return ()
    return neighbours.beside(anchor, resolved.step, limits.stretch, tracks, limits.track)


# -- clarifying --------------------------------------------------------------------------------


def _clarified(question: str, resolved: Resolved, parts: Parts) -> Turn:
    """Ask back; or answer, where the readings turn out to be one."""
    if resolved.choices or not resolved.text:
        return Turn(question, resolved, Answer(Outcome.CLARIFICATION, resolved.note))
    plan = parts.plan(resolved.text)
    ranking = parts.find(plan, None)
    first: dict[VideoId, Moment] = {}
    for found in ranking.moments:
        first.setdefault(found.video, found)
    sure = [m for m in first.values() if m.confidence >= turn.TELLING]
    # That the word stands somewhere does not make it the one; a title does.
    named = [m for m in sure if m.supports and m.supports[0].track is TrackName.METADATA]
    sure = named if len(named) == 1 else sure
    # A list of clips to choose from would show a culprit: such a question is answered at once.
    if len(first) == 1 or len(named) == 1 or accusations.about(plan):
        searched = replace(resolved, step=Step.SEARCH)
        only = tuple(m for m in ranking.moments if not sure or m.video == sure[0].video)
        said = told(replace(ranking, moments=only), parts)
        return Turn(question, searched, said, shown(said))
    readings = _readings(sure or list(first.values()), parts)
    choices = tuple(
        Choice(n, f"{parts.videos[m.video].name} {m.span}", m.video)
        for n, m in enumerate(readings, 1)
    )
    note = "More than one video may be meant. Which one?" if choices else "Which one?"
    asked = replace(resolved, choices=choices, moments=tuple(readings), note=note)
    answer = Answer(
        Outcome.CLARIFICATION,
        note,
        plan=plan,
        searched=tuple(sorted(parts.searched.items())),
        not_searched=ranking.not_searched,
    )
    return Turn(question, asked, answer)


def _readings(found: Sequence[Moment], parts: Parts) -> list[Moment]:
    """Return what to choose from: what was found, and in a small library every other video."""
    others = [v for v in parts.videos.values() if v.id not in {m.video for m in found}]
    if len(found) + len(others) > CHOICES:
        return list(found[:CHOICES])
    return [*found, *(neighbours.opening(v, parts.tracks(v.id)) for v in others)]


# -- wording -----------------------------------------------------------------------------------


def shown(said: Answer) -> tuple[Moment, ...]:
    """Return the moments that get labels: those told of, or the weak ones of a silence."""
    if not said.moments:
        return ()
    enough = TOLD * max(m.confidence for m in said.moments[:3])
    return tuple(m for m in said.moments if m.confidence >= enough)


def _worded(said: Answer, resolved: Resolved, parts: Parts) -> Answer:
    """Put the sentence first that a count, a comparison or an explanation asks for.

    It is made of numbers recomputed from the moments, and cites each of them.
    """
    if said.outcome is not Outcome.ANSWER:
        return said
    if resolved.step in (Step.COUNT, Step.LINES):
        count = len(said.moments)
        lead = _all_cited(said, f"{count} moment{'s' * (count != 1)}.", parts)
        return replace(said, claims=(lead, *said.claims))
    if resolved.step is Step.COMPARE:
        return replace(said, claims=(_all_cited(said, _compared(said, parts), parts), *said.claims))
    if resolved.step in (Step.WHY, Step.WORDS_AROUND, Step.SUMMARY):
        return replace(said, claims=_every_piece(said, parts, resolved))
    return said


def _all_cited(said: Answer, words: str, parts: Parts) -> Claim:
    """Return a sentence about moments; it cites the first released piece of each."""
    citations = [
        ground.claim(worded[:1]).citations[0]
        for moment in said.moments
        if (worded := released(moment, parts))
    ]
    return Claim(words, tuple(citations) or said.claims[0].citations)


def released(moment: Moment, parts: Parts) -> list[Evidence]:
    pieces = release(ground.evidence(moment, parts.videos), parts.obligations)
    return [piece for piece in pieces if piece.text]


def _compared(said: Answer, parts: Parts) -> str:
    return "; ".join(
        f"{n}: {parts.videos[m.video].name} {m.span}, {m.span.duration_s:.1f} s"
        for n, m in enumerate(said.moments, 1)
    )


def _every_piece(said: Answer, parts: Parts, resolved: Resolved) -> tuple[Claim, ...]:
    """Return one sentence per released piece, in the order of time; matches are named."""
    made: list[Claim] = []
    for moment in said.moments:
        pieces = release(ground.evidence(moment, parts.videos), parts.obligations)
        for piece, support in zip(pieces, moment.supports, strict=True):
            if not piece.text:
                continue
            claim = ground.claim([piece])
            if resolved.step is Step.WHY and support.matched:
                claim = replace(claim, text=f"{claim.text} (matches {', '.join(support.matched)})")
            made.append(claim)
            if resolved.step is Step.SUMMARY:
                break
    if resolved.step is Step.WORDS_AROUND:
        made.sort(key=lambda c: c.citations[0].span)
    return tuple(dict.fromkeys(made)) or said.claims
