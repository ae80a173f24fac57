"""A whole answer, or a whole conversation, to be taken elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from viewfinder.app.evidence.build import build
from viewfinder.app.exports import stills
from viewfinder.app.exports.desk import Desk, Exported
from viewfinder.app.printing import markdown, pdf, web
from viewfinder.app.printing.page import Page, Part, Place, Sentence
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.conversation import Conversation
from viewfinder.domain.errors import UsageError
from viewfinder.domain.media import Video, VideoId
from viewfinder.domain.policy import Scope

KINDS = ("md", "html", "pdf")
MEDIA_TYPES = {"md": "text/markdown", "html": "text/html", "pdf": "application/pdf"}
MOST_STILLS = 60
_SIDE_PX = 480
_FOOT = (
    "Words heard or read by a machine may be wrong: follow each link and check. Nobody is "
    "recognised in this footage.",
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, how it was understood, and what was said."""

    question: str
    understood: str
    choices: tuple[str, ...]
    said: Answer


def answer(
    desk: Desk, said: Answer | Conversation, kind: str, *, question: str, with_stills: bool
) -> Exported:
    """Return an answer or a conversation as a page; see ``Exports.answer``."""
    scope = desk.admitted("export")
    if kind not in KINDS:
        raise UsageError(f"no page of kind {kind!r}; there are {', '.join(KINDS)}")
    asked = _asked(said, question)
    if not asked:
        raise UsageError("an empty conversation makes no page")
    known = {video.id: video for video in desk.store.videos(scope=scope)}
    cited = sorted({c.video for one in asked for c in _citations(one.said) if c.video in known})
    desk.log("answer", form=kind, videos=cited, conversation=getattr(said, "id", None))
    release = _Release(desk, scope, known)
    parts = [release.part(one) for one in asked]
    if with_stills and kind != "md":
        parts = release.pictured(parts)
    title = asked[0].question or "Answer"
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    line = desk.event("export")
    made = f"Made {now} by viewfinder {build()['version']} for {line.principal}: {line.purpose}"
    foot = list(_FOOT)
    if release.left_out:
        foot.append(f"{release.left_out} sentences are left out: what they cite is not open to you")
    if release.is_covered:
        foot.append("Faces are covered in the stills, as everywhere in this library.")
    page = Page(title, made, tuple(parts), tuple(foot))
    content = pdf.written(page) if kind == "pdf" else _TEXTS[kind](page).encode()
    return Exported(
        name=f"{_file_name(title)}.{kind}",
        media_type=MEDIA_TYPES[kind],
        content=content,
        facts={"stills": release.stills, "sentences": sum(len(p.sentences) for p in parts)},
        notes=tuple(foot[1:]),
    )


_TEXTS = {"md": markdown.written, "html": web.written}


def _asked(said: Answer | Conversation, question: str) -> list[_Asked]:
    if isinstance(said, Answer):
        asked = question or (said.plan.question if said.plan else "")
        return [_Asked(asked, "", (), said)]
    return [
        _Asked(
            turn.question,
            turn.resolved.note,
            tuple(f"{choice.label}. {choice.text}" for choice in turn.resolved.choices),
            turn.answer,
        )
        for turn in said.turns
    ]


def _citations(said: Answer) -> Iterable[Citation]:
    return (c for claim in (*said.claims, *said.disagreements) for c in claim.citations)


class _Release:
    """Decides, place by place, what of an answer may stand on a page.

    Attributes:
        left_out: Sentences that cite what is not open (any more).
        stills: How many stand on the page.
        is_covered: Faces are covered in some.
    """

    def __init__(self, desk: Desk, scope: Scope, known: dict[VideoId, Video]) -> None:
        self._desk, self._scope, self._known = desk, scope, known
        self._withheld = "withhold_words" in scope.obligations
        self.left_out = self.stills = 0
        self.is_covered = False

    def part(self, one: _Asked) -> Part:
        said = one.said
        lead = [f"Understood as: {one.understood}"] if one.understood else []
        if said.outcome is not Outcome.ANSWER:
            lead.append(f"{said.outcome.value.capitalize()}: {said.reason}")
        if said.alternative:
            lead.append(f"Instead: {said.alternative}")
        lead += one.choices
        notes = []
        if said.outcome is Outcome.ANSWER and said.confidence:
            notes.append(
                f"Chance that it is there: {said.confidence:.0%}. {said.certificate}".strip()
            )
        if said.not_searched:
            notes.append(f"Not searched: {'; '.join(said.not_searched)}.")
        notes += [f"Note: {note}." for note in said.notes]
        return Part(
            one.question,
            tuple(lead),
            self._sentences(said.claims),
            self._sentences(said.disagreements),
            tuple(notes),
        )

    def _sentences(self, claims: Sequence[Claim]) -> tuple[Sentence, ...]:
        kept = []
        for claim in claims:
            places = [self._place(citation) for citation in claim.citations]
            if any(place is None for place in places):
                self.left_out += 1
                continue
            open_to_all = tuple(place for place in places if place is not None)
            text = "Here:" if self._withheld else claim.text
            kept.append(Sentence(text, open_to_all, claim.model))
        return tuple(kept)

    def _place(self, cited: Citation) -> Place | None:
        video = self._known.get(cited.video)
        if video is None:
            return None
        inside = cited.span.clipped(video.span)
        if inside.duration_ns and self._desk.open_parts(video, self._scope, inside) != (inside,):
            return None
        quote = "" if self._withheld else cited.quote
        return Place(
            video.name, video.path, video.id, cited.span, cited.track.value, quote, cited.verbatim
        )

    def pictured(self, parts: Sequence[Part]) -> list[Part]:
        """Return parts with stills: the first place of each sentence first, then the others."""
        said = [s for part in parts for s in (*part.sentences, *part.disagreements)]
        wanted = [s.places[0] for s in said] + [p for s in said for p in s.places[1:]]
        times: dict[VideoId, list[int]] = {}
        for place in dict.fromkeys(wanted[:MOST_STILLS]):
            times.setdefault(VideoId(place.digest), []).append(place.span.start_ns)
        found: dict[tuple[str, int], bytes] = {}
        for video_id, at in times.items():
            video = self._known[video_id]
            within = [min(t, max(0, video.duration_ns - 1)) for t in at]
            made = stills.near(self._desk, video, self._scope, within, side_px=_SIDE_PX)
            found |= {(video_id, at[n]): content for n, content in made.items()}
            self.is_covered |= bool(made) and self._desk.covers(video)
        self.stills = len(found)

        def shown(one: Sentence) -> Sentence:
            return replace(
                one,
                places=tuple(
                    replace(p, still=found.get((p.digest, p.span.start_ns))) for p in one.places
                ),
            )

        return [
            replace(
                part,
                sentences=tuple(map(shown, part.sentences)),
                disagreements=tuple(map(shown, part.disagreements)),
            )
            for part in parts
        ]


def _file_name(title: str) -> str:
    kept = "".join(c if c.isalnum() or c in "-." else "_" for c in title)
    return "_".join(part for part in kept.split("_") if part)[:60].strip("._") or "answer"
