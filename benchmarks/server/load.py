"""What the server bears: searches, players, first bytes, memory, and ingest beside searches.

    python benchmarks/latency/run.py REAL QUERIES.jsonl --folder BIG      (makes BIG/large once)
    python benchmarks/server/load.py BIG/large QUERIES.jsonl CLIPS --report FILE

The library is copied, since clips are added to it. A real server runs as a process of its own
and is asked over loopback by threads of this one, which costs processor time as well: both
share the machine. ``fresh`` questions are those of the file with two words of other questions
behind them, so that each is asked once; ``again`` are those of the file, drawn with repeats, of
which the server keeps what it found until the library changes.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

USERS, PLAYERS = 50, 20
THINK_S = 1.0
READ_S = 10.0
"""Mean time that somebody reads what was found before the next search."""
IDLE_S = 10.0
"""A connection that was idle for longer is made anew, as browsers do: servers close those."""
RANGE_BYTES = 256 * 1024
SETTINGS = "[serve]\nrequests_per_minute = 0\n"
WORDS_ALONE = """
[recognisers]
picture = ""
joint = ""
text = "hashing"
multilingual = ""
"""


@dataclass
class Taken:
    """What came of many requests."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    size_bytes: int = 0
    took_s: float = 0.0

    def p(self, share: float) -> float:
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Server:
    """A server as a process, and what it costs."""

    def __init__(self, folder: Path) -> None:
        program = Path(sys.executable).with_name("viewfinder")
        command = [str(program), "--library", str(folder), "serve"]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self.process = subprocess.Popen(
            [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if "http://127.0.0.1:" in line:
                self.port = int(line.split("127.0.0.1:")[1].split("/")[0])
                break
        else:
            self._log.seek(0)
            raise SystemExit(self._log.read().decode())

    def memory_mb(self) -> float:
        """Return the resident memory of the server itself; processes that ingest not counted."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1000

    def cpu_s(self) -> float:
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> float:
        """End it as Ctrl-C does; return how long it took."""
        started = time.monotonic()
        self.process.terminate()
        self.process.wait(30)
        return time.monotonic() - started


@contextmanager
def served(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.close()


class Caller:
    """One user: a connection that is kept."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._used = time.monotonic()

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        self._connection.request("GET", path, headers=headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

    def post(self, path: str, document: object) -> tuple[int, bytes]:
        body = json.dumps(document).encode()
        if time.monotonic() - self._used > IDLE_S:
            self._connection.close()  # opens by itself
        self._connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = self._connection.getresponse()
        content = answer.read()
        self._used = time.monotonic()
        return answer.status, content

    def first_byte_s(self, path: str, document: object) -> float:
        """Return how long the first byte of an event stream takes."""
        started = time.monotonic()
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        self._connection.request("POST", path, json.dumps(document).encode(), headers)
        answer = self._connection.getresponse()
        answer.read(1)
        took = time.monotonic() - started
        answer.read()
        return took


def together(
    users: int,
    seconds: float,
    one: Callable[[int, random.Random, Taken], None],
    first_s: float | None = None,
) -> Taken:
    """Let users do something again and again for some seconds, each on a thread.

    The first time is drawn evenly from ``first_s``, a second where None.
    """
    every = [Taken() for _ in range(users)]
    ends = time.monotonic() + seconds

    def work(user: int) -> None:
        chance, mine = random.Random(user), every[user]
        time.sleep(chance.random() * (THINK_S if first_s is None else first_s))
        while time.monotonic() < ends:
            one(user, chance, mine)

    threads = [threading.Thread(target=work, args=(user,)) for user in range(users)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Taken(
        [s for taken in every for s in taken.seconds],
        [e for taken in every for e in taken.errors],
        sum(taken.size_bytes for taken in every),
        time.monotonic() - started,
    )


@dataclass(frozen=True)
class Searching:
    """Users who search."""

    port: int
    questions: Sequence[str]
    words: Sequence[str]
    fresh: bool
    think_s: float
    drawn: bool = False  # the time to think, from an exponential of that mean

    def run(self, users: int, seconds: float) -> Taken:
        callers = [Caller(self.port) for _ in range(users)]

        def one(user: int, chance: random.Random, taken: Taken) -> None:
            question = chance.choice(self.questions)
            if self.fresh:
                question += f" {chance.choice(self.words)} {chance.choice(self.words)}"
            started = time.monotonic()
            try:
                status, _ = callers[user].post("/api/v1/search", {"question": question})
                if status not in (200, 403):  # some questions of the file are refused
                    taken.errors.append(str(status))
            except (OSError, http.client.HTTPException) as error:
                taken.errors.append(type(error).__name__)
                callers[user] = Caller(self.port)
            taken.seconds.append(time.monotonic() - started)
            time.sleep(chance.expovariate(1 / self.think_s) if self.drawn else self.think_s)

        return together(users, seconds, one, self.think_s if self.drawn else None)


def playing(port: int, path: str, size: int, seconds: float) -> Taken:
    """Let players read ranges one after another, as fast as they come."""
    callers = [Caller(port) for _ in range(PLAYERS)]

    def one(user: int, chance: random.Random, taken: Taken) -> None:
        start = chance.randrange(max(1, size - RANGE_BYTES))
        wanted = f"bytes={start}-{min(size, start + RANGE_BYTES) - 1}"
        began = time.monotonic()
        try:
            status, body = callers[user].get(path, Range=wanted)
        except (OSError, http.client.HTTPException) as error:
            taken.errors.append(type(error).__name__)
            callers[user] = Caller(port)
            return
        taken.seconds.append(time.monotonic() - began)
        taken.size_bytes += len(body)
        if status != 206:
            taken.errors.append(str(status))

    return together(PLAYERS, seconds, one)


def added(port: int, paths: Sequence[Path]) -> dict[str, Any]:
    """Hand in a job; return its document."""
    status, body = Caller(port).post("/api/v1/jobs", {"paths": [str(path) for path in paths]})
    if status != 201:
        raise SystemExit(f"the job was refused: {status} {body[:200]!r}")
    document: dict[str, Any] = json.loads(body)
    return document


def state(port: int, job: str) -> str:
    _, body = Caller(port).get(f"/api/v1/jobs/{job}")
    return str(json.loads(body)["state"])


Row = tuple[str, str]


def searched(server: Server, name: str, how: Searching, users: int, seconds: float) -> Row:
    cpu, own = server.cpu_s(), time.process_time()
    taken = how.run(users, seconds)
    each_ms = 1000 * (server.cpu_s() - cpu) / max(1, len(taken.seconds))
    own_ms = 1000 * (time.process_time() - own) / max(1, len(taken.seconds))
    named = f" {sorted(set(taken.errors))}" if taken.errors else ""
    said = (
        f"{taken.p(0.5):.0f} / {taken.p(0.95):.0f} ms, {len(taken.seconds) / taken.took_s:.1f}/s, "
        f"{len(taken.errors)} errors{named}, {each_ms:.0f} ms of CPU each (callers "
        f"{own_ms:.1f}), load {os.getloadavg()[0]:.0f}"
    )
    row = (f"{name}, p50 / p95, n = {len(taken.seconds)}", said)
    print(*row, flush=True)
    return row


def measure(folder: Path, questions: list[str], clips: list[Path], seconds: float) -> list[Row]:
    words = sorted({word for question in questions for word in question.split() if len(word) > 3})
    rows: list[Row] = []
    with served(folder) as server:
        port = server.port
        idle = server.memory_mb()
        Caller(port).get("/api/v1/videos")
        rows.append(
            (
                "memory after start / after a list of videos, MB",
                f"{idle:.0f} / {server.memory_mb():.0f}",
            )
        )
        job = added(port, clips[:1])["id"]
        while state(port, job) not in ("done", "failed"):
            time.sleep(0.5)
        Caller(port).post("/api/v1/search", {"question": "a first question opens everything"})
        rows.append(("memory after a first search, with models, MB", f"{server.memory_mb():.0f}"))

        def users(fresh: bool, think_s: float) -> Searching:
            return Searching(port, questions, words, fresh, think_s)

        rows.append(searched(server, "1 user, fresh", users(True, 0), 1, seconds))
        rows.append(searched(server, "2 users, fresh", users(True, 0), 2, seconds))
        rows.append(searched(server, "8 users, fresh", users(True, 0), 8, seconds))
        reading = Searching(port, questions, words, True, READ_S, drawn=True)
        name = f"{USERS} users, fresh, thinking {READ_S:.0f} s on average"
        rows.append(searched(server, name, reading, USERS, max(seconds, 3 * READ_S)))
        for fresh, kind in ((True, "fresh"), (False, "again")):
            for think_s in (THINK_S, 0.0):
                name = f"{USERS} users, {kind}, thinking {think_s:.0f} s"
                rows.append(searched(server, name, users(fresh, think_s), USERS, seconds))
        rows.append(("memory after these, MB", f"{server.memory_mb():.0f}"))
        rows += streamed(port, questions, words)
        rows += played(server, clips[0], seconds)
        rows += beside(server, users(True, THINK_S), clips[1:], seconds)
        rows.append(("memory at the end, MB", f"{server.memory_mb():.0f}"))
        rows.append(("ending, s", f"{server.close():.1f}"))
    return rows


def streamed(port: int, questions: Sequence[str], words: Sequence[str]) -> list[Row]:
    chance, caller = random.Random(7), Caller(port)
    asked = [f"{chance.choice(questions)} {chance.choice(words)}" for _ in range(60)]
    took = sorted(
        1000 * caller.first_byte_s("/api/v1/ask/stream", {"question": question})
        for question in asked
    )
    return [
        (
            f"first byte of a streamed answer, p50 / p95, n = {len(took)}",
            f"{statistics.median(took):.0f} / {took[int(0.95 * len(took))]:.0f} ms",
        )
    ]


def played(server: Server, clip: Path, seconds: float) -> list[Row]:
    _, body = Caller(server.port).get(f"/api/v1/videos?name={clip.name}")
    listed = json.loads(body)["videos"]
    video = next(v["video"] for v in listed if Path(v["path"]).name == clip.name)
    taken = playing(server.port, f"/api/v1/videos/{video}/media", clip.stat().st_size, seconds)
    row = (
        f"{PLAYERS} players, ranges of 256 KB, p50 / p95, n = {len(taken.seconds)}",
        f"{taken.p(0.5):.0f} / {taken.p(0.95):.0f} ms, {taken.size_bytes / 1e6 / taken.took_s:.0f}"
        f" MB/s, {len(taken.errors)} errors {sorted(set(taken.errors))}",
    )
    print(*row, flush=True)
    return [row]


def beside(server: Server, users: Searching, clips: Sequence[Path], seconds: float) -> list[Row]:
    """Search with nothing beside, and beside an ingest."""
    rows = [searched(server, "10 users, fresh, thinking 1 s", users, 10, seconds)]
    job = added(server.port, clips)["id"]
    while state(server.port, job) == "waiting":
        time.sleep(0.05)
    rows.append(
        searched(server, "10 users, fresh, thinking 1 s, beside an ingest", users, 10, seconds)
    )
    rows.append(("state of that ingest then", state(server.port, job)))
    Caller(server.port).post(f"/api/v1/jobs/{job}/cancel", {})
    return rows


def without_models(folder: Path, questions: list[str]) -> list[Row]:
    """Return what the server holds where words are searched and no model is opened."""
    (folder / "viewfinder.toml").write_text(SETTINGS + WORDS_ALONE)
    with served(folder) as server:
        for question in questions:
            Caller(server.port).post("/api/v1/search", {"question": question})
        return [
            (
                "memory with the words of 100,000 segments, no models, MB",
                f"{server.memory_mb():.0f}",
            )
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("clips", type=Path)
    parser.add_argument("--seconds", type=float, default=30.0, help="For each row.")
    parser.add_argument("--report", type=Path)
    given = parser.parse_args()
    questions = [json.loads(line)["query"] for line in given.queries.read_text().splitlines()]
    clips = [p for p in given.clips.iterdir() if p.suffix in (".mp4", ".webm")]
    clips = sorted(clips, key=lambda path: (path.suffix, path.stat().st_size))
    before = os.getloadavg()
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "large"
        shutil.copytree(given.library, folder)
        (folder / "viewfinder.toml").write_text(SETTINGS)
        rows = measure(folder, questions, clips, given.seconds)
        rows += without_models(folder, questions[:20])
    text = "\n".join(
        [
            "# The server under load, at 100,000 segments",
            "",
            "`OMP_NUM_THREADS=1 MALLOC_ARENA_MAX=2 python benchmarks/server/load.py LIBRARY"
            f" {given.queries.name} CLIPS --seconds {given.seconds:.0f}`",
            "",
            f"{os.cpu_count()} cores, shared by server and callers, and by whatever else ran: load "
            f"{before[0]:.0f} before it began. Times are of the clock, over loopback; CPU is that "
            "of the server's process, all threads. Fresh: no question is asked twice. Again: "
            f"{len(questions)} questions, drawn with repeats. Where the load is far above the "
            "cores, times tell of the machine more than of the server: CPU each is what to go by, "
            "and at most 1000 / that many searches a second come out of one core.",
            "",
            f"{USERS} users who think a second and wait half a second ask {USERS / 1.5:.0f} times "
            "a second: two cores bear that where a search costs less than "
            f"{2000 * 1.5 / USERS:.0f} ms of CPU, callers included. Without a pause, half a second "
            f"each takes {2 * USERS} a second, {2000 * 0.5 / USERS:.0f} ms each. Who reads "
            f"{READ_S:.0f} s on average (exponential) asks {USERS / READ_S:.0f} times "
            f"a second in all. Questions are made of {len(questions)}, so that what is found lies "
            "in fewer places than in a real archive, and what was read lately helps more.",
            "",
            "| | |",
            "|---|---|",
            *(f"| {name} | {value} |" for name, value in rows),
            "",
        ]
    )
    if given.report:
        given.report.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
