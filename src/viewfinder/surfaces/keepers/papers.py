"""What can be shown to others, and how the machine stands."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from viewfinder.app.library import Library
from viewfinder.app.papers import KINDS
from viewfinder.app.papers.documents import TITLES
from viewfinder.app.tasks import health
from viewfinder.domain.errors import UsageError
from viewfinder.surfaces import documents
from viewfinder.surfaces.governing.access import span
from viewfinder.surfaces.http.identity import Need, Seat, needs
from viewfinder.surfaces.keepers.desk import attached, names, offered, show
from viewfinder.surfaces.web.forms import Notice, Text, attempt

router = APIRouter(prefix="/govern", include_in_schema=False)
READ, GOVERN = Depends(needs(Need.READ)), Depends(needs(Need.GOVERN))
EXPORT = Depends(needs(Need.EXPORT))
JSON, TEXT, MARKDOWN = "application/json", "text/plain; charset=utf-8", "text/markdown"
MOST_WATTS = 10_000.0
SECONDS_AN_HOUR = 3600


@router.get("/documents", dependencies=[GOVERN])
def papers(request: Request) -> HTMLResponse:
    """Return the list of papers."""
    return show(request, "documents", titles=TITLES, paper=None)


@router.get("/documents/{kind}", dependencies=[GOVERN])
def paper(request: Request, library: Seat, kind: str, form: str = "") -> Response:
    """Return a paper: as a page, or as a file ("md", "json")."""
    made = attempt(lambda: library.papers.document(kind))
    if isinstance(made, Notice):
        return show(request, "documents", notice=made, titles=TITLES, paper=None)
    text, document = made
    if form == "md":
        return attached(text, f"{kind}.md", MARKDOWN)
    if form == "json":
        return attached(documents.dumps(document) + "\n", f"{kind}.json", JSON)
    assert kind in KINDS
    return show(request, "documents", titles=TITLES, paper=document)


@router.get("/facts", dependencies=[READ])
def facts(request: Request, library: Seat, form: str = "") -> Response:
    """Return what anybody may know: as a page, or as a file ("json")."""
    library.enter()
    told = library.evidence.facts()
    if form == "json":
        return attached(documents.dumps(told) + "\n", "facts.json", JSON)
    return show(request, "facts", facts=told)


@router.get("/models", dependencies=[READ])
def models(request: Request, library: Seat) -> HTMLResponse:
    """Return the weights: what for, whose, under which licence, and what is here."""
    library.enter()
    return show(request, "models", models=health.models())


@router.get("/certificates", dependencies=[EXPORT])
def certificates(request: Request, library: Seat, video: str = "") -> HTMLResponse:
    """Return the form that certifies a clip."""
    return _certificates(request, library, {"video": video})


@router.post("/certificates", dependencies=[EXPORT])
def certify(
    request: Request,
    library: Seat,
    video: Text = "",
    start: Text = "",
    end: Text = "",
    form: Text = "",
) -> Response:
    """Certify a clip: as a page, or as a file ("txt", "json", or "prov" for W3C PROV)."""

    def work() -> tuple[str, str, Any]:
        if not video.strip():
            raise UsageError("name the video to be certified")
        item = library.video(video, "export")
        stem = item.name.rsplit(".", 1)[0]
        if form == "prov":
            return stem, "", library.evidence.prov(item)
        during = span(start, end, item.span) if start or end else None
        return stem, *library.evidence.certificate(item, during)

    typed = {"video": video, "start": start, "end": end}
    made = attempt(work)
    if isinstance(made, Notice):
        return _certificates(request, library, typed, made)
    stem, words, document = made
    plain = "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in stem)
    if form == "txt":
        return attached(words, f"{plain}-certificate.txt", TEXT)
    if form in ("json", "prov"):
        kind = "certificate" if form == "json" else "prov"
        return attached(documents.dumps(document) + "\n", f"{plain}-{kind}.json", JSON)
    return _certificates(request, library, typed, words=words)


def _certificates(
    request: Request,
    library: Library,
    typed: dict[str, str],
    notice: Notice | None = None,
    *,
    words: str = "",
) -> HTMLResponse:
    every = names(library, "export")
    named = {str(video): name for video, name in every.items()}
    return show(
        request,
        "certificates",
        notice=notice,
        typed={**typed, "video": named.get(typed["video"], typed["video"])},
        offered=offered(every),
        words=words,
    )


@router.get("/energy", dependencies=[READ])
def energy(request: Request, library: Seat, watts: str = "") -> HTMLResponse:
    """Return processor time per video, and energy by the watts that somebody gives."""
    states = sorted(library.status(), key=lambda state: -state.cpu_s)

    def power() -> float | None:
        if not watts.strip():
            return None
        try:
            given = float(watts.replace(",", "."))
        except ValueError as error:
            raise UsageError(f"{watts!r} is no number of watts") from error
        if not 0 < given <= MOST_WATTS:
            raise UsageError(f"{watts} watts: give more than 0 and at most {MOST_WATTS:.0f}")
        return given

    given = attempt(power)
    notice = given if isinstance(given, Notice) else None
    factor = given if isinstance(given, float) else None
    rows = [
        {
            "name": state.video.name,
            "id": state.video.id,
            "hours": state.video.duration_ns / 1e9 / SECONDS_AN_HOUR,
            "cpu_s": state.cpu_s,
            "wh": None if factor is None else state.cpu_s * factor / SECONDS_AN_HOUR,
        }
        for state in states
    ]
    total = {
        "hours": sum(state.video.duration_ns for state in states) / 1e9 / SECONDS_AN_HOUR,
        "cpu_s": sum(state.cpu_s for state in states),
    }
    total["wh"] = total["cpu_s"] * (factor or 0) / SECONDS_AN_HOUR
    return show(
        request, "energy", notice=notice, rows=rows, total=total, watts=watts, factor=factor
    )


@router.get("/health", dependencies=[GOVERN])
def state(request: Request, library: Seat) -> HTMLResponse:
    """Return what is missing on this machine, and what to do."""
    library.enter("audit")
    found = health.doctor(library.folder, lambda: library)
    return show(request, "health", findings=found)
