"""Bytes inside a page: Python writes them, the browser's module reads them."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.bundle import JS
from viz.held import held, opened


@given(st.binary(max_size=300))
def test_bytes_come_back_unchanged(data: bytes) -> None:
    assert opened(held(data)) == data


@given(st.binary(max_size=300))
def test_the_text_can_stand_in_a_page(data: bytes) -> None:
    assert not re.search(r"[<>&@\"'\\\s]", held(data))


def test_the_text_is_shorter_than_base_64() -> None:
    data = np.random.default_rng(0).bytes(90_000)
    assert len(held(data)) < 1.26 * len(data)


def test_the_browser_reads_what_python_wrote() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    random = np.random.default_rng(1)
    written = [random.bytes(size) for size in (0, 1, 2, 3, 4, 5, 999, 70_001)]
    script = f"""
        import {{ held }} from {json.dumps((JS / "held.js").as_uri())};
        const texts = {json.dumps([held(data) for data in written])};
        const read = await Promise.all(texts.map((textContent) => held({{ textContent: `\\n${{textContent}} ` }})));
        console.log(JSON.stringify(read.map((bytes) => Buffer.from(bytes).toString("hex"))));
    """
    command = [node, "--input-type=module", "-"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == [data.hex() for data in written]
