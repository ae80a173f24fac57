"""Ask your footage in plain language and get the exact moments, with evidence.

``Library`` is where to begin; the names below are the public API.
"""

import os as _os
from importlib import import_module as _import
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from viewfinder.app.intake.adding import AddEvent, Options
    from viewfinder.app.library import Library, Refused
    from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
    from viewfinder.domain.conversation import Conversation, Turn
    from viewfinder.domain.errors import ViewfinderError
    from viewfinder.domain.search import Moment, QueryPlan, Ranking
    from viewfinder.domain.time import TimeSpan

# Small matrices on many threads spin more than they multiply: work is spread over processes
# instead. Must be said before numpy is loaded; whoever sets these keeps their setting.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    _os.environ.setdefault(_name, "1")

# onnxruntime from 1.29 on reports each model and each run to its maker unless it is told before
# it starts not to (docs/decisions/0047). Nothing leaves this machine that nobody allowed, so
# this is no setting.
_os.environ["ORT_DISABLE_TELEMETRY"] = "1"

_HOMES = {
    "AddEvent": "app.intake.adding",
    "Answer": "domain.answer",
    "Citation": "domain.answer",
    "Claim": "domain.answer",
    "Conversation": "domain.conversation",
    "Library": "app.library",
    "Moment": "domain.search",
    "Options": "app.intake.adding",
    "Outcome": "domain.answer",
    "QueryPlan": "domain.search",
    "Ranking": "domain.search",
    "Refused": "app.library",
    "TimeSpan": "domain.time",
    "Turn": "domain.conversation",
    "ViewfinderError": "domain.errors",
}

__all__ = [
    "AddEvent",
    "Answer",
    "Citation",
    "Claim",
    "Conversation",
    "Library",
    "Moment",
    "Options",
    "Outcome",
    "QueryPlan",
    "Ranking",
    "Refused",
    "TimeSpan",
    "Turn",
    "ViewfinderError",
]


def __getattr__(name: str) -> object:
    """Load a public name on first use, so that a worker loads only what it needs."""
    if name not in _HOMES:
        raise AttributeError(f"module 'viewfinder' has no attribute {name!r}")
    return getattr(_import(f"viewfinder.{_HOMES[name]}"), name)
