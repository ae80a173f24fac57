"""What may be said of an answer, and what never is (ours)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from viewfinder.domain.errors import InputError
from viewfinder.evaluation import certificates
from viewfinder.evaluation.certificates import Certificate

GOOD = Certificate(
    model="m",
    videos=certificates.digest_of(["a", "b"]),
    made="2026-11-20",
    questions=400,
    answerable=300,
    risk=0.05,
    doubt=0.05,
    threshold=0.62,
    answers=214,
    errors=4,
    placed=170,
)


def test_a_certificate_says_risk_and_coverage_together() -> None:
    assert certificates.of_answer(GOOD, 0.915, 0.62) == (
        "certainty 0.91; 4 of 214 test answers here had nothing to find (certified: at most 5 %, "
        "at 95 %); 170 cited a right place; 70 % of the answerable questions were answered"
    )


def test_a_silence_says_from_where_answers_are_given() -> None:
    said = certificates.of_answer(GOOD, 0.6199, 0.62)
    assert said == "certainty 0.61, answers are given from 0.62 on"


def test_nothing_is_claimed_of_a_collection_that_was_not_tested() -> None:
    assert certificates.of_answer(None, 0.9, 0.7) == (
        "certainty 0.90; not certified for this collection"
    )
    assert certificates.of_answer(GOOD, 0.3, None) == (
        "certainty 0.30; not certified for this collection"
    )
    assert "`viewfinder calibrate QUERIES`" in certificates.summary(None)


def test_too_small_a_test_says_how_large_one_must_be() -> None:
    small = replace(GOOD, threshold=None, answers=41, errors=1)
    assert certificates.summary(small) == (
        "not certified for this collection: 1 of 41 test answers here had nothing to find; to be "
        "sure at 95 % of at most 5 % takes 93 answers with no more than 1 such"
    )
    assert "certified: at most" not in certificates.of_answer(small, 0.9, 0.7)


def test_too_many_errors_are_called_so() -> None:
    poor = replace(GOOD, threshold=None, answers=40, errors=9)
    assert certificates.summary(poor).endswith(
        "9 of 40 test answers here had nothing to find, more than 5 %"
    )


def test_a_certificate_is_read_back_as_written_and_holds_no_words() -> None:
    text = certificates.to_json(GOOD)
    assert certificates.from_json(text) == GOOD
    for broken in ("", "[]", '{"model": "m"}'):
        with pytest.raises(InputError, match="viewfinder calibrate"):
            certificates.from_json(broken)


def test_one_video_more_or_less_is_another_collection() -> None:
    assert certificates.digest_of(["b", "a"]) == GOOD.videos
    assert certificates.digest_of(["a"]) != GOOD.videos
    assert certificates.digest_of(["a", "b", "c"]) != GOOD.videos
