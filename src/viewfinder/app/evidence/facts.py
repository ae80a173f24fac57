"""What anybody may know of a library: build, rules, models, what is off, how its log stands.

Nothing in it is about footage except counts, and those only as far as the asker may see.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from viewfinder.adapters.policies.cedar import profiles
from viewfinder.app.config import Config
from viewfinder.app.entry import register
from viewfinder.app.evidence.build import build, last_tests
from viewfinder.app.evidence.desk import Desk
from viewfinder.app.records.logbook import LAST
from viewfinder.domain.log.checkpoint import parsed
from viewfinder.governance.keeping import switches
from viewfinder.weights import report

VERSION = 1


def facts(desk: Desk) -> dict[str, Any]:
    """Return the document of ``viewfinder facts --json``."""
    profile = asdict(profiles.named(register.read(desk.folder).profile))
    scope = desk.permitted("show")
    return {
        "facts": VERSION,
        "build": build(),
        "policy": {
            "name": desk.config.policy,
            "sha256": desk.policy().version,
            "governed": desk.config.policy != "household",
        },
        "profile": {k: list(v) if isinstance(v, tuple) else v for k, v in profile.items()},
        "checkpoint": checkpoint(desk),
        "encryption": encryption(desk.config),
        "egress": {
            "allow": list(desk.config.egress.allow),
            "model": destination(desk.config),
        },
        "model": {
            "name": desk.config.model.name,
            "uses": [use for use, on in asdict(desk.config.assist).items() if on],
        },
        "off": off(desk),
        "models": [weights(row) for row in report.rows()],
        "certificate": desk.certified() if scope is not None else "",
        "tests": last_tests(),
        "counts": None if scope is None else desk.store.counts(scope=scope),
    }


def off(desk: Desk) -> list[dict[str, str]]:
    """Return what is off; names of collections only for those who turn the switches."""
    standing = switches.standing(desk.store.facts(switches.KIND))
    named = desk.permitted("configure") is not None
    return [
        {"what": one.what if named else _unnamed(one.what), "since": one.at} for one in standing.off
    ]


def _unnamed(what: str) -> str:
    return switches.COLLECTION.rstrip(":") if what.startswith(switches.COLLECTION) else what


def checkpoint(desk: Desk) -> dict[str, Any] | None:
    """Return the last signed checkpoint of the log; None where there is none yet."""
    try:
        text = (desk.folder / LAST).read_text("utf-8")
        made = parsed(text)
    except (OSError, ValueError):
        return None
    return {"origin": made.origin, "entries": made.size, "root": made.root.hex(), "signed": text}


def encryption(config: Config) -> dict[str, Any]:
    """Return whether footage is kept encrypted, and what kind of place the key is in."""
    return {"on": config.keys.encrypt, "master_key": config.keys.master.partition(":")[0]}


def destination(config: Config) -> str:
    """Return where prompts for the language model go: "" where they stay on this machine."""
    return urlsplit(config.model.base_url).netloc if config.model.name == "openai" else ""


def weights(row: report.Row) -> dict[str, Any]:
    """Return one model: what for, whose, under which licence, and which bytes are here."""
    return {
        "name": row.bundle.name,
        "kind": row.bundle.kind,
        "purpose": row.bundle.purpose,
        "licence": row.bundle.licence,
        "origin": row.bundle.origin,
        "here": row.state is report.State.PRESENT,
        "state": row.state.value,
        "sha256": list(row.digests),
    }
