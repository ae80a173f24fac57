"""Who has no part in a governed library gets nothing out of it: not by any method or command."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from viewfinder.app import governing
from viewfinder.app.governing.access import Change
from viewfinder.app.governing.consents import State, Word
from viewfinder.app.governing.overrides import Ask
from viewfinder.app.library import Library, Refused
from viewfinder.app.viewing import Footage, Viewing
from viewfinder.domain.answer import Answer, Outcome
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.errors import InputError
from viewfinder.domain.policy import Principal
from viewfinder.domain.search import Moment, QueryPlan
from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces.cli import cli
from viewfinder.testing import fakes
from viewfinder.testing.scopes import EVERYTHING
from viewfinder.testing.settings import GOVERNED

PEOPLE = '[[person]]\nname = "kim"\nroles = ["owner"]\n'
EVE = Principal("eve")
TAPE = fakes.video("tape")
WORDS = QueryPlan("lighthouse", "lighthouse")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A governed library with a video that eve must not learn of."""
    home = tmp_path / "court.viewfinder"
    (home / "governance").mkdir(parents=True)
    (home / "viewfinder.toml").write_text(GOVERNED)
    (home / "governance" / "people.toml").write_text(PEOPLE)
    with Library.open(home, create=True, principal="kim") as library:
        library._store.commit_video(TAPE, event=fakes.event())
    return home


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with Library.open(folder, principal=EVE) as opened:
        yield opened


# What eve tries, by name of the method. A new public method needs a line here, or it fails.
TRIED: dict[str, Callable[[Library], Any]] = {
    "add": lambda it: list(it.add(["/nowhere.mp4"])),
    "ask": lambda it: it.ask("lighthouse"),
    "asking": lambda it: list(it.asking("lighthouse")),
    "backup": lambda it: it.backup(it.folder / "copy"),
    "conversation": lambda it: it.conversation("last"),
    "conversations": lambda it: it.conversations(),
    "converse": lambda it: it.converse(Conversation(), "lighthouse"),
    "conversing": lambda it: list(it.conversing(Conversation(), "lighthouse")),
    "counts": lambda it: it.counts(),
    "delete_original": lambda it: it.delete_original(TAPE),
    "encrypt": lambda it: list(it.encrypt()),
    "enter": lambda it: it.enter(),
    "export": lambda it: it.export("tape", "srt"),
    "export_conversation": lambda it: it.export_conversation("last"),
    "find_conversation": lambda it: it.find_conversation("last"),
    "forget": lambda it: it.forget(TAPE.id),
    "forget_conversation": lambda it: it.forget_conversation("last"),
    "in_flight": lambda it: it.in_flight(),
    "in_log": lambda it: it.in_log("tape"),
    "keep": lambda it: it.keep(it.converse(Conversation(), "lighthouse")[0]),
    "notes": lambda it: it.notes("tape"),
    "plan": lambda it: it.plan("lighthouse"),
    "questions": lambda it: it.questions(),
    "replay": lambda it: list(it.replay("last")),
    "search": lambda it: it.search(WORDS),
    "segments": lambda it: it.segments(TAPE.id),
    "status": lambda it: it.status(),
    "subject": lambda it: it.subject("A", it.folder / "pack"),
    "thumbnail": lambda it: it.thumbnail(TAPE.id, 0),
    "tracks": lambda it: it.tracks(TAPE.id),
    "video": lambda it: it.video("tape"),
    "videos": lambda it: it.videos(),
    "write_conversation": lambda it: it.write_conversation(it.folder / "x", "words"),
}
NOTHING_OF_THE_LIBRARY = {
    "open": "nothing is given yet",
    "close": "gives nothing",
    "for_asker": "another view, behind a gate of its own",
    "reread": "the same under its settings as they are now",
    "asker": "one's own name",
    "may": "yes or no from the policy itself",
    "is_there": "whether a video that one knows by its id is there: for work, not for showing",
    "describe": "a plan that is given to it, in words",
    "read_plan": "a file of the person's own",
    "write_export": "words that are given to it",
    "model_for_turn": "a language model, and no footage",
    "calibration": "its methods ask the gate: see GOVERNING",
    "governing": "its methods ask the gate: see GOVERNING",
    "evidence": "its methods ask the gate",
    "papers": "its methods ask the gate",
    "viewing": "its methods ask the gate: see VIEWING",
    "mine": "its methods ask the gate: see TAKING",
    "exports": "its methods ask the gate: see TAKING",
    "generation": "a number for caches of this program",
    "pictures_sent": "a folder for what the person sends",
}
GOVERNING: dict[str, Callable[[Library], Any]] = {
    "register": lambda it: it.governing.register(),
    "access.of": lambda it: it.governing.access.of(TAPE),
    "access.restrict": lambda it: it.governing.access.restrict(TAPE, Change(labels=("x",))),
    "alarms.raised": lambda it: it.governing.alarms.raised(),
    "calibration.certificate": lambda it: it.calibration.certificate(),
    "consents.history": lambda it: it.governing.consents.history(),
    "consents.note": lambda it: it.governing.consents.note(TAPE, Word("ada", State.NONE)),
    "consents.standing": lambda it: it.governing.consents.standing(TAPE),
    "consents.withdraw": lambda it: it.governing.consents.withdraw("ada", [TAPE]),
    "holds.due": lambda it: it.governing.holds.due(),
    "holds.place": lambda it: it.governing.holds.place(
        TAPE, case="1", reason="why", review="2030-01-01"
    ),
    "holds.release": lambda it: it.governing.holds.release(1, reason="why"),
    "holds.review": lambda it: it.governing.holds.review(1, reason="why", review="2030-01-01"),
    "holds.standing": lambda it: it.governing.holds.standing(),
    "overrides.all": lambda it: it.governing.overrides.all(),
    "overrides.answer": lambda it: it.governing.overrides.answer(1, yes=True),
    "overrides.ask": lambda it: it.governing.overrides.ask(Ask("sealed", "appeal", "why")),
    "overrides.numbered": lambda it: it.governing.overrides.numbered(1),
    "overrides.use": lambda it: it.governing.overrides.use(1),
    "profiles.all": lambda it: it.governing.profiles.all(),
    "profiles.current": lambda it: it.governing.profiles.current(),
    "profiles.named": lambda it: it.governing.profiles.named("court"),
    "profiles.use": lambda it: it.governing.profiles.use("court"),
    "retention.over": lambda it: it.governing.retention.over(),
    "retention.rules": lambda it: it.governing.retention.rules(),
    "retention.run": lambda it: it.governing.retention.run("x"),
    "retention.schedule": lambda it: it.governing.retention.schedule(),
    "switching.standing": lambda it: it.governing.switching.standing(),
    "switching.turn": lambda it: it.governing.switching.turn("all", off=True, reason="why"),
}
SEEN = Footage(TAPE)  # as nobody gets one whom the gate does not let in
VIEWING: dict[str, Callable[[Library], Any]] = {
    "captions": lambda it: it.viewing.captions(SEEN),
    "footage": lambda it: it.viewing.footage(TAPE.id),
    "pictures": lambda it: it.viewing.pictures(SEEN, [0]),
    "tracks": lambda it: it.viewing.tracks(SEEN),
}
SPAN = TimeSpan(0, 10**9)
MOMENTS = [Moment(TAPE.id, SPAN, 1.0, ())]
TAKING: dict[str, Callable[[Library], Any]] = {
    "exports.answer": lambda it: it.exports.answer(Answer(Outcome.ABSTENTION, "nothing"), "md"),
    "exports.citation": lambda it: it.exports.citation(TAPE, SPAN),
    "exports.clip": lambda it: it.exports.clip(TAPE, SPAN),
    "exports.contact_sheet": lambda it: it.exports.contact_sheet(MOMENTS),
    "exports.still": lambda it: it.exports.still(TAPE, 0),
    "exports.timeline": lambda it: it.exports.timeline(MOMENTS, "otio"),
    "mine.compare": lambda it: it.mine.compare((TAPE, SPAN), (TAPE, SPAN)),
    "mine.similar": lambda it: it.mine.similar(TAPE, SPAN),
    "collections.all": lambda it: it.mine.collections.all(),
    "collections.annotate": lambda it: it.mine.collections.annotate("x", "1", "note"),
    "collections.find": lambda it: it.mine.collections.find("x"),
    "collections.forget": lambda it: it.mine.collections.forget("x"),
    "collections.items": lambda it: it.mine.collections.items("x"),
    "collections.make": lambda it: it.mine.collections.make("x"),
    "collections.move": lambda it: it.mine.collections.move("x", "1", 1),
    "collections.put": lambda it: it.mine.collections.put("x", TAPE, SPAN),
    "collections.rename": lambda it: it.mine.collections.rename("x", "y"),
    "collections.share": lambda it: it.mine.collections.share("x"),
    "collections.take_out": lambda it: it.mine.collections.take_out("x", "1"),
    "corrections.of": lambda it: it.mine.corrections.of(TAPE),
    "corrections.put_right": lambda it: it.mine.corrections.put_right(TAPE, 0, "words"),
    "corrections.undo": lambda it: it.mine.corrections.undo(TAPE, 0),
    "judgements.all": lambda it: it.mine.judgements.all(),
    "judgements.answer": lambda it: it.mine.judgements.answer("lighthouse", good=True),
    "judgements.export": lambda it: it.mine.judgements.export(),
    "judgements.forget": lambda it: it.mine.judgements.forget("1"),
    "judgements.moment": lambda it: it.mine.judgements.moment(
        "lighthouse", TAPE, SPAN, relevant=True
    ),
    "searches.all": lambda it: it.mine.searches.all(),
    "searches.find": lambda it: it.mine.searches.find("x"),
    "searches.forget": lambda it: it.mine.searches.forget("x"),
    "searches.keep": lambda it: it.mine.searches.keep("lighthouse"),
    "searches.rename": lambda it: it.mine.searches.rename("x", "y"),
    "searches.run": lambda it: it.mine.searches.run("x"),
    "searches.share": lambda it: it.mine.searches.share("x"),
}
RULES_ALONE = {
    "access.alter": "what `restrict` does after the gate",
    "holds.refusal": "for `forget`",
}


def public(kind: type) -> set[str]:
    return {name for name, _ in inspect.getmembers(kind) if not name.startswith("_")}


@pytest.mark.parametrize("name", VIEWING)
def test_nothing_of_the_footage_itself_is_played(name: str, library: Library) -> None:
    assert public(Viewing) - {"begun"} == set(VIEWING)  # which only writes to the log
    with pytest.raises(Refused):
        VIEWING[name](library)


def test_every_public_method_of_a_library_is_tried() -> None:
    assert public(Library) - set(TRIED) == set(NOTHING_OF_THE_LIBRARY) & public(Library)


def test_every_public_method_of_those_who_keep_one_is_tried(library: Library) -> None:
    tools = public(governing.Governing)
    found = {
        name if name == "register" else f"{name}.{method}"
        for name in tools
        for method in (
            ["it"] if name == "register" else public(type(getattr(library.governing, name)))
        )
    }
    assert found - set(GOVERNING) <= set(RULES_ALONE)


def test_every_public_method_of_what_people_keep_and_take_is_tried(library: Library) -> None:
    rooms = {"exports": library.exports}
    rooms |= {name: getattr(library.mine, name) for name in public(type(library.mine))}
    alone = {f"mine.{name}" for name in rooms if inspect.ismethod(rooms[name])}
    found = {f"{name}.{way}" for name, room in rooms.items() for way in public(type(room))}
    found = {way for way in found if f"mine.{way.split('.')[0]}" not in alone} | alone
    assert found == set(TAKING)


@pytest.mark.parametrize("name", [*TRIED, *GOVERNING, *TAKING])
def test_a_method_gives_nothing_to_who_has_no_part(name: str, library: Library) -> None:
    if name in TRIED and not hasattr(Library, name):
        pytest.skip("not in this version")
    before = library._store.generation()
    assert refusal(lambda: {**TRIED, **GOVERNING, **TAKING}[name](library)) == "not-permitted"
    assert [v.id for v in library._store.videos(scope=EVERYTHING)] == [TAPE.id]
    assert library._store.generation() == before


def refusal(attempt: Callable[[], Any]) -> str:
    """Return the rule that refused, where nothing was given beside it."""
    try:
        given = attempt()
    except Refused as refused:
        return refused.decision.rule
    given = given[-1] if isinstance(given, list) else given
    given = given[-1].answer if isinstance(given, tuple) else given
    if given.outcome is not Outcome.REFUSAL or given.moments or given.claims or given.searched:
        return ""
    return str(given.rule)


def test_in_the_log_one_sees_ones_own_lines_alone(library: Library) -> None:
    assert {line.document["principal"] for line in library.logbook.lines()} <= {"eve"}
    assert library.logbook.who(TAPE.id) == []
    for take in (
        lambda: library.logbook.lines(words=True),
        lambda: library.logbook.proved(1),
        lambda: library.logbook.disclosed(1),
    ):
        with pytest.raises(InputError, match="only the"):
            list(take())


# -- the command line -------------------------------------------------------------------------

NO_LIBRARY = {("models",), ("models", "fetch"), ("tour",), ("serve",), ("restore",)}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield (*path, name)
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def found(path: tuple[str, ...]) -> click.Command:
    command: click.Command = cli
    for name in path:
        assert isinstance(command, click.Group)
        command = command.commands[name]
    return command


def words_of(command: click.Command, file: Path) -> list[str]:
    """Return what a command cannot do without."""
    words = []
    for one in command.params:
        if not (one.required or (isinstance(one, click.Argument) and one.nargs == -1)):
            continue
        value = "1" if isinstance(one.type, click.types.IntParamType) else "lighthouse"
        if isinstance(one.type, click.Choice):
            value = str(one.type.choices[0])
        if isinstance(one.type, click.Path) or one.name == "paths":
            value = str(file)
        words += [value] if isinstance(one, click.Argument) else [one.opts[0], value]
    return words


@pytest.mark.parametrize(
    "path", [p for p in commands(cli) if p not in NO_LIBRARY], ids=lambda p: " ".join(p)
)
def test_a_command_prints_nothing_for_who_has_no_part(path: tuple[str, ...], folder: Path) -> None:
    file = folder.parent / "queries.jsonl"
    file.write_text('{"id": "1", "query": "x", "relevant": []}\n')
    words = ["--library", str(folder), "--as", "eve", *path, *words_of(found(path), file)]
    done = CliRunner().invoke(cli, words, standalone_mode=False, input="lighthouse\n")
    assert isinstance(done.exception, Refused), done.output
    assert done.exception.decision.rule == "not-permitted"
    assert done.stdout == ""
    with Library.open(folder, principal="kim") as library:
        last = [line.document for line in library.logbook.lines(principal="eve")][-1]
    assert (last["action"], last["subject"]["asked"]) == ("refuse", "enter")
