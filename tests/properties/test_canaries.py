"""After forgetting, no canary is found: not in any byte, not with every key at hand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from viewfinder.app.library import Library
from viewfinder.app.records import backup

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks" / "forgetting"))
import canaries  # noqa: E402 - it stands with the benchmark that it is shared with


@pytest.mark.parametrize("part", [False, True], ids=["the video", "a part of it"])
def test_no_canary_is_left_anywhere(tmp_path: Path, part: bool) -> None:
    folder, restored = tmp_path / "library", tmp_path / "restored"
    video, kept = canaries.plant(folder)
    assert len(kept) >= 20
    names = {canary.name for canary in kept}
    before = canaries.found(folder, kept)
    # Vectors are kept as small integers; as float32 they must not turn up either.
    assert set(before) == names - {"vector, as float32"}, "the test cannot see what is there"
    plain = canaries.found(folder, kept, keys=False)
    assert set(plain) == {"spool", "copy for browsers", "ciphertext of any of it"}
    with Library.open(folder) as library:
        library.backup(tmp_path / "backup")
    with Library.open(folder) as library:
        library.forget(video.id, spans=[canaries.PART] if part else ())
        # the library stays open: its WAL is there too
        gone = [canary for canary in kept if canary.in_part or not part]
        assert canaries.found(folder, gone) == {}
    assert canaries.found(folder, gone) == {}
    backup.restore(tmp_path / "backup", restored, replace=False, keys=folder / "keys")
    assert canaries.found(restored, kept) == {}
    with Library.open(folder) as library:
        assert len(library.videos()) == (3 if part else 2)
        assert bool(library.search("harbour bridge").moments)
        assert library.logbook.verify().ok
