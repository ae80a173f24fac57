"""Hostile media is stopped with a clear word; the caller never crashes, never hangs."""

from __future__ import annotations

from pathlib import Path

import pytest

from viewfinder.domain.errors import DecodeError, ProbeError
from viewfinder.ingest import sandbox
from viewfinder.ingest.decode import Decoded, decode
from viewfinder.ingest.probe import probe
from viewfinder.ingest.sandbox import Limits
from viewfinder.testing.media import DAMAGE, Tone, damage, draw_clip


@pytest.fixture(scope="module", params=[".mp4", ".webm"])
def clip(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sandbox") / f"clip{request.param}"
    return draw_clip(path, seconds=4.0, cuts_s=(2.0,), tones=(Tone(1.0, 3.0),))


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_ends_in_a_clear_error_or_a_clip_that_can_be_read(
    clip: Path, kind: str, tmp_path: Path
) -> None:
    broken = damage(clip, kind, seed=3)
    try:
        *_, last = decode(probe(broken), broken, tmp_path)
    except (ProbeError, DecodeError) as error:
        named = broken.name in str(error)
        assert named
        return
    assert isinstance(last, Decoded)
    for at_ns in last.clip.frame_times_ns:
        last.clip.read_frame(at_ns)
    last.clip.read_sound()


def test_too_little_memory_is_said(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=0.4, size=(1920, 1080), sound=False)
    with pytest.raises((ProbeError, DecodeError), match=r"a\.mp4"):
        list(decode(probe(path), path, tmp_path, limits=Limits(memory_bytes=300 << 20)))


def test_too_much_processor_time_ends_the_worker(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mpg", seconds=2.0, size=(1280, 720), sound=False)
    video = probe(path)
    path.write_bytes(path.read_bytes() * 900)  # a programme stream may go on and on
    limits = Limits(cpu_base_s=1, cpu_s_per_media_s=0.0)
    with pytest.raises(DecodeError, match="CPU seconds"):
        list(decode(video, path, tmp_path, limits=limits))


def test_a_frame_beyond_the_limit_is_refused(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=0.4, size=(640, 360), sound=False)
    with pytest.raises(ProbeError):
        probe(path, limits=Limits(frame_px=10_000))


def test_a_worker_that_says_nothing_is_stopped(tmp_path: Path) -> None:
    path = draw_clip(tmp_path / "a.mp4", seconds=1.0)
    job = {"do": "look", "path": str(path)}
    with pytest.raises(DecodeError, match="no sign of life"):
        list(sandbox.work(job, limits=Limits(stall_s=0.0)))


def test_the_worker_sees_no_secrets_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "x")
    with (tmp_path / "log").open("w+b") as log, sandbox._start(log, sandbox.READS) as process:
        seen = Path(f"/proc/{process.pid}/environ")
        if not seen.exists():
            pytest.skip("no /proc here")
        assert b"SECRET_TOKEN" not in seen.read_bytes()
        process.kill()


def test_the_worker_ends_when_its_parent_closes_the_line(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w+b") as log, sandbox._start(log, sandbox.READS) as process:
        assert process.stdin is not None
        process.stdin.write(b'{"do": "look", "path": "/dev/zero", "limits": {}}')
        process.stdin.close()
        assert process.wait(60) != 0
