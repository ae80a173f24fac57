"""Canaries: things that must be gone, planted wherever a library keeps anything of a video.

``plant`` makes a library of three videos through its own doors and plants one canary per
place; ``found`` looks for them in every byte of a folder, as it lies there and after
decrypting and unpacking all that opens with the keys at hand.
"""

from __future__ import annotations

import random
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from viewfinder.adapters.stores.sqlite import database, layout, parcels
from viewfinder.adapters.stores.sqlite.database import Connection
from viewfinder.app.config import load
from viewfinder.app.entry import opening
from viewfinder.app.governing.consents import State, Word
from viewfinder.app.library import Library
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.log import entry as log_entry
from viewfinder.domain.media import Video
from viewfinder.domain.time import SECOND_NS, TimeSpan
from viewfinder.governance import ledger
from viewfinder.governance.secrets.vault import KeyedVault
from viewfinder.testing import fakes
from viewfinder.testing.scopes import EVERYTHING
from viewfinder.testing.settings import LIGHT

PART = TimeSpan.of_seconds(20, 40)
"""The part that is forgotten where only a part is; what says so below lies in it."""
HEAD = 545
"""Bytes of a body before its ciphertext begins: zeros, its length, the name of its key."""
PIECE = 24
"""Bytes of a vector, a picture or a ciphertext that must coincide to count as left over."""


@dataclass(frozen=True)
class Canary:
    """One thing that must be gone.

    Attributes:
        name: Where it was planted.
        pieces: Any of these bytes gives it away.
        in_part: It lies in ``PART``, or in what was said of it; the others are about the
            video as a whole and go with that.
    """

    name: str
    pieces: tuple[bytes, ...]
    in_part: bool = True


def words(name: str, said: str, *, in_part: bool = True) -> Canary:
    return Canary(name, tuple(said.encode(how) for how in ("utf-8", "utf-16-le")), in_part)


def secret(chance: random.Random, kind: str) -> str:
    """Return a word that nobody else uses."""
    return f"{kind}{chance.getrandbits(40):010x}"


def noted(name: TrackName, *notes: Annotation) -> Track:
    return Track(name, fakes.derivation(name.value), notes)


def plant(folder: Path, seed: int = 0, name: str = "gone") -> tuple[Video, list[Canary]]:
    """Make a library; return the video that is to be forgotten, and what must go with it."""
    chance = random.Random(seed)
    says = {
        kind: secret(chance, kind)
        for kind in (
            *("heard", "shown", "label", "speaker", "title", "tag", "chapter", "broke", "asked"),
            *("note", "person", "reason", "draft", "cue", "named"),
            *("collected", "looked", "judged", "corrected"),
        )
    }
    plate = f"{chance.choice('KLM')}{chance.choice('XYZ')}-{chance.randrange(10**8):08d}"
    thumbnail, features = chance.randbytes(3_000), chance.randbytes(6_400)
    half_done, copied = chance.randbytes(5_000), chance.randbytes(5_000)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "viewfinder.toml").write_text(LIGHT)
    video = replace(
        fakes.video(f"{name} {seed}", duration_s=60),
        path=f"/footage/{says['named']}.mp4",
        title=f"a film of {says['title']}",
        metadata=(("comment", f"about {says['tag']}"),),
    )
    at = TimeSpan.of_seconds(25, 30)
    speech = [
        Annotation(TimeSpan.of_seconds(1, 4), "we begin with the harbour and the bridge"),
        Annotation(at, f"the witness lives near {says['heard']}", speaker=says["speaker"]),
        Annotation(TimeSpan.of_seconds(50, 54), "we end with the ferry"),
    ]
    tracks = {
        "speech": [noted(TrackName.SPEECH, *speech)],
        "screen_text": [
            noted(
                TrackName.SCREEN_TEXT,
                Annotation(at, f"Welcome to {says['shown']}"),
                Annotation(at, plate),
            )
        ],
        "picture": [noted(TrackName.LABELS, Annotation(at, f"a {says['label']}", 0.9))],
        "sidecars": [
            noted(TrackName.CAPTIONS, Annotation(at, f"[whispers] {says['cue']}")),
            noted(TrackName.METADATA, Annotation(at, f"chapter {says['chapter']}")),
        ],
    }
    with Library.open(folder, create=True) as library:
        store = library._store
        for other in ("before", "after"):
            _put(library, fakes.video(f"{other} {seed}"), {"speech": [fakes.track("the sea")]})
            if other == "before":
                _put(library, video, tracks, thumbnail, features)
        broke = fakes.record("objects", error=f"cannot read {says['broke']}")
        store.commit_stage(video.id, broke, event=fakes.event())
        given = Word(says["person"], State.GIVEN, PART, ("search",), note=f"file {says['note']}")
        library.governing.consents.note(video, given)
        held = library.governing.holds.place(
            video, case="A 1", reason=f"since {says['reason']}", review="2030-01-01"
        )
        library.governing.holds.release(held.no, reason="over")
        _use(library, video, says)
        assert library.ask("witness lives near").claims
        talk, turn = library.converse(Conversation(), "witness lives near")
        assert says["heard"] in str(turn.answer.claims)
        talk, _ = library.converse(library.keep(talk) or talk, f"where is {says['asked']}?")
        assert library.keep(talk)
        library.logbook.draft(f"She lives near {says['draft']}.", [video.id], talk.id)
        spool = folder / "spool" / video.id
        spool.mkdir(parents=True)
        (spool / "frames").write_bytes(half_done)
        copies = folder / "playable" / f"{video.id}-{'0' * 16}"
        copies.mkdir(parents=True)
        (copies / "3.mp4").write_bytes(copied)
        vectors = _vectors(library, video, says["heard"])
    kept = [
        *(words(kind, says[kind]) for kind in ("heard", "shown", "label", "speaker", "cue")),
        words("plate", plate),
        words("chapter", says["chapter"]),
        words("file name", says["named"], in_part=False),
        words("title", says["title"], in_part=False),
        words("tag of the file", says["tag"], in_part=False),
        words("error of a stage", says["broke"], in_part=False),
        words("consent: person", says["person"], in_part=False),
        words("consent: note", says["note"], in_part=False),
        words("hold: reason", says["reason"], in_part=False),
        words("conversation: question", says["asked"]),
        words("log: draft of an answer", says["draft"]),
        words("note beside a moment", says["collected"]),
        words("judgement: note", says["judged"]),
        words("correction", says["corrected"]),
        words("saved search that names the file", says["looked"], in_part=False),
        Canary("thumbnail", (_some(thumbnail),)),
        Canary("features of frames", (_some(features),)),
        Canary("spool", (_some(half_done),)),
        Canary("copy for browsers", (_some(copied),)),
        *vectors,
        Canary("ciphertext of any of it", _sealed(folder, video)),
    ]
    return video, kept


def _use(library: Library, video: Video, says: dict[str, str]) -> None:
    """Keep and put right what points at the part, or names the file."""
    mine, at = library.mine, TimeSpan.of_seconds(25, 28)
    mine.collections.make("list")
    mine.collections.put("list", video, at, f"ask about {says['collected']}")
    mine.judgements.moment("a witness", video, at, relevant=True, note=says["judged"])
    mine.searches.keep(f"{says['looked']} in {says['named']}.mp4")
    mine.searches.keep("witness lives near", "witness")
    mine.searches.run("witness")
    before = f"[whispers] {says['cue']}"
    right = f"[whispers] {says['cue']} at {says['corrected']}"
    mine.corrections.put_right(video, 26 * SECOND_NS, right, was=before)


def _put(
    library: Library,
    video: Video,
    tracks: dict[str, list[Track]],
    thumbnail: bytes = b"",
    features: bytes = b"",
) -> None:
    store = library._store
    store.commit_video(video, event=library._event("add", video=video.id))
    for stage, found in tracks.items():
        event = library._event("derive", video=video.id, stage=stage)
        shown = {26 * SECOND_NS: thumbnail, 2 * SECOND_NS: b"beside"} if thumbnail else {}
        store.commit_stage(
            video.id,
            fakes.record(stage),
            tracks=found,
            thumbnails=shown if stage == "speech" else {},
            event=event,
        )
    if features:
        rows = np.frombuffer(features, np.int8).reshape(10, -1)
        spans = np.array([[25, 26]] * 10, np.int64) * SECOND_NS
        arrays = {"rows": rows, "spans_ns": spans}
        record = fakes.record("features")
        store.commit_stage(video.id, record, arrays=arrays, event=fakes.event())
    assert library._reindex(video) == ""


def _vectors(library: Library, video: Video, word: str) -> list[Canary]:
    """Return the vectors, whole and of words, of the segment that holds ``word``."""
    store = library._store
    (space, *_) = store.spaces()
    ids = [s.id for s in store.segments_of(video.id, scope=EVERYTHING) if word in s.text]
    rows = store.pooled(ids, space, scope=EVERYTHING)
    fine = store.details(ids, space, scope=EVERYTHING)
    with closing(_connection(library.folder)) as connection:
        (no,) = connection.execute("SELECT no FROM videos WHERE id = ?", (video.id,)).fetchone()
        stands = layout.layout_of(video.id[:16], parcels.get(connection, no, "layout") or b"")
        (row,) = [stands.row_of(one) for one in ids]
        name = str(database.space_no(connection, space))
        kept = parcels.take(connection, no, "fine", name, [row or 0])
        there, codes = parcels.unpack(parcels.get(connection, no, "codes", name) or b"")
        code = codes.reshape(len(there), -1)[there.tolist().index(row)]
    return [
        Canary("vector, as kept", tuple(kept.values())),
        Canary("vector, as float32", tuple(row.tobytes() for row in rows.values())),
        Canary("code of a vector", (code.tobytes(),)),
        Canary("vectors of words", tuple(d.rows.tobytes() for d in fine.values())),
    ]


def _some(content: bytes) -> bytes:
    """Return the piece with the most different bytes: runs of zeros say nothing."""
    starts = range(0, max(1, len(content) - PIECE), 7)
    best = max(starts, key=lambda at: len(set(content[at : at + PIECE])))
    return content[best : best + PIECE]


def _sealed(folder: Path, video: Video) -> tuple[bytes, ...]:
    with closing(_connection(folder)) as connection:
        rows = connection.execute(
            "SELECT b.body FROM bodies b JOIN parcels p ON p.body = b.no JOIN videos v "
            "ON v.no = p.video WHERE v.id = ?",
            (video.id,),
        ).fetchall()
    return tuple(_some(body[HEAD:][:PIECE]) for (body,) in rows)


def _connection(folder: Path) -> Connection:
    path = f"file:{folder}/library.sqlite?mode=ro"
    connection = sqlite3.connect(path, uri=True, factory=Connection)
    connection.vault = KeyedVault(lambda: opening.keyring(load(folder), folder))
    return connection


def as_it_lies(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file of a folder: database, WAL, keys, spool, checkpoint, settings."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()


def decrypted(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield everything that opens with the keys in the folder, packed and unpacked."""
    with closing(_connection(folder)) as connection:
        for no, body in connection.execute("SELECT no, body FROM bodies").fetchall():
            opened = parcels.readable(connection, body)
            if opened is not None:
                yield f"body {no}", bytes(opened)
                yield from _unpacked(f"body {no}", bytes(opened))
        keyring = opening.keyring(load(folder), folder)
        rows = connection.execute("SELECT seq, line, sealed FROM entries").fetchall()
        for seq, line, sealed in rows:
            entry = log_entry.Entry(seq, line, log_entry.unpacked(sealed))
            for part in ledger.opened(keyring, entry):
                if part is not None:
                    yield f"words of line {seq}", part[1].encode()


def _unpacked(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield every deflated stream in ``content``, wherever it begins."""
    for begin in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content):
        try:
            inside = zlib.decompressobj().decompress(content[begin.start() :])
        except zlib.error:
            continue
        yield name, inside


def found(folder: Path, canaries: list[Canary], *, keys: bool = True) -> dict[str, str]:
    """Return where each canary was found, for those that were."""
    places = [*as_it_lies(folder), *(decrypted(folder) if keys else ())]
    return {
        canary.name: place
        for canary in canaries
        for place, content in places
        if any(piece in content for piece in canary.pieces)
    }
