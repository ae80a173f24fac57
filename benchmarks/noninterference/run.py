"""Whether what one may not see changes a byte of what one gets, and how long it takes.

    python benchmarks/noninterference/run.py [--triples 10000] > report.md

Random libraries of transcripts, random people, random questions. Each response is taken,
then something out of the person's scope is added, changed, sealed, opened to others or
erased, and the response is taken again: every byte must be the same. Responses are the
documents of ask, search and chat turns, plans, status, what is known of a video, exports,
thumbnails, counts, and the words of errors. Times and log numbers are no part of them.

The encoder is the hashing one: exact like the real ones, and a thousand times as quick.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from viewfinder.app.intake.adding import Options
from viewfinder.app.library import Library, Refused
from viewfinder.domain.access import AccessClass, Stretch
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.errors import ViewfinderError
from viewfinder.domain.media import Video
from viewfinder.domain.policy import Principal, Purpose
from viewfinder.domain.time import TimeSpan
from viewfinder.governance.keeping import consent
from viewfinder.governance.keeping.consent import State, Word
from viewfinder.surfaces import documents
from viewfinder.surfaces.talking import pages
from viewfinder.testing import fakes
from viewfinder.testing.settings import GOVERNED

WORDS = tuple(
    word
    for line in (
        "budget harbour bridge witness lighthouse engine garden letter market music night",
        "ocean paper river road school ship snow storm street summer table tower train tree",
        "village voice water window winter",
    )
    for word in line.split()
)
PEOPLE = {
    "ann": Principal("ann", ("member",), ("news",)),
    "bob": Principal("bob", ("member",), ("news", "sport")),
    "kim": Principal("kim", ("keeper",)),
    "eve": Principal("eve"),
}
PURPOSES = (Purpose("story"), Purpose("story", collections=("news",), is_declared=True))
QUESTIONS = (
    "{a}",
    "{a} {b}",
    '"{a} {b}"',
    "how many times is {a} said?",
    "when is the {a} mentioned first?",
    "{a}, then {b}",
    "which videos have no sound?",
    "the {a} without {b}",
    "clips longer than a minute about {a}",
    "what does {name} say about {a}?",
)


@dataclass
class World:
    library: Library
    dice: Random
    made: int = 0

    def add(self, collection: str, **more: object) -> Video:
        """Add a transcript of random words in a collection."""
        self.made += 1
        one = fakes.video(f"{self.dice.choice(WORDS)} {self.made}", duration_s=120)
        access = AccessClass(collection, **more)  # type: ignore[arg-type]
        store, reindex = self.library._store, self.library._adding
        store.commit_video(one, access=access.name, event=fakes.event())
        notes = tuple(
            Annotation(TimeSpan.of_seconds(at, at + 4), self.sentence(), speaker="Ada")
            for at in range(0, 120, 8)
        )
        store.commit_stage(
            one.id,
            fakes.record("speech"),
            tracks=[Track(TrackName.CAPTIONS, fakes.derivation("speech"), notes)],
            thumbnails={at * 10**9: self.dice.randbytes(40) for at in range(0, 120, 30)},
            event=fakes.event(),
        )
        self.everything(lambda: reindex(self.library._admitted("add"), Options()).reindex(one))
        return one

    def sentence(self) -> str:
        return " ".join(self.dice.choice(WORDS) for _ in range(self.dice.randint(3, 9))) + "."

    def everything(self, act: object) -> None:
        """Do something as the keeper."""
        self.become(PEOPLE["kim"], PURPOSES[0])
        act()  # type: ignore[operator]

    def become(self, who: Principal, purpose: Purpose) -> None:
        gate = self.library._gate
        gate._principal, gate._purpose = who, purpose


def response(world: World, who: Principal, purpose: Purpose, question: str, seen: Video) -> str:
    """Return everything this person gets for this question and this video, as text."""
    world.become(who, purpose)
    library, said = world.library, []

    def tried(name: str, act: object) -> None:
        try:
            said.append((name, act()))  # type: ignore[operator]
        except Refused as error:
            said.append((name, repr(error.decision)))
        except ViewfinderError as error:
            said.append((name, f"{type(error).__name__}: {error}"))

    def paths() -> dict[str, str]:
        return {video.id: video.path for video in library.videos()}

    def talked() -> str:
        talk, first = library.converse(Conversation(), question)
        _, second = library.converse(talk, "and after that?")
        return documents.dumps([pages.turn(t, paths()) for t in (first, second)])

    tried("ask", lambda: documents.dumps(documents.ask(library.ask(question), paths())))
    tried("search", lambda: documents.dumps(documents.search(library.search(question), paths())))
    tried("talk", talked)
    tried("plan", lambda: library.describe(library.plan(question)))
    tried("status", lambda: documents.dumps([documents.status(s) for s in library.status()]))
    tried("counts", library.counts)
    tried("show", lambda: documents.dumps(documents.notes(seen, library.notes(seen.id))))
    tried("export", lambda: library.export(seen.id, "vtt", track="captions"))
    tried("thumbnail", lambda: library.thumbnail(seen.id, 45 * 10**9))
    tried("nothing", lambda: library.video("no such video"))
    return repr(said)


def change(world: World, hidden: list[Video], dice: Random) -> str:
    """Add, change, seal, relabel or erase something that neither ann nor bob may see."""
    store, what = (
        world.library._store,
        dice.choice(["add", "add", "erase", "seal", "words", "class"]),
    )
    if what == "add" or not hidden:
        hidden.append(world.add("court"))
        return "add"
    one = dice.choice(hidden)
    if what == "erase":
        hidden.remove(one)
        store.erase(one.id, event=fakes.event("forget"))
    elif what == "seal":
        name = AccessClass("court", ("sealed",)).name
        part = Stretch(TimeSpan.of_seconds(20, 60), name)
        store.commit_access(one.id, AccessClass("court").name, [part], event=fakes.event())
    elif what == "words":
        hidden.remove(one)
        store.erase(one.id, event=fakes.event("forget"))
        hidden.append(world.add("court", labels=("minors",)))
    else:
        word = Word("A", dice.choice([State.GIVEN, State.WITHDRAWN]), uses=())
        said = consent.applied(AccessClass("court").name, [], [word], one.span)
        store.commit_access(one.id, *said, event=fakes.event())
    return what


def question(dice: Random) -> str:
    a, b = dice.sample(WORDS, 2)
    return dice.choice(QUESTIONS).format(a=a, b=b, name=dice.choice(["Ada", "Grace Hopper"]))


def compare(triples: int, seed: int) -> tuple[int, Counter[str], list[str]]:
    """Return (triples, changes by kind, differences)."""
    dice, done = Random(seed), 0
    kinds: Counter[str] = Counter()
    wrong: list[str] = []
    while done < triples:
        with tempfile.TemporaryDirectory() as home:
            Path(home, "viewfinder.toml").write_text(GOVERNED)
            with Library.open(home, create=True, principal=PEOPLE["kim"]) as library:
                world = World(library, Random(dice.random()))
                open_to_all = [world.add(dice.choice(["news", "news", "sport"])) for _ in range(5)]
                sealed_part = dice.choice(open_to_all)
                name = AccessClass("news", ("sealed",)).name
                library._store.commit_access(
                    sealed_part.id,
                    AccessClass("news").name,
                    [Stretch(TimeSpan.of_seconds(40, 80), name)],
                    event=fakes.event(),
                )
                hidden = [world.add("court") for _ in range(dice.randint(0, 3))]
                library._store._database.connection.execute("PRAGMA synchronous = OFF")
                asked = [
                    (
                        PEOPLE[dice.choice(["ann", "bob", "bob", "eve"])],
                        dice.choice(PURPOSES),
                        question(dice),
                        dice.choice(open_to_all),
                    )
                    for _ in range(10)
                ]
                first = [response(world, *one) for one in asked]
                for _ in range(20):
                    kinds[change(world, hidden, dice)] += 1
                    for one, was in zip(asked, first, strict=True):
                        if response(world, *one) != was:
                            wrong.append(f"{one[0].name}: {one[2]!r}")
                    done += len(asked)
    return done, kinds, wrong


def timing(seed: int, rounds: int = 400) -> float:
    """Return how well the CPU time of a question tells whether a hidden video holds its word.

    Two libraries alike but for one hidden video: in one it holds the word asked for many
    times, in the other another word as often. The area under the curve is 0.5 for nothing.
    """
    dice = Random(seed)
    times: dict[bool, list[float]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as home:
        libraries = {}
        for holds in (True, False):
            folder = Path(home, str(holds))
            folder.mkdir()
            (folder / "viewfinder.toml").write_text(GOVERNED)
            library = Library.open(folder, create=True, principal=PEOPLE["kim"])
            world = World(library, Random(seed))
            for _ in range(20):
                world.add("news")
            world.sentence = lambda word=("zebra" if holds else "walrus"): f"{word} " * 8  # type: ignore[method-assign]
            world.add("court")
            libraries[holds] = world
        for _ in range(rounds):
            for holds in dice.sample([True, False], 2):
                world = libraries[holds]
                world.become(PEOPLE["ann"], PURPOSES[0])
                started = time.process_time()
                world.library.search("zebra")
                times[holds].append(time.process_time() - started)
        for world in libraries.values():
            world.library.close()
    with_, without = np.array(times[True]), np.array(times[False])
    above = (with_[:, None] > without[None]).mean() + 0.5 * (with_[:, None] == without[None]).mean()
    return float(max(above, 1 - above))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--triples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    done, kinds, wrong = compare(args.triples, args.seed)
    changed = ", ".join(f"{kind} {n}" for kind, n in kinds.most_common())
    auc = timing(args.seed)
    print(
        f"# What one may not see\n\n`scripts/bench noninterference`\n\n"
        f"- {done:,} random (person, library, question) triples: after each change out of "
        f"scope the whole response was taken again and held against the first; "
        f"**{len(wrong)} differ**.\n"
        f"- Changes: {changed}.\n"
        f"- Does the CPU time of a question tell whether a hidden video holds its word? Area "
        f"under the curve {auc:.3f} (0.5 is chance; bar 0.55; n = 400 pairs).\n"
    )
    for line in wrong[:20]:
        print(f"  - {line}")
    print(json.dumps({"triples": done, "differences": len(wrong), "auc": round(auc, 4)}))


if __name__ == "__main__":
    main()
