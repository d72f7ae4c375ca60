"""Every view in a frame of every shape: nothing scrolls, nothing is cut off or covered, text is as large as it says."""

from pathlib import Path
from typing import Any

import pytest

from tests.browser.reader import Reader
from viz.view import View
from viz.views import VIEWS

HERE = Path(__file__).parent
MEASURE = (HERE / "measure.js").read_text() + (HERE / "frames.js").read_text() + (HERE / "walk.js").read_text()
# Width and height of the frame -> the types that are tried in it; larger type is for slides, not for phones.
SIZES = {(1920, 1080): ("", "l", "xl"), (1280, 720): ("", "l", "xl"), (1024, 768): ("", "l", "xl"), (390, 844): ("",)}
# The share of the frame's height that the smallest text has, at least.
PROMISED = {"": 50, "l": 30, "xl": 24}
SLACK = 0.01
RESIZED = """(type) => {
  const root = document.querySelector(".lectern");
  if (type) root.dataset.type = type;
  else delete root.dataset.type;
  dispatchEvent(new Event("resize"));
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  return frame().then(frame).then(() => new Promise((done) => setTimeout(done, 60)));
}"""


def found(reader: Reader, size: tuple[int, int], kind: str, walk: bool = False) -> list[str]:
    """Return what is wrong with the frame at a size and a type, or in all steps of all its figures."""
    reader.page.set_viewport_size({"width": size[0], "height": size[1]})
    reader.page.evaluate(RESIZED, kind)
    look = "walked()" if walk else "[frame()]"
    frames = reader.page.evaluate(f"() => {{ {MEASURE}; return {look}; }}")
    place = f"{size[0]}x{size[1]} {kind or 'as it is'}"
    return [f"{place} {told.get('at', '')}: {wrong}" for told in frames for wrong in bad(told, size[1], kind)]


def bad(told: dict[str, Any], height: int, kind: str) -> list[str]:
    """Return what rolls, is cut or covered in a frame, and its smallest text if that is smaller than promised."""
    smallest, where = told["smallest"]
    small = [f"text of 1/{height / smallest:.1f}: {where}"] if height / smallest > PROMISED[kind] + SLACK else []
    return [*told["rolls"], *told["wrong"], *small]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_a_frame_of_any_shape_shows_all_of_a_view_in_the_type_that_was_promised(reader: Reader, view: View):
    reader.open(view=view.key, embed=1)
    wrong = [said for size, kinds in SIZES.items() for kind in kinds for said in found(reader, size, kind)]
    assert wrong == []


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_every_step_of_every_figure_has_room_in_a_slide_and_on_a_phone(reader: Reader, view: View):
    reader.open(view=view.key, embed=1)
    wrong = [said for size in ((1280, 720), (390, 844)) for said in found(reader, size, "", walk=True)]
    assert wrong == []
