"""A plan as chips: what a question was read as, each part of it to be taken away again."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from viewfinder.app.library import Library
from viewfinder.domain.search import Filters, QueryPlan, Shape

_FACTS: dict[str, Callable[[Any], str]] = {
    "after": lambda day: f"recorded from {day} on",
    "before": lambda day: f"recorded before {day}",
    "min_duration_s": lambda s: f"at least {s:g} s long",
    "max_duration_s": lambda s: f"at most {s:g} s long",
    "orientation": str,
}
_LISTS: dict[str, Callable[[Any], str]] = {
    "files": lambda name: f"file {name}",
    "languages": lambda code: f"language {code}",
    "lanes": lambda lane: f"only {str(lane.value).replace('_', ' ')}",
    "has": lambda what: f"with {what}",
    "lacks": lambda what: f"without {what}",
}
_PARTS: dict[str, Callable[[str], str]] = {
    "phrases": lambda words: f"word for word: “{words}”",
    "exclude": lambda what: f"not: {what}",
    "names": lambda name: f"named in words: {name}",
    "speakers": lambda name: f"said by {name}",
}
_SHAPES = {
    Shape.VIDEOS: "whole videos",
    Shape.COUNT: "how many",
    Shape.FIRST: "the first one",
    Shape.LAST: "the last one",
    Shape.LONGEST: "the longest",
    Shape.SHORTEST: "the shortest",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of a plan that can be taken away: its name in a form, and in words."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Words:
    """A plan as a page shows it.

    Attributes:
        question: Whose plan; planning it again gives the same.
        text: What is looked for.
        chips: What else it asks for.
        described: All of it, as the command line says it.
        may_change: False where the question alone does not make this plan.
    """

    question: str
    text: str
    chips: tuple[Chip, ...]
    described: str
    may_change: bool


def words(plan: QueryPlan, library: Library) -> Words:
    """Return a plan for a page."""
    may_change = bool(plan.question) and (plan.like is None or "@" in plan.like)
    return Words(plan.question, plan.text, tuple(chips(plan)), library.describe(plan), may_change)


def chips(plan: QueryPlan) -> list[Chip]:
    """Return what a plan asks for besides its text, each part by a name of its own."""
    found = [
        Chip(f"{name}:{n}", told(value))
        for name, told in _PARTS.items()
        for n, value in enumerate(getattr(plan, name))
    ]
    if plan.anchor:
        found.append(Chip("anchor", f"while the words are said: {plan.anchor}"))
    if plan.sequence:
        order = plan.sequence
        both = f"“{order.first}”, then “{order.second}” within {order.within_s:g} s"
        found.append(Chip("sequence", both))
    found += [
        Chip(f"filters.{name}:{n}", told(value))
        for name, told in _LISTS.items()
        for n, value in enumerate(getattr(plan.filters, name))
    ]
    found += [
        Chip(f"filters.{name}", told(getattr(plan.filters, name)))
        for name, told in _FACTS.items()
        if getattr(plan.filters, name) is not None
    ]
    if plan.shape in _SHAPES:
        found.append(Chip("shape", _SHAPES[plan.shape]))
    return found


def changed(plan: QueryPlan, text: str, kept: Collection[str]) -> QueryPlan:
    """Return a plan that looks for another text, with those chips alone that were kept."""
    gone = {chip.key for chip in chips(plan)} - set(kept)
    left: dict[str, Any] = {name: _without(plan, name, name, gone) for name in _PARTS}
    filters: dict[str, Any] = {
        name: _without(plan.filters, name, f"filters.{name}", gone) for name in _LISTS
    }
    filters |= {name: None for name in _FACTS if f"filters.{name}" in gone}
    if "anchor" in gone:
        left["anchor"] = None
    if "sequence" in gone:
        left["sequence"] = None
    if "shape" in gone:
        left["shape"] = Shape.MOMENTS
    was, text = plan.text, text.strip() or plan.text
    lookups = plan.lookups
    if text != was:
        lookups = tuple(replace(each, text=text) for each in lookups)
    return replace(
        plan, text=text, lookups=lookups, filters=replace(plan.filters, **filters), **left
    )


def _without(of: QueryPlan | Filters, name: str, prefix: str, gone: Collection[str]) -> Any:
    values = getattr(of, name)
    return tuple(value for n, value in enumerate(values) if f"{prefix}:{n}" not in gone)
