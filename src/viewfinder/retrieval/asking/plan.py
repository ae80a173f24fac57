"""A question becomes a plan, by rules alone.

A plan is a value: it prints (``describe``), it goes to JSON and back, it can be edited
and replayed, and the same question always gives the same plan.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Any

from pydantic import TypeAdapter, ValidationError

from viewfinder.domain.annotation import TrackName
from viewfinder.domain.errors import UsageError
from viewfinder.domain.search import Filters, LegKind, Lookup, QueryPlan, Sequence, Shape
from viewfinder.domain.segment import Lane
from viewfinder.domain.words import terms
from viewfinder.retrieval.asking import facts, grammar, language
from viewfinder.retrieval.asking.facts import Vocabulary
from viewfinder.retrieval.asking.language import Language

__all__ = ["Vocabulary", "describe", "from_json", "plan", "to_json"]

WORDY = frozenset({TrackName.SPEECH, TrackName.SCREEN_TEXT})
SPOKEN = (Lane.SPEECH, Lane.CAPTIONS)
WEAK = 0.5
"""Say of a word lane that the question points away from: still heard, rarely first."""
UNHEARD, UNREAD = 0.05, 0.2
"""Say of the picture where the question asks for speech, or for written words: it resembles
everything a little, and "poster" or "button" may be meant as things."""


def plan(question: str, *, today: date, known: Vocabulary | None = None) -> QueryPlan:
    """Return the plan of a question.

    Args:
        question: In plain words, in any language that has a file in ``languages``.
        today: What "yesterday" counts from.
        known: Names in scope that the question may use.
    """
    known = known or Vocabulary()
    text = grammar.plain(question)
    words = language.load(language.detect(text))
    phrases, text = grammar.phrases(text)
    like, text = grammar.likeness(text, words)
    asks_for_files = grammar.asks_for_files(text, words)
    text, filters = facts.read(text, words, today=today, known=known)
    anchor, text = grammar.anchor(grammar.tidy(text), words)
    order, text = (None, text) if anchor else grammar.sequence(text, words)
    exclude, text = ((), text) if order else grammar.exclusions(text, words)
    shape, text = (Shape.MOMENTS, text) if order else grammar.shape(text, words)
    pointed = grammar.tracks(f"{text} {anchor or ''}", words)
    people = tuple(sorted(known.speakers, key=lambda name: (-len(name), name)))
    text = grammar.framing(text, words)
    shape, text = _files_or_moments(shape, text, filters, asks_for_files, like, words)
    made = QueryPlan(
        question=question,
        text=text,
        language=words.code,
        phrases=phrases,
        exclude=exclude,
        names=grammar.names(grammar.plain(question), words, speakers=people),
        speakers=grammar.speakers(text, people),
        anchor=anchor,
        filters=filters,
        sequence=order,
        shape=shape,
        like=like,
    )
    return replace(made, lookups=lookups(made, pointed))


def likeness(question: str) -> str | None:
    """Return what a question wants the like of, as its plan has it; None for nothing."""
    text = grammar.plain(question)
    words = language.load(language.detect(text))
    return grammar.likeness(grammar.phrases(text)[1], words)[0]


def _files_or_moments(
    shape: Shape,
    text: str,
    filters: Filters,
    asks_for_files: bool,
    like: str | None,
    words: Language,
) -> tuple[Shape, str]:
    """Ask for whole files where nothing but facts about files is left of the question."""
    light = words.function_terms | words.light_terms | set(terms("here there"))
    is_bare = all(t in light for t in terms(text)) and like is None
    if shape in (Shape.LONGEST, Shape.SHORTEST):
        return shape, "" if is_bare else text
    if is_bare and (asks_for_files or filters != Filters()):
        return (Shape.VIDEOS if shape is Shape.MOMENTS else shape), ""
    return shape, text


def lookups(made: QueryPlan, pointed: frozenset[TrackName]) -> tuple[Lookup, ...]:
    """Return what to look up where; tracks that the question points at weigh more."""
    text = made.anchor or made.text
    if not text:
        return ()
    spoken = language.load(made.language)
    in_picture = grammar.pictured(made.text, grammar.plain(made.question), made.names, spoken)
    speech = _say(TrackName.SPEECH in pointed or bool(made.anchor or made.speakers), pointed)
    screen = _say(TrackName.SCREEN_TEXT in pointed, pointed)
    picture = 1.0
    if TrackName.LABELS not in pointed and pointed & WORDY:
        picture = UNHEARD if TrackName.SPEECH in pointed else UNREAD
    metadata = 1.0 if TrackName.METADATA in pointed else 0.3
    rows: list[tuple[LegKind, tuple[Lane, ...], str, float]] = [
        (LegKind.WORDS, SPOKEN, text, speech),
        (LegKind.MEANING, SPOKEN, text, speech),
        (LegKind.WORDS, (Lane.SCREEN_TEXT,), text, screen),
        (LegKind.MEANING, (Lane.SCREEN_TEXT,), text, screen),
        (LegKind.WORDS, (Lane.METADATA,), text, metadata),
    ]
    if in_picture and not made.anchor:
        rows.append((LegKind.PICTURE, (Lane.PICTURE,), in_picture, picture))
    return tuple(Lookup(*row) for row in rows)


def _say(is_pointed_at: bool, pointed: frozenset[TrackName]) -> float:
    return 1.0 if is_pointed_at or not pointed - {TrackName.METADATA} else WEAK


def describe(made: QueryPlan) -> str:
    """Return the plan in lines for people; what is empty is left out."""
    lines = [f"looks for   {made.text or '(facts of files only)'}"]
    facts_of = [
        f"{f.name.replace('_', ' ')} {_shown(value)}"
        for f in fields(made.filters)
        if (value := getattr(made.filters, f.name)) not in (None, ())
    ]
    order = made.sequence
    rows = [
        ("while said", made.anchor),
        ("word for word", _shown(tuple(f'"{p}"' for p in made.phrases))),
        ("without", _shown(made.exclude)),
        ("names", made.names and f"{_shown(made.names)} (in words only, never in the picture)"),
        ("speakers", _shown(made.speakers)),
        ("filters", "; ".join(facts_of)),
        ("order", order and _order(order)),
        ("like", made.like),
        ("gives", made.shape.value if made.shape is not Shape.MOMENTS else ""),
        ("language", made.language),
    ]
    lines += [f"{name:<11} {value}" for name, value in rows if value]
    for lookup in made.lookups:
        lanes = "+".join(lookup.lanes)
        lines.append(f"looks in    {lanes} by {lookup.kind}, weight {lookup.weight:g}")
    return "\n".join(lines)


def _order(order: Sequence) -> str:
    first, second = order.first or "anything", order.second or "anything"
    return f"{first!r} then {second!r} within {order.within_s:g} s; gives {order.wanted}"


def _shown(value: Any) -> str:
    return ", ".join(str(v) for v in value) if isinstance(value, tuple) else str(value)


def to_json(made: QueryPlan) -> str:
    """Return the plan as JSON that ``from_json`` reads back to an equal plan."""
    return json.dumps(_ADAPTER.dump_python(made, mode="json"), ensure_ascii=False, indent=2)


def from_json(text: str) -> QueryPlan:
    """Return the plan that a JSON text describes; what it leaves out takes its default.

    Raises:
        UsageError: Not JSON, a key that no plan has, or a value of the wrong kind.
    """
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise UsageError(f"the plan is not JSON: {error}; `--plan` prints one") from error
    _refuse_unknown(value, QueryPlan, "")
    try:
        return _ADAPTER.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"the plan's {where!r} is wrong: {first['msg']}") from error


def _refuse_unknown(value: object, kind: type, where: str) -> None:
    """Dataclasses ignore unknown keys under pydantic: look for them by hand, and say which."""
    if not isinstance(value, dict) or not is_dataclass(kind):
        return
    allowed = [f.name for f in fields(kind)]
    for key, inner in value.items():
        if key not in allowed:
            near = get_close_matches(str(key), allowed, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(allowed)}"
            raise UsageError(f"a plan has no key {where + str(key)!r}{hint}")
        if nested := _NESTED.get(str(key)):
            for item in inner if isinstance(inner, list) else [inner]:
                _refuse_unknown(item, nested, f"{where}{key}.")


_NESTED: dict[str, type] = {"filters": Filters, "sequence": Sequence, "lookups": Lookup}
_ADAPTER: TypeAdapter[QueryPlan] = TypeAdapter(QueryPlan)
