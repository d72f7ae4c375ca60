"""Bars, chips and vectors: what they hold, what they refuse, and what leaves them as arrays and tables."""

import numpy as np
import pytest

from viz.bars import Bars
from viz.chips import ChipRow, Chips, Links
from viz.pack import jsonable, pack, unpack
from viz.vectors import Vectors

WEIGHTS = np.array([[0.75, 0.25, 0.0], [0.5, 0.25, 0.25]])
BARS = Bars(
    "Next", ("cat", "dog"), np.array([0.75, 0.25]), "two bars", second=np.array([0.5, 0.5]), second_label="drawn"
)
CHIPS = Chips(
    "Pieces",
    (
        ChipRow("English", ("your", "cat"), ids=(7, 9), values=np.array([0.5, 1.5]), value_label="bits"),
        ChipRow("French", ("ton", "chat", ".")),
    ),
    "two rows",
    links=Links(0, 1, WEIGHTS),
)
VECTORS = Vectors("Plane", ("r", "a"), np.array([[3.0, 4.0], [4.0, 3.0]]), "two arrows", ("query", "key"), (None, "a"))


@pytest.mark.parametrize("figure", [BARS, CHIPS, VECTORS], ids=lambda figure: figure.type)
def test_a_figure_comes_back_from_the_wire_as_it_was(figure: Bars | Chips | Vectors) -> None:
    read = unpack(pack(figure))
    assert read["type"] == figure.type
    assert read["title"] == figure.title
    assert jsonable(read) == jsonable(figure)


def test_bars_give_their_numbers_by_name_and_a_row_each() -> None:
    assert {name: values.tolist() for name, values in BARS.arrays().items()} == {
        "values": [0.75, 0.25],
        "second": [0.5, 0.5],
    }
    (table,) = BARS.tables()
    assert table.columns == ("", "value", "drawn")
    assert table.rows == (("cat", 0.75, 0.5), ("dog", 0.25, 0.5))


def test_chips_give_a_table_for_each_row_and_one_for_their_links() -> None:
    first, second, links = CHIPS.tables()
    assert first.columns == ("position", "token", "id", "bits")
    assert first.rows == ((0, "your", 7, 0.5), (1, "cat", 9, 1.5))
    assert second.rows == ((0, "ton"), (1, "chat"), (2, "."))
    assert links.columns == ("", "ton", "chat", ".")
    assert links.rows == (("your", 0.75, 0.25, 0.0), ("cat", 0.5, 0.25, 0.25))
    assert CHIPS.arrays().keys() == {"ids0", "values0", "links"}


def test_vectors_give_x_and_y() -> None:
    (table,) = VECTORS.tables()
    assert table.rows == (("r", 3.0, 4.0), ("a", 4.0, 3.0))


def test_bars_need_one_of_everything_a_label() -> None:
    with pytest.raises(ValueError, match="one of everything"):
        Bars("Next", ("cat", "dog"), np.array([0.75]), "alt")
    with pytest.raises(ValueError, match="one of everything"):
        Bars("Next", ("cat", "dog"), np.array([0.75, 0.25]), "alt", details=("only one",))


@pytest.mark.parametrize("wrong", [{"low": 0.0, "log": True}, {"low": 2.0, "high": 1.0}])
def test_a_scale_that_cannot_be_drawn_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="scale"):
        Bars("Next", ("cat",), np.array([0.75]), "alt", **wrong)


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Bars("Next", ("cat",), np.array([np.nan]), "alt")
    with pytest.raises(ValueError, match="finite"):
        Vectors("Plane", ("a",), np.array([[np.inf, 0.0]]), "alt", ("key",), (None,))


def test_a_row_of_chips_needs_one_of_everything_a_token() -> None:
    with pytest.raises(ValueError, match="one of everything"):
        ChipRow("English", ("your", "cat"), ids=(7,))
