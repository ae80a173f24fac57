"""Sentences made wrong in one place, and in their citations too where that hides it better."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from viewfinder.domain.answer import Claim
from viewfinder.domain.media import VideoId
from viewfinder.domain.time import SECOND_NS, TimeSpan

_NEGATIONS = (
    "not",
    "never",
    "no",
    "don't",
    "doesn't",
    "isn't",
    "didn't",
    "can't",
    "won't",
    "nothing",
)
_CLOCK = re.compile(r"(?:\d+:)?\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A sentence made wrong: how, and the claim."""

    kind: str
    claim: Claim


def of(
    claim: Claim,
    words: Sequence[str],
    others: Sequence[VideoId],
    speakers: Sequence[str],
    seed: int,
) -> Iterator[Mutant]:
    """Yield a sentence made wrong in each way that fits it.

    Args:
        claim: A sentence that quotes one piece.
        words: Words to swap in.
        others: Other videos of the library.
        speakers: Who else speaks in the same video.
        seed: The same seed gives the same mutants.
    """
    draw = random.Random(seed)
    quote = claim.citations[0].quote
    for kind, other in changed(quote, words, draw):
        if other and other.casefold() != quote.casefold():
            yield Mutant(kind, _requoted(claim, other))
    yield Mutant("time shifted", _shifted(claim, draw.choice((-7, -2, 2, 9, 31))))
    if others:
        moved = replace(claim.citations[0], video=draw.choice(list(others)))
        yield Mutant("quote moved to another video", replace(claim, citations=(moved,)))
    if speakers:
        said = f'{draw.choice(list(speakers))} says: "{quote}"'
        yield Mutant("speaker swapped", replace(claim, text=said))


def changed(quote: str, words: Sequence[str], draw: random.Random) -> Iterator[tuple[str, str]]:
    """Yield (kind, quote) for each way of changing one word that fits the quote."""
    tokens = quote.split()
    places = [n for n, t in enumerate(tokens) if t.isalpha() and len(t) > 3]
    if places:
        n = draw.choice(places)
        new = draw.choice([w for w in words if w.casefold() != tokens[n].casefold()])
        yield "one word swapped", " ".join([*tokens[:n], new, *tokens[n + 1 :]])
    held = [n for n, t in enumerate(tokens) if t.casefold().strip(".,?!") in _NEGATIONS]
    if held:
        n = draw.choice(held)
        left = {"don't": ["do"], "doesn't": ["does"], "isn't": ["is"], "didn't": ["did"]}
        kept = left.get(tokens[n].casefold().strip(".,?!"), [])
        yield "negation dropped", " ".join([*tokens[:n], *kept, *tokens[n + 1 :]])
    if len(tokens) > 1:
        n = draw.randrange(1, len(tokens))
        yield "negation added", " ".join([*tokens[:n], "not", *tokens[n:]])
    digits = [n for n, t in enumerate(tokens) if re.search(r"\d", t)]
    if digits:
        n = draw.choice(digits)
        new = re.sub(r"\d", lambda m: str((int(m.group()) + 3) % 10), tokens[n], count=1)
        yield "number changed", " ".join([*tokens[:n], new, *tokens[n + 1 :]])


def _requoted(claim: Claim, changed: str) -> Claim:
    """Put the changed words into the sentence and into its citation alike."""
    cited = claim.citations[0]
    text = claim.text.replace(f'"{cited.quote}"', f'"{changed}"')
    return Claim(text, (replace(cited, quote=changed),))


def _shifted(claim: Claim, by_s: int) -> Claim:
    """Move the time in the sentence and in its citation alike."""
    cited = claim.citations[0]
    by_ns = max(by_s * SECOND_NS, -cited.span.start_ns)
    by_ns = by_ns if abs(by_ns) >= SECOND_NS else abs(by_s) * SECOND_NS
    span = TimeSpan(cited.span.start_ns + by_ns, cited.span.end_ns + by_ns)
    minutes, seconds = divmod(span.start_ns // SECOND_NS, 60)
    hours, minutes = divmod(minutes, 60)
    told = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"
    return Claim(_CLOCK.sub(told, claim.text, count=1), (replace(cited, span=span),))
