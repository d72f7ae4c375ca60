"""The output view against transformers' own logits and torch's softmax."""

import numpy as np
import pytest
import torch
import transformers

from tests.viz.drawing import BUNDLED, drawn, walk
from viz.bars import Bars

SENTENCE = "Your cat is a lovely cat"


def logits(model: str, text: str) -> torch.Tensor:
    tokenizer = transformers.AutoTokenizer.from_pretrained(BUNDLED / model)
    kind = transformers.AutoModelForMaskedLM if model == "bert-tiny" else transformers.AutoModelForCausalLM
    plain = kind.from_pretrained(BUNDLED / model, attn_implementation="eager").eval()
    with torch.inference_mode():
        return plain(**tokenizer(text, return_tensors="pt")).logits[0].double()


@pytest.mark.parametrize("temperature", [1.0, 0.5, 3.0])
def test_probabilities_are_a_softmax_over_the_whole_vocabulary(temperature: float) -> None:
    own = logits("gpt-tiny", SENTENCE)[-1]
    shares = torch.softmax(own / temperature, 0).sort(descending=True).values[:8]
    found = walk("output", temperature=temperature).matrices["shares"].values[0]
    assert found == pytest.approx(shares.tolist(), abs=1e-5)


def test_another_position_shows_its_own_logits() -> None:
    own = logits("gpt-tiny", SENTENCE)[2].sort(descending=True).values[:8]
    assert walk("output", position=2).matrices["logits"].values[0] == pytest.approx(own.tolist(), abs=1e-3)


def test_a_masked_language_model_is_asked_at_its_gap() -> None:
    text = "The [MASK] is very cute"
    own = logits("bert-tiny", text)[2]
    bars = drawn("output", model="bert-tiny", text=text).figures[1]
    assert isinstance(bars, Bars)
    assert bars.values == pytest.approx(torch.softmax(own, 0).sort(descending=True).values[:12].tolist(), abs=1e-5)


def test_temperature_changes_no_order_and_draws_both() -> None:
    bars = drawn("output", temperature=2.0).figures[1]
    assert isinstance(bars, Bars)
    assert bars.second is not None
    assert (np.diff(bars.second) <= 0).all()
    warm = torch.softmax(logits("gpt-tiny", SENTENCE)[-1] / 2, 0).sort(descending=True).values[:12]
    assert bars.second == pytest.approx(warm.tolist(), abs=1e-5)
    assert drawn("output").figures[1].second is None  # type: ignore[union-attr]


def test_every_cell_follows_its_rule_the_tokens_that_are_not_shown_included() -> None:
    residuals = walk("output", temperature=0.7).residuals()
    assert set(residuals) == {"logits", "scaled", "shares"}
    assert max(residuals.values()) < 1e-9
