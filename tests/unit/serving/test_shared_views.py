"""Many askers at one library at once: what each gets is what they would get alone."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from viewfinder.app.governing.access import Change
from viewfinder.app.library import Library, Refused
from viewfinder.app.serving.shared import Shared
from viewfinder.domain import words
from viewfinder.domain.answer import Answer, Citation
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.errors import ConfigError, InputError, StoreError
from viewfinder.domain.search import Moment
from viewfinder.testing.settings import GOVERNED, LIGHT

PEOPLE = """
[[person]]
name = "kim"
roles = ["owner"]
[[person]]
name = "ann"
roles = ["member"]
collections = ["news"]
[[person]]
name = "bob"
roles = ["member"]
collections = ["sport"]
[[person]]
name = "cy"
roles = ["member"]
collections = ["news", "sport"]
"""
SEES = {"kim": {"news", "sport", "new"}, "ann": {"news"}, "bob": {"sport"}, "cy": {"news", "sport"}}
QUESTIONS = ("harbour strike", "who speaks of the lighthouse?", "the second goal", "rain")
VIDEOS, THREADS = 6, 8
COLLECTION: dict[str, str] = {}
"""Of each video that is there from the start; the others are new."""


def transcript(folder: Path, name: str, number: int) -> Path:
    place = folder / f"{name}-{number}.vtt"
    lines = ["the harbour strike began", "the lighthouse keeper speaks", "rain fell on the goal"]
    cues = [
        f"00:{at * 10:02}.000 --> 00:{at * 10 + 5:02}.000\n{line}, said {name} {number}\n"
        for at, line in enumerate(lines)
    ]
    place.write_text("WEBVTT\n\n" + "\n".join(cues), "utf-8")
    return place


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Shared]:
    """A governed library with six transcripts of news and of sport."""
    home = tmp_path / "court.viewfinder"
    (home / "governance").mkdir(parents=True)
    (home / "viewfinder.toml").write_text(GOVERNED)
    (home / "governance" / "people.toml").write_text(PEOPLE)
    Library.open(home, create=True, principal="kim").close()
    with Shared.open(home) as opened:
        kim = opened.view("kim")
        for number in range(VIDEOS):
            name = ("news", "sport")[number % 2]
            list(kim.add([transcript(tmp_path, name, number)]))
            item = kim.video(f"{name}-{number}.vtt")
            kim.governing.access.restrict(item, Change(collection=name))
            COLLECTION[item.id] = name
        yield opened


def shown(library: Library, question: str, how: str) -> tuple[set[str], object]:
    """Return the collections of all that is in a response, and the response."""
    if how == "search":
        ranking = library.search(question)
        return of(ranking.moments), (ranking.moments, ranking.found, ranking.not_searched)
    if how == "ask":
        answer = library.ask(question)
        return of([*answer.moments, *cited(answer)]), answer
    if how == "converse":
        talk, first = library.converse(Conversation(), question)
        _, second = library.converse(talk, "and the one before?")
        said = (first.answer, second.answer)
        return set[str]().union(*(of([*a.moments, *cited(a)]) for a in said)), said
    videos = library.videos()
    noted = [library.tracks(video.id) for video in videos]
    counts = library.counts()
    return {COLLECTION.get(video.id, "new") for video in videos}, (videos, noted, counts)


def cited(answer: Answer) -> list[Citation]:
    return [citation for claim in answer.claims for citation in claim.citations]


def of(found: Iterable[Moment | Citation]) -> set[str]:
    return {COLLECTION.get(one.video, "new") for one in found}


def test_a_response_is_the_same_beside_others_as_alone(shared: Shared) -> None:
    def asked(one: tuple[str, str, str]) -> object:
        who, question, how = one
        seen, said = shown(shared.view(who), question, how)
        assert seen <= SEES[who]
        return said

    hows = ("search", "ask", "converse", "show")
    work = [(who, question, how) for who in SEES for question in QUESTIONS[:3] for how in hows]
    alone = [asked(one) for one in work]
    order = list(range(len(work)))
    random.Random(5).shuffle(order)
    with ThreadPoolExecutor(THREADS) as pool:
        together = list(pool.map(lambda at: asked(work[at]), order))
    assert all(said == alone[at] for at, said in zip(order, together, strict=True))


def test_nobody_sees_more_while_footage_comes_is_put_right_and_goes(
    shared: Shared, tmp_path: Path
) -> None:
    ended = threading.Event()
    failed: list[str] = []

    def asking(who: str, seed: int) -> int:
        chance, count = random.Random(seed), 0
        while not ended.is_set():
            question = chance.choice(QUESTIONS)
            how = chance.choice(("search", "ask", "converse", "show"))
            seen, _ = shown(shared.view(who), question, how)
            if not seen <= SEES[who]:
                failed.append(f"{who} {how} {question}: {sorted(seen)}")
            count += 1
        return count

    with ThreadPoolExecutor(THREADS) as pool:
        asked = [pool.submit(asking, who, at) for at, who in enumerate([*SEES] * 2)]
        try:
            change(shared, tmp_path)
        finally:
            ended.set()
        counts = [one.result() for one in asked]
    assert not failed
    assert all(counts)
    assert shared.view("kim").logbook.verify().ok
    left = {video.name for video in shared.view("kim").videos()}
    assert "new-1.vtt" in left
    assert "news-0.vtt" not in left
    seen, _ = shown(shared.view("ann"), "harbour strike", "search")
    assert seen == {"news"}


def change(shared: Shared, tmp_path: Path) -> None:
    """Add, put right, move, and forget footage, as others ask."""
    for number in range(2):
        kim = shared.view("kim")
        list(kim.add([transcript(tmp_path, "new", number)]))
        new = kim.video(f"new-{number}.vtt")
        kim.governing.access.restrict(new, Change(collection="archive"))
        track, note = kim.notes(new.id)[0]
        kim.mine.corrections.put_right(
            new, note.span.start_ns, "the harbour fire began", track=track.name
        )
    kim.forget(kim.video("news-0.vtt").id, "test")
    kim.forget(kim.video("new-0.vtt").id, "test")


def test_a_view_obeys_the_list_of_people_as_it_is_now(shared: Shared) -> None:
    with pytest.raises(Refused):
        shared.view("dora").search("harbour")
    people = shared.folder / "governance" / "people.toml"
    people.write_text(PEOPLE + '[[person]]\nname = "dora"\nroles = ["owner"]\n')
    assert shared.view("dora").search("harbour").moments


def test_a_rule_that_is_added_holds_for_the_next_request(shared: Shared) -> None:
    assert shared.view("ann").search("harbour").moments
    rule = '@id("closed")\nforbid (principal, action, resource) unless '
    rule += '{ principal == Person::"kim" };\n'
    (shared.folder / "governance" / "closed.cedar").write_text(rule)
    with pytest.raises(Refused):
        shared.view("ann").search("harbour")
    assert shared.view("kim").search("harbour").moments


def test_settings_that_are_changed_hold_for_the_next_view_and_a_mistake_closes(
    tmp_path: Path,
) -> None:
    home = tmp_path / "own.viewfinder"
    home.mkdir()
    settings = home / "viewfinder.toml"
    settings.write_text(LIGHT)
    with Shared.open(home, create=True) as shared:
        assert shared.view().config.log.checkpoint_every == 1000
        settings.write_text(LIGHT + "[log]\ncheckpoint_every = 2\n")
        view = shared.view()
        assert view.config.log.checkpoint_every == 2
        settings.write_text("nonsense = 1\n")
        with pytest.raises(ConfigError):
            shared.view()


def test_lines_of_all_views_count_towards_the_next_checkpoint(tmp_path: Path) -> None:
    home = tmp_path / "own.viewfinder"
    home.mkdir()
    (home / "viewfinder.toml").write_text(LIGHT + "[log]\ncheckpoint_every = 20\n")
    with Shared.open(home, create=True) as shared:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda _: shared.view().search("rain"), range(50)))
        size = int((home / "log.checkpoint").read_text().splitlines()[1])
        assert size >= 20
        assert shared.view().logbook.verify().ok


def test_who_still_works_when_the_library_closes_is_told_so(shared: Shared) -> None:
    view = shared.view("kim")
    shared.close()
    with ThreadPoolExecutor(1) as pool, pytest.raises(StoreError):
        pool.submit(view.videos).result()


def test_a_model_is_opened_once_by_threads_that_need_it_at_once(shared: Shared) -> None:
    start = threading.Barrier(THREADS)

    def opened(_: int) -> int:
        start.wait()
        return id(shared.view("kim")._tools.words)

    shared.view("kim")._tools.__dict__.pop("words", None)
    with ThreadPoolExecutor(THREADS) as pool:
        assert len(set(pool.map(opened, range(THREADS)))) == 1


def test_an_unknown_video_and_one_out_of_scope_are_the_same_to_a_view(shared: Shared) -> None:
    ann, kim = shared.view("ann"), shared.view("kim")
    hidden = kim.video("sport-1.vtt")
    with pytest.raises(InputError) as out_of_scope:
        ann.video(hidden.id)
    with pytest.raises(InputError) as unknown:
        ann.video("f" * 64)
    assert str(out_of_scope.value).replace(hidden.id, "X") == str(unknown.value).replace(
        "f" * 64, "X"
    )


def test_words_become_the_same_terms_in_many_threads() -> None:
    made = ["".join(random.Random(seed).choices("abceinorst", k=9)) + "ings" for seed in range(900)]
    alone = [words.term.__wrapped__(word) for word in made]
    with ThreadPoolExecutor(THREADS) as pool:
        together = list(pool.map(words.term.__wrapped__, made))
    assert together == alone
