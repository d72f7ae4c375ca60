"""Who imports whom: numbers do not know pictures, pictures do not know the page, torch comes when it is needed."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIGHT = [
    "models",
    "models.catalogue",
    "models.errors",
    "models.lru",
    "models.trace",
    "models.measures",
    "models.asks",
    "models.sampling",
    *(f"models.worked.{path.stem}" for path in sorted((ROOT / "models" / "worked").glob("[a-z]*.py"))),
    "viz.views",
    "viz.pack",
]
HEAVY = ["torch", "transformers", "gradio", "sklearn"]


def brought_in(modules: list[str], unwanted: list[str]) -> list[str]:
    """Import modules one after another in a fresh Python, and return those that brought in something unwanted."""
    code = (
        "import importlib, sys\n"
        f"for module in {modules}:\n"
        "    importlib.import_module(module)\n"
        f"    if any(name in sys.modules for name in {unwanted}):\n"
        "        sys.exit(module)\n"
    )
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stderr.split()


def test_importing_these_does_not_import_torch() -> None:
    assert len(LIGHT) > 10
    assert brought_in(LIGHT, HEAVY) == []


def test_this_would_notice_what_is_unwanted() -> None:
    assert brought_in(["models.errors", "models.measures", "models.lru"], ["numpy"]) == ["models.measures"]


def imported(path: Path) -> Iterator[str]:
    """Yield the top name of everything that a file imports, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: an import that starts with a dot hides where it leads"
            yield (node.module or "").partition(".")[0]


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", files("models"), ids=lambda path: str(path.relative_to(ROOT)))
def test_numbers_know_neither_pictures_nor_the_page(path: Path) -> None:
    assert {"viz", "app", "gradio", "plotly", "bertviz", "tests"}.isdisjoint(imported(path))


@pytest.mark.parametrize("path", files("viz"), ids=lambda path: str(path.relative_to(ROOT)))
def test_pictures_do_not_know_the_page(path: Path) -> None:
    assert {"app", "gradio", "starlette", "tests"}.isdisjoint(imported(path))


def test_the_page_is_the_only_place_that_imports_gradio() -> None:
    assert "gradio" in imported(ROOT / "app.py")
    assert len(files("models")) > 15
    assert len(files("viz")) > 15
