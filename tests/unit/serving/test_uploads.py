"""Uploads that break off and go on, and all that may be wrong with them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from viewfinder.app.intake.job import Whose
from viewfinder.app.serving import uploads
from viewfinder.app.serving.jobs import ENDS, Jobs, State
from viewfinder.app.serving.shared import Shared
from viewfinder.app.serving.uploads import Upload, Uploads, safe_name
from viewfinder.domain.errors import InputError
from viewfinder.testing.settings import LIGHT

ME, ANN = Whose(), Whose("ann")
WORDS = b"WEBVTT\n\n00:01.000 --> 00:04.000\nthe harbour strike began\n"


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    home = tmp_path / "own.viewfinder"
    home.mkdir()
    (home / "viewfinder.toml").write_text(LIGHT)
    with Shared.open(home, create=True) as opened:
        yield opened


@pytest.fixture
def jobs(shared: Shared) -> Iterator[Jobs]:
    opened = Jobs(shared, beat_s=0.05)
    yield opened
    opened.close()


@pytest.fixture
def taken(shared: Shared, jobs: Jobs) -> Uploads:
    return Uploads(shared, jobs, keep_free_bytes=0)


def begun(taken: Uploads, name: str = "talk.vtt", whose: Whose = ME) -> Upload:
    return taken.create(whose, len(WORDS), {"filename": name})


def test_a_file_sent_in_pieces_becomes_a_video(taken: Uploads, jobs: Jobs, shared: Shared) -> None:
    upload = begun(taken)
    half = taken.append(ME, upload.id, 0, [WORDS[:10], WORDS[10:20]])
    assert (half.offset, half.job) == (20, "")
    assert taken.head(ME, upload.id).offset == 20
    whole = taken.append(ME, upload.id, 20, [WORDS[20:]])
    assert whole.sha256 == hashlib.sha256(WORDS).hexdigest()
    for _ in jobs.events(ME, whole.job, wait_s=30):
        pass
    assert jobs.get(ME, whole.job).state in ENDS
    assert jobs.get(ME, whole.job).state is State.DONE
    (video,) = shared.view().videos()
    assert video.path == str(shared.folder / "media" / "talk.vtt")
    assert Path(video.path).read_bytes() == WORDS


def test_an_upload_goes_on_after_a_restart(taken: Uploads, jobs: Jobs, shared: Shared) -> None:
    upload = begun(taken)
    taken.append(ME, upload.id, 0, [WORDS[:30]])
    again = Uploads(shared, jobs, keep_free_bytes=0)
    assert again.head(ME, upload.id).offset == 30
    whole = again.append(ME, upload.id, 30, [WORDS[30:]])
    assert whole.sha256 == hashlib.sha256(WORDS).hexdigest()


def test_what_came_before_a_connection_broke_is_kept(taken: Uploads) -> None:
    def breaking() -> Iterator[bytes]:
        yield WORDS[:15]
        raise ConnectionResetError

    upload = begun(taken)
    with pytest.raises(ConnectionResetError):
        taken.append(ME, upload.id, 0, breaking())
    assert taken.head(ME, upload.id).offset == 15
    assert taken.append(ME, upload.id, 15, [WORDS[15:]]).sha256


def test_bytes_for_another_place_are_refused(taken: Uploads) -> None:
    upload = begun(taken)
    with pytest.raises(uploads.WrongOffset):
        taken.append(ME, upload.id, 5, [b"x"])
    assert taken.head(ME, upload.id).offset == 0


def test_more_bytes_than_announced_are_refused(taken: Uploads) -> None:
    upload = begun(taken)
    with pytest.raises(uploads.TooLarge):
        taken.append(ME, upload.id, 0, [WORDS + b"more"])
    assert taken.head(ME, upload.id).job == ""


def test_bytes_with_another_checksum_are_thrown_away(taken: Uploads) -> None:
    upload = begun(taken)
    wrong = hashlib.sha256(b"other").digest()
    with pytest.raises(uploads.WrongChecksum):
        taken.append(ME, upload.id, 0, [WORDS[:20]], checksum=("sha256", wrong))
    assert taken.head(ME, upload.id).offset == 0
    right = hashlib.sha1(WORDS[:20], usedforsecurity=False).digest()
    assert taken.append(ME, upload.id, 0, [WORDS[:20]], checksum=("sha1", right)).offset == 20
    with pytest.raises(InputError, match="no checksum"):
        taken.append(ME, upload.id, 20, [b"x"], checksum=("crc32", b""))


def test_nobody_touches_the_upload_of_somebody_else(taken: Uploads) -> None:
    upload = begun(taken)
    for tried in (
        lambda: taken.head(ANN, upload.id),
        lambda: taken.append(ANN, upload.id, 0, [b"x"]),
        lambda: taken.terminate(ANN, upload.id),
        lambda: taken.head(ME, "../library"),
        lambda: taken.head(ME, "0" * 32),
    ):
        with pytest.raises(uploads.NoUpload):
            tried()


def test_two_senders_do_not_mix_their_bytes(taken: Uploads) -> None:
    upload = begun(taken)

    def waiting() -> Iterator[bytes]:
        yield WORDS[:10]
        with pytest.raises(uploads.InUse), ThreadPoolExecutor(1) as pool:
            pool.submit(taken.append, ME, upload.id, 0, [b"x" * 10]).result()
        yield WORDS[10:]

    assert taken.append(ME, upload.id, 0, waiting()).sha256 == hashlib.sha256(WORDS).hexdigest()


def test_an_upload_that_was_ended_or_is_whole_takes_no_more(taken: Uploads, shared: Shared) -> None:
    upload = begun(taken)
    taken.terminate(ME, upload.id)
    with pytest.raises(uploads.NoUpload):
        taken.append(ME, upload.id, 0, [WORDS])
    assert not list((shared.folder / "uploads").glob("*.part"))
    whole = begun(taken)
    taken.append(ME, whole.id, 0, [WORDS])
    with pytest.raises(uploads.NoUpload):
        taken.append(ME, whole.id, len(WORDS), [b"x"])


def test_half_files_are_thrown_away_after_a_day(shared: Shared, jobs: Jobs) -> None:
    now = [1_000.0]
    taken = Uploads(shared, jobs, keep_free_bytes=0, clock=lambda: now[0])
    upload = begun(taken)
    taken.append(ME, upload.id, 0, [WORDS[:5]])
    now[0] += uploads.DAY_S - 1
    assert taken.sweep() == 0
    now[0] += 2
    with pytest.raises(uploads.NoUpload):
        taken.head(ME, upload.id)
    Uploads(shared, jobs, keep_free_bytes=0, clock=lambda: now[0])
    assert not list((shared.folder / "uploads").glob("*.part"))


def test_nobody_sends_more_than_their_share_of_a_day_or_than_fits(
    shared: Shared, jobs: Jobs
) -> None:
    now = [1_000.0]
    taken = Uploads(shared, jobs, bytes_a_day=100, keep_free_bytes=0, clock=lambda: now[0])
    taken.create(ME, 90, {"filename": "a.mp4"})
    with pytest.raises(uploads.TooLarge):
        taken.create(ME, 20, {"filename": "b.mp4"})
    taken.create(ANN, 20, {"filename": "b.mp4"})
    now[0] += uploads.DAY_S + 1
    taken.create(ME, 20, {"filename": "b.mp4"})
    full = Uploads(shared, jobs, keep_free_bytes=10**18)
    with pytest.raises(uploads.TooLarge):
        full.create(ME, 1, {"filename": "b.mp4"})
    with pytest.raises(InputError):
        taken.create(ME, 0, {"filename": "b.mp4"})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("talk.mp4", "talk.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\a b.mov", "a b.mov"),
        (".hidden.mp4", "hidden.mp4"),
        ("..", "upload"),
        ("", "upload"),
        ("a\x00\n\u202egpj.mp4", "agpj.mp4"),
        ("Ünïcode 🎬.mkv", "Ünïcode 🎬.mkv"),
    ],
)
def test_a_name_is_no_path_and_hides_nothing(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_a_long_name_keeps_its_suffix_and_fits() -> None:
    name = safe_name("ä" * 400 + ".webm")
    assert name.endswith("ä.webm")
    assert len(name.encode()) <= uploads.NAME_BYTES


def test_two_files_of_one_name_both_stay(taken: Uploads, shared: Shared) -> None:
    taken.append(ME, begun(taken).id, 0, [WORDS])
    other = WORDS.replace(b"strike", b"parade")
    taken.append(ME, begun(taken).id, 0, [other])
    kept = sorted(path.read_bytes() for path in (shared.folder / "media").iterdir())
    assert kept == sorted([WORDS, other])
