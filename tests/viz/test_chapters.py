"""What a chapter promises of every view: few words, a formula whose terms are shown, something to change, a source."""

import statistics
from pathlib import Path

import pytest

from tests.viz.drawing import drawn
from viz import views
from viz.chips import Chips
from viz.scene import Walk
from viz.spec import Term
from viz.state import controls
from viz.vectors import Vectors
from viz.view import Drawn, View
from viz.views import VIEWS

MOST_WORDS = 120
every_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
PUNCTUATION = set(" ()[]{}|=+-−→,;:./·×")


def lit(term: Term, found: Drawn) -> bool:
    """Return whether a step lights the term, or the place it names is there."""
    steps = [step for figure in found.figures if isinstance(figure, Walk) for step in figure.steps]
    return any(step.term == term.term for step in steps if step.term) or (term.at is not None and there(term.at, found))


def there(place: tuple[int, ...], found: Drawn) -> bool:
    figure = found.figures[place[0]] if place[0] < len(found.figures) else None
    rows = len(figure.rows) if isinstance(figure, Chips) else 0
    return figure is not None and (len(place) == 1 or place[1] < rows)


def said(term: Term) -> bool:
    """Return whether the term says more than punctuation."""
    return not set(term.text) <= PUNCTUATION


@every_view
def test_a_view_has_a_question_a_misconception_its_limits_and_references_in_few_words(view: View) -> None:
    parts = (view.question, view.lead, view.misconception, view.not_shown)
    assert all(len(part.split()) >= 4 for part in parts)
    assert len(" ".join(parts).split()) <= MOST_WORDS
    assert view.references


@every_view
def test_a_view_has_a_formula_and_what_it_names_is_tied_to_the_picture(view: View) -> None:
    found = drawn(view.key)
    names = [term for term in found.spec.formula if said(term)]
    tied = [term for term in names if lit(term, found)]
    assert tied, "no term of the formula is shown anywhere"
    assert len(tied) >= len(names) / 2, [term.text for term in names if term not in tied]


@every_view
def test_every_term_that_names_a_step_or_a_place_finds_it(view: View) -> None:
    found = drawn(view.key)
    lost = [term.text for term in found.spec.formula if (term.term or term.at) and not lit(term, found)]
    assert not lost


@every_view
def test_a_student_can_change_something(view: View) -> None:
    found = drawn(view.key)
    picks = [figure for figure in found.figures if getattr(figure, "pick", None)]
    dragged = [figure for figure in found.figures if isinstance(figure, Vectors)]
    assert controls(found.state, found.spec.limits) or picks or dragged


def test_the_median_file_of_a_view_stays_short() -> None:
    folder = Path(views.__file__).parent
    lines = [len(path.read_text("utf-8").splitlines()) for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(lines) == len(VIEWS)
    assert statistics.median(lines) < 150
