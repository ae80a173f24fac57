"""Whether this machine, the weights and the library are as they should be."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from viewfinder.app import config
from viewfinder.app.evidence import Found
from viewfinder.app.library import Library
from viewfinder.app.tools import language_model
from viewfinder.domain.errors import ConfigError, InputError, ViewfinderError
from viewfinder.evaluation import certificates
from viewfinder.governance import egress
from viewfinder.weights import fetch as fetching
from viewfinder.weights import report
from viewfinder.weights.fetch import FetchProgress
from viewfinder.weights.manifest import manifest

SPARE_BYTES = 2_000_000_000


def models() -> list[dict[str, Any]]:
    """Return one row per bundle of the manifest."""
    return [
        {
            "name": row.bundle.name,
            "purpose": row.bundle.purpose,
            "licence": row.bundle.licence,
            "origin": row.bundle.origin,
            "megabytes": round(row.bundle.size_bytes / 1e6),
            "default": row.bundle.default,
            "state": row.state.value,
            "path": row.path,
            "sha256": list(row.digests),
            "advice": row.advice,
        }
        for row in report.rows()
    ]


def default_bundles() -> tuple[str, ...]:
    """Return the names of what is fetched without asking by name."""
    return tuple(bundle.name for bundle in manifest() if bundle.default)


def fetch(name: str, folder: Path | None) -> Iterator[FetchProgress]:
    """Fetch one bundle; with a folder given, from there alone."""
    return fetching.fetch(name, folder=folder, offline=folder is not None)


def is_meetings(path: Path) -> bool:
    """Tell whether a query file has the form of timed meetings.

    Raises:
        InputError: It cannot be read as JSON lines.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            return "meeting" in json.loads(next(lines, "{}"))
    except (OSError, ValueError) as error:
        raise InputError(f"{str(path)!r} is not a file of JSON lines: {error}") from error


def doctor(folder: Path, opened: Callable[[], Library]) -> list[dict[str, str]]:
    """Return findings: what, state (ok, optional, missing, wrong), and what to do.

    Args:
        folder: Of the library, which need not be there.
        opened: Opens it for whoever asks.
    """
    findings = [
        _finding(
            f"Python {sys.version.split()[0]}, SQLite {sqlite3.sqlite_version}",
            sqlite3.sqlite_version_info >= (3, 40),
            "SQLite 3.40 or newer is needed",
        ),
        _finding(f"{len(os.sched_getaffinity(0))} cores usable", True, ""),
        _space(folder),
    ]
    findings += [
        {
            "what": f"{row['name']}: {row['purpose']}",
            "state": {"present": "ok", "damaged": "wrong"}.get(row["state"], row["state"]),
            "advice": row["advice"],
        }
        for row in models()
    ]
    return [*findings, *_model(folder), *_library(folder, opened)]


def _finding(what: str, good: bool, advice: str) -> dict[str, str]:
    return {"what": what, "state": "ok" if good else "wrong", "advice": "" if good else advice}


def _space(folder: Path) -> dict[str, str]:
    there = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(there).free
    return _finding(
        f"{free / 1e9:.1f} GB free at {there}",
        free > SPARE_BYTES,
        "less than 2 GB free: decoding needs room for its spool",
    )


def _model(folder: Path) -> list[dict[str, str]]:
    """Return what is known of the language model; nothing where the settings are broken."""
    try:
        settings = config.load(folder)
    except ConfigError:  # said of the library
        return []
    named = settings.model
    if not named.name:
        what = "no language model: rules plan, answers quote"
        advice = "docs/how-to/language-model.md says how to let one help"
        return [{"what": what, "state": "optional", "advice": advice}]
    try:
        model = language_model(named)
        assert model is not None
        egress.checked(model.destination, settings.egress.allow)
    except ViewfinderError as error:
        return [_finding(f"language model {named.name!r}", False, str(error))]
    uses = [use.name for use in fields(settings.assist) if getattr(settings.assist, use.name)]
    where = model.destination or "this machine"
    what = f"language model {model.tool.name} on {where}: {', '.join(uses) or 'used for nothing'}"
    return [_finding(what, True, "")]


def _library(folder: Path, opened: Callable[[], Library]) -> list[dict[str, str]]:
    if not (folder / "library.sqlite").is_file():
        advice = "`viewfinder add FILE...` makes one"
        return [{"what": f"no library at {folder}", "state": "missing", "advice": advice}]
    try:
        with opened() as library:
            counts = library.counts()
            certified = certificates.summary(library.calibration.certificate())
            states = library.status()
            changed = [s.video.name for s in states if s.check and s.check.found is Found.CHANGED]
            due = len(library.evidence.due())
            library.second_reader.is_reading()
            why = library.second_reader.note
    except ViewfinderError as error:
        return [{"what": f"library at {folder}", "state": "wrong", "advice": str(error)}]
    there = _finding(
        f"library at {folder}: {counts.get('videos', 0)} videos; {certified}", True, ""
    )
    return [there, _originals(changed, due), _reading(why)]


def _reading(why: str) -> dict[str, str]:
    """Return who reads what a question asks about people."""
    what = f"questions are read by rules alone: {why}" if why else "questions are read twice"
    advice = "`viewfinder models fetch` gets the encoders" if why else ""
    return {"what": what, "state": "optional" if why else "ok", "advice": advice}


def _originals(changed: list[str], due: int) -> dict[str, str]:
    if changed:
        what = f"originals that are not what was indexed: {', '.join(changed[:3])}"
        return _finding(what, False, "get them back from a copy; `viewfinder evidence scrub`")
    state = "optional" if due else "ok"
    advice = "`viewfinder evidence scrub --due` hashes them again" if due else ""
    return {"what": f"{due} originals to be hashed again", "state": state, "advice": advice}
