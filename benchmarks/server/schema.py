"""Whether the HTTP API is what its OpenAPI document says, whatever it is sent.

    python benchmarks/server/schema.py [--examples 200] [--seed 1] > report.md

A real server on the loopback address, over a library of transcripts. For each operation of
the document, requests are drawn that fit it and requests that do not (schemathesis); where one
names a video, a hold or a conversation, every second one names one that is there. Each reply
must have a status, a media type and a body that the document names for it, and none may be a
fault of the server.

What changes how much may be seen at all (switches, profiles, forgetting) comes last.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from viewfinder.app.serving.premises import Premises
from viewfinder.surfaces.server.factory import create_app

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
LAST = (
    "turn_switch",
    "restrict_video",
    "note_consent",
    "withdraw_consent",
    "run_retention",
    "forget_video",
    "use_profile",
)
"""Operations after which less can be seen."""

MEETING = """WEBVTT

00:00:01.000 --> 00:00:05.000
<v Ann>We never tested the battery above forty degrees.

00:00:06.000 --> 00:00:09.000
<v Bob>Then the delivery has to wait until May.
"""


@dataclass
class Told:
    """What came of a run.

    Attributes:
        requests: By operation.
        statuses: By operation and status.
        faults: What did not fit, in words, by operation.
        slowest_s: By operation.
    """

    requests: Counter[str] = field(default_factory=Counter)
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: dict[str, list[str]] = field(default_factory=dict)
    slowest_s: dict[str, float] = field(default_factory=dict)


def explored(base: str, *, examples: int, drawn: int, token: str = "") -> Told:
    """Send requests to every operation of the API at ``base``; tell what came.

    Args:
        base: ``http://127.0.0.1:PORT``.
        examples: Of each operation, at most.
        drawn: Seed.
        token: Of who asks; "" for nobody in particular.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    client = httpx2.Client(base_url=base, headers=headers, timeout=60, trust_env=False)
    with client:
        document = client.get("/api/v1/openapi.json").raise_for_status().json()
        schema = schemathesis.openapi.from_dict(document)
        schema.config.update(base_url=base)
        operations = [result.ok() for result in schema.get_all_operations()]
        operations.sort(key=lambda op: (_place(op), op.path, op.method))
        told = Told()
        for operation in operations:
            _explore(operation, told, client, headers, examples, drawn)
    return told


def _place(operation: Any) -> int:
    name = operation.definition.raw.get("operationId", "")
    return LAST.index(name) + 1 if name in LAST else 0


def _explore(
    operation: Any,
    told: Told,
    client: httpx2.Client,
    headers: dict[str, str],
    examples: int,
    drawn: int,
) -> None:
    name = f"{operation.method.upper()} {operation.path}"
    strategies = [
        operation.as_strategy(generation_mode=mode)
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    ]
    named = {each.name for each in operation.path_parameters} | (
        {"video"} if operation.body else set()
    )
    known = _known(client, named)

    @seed(drawn)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(*strategies), st.booleans())
    def tried(case: Any, real: bool) -> None:
        if real:
            _meet(case, known)
        began = time.perf_counter()
        response = case.call(headers=headers)
        took = time.perf_counter() - began
        told.requests[name] += 1
        told.statuses[name, response.status_code] += 1
        told.slowest_s[name] = max(took, told.slowest_s.get(name, 0.0))
        try:
            case.validate_response(response, checks=list(CHECKS))
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            found = told.faults.setdefault(name, [])
            if len(found) < 5:
                found.append(f"{response.status_code}: {_short(error)}")

    try:
        tried()
    except Exception as error:  # nothing could be drawn
        if not told.requests[name]:
            told.faults.setdefault(name, []).append(f"not tried: {_short(error)}")


def _meet(case: Any, known: dict[str, object]) -> None:
    """Let a request name what is there, in its address, its headers and its body."""
    for name, value in known.items():
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = value
    if operation_of(case).startswith("/api/v1/uploads"):
        case.headers = {**(case.headers or {}), "Tus-Resumable": "1.0.0"}
    if isinstance(case.body, dict):
        bodies = [case.body, case.body.get("one"), case.body.get("other")]
        moments = case.body.get("moments")
        bodies += moments if isinstance(moments, list) else []
        for body in bodies:
            if isinstance(body, dict) and isinstance(body.get("video"), str):
                body["video"] = known.get("video", body["video"])


def operation_of(case: Any) -> str:
    return str(case.operation.path)


def _short(error: BaseException) -> str:
    inner = list(getattr(error, "exceptions", [])) or [error]
    return " / ".join(" ".join(str(each).split())[:600] for each in inner)


def _known(client: httpx2.Client, wanted: set[str]) -> dict[str, object]:
    """Return ids that are there, of what a request names."""

    def first(path: str, key: str, listed: str = "") -> object:
        found = client.get(f"/api/v1/{path}").json().get(listed or path)
        return found[-1].get(key) if found else None

    def item() -> object:
        collection = first("collections", "id")
        return first(f"collections/{collection}", "id", "items") if collection else None

    ways: dict[str, Callable[[], object]] = {
        "video": lambda: first("videos", "video"),
        "conversation": lambda: first("conversations", "conversation"),
        "number": lambda: first("holds", "no"),
        "collection": lambda: first("collections", "id"),
        "item": item,
        "search": lambda: first("searches", "id"),
        "judgement": lambda: first("judgements", "id"),
        "job": lambda: first("jobs", "id"),
        "upload": lambda: _begun(client),
        "seq": lambda: 1,
        "paper": lambda: "dpia",
        "one": lambda: "own-footage",
        "other": lambda: "own-footage",
    }
    found = {name: way() for name, way in ways.items() if name in wanted}
    return {name: value for name, value in found.items() if value is not None}


def _begun(client: httpx2.Client) -> object:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "100"}
    made = client.post("/api/v1/uploads", headers=headers)
    return made.headers.get("location", "").rpartition("/")[2] or None


@schemathesis.serializer("application/offset+octet-stream")
def as_bytes(context: Any, value: Any) -> bytes:
    """Send the bytes of an upload as they are."""
    del context
    return value if isinstance(value, bytes) else bytes(str(value), "utf-8", "replace")


@contextmanager
def served(settings_of: str = "") -> Iterator[str]:
    """Serve a small library with these settings; yield its address."""
    home = Path(tempfile.mkdtemp(prefix="viewfinder-schema-"))
    for name in ("meeting", "second", "third"):
        (home / f"{name}.vtt").write_text(MEETING.replace("battery", name), "utf-8")
    (home / "library").mkdir()
    (home / "library" / "viewfinder.toml").write_text(settings_of, "utf-8")
    premises = Premises.open(home / "library", create=True)
    view = premises.shared.view()
    list(view.add(sorted(home.glob("*.vtt"))))
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(premises), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    try:
        talk = {"question": "who tested the meeting?"}
        httpx2.post(f"{base}/api/v1/conversations", json=talk, timeout=60)
        yield base
    finally:
        server.should_exit = True
        thread.join()
        premises.close()
        shutil.rmtree(home, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--examples", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began = time.monotonic()
    with served() as base:
        told = explored(base, examples=asked.examples, drawn=asked.seed)
    _report(told, asked, time.monotonic() - began)
    return 1 if told.faults else 0


def _report(told: Told, asked: argparse.Namespace, took_s: float) -> None:
    errors = sum(n for (_, status), n in told.statuses.items() if status >= 500)
    out = sys.stdout
    out.write("# The HTTP API against its own document\n\n")
    out.write(
        f"`python benchmarks/server/schema.py --examples {asked.examples} --seed {asked.seed}`\n\n"
    )
    out.write(f"- operations: {len(told.requests)}\n")
    out.write(f"- requests: {sum(told.requests.values())}, in {took_s:.0f} s\n")
    out.write(f"- server errors: {errors}\n")
    out.write(f"- operations with a reply that the document does not name: {len(told.faults)}\n\n")
    for name, faults in sorted(told.faults.items()):
        out.write(f"- **{name}**\n")
        out.writelines(f"  - {each}\n" for each in faults)
    out.write("\n| operation | requests | statuses | slowest, s |\n|---|---|---|---|\n")
    for name, count in sorted(told.requests.items()):
        statuses = sorted((s, n) for (op, s), n in told.statuses.items() if op == name)
        words = ", ".join(f"{status}: {n}" for status, n in statuses)
        out.write(f"| `{name}` | {count} | {words} | {told.slowest_s[name]:.2f} |\n")


if __name__ == "__main__":
    sys.exit(main())
