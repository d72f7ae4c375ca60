"""Walkthroughs by hand: masks switched, numbers edited, windows stepped, weights followed back to their sources."""

import io

import numpy as np
import pytest
from PIL import Image

from models import run
from tests.browser.reader import Reader, close_to
from tests.browser.test_numbers import IMAGE, KERNEL, SCORES, softmax

WINDOWS = [12, 12, 17, 10, 17, 19, 9, 6, 14]


def cell(reader: Reader, matrix: str, row: int, column: int):
    """Return one cell of a matrix."""
    return reader.page.locator(f'td[data-matrix="{matrix}"][data-row="{row}"][data-column="{column}"]')


def edit(reader: Reader, matrix: str, row: int, column: int, text: str) -> None:
    """Click a cell, type a number, press Enter."""
    cell(reader, matrix, row, column).click()
    with reader.redrawn():
        reader.page.locator(".lx-edit").fill(text)
        reader.page.locator(".lx-edit").press("Enter")


def readout(reader: Reader) -> tuple[str, float]:
    """Return the arithmetic on the page as text, and the number of the cell that it explains."""
    box = reader.page.locator(".lx-readout")
    return box.inner_text(), float(box.get_attribute("data-number"))


def test_a_click_on_the_mask_hides_and_shows_a_position(reader: Reader):
    reader.open(view="masked-scores", step=2)
    before = reader.matrix("mask")
    with reader.redrawn():
        cell(reader, "mask", 1, 3).click()
    mask = before.copy()
    mask[1, 3] = 0
    close_to(reader.matrix("mask"), mask)
    reader.walk_to("Softmax by row")
    close_to(reader.matrix("weights"), softmax(SCORES + mask))
    assert reader.state()["mask"] == "0,-inf,-inf,-inf;0,0,-inf,0;0,0,0,-inf;0,0,0,0"
    reader.page.reload()
    reader.drawn()
    close_to(reader.matrix("weights"), softmax(SCORES + mask))
    reader.walk_back_to("Masked scores")
    with reader.redrawn():
        cell(reader, "mask", 1, 3).click()
    close_to(reader.matrix("mask"), before)


def test_a_score_is_edited_and_only_its_row_of_weights_changes(reader: Reader):
    reader.open(view="masked-scores", step=2)
    edit(reader, "scores", 2, 1, "−1,5")
    scores = SCORES.copy()
    scores[2, 1] = -1.5
    close_to(reader.matrix("scores"), scores)
    assert reader.focused() == "cell:scores:2:1"
    reader.walk_to("Softmax by row")
    close_to(reader.matrix("weights"), softmax(np.where(np.tri(4) > 0, scores, -np.inf)))


def test_a_cell_refuses_what_is_no_number_and_escape_leaves_it_alone(reader: Reader):
    reader.open(view="masked-scores")
    cell(reader, "scores", 0, 0).click()
    field = reader.page.locator(".lx-edit")
    field.fill("seven")
    field.press("Enter")
    assert field.get_attribute("aria-invalid") == "true"
    assert reader.page.locator(".lx-live").text_content() == "A cell holds a number, or -inf."
    field.press("Escape")
    close_to(reader.matrix("scores"), SCORES)
    assert reader.state().get("scores") is None


@pytest.mark.parametrize(
    ("preset", "seen"),
    [
        ("bidirectional", np.ones((4, 4))),
        ("causal", np.tri(4)),
        ("padding", np.ones((4, 1)) @ np.array([[1, 1, 1, 0]])),
        ("window", np.tri(4) - np.tri(4, k=-2)),
    ],
)
def test_presets_of_the_mask_are_what_they_are_called(reader: Reader, preset: str, seen: np.ndarray):
    reader.open(view="masked-scores", step=3)
    with reader.redrawn():
        reader.page.locator('select[data-focus="preset"]').select_option(preset)
    masked = np.where(seen > 0, SCORES, -np.inf)
    close_to(reader.matrix("masked"), masked)
    close_to(reader.matrix("weights"), softmax(masked))


def test_more_tokens_make_a_larger_table_and_keep_the_numbers(reader: Reader):
    reader.open(view="masked-scores")
    field = reader.page.locator('input[data-focus="labels"]')
    with reader.redrawn():
        field.fill("<s> Ton chat est là")
        field.press("Enter")
    close_to(reader.matrix("scores")[:4, :4], SCORES)
    assert reader.labels("row") == ["<s>", "Ton", "chat", "est", "là"]


def test_the_nine_windows_are_stepped_with_the_keyboard_and_each_says_its_sum(reader: Reader):
    reader.open(view="convolution")
    outputs = []
    for place in range(9):
        row, column = divmod(place, 3)
        text, value = readout(reader)
        outputs.append(value)
        products = (IMAGE[row : row + 3, column : column + 3] * KERNEL).sum()
        assert value == products
        assert text.replace(" ", "").replace("\n", "").split("Recomputed")[0].endswith(f"={value:.0f}")
        assert reader.page.locator('td[data-matrix="input"].is-source').count() == 9
        reader.page.keyboard.press("ArrowRight")
    assert outputs == WINDOWS
    assert reader.page.locator(".lx-caption").text_content().endswith("9 windows fit, so the output is 3×3.")
    reader.page.keyboard.press("ArrowRight")
    close_to(reader.matrix("parameters"), np.array([[9, 1, 10], [225, 9, 234.0]]))
    reader.page.keyboard.press("ArrowRight")
    reader.page.keyboard.press("ArrowLeft")
    reader.page.keyboard.press("ArrowLeft")
    assert readout(reader)[1] == 14


def test_an_edited_kernel_moves_every_output(reader: Reader):
    reader.open(view="convolution", step=1)
    edit(reader, "kernel", 0, 0, "-2")
    kernel = KERNEL.copy()
    kernel[0, 0] = -2
    expected = [[(IMAGE[i : i + 3, j : j + 3] * kernel).sum() for j in range(3)] for i in range(3)]
    close_to(reader.matrix("output"), np.array(expected))
    assert reader.page.locator('select[data-focus="kernel_name"]').input_value() == "own"
    with reader.redrawn():
        reader.page.locator('select[data-focus="kernel_name"]').select_option("identity")
    close_to(reader.matrix("output"), IMAGE[1:4, 1:4])


def test_a_picture_of_one_s_own_is_made_small_and_filtered(reader: Reader):
    grey = np.zeros((60, 120), np.uint8)
    grey[:, 60:] = 255
    file = io.BytesIO()
    Image.fromarray(grey).convert("RGB").save(file, "PNG")
    reader.open(view="convolution", kernel_name="sobel-x", step=1)
    with reader.redrawn():
        reader.page.locator('input[type="file"]').set_input_files(
            {"name": "edge.png", "mimeType": "image/png", "buffer": file.getvalue()}
        )
    caption = reader.page.locator(".lx-caption").text_content()
    assert "A 24×48 input, a 3×3 kernel" in caption
    assert "so the output is 22×46" in caption
    assert reader.state()["picture"].startswith("48x24.")
    picture, output = reader.behind()["input"], reader.behind()["output"]
    assert picture.shape == (24, 48)
    assert (picture[:, :23] == 0).all()
    assert (picture[:, 25:] == 1).all()
    assert output.shape == (22, 46)
    assert np.abs(output).max(axis=0).nonzero()[0].tolist() == [22, 23]
    with reader.redrawn():
        reader.page.get_by_role("button", name="Back to the numbers").click()
    close_to(reader.matrix("input"), IMAGE)


def test_a_file_that_is_no_picture_is_refused_in_a_sentence(reader: Reader):
    reader.open(view="convolution")
    reader.page.locator('input[type="file"]').set_input_files(
        {"name": "notes.png", "mimeType": "image/png", "buffer": b"not a picture"}
    )
    said = reader.page.locator(".lp-said")
    reader.page.wait_for_function("document.querySelector('.lp-said').textContent !== ''")
    assert said.text_content().startswith("“notes.png” is not a picture")
    close_to(reader.matrix("input"), IMAGE)


def test_a_weight_is_followed_back_to_scores_queries_keys_and_inputs(reader: Reader):
    text = "The cat sat"
    reader.open(view="attention-steps", text=text, layer=1, head=1, step=6)
    trace, place = run("bert-tiny", text, detail=1), ("self", 1, 1)
    found = trace.projection(*place)
    cell(reader, "weights", 2, 1).click()
    follow(reader, "masked", 2, 1, trace.scores(*place, stage="masked")[2, 1])
    follow(reader, "scaled", 2, 1, trace.scores(*place, stage="scaled")[2, 1])
    follow(reader, "raw", 2, 1, trace.scores(*place, stage="raw")[2, 1])
    query = reader.page.locator('.lx-readout [data-focus^="term:q:2:"]').first
    column = int(query.get_attribute("data-focus").split(":")[-1])
    follow(reader, "q", 2, column, trace.query(*place)[2, column])
    assert reader.page.locator(".lx-readout .lx-check").get_attribute("data-agrees") == "true"
    entry = reader.page.locator('.lx-readout [data-focus^="term:x:2:"]').first
    column = int(entry.get_attribute("data-focus").split(":")[-1])
    follow(reader, "x", 2, column, found.x[2, column])
    for _ in range(5):
        reader.page.locator('[data-focus="trail"]').click()
    assert readout(reader)[1] == pytest.approx(trace.weights(*place)[2, 1], abs=1e-7)


def follow(reader: Reader, matrix: str, row: int, column: int, value: float) -> None:
    """Press the number of a source cell in the arithmetic, and find that cell explained with its own number."""
    reader.page.locator(f'.lx-readout [data-focus="term:{matrix}:{row}:{column}"]').first.click()
    reader.page.wait_for_selector(f'.lx-readout[data-matrix="{matrix}"]')
    assert readout(reader)[1] == pytest.approx(value, abs=1e-6)


def test_the_example_by_hand_follows_from_edited_numbers(reader: Reader):
    reader.open(view="attention-steps", source="hand")
    edit(reader, "x", 0, 0, "3")
    reader.open(**reader.state() | {"step": "6"})
    m = reader.behind()
    assert m["x"][0, 0] == 3
    for name in "qkv":
        close_to(m[name], m["x"] @ m[f"w_{name}"])
    close_to(m["raw"], m["q"] @ m["k"].T)
    close_to(m["scaled"], m["raw"] / np.sqrt(m["q"].shape[1]))
    close_to(m["weights"], softmax(m["scaled"]))
    close_to(m["output"], m["weights"] @ m["v"])


def test_the_lecture_s_weights_and_their_sums_are_printed(reader: Reader):
    reader.open(view="attention-steps", source="course", step=1)
    weights = reader.matrix("weights")
    assert weights[0].tolist() == [0.268, 0.119, 0.134, 0.148, 0.179, 0.152]
    assert weights[5].tolist() == [0.195, 0.114, 0.203, 0.103, 0.157, 0.229]
    close_to(reader.matrix("sums")[:, 0], weights.sum(axis=1))


def test_the_formula_lights_the_term_of_the_step(reader: Reader):
    reader.open(view="masked-scores", step=1)
    lit = reader.page.locator(".lp-formula .lp-lit")
    assert "M" in "".join(lit.all_text_contents())
    reader.walk_to("Softmax by row")
    assert "softmax" in "".join(lit.all_text_contents())
