"""Searches that are kept, run again, and tell what is new: ``Library.mine.searches``."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from viewfinder.app.using.desk import Desk, meant, now, said
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import VideoId
from viewfinder.domain.search import Moment, QueryPlan, Ranking
from viewfinder.domain.slips import Slip, SlipId, SlipKind
from viewfinder.domain.time import TimeSpan
from viewfinder.retrieval.asking import plan as planning

__all__ = ["New", "Run", "Saved", "Searches"]

NAME_CHARACTERS = 200
SAME = 0.5
"""Two moments of one video are the same where they share this much of the shorter one."""
_ACTION = "save"


class New(StrEnum):
    """Why a moment is new since a search was last run."""

    ADDED = "added"  # its video was added since
    RISEN = "risen"  # it was not among the moments then
    NOT = ""


@dataclass(frozen=True, slots=True)
class Saved:
    """A search that is kept.

    Attributes:
        id: Which.
        name: As its owner calls it.
        question: In words.
        plan: As data, where a plan was kept; else it is made anew from the words.
        by: Whose it is.
        at: When it was kept, ISO 8601, UTC.
        shared: Whether others see it.
        last_run: When the asker ran it last, ISO 8601, UTC; "" for never.
    """

    id: SlipId
    name: str
    question: str
    plan: QueryPlan | None
    by: str
    at: str
    shared: bool
    last_run: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """What a saved search found.

    Attributes:
        saved: Which; its ``last_run`` is the time of the run before this one.
        ranking: What was found now.
        new: One for each moment of the ranking: whether it is new, and why.
        gone: How many moments of the run before are not among these, and may be seen still.
    """

    saved: Saved
    ranking: Ranking
    new: tuple[New, ...]
    gone: int


class Searches:
    """Keeps questions and plans; each asker has their own last run of them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self) -> list[Saved]:
        """Return the asker's own and the shared ones, by name."""
        slips = self._desk.slips(SlipKind.SEARCH)
        runs = self._runs()
        made = [_saved(slip, _last(runs.get(slip.id, ()))) for slip in slips]
        return sorted(made, key=lambda s: (s.name.casefold(), s.id))

    def find(self, named: str) -> Saved:
        """Return the one of that id, beginning of an id, or name.

        Raises:
            InputError: None, or more than one, is meant.
        """
        slip = self._named(named)
        return _saved(slip, _last(self._runs().get(slip.id, ())))

    def keep(self, search: str | QueryPlan, name: str = "", *, shared: bool = False) -> Saved:
        """Keep a question, or a plan; its name is the question where none is given.

        Raises:
            UsageError: It asks for nothing, or the name is very long.
        """
        question = search if isinstance(search, str) else search.question
        name = " ".join((name or question).split())
        if not name or len(name) > NAME_CHARACTERS:
            raise UsageError(f"a search needs a name of at most {NAME_CHARACTERS} characters")
        plan = None if isinstance(search, str) else json.loads(planning.to_json(search))
        body = {"name": name, "question": question, "plan": plan}
        words = json.dumps(body, ensure_ascii=False)
        slip = self._desk.slip(SlipKind.SEARCH, body, words=words, shared=shared)
        self._desk.keep([slip], _ACTION, act="make", shared=shared)
        return _saved(slip, "")

    def rename(self, named: str, name: str) -> Saved:
        """Give it another name."""
        before = self._desk.own(self._named(named))
        name = " ".join(name.split())
        if not name or len(name) > NAME_CHARACTERS:
            raise UsageError(f"a search needs a name of at most {NAME_CHARACTERS} characters")
        body = {**said(before), "name": name}
        words = json.dumps(body, ensure_ascii=False)
        slip = self._desk.slip(
            SlipKind.SEARCH, body, known=before.id, words=words, shared=before.shared
        )
        self._desk.keep([slip], _ACTION, act="rename")
        return self.find(slip.id)

    def share(self, named: str, *, shared: bool = True) -> Saved:
        """Let everybody who may enter the library see it, or nobody else again."""
        slip = replace(self._desk.own(self._named(named)), shared=shared)
        self._desk.keep([slip], _ACTION, act="share" if shared else "unshare")
        return self.find(slip.id)

    def forget(self, named: str) -> tuple[str, ...]:
        """Forget a search and what it found, to the byte; return what remains for now."""
        return self._desk.forget(self._named(named), _ACTION)

    def run(self, named: str, *, note: bool = True) -> Run:
        """Search again; tell what is new since the asker's last run.

        Args:
            named: Which.
            note: Count this as the last run from now on.
        """
        slip = self._named(named)
        before = self._runs().get(slip.id, ())
        saved = _saved(slip, _last(before))
        ranking = self._desk.search(saved.plan or saved.question)
        known = {moment for each in before for moment in _seen(each)}
        added = self._added_since(max(said(each)["log"] for each in before)) if before else ()
        new = tuple(_new(moment, known, added, saved.last_run) for moment in ranking.moments)
        gone = sum(not any(_same(m, k) for m in ranking.moments) for k in known)
        if note:
            self._note(slip, before, ranking)
        return Run(saved, ranking, new, gone)

    def _note(self, slip: Slip, before: Sequence[Slip], ranking: Ranking) -> None:
        """Keep what was found, a slip for each video: forgetting one takes no other's."""
        spans: dict[VideoId, list[list[int]]] = {}
        for moment in ranking.moments:
            spans.setdefault(moment.video, []).append([moment.span.start_ns, moment.span.end_ns])
        run = {"at": now(), "log": self._desk.store.trail.head().size}
        held = {_video(each): each.id for each in before}
        kept = [
            self._desk.slip(
                SlipKind.SEEN,
                {**run, "video": video, "spans_ns": parts},
                known=held.pop(video, None),
                of=slip.id,
                videos=[VideoId(video)] if video else [],
            )
            for video, parts in [("", list[list[int]]()), *spans.items()]
        ]
        for video, one in held.items():  # not found any more
            kept.append(
                self._desk.slip(
                    SlipKind.SEEN,
                    {**run, "video": video, "spans_ns": []},
                    known=one,
                    of=slip.id,
                    videos=[VideoId(video)] if video else [],
                )
            )
        self._desk.keep(kept, _ACTION, act="run", search=slip.id)

    def _named(self, named: str) -> Slip:
        slips = self._desk.slips(SlipKind.SEARCH)
        return meant(named, slips, "saved search", "viewfinder saved list")

    def _runs(self) -> dict[SlipId, tuple[Slip, ...]]:
        """Return what the asker's last runs found, by search."""
        found: dict[SlipId, tuple[Slip, ...]] = {}
        for slip in self._desk.slips(SlipKind.SEEN):
            if slip.by == self._desk.asker:
                found[slip.root] = (*found.get(slip.root, ()), slip)
        return found

    def _added_since(self, position: int) -> frozenset[VideoId]:
        """Return the videos that the log saw coming from that entry on."""
        found = set[VideoId]()
        for entry in self._desk.store.trail.entries(position):
            if '"action":"add"' in entry.line:
                subject = entry.document()["subject"]
                told = json.loads(subject) if isinstance(subject, str) else subject
                found.add(VideoId(told.get("video", "")))
        return frozenset(found)


_Known = tuple[VideoId, TimeSpan]


def _seen(slip: Slip) -> Iterable[_Known]:
    body = said(slip)
    return [(VideoId(body["video"]), TimeSpan(*span)) for span in body["spans_ns"]]


def _video(slip: Slip) -> str:
    return str(said(slip)["video"])


def _last(slips: Sequence[Slip]) -> str:
    return max((str(said(slip)["at"]) for slip in slips), default="")


def _same(moment: Moment, known: _Known) -> bool:
    video, span = known
    shorter = min(moment.span.duration_ns, span.duration_ns)
    shared = moment.span.overlap_ns(span)
    return moment.video == video and (moment.span == span or shared > SAME * shorter)


def _new(moment: Moment, known: Iterable[_Known], added: Collection[VideoId], last_run: str) -> New:
    if not last_run or any(_same(moment, each) for each in known):
        return New.NOT
    return New.ADDED if moment.video in added else New.RISEN


def _saved(slip: Slip, last_run: str) -> Saved:
    body = said(slip)
    plan = None if body["plan"] is None else planning.from_json(json.dumps(body["plan"]))
    question, name = body["question"], body["name"]
    return Saved(slip.id, name, question, plan, slip.by, slip.at, slip.shared, last_run)
