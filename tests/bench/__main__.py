"""Run every benchmark of this folder: each bench_NAME.py has `report()`, which yields lines for a reader."""

import sys
from importlib import import_module
from pathlib import Path

for path in sorted(Path(__file__).parent.glob("bench_*.py")):
    for line in import_module(f"tests.bench.{path.stem}").report():
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
