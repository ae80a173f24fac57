"""Whatever is kept, shared, closed and forgotten: nobody sees what they may not."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from viewfinder.adapters.stores import memory, sqlite
from viewfinder.domain.access import Stretch
from viewfinder.domain.slips import Slip, SlipId, SlipKind, reaches
from viewfinder.domain.time import TimeSpan
from viewfinder.testing import fakes, scopes
from viewfinder.testing.scopes import EVERYTHING

NAMES = ("one", "two", "three")
PEOPLE = ("ada", "bob")
PART = TimeSpan.of_seconds(10, 20)
SPANS = (None, TimeSpan.of_seconds(0, 5), TimeSpan.of_seconds(15, 25), TimeSpan.of_seconds(20, 30))
SCOPES = (EVERYTHING, scopes.classes("default"))

ids = st.integers(0, 5).map(lambda n: SlipId(f"{n:012x}"))
names = st.sampled_from(NAMES)


class Keeping(RuleBasedStateMachine):
    """Two stores side by side; what they show is checked against the rule in words."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.stores = [
            memory.plugin.build(memory.Config()),
            sqlite.plugin.build(sqlite.Config(Path(self._folder.name) / "library")),
        ]
        self.kept: dict[SlipId, Slip] = {}
        self.closed: dict[str, str] = {}
        for name in NAMES:
            self.add(name)

    def teardown(self) -> None:
        self.stores[1].close()
        self._folder.cleanup()

    def add(self, name: str) -> None:
        for store in self.stores:
            store.commit_video(fakes.video(name), event=fakes.event())
        self.closed[name] = ""

    @rule(
        which=ids,
        by=st.sampled_from(PEOPLE),
        of=st.none() | ids,
        videos=st.sets(names, max_size=2),
        span=st.sampled_from(SPANS),
        shared=st.booleans(),
    )
    def keep(
        self,
        which: SlipId,
        by: str,
        of: SlipId | None,
        videos: set[str],
        span: TimeSpan | None,
        shared: bool,
    ) -> None:
        if of is not None and (of == which or (of in self.kept and self.kept[of].of)):
            of = None
        pointed = frozenset(fakes.video_id(name) for name in videos)
        span = span if len(pointed) == 1 else None
        kind = SlipKind.ITEM if of else SlipKind.COLLECTION
        made = Slip(which, kind, "2026-01-01", by, '"x"', of, pointed, span, shared)
        before = self.kept.get(which)
        if before is not None and before.kind is not kind:
            made = replace(made, kind=before.kind, of=before.of)
        fits = (
            videos <= self.closed.keys()
            and (made.of is None or made.of in self.kept)
            and (before is None or before.by == by)
        )
        for store in self.stores:
            assert store.commit_slips([made], event=fakes.event("keep")) is fits
        if fits:
            self.kept[which] = made

    @rule(which=ids)
    def forget(self, which: SlipId) -> None:
        for store in self.stores:
            store.forget_slips([which], event=fakes.event("forget"))
        self._drop({which})

    @rule(name=names, how=st.sampled_from(["", "part", "whole"]))
    def close(self, name: str, how: str) -> None:
        if name not in self.closed:
            self.add(name)
        parts = [Stretch(PART, "sealed")] if how == "part" else []
        for store in self.stores:
            access = "sealed" if how == "whole" else "default"
            store.commit_access(fakes.video_id(name), access, parts, event=fakes.event())
        self.closed[name] = how

    @rule(name=names, part=st.booleans())
    def erase(self, name: str, part: bool) -> None:
        if name not in self.closed:
            return
        video = fakes.video_id(name)
        for store in self.stores:
            if part:
                store.erase_stretches(video, [PART], event=fakes.event("forget"))
            else:
                store.erase(video, event=fakes.event("forget"))
        if not part:
            del self.closed[name]
        pointing = [s for s in self.kept.values() if video in s.videos]
        self._drop({s.id for s in pointing if not part or reaches(s.span, [PART])})

    def _drop(self, ids: set[SlipId]) -> None:
        self.kept = {i: s for i, s in self.kept.items() if i not in ids and s.of not in ids}

    @invariant()
    def only_what_may_be_seen_is_seen(self) -> None:
        for person in PEOPLE:
            for scope in SCOPES:
                for kind in (SlipKind.COLLECTION, SlipKind.ITEM):
                    wanted = {
                        slip.id: slip
                        for slip in self.kept.values()
                        if slip.kind is kind
                        and (slip.by == person or self.kept[slip.root].shared)
                        and (scope is EVERYTHING or all(self._is_open(slip, v) for v in NAMES))
                    }
                    for store in self.stores:
                        shown = store.slips(kind, scope=scope, principal=person)
                        assert {slip.id: slip for slip in shown} == wanted

    def _is_open(self, slip: Slip, name: str) -> bool:
        if fakes.video_id(name) not in slip.videos:
            return True
        how = self.closed[name]
        return how == "" or (how == "part" and not reaches(slip.span, [PART]))


Keeping.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestKeeping = Keeping.TestCase
