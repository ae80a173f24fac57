"""Keys: what is sealed opens with every key it needs, and with none of them gone."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewfinder.domain.errors import ConfigError
from viewfinder.governance.secrets.keys import Keyring, master_key

MASTER = bytes(range(32))
names = st.lists(st.text(min_size=1, max_size=9), min_size=1, max_size=3, unique=True)


@given(subjects=names, content=st.binary(max_size=200), data=st.data())
def test_what_is_sealed_opens_until_one_of_its_keys_is_destroyed(
    subjects: list[str],
    content: bytes,
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    ring = Keyring(folder, MASTER)
    sealed = ring.seal(subjects, content)
    assert content not in sealed or len(content) < 3
    assert Keyring(folder, MASTER).open(subjects[::-1], sealed) == content
    assert ring.open([*subjects, "another"], sealed) is None
    gone = data.draw(st.sampled_from(subjects))
    key = ring.key(gone)
    assert ring.destroy(gone)
    assert not ring.destroy(gone)
    assert ring.open(subjects, sealed) is None
    assert Keyring(folder, MASTER).open(subjects, sealed) is None
    assert key not in (folder / "data.keys").read_bytes()
    fresh = ring.seal(subjects, content)  # a subject that comes back gets another key
    assert ring.open(subjects, fresh) == content
    assert ring.open(subjects, sealed) is None


def test_a_changed_ciphertext_does_not_open(tmp_path: Path) -> None:
    ring = Keyring(tmp_path, MASTER)
    sealed = bytearray(ring.seal(["video:1"], b"what was said"))
    sealed[20] ^= 1
    assert ring.open(["video:1"], bytes(sealed)) is None
    assert ring.open(["video:1"], b"") is None


def test_two_processes_share_keys_and_see_each_other_destroy(tmp_path: Path) -> None:
    one, two = Keyring(tmp_path, MASTER), Keyring(tmp_path, MASTER)
    sealed = one.seal(["a"], b"x")
    assert two.seal(["b"], b"y")
    assert two.open(["a"], sealed) == b"x"
    assert two.destroy("a")
    assert one.open(["a"], sealed) is None
    assert one.open(["b"], two.seal(["b"], b"z")) == b"z"


def test_many_processes_that_want_the_same_key_get_one(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from viewfinder.governance.secrets.keys import Keyring\n"
        "ring = Keyring(Path(sys.argv[1]), bytes(range(32)))\n"
        "print(ring.key('shared').hex(), ring.key(sys.argv[2]).hex())\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(n)], stdout=subprocess.PIPE, text=True
        )
        for n in range(4)
    ]
    said = [process.communicate()[0].split() for process in started]
    assert len({shared for shared, _ in said}) == 1
    assert len({own for _, own in said}) == 4


def test_a_key_half_written_in_a_crash_is_none(tmp_path: Path) -> None:
    ring = Keyring(tmp_path, MASTER)
    sealed = ring.seal(["a"], b"x")
    with (tmp_path / "data.keys").open("ab") as file:
        file.write(b"half")
    again = Keyring(tmp_path, MASTER)
    assert again.open(["a"], sealed) == b"x"
    assert again.open(["b"], again.seal(["b"], b"y")) == b"y"
    assert Keyring(tmp_path, MASTER).open(["a"], sealed) == b"x"


def test_a_wrong_master_key_is_told_at_once(tmp_path: Path) -> None:
    Keyring(tmp_path, MASTER).seal(["a"], b"x")
    with pytest.raises(ConfigError, match="another master key"):
        Keyring(tmp_path, bytes(32))


def test_the_master_key_in_a_file_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    key = master_key("file", tmp_path / "keys", make=True)
    assert len(key) == 32
    assert master_key("file", tmp_path / "keys", make=True) == key
    mode = (tmp_path / "keys" / "master.key").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert len(list((tmp_path / "keys").iterdir())) == 1


def test_the_master_key_may_come_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASTER", MASTER.hex())
    (tmp_path / "key").write_text(MASTER.hex() + "\n")
    for source in ("env:MASTER", f"file:{tmp_path / 'key'}", f"command:cat {tmp_path / 'key'}"):
        assert master_key(source, tmp_path, make=False) == MASTER


@pytest.mark.parametrize(
    "source", ["env:NOWHERE", "file", "file:/nowhere", "command:false", "tpm", "command:echo 12"]
)
def test_a_master_key_that_is_not_there_is_an_error_of_the_settings(
    source: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="master"):
        master_key(source, tmp_path, make=False)
