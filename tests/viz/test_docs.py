"""The README says what there is: every view, and the commands, where a reader finds them."""

import re
import tomllib
from pathlib import Path

import pytest

from viz.export import FORMATS
from viz.views import VIEWS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def body() -> list[str]:
    """Return the lines after the front matter."""
    _, _, rest = README.removeprefix("---\n").partition("\n---\n")
    return rest.splitlines()


def test_the_table_of_views_has_every_view_once_in_teaching_order() -> None:
    rows = [match[1] for line in body() if (match := re.match(r"\|\s*`([a-z-]+)`\s*\|", line))]
    assert [key for key in rows if key in {view.key for view in VIEWS}] == [view.key for view in VIEWS]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.key)
def test_the_row_of_a_view_asks_its_question_and_shows_its_picture(view: object) -> None:
    key, question = view.key, view.question  # type: ignore[attr-defined]
    (row,) = (line for line in body() if re.match(rf"\|\s*`{key}`\s*\|", line))
    assert question in row
    (picture,) = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", row)
    assert (ROOT / picture).is_file(), picture


@pytest.mark.parametrize("command", ["make run", "make test"])
def test_the_two_commands_stand_at_the_top(command: str) -> None:
    assert any(command in line for line in body()[:60])


def test_every_make_command_of_the_readme_is_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(fenced()))) <= targets


def fenced() -> list[str]:
    """Return the lines of the README's blocks of code."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", README, re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]


def test_every_module_command_of_the_readme_names_views_and_endings_that_exist() -> None:
    for view, ending in re.findall(r"python -m viz export ([a-z-]+) \S+\.(\w+)", README):
        assert view in {one.key for one in VIEWS}
        assert ending in FORMATS


def test_the_front_matter_is_what_a_space_needs_and_agrees_with_the_requirements() -> None:
    front = dict(re.findall(r"^(\w+): *\"?([^\"\n]*)\"?$", README.split("\n---\n")[0], re.M))
    pins = dict(line.split("==") for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line)
    assert front["sdk"] == "gradio"
    assert front["sdk_version"] == pins["gradio"]
    assert (ROOT / front["app_file"]).is_file()
    assert front["license"].lower() in (ROOT / "LICENSE").read_text().lower()
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert needed == f">={front['python_version']}"


def test_every_picture_and_file_that_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)\s]+)\)", README):
        assert (ROOT / target).exists(), target


def test_there_is_a_change_log_with_the_version_of_the_project() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
