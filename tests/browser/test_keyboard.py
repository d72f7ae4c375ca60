"""Without a mouse, on a phone, with tired eyes: order of focus, visible focus, sizes of targets and text, contrast."""

from pathlib import Path

import pytest

from tests.browser.reader import Reader
from viz.views import VIEWS

KEYS = [view.key for view in VIEWS]
MEASURE = (Path(__file__).parent / "measure.js").read_text()
SMALLEST_TEXT, SMALLEST_TARGET, LEAST_CONTRAST = 13, 24, 4.5


def measured(reader: Reader, what: str, *arguments: object) -> list[str]:
    """Return what one of the measurements of measure.js complains about."""
    return reader.page.evaluate(f"(given) => {{ {MEASURE}; return {what}(...given); }}", list(arguments))


def test_tab_goes_through_sentence_model_chapters_figure_and_steps_and_is_always_seen(reader: Reader):
    reader.open(view="attention-steps", text="the cat sat", step=6)
    seen: list[str] = []
    for _ in range(60):
        reader.page.keyboard.press("Tab")
        place = reader.page.evaluate(f"() => {{ {MEASURE}; return focusPlace(); }}")
        if place["name"] == "BODY":
            break
        assert place["visible"], f"the focus on {place['name']} cannot be seen"
        seen.append(place["name"])
    wanted = [
        "text",
        "model",
        "chapter:convolution",
        "chapter:attention-steps",
        "cell:masked:0:0",
        "step:Back",
        "step:Next",
    ]
    places = [seen.index(name) for name in wanted]
    assert places == sorted(places), seen
    assert "layer" in seen
    assert len(seen) == len(set(seen)), "the focus goes round in a circle"


def test_a_chapter_is_opened_and_stepped_with_the_keyboard_alone(reader: Reader):
    reader.open(view="attention")
    while reader.page.evaluate("document.activeElement.dataset.key") != "masked-scores":
        reader.page.keyboard.press("Tab")
    with reader.redrawn():
        reader.page.keyboard.press("Enter")
    reader.page.keyboard.press("ArrowRight")
    assert reader.page.locator(".lx-step-count").text_content().startswith("2 of 5")
    assert reader.state()["step"] == "1"


def test_the_list_of_models_is_opened_chosen_from_and_left_with_the_keyboard(reader: Reader):
    reader.open(view="attention")
    button = reader.page.locator(".lp-choose-model[data-focus=model]")
    button.focus()
    reader.page.keyboard.press("Enter")
    dialog = reader.page.locator("dialog[open]")
    dialog.wait_for()
    assert dialog.evaluate("(dialog) => dialog.contains(document.activeElement)")
    reader.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert reader.focused() == "model"


@pytest.mark.parametrize("theme", ["light", "dark", "projector"])
def test_text_is_large_enough_and_stands_out_in_every_view(reader: Reader, theme: str):
    """One page for all views, as a person goes through them: the chapters are links."""
    reader.open(view="masked-scores", theme=theme, step=3, cell="weights,3,1")
    for key in KEYS:
        with reader.redrawn():
            reader.page.locator(f'.lp-chapters a[data-key="{key}"]').click()
        assert measured(reader, "smallText", SMALLEST_TEXT) == []
        assert measured(reader, "faintText", LEAST_CONTRAST) == []
        assert measured(reader, "smallTargets", SMALLEST_TARGET) == []


@pytest.mark.parametrize(
    "state",
    [
        {"view": "masked-scores", "step": 3, "cell": "weights,3,1"},
        {"view": "masked-scores", "step": 2, "cell": "masked,1,3", "theme": "dark"},
        {"view": "attention-steps", "step": 6, "cell": "weights,2,1", "text": "the cat sat"},
    ],
    ids=["softmax", "mask", "model"],
)
def test_arithmetic_is_large_enough_and_stands_out(reader: Reader, state: dict):
    reader.open(**state)
    assert reader.page.locator(".lx-readout .lx-link").count() > 0
    if state["view"] == "masked-scores":
        reader.page.locator("details summary").click()
    for measure, least in (("smallText", 13), ("faintText", 4.5), ("smallTargets", 24)):
        assert measured(reader, measure, least) == []


def test_the_measurements_notice_what_is_too_small_or_too_faint(reader: Reader):
    reader.open(view="masked-scores")
    reader.page.evaluate(PLANT)
    assert len(measured(reader, "smallText", SMALLEST_TEXT)) == 1
    assert [line[:4] for line in measured(reader, "faintText", LEAST_CONTRAST)] == ["1.61"]
    assert len(measured(reader, "smallTargets", SMALLEST_TARGET)) == 1


PLANT = """() => {
  const look = { fontSize: "9px", color: "#ccc", background: "#fff", width: "20px", padding: 0, border: 0 };
  const button = Object.assign(document.createElement("button"), { textContent: "tiny" });
  Object.assign(button.style, look);
  document.querySelector(".lp-main").append(button);
}"""


def test_a_narrow_phone_needs_no_sideways_scrolling_in_any_view(visit):
    reader = visit(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)
    reader.open(view="convolution")
    for key in KEYS:
        reader.page.get_by_role("button", name="Chapters").tap()
        link = reader.page.locator(f'.lp-chapters a[data-key="{key}"]')
        assert link.bounding_box()["height"] >= 44
        assert reader.page.evaluate("document.scrollingElement.scrollWidth") <= 320
        with reader.redrawn():
            link.tap()
        assert reader.page.evaluate("document.scrollingElement.scrollWidth") <= 320, key
        assert measured(reader, "smallTargets", SMALLEST_TARGET) == []
