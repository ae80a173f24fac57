"""Both stores keep the contract of their seat."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from viewfinder.adapters.stores import memory, sqlite
from viewfinder.governance.secrets.keys import KEY_BYTES, Keyring
from viewfinder.governance.secrets.vault import KeyedVault
from viewfinder.ports import Store
from viewfinder.testing.contracts import Contract, StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        return memory.plugin.build(memory.Config())


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:  # type: ignore[override]
        store = sqlite.plugin.build(sqlite.Config(tmp_path / "library"))
        yield store
        store.close()


class TestEncryptedSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:  # type: ignore[override]
        vault = KeyedVault(lambda: Keyring(tmp_path / "keys", bytes(KEY_BYTES)))
        store = sqlite.plugin.build(sqlite.Config(tmp_path / "library", vault=vault))
        yield store
        store.close()


def test_a_contract_test_cannot_be_overridden() -> None:
    with pytest.raises(TypeError, match="is final"):

        class Cheat(StoreContract):
            def test_scope_is_applied_before_limit(self, store: Store) -> None:
                pass


def test_a_contract_test_cannot_be_overridden_further_down() -> None:
    class Honest(StoreContract):
        pass

    with pytest.raises(TypeError, match="is final"):

        class Cheat(Honest):
            test_the_receipt_says_what_went = None


def test_a_new_contract_may_add_tests() -> None:
    class Stricter(Contract):
        def test_more(self) -> None:
            pass

    assert issubclass(Stricter, Contract)
