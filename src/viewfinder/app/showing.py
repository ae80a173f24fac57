"""The part of a library that shows where things come from, and writes it down."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path, PurePath

from viewfinder.app.asking.certified import Calibration
from viewfinder.app.config import Config
from viewfinder.app.entry.fittings import Fittings
from viewfinder.app.entry.gate import Gate
from viewfinder.app.evidence import Desk, Evidence
from viewfinder.app.exports import Desk as FootageDesk
from viewfinder.app.exports import Exports
from viewfinder.app.governing import Governing
from viewfinder.app.intake.adding import Adding, Options
from viewfinder.app.papers import Papers, subject
from viewfinder.app.records.logbook import Logbook
from viewfinder.app.tools import Toolbox
from viewfinder.app.viewing import Viewing
from viewfinder.domain.answer import Answer
from viewfinder.domain.credentials import State
from viewfinder.domain.policy import Scope
from viewfinder.domain.provenance import AuditEvent, digest_of
from viewfinder.evaluation import certificates
from viewfinder.ports import PolicyEngine, Store


class Showing:
    """The part of ``Library`` that shows where things come from."""

    folder: Path
    config: Config
    logbook: Logbook
    _store: Store
    _gate: Gate
    _fittings: Fittings

    @property
    def governing(self) -> Governing:
        raise NotImplementedError

    @property
    def calibration(self) -> Calibration:
        raise NotImplementedError

    @property
    def _policy(self) -> PolicyEngine:
        raise NotImplementedError

    @property
    def _tools(self) -> Toolbox:
        raise NotImplementedError

    def _adding(self, scope: Scope, options: Options) -> Adding:
        raise NotImplementedError

    def _admitted(self, action: str) -> Scope:
        raise NotImplementedError

    def _event(self, action: str, **subject: object) -> AuditEvent:
        raise NotImplementedError

    def subject(self, person: str, folder: Path) -> list[Path]:
        """Write everything held about one person's consent into a folder; return the files.

        Raises:
            InputError: Nothing is noted of such a person, or it cannot be written.
            Refused: The policy does not allow it.
        """
        scope = self._admitted("consent")
        videos = {video.id: video for video in self._store.videos(scope=scope)}
        given = [g for g in self.governing.consents.history() if g.word.person == person]
        tracks = {g.video: self._store.tracks(g.video, scope=scope) for g in given}
        made = subject.pack(person, videos, self.governing.consents, tracks, self.logbook)
        seen = sorted({g.video for g in given})
        self._store.log(self._event("subject", person=digest_of(person), videos=seen))
        return subject.write(made, folder)

    def _with_origin(self, said: Answer) -> Answer:
        """Return an answer with what its makers signed of the footage it cites, where they did."""
        read = self._fittings.known(None).credentials
        cited = {c.video: c.path for claim in said.claims for c in claim.citations}
        notes = [
            f"content credentials of {PurePath(path).name}: {read[video].state.value}, "
            f"signed by {read[video].signer or 'nobody named'}"
            for video, path in sorted(cited.items(), key=lambda item: item[1])
            if video in read and read[video].state is not State.UNKNOWN
        ]
        return replace(said, notes=(*said.notes, *notes)) if notes else said

    @cached_property
    def evidence(self) -> Evidence:
        """What shows where things come from, and that they are what they were."""
        return Evidence(self._evidence_desk)

    @cached_property
    def papers(self) -> Papers:
        """What those who keep a library owe to others in writing."""
        return Papers(self._evidence_desk)

    @cached_property
    def exports(self) -> Exports:
        """What can be taken out: clips, stills, sheets, answers, timelines."""
        return Exports(self._footage_desk)

    @cached_property
    def viewing(self) -> Viewing:
        """What of the footage itself may be played, and the words and pictures beside it."""
        return Viewing(self._footage_desk)

    @property
    def _footage_desk(self) -> FootageDesk:
        return FootageDesk(
            folder=self.folder,
            config=self.config,
            store=self._store,
            logbook=self.logbook,
            admitted=self._admitted,
            event=self._event,
            tools=lambda: self._tools,
        )

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
