"""Judges the sentences of answers, and whether sentences made wrong are caught.

    python benchmarks/grounding/run.py CLIPS_LIBRARY QUERIES.jsonl MEETINGS.jsonl... --out FOLDER

``--meetings-library`` names a library that holds the meetings already. The libraries are
copied before they are asked. Precision and recall of citations are those of ALCE: the share
of citations that bear on their sentence, and the share of sentences that what they cite
bears out whole (Gao et al., *Enabling Large Language Models to Generate Text with
Citations*, EMNLP 2023, section 4.2); here the judge is ``judging.py``, not a model.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import shutil
import statistics
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import judging
import mutations
from judging import Verdict

from viewfinder.app.library import Library
from viewfinder.conversation import ground
from viewfinder.conversation.checking import gate
from viewfinder.domain.annotation import Annotation, Track, TrackName
from viewfinder.domain.answer import Answer, Claim
from viewfinder.domain.media import VideoId
from viewfinder.domain.provenance import Derivation, digest_of
from viewfinder.domain.search import Moment
from viewfinder.domain.time import TimeSpan
from viewfinder.evaluation import ami
from viewfinder.evaluation.compare import Mean, mean


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence of an answer, and how it was judged."""

    where: str
    question: str
    claim: Claim
    moments: tuple[Moment, ...]
    verdict: Verdict


def main() -> None:
    reads = argparse.ArgumentParser()
    reads.add_argument("clips", type=Path)
    reads.add_argument("queries", type=Path)
    reads.add_argument("meetings", type=Path, nargs="+")
    reads.add_argument("--meetings-library", type=Path)
    reads.add_argument("--transcripts", type=Path, help="WebVTT by the clips' names, by people")
    reads.add_argument("--questions", type=int, default=150)
    reads.add_argument("--out", type=Path, required=True)
    given = reads.parse_args()
    with tempfile.TemporaryDirectory() as home:
        shutil.copytree(given.clips, Path(home) / "clips")
        told = [m for path in given.meetings for m in ami.read(path) if m.questions]
        place = Path(home) / "meetings"
        if given.meetings_library:
            shutil.copytree(given.meetings_library, place)
        with Library.open(Path(home) / "clips") as clips:
            rows, answers = of_clips(clips, given.queries)
            caught = list(mutated(clips, rows))
            offs = list(late(clips, given.transcripts)) if given.transcripts else []
        with Library.open(place, create=True) as talks:
            if not given.meetings_library:
                added(talks, told, Path(home) / "vtt")
            more, said = of_meetings(talks, told, given.questions)
            caught += mutated(talks, more)
    rows += more
    given.out.mkdir(exist_ok=True)
    (given.out / "labels.jsonl").write_text("".join(f"{label(row)}\n" for row in rows), "utf-8")
    text = report(rows, caught, offs, {"clips": answers, "meetings": said})
    (given.out / "report.md").write_text(text, "utf-8")
    sys.stdout.write(text)


def added(library: Library, told: Sequence[ami.Meeting], folder: Path) -> None:
    folder.mkdir()
    for meeting in told:
        (folder / f"{meeting.name}.vtt").write_text(ami.webvtt(meeting), "utf-8")
    for event in library.add([folder]):
        if event.kind == "failed":
            raise SystemExit(f"{event.path}: {event.text}")


def of_clips(library: Library, queries: Path) -> tuple[list[Row], list[Answer]]:
    """Ask the questions over the clips; what is noted about a clip is read as it is stored."""
    names = {video.id: video.name for video in library.videos()}
    tracks = {video: library.tracks(video) for video in names}
    rows, answers = [], []
    for line in queries.read_text("utf-8").splitlines():
        asked = json.loads(line)
        answer = library.ask(asked["query"])
        answers.append(answer)
        for claim in answer.claims:
            marked = [
                any(
                    r["file"] == names[c.video]
                    and r["start_s"] < c.span.end_s
                    and c.span.start_s < r["end_s"]
                    for r in asked["relevant"]
                )
                for c in claim.citations
            ]
            verdict = judging.judged(claim, [tracks[c.video] for c in claim.citations], marked)
            rows.append(Row("clips", asked["query"], claim, answer.moments, verdict))
    return rows, answers


def of_meetings(
    library: Library, told: Sequence[ami.Meeting], count: int
) -> tuple[list[Row], list[Answer]]:
    """Ask the meetings their questions; the source is the corpus, not what is stored."""
    held = {video.name: video.id for video in library.videos()}
    names = {video: name for name, video in held.items()}
    spoken = {held[f"{m.name}.vtt"]: _source(m) for m in told if f"{m.name}.vtt" in held}
    asked = [(m.name, q) for m in told if f"{m.name}.vtt" in held for q, _ in m.questions]
    random.Random(1).shuffle(asked)
    rows, answers = [], []
    for name, question in asked[:count]:
        made = library.plan(question)
        filters = replace(made.filters, files=(f"{name}.vtt",))
        answer = library.ask(replace(made, filters=filters))
        answers.append(answer)
        for claim in answer.claims:
            sources = [spoken.get(c.video, []) for c in claim.citations]
            verdict = judging.judged(claim, sources, None)
            rows.append(Row(f"meeting {names[claim.citations[0].video]}", question, claim,
                            answer.moments, verdict))  # fmt: skip
    return rows, answers


def _source(meeting: ami.Meeting) -> list[Track]:
    notes = tuple(
        Annotation(TimeSpan.of_seconds(a, b), text, speaker=who)
        for who, text, a, b in meeting.turns
    )
    title = Annotation(TimeSpan.of_seconds(0, meeting.duration_s), meeting.name)
    made = Derivation.__new__(Derivation)
    return [Track(TrackName.CAPTIONS, made, notes), Track(TrackName.METADATA, made, (title,))]


def late(library: Library, transcripts: Path) -> Iterator[float]:
    """Yield by how many seconds what may be quoted of speech starts off a transcript's cue.

    Only notes that start with the first words of a cue, as checked by eye, to half a second.
    """
    for video in library.videos():
        path = transcripts / f"{Path(video.name).stem}.vtt"
        if not path.is_file():
            continue
        cues = [(_first(text), at) for at, text in _cues(path.read_text("utf-8"))]
        for track in library.tracks(video.id):
            if track.name is TrackName.SPEECH:
                for note in track.annotations:
                    offs = [abs(note.span.start_s - at) for w, at in cues if w == _first(note.text)]
                    if note.quotable and offs:
                        yield min(offs)


def _first(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())[:3]


def _cues(text: str) -> Iterator[tuple[float, str]]:
    cue = re.compile(r"(\d+):(\d+):([\d.]+) --> [^\n]*\n(.*?)\n\n", re.DOTALL)
    for h, m, s, words in cue.findall(text + "\n\n"):
        yield int(h) * 3600 + int(m) * 60 + float(s), words


def mutated(library: Library, rows: Sequence[Row]) -> Iterator[tuple[str, bool, str]]:
    """Yield (kind, caught, text) for sentences made wrong; "unchanged" for them as they are."""
    videos = {video.id: video for video in library.videos()}
    every = {w for r in rows for c in r.claim.citations for w in c.quote.split()}
    words = sorted(w for w in every if w.isalpha() and len(w) > 3)
    for n, row in enumerate(rows):
        shown = [(moment, ground.evidence(moment, videos)) for moment in row.moments]
        yield "unchanged", bool(gate.fault(row.claim, shown, videos)), row.claim.text
        cited = row.claim.citations[0]
        if (
            not cited.verbatim
            or len(row.claim.citations) != 1
            or " says: " not in row.claim.text + " says: "
        ):
            continue
        others = [v for v in videos if v != cited.video]
        speaker, speakers = _speakers(row, cited.video)
        if speaker:
            attributed = replace(row.claim, text=f'{speaker} says: "{cited.quote}"')
            yield (
                "unchanged, speaker named",
                bool(gate.fault(attributed, shown, videos)),
                attributed.text,
            )
        for kind, text in [
            ("unchanged, without marks", cited.quote),
            *mutations.changed(cited.quote, words, random.Random(n)),
        ]:
            claim = replace(row.claim, text=f"Somebody says {text.removesuffix(' …')}")
            kind = kind if kind.startswith("unchanged") else f"{kind}, without marks"
            yield kind, bool(gate.fault(claim, shown, videos)), claim.text
        for mutant in mutations.of(row.claim, words, others, speakers, n):
            yield mutant.kind, bool(gate.fault(mutant.claim, shown, videos)), mutant.claim.text


def _speakers(row: Row, video: VideoId) -> tuple[str, list[str]]:
    """Return who says what is cited, and the others of the moments shown."""
    parts = [s.part for m in row.moments if m.video == video for s in m.supports if s.part]
    cited = row.claim.citations[0].span
    mine = next((p.speaker for p in parts if p.span == cited and p.speaker), "") or ""
    return mine, sorted(
        {p.speaker for p in parts if p.speaker and p.speaker != mine} if mine else ()
    )


def label(row: Row) -> str:
    """Return one line of the label file; words are others', so digests stand for them."""
    return json.dumps(
        {
            "where": row.where,
            "question": digest_of(row.question)[:12],
            "sentence": digest_of(row.claim.text)[:12],
            "supported": row.verdict.supported,
            "kind": row.verdict.kind,
            "citations": [
                {
                    "path": Path(c.path).name,
                    "start_s": round(c.span.start_s, 3),
                    "end_s": round(c.span.end_s, 3),
                    "track": c.track.value,
                    "bears": bears,
                }
                for c, bears in zip(row.claim.citations, row.verdict.bears, strict=True)
            ],
        },
        ensure_ascii=False,
    )


def report(
    rows: Sequence[Row],
    caught: Sequence[tuple[str, bool, str]],
    offs: Sequence[float],
    answers: dict[str, Sequence[Answer]],
) -> str:
    lines = [
        "# Grounding",
        "",
        "`scripts/bench grounding`. Each sentence with its verdict stands in `labels.jsonl`; how "
        "it was judged, in `judging.py`. Intervals: 95 %, bootstrap by video.",
        "",
        "| sentences | n | cited | citation precision | citation recall | quote mismatches |",
        "|---|---|---|---|---|---|",
    ]
    kinds = [
        ("all", rows),
        *((k, [r for r in rows if r.verdict.kind == k]) for k in ("words", "fact", "likeness")),
    ]
    for kind, mine in kinds:
        if mine:
            lines.append(_line(kind, mine))
    if offs:
        middle, most = statistics.median(offs), sorted(offs)[int(0.95 * (len(offs) - 1))]
        lines += [
            "",
            f"Time error of what may be quoted of speech, against transcripts checked by eye to "
            f"half a second (n = {len(offs)}): median {middle:.2f} s, p95 {most:.2f} s.",
        ]
    lines += ["", "| a sentence | n | falls | % |", "|---|---|---|---|"]
    per: dict[str, list[bool]] = defaultdict(list)
    for kind, fell, _ in caught:
        per[kind].append(fell)
    for kind, fell in sorted(
        per.items(), key=lambda item: (not item[0].startswith("unch"), item[0])
    ):
        lines.append(f"| {kind} | {len(fell)} | {sum(fell)} | {100 * sum(fell) / len(fell):.1f} |")
    for name, without in (("quotes", False), ("the same words without marks", True)):
        wrong = [
            fell
            for kind, fell, _ in caught
            if not kind.startswith("unchanged") and kind.endswith("without marks") is without
        ]
        share = 100 * sum(wrong) / len(wrong)
        lines.append(f"| **{name}, made wrong** | {len(wrong)} | {sum(wrong)} | {share:.1f} |")
    slipped = [(k, t) for k, fell, t in caught if not fell and not k.startswith("unchanged")]
    lines += ["", *(f"- slipped ({k}): {t}" for k, t in slipped[:5])]
    false = [(k, t) for k, fell, t in caught if fell and k.startswith("unchanged")]
    lines += [f"- false alarm ({k}): {t}" for k, t in false[:3]]
    bad = [r for r in rows if not r.verdict.supported]
    kinds_bad = Counter(r.verdict.kind for r in bad)
    lines += ["", f"Not borne out: {dict(kinds_bad)}.", ""]
    lines += [
        f"- {r.where}: {r.question!r}: {r.claim.text}" for r in bad if r.verdict.kind != "likeness"
    ][:20]
    lines += ["", "## Tracks that contradict each other", ""]
    for where, said in answers.items():
        told = [a for a in said if a.disagreements]
        lines.append(f"{where}: {len(told)} of {len(said)} answers tell of one.")
        lines += [f"- {d.text}" for a in told for d in a.disagreements]
    return "\n".join(lines) + "\n"


def _line(kind: str, rows: Sequence[Row]) -> str:
    bears = [(r.claim.citations[0].video, float(b)) for r in rows for b in r.verdict.bears]
    borne = [(r.claim.citations[0].video, float(r.verdict.supported)) for r in rows]
    cited = sum(bool(r.claim.citations) for r in rows)
    mismatches = sum(r.verdict.mismatch for r in rows)
    worded = sum(r.verdict.kind == "words" for r in rows)
    return (
        f"| {kind} | {len(rows)} | {100 * cited / len(rows):.0f} % | {_mean(mean(bears))} | "
        f"{_mean(mean(borne))} | {f'{mismatches}/{worded}' if worded else ''} |"
    )


def _mean(value: Mean) -> str:
    return f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"


if __name__ == "__main__":
    main()
