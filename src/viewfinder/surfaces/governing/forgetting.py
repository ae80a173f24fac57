"""``viewfinder forget``, ``backup``, ``restore`` and ``encrypt``: what goes, and stays gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from viewfinder.app.library import Library, Refused
from viewfinder.app.records import backup as copies
from viewfinder.app.records import receipts
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Erasure
from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces import documents, render
from viewfinder.surfaces.governing.access import span
from viewfinder.surfaces.opening import json_option, with_library

FOUND, NOTHING, _, _, REFUSED = range(5)

_YES = click.option("--yes", is_flag=True, help="Do not ask.")


@dataclass(frozen=True, slots=True)
class Going:
    """A video, or parts of one, that is to be forgotten."""

    item: Video
    spans: tuple[TimeSpan, ...] = ()

    @property
    def told(self) -> str:
        what = ", ".join(map(str, self.spans)) or "everything"
        return f"{self.item.name} ({self.item.id[:12]}): {what}"


@click.command(short_help="Erase what is known of a video, a part, a person.")
@click.argument("video", required=False)
@click.option("--from", "start", metavar="TIME", help="Only from there on: 83, 1:23, 0:01:23.")
@click.option("--to", "end", metavar="TIME", help="Only up to there.")
@click.option(
    "--person", metavar="NAME", help="All parts on which this person's consent was noted."
)
@click.option("--conversation", metavar="ID", help="A kept conversation.")
@click.option("--reason", default="", metavar="WORDS", help="Why; stays in the log.")
@click.option(
    "--delete-original", "deletes", is_flag=True, help="Also delete the file of VIDEO itself."
)
@click.option("--receipt", metavar="FILE", help="Write a signed receipt here.")
@_YES
@json_option
@with_library()
def forget(
    library: Library,
    video: str | None,
    start: str | None,
    end: str | None,
    person: str | None,
    conversation: str | None,
    reason: str,
    deletes: bool,
    receipt: str | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Erase everything derived from a video, to the byte. The file itself stays.

    With --from and --to only what reaches into that part, which does not come back with
    `add`. The key that copies of it were sealed under is destroyed: no backup gives it
    back. What a legal hold keeps stays.
    """
    if sum(map(bool, (video, person, conversation))) != 1:
        raise UsageError("name one thing to forget: VIDEO, --person or --conversation")
    if ((start or end or deletes) and not video) or (deletes and (start or end)):
        raise UsageError("--from, --to and --delete-original go with VIDEO; a file goes as a whole")
    if conversation:
        return _conversation(library, conversation, receipt, yes, as_json)
    going = _of_person(library, person) if person else [_of_video(library, video or "", start, end)]
    if not going:
        click.echo(render.harmless(f"No consent of {person} is noted here."), err=True)
        return NOTHING
    click.echo("\n".join(render.harmless(one.told) for one in going), err=True)
    if not (yes or _agreed("Forget this?")) or (
        deletes and not (yes or _agreed(f"Really delete the file {going[0].item.path}?"))
    ):
        click.echo("Nothing was forgotten.", err=True)
        return NOTHING
    erasures, kept = _forgotten(library, going, reason)
    deleted = [going[0].item.id] if deletes and erasures else []
    if deleted:
        library.delete_original(going[0].item)
    if receipt and erasures:
        receipts.write(Path(receipt), receipts.receipt(library.logbook, erasures, deleted=deleted))
    _show(going, erasures, as_json)
    if erasures and not (receipt or as_json):
        click.echo("  no signed receipt was written: --receipt FILE writes one", err=True)
    for refusal in kept:
        click.echo(render.harmless(f"kept ({refusal.decision.rule}): {refusal}"), err=True)
    if kept and not erasures:
        raise kept[0]
    return REFUSED if kept else FOUND


def _of_video(library: Library, named: str, start: str | None, end: str | None) -> Going:
    item = library.video(named, "forget")
    return Going(item, (span(start, end, item.span),) if start or end else ())


def _of_person(library: Library, person: str) -> list[Going]:
    """Return every part that a person's word is about; a whole video where it is about all."""
    found = []
    for item in library.videos("forget"):
        standing = library.governing.consents.standing(item)
        spans = tuple(one.span for one in standing if one.word.person == person)
        if spans:
            found.append(Going(item, () if item.span in spans else spans))
    return found


def _forgotten(
    library: Library, going: Sequence[Going], reason: str
) -> tuple[list[Erasure], list[Refused]]:
    erasures, kept = [], []
    for one in going:
        try:
            erasures.append(library.forget(one.item.id, reason, spans=one.spans))
        except Refused as refusal:
            kept.append(refusal)
    return erasures, kept


def _show(going: Sequence[Going], erasures: Sequence[Erasure], as_json: bool) -> None:
    names = {one.item.id: one.item.name for one in going}
    for erasure in erasures:
        if as_json:
            click.echo(documents.dumps(documents.erasure(erasure)))
        else:
            render.erasure(render.console(), erasure, names[erasure.video])


def _conversation(
    library: Library, named: str, receipt: str | None, yes: bool, as_json: bool
) -> int:
    heading = library.find_conversation(named)
    if not (yes or _agreed(f"Forget conversation {heading.id} ({heading.title})?")):
        click.echo("Nothing was forgotten.", err=True)
        return NOTHING
    remains = library.forget_conversation(heading.id)
    if receipt:
        made = receipts.receipt(library.logbook, [], conversations=[heading.id])
        receipts.write(Path(receipt), made)
    if as_json:
        click.echo(documents.dumps({"conversation": heading.id, "remains": list(remains)}))
    else:
        click.echo(f"Forgotten: conversation {heading.id}, {heading.turns} turns")
        for what in remains:
            click.echo(f"  Still there: {what}")
    return FOUND


def _agreed(question: str) -> bool:
    try:
        return click.confirm(render.harmless(question), err=True)
    except click.Abort as nobody:
        raise UsageError("nothing was forgotten; --yes forgets without asking") from nobody


@click.command(short_help="Copy the library, without its keys.")
@click.argument("place", metavar="DIR")
@json_option
@with_library()
def backup(library: Library, place: str, as_json: bool) -> None:
    """Copy the library into the new folder DIR; it may be in use meanwhile.

    The keys stay where they are, so that what is forgotten later is forgotten in the copy
    too. Keep a copy of the folder `keys` elsewhere, made anew after each forgetting.
    """
    made = library.backup(Path(place).absolute())
    if as_json:
        click.echo(documents.dumps(documents.backup(made)))
        return
    click.echo(f"{len(made.files)} files, {made.entries} lines of the log; the keys stay here")
    if not made.encrypted:
        click.echo("[keys] encrypt is off: this copy keeps what you forget from now on", err=True)


@click.command(short_help="Bring a backup back, as far as it was not forgotten.")
@click.argument("place", metavar="DIR", required=False)
@click.option("--replace", is_flag=True, help="Let go of the library that is there.")
@click.option("--keys", metavar="DIR", help="Take a copy of these keys.")
@click.option("--tidy", is_flag=True, help="Instead: erase here what has no key any more.")
@_YES
@json_option
@click.pass_obj
def restore(
    library: Path,
    place: str | None,
    replace: bool,
    keys: str | None,
    tidy: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Put the backup in DIR in place of the library, under the keys of today.

    What was forgotten since has no key any more; it is erased at once, and logged. Lines
    that the log had more than the backup are lost: witnesses know, and will say so.
    """
    if bool(place) == tidy:
        raise UsageError("name the folder of a backup, or give --tidy")
    if tidy:
        return _tidy(library, yes, as_json)
    made = copies.restore(
        Path(place or "").absolute(),
        library,
        replace=replace,
        keys=Path(keys).absolute() if keys else None,
    )
    if as_json:
        click.echo(documents.dumps(documents.restored(made)))
        return FOUND
    click.echo(f"restored the library of {made.manifest.made}")
    _tell(made.tidied, "forgotten since, and erased again")
    if made.newest > made.manifest.entries:
        click.echo(
            f"The log had {made.newest} lines and has {made.manifest.entries} of them now; "
            "a checkpoint that somebody holds shows it."
        )
    return FOUND


def _tidy(library: Path, yes: bool, as_json: bool) -> int:
    found = copies.unreadable(library)
    if not (found.videos or found.conversations):
        click.echo("Everything can be read; nothing was erased.", err=True)
        return NOTHING
    if not yes:
        _tell(found, "cannot be read: no key")
        if not _agreed("Erase what is left of them?"):
            click.echo("Nothing was erased.", err=True)
            return NOTHING
    made = copies.tidy(library)
    if as_json:
        click.echo(documents.dumps(documents.tidied(made)))
    else:
        _tell(made, "erased")
    return FOUND


def _tell(found: copies.Tidied, how: str) -> None:
    for video in found.videos:
        click.echo(f"  video {video[:12]}: {how}")
    for talk in found.conversations:
        click.echo(f"  conversation {talk}: {how}")


@click.command(short_help="Encrypt what was kept before there were keys.")
@with_library()
def encrypt(library: Library) -> None:
    """Encrypt what lies open since before there were keys. Stopped, it goes on next time."""
    count = sum(library.encrypt())
    click.echo(f"{count} pieces were encrypted" if count else "Everything was encrypted already.")
