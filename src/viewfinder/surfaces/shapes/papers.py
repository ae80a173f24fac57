"""Shapes of what is shown to others: the log, papers, facts, counts, models, health."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from viewfinder.surfaces.shapes.footage import Part
from viewfinder.surfaces.shapes.questions import VIDEO, example

LINE: dict[str, Any] = {
    "v": 1,
    "seq": 41,
    "at": "2026-11-20T13:00:00+00:00",
    "action": "ask",
    "principal": "ann",
    "purpose": "own footage",
    "subject": {"outcome": "answer"},
}
MODEL: dict[str, Any] = {
    "name": "whisper-base",
    "purpose": "speech to words",
    "licence": "MIT",
    "origin": "OpenAI",
    "megabytes": 145,
    "default": True,
    "state": "present",
    "path": "whisper-base",
    "sha256": ["9b1c"],
    "advice": "",
}


class Line(BaseModel):
    """One line of the log, as it is hashed."""

    model_config = example(LINE)

    v: int
    seq: int
    at: str
    action: str
    principal: str
    purpose: str
    subject: dict[str, Any]


class Lines(BaseModel):
    """Lines of the log, a page at a time."""

    model_config = example({"lines": [LINE], "next": None})

    lines: list[Line]
    next: str | None


class Verified(BaseModel):
    """Whether the log holds, and how far its witnesses know it."""

    model_config = example(
        {
            "entries": 42,
            "ok": True,
            "first_bad": None,
            "problem": "",
            "root": "9b1c",
            "older": 0,
            "witnesses": [],
        }
    )

    entries: int
    ok: bool
    first_bad: int | None
    problem: str
    root: str
    older: int
    witnesses: list[dict[str, Any]]


class Files(BaseModel):
    """Files by name; `scripts/verify_log.py` checks them from a folder."""

    model_config = example({"files": {"checkpoint.txt": "...", "key.txt": "..."}})

    files: dict[str, str]


class Key(BaseModel):
    """The log's name and public key, for those who check its signatures."""

    model_config = example({"key": "viewfinder/0123456789ab+9b1c+AbCd"})

    key: str


class Signed(BaseModel):
    """A signed checkpoint of the log."""

    model_config = example({"checkpoint": "viewfinder/0123456789ab\n42\n9b1c\n", "witnesses": 1})

    checkpoint: str
    witnesses: int


class Provenance(BaseModel):
    """A W3C PROV-JSON document."""

    model_config = example({"prefix": {}, "entity": {}, "activity": {}})

    entity: dict[str, Any] = {}
    activity: dict[str, Any] = {}


class Facts(BaseModel):
    """What anybody may know of this library."""

    model_config = example(
        {
            "facts": 1,
            "build": {"version": "0.1.0", "package_sha256": "9b1c"},
            "policy": {"name": "household", "sha256": "9b1c", "governed": False},
            "off": [],
            "models": [],
            "counts": {"videos": 12},
        }
    )

    facts: int
    build: dict[str, Any]
    policy: dict[str, Any]
    off: list[dict[str, str]]
    models: list[dict[str, Any]]
    counts: dict[str, int] | None


class Counts(BaseModel):
    """How much was done day by day, with noise: nobody's use can be read off it."""

    model_config = example(
        {
            "privacy": {"epsilon": 1.0, "delta": 0.0, "unit": "one person's day", "most": 20},
            "days": [{"day": "2026-11-19", "counts": {"ask": 31}}],
        }
    )

    privacy: dict[str, Any]
    days: list[dict[str, Any]]


class Paper(BaseModel):
    """A paper, clause by clause."""

    model_config = example(
        {
            "document": "dpia",
            "title": "Data protection impact assessment",
            "notice": "Not legal advice.",
            "made": "2026-11-20",
            "clauses": [],
        }
    )

    document: str
    title: str
    clauses: list[dict[str, Any]]


class Models(BaseModel):
    """The weights: what for, whose, under which licence, and what is here of them."""

    model_config = example({"models": [MODEL]})

    models: list[dict[str, Any]]


class Findings(BaseModel):
    """Whether machine, weights and library are as they should be, and what to do."""

    model_config = example(
        {"findings": [{"what": "41.2 GB free", "state": "ok", "advice": ""}], "wrong": 0}
    )

    findings: list[dict[str, str]]
    wrong: int = Field(description="So many findings say `wrong`.")


class Certify(BaseModel):
    """Which part to certify with its words; the whole video without one."""

    model_config = example({"part": {"start_s": 133.2, "end_s": 139.0}}, closed=True)

    part: Part | None = None


class Certificate(BaseModel):
    """A certificate: in plain words, and as a document that can be checked."""

    model_config = example(
        {"words": "This certifies ...", "certificate": {"certificate_sha256": "9b1c"}}
    )

    words: str
    certificate: dict[str, Any]


class Checked(BaseModel):
    """What hashing originals again found."""

    model_config = example(
        {"checked": [{"video": VIDEO, "path": "talk.mp4", "at": "2026-11-20", "found": "ok"}]}
    )

    checked: list[dict[str, Any]]


class Scrub(BaseModel):
    """Which originals to hash again: those that are due, or these."""

    model_config = example({"videos": [VIDEO]}, closed=True)

    videos: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")], ...],
        Field(max_length=50, description="None for those that the schedule names."),
    ] = ()
