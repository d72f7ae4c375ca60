"""One layer from inside, against transformers' own hidden states and torch's layer norm."""

import numpy as np
import pytest
import torch

from tests.viz.drawing import drawn, eager_output, walk
from viz.spec import Plot

SENTENCE = "Your cat is a lovely cat"


@pytest.mark.parametrize(("model", "layer"), [("bert-tiny", 0), ("bert-tiny", 3), ("gpt-tiny", 2)])
def test_what_goes_in_and_out_are_two_hidden_states_of_transformers(model: str, layer: int) -> None:
    states = eager_output(model, SENTENCE).hidden_states
    stages = [
        m for key, m in walk("block", model=model, layer=layer).matrices.items() if key[0] == "s" and key[1:].isdigit()
    ]
    assert stages[0].values == pytest.approx(states[layer][0].numpy(), abs=1e-4)
    assert stages[-1].values == pytest.approx(states[layer + 1][0].numpy(), abs=1e-3)


@pytest.mark.parametrize("model", ["bert-tiny", "gpt-tiny"])
def test_every_cell_follows_its_rule(model: str) -> None:
    found = walk("block", model=model, layer=1, position=2)
    for name, residual in found.residuals().items():
        values = found.matrices[name].values
        assert residual < 1e-4 * max(1.0, float(np.abs(values).max())), (name, residual)


@pytest.mark.parametrize("model", ["bert-tiny", "gpt-tiny"])
def test_what_the_neurons_write_is_what_the_part_gives_at_that_position(model: str) -> None:
    found = walk("block", model=model, layer=1, position=2).matrices
    given = next(m for m in found.values() if m.title == "Feed-forward")
    assert found["written"].values[0] == pytest.approx(given.values[2], abs=1e-3)


def test_a_norm_is_the_layer_norm_of_torch() -> None:
    found = walk("block").matrices
    name = next(key for key, m in found.items() if m.title.startswith("Norm"))
    place = name[1:]
    of = torch.from_numpy(np.array(found[found[name].source.of].values))  # type: ignore[union-attr]
    gain, shift = (torch.from_numpy(np.array(found[f"{k}{place}"].values[0])) for k in ("gain", "shift"))
    expected = torch.nn.functional.layer_norm(of, of.shape[1:], gain, shift, 1e-12)
    assert found[name].values == pytest.approx(expected.numpy(), abs=1e-4)


def test_bert_norms_after_each_addition_and_gpt_before_each_part() -> None:
    order = {m: [s.title.split()[0] for s in walk("block", model=m).steps] for m in ("bert-tiny", "gpt-tiny")}
    assert order["bert-tiny"][:2] == ["Add", "Normalise"]
    assert order["gpt-tiny"][:2] == ["Normalise", "Add"]
    assert "post-norm" in drawn("block").spec.caption
    assert "pre-norm" in drawn("block", model="gpt-tiny").spec.caption


def test_the_lengths_are_those_of_the_hidden_states_of_every_layer() -> None:
    plot = drawn("block", position=3).figures[2]
    assert isinstance(plot, Plot)
    states = eager_output("bert-tiny", SENTENCE).hidden_states
    rows = [row for row in plot.table.rows if str(row[0]).endswith("stream in")]
    assert [row[1] for row in rows] == pytest.approx([float(s[0, 3].norm()) for s in states[:-1]], rel=1e-4)
