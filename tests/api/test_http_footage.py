"""Videos over HTTP: lists, notes, transcripts, cursors, forgetting, doing it once."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest
from small_server import Served, serving

from viewfinder.testing.settings import LIGHT


def test_videos_are_listed_filtered_and_sorted(served: Served) -> None:
    def names(**query: str) -> list[str]:
        listed = served.client.get("/videos", params=query).json()["videos"]
        return [Path(v["path"]).name for v in listed]

    assert names() == ["meeting.vtt", "workshop.vtt"]
    assert names(sort="-name") == ["workshop.vtt", "meeting.vtt"]
    assert names(name="work") == names(name="w*.vtt") == ["workshop.vtt"]
    assert names(kind="video") == []
    assert names(kind="offline") == ["meeting.vtt", "workshop.vtt"]


def test_a_list_comes_a_page_at_a_time(served: Served) -> None:
    first = served.client.get("/videos", params={"limit": 1}).json()
    then = served.client.get("/videos", params={"limit": 1, "cursor": first["next"]}).json()
    assert [Path(p["videos"][0]["path"]).name for p in (first, then)] == [
        "meeting.vtt",
        "workshop.vtt",
    ]
    assert (first["total"], then["next"]) == (2, None)


@pytest.mark.parametrize("query", [{"sort": "-name"}, {"name": "e"}])
def test_a_cursor_is_good_for_its_own_list_only(served: Served, query: dict[str, str]) -> None:
    cursor = served.client.get("/videos", params={"limit": 1}).json()["next"]
    for wrong in (cursor[:-2] + "AA", "e30", cursor + "A"):
        assert served.client.get("/videos", params={"cursor": wrong}).status_code == 400
    got = served.client.get("/videos", params={"cursor": cursor, **query})
    assert got.status_code == 400
    assert "begin again" in got.json()["detail"]


def test_what_is_unchanged_is_not_sent_again(served: Served) -> None:
    got = served.client.get("/videos")
    again = served.client.get("/videos", headers={"If-None-Match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_video_tells_its_stages_and_tracks(served: Served) -> None:
    told = served.client.get(f"/videos/{served.video('meeting.vtt')}").json()
    assert [(t["track"], t["notes"]) for t in told["tracks"]] == [("captions", 3)]
    assert told["searchable"] == ["sidecars"]


def test_notes_are_read_in_a_stretch_of_time(served: Served) -> None:
    where = f"/videos/{served.video('meeting.vtt')}/notes"
    told = served.client.get(where, params={"start": 5.5, "end": 9.5}).json()
    assert [note["text"] for note in told["notes"]] == ["Then the delivery has to wait until May."]
    assert served.client.get(where, params={"start": 5, "end": 5}).status_code == 422
    pages = served.client.get(where, params={"limit": 2}).json()
    rest = served.client.get(where, params={"limit": 2, "cursor": pages["next"]}).json()
    assert [len(pages["notes"]), len(rest["notes"])] == [2, 1]


def test_a_transcript_comes_as_data_and_as_files(served: Served) -> None:
    where = f"/videos/{served.video('meeting.vtt')}/transcript"
    told = served.client.get(where).json()
    assert (told["track"], told["lines"][0]["speaker"]) == ("captions", "Ann")
    for kind, begins in (("vtt", "WEBVTT"), ("srt", "1\n00:00:01,000"), ("csv", "track,")):
        got = served.client.get(f"{where}.{kind}")
        assert got.text.startswith(begins)
        assert "attachment" in got.headers["content-disposition"]
    assert served.client.get(f"{where}.exe").status_code == 422


def test_what_is_not_there_is_the_same_everywhere(served: Served) -> None:
    gone = "0" * 64
    told = {
        served.client.get(f"/videos/{gone}{more}").json()["detail"]
        for more in ("", "/notes", "/transcript", "/transcript.srt", "/shots", "/segments")
    }
    assert len(told) == 1


def test_forgetting_gives_a_receipt_and_is_done_once(tmp_path: Path) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "viewfinder.toml").write_text(LIGHT, "utf-8")
    (tmp_path / "a.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nA word.\n", "utf-8")
    with serving(tmp_path / "library", create=True) as served:
        list(served.premises.shared.view().add([tmp_path / "a.vtt"]))
        video = served.video("a.vtt")
        key = {"Idempotency-Key": "forget-it"}
        sent = {"reason": "asked for"}
        once = served.client.post(f"/videos/{video}/forget", json=sent, headers=key)
        assert once.json()["video"] == video
        assert set(once.json()["receipt"]) >= {"receipt.json", "chosen.jsonl", "key.txt"}
        again = served.client.post(f"/videos/{video}/forget", json=sent, headers=key)
        assert again.json() == once.json()
        assert served.client.post(f"/videos/{video}/forget", json=sent).status_code == 404
        assert (tmp_path / "a.vtt").is_file()


def test_what_is_held_is_not_forgotten(served: Served) -> None:
    video = served.video("workshop.vtt")
    held = {"case": "2026-17", "reason": "court order", "review": "2027-01-31"}
    hold = served.client.post(f"/videos/{video}/holds", json=held)
    assert hold.status_code == 201
    got = served.client.post(f"/videos/{video}/forget", json={})
    assert (got.status_code, got.json()["rule"]) == (403, "legal-hold")
    number = hold.json()["no"]
    let_go = served.client.post(f"/holds/{number}/release", json={"reason": "closed"})
    assert let_go.json()["no"] == number
    assert served.client.get("/holds").json() == {"holds": []}


def test_a_probe_may_ask_for_the_head_of_a_page(served: Served) -> None:
    home = served.url.removesuffix("api/v1")
    asked = httpx2.head(home, trust_env=False)
    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-type"] == "text/html; charset=utf-8"
