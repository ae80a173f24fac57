"""Footage in over HTTP: tus uploads that survive a lost line, jobs that are followed."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from small_server import MEETING, Served

TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


def begun(served: Served, name: str, length: int) -> str:
    """Begin an upload; return its address."""
    named = base64.b64encode(name.encode()).decode()
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": f"filename {named}"}
    got = served.client.post("/uploads", headers=headers)
    assert got.status_code == 201
    return str(got.headers["location"]).removeprefix("/api/v1")


def offset_of(served: Served, where: str) -> int:
    got = served.client.head(where, headers=TUS)
    assert got.headers["cache-control"] == "no-store"
    return int(got.headers["upload-offset"])


def sent(served: Served, where: str, content: bytes, at: int, **more: str) -> httpx2.Response:
    headers = {**PIECE, "Upload-Offset": str(at), **more}
    return served.client.patch(where, content=content, headers=headers)


def ended(served: Served, job: str) -> dict[str, Any]:
    """Follow a job to its end; return it."""
    with served.client.stream("GET", f"/jobs/{job}/events") as coming:
        kinds = [line for line in coming.iter_lines() if line.startswith("event: ")]
    assert kinds[-1] in ("event: ended", "event: cancelled")
    found: dict[str, Any] = served.client.get(f"/jobs/{job}").json()
    return found


def test_a_file_sent_in_pieces_becomes_a_video(served: Served) -> None:
    content = MEETING.replace("battery", "uploaded battery").encode()
    where = begun(served, "uploaded.vtt", len(content))
    assert sent(served, where, content[:50], 0).headers["upload-offset"] == "50"
    assert offset_of(served, where) == 50
    last = sent(served, where, content[50:], 50)
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(content)))
    assert last.headers["viewfinder-video"] == hashlib.sha256(content).hexdigest()
    job = ended(served, last.headers["viewfinder-job"])
    assert (job["state"], job["progress"]["done"]) == ("done", 1)
    video = served.client.get(f"/videos/{last.headers['viewfinder-video']}")
    assert video.json()["path"].endswith("uploaded.vtt")


def test_what_came_before_a_lost_line_is_kept(served: Served) -> None:
    content = b"WEBVTT\n\n00:01.000 --> 00:02.000\n" + b"a word " * 20_000 + b"\n"
    where = begun(served, "lost.vtt", len(content))
    place = urlsplit(served.url)
    with socket.create_connection((place.hostname, place.port)) as line:
        head = (
            f"PATCH /api/v1{where} HTTP/1.1\r\nHost: 127.0.0.1:{place.port}\r\n"
            "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
            "Content-Type: application/offset+octet-stream\r\n"
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        line.sendall(head.encode() + content[:60_000])
        while not (at := offset_of(served, where)):
            pass
    while (got := sent(served, where, content[at:], at)).status_code in (409, 423):
        at = offset_of(served, where)
    assert 0 < at <= 60_000
    assert got.status_code == 204
    assert got.headers["viewfinder-video"] == hashlib.sha256(content).hexdigest()
    ended(served, got.headers["viewfinder-job"])


def test_bytes_that_are_not_those_meant_are_not_kept(served: Served) -> None:
    where = begun(served, "checked.vtt", 100)
    right = base64.b64encode(hashlib.sha256(b"x" * 10).digest()).decode()
    wrong = sent(served, where, b"y" * 10, 0, **{"Upload-Checksum": f"sha256 {right}"})
    assert wrong.status_code == 460
    assert offset_of(served, where) == 0
    good = sent(served, where, b"x" * 10, 0, **{"Upload-Checksum": f"sha256 {right}"})
    assert (good.status_code, good.headers["upload-offset"]) == (204, "10")
    unknown = sent(served, where, b"x", 10, **{"Upload-Checksum": "crc32 AAAA"})
    assert unknown.status_code == 400
    assert served.client.delete(where, headers=TUS).status_code == 204


def test_pieces_that_do_not_fit_are_refused(served: Served) -> None:
    where = begun(served, "odd.vtt", 10)
    assert sent(served, where, b"x", 5).status_code == 409
    assert sent(served, where, b"x", 0, **{"Content-Type": "text/plain"}).status_code == 415
    assert sent(served, where, b"x", 0, **{"Tus-Resumable": "0.2.0"}).status_code == 412
    assert sent(served, where, b"x" * 11, 0).status_code == 413
    assert served.client.head(where).status_code == 412
    assert served.client.delete(where, headers=TUS).status_code == 204
    assert served.client.head(where, headers=TUS).status_code == 404
    assert served.client.head(f"/uploads/{'0' * 32}", headers=TUS).status_code == 404


def test_the_server_says_what_its_uploads_can_do(served: Served) -> None:
    got = served.client.options("/uploads")
    assert got.status_code == 204
    assert got.headers["tus-version"] == "1.0.0"
    assert got.headers["tus-extension"] == "creation,termination,expiration,checksum"


@pytest.mark.parametrize("length", ["0", "-1", "many", ""])
def test_a_length_that_is_none_begins_nothing(served: Served, length: str) -> None:
    got = served.client.post("/uploads", headers={**TUS, "Upload-Length": length})
    assert got.status_code == 422


def test_a_folder_is_added_and_the_same_key_adds_it_once(served: Served, tmp_path: Path) -> None:
    (tmp_path / "one.vtt").write_text(MEETING.replace("battery", "gearbox"), "utf-8")
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    key = {"Idempotency-Key": "folder"}
    made = served.client.post("/jobs", json={"paths": [str(tmp_path)]}, headers=key)
    assert made.status_code == 201
    again = served.client.post("/jobs", json={"paths": [str(tmp_path)]}, headers=key)
    assert again.json()["id"] == made.json()["id"]
    job = ended(served, made.json()["id"])
    assert job["state"] == "failed"
    states = {Path(file["path"]).name: file["state"] for file in job["files"]}
    assert states == {"one.vtt": "done", "broken.mp4": "failed"}
    assert job["id"] in [each["id"] for each in served.client.get("/jobs").json()["jobs"]]
    retried = served.client.post(f"/jobs/{job['id']}/retry")
    assert retried.status_code == 200
    assert ended(served, job["id"])["state"] == "failed"


def test_a_job_is_followed_from_where_the_line_was_lost(served: Served, tmp_path: Path) -> None:
    (tmp_path / "two.vtt").write_text(MEETING.replace("battery", "clutch"), "utf-8")
    job = served.client.post("/jobs", json={"paths": [str(tmp_path / "two.vtt")]}).json()["id"]
    ended(served, job)
    whole = served.client.get(f"/jobs/{job}/events").text
    told = [json.loads(line[6:]) for line in whole.splitlines() if line.startswith("data: ")]
    assert [event["id"] for event in told] == list(range(1, len(told) + 1))
    rest = served.client.get(f"/jobs/{job}/events", headers={"Last-Event-ID": "2"}).text
    assert next(line for line in rest.splitlines() if line.startswith("id: ")) == "id: 3"
    last = {"Last-Event-ID": str(told[-1]["id"])}
    assert served.client.get(f"/jobs/{job}/events", headers=last).status_code == 204


def test_a_job_of_nobody_is_not_there(served: Served) -> None:
    for way, more in (("GET", ""), ("GET", "/events"), ("POST", "/cancel"), ("POST", "/retry")):
        got = served.client.request(way, f"/jobs/0123456789ab{more}")
        assert got.status_code == 404


def test_what_is_not_there_cannot_be_added(served: Served, tmp_path: Path) -> None:
    assert served.client.post("/jobs", json={"paths": [str(tmp_path / "no")]}).status_code == 400
    assert served.client.post("/jobs", json={"paths": []}).status_code == 422


def test_webhooks_are_kept_out_where_the_settings_do_not_name_them(served: Served) -> None:
    asked = {"url": "https://example.org/x", "events": ["job.ended"]}
    got = served.client.post("/webhooks", json=asked)
    assert got.status_code == 422
    assert "hooks" in got.json()["detail"]
    assert served.client.get("/webhooks").json() == {"webhooks": []}
    assert served.client.delete("/webhooks/0123456789ab").status_code == 404
