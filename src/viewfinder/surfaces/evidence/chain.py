"""``viewfinder evidence``: where a clip comes from, and that it is what it was."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from viewfinder.app.evidence import Found
from viewfinder.app.library import Library
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.governing.access import span
from viewfinder.surfaces.opening import json_option, with_library

DONE, NOTHING, _, WRONG = range(4)


@click.group(short_help="Show where a clip comes from, and that it is what it was.")
def evidence() -> None:
    """Show where a clip comes from, and that it is what it was."""


@evidence.command(short_help="Hash originals again.")
@click.argument("videos", nargs=-1)
@click.option("--due", is_flag=True, help="Only what the schedule in viewfinder.toml names.")
@json_option
@with_library()
def scrub(library: Library, videos: tuple[str, ...], due: bool, as_json: bool) -> int:
    """Hash originals again and compare: VIDEOS, or all. What is found is noted and logged.

    Exit code 3 where one has changed or is not there.
    """
    chosen = [library.video(name, "add") for name in videos] or library.videos("add")
    if due:
        over = {video.id for video in library.evidence.due()}
        chosen = [video for video in chosen if video.id in over]
    wrong = 0
    for video, check in library.evidence.scrub(chosen):
        wrong += check.found is not Found.OK
        if as_json:
            found = {"video": video.id, "path": video.path, "at": check.at, "found": check.found}
            click.echo(documents.dumps({**found, "sha256": check.sha256}))
        else:
            mark = {Found.OK: "ok", Found.CHANGED: "CHANGED", Found.MISSING: "MISSING"}
            click.echo(render.harmless(f"{mark[check.found]:<8}  {video.name}"))
    if not (chosen or as_json):
        click.echo("nothing is due" if due else "nothing is here")
    return WRONG if wrong else DONE


@evidence.command(short_help="Certify a clip or a moment, for a court.")
@click.argument("video")
@click.option("--from", "start", metavar="TIME", help="With the words from there on: 83, 1:23.")
@click.option("--to", "end", metavar="TIME", help="With the words up to there.")
@click.option("-o", "--output", metavar="FILE", required=True, help="A new FILE.json and FILE.txt.")
@with_library()
def certificate(
    library: Library, video: str, start: str | None, end: str | None, output: str
) -> None:
    """Certify VIDEO, or a part of it: hashes, derivations, words, and proofs from the log.

    FILE.json is checked with scripts/verify_log.py; FILE.txt says the same in plain words.
    """
    item = library.video(video, "export")
    during = span(start, end, item.span) if start or end else None
    words, document = library.evidence.certificate(item, during)
    place = Path(output)
    place = place.with_suffix("") if place.suffix in (".json", ".txt") else place
    made = (Path(f"{place}.json"), Path(f"{place}.txt"))
    library.write_export(made[0], documents.dumps(document) + "\n")
    library.write_export(made[1], render.harmless(words))
    click.echo(f"written: {made[0]}, {made[1]}")


@evidence.command(short_help="Write where a clip comes from as W3C PROV.")
@click.argument("video")
@click.option("--conversation", metavar="ID", help="With the moments that it cites.")
@click.option("-o", "--output", metavar="FILE", help="Write here instead of the terminal.")
@with_library()
def prov(library: Library, video: str, conversation: str | None, output: str | None) -> None:
    """Write where everything known of VIDEO comes from, as W3C PROV-JSON."""
    item = library.video(video, "export")
    talk = library.export_conversation(conversation)[1] if conversation else None
    text = documents.dumps(library.evidence.prov(item, talk)) + "\n"
    if output:
        library.write_export(Path(output), text)
    else:
        click.echo(text, nl=False)


@evidence.command(short_help="Derive a clip again from its original, and compare.")
@click.argument("video")
@click.option("--stage", metavar="STAGE", default="", help="Only this: decode, speech, index, ...")
@json_option
@with_library()
def rederive(library: Library, video: str, stage: str, as_json: bool) -> int:
    """Run the stages of VIDEO again and compare with what is kept; nothing is changed.

    Equal to the byte, or within a tolerance that is declared per stage. Exit code 3 where
    one is different, 1 where none could be compared.
    """
    item = library.video(video, "add")
    outcomes = set()
    for done in library.evidence.rederive(item, stage):
        outcomes.add(done.outcome)
        if as_json:
            click.echo(documents.dumps({"video": item.id, **asdict(done)}))
        else:
            detail = f": {done.detail}" if done.detail else ""
            click.echo(render.harmless(f"{done.stage:<12} {done.outcome}{detail}"))
    if "different" in outcomes:
        return WRONG
    return DONE if outcomes - {"not comparable"} else NOTHING
