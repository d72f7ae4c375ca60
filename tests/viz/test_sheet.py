"""Pictures for slides: legible from the back row, nothing outside the frame, numbers and colours of the page."""

import colorsys
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from models.errors import LecternError
from tests.viz.drawing import drawn, heads, walk
from viz.bake import ROOT
from viz.sheet.axes import Axis, axis_of, ticks
from viz.sheet.fonts import cut, face_of, width, wrap
from viz.sheet.heads import strongest
from viz.sheet.heads import told as heads_told
from viz.sheet.marks import HEIGHT, WIDTH, Path, Picture, Rect, Sheet, Text
from viz.sheet.palette import contrast, head_colour, mix, palette, pixels
from viz.sheet.place import arithmetic, at, positions, sources
from viz.sheet.slide import Options, caption_of, link_of, picture, read_options, slide, stops
from viz.spec import Page
from viz.view import Drawn, View
from viz.views import VIEWS
from viz.words import number, still

every_view = pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
ADDRESS = "https://lectern.example/"


@cache
def default(key: str) -> Drawn:
    """Return a view at its default; every test looks at the same one. No test of a view whose model is not here."""
    try:
        return drawn(key)
    except LecternError as problem:
        pytest.skip(str(problem))


@cache
def sheet(key: str, theme: str = "light") -> Sheet:
    return slide(default(key), Options(ADDRESS, theme))


def texts(made: Sheet) -> list[Text]:
    return [mark for mark in made.marks if isinstance(mark, Text)]


def words(made: Sheet) -> str:
    return " ".join(mark.text for mark in texts(made))


def sides(mark: Text) -> tuple[float, float]:
    """Return where a text that is not turned starts and ends."""
    long = width(mark.text, mark.size, mark.bold)
    start = mark.x - {"start": 0.0, "middle": long / 2, "end": long}[mark.anchor]
    return start, start + long


def grounds(made: Sheet) -> Iterator[tuple[Text, str]]:
    """Yield every text with the colour it stands on: of the last filled rectangle before it that holds its middle."""
    filled: list[Rect] = []
    for mark in made.marks:
        if isinstance(mark, Rect) and mark.fill:
            filled.append(mark)
        if isinstance(mark, Text) and not mark.turn:
            x, y = sum(sides(mark)) / 2, mark.y - mark.size / 3
            under = [r for r in filled if r.x <= x <= r.x + r.width and r.y <= y <= r.y + r.height]
            last = under[-1] if under else None
            yield mark, (last.hatch or last.fill or "") if last else made.background


@every_view
def test_every_text_is_at_least_a_fiftieth_of_the_height(view: View) -> None:
    for there, options in stops(default(view.key)):
        assert min(mark.size for mark in texts(slide(there, options))) >= HEIGHT / 50


@every_view
def test_no_text_leaves_the_sheet(view: View) -> None:
    for mark in texts(sheet(view.key)):
        start, end = sides(mark) if not mark.turn else (mark.x - mark.size, mark.x + mark.size)
        assert start >= -1, mark
        assert end <= WIDTH + 1, mark
        assert mark.y - 0.7 * mark.size > 0, mark
        assert mark.y <= HEIGHT, mark


@every_view
@pytest.mark.parametrize(("theme", "least"), [("light", 4.5), ("projector", 7.0)])
def test_every_text_reads_on_what_it_stands_on(view: View, theme: str, least: float) -> None:
    for mark, ground in grounds(sheet(view.key, theme)):
        assert contrast(mark.fill, ground) >= least, (mark, ground)


@every_view
def test_a_picture_says_what_it_shows_and_where_it_is_found(view: View) -> None:
    made = sheet(view.key)
    assert view.question in words(made)
    assert default(view.key).spec.caption[:40] in words(made)
    assert link_of(default(view.key), Options(ADDRESS))[:100] in words(made)
    (linked,) = (mark for mark in texts(made) if mark.link)
    assert linked.link == f"{ADDRESS}?{default(view.key).link()}"


def test_a_caption_names_model_layer_head_text_and_colours() -> None:
    caption = caption_of(drawn("attention", layer=1, head=2))
    for part in ("bert-tiny", "layer 1", "head 2", "Your cat is a lovely cat", "white is 0.00, dark blue is 1.00"):
        assert part in caption


def test_a_picture_names_no_link_where_nobody_knows_the_address() -> None:
    assert not [mark for mark in texts(slide(default("convolution"), Options(""))) if mark.link]


def test_the_numbers_in_the_cells_are_those_of_the_matrices() -> None:
    found = drawn("masked-scores", step=2)
    figure = walk("masked-scores", step=2)
    printed = [mark.text for mark in texts(slide(found)) if mark.anchor == "middle"]
    for key in ("scores", "mask", "masked"):
        for value in figure.matrices[key].values.ravel():
            assert number(float(value), figure.matrices[key].digits) in printed
    hidden = sum(int(np.isneginf(figure.matrices[key].values).sum()) for key in ("mask", "masked"))
    assert printed.count("−∞") == hidden == 12
    assert sum(isinstance(m, Rect) and m.hatch is not None for m in slide(found).marks) == hidden + 1  # and the legend


def test_a_walkthrough_is_drawn_at_its_step() -> None:
    assert "Step 4 of 5: Softmax by row" in words(slide(drawn("masked-scores", step=3)))
    assert "Masked scores" not in [mark.text for mark in texts(slide(drawn("masked-scores", step=1)))]


def test_the_chosen_cell_and_what_it_comes_from_are_outlined_and_added_up() -> None:
    made = slide(drawn("convolution", cell="output,1,1"))
    outlined = [m for m in made.marks if isinstance(m, Rect) and m.stroke == palette("light")["accent"]]
    assert len(outlined) == 3  # the window, the kernel, the cell
    assert "output[1, 1] = 0·0 + 1·1 + 3·2 + 1·2 + 2·2 + 2·0 + 0·0 + 0·1 + 2·2 = 17" in words(made)


def test_cells_that_a_sweep_has_not_reached_are_empty() -> None:
    printed = [mark.text for mark in texts(slide(drawn("convolution", cell="output,0,1")))]
    assert printed.count("12") == 2
    assert "19" not in [t.text for t in texts(slide(drawn("convolution", cell="output,0,1"))) if t.anchor == "middle"]


def test_a_lecture_stops_at_every_window_and_every_step() -> None:
    assert len(stops(default("convolution"))) == 9 + 2
    assert len(stops(default("masked-scores"))) == 5
    assert [options.figure for _, options in stops(default("bert-vs-gpt"))] == [0, 1]


@pytest.mark.parametrize("key", ["convolution", "masked-scores", "attention-steps", "dot-product"])
def test_a_cell_is_computed_from_the_cells_that_light_up(key: str) -> None:
    """Changing a cell that is not lit must not change the cell; the rules themselves are tested with the scene."""
    figure = walk(key)
    for name, matrix in figure.matrices.items():
        lit = sources(figure, (name, 0, 0))
        among = {k: m.values.astype(float).copy() for k, m in figure.matrices.items()}
        for other in {block[0] for block in lit}:
            outside = np.ones(among[other].shape, bool)
            for block in (block for block in lit if block[0] == other):
                outside[block[1] : block[1] + block[3], block[2] : block[2] + block[4]] = False
            among[other][outside & np.isfinite(among[other])] += 1
        if lit:
            again = matrix.source.evaluate(among)[0, 0]  # type: ignore[union-attr]
            assert again == pytest.approx(matrix.values[0, 0], rel=1e-5, abs=1e-6)


def test_the_sum_of_a_cell_is_cut_where_it_is_long() -> None:
    told = arithmetic(walk("attention-steps"), ("q", 0, 0))
    assert "… (252 more)" in told
    assert len(told) < 160


def test_a_place_that_is_not_there_becomes_one_that_is() -> None:
    figure = walk("masked-scores")
    assert at(figure, 2, None).cell == figure.steps[2].focus[0]
    assert "Step 5 of 5" in words(slide(drawn("masked-scores", step=99)))
    nowhere, plain = (slide(drawn("masked-scores", **state), Options("")) for state in ({"cell": "x,0,0"}, {}))
    assert nowhere.marks == plain.marks


def test_a_long_sweep_is_one_stop() -> None:
    assert len(positions(walk("convolution", padding=8))) == 3


def test_the_arcs_are_each_querys_largest_weights_up_to_the_share_that_the_caption_names() -> None:
    (figure,) = heads("attention", mass=0.7)
    arcs = strongest(figure.weights, 0.7)
    assert all(figure.weights[query, key] == weight for query, key, weight in arcs)
    for query, row in enumerate(figure.weights):
        falling = np.sort(row)[::-1]
        count = int((np.cumsum(falling) < 0.7 * falling.sum() * (1 - 1e-9)).sum()) + 1
        own = sorted((weight for q, _, weight in arcs if q == query), reverse=True)
        assert own == falling[:count].tolist()
    drawn_slide = slide(drawn("attention", mass=0.7))
    curves = [m for m in drawn_slide.marks if isinstance(m, Path) and m.curve]
    assert len(curves) == len(arcs)
    hidden = 1 - sum(weight for *_, weight in arcs) / figure.weights.sum()
    told = heads_told(figure, drawn("attention", mass=0.7).state).words
    assert "up to 70% of what it gives" in told
    assert f"{hidden:.0%} of all is hidden" in told


def test_arcs_of_several_heads_are_drawn_in_the_colours_that_the_page_gives_them() -> None:
    found = drawn("attention", heads="0,3", mass=0.7)
    (figure,) = heads("attention", heads="0,3", mass=0.7)
    arcs = [(head, weight) for head in (0, 3) for *_, weight in strongest(figure.all[figure.layer, head], 0.7)]
    made = slide(found)
    curves = [mark for mark in made.marks if isinstance(mark, Path) and mark.curve]
    assert len(curves) == len(arcs)
    paper = palette("light")["paper"]
    inks = {head: head_colour(head, figure.heads, paper) for head in (0, 3)}
    expected = [mix(paper, inks[head], 0.25 + 0.75 * weight) for head, weight in arcs]
    assert sorted(curve.stroke for curve in curves) == sorted(expected)
    assert {mark.text for mark in texts(made) if mark.fill in inks.values()} == {"0", "3"}
    assert "of heads 0, 3: each query's largest" in heads_told(figure, found.state).words


@pytest.mark.parametrize("paper", ["#ffffff", "#0c1014"])
@pytest.mark.parametrize("head", [0, 5, 11])
def test_a_head_has_the_colour_of_the_page(paper: str, head: int) -> None:
    script = f"import('./assets/js/headcolours.js').then((m) => console.log(m.headColour({head}, 12, '{paper}')))"
    told = subprocess.run(["node", "-e", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    hue, saturation, lightness = (float(part) for part in re.findall(r"[\d.]+", told))
    red, green, blue = colorsys.hls_to_rgb(hue / 360, lightness / 100, saturation / 100)
    assert head_colour(head, 12, paper) == "#" + "".join(f"{round(255 * part):02x}" for part in (red, green, blue))


def test_a_long_sentence_is_shaded_and_keeps_labels_apart() -> None:
    made = slide(drawn("attention", text="one two three four five six seven eight nine ten " * 4))
    pictures = [mark for mark in made.marks if isinstance(mark, Picture)]
    assert pictures
    labels = sorted(mark.y for mark in texts(made) if mark.fill == palette("light")["query"] and mark.anchor == "end")
    assert len(labels) > 10


def test_a_page_of_its_own_is_no_picture_and_says_so() -> None:
    found = default("attention")
    page = replace(found, spec=replace(found.spec, figures=(Page("BertViz, head view", "<p>", 100, "BertViz"),)))
    with pytest.raises(LecternError, match="page of its own"):
        slide(page)
    assert "BertViz" not in caption_of(page)


def test_the_picture_of_a_slide_has_no_title_of_its_own() -> None:
    made = picture(default("masked-scores"))
    assert default("masked-scores").view.question not in words(made)
    assert max(mark.y for mark in texts(made)) < made.height


# Colours


def test_colours_are_those_of_the_style_sheet() -> None:
    assert palette("light")["weight-high"] == "#0b3c6f"
    assert palette("projector")["weight-high"] == "#56a5e8"
    assert palette("projector")["raised"] == palette("light")["raised"]
    assert palette("dark")["paper"] == "#14171b"


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_many_cells_at_once_have_the_shades_of_single_ones() -> None:
    values = np.array([[-0.7, -0.2, 0.0, 0.4, 1.0, -np.inf]])
    for colour, low, high in (("signed", -1.0, 1.0), ("weight", 0.0, 1.0)):
        many = pixels(values, palette("light"), colour, low, high)[0]  # type: ignore[arg-type]
        for value, rgb in zip(values[0, :-1], many, strict=False):
            single = palette("light").shade(value, colour, low, high)  # type: ignore[arg-type]
            assert max(abs(int(single[1 + 2 * i : 3 + 2 * i], 16) - int(rgb[i])) for i in range(3)) <= 1


def test_a_mixture_ends_at_both_ends() -> None:
    assert mix("#000000", "#ffffff", -1) == "#000000"
    assert mix("#000000", "#ffffff", 2) == "#ffffff"
    assert mix("#000000", "#ffffff", 0.5) == "#808080"


# Letters


def test_letters_that_one_font_does_not_have_come_from_the_next() -> None:
    assert face_of("a") == 0
    assert face_of("ش") == 1
    assert width("Lectern", 10) == pytest.approx(10 * width("Lectern", 1))
    assert width("w", 10, bold=True) > width("i", 10, bold=True)


def test_lines_are_no_wider_than_their_room_and_the_end_says_that_there_is_more() -> None:
    lines = wrap("one two three four five six seven eight nine ten", 20, 120, 2)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert all(width(line, 20) <= 120 for line in lines)
    assert cut("short", 20, 1000) == "short"


# Axes


def test_ticks_are_round_and_inside() -> None:
    assert ticks(0, 1, 5) == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1.0])
    assert ticks(-7, 7, 4) == [-5, 0, 5]


def test_an_axis_of_logarithms_has_powers_of_ten() -> None:
    axis = axis_of([1, 1000], {"type": "log"}, pad=0)
    assert [text for _, text in axis.marks(9)] == ["1", "10", "100", "1,000"]
    assert axis.share(10) == pytest.approx(1 / 3)


def test_an_axis_of_names_keeps_their_order() -> None:
    axis = axis_of(["b", "a"], {})
    assert [text for _, text in axis.marks(9)] == ["b", "a"]
    assert axis.share("b") == 0.25


def test_an_axis_can_run_backwards() -> None:
    assert Axis(10, 0).share(10) == 0


# Options


@pytest.mark.parametrize(
    ("query", "said"),
    [("theme=pink", "no theme “pink”"), ("scale=two", "not a whole number"), ("figure=-1", "not a whole number")],
)
def test_an_option_that_cannot_be_is_a_sentence(query: str, said: str) -> None:
    with pytest.raises(LecternError, match=said):
        read_options(query)


def test_a_figure_that_is_not_there_is_a_sentence() -> None:
    with pytest.raises(LecternError, match="this view has figures 0 to 0"):
        slide(default("convolution"), read_options("figure=7"))


def test_the_page_s_own_theme_becomes_light() -> None:
    assert read_options("theme=auto").theme == "light"
    assert re.fullmatch(r"#[0-9a-f]{6}", slide(default("convolution"), read_options("theme=dark")).background)


# What only the page can do


@every_view
def test_no_picture_tells_a_reader_to_press_something(view: View) -> None:
    for there, options in stops(default(view.key)):
        assert not re.search(r"\b([Pp]ress|[Dd]rag|[Cc]lick)\b", words(slide(there, options))), there.state


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("At every position it predicts. Press another one.", "At every position it predicts."),
        ("Drag the arrows: the sum grows. It is a number.", "The sum grows. It is a number."),
        ("Put c onto r, then make it longer: what follows it, what stays?", ""),
        ("Pressing needs are told. So are dragons.", "Pressing needs are told. So are dragons."),
    ],
)
def test_what_to_do_on_the_page_is_left_out_of_a_text(said: str, kept: str) -> None:
    assert still(said) == kept
