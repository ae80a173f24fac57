"""What a library has once, however many ask through it: made on first need, then shared."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from viewfinder.app.asking.certified import Certified
from viewfinder.app.config import Config
from viewfinder.app.entry import opening, register
from viewfinder.app.entry.second import SecondReader
from viewfinder.app.status import Fresh, Known, known_of, not_searched
from viewfinder.app.tools import Toolbox, toolbox
from viewfinder.domain.errors import StoreError
from viewfinder.domain.media import VideoId
from viewfinder.domain.policy import Scope
from viewfinder.domain.search import QueryPlan, Ranking
from viewfinder.governance.keeping import switches
from viewfinder.governance.keeping.switches import Switches
from viewfinder.ports import PolicyEngine, Store
from viewfinder.retrieval import legs
from viewfinder.retrieval import search as retrieval

RANKINGS = 300
"""So many are kept: the next page, or an answer to what was just searched, costs nothing."""

ATTEMPTS = 8
"""At a search, each over the library as it is then: what one step of it found may have been
forgotten before the next."""

_Stamp = tuple[tuple[str, int, int], ...]


class Line:
    """Lets so many in at once; who came first goes first, however many push."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._turn = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._turn:
            if self._free and not self._waiting:
                self._free -= 1
                return
            called = threading.Lock()
            called.acquire()
            self._waiting.append(called)
        called.acquire()

    def __exit__(self, *_: object) -> None:
        with self._turn:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class Fittings:
    """The parts of one open library that all its views share. Safe for many threads.

    Attributes:
        tools: What recognises and encodes.
        second_reader: Of questions.
        gaps: What a search cannot reach, by scope.
        known: What is noted of originals.
        classes: Every access class.
        switches: What is off.
        certified: The certificate that holds, by scope.
        keeps_rankings: Whether what was searched is kept until the library changes.
        settling: Held while something is committed that must not cross a forgetting.
    """

    def __init__(self, folder: Path, config: Config, store: Store) -> None:
        self._folder, self._config = folder, config
        self.tools: Toolbox = toolbox(config.recognisers)
        self.second_reader = SecondReader(lambda: (self.tools.words, self.tools.multilingual))
        self.gaps: Fresh[Scope, tuple[str, ...]] = Fresh(
            store, lambda scope: not_searched(store, scope)
        )
        self._foreign: Fresh[Scope, frozenset[VideoId]] = Fresh(
            store, lambda scope: legs.foreign(store=store, scope=scope)
        )
        self.known: Fresh[None, Known] = Fresh(store, lambda _: known_of(store))
        self.classes: Fresh[None, tuple[str, ...]] = Fresh(
            store, lambda _: tuple(store.access_classes())
        )
        self.switches: Fresh[None, Switches] = Fresh(
            store, lambda _: switches.standing(store.facts(switches.KIND))
        )
        self.certified = Certified(folder, store)
        self.settling = threading.RLock()
        self._turn = threading.RLock()
        self._store = store
        self._at_once = Line(max(2, os.cpu_count() or 2))
        self.keeps_rankings = False
        self._ranked: OrderedDict[object, Ranking] = OrderedDict()
        self._ranked_at = 0
        self._decides: tuple[_Stamp, PolicyEngine] | None = None

    @cached_property
    def search_tools(self) -> retrieval.Tools:
        """What a search is made with."""
        return retrieval.Tools(
            text=self.tools.words,
            multilingual=self.tools.multilingual,
            foreign=self._foreign,
            picture=self.tools.look,
            look_at=self.tools.look_at,
        )

    def ranked(
        self, plan: QueryPlan, scope: Scope, talking: bool, search: Callable[[], Ranking]
    ) -> Ranking:
        """Return what a search finds: as many at once as there are cores, others wait.

        More at once only take turns at the interpreter, and each pays for the changes.

        Args:
            plan: What is searched.
            scope: In what.
            talking: Whether it is a turn of a conversation.
            search: Does it.

        Raises:
            StoreError: It cannot be searched.
        """
        for _ in range(ATTEMPTS):
            generation = self._store.generation()
            try:
                return self._ranked_now(generation, plan, scope, talking, search)
            except (KeyError, StoreError):
                if self._store.generation() == generation:
                    raise
        raise StoreError("the library changes too fast to be searched; try again")

    def _ranked_now(
        self,
        generation: int,
        plan: QueryPlan,
        scope: Scope,
        talking: bool,
        search: Callable[[], Ranking],
    ) -> Ranking:
        key = (plan, scope, talking, self.certified.written_ns())
        with self._turn:
            if self._ranked_at != generation:
                self._ranked.clear()
                self._ranked_at = generation
            if key in self._ranked:
                self._ranked.move_to_end(key)
                return self._ranked[key]
        with self._at_once:
            found = search()
        is_kept = self.keeps_rankings and plan.like is None
        with self._turn:
            if is_kept and self._ranked_at == generation == self._store.generation():
                self._ranked[key] = found
                while len(self._ranked) > RANKINGS:
                    self._ranked.popitem(last=False)
        return found

    def policy(self) -> PolicyEngine:
        """Return who decides: read anew where the rules in the library's folder changed.

        Raises:
            PolicyError: A policy has a mistake.
        """
        stamp = _stamp(self._folder / register.FOLDER)
        with self._turn:
            if self._decides is None or self._decides[0] != stamp:
                self._decides = stamp, opening.policy(self._config, self._folder)
            return self._decides[1]


def _stamp(folder: Path) -> _Stamp:
    """Return what changes when a rule or the profile does."""
    if not folder.is_dir():
        return ()
    ruled = [p for p in folder.iterdir() if p.suffix == ".cedar" or p.name == register.PROFILE]
    stats = [(path.name, path.stat()) for path in sorted(ruled)]
    return tuple((name, stat.st_mtime_ns, stat.st_size) for name, stat in stats)
