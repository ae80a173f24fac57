"""What the pages of keepers have in common: their list, notices, and forms that may fail."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from viewfinder.app.library import Library
from viewfinder.domain.media import VideoId
from viewfinder.surfaces.web.forms import Notice, coded
from viewfinder.surfaces.web.pages import page

NAMED = 200
"""Videos that a field offers by name; any other can be typed."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: what it is for, and what it cannot do, each in a sentence."""

    key: str
    title: str
    about: str
    limits: str

    @property
    def path(self) -> str:
        return f"/govern/{self.key}"


GROUPS: tuple[tuple[str, tuple[Sheet, ...]], ...] = (
    (
        "Who may see what",
        (
            Sheet(
                "people",
                "People and purposes",
                "Who has a part in this library, as what, and what it may be used for.",
                "People and purposes are changed in the library's folder, never from here: a "
                "stolen session cannot promote itself.",
            ),
            Sheet(
                "access",
                "Access",
                "Say who may see a video, or a part of it; the next question obeys.",
                "What a collection or a mark means is up to the rules of the library.",
            ),
            Sheet(
                "consent",
                "Consent",
                "Note what those filmed agreed to, and take it back for them.",
                "Nobody is recognised: names are those you write down, and you say where "
                "somebody is to be seen.",
            ),
            Sheet(
                "profile",
                "Profile",
                "How strict the library is; one profile for each kind of institution.",
                "Stricter is one person's decision; looser takes two.",
            ),
            Sheet(
                "switches",
                "Switches",
                "Turn parts of the library off at once, for everybody.",
                "Off means not shown. Nothing is forgotten by it, and keepers can still work.",
            ),
        ),
    ),
    (
        "What stays, what goes",
        (
            Sheet(
                "holds",
                "Holds",
                "Keep footage from being forgotten while a case needs it.",
                "A hold closes nothing: who may see the footage still may.",
            ),
            Sheet(
                "retention",
                "Retention",
                "Let go of what has stayed long enough, by the library's schedule.",
                "Nothing goes that was not shown here first, and what is held stays.",
            ),
            Sheet(
                "forget",
                "Forgetting",
                "Erase what is known of a video, a part or a person, with a receipt.",
                "It does not come back. Copies that others made elsewhere are beyond reach.",
            ),
        ),
    ),
    (
        "Two people",
        (
            Sheet(
                "overrides",
                "Appeals",
                "Ask a second person to open what a rule closes, and answer what others ask.",
                "Who asks never agrees. A yes holds once, for a day at most; some rules nobody "
                "opens.",
            ),
            Sheet(
                "alarms",
                "Alarms",
                "Use that somebody should ask about: one target again and again, bulk, odd hours.",
                "An alarm accuses nobody and closes nothing. Targets are digests, not names.",
            ),
        ),
    ),
    (
        "Shown to others",
        (
            Sheet(
                "log",
                "Log",
                "What was done here, by whom and why; and how the other side can check it.",
                "It shows that nothing was changed since it was written, not that all of it is "
                "true.",
            ),
            Sheet(
                "documents",
                "Documents",
                "Assessments and cards, written from the live settings and committed reports.",
                "Not legal advice; what only people can say is marked.",
            ),
            Sheet(
                "facts",
                "Facts",
                "What anybody may know of this library: build, rules, models, what is off.",
                "Nothing here is about footage, except counts.",
            ),
            Sheet(
                "certificates",
                "Certificates",
                "Certify a clip or a moment: hashes, how each note was made, proofs from the log.",
                "It shows that the file is what was added here, not that the recording is true.",
            ),
        ),
    ),
    (
        "This machine",
        (
            Sheet(
                "models",
                "Models",
                "Which weights are used here, for what, whose, and under which licence.",
                "They are fetched on the command line: `viewfinder models fetch`.",
            ),
            Sheet(
                "energy",
                "Energy",
                "What making the footage searchable took, in processor time and energy.",
                "An estimate: processor time was measured, the power is what you say it is.",
            ),
            Sheet(
                "health",
                "Health",
                "Whether the machine, the weights and the library are as they should be.",
                "It looks and says what to do; it repairs nothing.",
            ),
        ),
    ),
)
SHEETS = {sheet.key: sheet for _, sheets in GROUPS for sheet in sheets}

SAID = {
    "changed": "Changed. The next question obeys.",
    "noted": "Noted. The next question obeys.",
    "placed": "The hold stands.",
    "reviewed": "The hold was looked at and stands.",
    "released": "The hold is released.",
    "asked": "Asked. Another person has to answer.",
    "approved": "You said yes. Who asked may use it once.",
    "denied": "You said no.",
    "off": "It is off.",
    "on": "It is on again.",
    "profile": "The profile is taken on. The next question obeys it.",
    "checkpoint": "The log as it stands was signed and left with its witnesses.",
}
"""What a page says after something was done, by the word in its address."""


def show(
    request: Request,
    key: str,
    *,
    notice: Notice | None = None,
    template: str = "",
    typed: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Return the page of a sheet; ``typed`` is what its fields begin with."""
    done = SAID.get(request.query_params.get("done", ""), "")
    if notice is None and done:
        notice = Notice("done", done)
    return page(
        request,
        f"govern/{template or key}.html",
        notice.status if notice else 200,
        sheet=SHEETS[key],
        groups=GROUPS,
        notice=notice,
        coded=coded,
        typed=defaultdict(str, typed or {}),
        **values,
    )


def moved(key: str, done: str, **more: object) -> Response:
    """Return the way back to a sheet, where it says what was done."""
    query = urlencode({"done": done, **{name: value for name, value in more.items() if value}})
    return RedirectResponse(f"/govern/{key}?{query}", 303)


def names(library: Library, action: str) -> dict[VideoId, str]:
    """Return the names of the videos that an action may be done with."""
    return {video.id: video.name for video in library.videos(action)}


def offered(named: dict[VideoId, str]) -> list[str]:
    """Return names to choose from in a field; by id where a name is there twice."""
    found = list(named.items())[:NAMED]
    counted = [name for _, name in found]
    return [name if counted.count(name) == 1 else video for video, name in found]


def attached(text: str | bytes, name: str, kind: str) -> Response:
    """Return a file to be saved."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return Response(text, media_type=kind, headers=headers)
