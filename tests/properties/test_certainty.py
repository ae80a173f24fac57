"""Certificates keep their word, signs speak for an answer only, and scope hides all else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewfinder.evaluation import calibration
from viewfinder.retrieval import certainty

RISK = DOUBT = 0.05


@pytest.mark.parametrize("answers", [60, 200, 600])
@pytest.mark.parametrize("bend", [0.5, 1.0, 3.0])
def test_a_certified_threshold_is_riskier_than_said_no_more_often_than_said(
    answers: int, bend: float
) -> None:
    """Whatever the true chance is of a certainty, as long as drawings are alike (LTT, 2021)."""
    rng = np.random.default_rng(int(10 * bend) + answers)
    broken, runs = 0, 400
    for _ in range(runs):
        chance = rng.random(answers)
        held = (rng.random(answers) < 0.8 + 0.2 * chance**bend).astype(float)
        made = calibration.certify(chance, held, risk=RISK, doubt=DOUBT, starts=(0.9,), step=0.01)
        if made.threshold is not None:
            above = np.linspace(max(made.threshold, 0.0), 1, 2001)
            broken += float((0.2 - 0.2 * above**bend).mean()) > RISK
    # 400 drawings at 5 % give more than 33 once in a hundred times.
    assert broken <= 33


@given(
    st.integers(0, 200),
    st.integers(0, 200),
    st.floats(0.01, 0.5),
)
def test_more_errors_never_certify_sooner(errors: int, more: int, risk: float) -> None:
    answers = 400
    fewer = calibration.at_most(errors, answers, risk)
    assert calibration.at_most(errors + more, answers, risk) >= fewer - 1e-12


@settings(max_examples=60)
@given(st.data())
def test_a_stronger_sign_never_lowers_certainty(data: st.DataObject) -> None:
    model = certainty.shipped()
    for kind in ("words", "look", "foreign", "likeness"):
        names = [n for n in model.weights if n.startswith(f"{kind}.")]
        values = {n: data.draw(st.floats(-4, 8), label=n) for n in names}
        before = model.certainty(((kind, 1.0), *values.items()))
        name = data.draw(st.sampled_from(names))
        stronger = {**values, name: values[name] + data.draw(st.floats(0, 4))}
        assert model.certainty(((kind, 1.0), *stronger.items())) >= before


def test_the_shipped_model_is_in_order() -> None:
    model = certainty.shipped()
    shares = [share for share, _ in model.thresholds]
    least = [threshold for _, threshold in model.thresholds]
    assert shares == sorted(shares)
    assert least == sorted(least, reverse=True)
    assert certainty.TOLERATED in shares
    assert all(w.weight >= 0 for name, w in model.weights.items() if "." in name)
    assert model.threshold(0.07) == model.threshold(0.05)
    assert model.threshold(0.0001) == 1.0
    assert model.certainty(()) == 0.0
