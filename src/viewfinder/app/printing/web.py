"""A page as one HTML file: style and stills inside, no script, nothing fetched.

It carries a content security policy of its own, so that nothing in it can be loaded or run.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from html import escape
from pathlib import Path

from viewfinder.app.printing.page import Page, Part, Place, Sentence, plain

_STYLE = (Path(__file__).parent / "page.css").read_text("utf-8")


def written(page: Page) -> str:
    """Return the page."""
    digest = b64encode(sha256(_STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    body = "".join(_part(number, part) for number, part in enumerate(page.parts, 1))
    files = "".join(
        f"<li>{_words(name)}<br><code>{escape(digest)}</code></li>" for name, digest in page.files
    )
    listed = f"<h2>Files</h2><ul>{files}</ul>" if files else ""
    foot = "".join(f"<p>{_words(line)}</p>" for line in page.foot)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{_words(page.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{_words(page.title)}</h1>\n<p class="made">{_words(page.made)}</p>\n'
        f"{body}{listed}\n</main>\n<footer>{foot}</footer>\n</body>\n</html>\n"
    )


def _part(number: int, part: Part) -> str:
    return (
        f'<section aria-labelledby="q{number}"><h2 id="q{number}">{_words(part.question)}</h2>'
        + "".join(f"<p>{_words(line)}</p>" for line in part.lead)
        + _list("ol", part.sentences)
        + (f"<h3>Disagreements</h3>{_list('ol', part.disagreements)}" if part.disagreements else "")
        + "".join(f'<p class="note">{_words(note)}</p>' for note in part.notes)
        + "</section>\n"
    )


def _list(kind: str, said: tuple[Sentence, ...]) -> str:
    if not said:
        return ""
    return f"<{kind}>{''.join(''.join(_sentence(one)) for one in said)}</{kind}>"


def _sentence(said: Sentence) -> Iterator[str]:
    by = f' <span class="by">(worded by {_words(said.model)})</span>' if said.model else ""
    yield f"<li><p>{_words(said.text)}{by}</p>"
    for place in said.places:
        yield _place(place, said)
    yield "</li>"


def _place(place: Place, said: Sentence) -> str:
    image = ""
    if place.still is not None:
        kind = "webp" if place.still[8:12] == b"WEBP" else "jpeg"
        data = b64encode(place.still).decode()
        told = f"Still of {_words(place.name)} at {place.times}"
        image = f'<img src="data:image/{kind};base64,{data}" alt="{told}">'
    words = ""
    if place.quote and place.quote not in said.text:
        words = f"<blockquote>{_words(place.quote)}</blockquote>"
    link = f'<a href="{escape(place.link)}">{_words(place.name)}, {place.times}</a>'
    by = f'<span class="by">{_words(place.source)}</span>'
    return f"<figure>{image}<figcaption>{link}<br>{by}{words}</figcaption></figure>"


def _words(text: str) -> str:
    return escape(plain(text))
