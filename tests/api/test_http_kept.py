"""What people keep and take with them, and what keepers lay down, over HTTP."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest
from small_server import Served


def moment(served: Served, name: str = "meeting.vtt") -> dict[str, object]:
    return {"video": served.video(name), "start_s": 1.0, "end_s": 5.0}


def test_moments_are_collected_noted_moved_and_taken_out(served: Served) -> None:
    client = served.client
    made = client.post("/collections", json={"name": "Batteries"})
    assert made.status_code == 201
    where = f"/collections/{made.json()['id']}"
    first = client.post(f"{where}/items", json={**moment(served), "note": "the admission"}).json()
    then = client.post(f"{where}/items", json=moment(served, "workshop.vtt")).json()
    moved = client.patch(f"{where}/items/{then['id']}", json={"place": 1}).json()
    assert [item["id"] for item in moved["items"]] == [then["id"], first["id"]]
    assert client.delete(f"{where}/items/{then['id']}").json() == {"remains": []}
    whole = client.get(where).json()
    inside = client.get("/videos", params={"collection": made.json()["id"]}).json()
    assert inside["total"] == 1
    assert [(item["note"], item["start_s"]) for item in whole["items"]] == [("the admission", 1.0)]
    assert client.patch(where, json={"name": "Cells", "shared": True}).json()["shared"] is True
    assert [one["name"] for one in client.get("/collections").json()["collections"]] == ["Cells"]
    assert client.delete(where).status_code == 200
    assert client.get(where).status_code == 404


def test_a_saved_search_tells_what_is_new(served: Served) -> None:
    client = served.client
    made = client.post("/searches", json={"question": "the battery", "name": "Power"}).json()
    ran = client.post(f"/searches/{made['id']}/run").json()
    assert len(ran["new"]) == len(ran["moments"]) > 0
    again = client.post(f"/searches/{made['id']}/run").json()
    assert set(again["new"]) == {""}
    assert client.delete(f"/searches/{made['id']}").status_code == 200


def test_a_judgement_is_kept_exported_and_taken_back(served: Served) -> None:
    client = served.client
    said = {**moment(served), "question": "who tested the battery?", "relevant": True}
    made = client.post("/judgements/moments", json=said).json()
    assert made["verdict"] == "relevant"
    assert "meeting.vtt" in client.get("/judgements/export").text
    assert client.delete(f"/judgements/{made['id']}").status_code == 200
    assert client.get("/judgements").json() == {"judgements": []}


def test_a_line_is_put_right_for_everybody_and_given_back(served: Served) -> None:
    client, video = served.client, served.video("workshop.vtt")
    where = f"/videos/{video}/corrections"
    sent = {"at_s": 8.0, "text": "Open the door while you work with it."}
    made = client.post(where, json=sent)
    assert made.json()["was"] == "Open the window while you work with it."
    lines = client.get(f"/videos/{video}/transcript").json()["lines"]
    assert "door" in lines[-1]["text"]
    assert client.post(f"{where}/undo", json={"at_s": 8.0}).status_code == 200
    assert client.get(where).json() == {"corrections": []}


def test_moments_are_compared(served: Served) -> None:
    one, other = moment(served), {**moment(served), "start_s": 6.0, "end_s": 9.0}
    told = served.client.post("/compare", json={"one": one, "other": other}).json()
    assert set(told) >= {"shared_words", "only_one", "only_other"}


@pytest.mark.parametrize("kind", ["md", "html", "pdf"])
def test_an_answer_is_taken_out_as_a_page(served: Served, kind: str) -> None:
    sent = {"question": "who tested the battery?", "kind": kind, "stills": False}
    got = served.client.post("/exports/answer", json=sent)
    assert got.status_code == 200
    assert "attachment" in got.headers["content-disposition"]
    begins = {"md": b"#", "html": b"<!doctype html", "pdf": b"%PDF"}[kind]
    assert got.content.lstrip().lower().startswith(begins.lower())


def test_a_citation_sheet_and_a_timeline_are_taken_out(served: Served) -> None:
    sheet = served.client.post("/exports/citation", json=moment(served))
    assert "meeting.vtt" in sheet.text
    table = served.client.post(
        "/exports/timeline", json={"moments": [moment(served)], "kind": "table"}
    )
    assert table.headers["content-type"].startswith("text/csv")


def test_what_is_unknown_cannot_be_taken_out(served: Served) -> None:
    gone = {"video": "0" * 64, "start_s": 1, "end_s": 2}
    for route, sent in (
        ("clip", gone),
        ("still", {"video": "0" * 64, "at_s": 1}),
        ("citation", gone),
        ("timeline", {"moments": [gone]}),
        ("contact-sheet", {"moments": [gone]}),
        ("answer", {"conversation": "0123456789ab"}),
    ):
        assert served.client.post(f"/exports/{route}", json=sent).status_code == 404, route


def test_the_log_is_read_a_page_at_a_time_and_holds(served: Served) -> None:
    client = served.client
    for _ in range(10):  # a line each, whatever was asked before
        assert client.post("/search", json={"question": "budget"}).status_code == 200
    first = client.get("/log", params={"limit": 5}).json()
    then = client.get("/log", params={"limit": 5, "cursor": first["next"]}).json()
    seqs = [line["seq"] for line in (*first["lines"], *then["lines"])]
    assert seqs == sorted(seqs, reverse=True)
    assert len(seqs) == 10
    assert client.get("/log/verify").json()["ok"] is True
    files = client.get(f"/log/lines/{seqs[0]}/proof").json()["files"]
    assert set(files) >= {"chosen.jsonl", "checkpoint.txt", "key.txt"}
    bundle = client.post("/log/bundle").json()["files"]
    assert "entries.jsonl" in bundle
    assert client.get("/log/key").json()["key"]
    assert client.post("/log/checkpoint").json()["checkpoint"]


def test_consent_is_noted_listed_and_taken_back(alone: Served) -> None:
    client, video = alone.client, alone.video("workshop.vtt")
    said = {"person": "Kim", "state": "given", "for": ["search", "export"]}
    assert client.post(f"/videos/{video}/consent", json=said).status_code == 200
    listed = client.get("/consent").json()["consent"]
    assert [(one["person"], one["state"]) for one in listed] == [("Kim", "given")]
    gone = client.post("/consent/withdraw", json={"person": "Kim"}).json()
    assert gone["videos"] == [video]
    pack = client.post("/consent/pack", json={"person": "Kim"})
    assert zipfile.ZipFile(BytesIO(pack.content)).namelist()
    assert client.post("/consent/pack", json={"person": "Nobody"}).status_code == 400
    origin = client.get(f"/videos/{alone.video('meeting.vtt')}/provenance").json()
    assert origin["entity"]


def test_papers_facts_and_models_are_told(served: Served) -> None:
    client = served.client
    assert client.get("/documents/dpia").json()["document"] == "dpia"
    assert client.get("/documents/dpia", params={"format": "md"}).text.startswith("#")
    assert client.get("/documents/novel").status_code == 404
    assert client.get("/facts").json()["facts"] == 1
    assert all(model["licence"] for model in client.get("/models").json()["models"])
    assert client.get("/doctor").json()["findings"]
    days = client.get("/counts").json()["days"]
    assert len(days) == 7


def test_a_clip_of_what_has_no_picture_says_so(served: Served) -> None:
    got = served.client.post("/exports/clip", json={**moment(served), "bundle": True})
    assert got.status_code in (200, 400)
    if got.status_code == 200:
        assert zipfile.ZipFile(BytesIO(got.content)).namelist()
