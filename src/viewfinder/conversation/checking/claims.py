"""Whether a sentence is borne out by what it cites, judged outside any model.

A sentence is taken apart: its quotes, the plain facts it repeats, the frames of our own
sentences ("At 02:13 the machine transcript says"), times and numbers; what is left over is
a paraphrase. Each part must hold by itself, or the sentence is not supported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from viewfinder.conversation.checking import accusations, lexicon, paraphrase, quotes
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Evidence
from viewfinder.domain.time import SECOND_NS, TimeSpan, clock
from viewfinder.ports import TextEncoder

JOINED_NS = 2 * SECOND_NS
"""Utterances of one speaker this close together may be quoted as one."""

_HOLE = "\ufffc"
"""Stands where a part that holds was taken out."""

_QUOTED = re.compile(r'“([^”]*)”|„([^“”]*)[“”]|«\s*([^»]*?)\s*»|"([^"]*)"|‘([^’]*)’')
_SECONDS = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?) ?s(?:econds?)?(?!\w)")
_LABEL = re.compile(r"(?:(?<=^)|(?<=[;\ufffc])) ?(\d+):(?= )")
_NAMED = re.compile(
    rf"([^\W\d_][\w .'-]*?)\s*(?:(?:says?|said|sagte?|sagt|dit|dice|dijo)\b\s*[:,]?|:)\s*{_HOLE}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence on its way to nothing: what is left of it, and what it cites.

    Attributes:
        rest: What was not accounted for yet.
        cited: See ``check``.
        quoted: The pieces that hold its quotes, in the order of the quotes.
        spans: Further times and lengths that it may name.
        fault: Why it is not supported; empty so far.
    """

    rest: str
    cited: tuple[Evidence, ...]
    quoted: tuple[Evidence, ...] = ()
    spans: tuple[TimeSpan, ...] = ()
    fault: str = ""

    def cut(self, match: re.Match[str]) -> Sentence:
        return replace(self, rest=f"{self.rest[: match.start()]}{_HOLE}{self.rest[match.end() :]}")

    def failed(self, why: str) -> Sentence:
        return replace(self, fault=why)


def check(
    text: str,
    cited: Sequence[Evidence],
    *,
    encoder: TextEncoder | None = None,
    spans: Sequence[TimeSpan] = (),
) -> str:
    """Return why a sentence is not supported by what it cites; empty where it is.

    Args:
        text: One sentence, of a template or of a model.
        cited: The released pieces that it cites.
        encoder: Tells whether a word that is not in the cited words means one that is;
            without it every word must be there, by its stem.
        spans: Stretches whose times and lengths the sentence may name besides those of
            ``cited``: the moments that the pieces belong to.
    """
    if not cited:
        return "nothing is cited"
    if any(not piece.text.strip() or piece.doubtful for piece in cited):
        return "what is cited may not be quoted"
    sentence = Sentence(text, tuple(cited), spans=tuple(spans))
    for step in (_matches, _quotes, _facts, _names, _voice, _speakers, _tracks, _times, _counts):
        sentence = step(sentence)
        if sentence.fault:
            return sentence.fault
    return paraphrase.unsupported(
        sentence.rest.replace(_HOLE, " "), [piece for piece in cited if piece.verbatim], encoder
    )


def _matches(sentence: Sentence) -> Sentence:
    """Take out which words of the question are in the cited words, if they are."""
    held = {token for piece in sentence.cited for token in quotes.tokens(piece.text)}
    for pattern in lexicon.frames("matched"):
        while match := pattern.search(sentence.rest):
            absent = [token for token in quotes.tokens(match["words"]) if token not in held]
            if absent:
                return sentence.failed(f"“{absent[0]}” is not in what is cited")
            sentence = sentence.cut(match)
    return sentence


def _known_quotes(sentence: Sentence) -> Sentence:
    """Take out quotes that repeat a cited piece whole, whatever marks they hold inside."""
    for piece in sorted(sentence.cited, key=lambda p: -len(p.text)):
        told = re.escape(f'"{quotes.shortened(piece.text)}"')
        if piece.verbatim and (match := re.search(told, sentence.rest)):
            sentence = replace(sentence.cut(match), quoted=(*sentence.quoted, piece))
    return sentence


def _quotes(sentence: Sentence) -> Sentence:
    """Hold each quoted part against the cited words."""
    whole = sentence.rest
    sentence = _known_quotes(sentence)
    spoken = list(_runs([p for p in sentence.cited if p.verbatim]))
    facts = [p.text for p in sentence.cited if not p.verbatim]
    while match := _QUOTED.search(sentence.rest):
        said = next(group for group in match.groups() if group is not None)
        if any(said in fact for fact in facts) and match.group() in " ".join(facts):
            break
        holds = [run for run, words in spoken if not quotes.mismatch(said, words)]
        if not holds:
            faults = [quotes.mismatch(said, words) for _, words in spoken]
            return sentence.failed(_nearest(faults) or f"no words are cited for “{said}”")
        sentence = replace(sentence.cut(match), quoted=(*sentence.quoted, holds[0][0]))
    order = {piece: whole.find(piece.text[:40]) for piece in sentence.quoted}
    return replace(sentence, quoted=tuple(sorted(sentence.quoted, key=lambda p: order[p])))


def _nearest(faults: Sequence[str]) -> str:
    """Return the fault that tells most: a difference before plain absence."""
    return max(faults, key=lambda fault: ("differs" in fault, len(fault)), default="")


def _runs(pieces: Sequence[Evidence]) -> Iterator[tuple[tuple[Evidence, ...], str]]:
    """Yield (pieces, words): each piece, and neighbours in speech that may be quoted as one."""
    for piece in pieces:
        yield (piece,), piece.text
    spoken = sorted(
        (p for p in pieces if p.track in (TrackName.SPEECH, TrackName.CAPTIONS)),
        key=lambda p: (p.video, p.track, p.span),
    )
    for n, first in enumerate(spoken):
        run = [first]
        for piece in spoken[n + 1 :]:
            last = run[-1]
            same = (piece.video, piece.track, piece.speaker) == (
                last.video,
                last.track,
                last.speaker,
            )
            if not same or piece.span.gap_ns(last.span) > JOINED_NS:
                break
            run.append(piece)
            yield tuple(run), " ".join(p.text for p in run)


def _facts(sentence: Sentence) -> Sentence:
    """Take out plain facts that are repeated word for word."""
    for piece in sorted(sentence.cited, key=lambda p: -len(p.text)):
        flat = " ".join(piece.text.split())
        if not piece.verbatim and (match := re.search(_whole(flat), sentence.rest)):
            sentence = sentence.cut(match)
    if match := _QUOTED.search(sentence.rest):
        return sentence.failed(f"no words are cited for {match.group()}")
    return sentence


def _whole(flat: str) -> str:
    return rf"(?<!\w){re.escape(flat)}(?!\w)"


def _names(sentence: Sentence) -> Sentence:
    """Take out names of the cited files."""
    for piece in sentence.cited:
        name = PurePath(piece.path).name
        if name and (match := re.search(_whole(name), sentence.rest)):
            sentence = sentence.cut(match)
    return sentence


def _voice(sentence: Sentence) -> Sentence:
    """Hold what is left, and the facts, against the accusation guard."""
    facts = [piece.text for piece in sentence.cited if not piece.verbatim]
    attributed = any(pattern.search(sentence.rest) for _, pattern in lexicon.sayings())
    why = accusations.voiced(
        sentence.rest, facts, sentence.quoted, attributed=attributed or _names_speaker(sentence)
    )
    return sentence.failed(why) if why else sentence


def _names_speaker(sentence: Sentence) -> bool:
    return any(p.speaker and p.speaker in sentence.rest for p in sentence.quoted)


def _speakers(sentence: Sentence) -> Sentence:
    """Hold who is said to speak against who the source says it was."""
    known = {p.speaker.casefold() for p in sentence.cited if p.speaker}
    for match, piece in zip(_NAMED.finditer(sentence.rest), sentence.quoted, strict=False):
        named = match[1].rpartition(",")[2].strip(" -")
        words = quotes.tokens(named)
        ours = any(pattern.search(match.group()) for _, pattern in lexicon.sayings())
        if ours or not words or all(w in lexicon.light() or _function(w) for w in words):
            continue
        actual = quotes.tokens(piece.speaker or "")
        if words[-len(actual) :] != actual if actual else True:
            who = f"it was {piece.speaker}" if piece.speaker else "the source names nobody"
            return sentence.failed(f"“{named}” is said to speak, {who}")
    for piece in sentence.cited:
        if piece.speaker and piece.speaker.casefold() in known:
            match_name = re.search(_whole(piece.speaker), sentence.rest, re.IGNORECASE)
            if match_name:
                sentence = sentence.cut(match_name)
    return sentence


def _function(word: str) -> bool:
    return paraphrase.is_function(word)


def _tracks(sentence: Sentence) -> Sentence:
    """Hold the track that is named against the track that is cited."""
    for track, pattern in lexicon.sayings():
        while match := pattern.search(sentence.rest):
            if not any(piece.track == track for piece in sentence.quoted or sentence.cited):
                return sentence.failed(f"nothing of {TrackName(track)} is cited")
            sentence = sentence.cut(match)
    return sentence


def _times(sentence: Sentence) -> Sentence:
    """Recompute times and lengths."""
    lead = (sentence.quoted or sentence.cited)[0]
    starts = {clock(lead.span.start_ns)}
    every = [*(piece.span for piece in sentence.cited), *sentence.spans]
    edges = {clock(at) for span in every for at in (span.start_ns, span.end_ns)}
    said = " ".join(piece.text for piece in sentence.cited)
    for kind, allowed in (("lead_time", starts), ("time", edges)):
        for pattern in lexicon.frames(kind):
            while match := pattern.search(sentence.rest):
                if match["clock"] not in allowed and match["clock"] not in said:
                    return sentence.failed(f"{match['clock']} is not when it is")
                sentence = sentence.cut(match)
    lengths = [span.duration_s for span in every]
    while match := _SECONDS.search(sentence.rest):
        told = float(match[1])
        places = len(match[1].partition(".")[2])
        spoken = told in _numbers(said)
        if not spoken and not any(round(length, places) == told for length in lengths):
            return sentence.failed(f"{match.group()} is not how long it is")
        sentence = sentence.cut(match)
    return sentence


def _counts(sentence: Sentence) -> Sentence:
    """Recount what is counted, and hold every other number against the cited words."""
    # Two lines may stand on the screen together: each is one.
    places = {(piece.video, piece.span, piece.text) for piece in sentence.cited}
    counted: tuple[tuple[str, Callable[[], int]], ...] = (
        ("count", lambda: len(places)),
        ("videos", lambda: len({video for video, _, _ in places})),
    )
    said = _numbers(" ".join(piece.text for piece in sentence.cited))
    for kind, count in counted:
        for pattern in lexicon.frames(kind):
            while match := pattern.search(sentence.rest):
                if int(match["n"]) != count() and float(match["n"]) not in said:
                    return sentence.failed(f"there are {count()} of them, not {match['n']}")
                sentence = sentence.cut(match)
    for n in range(len(places)):
        label = _LABEL.search(sentence.rest)
        if label and int(label[1]) == n + 1:
            sentence = sentence.cut(label)
    for pattern in lexicon.frames("plain"):
        sentence = replace(sentence, rest=pattern.sub(_HOLE, sentence.rest))
    wrong = _numbers(sentence.rest) - said
    if wrong:
        return sentence.failed(f"{min(wrong):g} is a number that is not in what is cited")
    return sentence


def _numbers(text: str) -> set[float]:
    found = (lexicon.number(token) for token in quotes.tokens(text.replace(_HOLE, " ")))
    return {n for n in found if n is not None}
