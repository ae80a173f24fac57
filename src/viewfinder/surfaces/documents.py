"""The JSON that programs read: a documented contract (docs/reference/json.md)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import Any

from viewfinder.app.intake.adding import AddEvent
from viewfinder.app.records.backup import Manifest, Restored, Tidied
from viewfinder.app.status import VideoStatus
from viewfinder.domain.annotation import Annotation, Track
from viewfinder.domain.answer import Answer, Claim
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Decision, Erasure
from viewfinder.domain.search import Moment, QueryPlan, Ranking


def dumps(document: Any) -> str:
    """Return one line of JSON, words unescaped."""
    return json.dumps(document, ensure_ascii=False, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset | set | tuple):
        return list(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def plan(made: QueryPlan | None) -> dict[str, Any] | None:
    return None if made is None else asdict(made)


def moment(found: Moment, rank: int, paths: dict[VideoId, str]) -> dict[str, Any]:
    return {
        "rank": rank,
        "video": found.video,
        "path": paths.get(found.video, ""),
        "start_s": _s(found.span.start_s),
        "end_s": _s(found.span.end_s),
        "score": round(found.score, 6),
        "confidence": round(found.confidence, 3),
        "criteria": [{"text": each.text, "met": each.met} for each in found.criteria],
        "evidence": [
            {
                "track": support.track.value,
                "text": support.text,
                "start_s": _s(support.span.start_s),
                "end_s": _s(support.span.end_s),
                "score": round(support.score, 4),
                "corrected": support.is_corrected,
            }
            for support in found.supports
        ],
    }


def _s(seconds: float) -> float:
    return round(seconds, 3)


def search(ranking: Ranking, paths: dict[VideoId, str]) -> dict[str, Any]:
    """Return the document of ``viewfinder search --json``."""
    return {
        "query": ranking.plan.question,
        "plan": plan(ranking.plan),
        "found": ranking.found,
        "certainty": round(ranking.certainty, 3),
        "moments": [moment(m, n, paths) for n, m in enumerate(ranking.moments, 1)],
        "not_searched": list(ranking.not_searched),
    }


def refused(question: str, decision: Decision) -> dict[str, Any]:
    """Return the document of a ``search --json`` that policy turned down."""
    return {
        "query": question,
        "plan": None,
        "found": False,
        "moments": [],
        "not_searched": [],
        "refused": {
            "rule": decision.rule,
            "reason": decision.reason,
            "alternative": decision.alternative,
            "appeal": decision.appeal,
        },
    }


def ask(answer: Answer, paths: dict[VideoId, str]) -> dict[str, Any]:
    """Return the document of ``viewfinder ask --json``."""
    return {
        "outcome": answer.outcome.value,
        "reason": answer.reason,
        "rule": answer.rule,
        "alternative": answer.alternative,
        "appeal": answer.appeal,
        "claims": [claim(each) for each in answer.claims],
        "disagreements": [claim(each) for each in answer.disagreements],
        "moments": [moment(m, n, paths) for n, m in enumerate(answer.moments, 1)],
        "plan": plan(answer.plan),
        "searched": dict(answer.searched),
        "not_searched": list(answer.not_searched),
        "confidence": round(answer.confidence, 3),
        "certificate": answer.certificate,
        "notes": list(answer.notes),
    }


def claim(made: Claim) -> dict[str, Any]:
    """Return a cited sentence."""
    return {
        "text": made.text,
        "model": made.model,
        "citations": [
            {
                "video": citation.video,
                "path": citation.path,
                "start_s": _s(citation.span.start_s),
                "end_s": _s(citation.span.end_s),
                "track": citation.track.value,
                "quote": citation.quote,
                "verbatim": citation.verbatim,
                "addresses_machine": citation.addresses_machine,
                "corrected": citation.corrected,
            }
            for citation in made.citations
        ],
    }


def event(happened: AddEvent) -> dict[str, Any]:
    return {key: value for key, value in asdict(happened).items() if value not in ("", None)}


def video(item: Video) -> dict[str, Any]:
    return {
        "video": item.id,
        "path": item.path,
        "kind": item.kind.value,
        "duration_s": _s(item.duration_ns / 1e9),
        "title": item.title,
        "created": item.created,
        "width": item.width,
        "height": item.height,
        "streams": [asdict(stream) for stream in item.streams],
    }


def notes(item: Video, found: Sequence[tuple[Track, Annotation]]) -> dict[str, Any]:
    """Return the document of ``viewfinder show --json``."""
    return {
        **video(item),
        "notes": [
            {
                "track": track.name.value,
                "text": note.text,
                "start_s": _s(note.span.start_s),
                "end_s": _s(note.span.end_s),
                "confidence": round(note.confidence, 3),
                "tool": track.derivation.tool.name,
                "corrected": None if note.corrected is None else asdict(note.corrected),
            }
            for track, note in found
        ],
    }


def status(state: VideoStatus) -> dict[str, Any]:
    return {
        **video(state.video),
        "searchable": list(state.searchable),
        "missing": list(state.missing),
        "failed": dict(state.failed),
        "notes": list(state.notes),
        "gone": state.gone,
        "credentials": state.credentials and asdict(state.credentials),
        "original": state.check and {"at": state.check.at, "found": state.check.found.value},
        "cpu_s": round(state.cpu_s, 2),
    }


def erasure(receipt: Erasure) -> dict[str, Any]:
    return {
        "video": receipt.video,
        "at": receipt.at,
        "removed": dict(receipt.removed),
        "remains": list(receipt.remains),
        "parts": [{"start_s": _s(s.start_s), "end_s": _s(s.end_s)} for s in receipt.spans],
    }


def backup(made: Manifest) -> dict[str, Any]:
    return asdict(made)


def tidied(found: Tidied) -> dict[str, Any]:
    return {"videos": list(found.videos), "conversations": list(found.conversations)}


def restored(made: Restored) -> dict[str, Any]:
    """Return the document of ``viewfinder restore --json``."""
    return {
        "made": made.manifest.made,
        "entries": made.manifest.entries,
        "newest": made.newest,
        "erased": tidied(made.tidied),
    }
