"""The part of a library that shows where things come from, and writes it down."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from viewfinder.app.asking.certified import Calibration
from viewfinder.app.config import Config
from viewfinder.app.entry.gate import Gate
from viewfinder.app.evidence import Desk, Evidence
from viewfinder.app.governing import Governing
from viewfinder.app.intake.adding import Adding, Options
from viewfinder.app.papers import Papers
from viewfinder.app.records.logbook import Logbook
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import AuditEvent
from viewfinder.evaluation import certificates
from viewfinder.ports import PolicyEngine, Store


class Showing:
    """The part of ``Library`` that shows where things come from."""

    folder: Path
    config: Config
    logbook: Logbook
    _store: Store
    _gate: Gate

    @property
    def governing(self) -> Governing:
        raise NotImplementedError

    @property
    def calibration(self) -> Calibration:
        raise NotImplementedError

    @property
    def _policy(self) -> PolicyEngine:
        raise NotImplementedError

    def _adding(self, scope: Scope, options: Options) -> Adding:
        raise NotImplementedError

    def _admitted(self, action: str) -> Scope:
        raise NotImplementedError

    def _event(self, action: str, **subject: object) -> AuditEvent:
        raise NotImplementedError

    @cached_property
    def evidence(self) -> Evidence:
        """What shows where things come from, and that they are what they were."""
        return Evidence(self._evidence_desk)

    @cached_property
    def papers(self) -> Papers:
        """What those who keep a library owe to others in writing."""
        return Papers(self._evidence_desk)

    @property
    def _evidence_desk(self) -> Desk:
        return Desk(
            folder=self.folder,
            config=self.config,
            store=self._store,
            logbook=self.logbook,
            governing=self.governing,
            policy=lambda: self._policy,
            admitted=self._admitted,
            permitted=lambda action: self._gate.admit(action)[1],
            event=self._event,
            adding=self._adding,
            certified=lambda: certificates.summary(self.calibration.certificate()),
        )
