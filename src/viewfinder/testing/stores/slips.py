"""The contract of what people keep in a store for themselves."""

from __future__ import annotations

from dataclasses import replace

from viewfinder.domain.access import Stretch
from viewfinder.domain.media import VideoId
from viewfinder.domain.slips import Slip, SlipId, SlipKind
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import Store
from viewfinder.testing import fakes, scopes
from viewfinder.testing.finality import Contract
from viewfinder.testing.scopes import EVERYTHING

AT = "2026-01-01T00:00:00+00:00"


def slip(
    name: str,
    *videos: VideoId,
    of: Slip | None = None,
    span: TimeSpan | None = None,
    shared: bool = False,
    by: str = "owner",
) -> Slip:
    kind = SlipKind.ITEM if of else SlipKind.COLLECTION
    root = of.id if of else None
    body = f'{{"name": "{name}"}}'
    return Slip(SlipId(name), kind, AT, by, body, root, frozenset(videos), span, shared)


def kept(store: Store, kind: SlipKind, principal: str = "owner") -> list[Slip]:
    return store.slips(kind, scope=EVERYTHING, principal=principal)


class SlipContract(Contract):
    """What people keep is theirs, follows the scope, and can be forgotten."""

    def test_slips_come_back_as_they_were_oldest_first(self, store: Store) -> None:
        one = fakes.video("one")
        store.commit_video(one, event=fakes.event())
        root = slip("b" * 12, shared=True)
        item = slip("a" * 12, one.id, of=root, span=TimeSpan(1, 2))
        other = slip("c" * 12)
        assert store.commit_slips([root, item], event=fakes.event("collect"))
        assert store.commit_slips([other], event=fakes.event("collect"))
        assert kept(store, SlipKind.COLLECTION) == [root, other]
        assert kept(store, SlipKind.ITEM) == [item]

    def test_a_slip_kept_again_takes_the_place_of_the_one_before(self, store: Store) -> None:
        one, two = fakes.video("one"), fakes.video("two")
        for video in (one, two):
            store.commit_video(video, event=fakes.event())
        first = slip("a" * 12, one.id)
        after = replace(first, body='"new"', videos=frozenset({two.id}), shared=True)
        assert store.commit_slips([first], event=fakes.event("collect"))
        assert store.commit_slips([after], event=fakes.event("collect"))
        assert kept(store, SlipKind.COLLECTION) == [after]
        store.erase(one.id, event=fakes.event("forget"))
        assert kept(store, SlipKind.COLLECTION) == [after]

    def test_a_slip_of_another_is_seen_only_where_it_is_shared(self, store: Store) -> None:
        mine, ours = slip("a" * 12), slip("b" * 12, shared=True)
        inside = slip("c" * 12, of=ours)
        within = slip("d" * 12, of=mine)
        assert store.commit_slips([mine, ours, inside, within], event=fakes.event("collect"))
        assert kept(store, SlipKind.COLLECTION, "guest") == [ours]
        assert kept(store, SlipKind.ITEM, "guest") == [inside]
        theirs = replace(ours, by="guest")
        assert not store.commit_slips([theirs], event=fakes.event("collect"))
        assert kept(store, SlipKind.COLLECTION) == [mine, ours]

    def test_a_slip_is_in_scope_only_with_every_video_it_holds(self, store: Store) -> None:
        one, two = fakes.video("one"), fakes.video("two")
        store.commit_video(one, event=fakes.event())
        store.commit_video(two, access="sealed", event=fakes.event())
        open_one, both = slip("a" * 12, one.id), slip("b" * 12, one.id, two.id)
        assert store.commit_slips([open_one, both], event=fakes.event("collect"))
        scope = scopes.classes("default")
        assert store.slips(SlipKind.COLLECTION, scope=scope, principal="owner") == [open_one]

    def test_a_slip_of_a_closed_part_is_out_of_scope_and_one_beside_it_is_not(
        self, store: Store
    ) -> None:
        one = fakes.video("one")
        store.commit_video(one, event=fakes.event())
        part = TimeSpan.of_seconds(10, 20)
        store.commit_access(one.id, "default", [Stretch(part, "sealed")], event=fakes.event())
        whole, inside = slip("a" * 12, one.id), slip("b" * 12, one.id, span=part)
        beside = slip("c" * 12, one.id, span=TimeSpan.of_seconds(20, 21))
        assert store.commit_slips([whole, inside, beside], event=fakes.event("collect"))
        scope = scopes.classes("default")
        assert store.slips(SlipKind.COLLECTION, scope=scope, principal="owner") == [beside]

    def test_a_slip_goes_with_any_video_it_holds_and_so_does_what_hangs_on_it(
        self, store: Store
    ) -> None:
        one, two = fakes.video("one"), fakes.video("two")
        for video in (one, two):
            store.commit_video(video, event=fakes.event())
        naming = slip("a" * 12, one.id, two.id)
        below = slip("b" * 12, of=naming)
        plain = slip("c" * 12)
        gone, stays = slip("d" * 12, one.id, of=plain), slip("e" * 12, two.id, of=plain)
        given = [naming, below, plain, gone, stays]
        assert store.commit_slips(given, event=fakes.event("collect"))
        receipt = store.erase(one.id, event=fakes.event("forget"))
        assert dict(receipt.removed)["slips"] == 3
        assert kept(store, SlipKind.COLLECTION) == [plain]
        assert kept(store, SlipKind.ITEM) == [stays]

    def test_forgetting_a_part_takes_the_slips_that_reach_into_it(self, store: Store) -> None:
        one = fakes.video("one")
        store.commit_video(one, event=fakes.event())
        part = TimeSpan.of_seconds(10, 20)
        whole, inside = slip("a" * 12, one.id), slip("b" * 12, one.id, span=part)
        beside = slip("c" * 12, one.id, span=TimeSpan.of_seconds(20, 21))
        assert store.commit_slips([whole, inside, beside], event=fakes.event("collect"))
        receipt = store.erase_stretches(one.id, [part], event=fakes.event("forget"))
        assert dict(receipt.removed)["slips"] == 2
        assert kept(store, SlipKind.COLLECTION) == [beside]

    def test_what_was_forgotten_does_not_come_back_through_a_slip(self, store: Store) -> None:
        one = fakes.video("one")
        store.commit_video(one, event=fakes.event())
        root = slip("a" * 12)
        assert store.commit_slips([root], event=fakes.event("collect"))
        store.erase(one.id, event=fakes.event("forget"))
        late = [slip("b" * 12, of=root), slip("c" * 12, one.id, of=root)]
        assert not store.commit_slips(late, event=fakes.event("collect"))
        store.forget_slips([root.id], event=fakes.event("forget"))
        assert not store.commit_slips(late[:1], event=fakes.event("collect"))
        assert kept(store, SlipKind.ITEM) == kept(store, SlipKind.COLLECTION) == []

    def test_forgotten_slips_are_gone_and_others_stay(self, store: Store) -> None:
        one, two = slip("a" * 12), slip("b" * 12)
        item, other = slip("c" * 12, of=one), slip("d" * 12, of=two)
        assert store.commit_slips([one, two, item, other], event=fakes.event("collect"))
        assert store.forget_slips([one.id], event=fakes.event("forget")) == ()
        assert kept(store, SlipKind.COLLECTION) == [two]
        assert kept(store, SlipKind.ITEM) == [other]
