"""The attention explorer in a real browser: every number that it shows is the Trace's, at any size, by keyboard too."""

import numpy as np
import pytest

from models import run
from models.head_measures import MEASURES
from tests.browser.reader import Reader, close_to

TEXT = "the cat sat on the mat and the dog ran home with its ball"
SHORT = "the cat sat on the mat"
LONG = " ".join(["the old man walked along the river bank and watched the boats ."] * 24)
FIELD = ".lx-field-stage"
SEEN_IS_LINKED = """() => {
    const { r0, r1, c0, c1 } = document.querySelector(".lx-field-stage").dataset;
    return new URLSearchParams(location.search).get("zoom") === `${r0}:${r1},${c0}:${c1}`;
}"""


def weights_of(text: str, layer: int = 0, head: int = 0) -> np.ndarray:
    """Return a head's weights, from the model itself."""
    return run("bert-tiny", text).weights("self", layer, head)


def told(reader: Reader) -> tuple[int, int, float]:
    """Return query, key and weight of the cell that the sentence under the figure tells."""
    reader.page.wait_for_selector(".lx-sentence[data-number]")
    facts = reader.page.locator(".lx-sentence").evaluate("(node) => ({ ...node.dataset })")
    return int(facts["row"]), int(facts["column"]), float(facts["number"])


def inside(reader: Reader, across: float, down: float) -> None:
    """Point at a place among the cells, as shares of the room for them."""
    box = reader.page.locator(FIELD).bounding_box()
    left, top = 118, 118  # beyond the labels, whatever their length
    x = box["x"] + left + across * (box["width"] - left - 2)
    reader.page.mouse.move(x, box["y"] + top + down * (box["height"] - top - 2))


def test_the_field_tells_the_weight_of_the_model_at_every_zoom(reader: Reader):
    reader.open(view="attention", text=LONG, layer=1, head=1)
    weights = weights_of(LONG, 1, 1)
    reader.page.locator(FIELD).scroll_into_view_if_needed()
    sizes = []
    for _ in range(5):
        for across, down in ((0.2, 0.3), (0.9, 0.5)):
            reader.page.mouse.move(2, 2)
            reader.page.wait_for_selector(".lx-sentence:not([data-number])")
            inside(reader, across, down)
            query, key, weight = told(reader)
            assert weight == pytest.approx(weights[query, key], abs=1e-7)
        sizes.append(float(reader.page.locator(FIELD).get_attribute("data-size")))
        reader.page.locator('[data-focus="zoom:+"]').click()
        reader.page.locator('[data-focus="zoom:+"]').click()
    assert sizes == sorted(sizes)
    assert sizes[-1] > 10 * sizes[0]


def test_a_wheel_with_ctrl_zooms_where_it_points_and_a_drag_pans(reader: Reader):
    reader.open(view="attention", text=LONG)
    field = reader.page.locator(FIELD)
    inside(reader, 0.5, 0.5)
    before = told(reader)[:2]
    reader.page.keyboard.down("Control")
    reader.page.mouse.wheel(0, -600)
    reader.page.keyboard.up("Control")
    reader.page.wait_for_selector(f"{FIELD}.is-part")
    box = field.bounding_box()
    reader.page.mouse.move(box["x"] + 200, box["y"] + 200)
    inside(reader, 0.5, 0.5)
    reader.page.wait_for_timeout(300)
    after = told(reader)[:2]
    assert max(abs(one - other) for one, other in zip(before, after, strict=True)) <= 1
    start = int(field.get_attribute("data-c0"))
    reader.page.mouse.down()
    reader.page.mouse.move(box["x"] + 150, box["y"] + 150, steps=4)
    reader.page.mouse.up()
    reader.page.wait_for_timeout(200)
    assert int(field.get_attribute("data-c0")) != start
    assert reader.page.locator(".lx-field-map").is_visible()
    reader.page.locator('[data-focus="zoom:0"]').click()
    reader.page.wait_for_selector(f"{FIELD}:not(.is-part)")


def test_a_long_text_is_walked_by_keyboard_alone_and_spoken(reader: Reader):
    reader.open(view="attention", text=LONG)
    weights = weights_of(LONG)
    tokens = run("bert-tiny", LONG).tokens
    reader.page.locator(FIELD).focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"):
        reader.page.keyboard.press(key)
    query, key, weight = told(reader)
    assert (query, key) == (2, 2)
    assert weight == pytest.approx(weights[2, 2], abs=1e-7)
    spoken = f"query {tokens[2]}, key {tokens[2]}, weight {weights[2, 2]:.2f}"
    reader.page.wait_for_function("(said) => document.querySelector('.lx-live').textContent === said", arg=spoken)
    for _ in range(8):
        reader.page.keyboard.press("+")
    reader.page.wait_for_selector(f"{FIELD}.is-part")
    reader.page.keyboard.press("End")
    assert told(reader)[1] == len(tokens) - 1
    reader.page.keyboard.press("0")
    reader.page.wait_for_selector(f"{FIELD}:not(.is-part)")


def test_weights_of_picked_tokens_are_added_up(reader: Reader):
    reader.open(view="attention", text=TEXT, layer=2, head=2)
    weights = weights_of(TEXT, 2, 2).astype(float)
    reader.page.locator('[data-side="query"][data-index="1"]').click()
    reader.page.locator('[data-side="query"][data-index="3"]').click(modifiers=["Shift"])
    reader.page.locator('[data-side="key"][data-index="2"]').click(modifiers=["Control"])
    reader.page.locator('[data-side="key"][data-index="5"]').click(modifiers=["Control"])
    reader.page.mouse.move(2, 2)
    total = float(reader.page.locator("[data-sum]").first.get_attribute("data-sum"))
    assert total == pytest.approx(weights[1:4][:, [2, 5]].sum(), abs=1e-6)


def test_the_same_sum_is_exact_in_a_text_whose_numbers_are_fetched(reader: Reader):
    reader.open(view="attention", text=LONG)
    reader.page.locator(FIELD).focus()
    reader.page.keyboard.press("ArrowDown")
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        reader.page.keyboard.press(f"Shift+{key}")
    reader.page.wait_for_selector("[data-sum]")
    total = float(reader.page.locator("[data-sum]").first.get_attribute("data-sum"))
    assert total == pytest.approx(weights_of(LONG)[0:3, 0:2].astype(float).sum(), abs=1e-6)


@pytest.mark.parametrize("text", [TEXT, LONG])
def test_the_share_that_arcs_hide_is_what_numpy_says(reader: Reader, text: str):
    reader.open(view="attention", text=text)
    slider = reader.page.locator('[data-focus="mass"]')
    slider.fill("70")
    reader.page.wait_for_selector(".lx-hidden-share[data-hidden]")
    reader.page.wait_for_timeout(800)
    hidden = float(reader.page.locator(".lx-hidden-share").get_attribute("data-hidden"))
    weights = weights_of(text).astype(float)[:128, :128] if text == LONG else weights_of(text).astype(float)
    falling = -np.sort(-weights, axis=1)
    kept = np.sort(falling[np.cumsum(falling, axis=1) - falling < 0.7 * falling.sum(axis=1, keepdims=True)])[::-1][
        :4000
    ]
    assert hidden == pytest.approx(1 - kept.sum() / weights.sum(), abs=1e-4)


def test_heads_of_a_layer_are_drawn_together_in_colours_of_their_own(reader: Reader):
    reader.open(view="attention", text=TEXT, layer=1)
    reader.page.locator('[data-focus="arcs:all"]').click()
    colours = reader.page.locator(".lx-arcs-picture g:first-child path").evaluate_all(
        "(all) => [...new Set(all.map((arc) => `${arc.dataset.head} ${arc.getAttribute('stroke')}`))]"
    )
    heads, shades = zip(*(colour.split(" ", 1) for colour in colours), strict=True)
    assert sorted(heads) == ["0", "1", "2", "3"]
    assert len(set(shades)) == 4
    reader.page.locator('[data-focus="arcs:2"]').click()
    arcs = reader.page.locator(".lx-arcs-picture g:first-child path")
    left = arcs.evaluate_all("(all) => all.map((arc) => arc.dataset.head)")
    assert set(left) == {"0", "1", "3"}


def test_heads_are_sorted_and_filtered_by_what_they_do(reader: Reader):
    reader.open(view="attention", text=TEXT)
    trace = run("bert-tiny", TEXT)
    previous = {
        f"{layer}.{head}": trace.weights("self", layer, head).astype(float).diagonal(-1).mean()
        for layer in range(4)
        for head in range(4)
    }
    expected = sorted(previous, key=lambda place: -previous[place])
    reader.page.locator('[data-focus="sort"]').click()
    reader.page.locator('[data-measure="previous"]').click()
    assert reader.page.locator("[data-order]").get_attribute("data-order").split() == expected
    slider = reader.page.locator('[data-focus="least"]')
    slider.focus()
    for _ in range(50):
        reader.page.keyboard.press("ArrowRight")
    least = 0.5 * max(previous.values()) * 0.9999
    shown = reader.page.locator("[data-order]").get_attribute("data-order").split()
    assert shown == [place for place in expected if previous[place] >= least]
    entropy = next(measure for measure in MEASURES if measure.key == "entropy")
    reader.page.locator('[data-measure="entropy"]').focus()
    assert reader.page.locator(".lx-definition").text_content() == entropy.definition
    reader.page.locator('[data-measure="entropy"]').hover()
    assert reader.page.locator(".lx-definition").text_content() == entropy.definition


def test_a_head_is_switched_off_and_on_again(reader: Reader):
    reader.open(view="attention", text=TEXT, layer=1, head=2)
    before = reader.behind()["weights"]
    with reader.redrawn():
        reader.page.locator('[data-focus="switch-off"]').click()
    assert reader.state()["off"] == "1.2"
    with reader.redrawn():
        reader.page.locator('[data-focus="switch-off"]').click()
    assert "off" not in reader.state()
    close_to(reader.behind()["weights"], before)


def test_a_weight_is_taken_apart_down_to_the_projection(reader: Reader):
    reader.open(view="attention", text=SHORT, layer=1, head=1)
    trace = run("bert-tiny", SHORT)
    reader.page.locator('td[data-row="2"][data-column="3"]').click()
    reader.page.locator('[data-focus="why"]').click()
    badge = reader.page.locator(".lx-badge")
    badge.wait_for()
    assert badge.get_attribute("data-equal") == "true"
    assert float(badge.get_attribute("data-difference")) <= 1e-5
    words = reader.page.locator(".lx-apart").inner_text()
    for stage in ("raw", "masked"):
        number = float(trace.scores("self", 1, 1, stage=stage)[2, 3])
        assert f"{abs(number):.4f}" in words, (stage, number)
    assert f"{trace.weights('self', 1, 1)[2, 3]:.4f}" in words


def test_a_pair_of_sentences_shows_how_much_goes_from_each_to_each(reader: Reader):
    reader.open(view="attention", text="the cat sat", pair="it was tired", layer=1)
    trace = run("bert-tiny", "the cat sat", pair="it was tired")
    segments, weights = np.array(trace.segments), trace.weights("self", 1, 0).astype(float)
    expected = [weights[segments == one][:, segments == other].sum(axis=1).mean() for one in (0, 1) for other in (0, 1)]
    shown = reader.page.locator(".lx-block-sum").evaluate_all("(all) => all.map((part) => Number(part.dataset.sum))")
    assert shown == pytest.approx(expected, abs=1e-6)


def test_another_head_of_a_pair_brings_its_own_sums(reader: Reader):
    reader.open(view="attention", text="the cat sat", pair="it was tired")
    reader.page.locator(".lx-overview").focus()
    reader.page.keyboard.press("ArrowDown")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_selector('.lx-place[data-layer="1"]')
    assert reader.page.locator(".lx-block-sum").count() == 4


def test_what_the_reader_set_is_in_the_link_and_comes_back_with_it(reader: Reader):
    reader.open(view="attention", text=LONG, layer=1)
    reader.page.locator('[data-focus="mass"]').fill("70")
    reader.page.locator('[data-focus="arcs:2"]').click()
    for _ in range(5):
        reader.page.locator('[data-focus="zoom:+"]').click()
    reader.page.wait_for_function(SEEN_IS_LINKED)
    state = reader.state()
    assert (float(state["mass"]), state["heads"]) == (0.7, "0,2")
    before = reader.page.locator(FIELD).evaluate("(node) => ({ ...node.dataset })")
    reader.page.reload()
    reader.page.wait_for_selector('.lectern[data-ready="1"]')
    reader.page.wait_for_selector(f"{FIELD}.is-part")
    after = reader.page.locator(FIELD).evaluate("(node) => ({ ...node.dataset })")
    assert all(abs(int(before[edge]) - int(after[edge])) <= 1 for edge in ("r0", "r1", "c0", "c1"))
    assert reader.page.locator('[data-focus="mass"]').input_value() == "70"
    pressed = reader.page.locator(".lx-head-switch[aria-pressed=true]").all_inner_texts()
    assert pressed == ["0", "2"]


def test_the_locked_cell_and_the_order_of_heads_come_back_with_the_link_until_the_sentence_changes(reader: Reader):
    reader.open(view="attention", text=SHORT, layer=1)
    page = reader.page
    order = lambda: page.locator("[data-order]").get_attribute("data-order")  # noqa: E731
    page.locator('[data-focus="sort"]').click()
    page.locator('[data-measure="distance"]').click()
    page.locator('[data-focus="least"]').fill("60")
    page.locator('td[data-row="2"][data-column="3"]').click()
    page.wait_for_function("location.search.includes('cell=cell,2,3')")
    page.mouse.move(2, 2)
    before, sentence = order(), told(reader)
    assert sentence[:2] == (2, 3)
    assert 0 < len(before.split()) < 16
    assert reader.state()["sort"].startswith("distance:")
    page.reload()
    page.wait_for_selector('.lectern[data-ready="1"]')
    assert (order(), told(reader)) == (before, sentence)
    with reader.redrawn():
        page.locator('input[data-focus="text"]').fill("the dog sat on it")
    assert "cell" not in reader.state()
    assert page.locator(".lx-sentence[data-number]").count() == 0
    assert reader.state()["sort"].startswith("distance:")


def test_a_translation_is_looked_at_while_it_is_written(reader: Reader):
    reader.open(view="attention", model="en-fr", kind="cross")
    whole, rows = reader.behind()["weights"], reader.page.locator("input[data-focus=written]")
    for count in (int(rows.input_value()) - 1, int(rows.input_value()) - 2):
        with reader.redrawn():
            reader.page.get_by_role("button", name="Smaller tokens written").click()
        assert rows.input_value() == str(count)
        close_to(reader.behind()["weights"], whole[: count + 1])
    reader.open(view="attention")
    assert not reader.page.get_by_role("button", name="Smaller tokens written").is_visible()


def test_a_model_whose_card_names_a_head_opens_with_it_and_any_other_can_be_chosen(reader: Reader):
    reader.open(view="attention", model="en-fr", text="Your cat is a lovely cat")
    place = reader.page.locator(".lx-place")
    assert (place.get_attribute("data-layer"), place.get_attribute("data-head")) == ("2", "4")
    assert reader.state()["kind"] == "cross"
    reader.open(view="attention", model="en-fr", text="Your cat is a lovely cat", kind="cross")
    assert (place.get_attribute("data-layer"), place.get_attribute("data-head")) == ("0", "0")
