"""A real server and a real Chromium for tests of pages.

What a test asks for:

``footage_drawn``   (session) folder with the drawn clips and the words beside them; see CLIPS.
``server``          (module) a server over a library of them: a ``Served``. Do not change it.
``own_server``      one over a copy of that library, for a test that adds, corrects or forgets.
``governed_server`` one over a copy of it with people, a purpose and a schedule; see ``become``.
``empty_server``    one over a library without footage.
``locked_server``   one where everybody logs in; kim and ann may, with its ``password``.
``kind``            how pages are looked at: parametrised, light on a desktop and dark on a phone;
                    all four where screenshots are kept.
``page``            a Playwright page of that kind. A request to anywhere but the servers, a
                    line on the console that is an error, or an exception fails the test.
                    ``page.goto(server.url + "/library")``.
``plain_page``      the same, desktop and light only: for what does not depend on looks.
``keys``            the same for journeys that nobody makes but by keys, without motion.
``open_page``       makes more: ``open_page("dark", (360, 740), java_script_enabled=False)``;
                    further settings are those of Playwright's ``new_context``.
``axe``             ``axe(page)``: no serious or critical finding, named where there is one.
``looks``           ``looks(page)``: both of these in a light desktop and a dark phone, in place.
``fits``            ``fits(page)``: nothing can be scrolled sideways.
``shot``            ``shot(page, "library-empty")`` keeps a screenshot as
                    NAME-THEME-SIZE.png in the folder VIEWFINDER_SCREENSHOTS; else does nothing.
``expected``        a list of patterns of console errors that a test brings about on purpose.

Words are found with the hashing encoder, so no weights are needed. ``harbour`` has notes of
words on screen and of an object, with boxes, as recognisers would have left them.
Chromium is VIEWFINDER_CHROMIUM or the first of the usual places.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("fastapi", reason="the server's parts are not installed")
pytest.importorskip("playwright", reason="playwright is not installed")

import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from viewfinder.app.library import Library
from viewfinder.app.serving.premises import Premises
from viewfinder.domain.annotation import Annotation, Region, Track, TrackName
from viewfinder.domain.provenance import Derivation, Tool, digest_of
from viewfinder.domain.time import TimeSpan
from viewfinder.ports import StageRecord
from viewfinder.surfaces.server.factory import create_app
from viewfinder.testing import fakes
from viewfinder.testing.media import Line, Script, Tone, draw_clip

if TYPE_CHECKING:
    from viewfinder.domain.media import Video

SCREENSHOTS = os.environ.get("VIEWFINDER_SCREENSHOTS")
CHROMIUM = next(
    (
        found
        for name in (
            os.environ.get("VIEWFINDER_CHROMIUM"),
            "chromium",
            "chromium-browser",
            "google-chrome",
        )
        if name and (found := shutil.which(name))
    ),
    None,
)
SWITCHES = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]

SETTINGS = """executor = "inline"
[recognisers]
speech = ""
screen_text = ""
picture = ""
joint = ""
text = "hashing"
multilingual = ""
"""

GOVERNED = {
    "people.toml": """
[[person]]
name = "kim"
roles = ["owner"]
[[person]]
name = "lee"
roles = ["reviewer"]
[[person]]
name = "ann"
roles = ["member"]
collections = ["default"]
""",
    "purposes.toml": """
[[purpose]]
name = "disclosure"
case = "HF-7"
basis = "disclosure order of 3 March"
""",
    "profile.toml": 'profile = "own-footage"\n',
    "retention.toml": """
[[rule]]
name = "all"
days = 730
basis = "house rule 4"
""",
}
"""The rules of ``governed_server``, by file."""

CLIPS = {
    "harbour.webm": (
        Script(
            seconds=20.0,
            size=(320, 180),
            rate=10,
            key_frame_every=5,
            cuts_s=(4.0, 10.0, 16.0),
            lines=(Line("Ferry 14:35, pier 7", 4.0, 10.0, (0.06, 0.24), 0.1),),
            tones=(Tone(0.5, 1.0), Tone(10.0, 10.5, 660)),
            tags=(("title", "Harbour morning"),),
            seed=7,
        ),
        (
            (1.0, 4.0, "", "Good morning from the harbour, the water is very calm today."),
            (5.0, 9.0, "Ann", "The ferry to Heron Island leaves at fourteen thirty five."),
            (10.0, 13.0, "Bob", "We tested the new engine for six weeks without a failure."),
            (14.0, 18.0, "Ann", "Nobody has claimed the umbrella at desk three."),
        ),
    ),
    "meeting.webm": (
        Script(seconds=16.0, size=(240, 180), rate=10, key_frame_every=5, cuts_s=(8.0,), seed=3),
        (
            (1.0, 4.5, "Ann", "We never tested the battery above forty degrees."),
            (5.0, 8.0, "Bob", "Then the delivery has to wait until May."),
            (9.0, 13.0, "Cleo", "The engine test in the tunnel costs nine thousand euros."),
        ),
    ),
    "a walk along the north quay on a long grey afternoon, second camera, take 12.mp4": (
        Script(seconds=10.0, size=(180, 320), rate=10, key_frame_every=5, sound=False, seed=11),
        (),
    ),
}
"""Name of file: what is drawn, and (start s, end s, speaker, words) beside it."""


AXE = {"resultTypes": ["violations"], "preload": False, "iframes": False}
"""Nothing is gathered of what is in order, and there are no frames: half the time."""

DESKTOP, PHONE = (1280, 800), (360, 740)


@dataclass(frozen=True)
class Kind:
    """How a page is looked at."""

    theme: str = "light"
    size: tuple[int, int] = DESKTOP

    def __str__(self) -> str:
        return f"{self.theme}-{'phone' if self.size[0] < 600 else 'desktop'}"


KINDS = tuple(Kind(theme, size) for theme in ("light", "dark") for size in (DESKTOP, PHONE))
if SCREENSHOTS is None:  # each theme and each size once
    KINDS = (KINDS[0], KINDS[3])


@dataclass
class Served:
    """A server at work.

    Attributes:
        url: Without a slash at its end.
        premises: What it keeps open; ``library()`` is the owner's view of it.
        videos: The videos by the stem of their file's name.
        password: That of every account, where there are any.
    """

    url: str
    premises: Premises
    videos: dict[str, Video] = field(default_factory=dict)
    password: str = ""

    def library(self) -> Library:
        return self.premises.shared.view()

    def id_of(self, stem: str) -> str:
        return str(self.videos[stem].id)


class _Server(uvicorn.Server):
    """A server that tells when it is ready, in a thread."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_ready = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.is_ready.set()


def serving(folder: Path, *, create: bool = False) -> Iterator[Served]:
    """Serve a library on a free port of the loopback address."""
    premises = Premises.open(folder, create=create)
    config = uvicorn.Config(
        create_app(premises), "127.0.0.1", 0, log_level="error", timeout_graceful_shutdown=2
    )
    server = _Server(config)
    thread = threading.Thread(target=server.run, name="server", daemon=True)
    thread.start()
    try:
        assert server.is_ready.wait(30), "the server did not start"
        port = server.servers[0].sockets[0].getsockname()[1]
        videos = {Path(video.path).stem: video for video in premises.shared.view().videos()}
        yield Served(f"http://127.0.0.1:{port}", premises, videos)
    finally:
        server.should_exit = True
        thread.join(30)
        premises.close()
    assert not thread.is_alive(), "the server did not stop"


def _write_words(path: Path, lines: Any) -> None:
    cues = ["WEBVTT\n"]
    for start, end, speaker, words in lines:
        voice = f"<v {speaker}>" if speaker else ""
        cues.append(f"00:00:{start:06.3f} --> 00:00:{end:06.3f}\n{voice}{words}\n")
    path.write_text("\n".join(cues), encoding="utf-8")


def _noted(library: Library, video: Video) -> None:
    """Leave notes of words on screen and of an object, as recognisers leave them."""

    def note(text: str, at: tuple[float, float], box: tuple[float, ...]) -> Annotation:
        return Annotation(TimeSpan.of_seconds(*at), text, 0.94, Region(*box), language="en")

    seen = {
        TrackName.SCREEN_TEXT: note("Ferry 14:35, pier 7", (4, 10), (0.05, 0.22, 0.62, 0.14)),
        TrackName.OBJECTS: note("boat", (10, 16), (0.3, 0.35, 0.4, 0.3)),
    }
    for name, found in seen.items():
        stage = "screen_text" if name is TrackName.SCREEN_TEXT else "picture"
        made = Derivation((video.id,), Tool(f"drawn-{stage}", "1", (digest_of(stage),)))
        library._store.commit_stage(
            video.id,
            StageRecord(stage, made),
            tracks=[Track(name, made, (found,))],
            event=fakes.event("derive", video=video.id, stage=stage),
        )
    assert not library._reindex(video)


@pytest.fixture(scope="session")
def footage_drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn")
    for name, (script, words) in CLIPS.items():
        draw_clip(folder / name, script)
        if words:
            _write_words((folder / name).with_suffix(".vtt"), words)
    return folder


@pytest.fixture(scope="session")
def _library_made(footage_drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "drawn.viewfinder"
    folder.mkdir()
    (folder / "viewfinder.toml").write_text(SETTINGS, encoding="utf-8")
    with Library.open(folder, create=True) as library:
        failed = [e for e in library.add([footage_drawn]) if e.kind == "failed"]
        assert not failed, failed
        for video in library.videos():
            if Path(video.path).stem == "harbour":
                _noted(library, video)
    return folder


def _copied(made: Path, to: Path) -> Path:
    return Path(shutil.copytree(made, to / made.name))


@pytest.fixture(scope="module")
def server(_library_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    yield from serving(_copied(_library_made, tmp_path_factory.mktemp("served")))


@pytest.fixture
def own_server(_library_made: Path, tmp_path: Path) -> Iterator[Served]:
    yield from serving(_copied(_library_made, tmp_path))


@pytest.fixture
def governed_server(
    _library_made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    """A library with several people; who asks is who runs the server: ``become`` changes that."""
    folder = _copied(_library_made, tmp_path)
    (folder / "viewfinder.toml").write_text('policy = "cedar"\n' + SETTINGS, encoding="utf-8")
    (folder / "governance").mkdir()
    for name, text in GOVERNED.items():
        (folder / "governance" / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("LOGNAME", "kim")
    yield from serving(folder)


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Be somebody else at a governed library: kim (owner), lee (reviewer) or ann (member)."""
    return lambda name: monkeypatch.setenv("LOGNAME", name)


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[Served]:
    folder = tmp_path / "empty.viewfinder"
    folder.mkdir()
    (folder / "viewfinder.toml").write_text(SETTINGS, encoding="utf-8")
    yield from serving(folder, create=True)


@pytest.fixture
def locked_server(_library_made: Path, tmp_path: Path) -> Iterator[Served]:
    """A server where everybody logs in; kim and ann may, with its ``password``."""
    folder = _copied(_library_made, tmp_path)
    with (folder / "viewfinder.toml").open("a", encoding="utf-8") as file:
        file.write('[serve]\nlogin = "always"\n')
    for served in serving(folder):
        served.password = "four words and a lamp"
        for name in ("kim", "ann"):
            served.premises.accounts.add(name, served.password, served.library())
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; of the module, since nothing else can run an event loop while it is open."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: install it, or name one in VIEWFINDER_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield chromium
        chromium.close()


@pytest.fixture
def expected() -> list[str]:
    return []


@pytest.fixture
def open_page(browser: Browser, expected: list[str]) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def watch(page: Page) -> None:
        page.on(
            "console",
            lambda said: (
                wrong.append(f"console: {said.text} ({said.location.get('url')})")
                if said.type == "error"
                else None
            ),
        )
        page.on("pageerror", lambda error: wrong.append(f"exception: {error}"))

    def requested(request: Any) -> None:
        at = urlsplit(request.url)
        if at.scheme not in ("data", "blob") and at.hostname != "127.0.0.1":
            wrong.append(f"outside request: {request.url}")

    def make(theme: str = "light", size: tuple[int, int] = DESKTOP, **settings: Any) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=theme,
            has_touch=size[0] < 600,
            **settings,
        )
        context.set_default_timeout(10_000)
        context.on("request", requested)
        context.on("page", watch)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    left = [each for each in wrong if not any(re.search(p, each) for p in expected)]
    assert not left, "\n".join(left)


@pytest.fixture(params=KINDS, ids=str)
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


@pytest.fixture
def page(open_page: Callable[..., Page], kind: Kind) -> Page:
    return open_page(kind.theme, kind.size)


@pytest.fixture
def plain_page(open_page: Callable[..., Page]) -> Page:
    return open_page()


@pytest.fixture(params=KINDS if SCREENSHOTS else KINDS[:1], ids=str)
def keys(request: pytest.FixtureRequest, open_page: Callable[..., Page]) -> Page:
    kind: Kind = request.param
    return open_page(kind.theme, kind.size, reduced_motion="reduce")


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Check a page, as it stands, by the rules of axe-core."""
    axe_module = pytest.importorskip("axe_playwright_python.sync_playwright")
    checker = axe_module.Axe()

    def check(page: Page, within: str | None = None) -> None:
        found = checker.run(page, context=within, options=AXE).response["violations"]
        bad = [
            f"{each['id']} ({each['impact']}): {each['help']}: "
            + "; ".join(
                f"{node['html'][:200]} {node['failureSummary']}" for node in each["nodes"][:3]
            )
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
        assert not bad, "\n".join(bad)

    return check


@pytest.fixture
def fits() -> Callable[[Page], None]:
    def check(page: Page) -> None:
        wide = page.evaluate(
            "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide[0] <= wide[1], f"the page is {wide[0]} px wide, the window {wide[1]} px"

    return check


@pytest.fixture
def looks(axe: Any, fits: Any) -> Callable[[Page], None]:
    """Check a page as it stands in each theme and size: for states that take long to get to."""

    def check(page: Page) -> None:
        size = page.viewport_size
        is_dark = page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches")
        for kind in (Kind("light", DESKTOP), Kind("dark", PHONE)):
            page.emulate_media(color_scheme=kind.theme, reduced_motion="reduce")
            page.set_viewport_size({"width": kind.size[0], "height": kind.size[1]})
            axe(page)
            fits(page)
        page.emulate_media(color_scheme="dark" if is_dark else "light")
        if size:
            page.set_viewport_size(size)

    return check


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[..., None]:
    def keep(page: Page, name: str, *, full: bool = True) -> None:
        if SCREENSHOTS is None:
            return
        theme = page.evaluate("() => matchMedia('(prefers-color-scheme: dark)').matches")
        size = page.viewport_size or {"width": 1280}
        kind = Kind("dark" if theme else "light", (size["width"], 0))
        Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}-{kind}.png"), full_page=full)

    return keep
