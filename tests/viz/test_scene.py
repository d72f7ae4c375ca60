"""The vocabulary of walkthroughs: every rule against another library or a calculation by hand."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics.pairwise import cosine_similarity

from viz.scene import (
    Add,
    Apply,
    Cosine,
    Dot,
    Given,
    Join,
    Length,
    Matrix,
    Normal,
    Rule,
    Scale,
    Softcap,
    Softmax,
    Step,
    Take,
    Times,
    Walk,
    Where,
    Window,
    derived,
    distance,
    largest,
)

INF = math.inf
RANDOM = np.random.default_rng(7)
LEFT, RIGHT = RANDOM.normal(size=(3, 4)), RANDOM.normal(size=(5, 4))
BIAS = RANDOM.normal(size=(1, 5))


def named(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))


def matrix(key: str, values: np.ndarray, source: Rule = Given("for a test")) -> Matrix:  # noqa: B008
    return Matrix(key, key.title(), values, named(values.shape[0]), named(values.shape[1]), source)


def walk(*matrices: Matrix) -> Walk:
    held = {part.key: part for part in matrices}
    return Walk("A walk", held, (Step("One", "Everything.", tuple(held)),), "A walk.")


def test_a_dot_product_by_hand() -> None:
    among = {"a": np.array([[1.0, 2.0]]), "b": np.array([[3.0, 5.0], [4.0, 6.0]]), "c": np.array([[10.0, 20.0]])}
    assert Dot("a", "b").evaluate(among).tolist() == [[11.0, 17.0]]
    assert Dot("a", "b", transpose=True).evaluate(among).tolist() == [[13.0, 16.0]]
    assert Dot("a", "b", bias="c").evaluate(among).tolist() == [[21.0, 37.0]]


def test_a_dot_product_agrees_with_the_linear_layer_of_torch() -> None:
    found = Dot("x", "w", transpose=True, bias="b").evaluate({"x": LEFT, "w": RIGHT, "b": BIAS})
    expected = F.linear(*map(torch.from_numpy, (LEFT, RIGHT, BIAS[0])))
    assert np.allclose(found, expected.numpy(), atol=1e-12)


def test_a_sum_with_minus_infinity_is_minus_infinity() -> None:
    among = {"a": np.array([[1.0, -2.5]]), "b": np.array([[-INF, 0.5]])}
    assert Add("a", "b").evaluate(among).tolist() == [[-INF, -2.0]]


def test_scaling_multiplies_every_cell() -> None:
    assert Scale("a", 0.125, "÷ √64").evaluate({"a": np.array([[8.0, -16.0]])}).tolist() == [[1.0, -2.0]]


def test_softmax_agrees_with_torch_and_masked_cells_are_exactly_zero() -> None:
    scores = RANDOM.normal(size=(6, 6)) * 30
    scores[np.triu_indices(6, 1)] = -INF
    found = Softmax("s").evaluate({"s": scores})
    assert np.allclose(found, torch.softmax(torch.from_numpy(scores), dim=1).numpy(), atol=1e-14)
    assert (found[np.triu_indices(6, 1)] == 0).all()


def test_softmax_by_hand() -> None:
    found = Softmax("s").evaluate({"s": np.log([[1.0, 2.0, 5.0]])})
    assert np.allclose(found, [[0.125, 0.25, 0.625]], atol=1e-15)


def test_softmax_of_a_row_in_which_everything_is_hidden_is_all_zeros() -> None:
    assert Softmax("s").evaluate({"s": np.full((1, 3), -INF)}).tolist() == [[0, 0, 0]]


def test_softmax_does_not_overflow_where_scores_are_large() -> None:
    assert Softmax("s").evaluate({"s": np.array([[1e6, 1e6]])}).tolist() == [[0.5, 0.5]]


def test_a_sink_takes_its_share_of_every_row_as_one_more_column_would() -> None:
    scores = RANDOM.normal(size=(4, 5))
    wider = np.concatenate([scores, np.full((4, 1), 1.5)], axis=1)
    expected = torch.softmax(torch.from_numpy(wider), dim=1).numpy()[:, :5]
    found = Softmax("s", sink=1.5).evaluate({"s": scores})
    assert np.allclose(found, expected, atol=1e-14)
    assert (found.sum(axis=1) < 1).all()


def test_a_fill_replaces_exactly_the_cells_that_the_mask_hides() -> None:
    among = {"s": np.array([[0.7, 0.1]]), "m": np.array([[0.0, -INF]])}
    assert Where("s", "m", 0.0).evaluate(among).tolist() == [[0.7, 0.0]]


def test_a_soft_cap_agrees_with_its_formula_and_never_passes_the_cap() -> None:
    scores = np.array([[-500.0, 0.0, 25.0, 500.0]])
    found = Softcap("s", 50.0).evaluate({"s": scores})
    assert np.allclose(found, 50 * torch.tanh(torch.from_numpy(scores) / 50).numpy(), atol=1e-12)
    assert np.abs(found).max() <= 50


@pytest.mark.parametrize("stride", [(1, 1), (2, 1), (1, 3)])
@pytest.mark.parametrize("padding", [(0, 0), (2, 1)])
@pytest.mark.parametrize("dilation", [(1, 1), (2, 3)])
def test_a_window_agrees_with_conv2d_of_torch(
    stride: tuple[int, int], padding: tuple[int, int], dilation: tuple[int, int]
) -> None:
    image, kernel = RANDOM.normal(size=(9, 11)), RANDOM.normal(size=(3, 2))
    found = Window("x", "k", stride, padding, dilation, 0.25).evaluate({"x": image, "k": kernel})
    both = (torch.from_numpy(part)[None, None] for part in (image, kernel))
    expected = F.conv2d(
        *both, torch.tensor([0.25], dtype=torch.float64), stride=stride, padding=padding, dilation=dilation
    )
    assert np.allclose(found, expected[0, 0].numpy(), atol=1e-12)


def test_cosines_agree_with_scikit_learn_and_a_row_of_zeros_has_cosine_zero() -> None:
    left = np.concatenate([LEFT, np.zeros((1, 4))])
    found = Cosine("a", "b").evaluate({"a": left, "b": RIGHT})
    assert np.allclose(found, cosine_similarity(left, RIGHT), atol=1e-12)
    assert (found[-1] == 0).all()


def test_numbers_of_a_model_are_evaluated_in_double_precision() -> None:
    one = np.full((1, 3000), 1.1, np.float32)
    expected = math.fsum(float(one[0, 0]) ** 2 for _ in range(3000))
    assert abs(Dot("a", "a", transpose=True).evaluate({"a": one})[0, 0] - expected) < 1e-9


def test_a_matrix_needs_a_label_for_every_row_and_column() -> None:
    with pytest.raises(ValueError, match=r"labels for \(1, 2\) and values of shape \(2, 2\)"):
        Matrix("a", "A", np.zeros((2, 2)), ("0",), ("0", "1"), Given("x"))


def test_a_matrix_refuses_what_is_not_a_number_and_takes_minus_infinity() -> None:
    with pytest.raises(ValueError, match="not a number"):
        matrix("a", np.array([[math.nan]]))
    assert matrix("a", np.array([[-INF]])).values[0, 0] == -INF


def test_a_step_may_name_matrices_and_operators_only() -> None:
    held = {"a": matrix("a", np.zeros((1, 1)))}
    Walk("w", held, (Step("s", "c", ("a", "+", "a", "→", "a"), sweep="a"),), "w")
    with pytest.raises(ValueError, match="does not have"):
        Walk("w", held, (Step("s", "c", ("a", "plus", "a")),), "w")
    with pytest.raises(ValueError, match="does not have"):
        Walk("w", held, (Step("s", "c", ("a",), sweep="b"),), "w")


def test_residuals_are_nothing_where_every_matrix_follows_its_rule() -> None:
    x, w = matrix("x", LEFT), matrix("w", RIGHT)
    product = derived({"x": x, "w": w}, "product", "Product", Dot("x", "w", transpose=True), named(3), named(5))
    assert walk(x, w, product).residuals() == {"product": 0.0}


@pytest.mark.parametrize(
    "rule",
    [
        Dot("x", "w"),
        Dot("x", "w", transpose=True, bias="b"),
        Add("x", "w"),
        Scale("x", 0.5, "× 0.5"),
        Softmax("x"),
        Where("x", "m", 0.0),
        Softcap("x", 1.0),
        Window("x", "k"),
        Cosine("x", "w"),
    ],
    ids=lambda rule: rule.rule,
)
def test_residuals_are_large_where_a_single_cell_is_wrong(rule: Rule) -> None:
    hidden = np.where(np.eye(4, dtype=bool), -INF, 0.0)
    given = {
        "x": matrix("x", RANDOM.normal(size=(4, 4))),
        "w": matrix("w", RANDOM.normal(size=(4, 4))),
        "b": matrix("b", RANDOM.normal(size=(1, 4))),
        "m": matrix("m", hidden),
        "k": matrix("k", RANDOM.normal(size=(2, 2))),
    }
    values = rule.evaluate({key: part.values for key, part in given.items()})  # type: ignore[union-attr]
    right = matrix("result", values, rule)
    assert walk(*given.values(), right).residuals() == {"result": 0.0}
    wrong = values.copy()
    wrong[-1, -1] += 0.5
    assert walk(*given.values(), matrix("result", wrong, rule)).residuals()["result"] == pytest.approx(0.5)


def test_a_finite_number_where_minus_infinity_should_be_is_infinitely_wrong() -> None:
    right, wrong = np.array([[-INF, 1.0]]), np.array([[-1e9, 1.0]])
    assert distance(right, right) == 0
    assert distance(right, wrong) == INF


def test_the_end_of_a_signed_scale_is_the_largest_finite_number() -> None:
    assert largest(np.array([1.0, -3.0]), np.array([2.0, -INF])) == 3.0
    assert largest(np.array([-INF])) > 0
    assert largest(np.zeros((0, 2))) > 0


def test_a_given_matrix_is_not_derived() -> None:
    with pytest.raises(TypeError):
        derived({}, "a", "A", Given("x"), ("0",), ("0",))


def test_tables_carry_labels_and_exact_numbers() -> None:
    (table,) = walk(matrix("a", np.array([[0.1, -INF], [2.0, 3.0]]))).tables()
    assert table.columns == ("", "0", "1")
    assert table.rows == (("0", 0.1, -INF), ("1", 2.0, 3.0))


def test_the_length_of_the_lectures_reference_is_five() -> None:
    assert Length("v").evaluate({"v": np.array([[3.0, 4.0], [0.0, 0.0]])}).tolist() == [[5.0], [0.0]]


@pytest.mark.parametrize("centred", [True, False])
def test_a_norm_agrees_with_the_layer_of_torch(centred: bool) -> None:
    gain, shift = RANDOM.normal(size=(2, 1, 4))
    among = {"x": LEFT, "g": gain, "b": shift}
    found = Normal("x", "g", "b" if centred else None, 1e-5, centred).evaluate(among)
    x, weight, bias = map(torch.from_numpy, (LEFT, gain[0], shift[0]))
    expected = F.layer_norm(x, (4,), weight, bias, 1e-5) if centred else F.rms_norm(x, (4,), weight, 1e-5)
    assert np.allclose(found, expected.numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("name", "function"),
    [("relu", F.relu), ("gelu", F.gelu), ("gelu_tanh", lambda x: F.gelu(x, approximate="tanh")), ("silu", F.silu)],
)
def test_a_function_of_one_number_agrees_with_torch(name: str, function) -> None:
    found = Apply("x", name).evaluate({"x": LEFT})  # type: ignore[arg-type]
    assert np.allclose(found, function(torch.from_numpy(LEFT)).numpy(), atol=1e-12)


def test_even_columns_are_sines_and_odd_ones_cosines() -> None:
    found = Apply("x", "sin_cos").evaluate({"x": np.array([[0.5, 0.5, 2.0]])})
    assert found[0].tolist() == [math.sin(0.5), math.cos(0.5), math.sin(2)]


def test_rows_are_looked_up_cells_multiplied_and_parts_put_side_by_side() -> None:
    among = {"t": np.array([[1.0, 2.0], [3.0, 4.0]]), "g": np.array([[10.0, 100.0]])}
    assert Take("t", (1, 1, 0)).evaluate(among).tolist() == [[3, 4], [3, 4], [1, 2]]
    assert Times("t", "g").evaluate(among).tolist() == [[10, 200], [30, 400]]
    assert Join(("t", "t")).evaluate(among).tolist() == [[1, 2, 1, 2], [3, 4, 3, 4]]
