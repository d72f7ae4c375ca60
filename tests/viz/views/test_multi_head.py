"""Heads joined and projected, against what transformers' own attention block hands on."""

import numpy as np
import pytest
import torch

from tests.viz.drawing import drawn, eager, walk
from viz.bars import Bars

SENTENCE = "Your cat is a lovely cat"


def block_output(layer: int) -> np.ndarray:
    """Return what the attention block of bert-tiny gives before it is added to the stream, noted by a hook."""
    tokenizer, model = eager("bert-tiny")
    seen: list[torch.Tensor] = []
    dense = model.encoder.layer[layer].attention.output.dense
    hook = dense.register_forward_hook(lambda module, given, gave: seen.append(gave[0]))
    with torch.inference_mode():
        model(**tokenizer(SENTENCE, return_tensors="pt"))
    hook.remove()
    return seen[0].numpy()


@pytest.mark.parametrize("layer", [0, 3])
def test_heads_side_by_side_through_the_projection_are_the_block_s_own_output(layer: int) -> None:
    found = walk("multi-head", layer=layer).matrices["output"].values
    assert found == pytest.approx(block_output(layer)[:, :64], abs=1e-4)


def test_the_parts_of_the_heads_and_the_bias_add_up_to_the_output() -> None:
    m = walk("multi-head", layer=1).matrices
    width = m["z0"].values.shape[1]
    parts = [m[f"z{h}"].values @ m["w_o"].values[h * width : (h + 1) * width] for h in range(4)]
    assert sum(parts) + m["b_o"].values == pytest.approx(m["output"].values, abs=1e-5)


def test_a_head_that_is_off_takes_its_part_away_and_nothing_else() -> None:
    whole, without = (walk("multi-head", layer=1, off=off).matrices for off in ("", "2"))
    width = whole["z0"].values.shape[1]
    part = whole["z2"].values @ whole["w_o"].values[2 * width : 3 * width]
    assert whole["output"].values - without["output"].values == pytest.approx(part, abs=1e-5)


def test_a_bar_is_the_mean_length_of_what_the_head_adds_and_switches_it() -> None:
    bars = drawn("multi-head", layer=1, off="1,3").figures[0]
    assert isinstance(bars, Bars)
    m = walk("multi-head", layer=1).matrices
    width = m["z0"].values.shape[1]
    _, model = eager("bert-tiny")
    w_o = model.encoder.layer[1].attention.output.dense.weight.detach().numpy().T
    length = np.linalg.norm(m["z0"].values @ w_o[:width], axis=1).mean()
    assert bars.values[0] == pytest.approx(length, rel=1e-4)
    assert bars.values[1] == bars.values[3] == 0
    assert bars.picks == ("0,1,3", "3", "1,2,3", "1")


@pytest.mark.parametrize("model", ["bert-tiny", "gpt-tiny"])
def test_every_cell_follows_its_rule(model: str) -> None:
    assert max(walk("multi-head", model=model, layer=1, off="0").residuals().values()) < 1e-5


def test_a_head_that_is_not_there_is_left_out() -> None:
    assert drawn("multi-head", off="1,99").state.off == "1"
