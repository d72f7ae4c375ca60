"""The command line: what it lists, what it writes, and what it says when something is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.viz.drawing import drawn
from viz.__main__ import main
from viz.export import FORMATS, export
from viz.views import VIEWS

ROOT = Path(__file__).parents[2]


def test_the_list_names_every_view_with_its_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [view.key for view in VIEWS]
    assert all(view.question in line for view, line in zip(VIEWS, lines, strict=True))


def test_the_list_as_json_has_key_title_topic_and_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows == [{"key": v.key, "title": v.title, "topic": v.chapter, "question": v.question} for v in VIEWS]


@pytest.mark.parametrize("extension", list(FORMATS))
def test_export_writes_every_kind_of_file(extension: str, tmp_path: Path) -> None:
    out = tmp_path / f"figure.{extension}"
    assert main(["export", "convolution", str(out), "--state", "stride_rows=2"]) == 0
    if extension != "npz":
        assert out.read_bytes() == export(drawn("convolution", stride_rows=2), extension)
        return
    with np.load(out) as held:
        assert held["output"].tolist() == [[12, 12, 17], [9, 6, 14]]


def test_export_runs_as_a_command_of_its_own_and_an_ending_may_be_in_capitals(tmp_path: Path) -> None:
    out = tmp_path / "figure.JSON"
    command = [sys.executable, "-m", "viz", "export", "convolution", str(out), "--state", "kernel_name=blur"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    written = json.loads(out.read_text())["figures"][0]["matrices"]["output"]["values"]
    assert written == drawn("convolution", kernel_name="blur").figures[0].arrays()["output"].tolist()


def test_export_runs_a_model_and_says_what_it_corrected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "figure.json"
    assert main(["export", "attention", str(out), "--state", "text=Hello+there&layer=99"]) == 0
    right = drawn("attention", text="Hello there", layer=99).figures[0].arrays()["weights"]
    assert np.abs(np.array(json.loads(out.read_text())["figures"][0]["weights"]) - right).max() < 1e-5
    assert "There is no layer 99" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "nonsense", "out.html"], "There is no view “nonsense”. There are: convolution,"),
        (["export", "convolution", "out.docx"], "There is no export to “.docx”. There are: .html,"),
        (["export", "convolution", "out"], "There is no export to “.”."),
        (["export", "convolution", "no/such/folder/out.json"], "no/such/folder/out.json cannot be written"),
        (["export", "convolution", "out.json", "--state", "dilation=4"], "The kernel reaches over 9×9 cells"),
        (["export", "attention", "out.json", "--state", "text=+"], "The sentence is empty"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_on_stderr_and_exit_status_2(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    out, told = capsys.readouterr()
    assert out == ""
    assert told.startswith(said)
    assert len(told.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_value_that_is_left_out_is_said_and_the_file_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "convolution", str(tmp_path / "out.json"), "--state", "padding=-1"]) == 0
    assert "“padding=-1” was left out" in capsys.readouterr().err
    assert (tmp_path / "out.json").is_file()


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["export"], ["export", "convolution"]], ids=str)
def test_a_command_that_is_not_understood_exits_with_status_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    assert ending.value.code == 2
    assert "usage:" in capsys.readouterr().err
