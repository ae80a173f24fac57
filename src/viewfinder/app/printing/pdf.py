"""A page as PDF: A4, stills beside their citations, links, page numbers, document properties.

reportlab writes no structure tree, so the file is not tagged: for a screen reader take the
HTML. Letters come from a font of this machine and are embedded; what it cannot show is
named on the last page.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib import import_module
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from PIL import Image

from viewfinder.app.printing.page import Page, Part, Place, Sentence, plain
from viewfinder.domain.errors import PluginUnavailable
from viewfinder.ingest.cutting import lettering

_MM = 72 / 25.4
_STILL_MM = 52
_TALLEST = 0.9  # of a still's width: upright ones would fill the page
_PAD = 6  # points that a page's frame keeps free
_SIDE_PX = 480
_INK, _FAINT, _LINK, _RULE = "#15181c", "#5b6470", "#0b6b6b", "#d9dde2"


def written(page: Page) -> bytes:
    """Return the document.

    Raises:
        PluginUnavailable: What draws it is not installed.
    """
    try:
        platypus = import_module("reportlab.platypus")
    except ImportError as error:
        raise PluginUnavailable(
            "PDF is drawn by reportlab, which is not installed: pip install 'viewfinder[pages]'"
        ) from error
    return _Drawing(platypus).drawn(page)


class _Drawing:
    """One document on its way."""

    def __init__(self, platypus: Any) -> None:
        self._platypus = platypus
        self._regular, self._bold = _letters()
        self._shows = _shows(self._regular)
        self._missing: set[str] = set()
        style = import_module("reportlab.lib.styles").ParagraphStyle
        base = {"fontName": self._regular, "textColor": _INK, "splitLongWords": 1}
        strong, faint = {**base, "fontName": self._bold}, {**base, "textColor": _FAINT}
        room = {"spaceBefore": 16, "spaceAfter": 6, "keepWithNext": 1}
        self._styles = {
            "title": style("title", fontSize=18, leading=23, spaceAfter=4, **strong),
            "head": style("head", fontSize=13, leading=17, **room, **strong),
            "text": style("text", fontSize=10.5, leading=15, spaceBefore=3, spaceAfter=4, **base),
            "small": style("small", fontSize=8.5, leading=12, spaceAfter=3, **faint),
            "digest": style("digest", fontSize=7, leading=10, spaceAfter=4, **faint),
        }

    def drawn(self, page: Page) -> bytes:
        story: list[Any] = [
            self._text(page.title, "title"),
            self._text(page.made, "small"),
        ]
        for part in page.parts:
            story += self._part(part, is_titled=len(page.parts) == 1)
        if page.files:
            story.append(self._text("Files", "head"))
            for name, digest in page.files:
                story.append(self._text(name, "small"))
                story.append(self._text(f"SHA-256 {digest}", "digest"))
        story.append(self._platypus.Spacer(1, 10))
        story += [self._text(line, "small") for line in page.foot]
        if self._missing:
            signs = " ".join(f"U+{ord(c):04X}" for c in sorted(self._missing)[:40])
            story.append(self._text(f"Signs that no font here can show: {signs}", "small"))
        out = io.BytesIO()
        document = self._platypus.SimpleDocTemplate(
            out,
            pagesize=import_module("reportlab.lib.pagesizes").A4,
            leftMargin=22 * _MM,
            rightMargin=22 * _MM,
            topMargin=20 * _MM,
            bottomMargin=20 * _MM,
            title=plain(page.title),
            author="viewfinder",
            subject=plain(page.made),
            creator="viewfinder",
            lang="en",
        )
        document.build(story, canvasmaker=_numbered(self._regular, self._shown(page.title)))
        return out.getvalue()

    def _part(self, part: Part, *, is_titled: bool) -> list[Any]:
        rule = self._platypus.HRFlowable(width="100%", thickness=0.6, color=_RULE, spaceBefore=12)
        story = [rule, self._platypus.Spacer(1, 8)]
        if not is_titled:
            story.append(self._text(part.question, "head"))
        story += [self._text(line, "text") for line in part.lead]
        for number, said in enumerate(part.sentences, 1):
            story += self._sentence(f"{number}. ", said)
        if part.disagreements:
            story.append(self._text("Disagreements", "head"))
            for said in part.disagreements:
                story += self._sentence("– ", said)
        return story + [self._text(note, "small") for note in part.notes]

    def _sentence(self, mark: str, said: Sentence) -> list[Any]:
        by = f" (worded by {said.model})" if said.model else ""
        head = self._text(f"{mark}{said.text}{by}", "text")
        places = [self._place(place, said) for place in said.places]
        first = self._platypus.KeepTogether([head, *places[:1]])
        return [first, *(self._platypus.KeepTogether([one]) for one in places[1:])]

    def _place(self, place: Place, said: Sentence) -> Any:
        where = (
            f"<font name={quoteattr(self._bold)}>{self._escaped(place.name)}</font>, {place.times}"
        )
        lines = [
            self._paragraph(
                f"<a href={quoteattr(place.link)} color={quoteattr(_LINK)}>{where}</a>", "text"
            ),
            self._text(place.source, "small"),
        ]
        if place.quote and place.quote not in said.text:
            lines.append(self._text(f"“{place.quote}”" if place.verbatim else place.quote, "text"))
        still = self._still(place)
        cells = [[still, lines]] if still is not None else [["", lines]]
        width = 166 * _MM
        picture = (_STILL_MM + 5) * _MM if still is not None else 6 * _MM
        return self._platypus.Table(
            cells,
            colWidths=[picture, width - picture],
            style=[
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 12),
            ],
            hAlign="LEFT",
        )

    def _still(self, place: Place) -> Any | None:
        if place.still is None:
            return None
        with Image.open(io.BytesIO(place.still)) as opened:
            shown = opened.convert("RGB")
        shown.thumbnail((_SIDE_PX, _SIDE_PX))
        held = io.BytesIO()
        shown.save(held, "JPEG", quality=85)
        held.seek(0)
        wide = _STILL_MM * _MM
        high = wide * shown.height / shown.width
        if high > wide * _TALLEST:
            wide, high = wide * wide * _TALLEST / high, wide * _TALLEST
        return self._platypus.Image(held, width=wide, height=high, hAlign="LEFT")

    def _text(self, words: str, style: str) -> Any:
        return self._paragraph(self._escaped(words), style)

    def _paragraph(self, marked: str, style: str) -> Any:
        return self._platypus.Paragraph(marked, self._styles[style])

    def _escaped(self, words: str) -> str:
        return escape(self._shown(words))

    def _shown(self, words: str) -> str:
        """Return words with a box for each sign that the font has not."""
        said = plain(words)
        gone = {c for c in said if not c.isspace() and not self._shows(c)}
        self._missing |= gone
        return "".join(
            "□" if c in gone and self._shows("□") else "?" if c in gone else c for c in said
        )


def _letters() -> tuple[str, str]:
    """Return the names of a regular and a bold font, embedded where this machine has any."""
    owned = lettering.family()
    if owned is None:
        return "Helvetica", "Helvetica-Bold"
    metrics = import_module("reportlab.pdfbase.pdfmetrics")
    fonts = import_module("reportlab.pdfbase.ttfonts")
    names = (f"vf-{owned.regular.stem}", f"vf-{owned.bold.stem}")
    for name, file in zip(names, (owned.regular, owned.bold), strict=True):
        if name not in metrics.getRegisteredFontNames():
            metrics.registerFont(fonts.TTFont(name, str(file)))
    metrics.registerFontFamily(
        names[0], normal=names[0], bold=names[1], italic=names[0], boldItalic=names[1]
    )
    return names


def _shows(name: str) -> Callable[[str], bool]:
    """Return what tells whether a font has a sign."""
    font = import_module("reportlab.pdfbase.pdfmetrics").getFont(name)
    glyphs = getattr(getattr(font, "face", None), "charToGlyph", None)
    if glyphs is None:
        return lambda sign: _latin(sign)
    return lambda sign: ord(sign) in glyphs


def _latin(sign: str) -> bool:
    try:
        sign.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _numbered(font: str, title: str) -> Any:
    """Return a canvas that writes "page 2 of 5" once it knows how many there are."""
    canvas: Any = import_module("reportlab.pdfgen.canvas").Canvas

    class Numbered(canvas):  # type: ignore[misc]
        def __init__(self, *given: Any, **named: Any) -> None:
            super().__init__(*given, **named)
            self._held: list[dict[str, Any]] = []
            self.setCatalogEntry("ViewerPreferences", "<< /DisplayDocTitle true >>")

        def showPage(self) -> None:  # noqa: N802 - its name there
            self._held.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            count = len(self._held)
            for number, state in enumerate(self._held, 1):
                self.__dict__.update(state)
                self.setFont(font, 8)
                self.setFillColor(_FAINT)
                width, _ = self._pagesize
                self.drawString(22 * _MM + _PAD, 11 * _MM, title[:90])
                self.drawRightString(width - 22 * _MM - _PAD, 11 * _MM, f"{number} / {count}")
                super().showPage()
            super().save()

    return Numbered
