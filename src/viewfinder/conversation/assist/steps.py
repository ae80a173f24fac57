"""One turn with a model beside it, told step by step: what it is at, claims, then the turn.

Without a model, or where it fails, the same turn comes from the rules alone; a note says
so. The model is asked after the gate in, sees what the gate out let through, and whatever
words it puts into the question go through the gate in again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace

from viewfinder.conversation import dialogue
from viewfinder.conversation import turn as gated
from viewfinder.conversation.assist import draft, judge, plan, rewrite
from viewfinder.conversation.assist.draft import Drafted
from viewfinder.conversation.assist.seat import Assist, Progress, Unusable, Use
from viewfinder.conversation.checking import accusations, gate
from viewfinder.domain.answer import Answer, Claim, Evidence, Outcome
from viewfinder.domain.conversation import Conversation, Resolved, Turn
from viewfinder.domain.conversation import Step as Act
from viewfinder.domain.errors import ModelError
from viewfinder.domain.search import Moment, QueryPlan, Ranking, Shape

Step = Progress | Drafted | Resolved | Claim
"""What happens on the way: a claim is told once it is checked, and after how the question
was understood."""

BY_RULES = "The language model did not answer; rules alone did: "
NOT_USED = "What the language model said was not used: "
LONGEST_WHY = 160


@dataclass(frozen=True, slots=True)
class Helped:
    """Something the model may have helped with; the model as it may be used from here on.

    Attributes:
        assist: Without uses where it failed: within a turn it is not asked again.
        notes: What went wrong, in words.
    """

    assist: Assist
    notes: tuple[str, ...] = ()

    def failed(self, error: Exception) -> Helped:
        why = " ".join(str(error).split())[:LONGEST_WHY]
        if isinstance(error, Unusable):
            return replace(self, notes=(*self.notes, f"{NOT_USED}{why}."))
        return Helped(self.assist.but(*Use), (*self.notes, f"{BY_RULES}{why}."))


@dataclass(frozen=True, slots=True)
class Saying:
    """How an answer is said without a model.

    Attributes:
        again: The extractive answer to a ranking.
        released: What the gate out lets through of a moment.
        checked: Drops what does not hold, whoever worded it.
        may_reword: False where the policy asks for the words of the footage alone.
    """

    again: Callable[[Ranking], Answer]
    released: Callable[[Moment], Sequence[Evidence]]
    checked: Callable[[Answer], Answer]
    may_reword: bool = True


def planned(
    helped: Helped, base: QueryPlan, permits: Callable[[str], bool]
) -> Generator[Step, None, tuple[Helped, QueryPlan]]:
    """Return the plan, with the model's words in it where they are of use and permitted."""
    if not helped.assist.may(Use.PLAN) or not plan.is_wanted(base):
        return helped, base
    yield Progress("the model reads the question ...")
    try:
        made = plan.planned(base, plan.propose(helped.assist, base))
    except (ModelError, Unusable) as error:
        return helped.failed(error), base
    return helped, made if made.text == base.text or permits(made.text) else base


def reworded(
    helped: Helped, plain: Turn, talk: Conversation, permits: Callable[[str], bool]
) -> Generator[Step, None, tuple[Helped, Resolved]]:
    """Return a turn's question as it stands alone, in the model's words where permitted."""
    resolved = plain.resolved
    yield Progress("the model reads the question and those before it ...")
    try:
        made = rewrite.rewritten(helped.assist, plain.question, resolved, talk)
    except (ModelError, Unusable) as error:
        return helped.failed(error), resolved
    return helped, made if made.text == resolved.text or permits(made.text) else resolved


def _said_anew(
    helped: Helped,
    plain: Turn,
    talk: Conversation,
    parts: dialogue.Parts,
    permits: Callable[[str], bool],
) -> Generator[Step, None, tuple[Helped, Turn]]:
    """Return the turn to the reworded question, or the one given.

    Words of the topic, once in the question, are found in what the talk is about anyway:
    whether there is an answer, how sure it is, and what the talk is about from here on stay
    with the question as it was put.
    """
    if plain.answer.outcome is not Outcome.ANSWER:
        return helped, plain
    helped, resolved = yield from reworded(helped, plain, talk, permits)
    if resolved == plain.resolved:
        return helped, plain
    made = dialogue.take(plain.question, resolved, parts)
    if made.answer.outcome is not Outcome.ANSWER:
        return helped, plain
    sure = replace(
        made.answer, confidence=plain.answer.confidence, certificate=plain.answer.certificate
    )
    known = replace(plain.resolved, question=resolved.question, note=resolved.note)
    return helped, replace(made, answer=sure, resolved=known)


def polished(
    helped: Helped, question: str, said: Answer, saying: Saying
) -> Generator[Step, None, tuple[Helped, Answer]]:
    """Return an answer judged and worded by the model; a silence stays a silence."""
    shape = said.plan.shape if said.plan else Shape.MOMENTS
    if said.outcome is not Outcome.ANSWER or shape is Shape.COUNT:
        return helped, said
    if helped.assist.may(Use.JUDGE) and shape is Shape.MOMENTS:
        helped, said = yield from _judged(helped, said)
    accuses = said.plan is not None and accusations.about(said.plan) is accusations.Level.ACCUSES
    if helped.assist.may(Use.DRAFT) and saying.may_reword and not accuses:
        helped, said = yield from _drafted(helped, question, said, saying)
    return helped, said


def _judged(helped: Helped, said: Answer) -> Generator[Step, None, tuple[Helped, Answer]]:
    if said.plan is None or not judge.criteria(said.plan):
        return helped, said
    count = min(len(said.moments), judge.JUDGED)
    yield Progress(f"the model reads {count} moment{'s' * (count != 1)} ...")
    try:
        moments = judge.judged(helped.assist, said.moments, said.plan)
    except (ModelError, Unusable) as error:
        return helped.failed(error), said
    return helped, replace(said, moments=moments)


def _drafted(
    helped: Helped, question: str, said: Answer, saying: Saying
) -> Generator[Step, None, tuple[Helped, Answer]]:
    told = {(c.video, c.span) for claim in said.claims for c in claim.citations}
    released = [
        piece
        for moment in said.moments
        if any((moment.video, s.span) in told for s in moment.supports)
        for piece in saying.released(moment)
    ]
    evidence = draft.given(said, released)
    if not evidence:
        return helped, said
    yield Progress(f"the model words an answer from {len(evidence)} lines ...")
    claims: list[Claim] = []
    try:
        for step in draft.drafted(helped.assist, question, evidence):
            yield step
            if isinstance(step, Claim):
                claims.append(step)
    except (ModelError, Unusable) as error:
        helped = helped.failed(error)
    return helped, saying.checked(replace(said, claims=draft.merged(said, claims)))


DRAFTABLE = frozenset({Act.SEARCH, Act.PICK, Act.BEFORE, Act.AFTER})
"""Turns whose claims a model may word; the others count, compare or repeat word for word."""


def turn(
    question: str, talk: Conversation, admit: dialogue.Admit, assist: Assist
) -> Iterator[Step | Turn]:
    """Yield what happens, then the turn; it is that of ``dialogue.converse`` where the model
    is of no use.
    """
    got = dialogue.understood(question, talk, admit)
    if isinstance(got, Turn):
        yield got
        return
    resolved, parts = got
    permits = _permitting(admit)
    helped = Helped(assist)
    taken = None
    if rewrite.is_unsure(resolved, talk) and assist.may(Use.REWRITE):
        plain = dialogue.take(question, resolved, parts)
        helped, taken = yield from _said_anew(helped, plain, talk, parts, permits)
    elif resolved.step is Act.SEARCH and resolved.text:
        words = resolved.text
        helped, made = yield from planned(helped, parts.plan(words), permits)
        parts = replace(parts, plan=_remembering(words, made, parts.plan))
    taken = taken or dialogue.take(question, resolved, parts)
    said = taken.answer
    asked = taken.resolved.text or question  # the whole resolution names files
    yield taken.resolved
    if taken.resolved.step in DRAFTABLE:
        judging = (
            helped.assist if taken.resolved.step is Act.SEARCH else helped.assist.but(Use.JUDGE)
        )
        helped, said = yield from polished(
            replace(helped, assist=judging), asked, said, _saying(parts, assist)
        )
    said = replace(said, notes=(*said.notes, *helped.notes))
    is_moved = said.moments != taken.answer.moments
    yield replace(taken, answer=said, shown=dialogue.shown(said) if is_moved else taken.shown)


def _by(assist: Assist) -> gate.Check:
    """Return the check of sentences, drafted or not, as the gate asks for it."""
    return lambda text, cited, spans: (
        gate.by_words(text, cited, spans) and assist.check(text, cited)
    )


def _remembering(
    words: str, made: QueryPlan, otherwise: Callable[[str], QueryPlan]
) -> Callable[[str], QueryPlan]:
    return lambda asked: made if asked == words else otherwise(asked)


def answer(
    base: QueryPlan, parts: dialogue.Parts, admit: dialogue.Admit, assist: Assist
) -> Iterator[Step | Answer]:
    """Yield what happens, then the answer to a single question, of which ``base`` is the plan."""
    helped, made = yield from planned(Helped(assist), base, _permitting(admit))
    saying = _saying(parts, assist)
    said = saying.again(parts.find(made, None))
    helped, said = yield from polished(helped, base.question, said, saying)
    yield replace(said, notes=(*said.notes, *helped.notes))


def _permitting(admit: dialogue.Admit) -> Callable[[str], bool]:
    return lambda words: isinstance(admit(words), dialogue.Parts)


def _saying(parts: dialogue.Parts, assist: Assist) -> Saying:
    return Saying(
        lambda ranking: dialogue.told(ranking, parts),
        lambda moment: dialogue.released(moment, parts),
        lambda said: gated.checked(said, parts.videos, check=_by(assist)),
        "extractive_only" not in parts.obligations,
    )
