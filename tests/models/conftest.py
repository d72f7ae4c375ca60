"""What the tests of `models` share."""

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Compute with one thread: models as small as those of the tests only wait for a second one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def on_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run models on the CPU, and never ask the Hub."""
    monkeypatch.setenv("LECTERN_DEVICE", "cpu")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
