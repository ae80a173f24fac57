"""Which of the things a question asks for does each found moment meet, as a model reads it?

It says so of moments that were found anyway, from what was released of them, and no more than
that: none is added, dropped or moved, and no silence becomes an answer. Put in the order of
these verdicts, moments stood worse than before (``benchmarks/assist``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from viewfinder.conversation.assist.seat import Assist, Unusable, ask
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.prompt import Prompt
from viewfinder.domain.search import Criterion, Moment, QueryPlan

JUDGED = 5
"""Moments that are read."""
CRITERIA = 3
LONGEST_TEXT = 200
SAID = {"yes": True, "no": False, "unclear": None}
_BREAK = re.compile(
    r"\s*(?:[,;]\s|\s(?:and|with|while|und|mit|während|et|avec|pendant que|y|con|mientras)\s)\s*",
    re.IGNORECASE,
)

INSTRUCTIONS = """\
You check moments of video footage against criteria. Each line of evidence is one moment: words
that were said or shown, or what a machine saw. For each moment and each criterion say "yes" if
the line shows that it is met, "no" if the line shows something else, "unclear" if the line does
not tell.

Evidence: m1 "a red car; a road", m2 "Tickets cost five pounds"
Question: "a: red car b: price of tickets"
{"m1": {"a": "yes", "b": "no"}, "m2": {"a": "no", "b": "yes"}}"""


def criteria(plan: QueryPlan) -> tuple[str, ...]:
    """Return what a plan asks of a moment, part by part, at most ``CRITERIA``."""
    sides = [plan.sequence.first, plan.sequence.second] if plan.sequence else []
    parts = [p.strip() for p in sides or _BREAK.split(plan.text)]
    wanted = [p for p in parts if re.search(r"\w", p)] + [f"no {x}" for x in plan.exclude]
    return tuple(dict.fromkeys(wanted))[:CRITERIA]


def judged(assist: Assist, moments: Sequence[Moment], plan: QueryPlan) -> tuple[Moment, ...]:
    """Return the moments, the first of them with what they meet.

    Args:
        assist: The model.
        moments: Released, best first.
        plan: What they were found by.

    Raises:
        ModelError: No reply.
        Unusable: Two replies that break the rules.
    """
    wanted = criteria(plan)
    told = [(n, line) for n, m in enumerate(moments[:JUDGED]) if (line := _line(m))]
    if not wanted or not told:
        return tuple(moments)
    labels = "abc"[: len(wanted)]
    names = [f"m{n + 1}" for n, _ in told]
    prompt = Prompt(
        INSTRUCTIONS,
        " ".join(f"{label}: {text}" for label, text in zip(labels, wanted, strict=True)),
        evidence=tuple(zip(names, (line for _, line in told), strict=True)),
        schema=_schema(names, labels),
    )
    said = ask(
        assist,
        prompt,
        max_tokens=20 + 12 * len(names) * len(labels),
        read=lambda found: _read(found, names, labels),
    )
    chips = {
        n: tuple(
            Criterion(text, said[name][label]) for label, text in zip(labels, wanted, strict=True)
        )
        for (n, _), name in zip(told, names, strict=True)
    }
    return tuple(replace(m, criteria=chips.get(n, ())) for n, m in enumerate(moments))


def _line(moment: Moment) -> str:
    told = (s.text for s in moment.supports if s.text and s.track is not TrackName.METADATA)
    words = "; ".join(dict.fromkeys(told))
    return " ".join(words.split())[:LONGEST_TEXT]


def _schema(names: Sequence[str], labels: str) -> str:
    one = {
        "type": "object",
        "properties": {label: {"type": "string", "enum": list(SAID)} for label in labels},
        "required": list(labels),
        "additionalProperties": False,
    }
    return json.dumps(
        {
            "type": "object",
            "properties": dict.fromkeys(names, one),
            "required": list(names),
            "additionalProperties": False,
        }
    )


def _read(
    found: Mapping[str, Any], names: Sequence[str], labels: str
) -> dict[str, dict[str, bool | None]]:
    said: dict[str, dict[str, bool | None]] = {}
    for name in names:
        row = found.get(name)
        if not isinstance(row, dict):
            raise Unusable(f"{name!r} is missing")
        for label in labels:
            if row.get(label) not in SAID:
                raise Unusable(f"{label!r} of {name!r} is none of {', '.join(SAID)}")
        said[name] = {label: SAID[row[label]] for label in labels}
    return said
