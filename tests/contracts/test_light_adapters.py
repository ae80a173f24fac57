"""Adapters that need no weights keep the contracts of their seats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from viewfinder.adapters.encoders import hashing
from viewfinder.adapters.executors import inline, local
from viewfinder.adapters.policies import household
from viewfinder.governance.egress import Guarded
from viewfinder.governance.secrets.keys import KEY_BYTES, Keyring
from viewfinder.governance.secrets.vault import KeyedVault
from viewfinder.ports import Executor, LanguageModel, PolicyEngine, TokenEncoder, Vault
from viewfinder.testing.contracts import (
    ExecutorContract,
    LanguageModelContract,
    PolicyEngineContract,
    TokenEncoderContract,
    VaultContract,
)
from viewfinder.testing.models.scripted import ScriptedModel


class TestHashingEncoder(TokenEncoderContract):
    @pytest.fixture
    def encoder(self) -> TokenEncoder:
        return hashing.plugin.build(hashing.Config())


class TestInlineExecutor(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Executor:
        return inline.plugin.build(inline.Config())


class TestLocalExecutor(ExecutorContract):
    @pytest.fixture
    def executor(self) -> Iterator[Executor]:  # type: ignore[override]
        executor = local.plugin.build(local.Config(workers=1))
        yield executor
        executor.close()


class TestHouseholdPolicy(PolicyEngineContract):
    @pytest.fixture
    def policy(self) -> PolicyEngine:
        return household.plugin.build(household.Config())


class TestScriptedModel(LanguageModelContract):
    @pytest.fixture
    def model(self) -> LanguageModel:
        return ScriptedModel(lambda prompt: "{}" if prompt.schema else "in the red car")


class TestModelBehindTheGate(LanguageModelContract):
    @pytest.fixture
    def model(self) -> LanguageModel:
        scripted = ScriptedModel(lambda prompt: "{}" if prompt.schema else "in the red car")
        return Guarded(scripted, allow=(), log=lambda _: None)


class TestKeyedVault(VaultContract):
    @pytest.fixture
    def vault(self, tmp_path: Path) -> Vault:
        self.keyring = Keyring(tmp_path, bytes(KEY_BYTES))
        return KeyedVault(lambda: self.keyring)

    def destroy(self, vault: Vault, subject: str) -> Vault:
        self.keyring.destroy(subject)
        return KeyedVault(lambda: self.keyring)
