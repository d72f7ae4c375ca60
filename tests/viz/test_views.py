"""What holds for every view at its default: it draws offline, its numbers follow its rules, and it has words."""

import re
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from tests.viz.drawing import drawn
from viz.scene import Given, Walk
from viz.spec import Heads, Plot
from viz.view import Drawn, View
from viz.views import DEFAULT, VIEWS, find

MOST_WORDS = 120
BY_HAND = [
    ("convolution", {}),
    ("masked-scores", {}),
    ("attention-steps", {"source": "hand"}),
    ("attention-steps", {"source": "course"}),
]
BY_MODEL = [
    ("attention-steps", {"layer": 1, "head": 1}),
    ("attention-steps", {"model": "gpt-tiny"}),
    ("masked-scores", {"source": "model"}),
    ("contextual-embeddings", {}),
    ("contextual-embeddings", {"second": "gpt-tiny", "centred": True}),
]

every_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)


def walks(found: Drawn) -> list[Walk]:
    return [figure for figure in found.figures if isinstance(figure, Walk)]


def words(text: str) -> int:
    return len(text.split())


@every_view
def test_the_default_draws_without_a_network_and_has_nothing_to_complain_about(view: View) -> None:
    found = drawn(view.key)
    assert found.figures
    assert found.notices == ()


@every_view
def test_the_link_of_the_default_names_the_view_and_nothing_else(view: View) -> None:
    assert drawn(view.key).link() == f"v=1&view={view.key}"


@every_view
def test_every_figure_says_in_words_what_it_shows(view: View) -> None:
    found = drawn(view.key)
    spoken = [view.title, view.chapter, view.question, view.lead, view.misconception, view.not_shown]
    spoken += [found.spec.alt, found.spec.caption, *(f.alt for f in found.figures), *(f.title for f in found.figures)]
    assert all(sentence.strip() for sentence in spoken)
    assert view.question.endswith("?")
    for sentence in (view.lead, view.misconception, view.not_shown, found.spec.caption):
        assert sentence.strip()[-1] in ".?”", sentence


@every_view
def test_a_view_needs_few_words(view: View) -> None:
    prose = (view.title, view.question, view.lead, view.misconception, view.not_shown)
    assert sum(map(words, prose)) <= MOST_WORDS
    for step in (step for walk in walks(drawn(view.key)) for step in walk.steps):
        assert words(step.caption) <= 40, step.caption


@every_view
def test_every_figure_has_a_table_of_its_numbers(view: View) -> None:
    for figure in drawn(view.key).figures:
        tables = figure.tables()
        assert tables
        for table in tables:
            assert table.rows
            assert all(len(row) == len(table.columns) for row in table.rows)


@every_view
def test_every_reference_says_what_it_is_and_leads_to_a_safe_address(view: View) -> None:
    assert view.references
    for reference in view.references:
        assert reference.text.strip()
        assert reference.url is None or reference.url.startswith("https://")


@pytest.mark.parametrize(("key", "state"), BY_HAND, ids=str)
def test_the_numbers_of_a_worked_example_follow_their_rules_to_nine_digits(key: str, state: dict) -> None:
    for walk in walks(drawn(key, **state)):
        residuals = walk.residuals()
        assert residuals
        assert max(residuals.values()) < 1e-9, residuals


@pytest.mark.parametrize(("key", "state"), BY_MODEL, ids=str)
def test_the_numbers_of_a_model_follow_their_rules_within_float32(key: str, state: dict) -> None:
    for walk in walks(drawn(key, **state)):
        residuals = walk.residuals()
        assert residuals
        for name, residual in residuals.items():
            values = walk.matrices[name].values
            scale = max(1e-3, np.abs(values[np.isfinite(values)]).max(initial=0))
            assert residual < 1e-3 * scale, (name, residual, scale)


def test_a_score_from_another_head_is_caught_by_the_rules() -> None:
    (right,) = walks(drawn("attention-steps", layer=1, head=0))
    (other,) = walks(drawn("attention-steps", layer=1, head=1))
    mixed = Walk("mixed", {**right.matrices, "weights": other.matrices["weights"]}, right.steps, "mixed")
    assert mixed.residuals()["weights"] > 1e-2
    assert right.residuals()["weights"] < 1e-5


@pytest.mark.parametrize(("key", "state"), [*BY_HAND, *BY_MODEL], ids=str)
def test_every_term_that_a_step_lights_up_stands_in_the_formula(key: str, state: dict) -> None:
    found = drawn(key, **state)
    terms = {term.term for term in found.spec.formula}
    for step in (step for walk in walks(found) for step in walk.steps):
        assert step.term is None or step.term in terms, step.title
    assert any(step.term for walk in walks(found) for step in walk.steps)


@pytest.mark.parametrize(("key", "state"), [*BY_HAND, *BY_MODEL], ids=str)
def test_every_matrix_that_may_be_edited_names_a_field_of_the_state_that_holds_it(key: str, state: dict) -> None:
    found = drawn(key, **state)
    fields = find(key).state.model_fields
    edits = {m.edit for walk in walks(found) for m in walk.matrices.values() if m.edit}
    assert edits <= set(fields)
    for walk in walks(found):
        for matrix in walk.matrices.values():
            assert matrix.edit is None or isinstance(matrix.source, Given), matrix.key
            asked = getattr(found.state, matrix.edit) if matrix.edit else ()
            assert not asked or np.array_equal(np.array(asked), matrix.values)


@pytest.mark.parametrize(("key", "state"), [*BY_HAND, *BY_MODEL], ids=str)
def test_every_cell_that_a_step_points_at_exists(key: str, state: dict) -> None:
    for walk in walks(drawn(key, **state)):
        for name, row, column in (place for step in walk.steps for place in step.focus):
            rows, columns = walk.matrices[name].values.shape
            assert 0 <= row < rows
            assert 0 <= column < columns


@pytest.mark.parametrize(("key", "state"), [*BY_HAND, *BY_MODEL], ids=str)
def test_every_matrix_is_shown_by_some_step_and_no_rule_reads_one_that_is_not_there(key: str, state: dict) -> None:
    for walk in walks(drawn(key, **state)):
        shown = {part for step in walk.steps for part in step.layout}
        read = {
            key
            for matrix in walk.matrices.values()
            for name, value in vars(matrix.source).items()
            if name not in ("rule", "shown", "note", "function", "sink_name")
            for key in (value if isinstance(value, tuple) else (value,))
            if isinstance(key, str)
        }
        assert read <= set(walk.matrices)
        assert set(walk.matrices) <= shown | read


@every_view
def test_a_step_never_repeats_the_one_before_it(view: View) -> None:
    for walk in walks(drawn(view.key)):
        assert all(one.title != other.title for one, other in pairwise(walk.steps))


@every_view
def test_what_the_page_gets_has_controls_for_the_fields_and_the_canonical_link(view: View) -> None:
    response = drawn(view.key).response()
    assert response["view"] == view.key
    assert {control["field"] for control in response["controls"]} <= set(response["state"])
    assert response["query"] == drawn(view.key).link()


@every_view
def test_a_plot_draws_the_numbers_of_its_table(view: View) -> None:
    for figure in drawn(view.key).figures:
        if isinstance(figure, Plot):
            cells = np.array([cell for row in figure.table.rows for cell in row if isinstance(cell, float)])
            for number in (y for trace in figure.data for y in trace["y"]):
                assert np.abs(cells - number).min() < 1e-6


@every_view
def test_an_attention_figure_has_labels_and_flags_for_every_row_and_column(view: View) -> None:
    for figure in drawn(view.key).figures:
        if isinstance(figure, Heads):
            assert figure.weights.shape == (len(figure.queries), len(figure.keys))
            assert len(figure.query_special) == len(figure.query_segments) == len(figure.queries)
            assert len(figure.key_special) == len(figure.key_segments) == len(figure.keys)


@every_view
def test_text_that_looks_like_a_program_is_only_text(view: View) -> None:
    program = "<script>alert(1)</script> ${1+1} {0} {{x}} %s \\u003c"
    names = {"text": program, "labels": program, "sentences": f"bank {program}\nthe bank {program}"}
    state = {name: text for name, text in names.items() if name in view.state.model_fields}
    found = drawn(view.key, **state)
    assert found.figures
    assert all(getattr(found.state, name) == text for name, text in state.items())
    assert not state or "<script>" in found.spec.caption or view.key == "contextual-embeddings"


def test_the_views_have_different_keys_that_can_stand_in_an_address_and_the_start_page_is_one_of_them() -> None:
    keys = [view.key for view in VIEWS]
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", key) for key in keys)
    assert DEFAULT in keys


def test_the_list_of_views_is_there_without_torch_and_without_gradio() -> None:
    script = "import sys, viz.views, viz.export, viz.bake; print({'torch', 'transformers', 'gradio'} & {*sys.modules})"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
