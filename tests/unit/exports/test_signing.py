"""Credentials of what is taken out: they name the source, and changing a byte shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from viewfinder.app.exports import How, signing
from viewfinder.app.library import Library
from viewfinder.domain.credentials import State
from viewfinder.domain.media import Video
from viewfinder.domain.time import TimeSpan
from viewfinder.ingest import credentials
from viewfinder.testing.media import draw_clip

c2pa = pytest.importorskip("c2pa")
Put = Callable[..., Video]
PART = TimeSpan.of_seconds(1, 2)


def told(path: Path) -> dict[str, Any]:
    """Return the active manifest of a file."""
    with (
        path.open("rb") as file,
        c2pa.Context(c2pa.Settings.from_dict(credentials.ALONE)) as context,
    ):
        read = json.loads(c2pa.Reader("video/mp4", file, context=context).json())
    found: dict[str, Any] = read["manifests"][read["active_manifest"]]
    return found


@pytest.fixture
def video(tmp_path: Path, put: Put) -> Video:
    return put(draw_clip(tmp_path / "source.mp4", seconds=3, still=True))


@pytest.mark.parametrize("how", How)
def test_a_clip_names_its_source_and_what_was_done(
    how: How, video: Video, shelf: Library, tmp_path: Path
) -> None:
    with shelf.exports.clip(video, PART, how=how) as made:
        made.save(tmp_path / "clip.mp4", beside=False)
        said = made.facts["credentials"]
    assert (said["state"], said["trusted"]) == ("valid", False)
    assert "trusted by nobody yet" in made.notes[-1]
    manifest = told(tmp_path / "clip.mp4")
    (parent,) = manifest["ingredients"]
    assert (parent["relationship"], parent["title"]) == ("parentOf", "source.mp4")
    by_label = {one["label"]: one["data"] for one in manifest["assertions"]}
    assert by_label["viewfinder.source"]["sha256"] == video.id
    done = [one["action"] for one in by_label["c2pa.actions.v2"]["actions"]]
    last = "c2pa.transcoded" if how is How.EXACT else "c2pa.repackaged"
    assert done == ["c2pa.opened", "c2pa.trimmed", last]
    opened = by_label["c2pa.actions.v2"]["actions"][0]
    assert opened["parameters"]["ingredients"]


def test_every_changed_byte_that_is_shown_or_heard_is_found(
    video: Video, shelf: Library, tmp_path: Path
) -> None:
    with shelf.exports.clip(video, PART) as made:
        content = made.read()
    start = content.index(b"mdat")
    for share in (0.1, 0.5, 0.9):
        changed = bytearray(content)
        changed[start + 8 + int((len(content) - start - 9) * share)] ^= 1
        path = tmp_path / "changed.mp4"
        path.write_bytes(bytes(changed))
        assert credentials.read(path).state is not State.VALID


def test_a_source_with_credentials_is_a_parent_with_credentials(
    video: Video, shelf: Library, put: Put, tmp_path: Path
) -> None:
    with shelf.exports.clip(video, TimeSpan.of_seconds(0, 3)) as made:
        made.save(tmp_path / "first.mp4", beside=False)
    again = put(tmp_path / "first.mp4")
    with shelf.exports.clip(again, PART) as made:
        made.save(tmp_path / "second.mp4", beside=False)
    (parent,) = told(tmp_path / "second.mp4")["ingredients"]
    assert parent["active_manifest"]
    assert credentials.read(tmp_path / "second.mp4").state is State.VALID


def test_the_key_of_a_library_stays_the_same_and_no_other_has_it(
    video: Video, shelf: Library, tmp_path: Path
) -> None:
    keyring, name = shelf.logbook.keyring, shelf._store.trail.library
    keys = {signing.fingerprint(signing.generated(keyring, name)[0]) for _ in range(2)}
    with Library.open(tmp_path / "other", create=True) as other:
        chain, _ = signing.generated(other.logbook.keyring, other._store.trail.library)
    assert len(keys) == 1
    assert signing.fingerprint(chain) not in keys
    with shelf.exports.clip(video, PART) as made:
        assert {made.facts["credentials"]["key"]} == keys


def test_a_certificate_of_your_own_is_used(video: Video, shelf: Library, tmp_path: Path) -> None:
    with Library.open(tmp_path / "other", create=True) as other:
        chain, key = signing.generated(other.logbook.keyring, "an archive")
    (tmp_path / "chain.pem").write_text(chain)
    (tmp_path / "key.pem").write_text(key)
    folder = shelf.folder
    (folder / "viewfinder.toml").write_text(
        f'[exports]\ncertificate = "{tmp_path}/chain.pem"\nprivate_key = "{tmp_path}/key.pem"\n'
        'algorithm = "ed25519"\n'
    )
    with Library.open(folder) as again, again.exports.clip(video, PART) as made:
        assert made.facts["credentials"]["signer"] == "viewfinder library an archive"
        assert made.facts["credentials"]["key"] == signing.fingerprint(chain)


def test_what_cannot_be_signed_says_why(
    video: Video, shelf: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with shelf.exports.clip(video, PART, kind="mkv") as made:
        assert "carry no credentials" in made.notes[-1]
    with shelf.exports.clip(video, PART, sign=False) as made:
        assert made.notes[-1] == "not signed: nobody asked for it"
    monkeypatch.setattr(credentials, "can_read", lambda: False)
    with shelf.exports.clip(video, PART) as made:
        assert "viewfinder[c2pa] is not installed" in made.notes[-1]
