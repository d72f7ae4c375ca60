"""The files for a lecture, opened by the programs that lecturers use; skipped where those are not installed."""

import shutil
import subprocess
from pathlib import Path

import pytest
from pptx import Presentation

from tests.viz.test_sheet import default
from viz.export import export
from viz.views import VIEWS

PATIENCE = 300  # seconds


def run(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False)


def needed(program: str) -> str:
    """Return where a program is, or skip."""
    found = shutil.which(program)
    if not found:
        pytest.skip(f"{program} is not installed here")
    return found


@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
def test_the_tikz_picture_of_every_view_compiles_to_one_page(engine: str, tmp_path: Path) -> None:
    program = needed(engine)
    for view in VIEWS:
        (tmp_path / f"{view.key}.tex").write_bytes(export(default(view.key), "tex"))
        told = run(program, "-interaction=nonstopmode", "-halt-on-error", f"{view.key}.tex", folder=tmp_path)
        assert told.returncode == 0, f"{view.key}: {told.stdout[-600:]}"
        assert "(1 page" in told.stdout, view.key
        assert "Missing character" not in told.stdout, view.key


def test_libreoffice_opens_the_slides_of_every_view_and_shows_as_many(tmp_path: Path) -> None:
    program = needed("soffice")
    for view in VIEWS:
        (tmp_path / f"{view.key}.pptx").write_bytes(export(default(view.key), "pptx"))
    files = [f"{view.key}.pptx" for view in VIEWS]
    told = run(program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf", *files,
               folder=tmp_path)  # fmt: skip
    assert told.returncode == 0, told.stderr
    for view in VIEWS:
        pages = run(needed("pdfinfo"), f"{view.key}.pdf", folder=tmp_path).stdout
        slides = len(Presentation(str(tmp_path / f"{view.key}.pptx")).slides)
        assert f"Pages:{slides:>{len('           ') + len(str(slides))}}" in pages, (view.key, slides, pages)
