"""What was done here, and how the other side can check it."""

from __future__ import annotations

import io
import zipfile
from collections import deque
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from viewfinder.app.library import Library
from viewfinder.app.records import bundle
from viewfinder.app.records.logbook import Line
from viewfinder.surfaces import documents
from viewfinder.surfaces.http.identity import Need, Seat, needs
from viewfinder.surfaces.keepers.desk import attached, moved, names, show
from viewfinder.surfaces.web.forms import Notice, Text, attempt

router = APIRouter(
    prefix="/govern/log", dependencies=[Depends(needs(Need.GOVERN))], include_in_schema=False
)
LINES = 50
"""On a page."""
ACTIONS = (
    *("ask", "search", "converse", "show", "export", "refuse", "add", "forget", "receipt"),
    *("restrict", "consent", "hold", "override", "switch", "profile", "settings", "derive"),
)
LONGEST = 60


@router.get("")
def log(
    request: Request,
    library: Seat,
    action: str = "",
    who: str = "",
    video: str = "",
    since: str = "",
    sheet: int = 1,
    words: bool = False,
) -> HTMLResponse:
    """Return the lines of the log, newest first."""
    chosen = {"action": action, "who": who, "video": video, "since": since}
    return _log(request, library, chosen, max(1, sheet), words=words)


@router.post("/verify")
def verify(request: Request, library: Seat) -> HTMLResponse:
    """Check every line, and all checkpoints that witnesses hold."""

    def work() -> Any:
        found = library.logbook.verify()
        return found, library.logbook.behind() if found.ok else []

    made = attempt(work)
    if isinstance(made, Notice):
        return _log(request, library, {}, 1, notice=made)
    found, known = made
    notice = (
        Notice("done", "Nothing is wrong", f"{found.n} lines, root {found.root.hex()[:32]}…")
        if found.ok
        else Notice("wrong", "The log does not hold", found.problem)
    )
    return _log(request, library, {}, 1, notice=notice, checked=(found, known))


@router.post("/checkpoint")
def checkpoint(request: Request, library: Seat) -> Response:
    """Sign how the log stands, and leave that with every witness."""
    made = attempt(library.logbook.checkpoint)
    if isinstance(made, Notice):
        return _log(request, library, {}, 1, notice=made)
    return moved("log", "checkpoint")


@router.post("/bundle")
def take(request: Request, library: Seat, video: Text = "", words: Text = "") -> Response:
    """Return the log as the other side takes it: a ZIP of files that prove themselves."""

    def work() -> bytes:
        with TemporaryDirectory(prefix="viewfinder-") as folder:
            place = Path(folder) / "log"
            named = library.in_log(video) if video else ""
            bundle.export(library.logbook, place, video=named, words=bool(words))
            return _zipped(place)

    made = attempt(work)
    if isinstance(made, Notice):
        return _log(request, library, {"video": video}, 1, notice=made)
    return attached(made, "log.zip", "application/zip")


def _zipped(folder: Path) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"log/{path.name}")
    return held.getvalue()


def _log(
    request: Request,
    library: Library,
    chosen: dict[str, str],
    sheet: int,
    *,
    words: bool = False,
    notice: Notice | None = None,
    checked: Any = None,
) -> HTMLResponse:
    lines: deque[Line] = deque(maxlen=sheet * LINES)
    count = 0

    def read() -> None:
        nonlocal count
        for line in library.logbook.lines(
            video=library.in_log(chosen["video"]) if chosen.get("video") else "",
            principal=chosen.get("who", ""),
            action=chosen.get("action", ""),
            since=chosen.get("since", ""),
            words=words,
        ):
            count += 1
            lines.append(line)

    wrong = attempt(read)
    if isinstance(wrong, Notice):
        notice = notice or wrong
    seen: Any = attempt(lambda: {str(v): name for v, name in names(library, "show").items()})
    known = {} if isinstance(seen, Notice) else seen
    first = (sheet - 1) * LINES
    rows = [_row(line, known) for line in list(reversed(lines))[first : first + LINES]]
    return show(
        request,
        "log",
        notice=notice,
        chosen={"action": "", "who": "", "video": "", "since": "", **chosen},
        words=words,
        rows=rows,
        count=count,
        sheet_no=sheet,
        sheets=-(-count // LINES),
        actions=ACTIONS,
        checked=checked,
        public_key=library.logbook.public_key(),
        witnesses=len(library.logbook.witnesses),
    )


def _row(line: Line, known: dict[str, str]) -> dict[str, Any]:
    said = line.document
    subject = dict(said["subject"])
    moments = subject.pop("moments", None)
    if moments is not None:
        subject["moments"] = len(moments)
    about = subject.pop("video", None)
    return {
        "seq": line.seq,
        "at": said["at"].replace("T", " ")[:19],
        "who": said["principal"],
        "action": said["action"],
        "purpose": said["purpose"],
        "video": about if isinstance(about, str) else "",
        "name": known.get(about, about[:12]) if isinstance(about, str) else "",
        "is_here": about in known,
        "told": [(key, _short(found)) for key, found in sorted(subject.items())],
        "words": ["(shredded)" if part is None else _plain(part) for part in line.words],
    }


def _short(found: Any) -> str:
    text = found if isinstance(found, str) else documents.dumps(found)
    return text[:12] if len(text) == 64 else text[:LONGEST]


def _plain(part: Any) -> str:
    """Return what was said, without how the question was understood and where quotes stand."""
    if isinstance(part, dict):
        if "claims" in part:
            return " / ".join(claim["text"] for claim in part["claims"])
        return " ".join(str(v) for k, v in part.items() if k != "plan")
    return documents.dumps(part)
