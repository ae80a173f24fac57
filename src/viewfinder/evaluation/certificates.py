"""What a calibration found out about one collection, and what may be said because of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from hashlib import sha256

from viewfinder.domain.errors import InputError
from viewfinder.evaluation import calibration

UNCERTIFIED = "not certified for this collection"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The outcome of one calibration; it holds counts, and no word of a question or footage.

    Attributes:
        model: Name of the weights that made the certainties.
        videos: Digest of the ids of the videos that were asked.
        made: ISO date.
        questions: How many were asked and not refused.
        answerable: How many of them have an answer.
        risk: Share of answers that may have nothing to find.
        doubt: Chance that the true share is higher all the same.
        threshold: Least certainty that is answered; None where none could be certified.
        answers: How many questions were answered at it; as shipped where it is None.
        errors: How many of those have no answer.
        placed: How many of those answers cite a place that answers.
    """

    model: str
    videos: str
    made: str
    questions: int
    answerable: int
    risk: float
    doubt: float
    threshold: float | None
    answers: int
    errors: int
    placed: int

    @property
    def coverage(self) -> float:
        """Share of the questions that have an answer that got one."""
        return (self.answers - self.errors) / max(self.answerable, 1)

    def needed(self) -> int:
        """Return how many answers with no more errors than these would certify the risk."""
        return calibration.needed(self.errors, self.risk, self.doubt)


def digest_of(videos: Iterable[str]) -> str:
    """Return what tells one set of videos from another, and nothing about them."""
    return sha256("\n".join(sorted(videos)).encode()).hexdigest()


def to_json(certificate: Certificate) -> str:
    return json.dumps(asdict(certificate), indent=2) + "\n"


def from_json(text: str) -> Certificate:
    """Return the certificate that a text holds.

    Raises:
        InputError: It is none.
    """
    try:
        row = json.loads(text)
        return Certificate(**{field.name: row[field.name] for field in fields(Certificate)})
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            f"the calibration of this collection cannot be read ({error!r}); "
            "`viewfinder calibrate QUERIES` makes it anew"
        ) from error


def summary(certificate: Certificate | None) -> str:
    """Return what is known of a collection, in one sentence."""
    if certificate is None:
        return f"{UNCERTIFIED}: `viewfinder calibrate QUERIES` tests it"
    c = certificate
    if c.threshold is None and c.errors > c.risk * c.answers:
        return f"{UNCERTIFIED}: {_tested(c)}, more than {_share(c.risk)}"
    if c.threshold is None:
        return (
            f"{UNCERTIFIED}: {_tested(c)}; to be sure at {_share(1 - c.doubt)} of at most "
            f"{_share(c.risk)} takes {c.needed()} answers with no more than {c.errors} such"
        )
    return (
        f"{_tested(c)} (certified: at most {_share(c.risk)}, at {_share(1 - c.doubt)}); "
        f"{c.placed} cited a right place; {_share(c.coverage)} of the answerable questions "
        "were answered"
    )


def _tested(c: Certificate) -> str:
    return f"{c.errors} of {c.answers} test answers here had nothing to find"


def of_answer(certificate: Certificate | None, certainty: float, least: float | None) -> str:
    """Return what may be said of one answer or silence.

    Args:
        certificate: Of exactly the videos that were searched, if there is one.
        certainty: Of this one.
        least: Certainty from which on an answer is given; None where another rule decides.
    """
    said = f"certainty {_hundredths(certainty)}"
    if least is not None and certainty < least:
        return f"{said}, answers are given from {least:.2f} on"
    known = certificate is not None and certificate.threshold is not None
    return f"{said}; {summary(certificate) if known and least is not None else UNCERTIFIED}"


def _hundredths(certainty: float) -> str:
    """Round down, so that nothing looks as if it reached a threshold that it missed."""
    return f"{math.floor(100 * certainty) / 100:.2f}"


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"
