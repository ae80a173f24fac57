"""Moment search in meetings: AMI transcripts with the human questions of QMSum.

The measures are those of the benchmark's own scorer; a test holds the two to the same
numbers where the data is at hand.

References:
    Carletta et al., *The AMI Meeting Corpus*, MLMI 2005. https://doi.org/10.1007/11677482_3
    Zhong et al., *QMSum: A New Benchmark for Query-based Multi-domain Meeting
    Summarization*, NAACL 2021. https://arxiv.org/abs/2104.05938
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from viewfinder.domain.errors import InputError
from viewfinder.evaluation.compare import Mean, mean

LONGEST_S = 60.0
NEEDED_S = 15.0
MEASURES = ["hit@1", "hit@5", "hit@10", "MRR@10", "nDCG@10", "mIoU@1", "mIoU@5", "R5@.5", "cover@5"]
_NOISE = re.compile(r"\{[^}]*\}")

Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Meeting:
    """One meeting with its transcript and its questions.

    Attributes:
        name: Of the meeting.
        duration_s: Its length.
        turns: (speaker, text, start_s, end_s), those with times.
        questions: (question, gold stretches in seconds).
    """

    name: str
    duration_s: float
    turns: tuple[tuple[str, str, float, float], ...]
    questions: tuple[tuple[str, tuple[Stretch, ...]], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """What a system gives for one question.

    Attributes:
        ranking: Windows in seconds, best first.
        moments: Stretches of their own length for the IoU columns; the windows where empty.
    """

    ranking: tuple[Stretch, ...]
    moments: tuple[Stretch, ...] = field(default=())


def read(path: Path) -> list[Meeting]:
    """Return the meetings of a JSON Lines file.

    Raises:
        InputError: Not there, or not such a file.
    """
    try:
        rows = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        return [_meeting(row) for row in rows]
    except OSError as error:
        raise InputError(f"cannot read the meetings {str(path)!r}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{str(path)!r} holds no meetings with turns ({error!r})") from error


def _meeting(row: Mapping[str, Any]) -> Meeting:
    turns = (
        (t["speaker"], _NOISE.sub(" ", t["text"]).strip(), *t["t"]) for t in row["turns"] if t["t"]
    )
    return Meeting(
        row["meeting"],
        float(row["duration"]),
        tuple(turn for turn in turns if re.search(r"\w", turn[1])),
        tuple((q["query"], tuple((a, b) for a, b in q["spans"])) for q in row["queries"]),
    )


def webvtt(meeting: Meeting) -> str:
    """Return the transcript as WebVTT, speakers as voice spans."""
    cues = ["WEBVTT", ""]
    for speaker, text, start_s, end_s in sorted(meeting.turns, key=lambda turn: turn[2:]):
        words = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        cues += [f"{_stamp(start_s)} --> {_stamp(end_s)}", f"<v {speaker}>{words}", ""]
    return "\n".join(cues)


def _stamp(at_s: float) -> str:
    minutes, seconds = divmod(at_s, 60)
    return f"{int(minutes) // 60:02}:{int(minutes) % 60:02}:{seconds:06.3f}"


def overlap(a: Stretch, b: Stretch) -> float:
    return max(0.0, min(a[1], b[1]) - max(a[0], b[0]))


def iou(a: Stretch, b: Stretch) -> float:
    shared = overlap(a, b)
    union = (a[1] - a[0]) + (b[1] - b[0]) - shared
    return shared / union if union > 0 else 0.0


def merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Join stretches that overlap or touch."""
    out: list[Stretch] = []
    for start, end in sorted(stretches):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return out


def capped(stretch: Stretch) -> Stretch:
    """Return the middle minute of what is longer than one."""
    start, end = stretch
    if end - start <= LONGEST_S:
        return stretch
    middle = (start + end) / 2
    return middle - LONGEST_S / 2, middle + LONGEST_S / 2


def score(line: Line, spans: Sequence[Stretch], duration_s: float) -> dict[str, float]:
    """Return the measures of one question; see the benchmark's README for each.

    A hit overlaps a gold stretch by 15 s; nDCG gives nothing for a window that lies on a
    better one by more than a quarter.
    """
    items = [capped(item) for item in line.ranking[:10]]
    hits = [any(overlap(item, gold) >= NEEDED_S for gold in spans) for item in items]
    first = next((n for n, hit in enumerate(hits, 1) if hit), math.inf)
    own = [(a, min(b, duration_s)) for a, b in (line.moments or line.ranking)]
    best = []
    for k in (1, 5):
        pieces = [(a, b) for a, b in own[:k] if b > a]
        pieces = pieces if line.moments else merged(pieces)
        best.append(max((iou(piece, gold) for piece in pieces for gold in spans), default=0.0))
    gold = merged(spans)
    shown = merged(items[:5])
    covered = sum(overlap(a, b) for a in shown for b in gold)
    values = [float(first <= k) for k in (1, 5, 10)]
    values += [1 / first if first <= 10 else 0.0, _ndcg(items, hits, spans, duration_s), *best]
    values += [float(best[1] >= 0.5), covered / max(1e-9, sum(b - a for a, b in gold))]
    return dict(zip(MEASURES, values, strict=True))


def _ndcg(
    items: Sequence[Stretch], hits: Sequence[bool], spans: Sequence[Stretch], duration_s: float
) -> float:
    gained = 0.0
    for n, item in enumerate(items):
        is_copy = any(
            overlap(item, better) > 0.25 * min(item[1] - item[0], better[1] - better[0]) + 1e-6
            for better in items[:n]
        )
        gained += 0.0 if is_copy or not hits[n] else 1 / math.log2(n + 2)
    at_s, ideal = 0.0, 0
    while at_s < duration_s:
        is_hit = any(overlap((at_s, at_s + LONGEST_S), gold) >= NEEDED_S for gold in spans)
        ideal += is_hit
        at_s += LONGEST_S if is_hit else LONGEST_S / 2
    most = sum(1 / math.log2(n + 2) for n in range(min(10, max(1, ideal))))
    return min(1.0, gained / most)


def evaluate(
    meetings: Sequence[Meeting], lines: Mapping[tuple[str, int], Line], *, draws: int = 2000
) -> dict[str, Mean]:
    """Return every measure over all questions that have gold; absent lines score 0."""
    rows: dict[str, list[tuple[str, float]]] = {name: [] for name in MEASURES}
    for meeting in meetings:
        for n, (_, spans) in enumerate(meeting.questions):
            if spans:
                line = lines.get((meeting.name, n), Line(()))
                for name, value in score(line, spans, meeting.duration_s).items():
                    rows[name].append((meeting.name, value))
    return {name: mean(values, draws=draws) for name, values in rows.items()}


def run_file(lines: Mapping[tuple[str, int], Line]) -> str:
    """Return lines as the benchmark's run file (JSON Lines)."""
    rows = []
    for (name, n), line in lines.items():
        ranked = [[a, b, -rank] for rank, (a, b) in enumerate(line.ranking)]
        row: dict[str, Any] = {"meeting": name, "query_index": n, "ranking": ranked}
        if line.moments:
            row["moments"] = [[a, b, -rank] for rank, (a, b) in enumerate(line.moments)]
        rows.append(json.dumps(row))
    return "\n".join(rows) + "\n"
