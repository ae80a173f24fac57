"""While a model works people see what it is at, and claims as they come; programs do not."""

import io
from collections.abc import Iterator

import pytest

from viewfinder.app.asking.assisted import Progress, Sending
from viewfinder.domain.annotation import TrackName
from viewfinder.domain.answer import Answer, Citation, Claim, Outcome
from viewfinder.domain.conversation import Resolved, Step
from viewfinder.domain.search import Criterion, Moment
from viewfinder.domain.time import TimeSpan
from viewfinder.surfaces import render
from viewfinder.surfaces.talking import waiting
from viewfinder.testing.fakes import video

FILM = video("ferry.mp4")
SPAN = TimeSpan.of_seconds(10, 14)
CITED = Citation(FILM.id, FILM.path, SPAN, TrackName.SPEECH, "it leaves at nine")
WORDED = Claim("The ferry leaves at nine.", (CITED,), "a-model")
QUOTED = Claim('At 00:10 the machine transcript says: "it leaves at nine"', (CITED,))
SAID = Answer(Outcome.ANSWER, "", (WORDED, QUOTED))


def steps() -> Iterator[Progress | Resolved | Claim | Answer]:
    yield Progress("the model reads 5 moments ...")
    yield Resolved(Step.SEARCH, "the ferry", note="the ferry in ferry.mp4")
    yield WORDED
    yield SAID


def test_a_claim_is_printed_as_it_comes_and_not_again() -> None:
    out = io.StringIO()
    console = render.console(out)
    said, printed = waiting.told(console, steps())
    shown = out.getvalue()
    assert shown.index("understood as: the ferry in ferry.mp4") < shown.index("leaves at nine.")
    assert "worded by a-model" in shown
    assert waiting.rest(said, printed).claims == (QUOTED,)


def test_a_program_gets_the_answer_alone(capsys: pytest.CaptureFixture[str]) -> None:
    said, printed = waiting.told(None, steps())
    assert said == SAID
    assert not printed
    assert capsys.readouterr() == ("", "")


def test_what_leaves_the_machine_is_said_before_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    waiting.leaving(Sending("models.example:443", True, "large", "x" * 20))
    waiting.leaving(Sending("", False, "small", "x" * 20))
    assert capsys.readouterr().err == "sending 20 bytes to models.example:443\n"


def test_what_a_model_judged_and_that_it_fell_silent_is_shown() -> None:
    out = io.StringIO()
    judged = (Criterion("a ferry", True), Criterion("at night", False), Criterion("rain", None))
    moment = Moment(FILM.id, SPAN, 1.0, (), 0.9, judged)
    said = Answer(Outcome.ANSWER, "", (QUOTED,), (moment,), notes=("The model fell silent.",))
    render.answer(render.console(out), said, {FILM.id: FILM.path})
    shown = out.getvalue()
    assert "✓ a ferry  ✗ at night  ? rain" in shown
    assert "The model fell silent." in shown
