"""The library's side of the log: what is written, with which words, and how it is read.

Lines are for everybody with a right to the log; words lie beside them, encrypted.
``ledger`` says how, ``witness`` what a checkpoint is, docs/explanation/log.md why.
"""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from viewfinder.app.config import Config
from viewfinder.domain.answer import Answer, Claim
from viewfinder.domain.errors import ConfigError, InputError, ViewfinderError
from viewfinder.domain.keys import of_conversation, of_video
from viewfinder.domain.log import merkle
from viewfinder.domain.log.check import LogCheck, check
from viewfinder.domain.log.checkpoint import Checkpoint
from viewfinder.domain.log.entry import BEGIN, Entry
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import OWNER, Decision, Principal, Purpose
from viewfinder.domain.provenance import AuditEvent, Sealed, digest_of
from viewfinder.domain.search import QueryPlan, Ranking
from viewfinder.governance import egress, ledger
from viewfinder.governance.secrets import witness
from viewfinder.governance.secrets.keys import Keyring, master_key
from viewfinder.ports import PolicyEngine, Store

LAST = "log.checkpoint"
"""The last checkpoint, in the library's own folder: against accidents, not against its owner."""
READERS = frozenset({"owner", "auditor"})
"""Roles that see everybody's lines; the words only the owner."""
OWN_WORK = frozenset({BEGIN, "settings", "derive", "fail", "relink", "scrub", "credentials"})
"""What a library does by itself: nobody saw anything by it."""

GOING = frozenset({"forget", "shred", "delete", "receipt"})
"""What is logged when something goes."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log as it is shown.

    Attributes:
        seq: Its place.
        document: The line, parsed.
        words: What was said, each None where it is shredded; empty unless asked for.
    """

    seq: int
    document: dict[str, Any]
    words: tuple[Any, ...] = ()


class _Held:
    """What everybody who writes into one log shares."""

    def __init__(self, folder: Path, config: Config) -> None:
        self._folder, self._master = folder / "keys", config.keys.master
        self.turn = threading.RLock()
        self.since = 0
        """Lines since the last checkpoint."""
        self._keyring: Keyring | None = None

    def keyring(self) -> Keyring:
        with self.turn:
            if self._keyring is None:
                has_keys = (self._folder / "data.keys").exists()
                master = master_key(self._master, self._folder, make=not has_keys)
                self._keyring = Keyring(self._folder, master)
            return self._keyring


class Logbook:
    """Writes, shows, checks and gives away the log of one library."""

    def __init__(
        self,
        folder: Path,
        config: Config,
        store: Store,
        principal: Principal,
        purpose: Purpose,
        *,
        beside: Logbook | None = None,
    ) -> None:
        """Open the log for one person.

        Args:
            folder: Of the library.
            config: Its settings.
            store: Where the log is.
            principal: Who.
            purpose: What for.
            beside: The logbook of somebody else in this process; keys and the count of lines
                are shared with it.
        """
        self._folder, self._config, self._store = folder, config, store
        self._principal, self._purpose = principal, purpose
        shared = beside._held if beside else None  # noqa: SLF001 - of its own kind
        self._held: _Held = shared or _Held(folder, config)

    # -- writing ----------------------------------------------------------------------

    def event(
        self, action: str, subject: Mapping[str, object], words: Iterable[ledger.Words] = ()
    ) -> AuditEvent:
        """Return a line to be written in the transaction of its effect."""
        with self._held.turn:
            is_due = self._held.since >= self._config.log.checkpoint_every
            self._held.since = 0 if is_due else self._held.since + 1
        if is_due:
            self._checkpoint_quietly()
            self._held.since += 1
        sealed: Sequence[Sealed] = ledger.sealed(self.keyring, words) if words else ()
        return ledger.event(
            action, self._principal, self._purpose, subject, now=datetime.now(UTC), words=sealed
        )

    def write(
        self, action: str, subject: Mapping[str, object], words: Iterable[ledger.Words] = ()
    ) -> None:
        """Write a line now; raises where it cannot be written, and then nothing may be shown."""
        self._store.log(self.event(action, subject, words))

    def found(
        self, action: str, ranking: Ranking, words: Sequence[ledger.Words], **more: object
    ) -> None:
        """Write what was asked and what was shown for it."""
        shown = [(m.video, m.span.start_ns, m.span.end_ns) for m in ranking.moments]
        if ranking.plan.names:
            more["targets"] = self._targets(ranking.plan.names)
        self.write(action, {"moments": shown, **more}, words)

    def _targets(self, names: Iterable[str]) -> list[str]:
        """Return keyed digests of names: equal for equal names, and nothing to read.

        So an alarm can count how often one person is looked up, by whoever has the log.
        """
        key = self.keyring.key("targets of the alarm")
        return sorted(hmac.digest(key, n.casefold().encode(), "sha256").hex()[:32] for n in names)

    def refused(self, action: str, decision: Decision, question: str) -> None:
        """Write that something was not allowed, and by which rule."""
        words = [self.asked(question)] if question else []
        self.write("refuse", {"asked": action, "rule": decision.rule}, words)

    def asked(
        self, question: str, plan: QueryPlan | None = None, talk: str | None = None
    ) -> ledger.Words:
        """Return the words of a question: under the key of its conversation, or of its day."""
        said: dict[str, object] = {"question": question}
        if plan is not None:
            said["plan"] = asdict(plan)
        return (self.own(talk),), said

    def own(self, talk: str | None = None) -> str:
        """Return the subject of what the person says: the conversation, else the day."""
        day = datetime.now(UTC).date().isoformat()
        return of_conversation(talk) if talk else f"questions:{self._principal.name}:{day}"

    def said(self, answer: Answer, talk: str | None = None) -> list[ledger.Words]:
        """Return the words of an answer, each under the keys of the videos it quotes as well.

        Forgetting a video shreds what was said of it; forgetting a conversation, all of it.
        """
        by_videos: dict[frozenset[VideoId], list[Claim]] = {}
        for claim in (*answer.claims, *answer.disagreements):
            quoted = frozenset(citation.video for citation in claim.citations)
            by_videos.setdefault(quoted, []).append(claim)
        own = self.own(talk)
        found: list[ledger.Words] = [
            ((own, *(of_video(v) for v in videos)), {"claims": [_claim(c) for c in claims]})
            for videos, claims in by_videos.items()
        ]
        return found if answer.claims else [*found, ((own,), {"reason": answer.reason})]

    def draft(self, words: str, videos: Iterable[VideoId], talk: str | None = None) -> None:
        """Keep a draft that a model or a person wrote, shown or not."""
        seen = sorted(set(videos))
        subjects = (self.own(talk), *(of_video(video) for video in seen))
        self.write("draft", {"videos": seen}, [(subjects, {"draft": words})])

    def sent(self, sending: egress.Sending) -> None:
        """Write what is about to be sent to a model: how much in the open, its digest sealed."""
        self.write("egress", sending.subject(), [((self.own(),), {"text": sending.digest})])

    def introduce(self, policy: PolicyEngine) -> None:
        """Say under which settings, policy and models the library works, where that is new."""
        settings = self._settings(policy)
        last = self._store.trail.last_settings()
        if last is None or last.document()["subject"] != settings:
            self.write("settings", settings)
        if self._principal.name != OWNER.name:
            self.write("open", {})

    def _settings(self, policy: PolicyEngine) -> dict[str, object]:
        model = self._config.model
        kept = json.dumps(asdict(self._config), sort_keys=True, default=str)
        return {
            "version": version("viewfinder"),
            "settings": digest_of(kept),
            "policy": self._config.policy,
            "policy_version": str(getattr(policy, "version", "")),
            "recognisers": asdict(self._config.recognisers),
            "model": [model.name, model.weights or model.model, model.base_url],
            "key": self.public_key(),
        }

    def shred(self, subject: str) -> bool:
        """Destroy the key of a subject, and with it all words under it; logged before.

        Returns:
            Whether there was a key.
        """
        if self.keyring.find(subject) is None:
            return False
        self.write("shred", {"of": subject})
        return self.keyring.destroy(subject)

    # -- checkpoints --------------------------------------------------------------------

    @property
    def keyring(self) -> Keyring:
        return self._held.keyring()

    @property
    def witnesses(self) -> list[Path]:
        return [self._folder / Path(name).expanduser() for name in self._config.log.witnesses]

    def public_key(self) -> str:
        """Return the log's name and public key, for those who check its signatures."""
        return witness.shown_key(self.keyring, self._store.trail.library)

    def checkpoint(self) -> tuple[Checkpoint, list[Path]]:
        """Sign how the log stands and leave it with every witness; return where.

        Raises:
            InputError: A witness cannot be reached, or holds another log.
        """
        with self._held.turn:
            made = self.signed()
            self._held.since = 0
            fresh = self._folder / f".{LAST}"
            fresh.write_text(made.note, "utf-8")
            fresh.replace(self._folder / LAST)
            places = [witness.drop(made, folder) for folder in self.witnesses]
            return made, places

    def signed(self) -> Checkpoint:
        """Return the log as it stands, signed."""
        trail = self._store.trail
        head = trail.head()
        return witness.signed(self.keyring, trail.library, head.size, head.root)

    def _checkpoint_quietly(self) -> None:
        """Leave a checkpoint; a witness that cannot be reached gets a line in the log.

        It must not keep people from their answers; ``verify`` says how far it is behind.
        """
        try:
            self.checkpoint()
        except InputError as error:
            self._held.since = 0
            self.write("witness", {"failed": type(error.__cause__ or error).__name__})

    def close(self) -> None:
        """Leave a checkpoint of what was written."""
        if self._held.since:
            self._checkpoint_quietly()

    # -- reading ------------------------------------------------------------------------

    def lines(
        self,
        *,
        video: str = "",
        principal: str = "",
        action: str = "",
        since: str = "",
        words: bool = False,
    ) -> Iterator[Line]:
        """Yield lines, oldest first. Who is neither owner nor auditor sees their own.

        Args:
            video: Only lines that name this video, by id or its beginning.
            principal: Only of this person.
            action: Only of this kind.
            since: Only from this ISO 8601 date or time on.
            words: With what was said, where the keys are here.

        Raises:
            InputError: The words are asked for by somebody who is not the owner.
        """
        if words:
            self._only(("owner",), "read the words in the log")
        for entry in self._store.trail.entries():
            if video and video not in entry.line:
                continue
            document = entry.document()
            if (
                not self._may_see(document)
                or (principal and document["principal"] != principal)
                or (action and document["action"] != action)
                or document["at"] < since
            ):
                continue
            yield Line(entry.seq, document, self._words(entry) if words else ())

    def who(self, video: str) -> list[Line]:
        """Return who saw, asked about, exported or changed a video, and when.

        With it what was done with conversations in which it was shown.
        """
        found: list[Line] = []
        talks: set[str] = set()
        for entry in self._store.trail.entries():
            if video not in entry.line and not any(talk in entry.line for talk in talks):
                continue
            document = entry.document()
            if document["action"] not in OWN_WORK and self._may_see(document):
                found.append(Line(entry.seq, document))
                talks.update(filter(None, [document["subject"].get("conversation")]))
        return found

    def _may_see(self, document: Mapping[str, Any]) -> bool:
        is_reader = not READERS.isdisjoint(self._principal.roles)
        return is_reader or document["principal"] == self._principal.name

    def _words(self, entry: Entry) -> tuple[Any, ...]:
        return tuple(part and json.loads(part[1]) for part in ledger.opened(self.keyring, entry))

    def verify(self) -> LogCheck:
        """Check the whole log, also against every checkpoint that its witnesses hold."""
        trail = self._store.trail
        try:
            return check(
                trail.entries(),
                head=trail.head(),
                tile=trail.tile,
                older=trail.older(),
                older_head=trail.older_head(),
                checkpoints=self._checkpoints(),
            )
        except ViewfinderError as error:
            return LogCheck(0, False, None, str(error))

    def behind(self) -> list[tuple[Path, int]]:
        """Return, per witness, the largest log it knows of, in entries."""
        origin = witness.origin_of(self._store.trail.library)
        return [
            (folder, max((c.size for c in witness.kept(origin, [folder])), default=0))
            for folder in self.witnesses
        ]

    def _checkpoints(self) -> list[Checkpoint]:
        origin = witness.origin_of(self._store.trail.library)
        known = witness.kept(origin, self.witnesses)
        last = self._folder / LAST
        if last.exists():
            known.append(witness.read(last))
        public = witness.public_key(self.keyring) if known else b""
        for checkpoint in known:
            if checkpoint.origin != origin or not witness.is_signed(checkpoint, public):
                raise ConfigError(
                    f"the checkpoint of {checkpoint.size} entries is not signed by this library"
                )
        return known

    def proved(
        self, size: int, video: str = "", *, proofs: bool = True
    ) -> Iterator[tuple[int, str, list[str]]]:
        """Yield (place, line, proof) of the first ``size`` lines, or of those that name a video.

        Raises:
            InputError: Somebody asks who may not.
        """
        self.may_take_out()
        nodes = self._store.trail.nodes()
        for entry in self._store.trail.entries(0, size):
            if video in entry.line:
                path = merkle.inclusion(entry.seq, size, nodes) if proofs else []
                yield entry.seq, entry.line, [part.hex() for part in path]

    def disclosed(self, size: int, video: str = "") -> Iterator[dict[str, Any]]:
        """Yield what was said, with the random bytes that it was hashed with.

        Raises:
            InputError: Somebody asks who may not.
        """
        self.may_take_out(words=True)
        for entry in self._store.trail.entries(0, size):
            if entry.sealed and video in entry.line:
                for part, found in enumerate(ledger.opened(self.keyring, entry)):
                    if found is not None:
                        salt, text = found
                        yield {"seq": entry.seq, "part": part, "salt": salt.hex(), "text": text}

    def older(self) -> Iterator[tuple[str, str]]:
        """Yield the lines of the chain that came before this log, with their hashes."""
        return self._store.trail.older()

    def may_take_out(self, *, words: bool = False) -> None:
        """Do nothing where the person may take the log out, with or without its words.

        Raises:
            InputError: They may not.
        """
        self._only(READERS, "take the log out")
        if words:
            self._only(("owner",), "read the words in the log")

    def _only(self, roles: Collection[str], what: str) -> None:
        if not set(roles) & set(self._principal.roles):
            raise InputError(f"only the {' or '.join(sorted(roles))} of the library can {what}")

    def prove(self, seq: int) -> tuple[Checkpoint, dict[str, Any]]:
        """Return the proof that a line is in the log, and the checkpoint it leads to.

        Raises:
            InputError: No such line, or somebody else's.
        """
        made = self.signed()
        try:
            path = merkle.inclusion(seq, made.size, self._store.trail.nodes())
        except ValueError as error:
            raise InputError(f"no line {seq}; the log has {made.size}") from error
        (entry,) = self._store.trail.entries(seq, seq + 1)
        if not self._may_see(entry.document()):
            self._only(READERS, "prove what others did")
        return made, {"line": entry.line, "seq": seq, "proof": [part.hex() for part in path]}

    def prove_forgetting(self, about: Collection[str]) -> tuple[Checkpoint, list[dict[str, Any]]]:
        """Return the lines that say what was forgotten of ``about`` (ids), each with its proof."""
        made, nodes = self.signed(), self._store.trail.nodes()
        found = []
        for entry in self._store.trail.entries(0, made.size):
            if any(one in entry.line for one in about) and entry.document()["action"] in GOING:
                path = merkle.inclusion(entry.seq, made.size, nodes)
                proof = [part.hex() for part in path]
                found.append({"line": entry.line, "seq": entry.seq, "proof": proof})
        return made, found

    def prove_growth(self, earlier: Checkpoint, now: Checkpoint) -> dict[str, Any]:
        """Return the proof that the log of an earlier checkpoint only grew since.

        Args:
            earlier: From where.
            now: To where.

        Raises:
            InputError: It did not, or the checkpoint is of another log.
        """
        trail = self._store.trail
        if earlier.origin != now.origin or earlier.size > now.size:
            raise InputError(
                f"the checkpoint is of {earlier.size} entries of {earlier.origin!r}; "
                f"here are {now.size} of {now.origin!r}"
            )
        if merkle.root(earlier.size, trail.nodes()) != earlier.root:
            raise InputError(f"the first {earlier.size} entries are not those of the checkpoint")
        path = merkle.consistency(earlier.size, now.size, trail.nodes())
        return {"earlier": earlier.note, "proof": [part.hex() for part in path]}


def _claim(claim: Claim) -> dict[str, object]:
    return {
        "text": claim.text,
        "quotes": [
            [c.video, c.span.start_ns, c.span.end_ns, c.track.value, c.quote]
            for c in claim.citations
        ],
    }
