"""The public API: a library of footage that can be asked.

with Library.open("archive.viewfinder") as library:
    for event in library.add(["talks/"]):
        print(event.kind, event.path)
    answer = library.ask("when did she show the prototype?")
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self

from viewfinder.app import plugins, talks, using
from viewfinder.app.asking import assisted, pictured, switched
from viewfinder.app.asking.certified import Calibration
from viewfinder.app.config import Config, load
from viewfinder.app.entry import opening, register
from viewfinder.app.entry.fittings import Fittings
from viewfinder.app.entry.gate import Gate
from viewfinder.app.entry.gate import Refused as Refused
from viewfinder.app.governing import Desk, Governing
from viewfinder.app.intake import work
from viewfinder.app.intake.adding import AddEvent, Adding, Options
from viewfinder.app.knowing import Knowing
from viewfinder.app.records.house import House
from viewfinder.app.records.logbook import Logbook
from viewfinder.app.showing import Showing
from viewfinder.app.tools import Toolbox
from viewfinder.app.using import Mine
from viewfinder.conversation import abstain, dialogue
from viewfinder.conversation.assist import steps
from viewfinder.conversation.assist.seat import Assist, Progress, Use
from viewfinder.conversation.checking import accusations
from viewfinder.domain import correcting
from viewfinder.domain.answer import Answer, Claim, Outcome
from viewfinder.domain.conversation import Conversation, Resolved, Turn
from viewfinder.domain.errors import InputError
from viewfinder.domain.keys import of_conversation, of_slip
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import (
    OWN_FOOTAGE,
    OWNER,
    Decision,
    Principal,
    Purpose,
    Scope,
)
from viewfinder.domain.provenance import AuditEvent
from viewfinder.domain.search import QueryPlan, Ranking
from viewfinder.governance import address, authorize, egress, release
from viewfinder.ports import Executor, PolicyEngine, Store
from viewfinder.retrieval.asking import plan as planning


class Library(talks.Keeping, Knowing, Showing, House):
    """A folder that holds everything known about some footage, and can forget it.

    Not thread-safe: each thread takes a view of its own (``for_asker``), and they share what
    is costly. Several processes may read while one adds.
    """

    def __init__(
        self,
        folder: Path,
        config: Config,
        store: Store,
        *,
        principal: Principal = OWNER,
        purpose: Purpose = OWN_FOOTAGE,
        beside: Library | None = None,
    ) -> None:
        self.folder, self.config = folder, config
        fitted = beside._fittings if beside else None  # noqa: SLF001 - of its own kind
        self._fittings = fitted or Fittings(folder, config, store)
        self._store = store
        self._principal, self._purpose = principal, purpose
        self._read_only = False
        self._pictures: Path | None = None
        is_governed = config.policy != register.UNGOVERNED
        self.second_reader = self._fittings.second_reader
        self._gate = Gate(
            lambda: self._policy,
            store,
            principal,
            purpose,
            classes=lambda: self._fittings.classes(None),
            switches=lambda: self._fittings.switches(None),
            is_governed=is_governed,
            guess=self.second_reader,
        )
        self._closing = ExitStack()
        self._closing.callback(store.close)
        book = None if beside is None else beside.logbook
        self.logbook = Logbook(folder, config, store, principal, purpose, beside=book)
        self._closing.callback(self.logbook.close)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        create: bool = False,
        read_only: bool = False,
        principal: Principal | str | None = None,
        purpose: Purpose | str | None = None,
        case: str | None = None,
        override: int | None = None,
    ) -> Library:
        """Open the library in ``folder``.

        Args:
            folder: Where it is.
            create: Make it where there is none.
            read_only: Only look (status, plans, the log); needs no right to write. Questions,
                exports and what is shown of a video are logged, so they need it.
            principal: Who asks: a name is looked up among the library's people. Without one
                it is the owner, in a governed library the user logged in.
            purpose: What for: a name is looked up among the declared purposes.
            case: Case or story reference.
            override: Number of a request that a second person said yes to; used up by this.

        Raises:
            StoreError: There is none, it is damaged, or it is from a newer version.
            ConfigError: Its ``viewfinder.toml`` has a mistake.
        """
        path = opening.home(folder, create=create, read_only=read_only)
        config = load(path)
        listed = register.read(path)
        if not isinstance(principal, Principal):
            principal = register.asker(listed, config.policy, principal)
        if not isinstance(purpose, Purpose):
            purpose = register.reason(listed, config.policy, purpose, case)
        store = opening.store(config, path, read_only=read_only)
        library = cls(path, config, store, principal=principal, purpose=purpose)
        library._read_only = read_only
        if not read_only:
            try:
                library.logbook.introduce(library._policy)
                library._forgetting.finish()
                if override is not None:
                    library._gate.open_with(library.governing.overrides.use(override))
            except BaseException:
                library.close()
                raise
        return library

    def for_asker(
        self,
        name: str | None,
        *,
        purpose: str | None = None,
        case: str | None = None,
        override: int | None = None,
    ) -> Library:
        """Return this library for somebody else: same store, own gate and log lines.

        It must not be closed, and goes when this one is closed.
        """
        listed = register.read(self.folder)
        policy = self.config.policy
        view = Library(
            self.folder,
            self.config,
            self._store,
            principal=register.asker(listed, policy, name),
            purpose=register.reason(listed, policy, purpose, case),
            beside=self,
        )
        view._closing.pop_all()
        view._read_only = self._read_only
        view._pictures = view.pictures_sent
        if override is not None:
            view._gate.open_with(view.governing.overrides.use(override))
        return view

    def reread(self) -> Library:
        """Return this library under its settings as they are now: same store.

        It must not be closed, and goes when this one is closed; errors as ``open``.
        """
        config, listed = load(self.folder), register.read(self.folder)
        made = Library(
            self.folder,
            config,
            self._store,
            principal=register.asker(listed, config.policy, None),
            purpose=register.reason(listed, config.policy, None, None),
        )
        made._closing.pop_all()
        made._read_only = self._read_only
        made.logbook.introduce(made._policy)
        return made

    def may(self, action: str) -> bool:
        """Tell whether the policy permits the asker an action at all; nothing is logged."""
        return self._gate.admit(action)[1] is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._closing.close()

    def enter(self, action: str = "enter") -> None:
        """Do nothing for whoever has a part in this library, and may do that in it.

        Raises:
            Refused: The policy gives them none.
        """
        self._admitted(action)

    @property
    def asker(self) -> str:
        """The name of who asks."""
        return self._principal.name

    def is_there(self, video: VideoId) -> bool:
        """Tell whether a video is in the library, whoever asks: for work, not for showing."""
        return self._store.is_there(video)

    # -- footage in -------------------------------------------------------------------

    def add(
        self, paths: Sequence[str | Path], options: Options | None = None
    ) -> Iterator[AddEvent]:
        """Add files, folders or patterns; yield what happens as it happens.

        What is there already is not done again; what was interrupted goes on. One file
        that cannot be read never stops the rest.
        """
        yield from self._adding(self._admitted("add"), options or Options()).run(paths)
        _ = self._tools.look  # fitted once for this machine, so that no question waits for it

    def _adding(self, scope: Scope, options: Options) -> Adding:
        return Adding(
            self._store,
            authorize.for_work(scope),
            self._tools,
            self._executor,
            self.config,
            self._spools,
            self._event,
            options,
            self._forgetting.spans,
            self._fittings.settling,
        )

    @cached_property
    def governing(self) -> Governing:
        """What those who keep the library lay down: access, consent, holds, ..."""
        return Governing(
            Desk(
                self.folder,
                self._principal.name,
                self._store,
                self._admitted,
                self._event,
                self._reindex,
                self.forget,
                self._gate.opened,
            )
        )

    @cached_property
    def mine(self) -> Mine:
        """What the asker keeps and puts right: collections, saved searches, corrections, ..."""
        return Mine(
            using.Desk(
                self._principal.name,
                self._store,
                self._admitted,
                self._event,
                self._reindex,
                self.search,
                lambda slip: self.logbook.shred(of_slip(slip)),
            )
        )

    def _reindex(self, video: Video) -> str:
        return self._adding(self._admitted("add"), Options()).reindex(video)

    def in_flight(self) -> list[tuple[str, str, int]]:
        """Return (video id, stage, how far in ns) of stages at work, by any process."""
        self._admitted("enter")
        return sorted(work.in_flight(self._spools))

    # -- questions ----------------------------------------------------------------------

    def plan(self, question: str) -> QueryPlan:
        """Return the question as data, without asking it."""
        question = _legible(question)
        scope = self._admitted("search", question)
        return self._planned(question, scope)

    def describe(self, plan: QueryPlan) -> str:
        """Return a plan in words."""
        return planning.describe(plan)

    def read_plan(self, path: Path) -> QueryPlan:
        """Return the plan kept in a JSON file.

        Raises:
            InputError: Not there, not JSON, or with a key or value no plan has.
        """
        try:
            return planning.from_json(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"cannot read the plan {str(path)!r}: {reason}") from error

    def search(self, question: str | QueryPlan, *, limit: int | None = None) -> Ranking:
        """Return moments, best first.

        Args:
            question: In words, or as a plan.
            limit: How many moments at most; the plan's own limit where None.

        Raises:
            Refused: The policy does not allow the question.
        """
        question = _legible(question) if isinstance(question, str) else question
        text = question if isinstance(question, str) else question.question
        decision, scope = self._allowed("search", text)
        plan = self._planned(question, scope) if isinstance(question, str) else question
        if limit is not None:
            plan = replace(plan, limit=limit)
        ranking = self._found(plan, scope)
        words = [self.logbook.asked(text, plan)]
        self.logbook.found("search", ranking, words, rule=decision.rule)
        return ranking

    def ask(self, question: str | QueryPlan) -> Answer:
        """Return an answer, an abstention or a refusal; never an uncited sentence.

        The log has its line before the answer leaves; if it cannot be written there is
        no answer.
        """
        return assisted.last(self.asking(question), Answer)

    def asking(
        self, question: str | QueryPlan, show: assisted.Show | None = None
    ) -> Iterator[Progress | Resolved | Claim | Answer]:
        """Yield what a model is at and each claim that it worded, checked; then the answer."""
        question = _legible(question) if isinstance(question, str) else question
        text = question if isinstance(question, str) else question.question
        parts = self._parts(text)
        if isinstance(parts, Decision):
            yield abstain.refusal(parts)
            return
        assist = self._assist(show)
        if isinstance(question, QueryPlan):
            plan, assist = question, assist.but(Use.PLAN)
        else:
            plan = parts.plan(question)
        coming = steps.answer(plan, parts, self._parts, assist)
        for step in assisted.logged(coming, self.logbook.draft):
            if isinstance(step, Answer):
                step = self._with_origin(step)
                ranking = Ranking(step.plan or plan, step.moments)
                words = [self.logbook.asked(text, ranking.plan), *self.logbook.said(step)]
                outcome = step.outcome.value
                self.logbook.found("ask", ranking, words, outcome=outcome, rule=parts.rule)
            yield step

    def converse(self, talk: Conversation, question: str) -> tuple[Conversation, Turn]:
        """Return the conversation with one more turn, and that turn.

        A follow-up is understood from what was said and shown (``Turn.resolved`` says how);
        gates, citations and the log are those of ``ask``. A conversation that holds moments
        of a video that is not there any more (or may not be seen) starts anew.
        """
        return assisted.last(self.conversing(talk, question), tuple)

    def conversing(
        self, talk: Conversation, question: str, show: assisted.Show | None = None
    ) -> Iterator[Progress | Resolved | Claim | tuple[Conversation, Turn]]:
        """Yield as ``asking`` does; at the end what ``converse`` returns."""
        talk = talks.named(self._still_there(talk))
        parts = partial(self._parts, talking=True)
        coming = steps.turn(_legible(question), talk, parts, self._assist(show))
        draft = partial(self.logbook.draft, talk=talk.id)
        for step in assisted.logged(coming, draft):
            if not isinstance(step, Turn):
                yield step
                continue
            said = self._with_origin(step.answer)
            step = replace(step, answer=said)
            if said.outcome is not Outcome.REFUSAL:
                ranking = Ranking(said.plan or QueryPlan(question, ""), said.moments)
                words = [self.logbook.asked(question, said.plan, talk.id)]
                words += self.logbook.said(said, talk.id)
                told = {"conversation": talk.id, "outcome": said.outcome.value}
                self.logbook.found("converse", ranking, words, **told)
            yield talk.plus(step), step

    def _assist(self, show: assisted.Show | None) -> Assist:
        off = self._gate.switches().is_off("model")
        return assisted.for_turn(
            self.config,
            lambda: None if off else self.model_for_turn(show),
            lambda: self._tools.words,
        )

    def _still_there(self, talk: Conversation) -> Conversation:
        _, scope = self._gate.admit("ask")
        if scope is None or not talk.videos:
            return talk
        there = {video.id for video in self._store.videos(scope=scope)}
        is_whole = talk.videos <= there and not talks.quotes_forgotten(self._store, talk.turns)
        return talk if is_whole else Conversation()

    def _parts(self, text: str, *, talking: bool = False) -> Decision | dialogue.Parts:
        decision, scope = self._gate.admit("ask", text)
        if scope is not None:
            like = planning.likeness(address.remainder(text))
            if denied := self._pictured.refusal(like, text, scope):
                decision, scope = denied, None
        if scope is None:
            self.logbook.refused("ask", decision, text)
            return decision

        videos = {video.id: video for video in self._store.videos(scope=scope)}

        def find(plan: QueryPlan, among: frozenset[VideoId] | None) -> Ranking:
            within = scope if among is None else scope.narrowed(among)
            return _among(videos, self._found(plan, within, talking))

        return dialogue.Parts(
            videos=videos,
            plan=lambda words: self._planned(words, scope),
            find=find,
            tracks=lambda video: correcting.corrected(self._store.tracks(video, scope=scope)),
            searched=self._store.counts(scope=scope),
            obligations=(*decision.obligations, *scope.obligations),
            rule=decision.rule,
            beside=lambda video, at: self._store.segments_of(video, scope=scope, during=at),
        )

    def _planned(self, question: str, scope: Scope) -> QueryPlan:
        videos = self._store.videos(scope=scope)
        plan = planning.plan(
            address.remainder(question),
            today=date.today(),
            known=planning.Vocabulary(files=[video.name for video in videos]),
        )
        return replace(plan, question=question)

    def _found(self, plan: QueryPlan, scope: Scope, talking: bool = False) -> Ranking:
        if denied := self._pictured.refusal(plan.like, plan.question, scope):
            self.logbook.refused("search", denied, plan.question)
            raise Refused(denied)

        def search(plan: QueryPlan) -> Ranking:
            tools, asked = self._fittings.search_tools, self.calibration.search
            return self._fittings.ranked(
                plan, scope, talking, partial(asked, plan, scope, tools, talking=talking)
            )

        ranking = switched.searched(plan, self._gate.switches(), search)
        shown = accusations.guarded(ranking.moments, accusations.about(plan))
        ranking = replace(
            ranking,
            moments=shown,
            found=ranking.found and bool(shown),
            not_searched=(*ranking.not_searched, *self._fittings.gaps(scope)),
        )
        spans = {video.id: video.span for video in self._store.videos(scope=scope)}
        return release.bounded(_among(spans, ranking), scope.obligations, spans.__getitem__)

    @cached_property
    def calibration(self) -> Calibration:
        """From which certainty on questions are answered, and what tests say of that."""
        tolerated = self.config.answers.false_answers
        return Calibration(
            self._fittings.certified, self._store, self._admitted, self._event, tolerated
        )

    # -- parts, opened on first need ------------------------------------------------------

    @property
    def _talks(self) -> talks.Talks:
        return talks.Talks(
            self._store,
            self._principal,
            self._admitted,
            self._event,
            lambda talk: self.logbook.shred(of_conversation(talk)),
        )

    @property
    def _spools(self) -> Path:
        return self.folder / "spool"

    @property
    def pictures_sent(self) -> Path:
        """Folder for pictures that an asker sends along; ``for_asker`` reads no others."""
        return self._spools / "asked"

    @property
    def _tools(self) -> Toolbox:
        return self._fittings.tools

    @cached_property
    def _pictured(self) -> pictured.Pictured:
        tools, only_in = self._tools, self._pictures
        return pictured.Pictured(self._store, tools.covered, lambda: tools.coverer, only_in)

    def model_for_turn(self, show: assisted.Show | None = None) -> egress.Guarded | None:
        """Return the language model behind its gate; see ``assisted.guarded``."""
        return assisted.guarded(self.config, self.logbook.sent, show)

    @property
    def _policy(self) -> PolicyEngine:
        return self._fittings.policy()

    @cached_property
    def _executor(self) -> Executor:
        executor: Executor = plugins.build(
            "executors", self.config.executor, workers=self.config.ingest.workers
        )
        self._closing.callback(executor.close)
        return executor

    def _admitted(self, action: str, text: str = "") -> Scope:
        return self._allowed(action, text)[1]

    def _allowed(self, action: str, text: str) -> tuple[Decision, Scope]:
        decision, scope = self._gate.admit(action, text)
        if scope is None:
            if not self._read_only:
                self.logbook.refused(action, decision, text)
            raise Refused(decision)
        return decision, scope

    def _event(self, action: str, **subject: object) -> AuditEvent:
        return self.logbook.event(action, subject)


def _among(videos: Collection[VideoId], ranking: Ranking) -> Ranking:
    """Return a ranking without videos that came or went while it was made."""
    if all(moment.video in videos for moment in ranking.moments):
        return ranking
    moments = tuple(moment for moment in ranking.moments if moment.video in videos)
    return replace(ranking, moments=moments, found=ranking.found and bool(moments))


def _legible(question: str) -> str:
    """Return the question with what was no text in it (bytes of another coding) marked."""
    return question.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
