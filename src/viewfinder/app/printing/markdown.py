"""A page as Markdown (CommonMark). Words of footage stay words in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from viewfinder.app.printing.page import Page, Part, Place, Sentence, plain


def written(page: Page) -> str:
    """Return the page; it has no stills, since Markdown holds none."""
    lines = [f"# {_words(page.title)}", "", f"*{_words(page.made)}*", ""]
    for part in page.parts:
        lines += [*_part(part), ""]
    if page.files:
        lines += [
            "## Files",
            "",
            *(f"- {_words(name)}: SHA-256 `{digest}`" for name, digest in page.files),
            "",
        ]
    lines += [f"*{_words(line)}*  " for line in page.foot]
    return "\n".join(lines).rstrip() + "\n"


def _part(part: Part) -> Iterator[str]:
    yield f"## {_words(part.question)}"
    yield ""
    for line in part.lead:
        yield f"{_words(line)}  "
    if part.lead:
        yield ""
    for number, sentence in enumerate(part.sentences, 1):
        yield from _sentence(f"{number}.", sentence)
    if part.disagreements:
        yield ""
        yield "Disagreements:"
        yield ""
        for sentence in part.disagreements:
            yield from _sentence("-", sentence)
    if part.notes:
        yield ""
        yield from (f"> {_words(note)}  " for note in part.notes)


def _sentence(mark: str, said: Sentence) -> Iterator[str]:
    by = f" *(worded by {_words(said.model)})*" if said.model else ""
    yield f"{mark} {_words(said.text)}{by}"
    for place in said.places:
        link = f"[{_words(place.name)} {place.times}]({place.link})"
        yield f"   - {link}, {place.source}{_quote(place, said)}"


def _quote(place: Place, said: Sentence) -> str:
    if not place.quote or place.quote in said.text:
        return ""
    return f': "{_words(place.quote)}"' if place.verbatim else f": {_words(place.quote)}"


def _words(text: str) -> str:
    """Return words in which nothing is a link, a picture, a tag or a heading."""
    escaped = re.sub(r"([\\\[\]<>`*_|#])", r"\\\1", plain(text))
    escaped = re.sub(r"^([-+]|\d+[.)])", r"\\\1", escaped)
    return escaped.replace("://", "&#58;//").replace("www.", "www&#46;")
