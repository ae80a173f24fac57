"""The parts of the SQLite store, each against a plain sum."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewfinder.adapters.stores.sqlite import lexicon, parcels, vectors, wire
from viewfinder.adapters.stores.sqlite.database import Database
from viewfinder.adapters.stores.sqlite.lexicon import Lexicon, Words, words_bytes
from viewfinder.domain.annotation import Annotation, Region, Track, TrackName, Word
from viewfinder.domain.errors import StoreError
from viewfinder.domain.media import MediaKind, Stream, Video, VideoId
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes

VOCABULARY = ["the", "of", "and", "to", "a", "red", "car", "sea", "dog", "sky"]


def zipf_texts(random: np.random.RandomState, count: int) -> list[str]:
    chances = 1 / np.arange(1, len(VOCABULARY) + 1)
    chances /= chances.sum()
    sizes = random.randint(0, 9, count)
    return [" ".join(random.choice(VOCABULARY, size, p=chances)) for size in sizes]


def filled(seed: int, batches: int = 3) -> tuple[Lexicon, int]:
    """Return a lexicon of videos of two blocks each, taken in as several batches."""
    random, index, blocks = np.random.RandomState(seed), Lexicon(), 0
    for _ in range(batches):
        videos = []
        for _ in range(random.randint(1, 9)):
            texts = [zipf_texts(random, random.randint(0, 40)) for _ in range(2)]
            sizes = np.array([len(block) for block in texts], np.int64)
            content = memoryview(words_bytes(texts)) if random.rand() < 0.9 else None
            videos.append(Words(sizes, content))
            blocks += 2
        index.add(videos)
    return index, blocks


@pytest.mark.parametrize("seed", range(12))
def test_looking_up_common_words_for_few_rows_changes_no_bit(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, blocks = filled(seed)
    random = np.random.RandomState(seed)
    narrowed = 0
    for _ in range(20):
        allowed = random.rand(blocks) < random.choice([0.2, 1.0])
        chosen = random.choice(VOCABULARY, random.randint(1, 6), replace=False)
        terms = [(str(term), float(random.choice([1.0, 0.1]))) for term in chosen]
        limit = int(random.randint(1, 12))
        best = []
        for worth in (10**9, 0):
            monkeypatch.setattr(lexicon, "_WORTH_NARROWING", worth)
            rows, scores = index.best(terms, allowed, limit)
            order = np.lexsort((rows, -scores))[:limit]
            best.append([(int(rows[at]), float(scores[at]).hex()) for at in order])
            narrowed += worth == 0 and len(rows) < len(index.best(terms, allowed, 10**6)[0])
        assert best[0] == best[1]
    assert narrowed, "no question was narrowed: the test shows nothing"


@pytest.mark.parametrize("dimensions", [1, 2, 8, 37, 384])
def test_a_rotation_turns_and_does_not_stretch(dimensions: int) -> None:
    turn = vectors.rotation(dimensions).astype(np.float64)
    np.testing.assert_allclose(turn @ turn.T, np.eye(dimensions), atol=1e-5)


@pytest.mark.parametrize("dimensions", [4, 48, 384])
def test_the_scan_gives_the_best_rows_and_all_that_tie(dimensions: int) -> None:
    random = np.random.RandomState(1)
    rows = random.standard_normal((900, dimensions)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    rows[300:600] = rows[7]
    scan = vectors.Scan(dimensions)
    sizes = np.array([100, 500, 300])
    scan.add(vectors.codes_of(rows), np.arange(900), sizes)
    scan.settle()
    for allowed in ([True, True, True], [False, True, True], [True, False, False]):
        mask = np.repeat(allowed, sizes)
        for query in (rows[7], rows[3]):
            found = scan.nearest(query, np.array(allowed), 10, 30)
            assert mask[found].all()
            scores = np.where(mask, rows @ query, -2)
            best = np.flatnonzero(scores >= np.sort(scores)[-10])
            assert set(best.tolist()) <= set(found.tolist())


def test_a_nearest_search_in_nothing_finds_nothing() -> None:
    scan = vectors.Scan(4)
    scan.skip(3)
    scan.settle()
    query = np.array([1, 0, 0, 0], np.float32)
    assert len(scan.nearest(query, np.ones(3, np.bool_), 10, 10)) == 0


def test_kept_rows_are_close_to_what_was_given() -> None:
    rows = np.random.RandomState(2).standard_normal((50, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    kept = vectors.fine_rows([vectors.fine_bytes(row) for row in rows], 384)
    assert np.abs(kept - rows).max() < 5e-6
    assert np.abs(kept @ rows.T - rows @ rows.T).max() < 2e-5


@given(st.lists(st.lists(st.integers(0, 2**32 - 1)), max_size=5))
def test_packed_columns_come_back(columns: list[list[int]]) -> None:
    arrays = [np.array(column, "<u4") for column in columns]
    for given_column, back in zip(arrays, parcels.unpack(parcels.pack(*arrays)), strict=True):
        np.testing.assert_array_equal(given_column, back)


texts = st.text(max_size=12)
times = st.tuples(st.integers(0, 10**15), st.integers(0, 10**12)).map(
    lambda pair: TimeSpan(pair[0], pair[0] + pair[1])
)
fractions = st.floats(0, 1)
notes = st.builds(
    Annotation,
    times,
    texts,
    fractions,
    st.none() | st.builds(Region, fractions, fractions, fractions, fractions),
    st.lists(st.builds(Word, times, texts, fractions), max_size=3).map(tuple),
    st.none() | texts,
    st.none() | texts,
    st.booleans(),
)


@settings(max_examples=60)
@given(st.lists(notes, max_size=4), st.sampled_from(TrackName))
def test_a_track_comes_back_from_bytes_as_it_was(kept: list[Annotation], name: TrackName) -> None:
    track = Track(name, fakes.derivation(rate=0.1, mode="fast"), tuple(kept))
    assert wire.track_of(wire.track_bytes(track)) == track


@given(texts, texts, st.none() | st.floats(1, 100), st.lists(st.tuples(texts, texts), max_size=3))
def test_a_video_comes_back_from_bytes_as_it_was(
    path: str, title: str, rate: float | None, metadata: list[tuple[str, str]]
) -> None:
    video = Video(
        VideoId("ab"),
        path,
        MediaKind.AUDIO,
        5,
        streams=(Stream(0, "audio", "aac", rate=rate), Stream(1, "video", "h264", "en", 2, 3)),
        title=title,
        metadata=tuple(metadata),
    )
    assert wire.video_of(wire.video_bytes(video)) == video


def test_items_of_many_videos_are_those_of_each(tmp_path: Path) -> None:
    library = Database(tmp_path, read_only=False, wait_s=1)
    shelves = {
        number: {key: bytes([number]) * (100 + 40 * key) for key in range(0, 300, number)}
        for number in (1, 2, 3)
    }
    with library.changing() as connection:
        for number, kept in shelves.items():
            connection.execute(
                "INSERT INTO videos VALUES (?, ?, ?, 'default', 1, 1)",
                (number, f"video {number}", f"prefix {number}"),
            )
            parcels.put_shelf(connection, number, "fine", "1", kept.items())
    wanted = {1: [0, 299, 300], 2: [7, 8, 120], 3: [], 4: [1]}
    with library.reading() as connection:
        together = parcels.take_of(connection, "fine", "1", wanted)
        alone = {no: parcels.take(connection, no, "fine", "1", keys) for no, keys in wanted.items()}
    library.close()
    assert together == alone
    assert set(together[2]) == {8, 120}
    assert together[1][299] == shelves[1][299]


def test_the_span_of_a_segment_is_read_without_the_rest() -> None:
    span = TimeSpan(2**62, 2**62 + 7)
    assert wire.span_of(wire.segment_bytes(span, "words, words", ())) == span
    with pytest.raises(StoreError, match="damaged"):
        wire.span_of(b"not ours")


def test_numbers_of_numpy_are_kept_as_plain_numbers() -> None:
    span = TimeSpan(0, 5)
    note = Annotation(span, "x", float(np.float32(0.5)), Region(*np.float32([0.5] * 4)))
    loose = Annotation(span, "x", np.float32(0.5), Region(*np.float32([0.5] * 4)))  # type: ignore[arg-type]
    tracks = [Track(TrackName.LOOK, fakes.derivation(), (n,)) for n in (note, loose)]
    assert wire.track_of(wire.track_bytes(tracks[1])) == tracks[0]


def test_bytes_that_are_not_ours_are_a_store_error() -> None:
    for content in (b"", b"xxxx", wire.deflated([1])[:-3]):
        with pytest.raises(StoreError, match="damaged"):
            wire.inflated(content)
