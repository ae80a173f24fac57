"""``viewfinder facts``: what anybody may know of a library."""

from __future__ import annotations

from typing import Any

import click

from viewfinder.app.library import Library
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.opening import json_option, with_library


@click.command(short_help="Say what runs here, under which rules, with which models.")
@json_option
@with_library(read_only=True)
def facts(library: Library, as_json: bool) -> None:
    """Say what anybody may know: build, rules, models, what is off, how the log stands."""
    told = library.evidence.facts()
    if as_json:
        click.echo(documents.dumps(told))
        return
    out = render.console()
    for label, words in _lines(told):
        render.wrapped(out, f"{label}: {words}")


def _lines(told: dict[str, Any]) -> list[tuple[str, str]]:
    checkpoint, tests, counts = told["checkpoint"], told["tests"], told["counts"]
    here = [model for model in told["models"] if model["here"]]
    egress = told["egress"]
    return [
        ("build", f"{told['build']['version']}, package {told['build']['package_sha256'][:16]}"),
        ("policy", f"{told['policy']['name']}, {told['policy']['sha256'][:16]}"),
        ("profile", told["profile"]["name"]),
        (
            "log",
            f"{checkpoint['entries']} lines signed, root {checkpoint['root'][:16]}"
            if checkpoint
            else "not signed yet",
        ),
        ("encryption", "on" if told["encryption"]["on"] else "off"),
        ("may be sent to", ", ".join(egress["allow"]) or "nobody"),
        ("language model", told["model"]["name"] or "none"),
        ("off", ", ".join(one["what"] for one in told["off"]) or "nothing"),
        ("models", ", ".join(f"{model['name']} ({model['licence']})" for model in here) or "none"),
        ("answers", told["certificate"] or "not shown to you"),
        ("tests", _tests(tests)),
        ("videos", str(counts["videos"]) if counts else "not shown to you"),
    ]


def _tests(tests: dict[str, Any] | None) -> str:
    if tests is None:
        return "no full run is known"
    of = "this build" if tests["this_build"] else "another build"
    return (
        f"{tests['tests']} run on {tests['at'][:10]} of {of}, {tests['failed']} failed, "
        f"{tests['skipped']} left out"
    )
