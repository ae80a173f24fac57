"""How long until a page can be used, and how much of it goes over the line.

    python benchmarks/server/pages.py [--library FOLDER] [--times 20] > report.md

A real server on the loopback address and a real Chromium without a window. Each time is a new
profile of the browser, so nothing is cached; times are from the start of the navigation, as the
browser tells them:

- DOMContentLoaded: the page is read and its scripts have run;
- first keystroke: letters are typed from the moment the answer begins to come in; the first that
  stands in the field, with the page's own script there to take it.

Without a library one is made of a transcript. The footage is never changed: a copy is served.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Browser, sync_playwright

from viewfinder.app.library import Library
from viewfinder.app.serving.premises import Premises
from viewfinder.surfaces.server.factory import create_app

WORDS = "WEBVTT\n\n00:01.000 --> 00:04.000\nThe ferry leaves at half past two.\n"
USABLE = """() => {
  const look = () => {
    const field = document.querySelector("[data-question], [data-find], input[type=search]");
    const own = field?.closest("vf-ask, vf-transcript");
    if (field?.value && (!own || own.matches(":defined"))) window.__usable = performance.now();
    else setTimeout(look, 4);
  };
  look();
}"""
LEAST_TURNS = 3_000


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a library on a free port; give its address."""
    premises = Premises.open(folder)
    config = uvicorn.Config(create_app(premises), "127.0.0.1", 0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        premises.close()


def library_at(given: Path | None, room: Path) -> Path:
    """Return a library to serve: a copy of the one given, or one made of a transcript."""
    folder = room / "pages.viewfinder"
    if given is not None:
        return Path(shutil.copytree(given, folder))
    (room / "ferry.vtt").write_text(WORDS, encoding="utf-8")
    with Library.open(folder, create=True) as library:
        list(library.add([room / "ferry.vtt"]))
    return folder


def once(browser: Browser, address: str, *, types: bool) -> dict[str, float]:
    """Open a page with nothing cached; return bytes and milliseconds."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    sizes: list[int] = []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda done: sizes.append(int(done["encodedDataLength"])))
    page.add_init_script(f"({USABLE})()")
    page.goto(address, wait_until="commit")
    told: dict[str, float] = {}
    if types:
        for _ in range(LEAST_TURNS):
            page.keyboard.press("x")
            at: Any = page.evaluate("() => window.__usable ?? 0")
            if at:
                told["key"] = float(at)
                break
    page.wait_for_load_state("networkidle")
    timing = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    told["loaded"] = float(page.evaluate(timing))
    told["bytes"] = float(sum(sizes))
    context.close()
    return told


def row(name: str, runs: list[dict[str, float]]) -> str:
    """Return a line of the table: medians, and the slowest in brackets."""

    def said(key: str) -> str:
        found = [run[key] for run in runs if key in run]
        return f"{statistics.median(found):.0f} ({max(found):.0f})" if found else "has no field"

    kilobytes = statistics.median(run["bytes"] for run in runs) / 1000
    return f"| {name} | {kilobytes:.1f} | {said('loaded')} | {said('key')} |"


def main() -> None:
    read = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    read.add_argument("--library", type=Path)
    read.add_argument("--times", type=int, default=20)
    told = read.parse_args()
    chromium = os.environ.get("VIEWFINDER_CHROMIUM") or shutil.which("chromium")
    with (
        tempfile.TemporaryDirectory() as room,
        served(library_at(told.library, Path(room))) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--headless=new", "--no-sandbox", "--disable-gpu"]
        )
        lines = []
        for name, path, types in (
            ("`/`, to ask", "/", True),
            ("`/ask?q=...`, an answer", "/ask?q=when+does+the+ferry+leave%3F", False),
            ("`/library`", "/library", False),
        ):
            once(browser, address + path, types=types)  # the server's own first time
            runs = [once(browser, address + path, types=types) for _ in range(told.times)]
            lines.append(row(name, runs))
        version = browser.version
        browser.close()
    given = " --library FOLDER" if told.library else ""
    report = [
        "# Until a page can be used",
        "",
        f"`python benchmarks/server/pages.py{given} --times {told.times}`",
        "",
        f"n = {told.times} for each page, Chromium {version}, {os.cpu_count()} cores, nothing "
        "cached. Medians, the slowest in brackets.",
        "",
        "| page | kB over the line | DOMContentLoaded, ms | first keystroke, ms |",
        "|---|---|---|---|",
        *lines,
        "",
    ]
    sys.stdout.write("\n".join(report))


if __name__ == "__main__":
    main()
