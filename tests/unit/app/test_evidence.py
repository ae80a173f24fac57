"""Where a clip comes from, and that it is what it was: checks of originals, and certificates."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from viewfinder.app.evidence import Found
from viewfinder.app.library import Library, Refused
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Principal
from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces import documents
from viewfinder.testing import fakes

ROOT = Path(__file__).resolve().parents[3]
VERIFIER = ROOT / "scripts" / "verify_log.py"
WORDS = "we spent less than we had"


def keep(library: Library, path: Path) -> Video:
    """Keep a file as if it had been added: with words heard by a machine and read by one."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    size = path.stat().st_size
    video = replace(fakes.video("x"), id=VideoId(digest), path=str(path), size_bytes=size)
    library._store.commit_video(video, event=library._event("add", video=video.id))
    for stage, name in (("speech", TrackName.SPEECH), ("sidecars", TrackName.CAPTIONS)):
        library._store.commit_stage(
            video.id,
            fakes.record(stage),
            tracks=[fakes.track(WORDS, name=name, stage=stage)],
            event=library._event("derive", video=video.id, stage=stage),
        )
    return video


@pytest.fixture
def opened(library: Path) -> Iterator[Library]:
    with Library.open(library, create=True) as made:
        yield made


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    made = tmp_path / "council.mp4"
    made.write_bytes(bytes(range(256)) * 40)
    return made


def test_a_flipped_bit_is_found_and_said_wherever_the_clip_is(opened: Library, clip: Path) -> None:
    video = keep(opened, clip)
    assert [check.found for _, check in opened.evidence.scrub([video])] == [Found.OK]
    assert opened.status()[0].check is not None
    assert not any("original" in gap for gap in opened._fittings.gaps(opened._admitted("ask")))
    clip.write_bytes(b"\1" + clip.read_bytes()[1:])
    ((_, check),) = opened.evidence.scrub([video])
    assert (check.found, len(check.sha256)) == (Found.CHANGED, 64)
    said = "the original is not the file that was indexed in 1 video (e.g. council.mp4)"
    assert said in opened._fittings.gaps(opened._admitted("ask"))
    assert documents.status(opened.status()[0])["original"]["found"] == "changed"
    lines = [line.document for line in opened.logbook.lines(action="scrub")]
    assert [line["subject"]["found"] for line in lines] == ["ok", "changed"]
    clip.unlink()
    assert [check.found for _, check in opened.evidence.scrub([video])] == [Found.MISSING]


def test_what_is_due_follows_from_when_it_was_last_hashed(opened: Library, clip: Path) -> None:
    video = keep(opened, clip)
    assert opened.evidence.due() == []
    later = datetime.now(UTC) + timedelta(days=91)
    assert opened.evidence.due(later) == [video]
    list(opened.evidence.scrub([video]))
    assert opened.evidence.due(later - timedelta(days=2)) == []
    opened.forget(video.id)
    assert opened.evidence.due(later) == []


def test_a_certificate_holds_words_with_who_wrote_them_and_is_checked_without_us(
    opened: Library, clip: Path, tmp_path: Path
) -> None:
    video = keep(opened, clip)
    opened.logbook.write("show", {"video": video.id})
    text, made = opened.evidence.certificate(video, TimeSpan.of_seconds(0, 5))
    rows = {row["track"]: row["by_machine"] for row in made["certificate"]["part"]["words"]}
    assert rows == {"speech": True, "captions": False}
    assert "heard or read by a machine" in text
    assert "What this does not show" in text
    assert made["certificate"]["hashed_again"]["result"] == "same"
    plain = json.dumps(
        made["certificate"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert hashlib.sha256(plain.encode()).hexdigest() == made["certificate_sha256"]
    actions = [json.loads(json.loads(row)["line"]) for row in made["chosen.jsonl"].splitlines()]
    assert [line["action"] for line in actions] == ["add", "derive", "derive", "export"]
    assert actions[-1]["subject"]["sha256"] == made["certificate_sha256"]
    place = tmp_path / "certificate.json"
    place.write_text(json.dumps(made))
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(place)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "4 of" in checked.stdout, checked.stderr
    assert "nothing is wrong" in checked.stdout
    place.write_text(json.dumps(made).replace('\\\\\\"derive', '\\\\\\"delete', 1))
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 1


def test_a_certificate_of_another_file_or_none_says_so(opened: Library, clip: Path) -> None:
    video = keep(opened, clip)
    clip.write_bytes(b"other")
    text, _ = opened.evidence.certificate(video)
    assert "IS NOT THE SAME" in text
    clip.unlink()
    text, _ = opened.evidence.certificate(video)
    assert "was not where it was" in text
    with pytest.raises(UsageError, match="lies outside"):
        opened.evidence.certificate(video, TimeSpan.of_seconds(1000, 1001))


def test_who_may_not_export_gets_no_certificate_and_who_may_not_add_checks_nothing(
    library: Path, clip: Path
) -> None:
    with Library.open(library, create=True) as made:
        video = keep(made, clip)
    (library / "viewfinder.toml").write_text('policy = "cedar"\n')
    with Library.open(library, principal=Principal("nobody")) as made:
        with pytest.raises(Refused):
            made.evidence.certificate(video)
        with pytest.raises(Refused):
            list(made.evidence.scrub([video]))
        assert made.evidence.due(datetime.now(UTC) + timedelta(days=999)) == []
