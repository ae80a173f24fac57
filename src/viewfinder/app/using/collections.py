"""Named lists of moments: ``Library.mine.collections``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from viewfinder.app.using.desk import Desk, meant, said
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.slips import Slip, SlipId, SlipKind
from viewfinder.domain.time import TimeSpan

__all__ = ["Collection", "Collections", "Item"]

NAME_CHARACTERS = 200
NOTE_CHARACTERS = 4000
_ACTION = "collect"


@dataclass(frozen=True, slots=True)
class Collection:
    """A named list of moments.

    Attributes:
        id: Which.
        name: As its owner calls it.
        by: Whose it is.
        at: When it was last changed itself, ISO 8601, UTC.
        shared: Whether others see it; each sees the moments that they may see.
        count: How many moments the asker sees in it.
    """

    id: SlipId
    name: str
    by: str
    at: str
    shared: bool
    count: int


@dataclass(frozen=True, slots=True)
class Item:
    """A moment in a collection.

    Attributes:
        id: Of this entry; the same moment may stand in several collections.
        video: Where.
        span: When.
        note: What its owner wrote beside it; "" for nothing.
        at: When it was kept, ISO 8601, UTC.
        place: Orders the list; smaller is earlier.
    """

    id: SlipId
    video: VideoId
    span: TimeSpan
    note: str
    at: str
    place: float


class Collections:
    """Keeps lists of moments; private to who made them until they are shared.

    A moment out of the asker's scope is neither shown nor counted. Forgetting a video takes
    its moments out of every list.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def all(self) -> list[Collection]:
        """Return the asker's own and the shared ones, by name."""
        counts: dict[SlipId, int] = {}
        for item in self._desk.slips(SlipKind.ITEM):
            counts[item.root] = counts.get(item.root, 0) + 1
        made = [_collection(s, counts.get(s.id, 0)) for s in self._desk.slips(SlipKind.COLLECTION)]
        return sorted(made, key=lambda c: (c.name.casefold(), c.id))

    def find(self, named: str) -> Collection:
        """Return the one of that id, beginning of an id, or name.

        Raises:
            InputError: None, or more than one, is meant.
        """
        slip = self._named(named)
        return _collection(slip, len(self._items(slip.id)))

    def make(self, name: str, *, shared: bool = False) -> Collection:
        """Make an empty one.

        Raises:
            UsageError: It has no name, or a very long one.
        """
        slip = self._slip(name, shared)
        self._desk.keep([slip], _ACTION, act="make", shared=shared)
        return _collection(slip, 0)

    def rename(self, named: str, name: str) -> Collection:
        """Give it another name.

        Raises:
            InputError: None such, or somebody else's.
        """
        before = self._own(named)
        slip = self._slip(name, before.shared, before.id)
        self._desk.keep([slip], _ACTION, act="rename")
        return _collection(slip, len(self._items(slip.id)))

    def share(self, named: str, *, shared: bool = True) -> Collection:
        """Let everybody who may enter the library see it, or nobody else again."""
        slip = replace(self._own(named), shared=shared)
        self._desk.keep([slip], _ACTION, act="share" if shared else "unshare")
        return _collection(slip, len(self._items(slip.id)))

    def forget(self, named: str) -> tuple[str, ...]:
        """Forget a collection, to the byte; return what remains for now, and until when."""
        return self._desk.forget(self._named(named), _ACTION)

    def items(self, named: str) -> list[Item]:
        """Return the moments that the asker may see, in their order."""
        return [_item(slip) for slip in self._items(self._named(named).id)]

    def put(self, named: str, video: Video, span: TimeSpan, note: str = "") -> Item:
        """Put a moment at the end; one that stands there already takes the new note.

        Raises:
            UsageError: It lies outside the video, or the note is very long.
            InputError: No such collection, or somebody else's.
        """
        root = self._own(named)
        if not (video.span.start_ns <= span.start_ns < video.span.end_ns):
            raise UsageError(f"{span} lies outside {video.name!r}, which is {video.span}")
        there = self._items(root.id)
        same = [s for s in there if video.id in s.videos and _item(s).span == span]
        place = max((_item(s).place for s in there), default=0.0) + 1.0
        if same:
            place = _item(same[0]).place
        slip = self._item(root.id, video.id, span, note, place, same[0].id if same else None)
        self._desk.keep([slip], _ACTION, act="put", video=video.id)
        return _item(slip)

    def annotate(self, named: str, item: str, note: str) -> Item:
        """Give a moment another note."""
        root = self._own(named)
        held = _item(self._one(root.id, item))
        slip = self._item(root.id, held.video, held.span, note, held.place, held.id)
        self._desk.keep([slip], _ACTION, act="note", video=held.video)
        return _item(slip)

    def move(self, named: str, item: str, to: int) -> list[Item]:
        """Put a moment in another place, counted from 1; return the list.

        Raises:
            UsageError: There is no such place.
        """
        root = self._own(named)
        slips = self._items(root.id)
        moved = self._one(root.id, item)
        if not 1 <= to <= len(slips):
            raise UsageError(f"there is no place {to} in a list of {len(slips)}")
        order = [slip for slip in slips if slip.id != moved.id]
        order.insert(to - 1, moved)
        places = sorted(_item(slip).place for slip in slips)
        changed = [
            replace(slip, body=_placed(slip, place))
            for slip, place in zip(order, places, strict=True)
            if _item(slip).place != place
        ]
        if changed:
            self._desk.keep(changed, _ACTION, act="move")
        return self.items(root.id)

    def take_out(self, named: str, item: str) -> tuple[str, ...]:
        """Take a moment out; return what remains of it for now, and until when."""
        root = self._own(named)
        return self._desk.forget(self._one(root.id, item), _ACTION)

    def _slip(self, name: str, shared: bool, known: SlipId | None = None) -> Slip:
        name = " ".join(name.split())
        if not name or len(name) > NAME_CHARACTERS:
            raise UsageError(f"a collection needs a name of at most {NAME_CHARACTERS} characters")
        body = {"name": name}
        return self._desk.slip(SlipKind.COLLECTION, body, known=known, words=name, shared=shared)

    def _item(
        self,
        root: SlipId,
        video: VideoId,
        span: TimeSpan,
        note: str,
        place: float,
        known: SlipId | None,
    ) -> Slip:
        if len(note) > NOTE_CHARACTERS:
            raise UsageError(f"a note has at most {NOTE_CHARACTERS} characters")
        body = {
            "video": video,
            "span_ns": [span.start_ns, span.end_ns],
            "note": note,
            "place": place,
        }
        return self._desk.slip(
            SlipKind.ITEM, body, known=known, of=root, videos=[video], span=span, words=note
        )

    def _named(self, named: str) -> Slip:
        slips = self._desk.slips(SlipKind.COLLECTION)
        return meant(named, slips, "collection", "viewfinder collect list")

    def _own(self, named: str) -> Slip:
        return self._desk.own(self._named(named))

    def _items(self, root: SlipId) -> list[Slip]:
        items = [slip for slip in self._desk.slips(SlipKind.ITEM) if slip.of == root]
        return sorted(items, key=lambda slip: (_item(slip).place, slip.id))

    def _one(self, root: SlipId, item: str) -> Slip:
        """Return the entry of that id, or in that place from 1."""
        slips: Sequence[Slip] = self._items(root)
        if item.isdecimal() and 1 <= int(item) <= len(slips):
            return slips[int(item) - 1]
        for slip in slips:
            if slip.id == item:
                return slip
        raise InputError(f"no moment {item!r} in this collection")


def _collection(slip: Slip, count: int) -> Collection:
    return Collection(slip.id, said(slip)["name"], slip.by, slip.at, slip.shared, count)


def _item(slip: Slip) -> Item:
    body = said(slip)
    span = TimeSpan(*body["span_ns"])
    return Item(slip.id, VideoId(body["video"]), span, body["note"], slip.at, body["place"])


def _placed(slip: Slip, place: float) -> str:
    return json.dumps({**said(slip), "place": place}, ensure_ascii=False)
