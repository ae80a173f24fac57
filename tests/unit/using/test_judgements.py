"""What was judged becomes a file of queries that ``viewfinder eval`` reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from viewfinder.app.library import Library
from viewfinder.domain.errors import InputError, UsageError
from viewfinder.domain.time import TimeSpan
from viewfinder.evaluation import judgments
from viewfinder.testing import fakes
from viewfinder.testing.settings import LIGHT

AT, LATER = TimeSpan.of_seconds(1, 2), TimeSpan.of_seconds(5, 6)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "viewfinder.toml").write_text(LIGHT)
    return tmp_path


def test_judgements_are_exported_as_queries(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        one, two = fakes.video("one"), fakes.video("two")
        for video in (one, two):
            library._store.commit_video(video, event=fakes.event())
        mine = library.mine.judgements
        mine.moment("red car", one, AT, relevant=False)
        mine.moment("red car", one, AT, relevant=True, note="the door of it")
        mine.moment("red car", one, LATER, relevant=False)
        mine.answer("red car", [(one.id, AT), (one.id, LATER), (two.id, AT)], good=True)
        mine.answer("unicorn", good=True)
        mine.answer("blue car", [(one.id, AT)], good=False)
        assert len(mine.all()) == 7
        text = mine.export()
    file = folder / "queries.jsonl"
    file.write_text(text)
    cars, unicorn = judgments.read(file)
    assert [(r.file, r.span, r.grade) for r in cars.relevant] == [
        ("one.mp4", AT, 2),
        ("two.mp4", AT, 1),
    ]
    assert (unicorn.query, unicorn.expected) == ("unicorn", "abstain")
    row = json.loads(text.splitlines()[0])
    assert row["not_relevant"] == [{"file": "one.mp4", "start_s": 5.0, "end_s": 6.0}]


def test_a_judgement_can_be_taken_back_and_goes_with_its_video(folder: Path) -> None:
    with Library.open(folder, create=True) as library:
        one, two = fakes.video("one"), fakes.video("two")
        for video in (one, two):
            library._store.commit_video(video, event=fakes.event())
        mine = library.mine.judgements
        first = mine.moment("cars", one, AT, relevant=True)
        mine.moment("what is in two.mp4?", one, AT, relevant=True)
        mine.answer("cars", [(one.id, AT), (two.id, AT)], good=True)
        library.forget(two.id)
        assert [(j.question, j.video) for j in mine.all()] == [("cars", one.id)] * 2
        mine.forget(first.id)
        assert len(mine.all()) == 1
        with pytest.raises(InputError, match="no judgement"):
            mine.forget(first.id)
        with pytest.raises(InputError, match="no such video"):
            mine.moment("cars", two, AT, relevant=True)
        with pytest.raises(UsageError, match="needs the question"):
            mine.moment(" ", one, AT, relevant=True)
