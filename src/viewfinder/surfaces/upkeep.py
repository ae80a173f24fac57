"""Commands that keep the house: models, doctor, eval, calibrate, tour."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from viewfinder.app.library import Library
from viewfinder.app.tasks import calibrate as testing
from viewfinder.app.tasks import health, tour
from viewfinder.app.tasks.calibrate import DOUBT, RISK
from viewfinder.app.tasks.evaluate import run_ami, run_queries
from viewfinder.domain.errors import InputError, ViewfinderError
from viewfinder.surfaces import documents, opening, render
from viewfinder.surfaces.watching import watch
from viewfinder.testing.media import draw_sample


def join(group: click.Group) -> None:
    """Add these commands to the group."""
    for command in (models, doctor, evaluate, calibrate, tour_command):
        group.add_command(command)


@click.group(invoke_without_command=True, short_help="List the weights, and what is here of them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.pass_context
def models(context: click.Context, as_json: bool) -> None:
    """List the weights: what for, whose, under which licence, and what is here."""
    if context.invoked_subcommand:
        return
    rows = health.models()
    if as_json:
        click.echo(documents.dumps(rows))
        return
    out = render.console()
    for row in rows:
        out.print(
            f"{row['name']:<20} {row['state']:<9} {row['megabytes']:>6} MB",
            style="" if row["state"] == "present" else "dim",
        )
        for line in (row["purpose"], f"licence {row['licence']}", f"from {row['origin']}"):
            render.wrapped(out, line, indent="    ", style="dim")


@models.command("fetch")
@click.argument("names", nargs=-1)
@click.option("--from", "folder", metavar="DIR", help="Look in this folder first; no network.")
def models_fetch(names: tuple[str, ...], folder: str | None) -> None:
    """Fetch weights by hash: NAMES, or the whole default set."""
    fetch(render.console(), names, Path(folder) if folder else None)


def fetch(out: Console, names: tuple[str, ...], folder: Path | None = None) -> None:
    """Fetch with progress; what is here already is only checked."""
    for name in names or health.default_bundles():
        with out.status(f"{name} …") if out.is_terminal else _quiet() as line:
            for step in health.fetch(name, folder):
                if line is not None:
                    line.update(
                        f"{name}: {step.stage} {step.item} "
                        f"{step.done_bytes / 1e6:.0f}/{step.total_bytes / 1e6:.0f} MB"
                    )
        out.print(f"{name}: ready")


class _quiet:  # noqa: N801 - stands where a status line would
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


@click.command(short_help="Say what is missing, and what to do.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.pass_obj
def doctor(folder: Path, as_json: bool) -> int:
    """Check this machine, the weights and the library; say what is missing and what to do."""
    findings = health.doctor(folder, lambda: opening.library(folder, read_only=True))
    if as_json:
        click.echo(documents.dumps(findings))
    else:
        out = render.console()
        for finding in findings:
            mark = {"ok": "ok", "wrong": "WRONG"}.get(finding["state"], finding["state"])
            out.print(f"{mark:<8}  {finding['what']}", soft_wrap=True)
            render.wrapped(out, finding["advice"], indent=" " * 10, style="dim")
    return 3 if any(f["state"] == "wrong" for f in findings) else 0


@click.command("eval", short_help="Judge the answers against known moments.")
@click.argument("queries", type=click.Path(exists=True, dir_okay=False))
@click.option("--report", metavar="FILE", help="Also write the tables here, as Markdown.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.pass_obj
def evaluate(folder: Path, queries: str, report: str | None, as_json: bool) -> None:
    """Judge this library's answers against a file of queries with known moments.

    QUERIES is a .jsonl of queries over the library's videos, or of timed meetings (AMI
    form), which are then indexed in a library of their own beside this one.
    """
    path = Path(queries)
    if report:  # hours later would be a bad time to find that it cannot be written
        _write(Path(report), "", mode="a")
    if health.is_meetings(path):
        result = run_ami(folder, path)
    else:
        with opening.library(folder) as library:
            result = run_queries(library, path)
    if report:
        _write(Path(report), result.markdown)
    click.echo(documents.dumps(result.table) if as_json else result.markdown)


@click.command(short_help="Test the answers here; certify how often they hold.")
@click.argument("queries", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--risk",
    type=click.FloatRange(0.001, 0.5),
    default=RISK,
    show_default=True,
    help="Share of answers that may have nothing to find.",
)
@click.option(
    "--doubt",
    type=click.FloatRange(0.001, 0.5),
    default=DOUBT,
    show_default=True,
    help="Chance that the true share is higher than certified.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
@click.pass_obj
def calibrate(folder: Path, queries: str, risk: float, doubt: float, as_json: bool) -> int:
    """Test this library on judged questions, and keep the threshold that the test certifies.

    QUERIES is a .jsonl as for `eval`, with questions that have no answer here among them.
    Answers say what was certified, until the collection changes. Exit code 1: too few
    questions, or too many wrong answers, for any certificate.
    """
    out = render.console()
    with opening.library(folder) as library:
        if as_json or not out.is_terminal:
            made = testing.calibrate(library, Path(queries), risk=risk, doubt=doubt)
        else:
            with out.status("asking …") as line:
                made = testing.calibrate(
                    library,
                    Path(queries),
                    risk=risk,
                    doubt=doubt,
                    tell=lambda done, of: line.update(f"asking {done} of {of}"),
                )
    if as_json:
        click.echo(documents.dumps(testing.document(made)))
    else:
        render.wrapped(out, f"{made.questions} questions asked: {testing.words(made)}.")
    return 1 if made.threshold is None else 0


def _write(path: Path, text: str, *, mode: str = "w") -> None:
    try:
        with path.open(mode, encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"cannot write {str(path)!r}: {error.strerror}") from error


@click.command("tour", short_help="The first five minutes, on sample footage.")
@click.option("--folder", metavar="DIR", help="Where to put the library and the sample videos.")
def tour_command(folder: str | None) -> int:
    """The first five minutes: sample footage in, four questions, cited answers."""
    out = render.console()
    home = Path(folder).absolute() if folder else tour.default_folder()
    out.print("1. Models and sample videos, checked by SHA-256", style="bold")
    fetch(out, tuple(dict.fromkeys((*health.default_bundles(), *tour.SAMPLES))))
    videos = tour.samples(home, draw_sample)
    out.print(f"2. A library of {len(videos)} videos in {home}", style="bold")
    with Library.open(home / "tour.viewfinder", create=True) as library:
        failed = watch(library, [str(path) for path in videos], tour.OPTIONS)
        paths = {video.id: video.path for video in library.videos()}
        out.print("3. Four questions", style="bold")
        for question, kind in tour.QUESTIONS:
            heading = Text.assemble((f"\n? {question}", "bold cyan"), (f"  ({kind})", "dim"))
            out.print(heading)
            try:
                said, took_s = tour.asked(library, question)
            except ViewfinderError as error:
                out.print(f"    {error}")
                failed += 1
                continue
            render.answer(out, said, paths)
            out.print(f"    answered in {took_s * 1000:.0f} ms", style="dim")
    out.print()
    out.print("4. Now yours", style="bold")
    for line in tour.NEXT:
        out.print(f"    {line}", soft_wrap=True)
    return 3 if failed else 0
