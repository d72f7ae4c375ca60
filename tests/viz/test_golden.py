"""The default pictures of the worked examples, number by number, in files that can be read in a diff.

A failure writes NAME-changed.json beside NAME.json: if the change is meant, it takes its place.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.viz.drawing import walk

GOLDEN = Path(__file__).parents[1] / "golden"
EXAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "convolution": ("convolution", {}),
    "masked-scores": ("masked-scores", {}),
    "attention-steps-hand": ("attention-steps", {"source": "hand"}),
    "attention-steps-course": ("attention-steps", {"source": "course"}),
}


def cell(number: float) -> float | str:
    rounded = round(float(number), 6) + 0.0
    return "-inf" if np.isneginf(number) else int(rounded) if rounded == int(rounded) else rounded


def written(key: str, state: dict[str, Any]) -> str:
    """Return the matrices of a walkthrough as JSON, a line for each row."""
    matrices = walk(key, **state).matrices
    parts = []
    for name, matrix in matrices.items():
        rows = ",\n".join(
            f"    {json.dumps([label, *map(cell, row)], ensure_ascii=False)}"
            for label, row in zip(matrix.rows, matrix.values, strict=True)
        )
        columns = json.dumps(["", *matrix.columns], ensure_ascii=False)
        parts.append(f"  {json.dumps(name)}: [\n    {columns},\n{rows}\n  ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


@pytest.mark.parametrize("name", list(EXAMPLES))
def test_the_numbers_of_a_worked_example_are_the_ones_on_file(name: str) -> None:
    found, path, changed = written(*EXAMPLES[name]), GOLDEN / f"{name}.json", GOLDEN / f"{name}-changed.json"
    changed.unlink(missing_ok=True)
    expected = path.read_text(encoding="utf-8") if path.is_file() else ""
    if found != expected:
        changed.write_text(found, encoding="utf-8")
    assert found == expected


def test_every_file_belongs_to_an_example() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json") if not path.stem.endswith("-changed")} == set(EXAMPLES)
