"""What each layer would predict, against the families' own norms and heads written out, and against the real logits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models import run
from models.answering import answer
from models.asks import Lens
from models.errors import LecternError
from tests.models.architectures import built
from tests.models.saved import save

pytestmark = pytest.mark.usefixtures("one_thread")

TEXT = "the cat sat on a mat and your lovely dog"


def softcapped(model: Any, h: torch.Tensor) -> torch.Tensor:
    cap = model.config.final_logit_softcapping
    return torch.tanh(model.lm_head(model.model.norm(h)) / cap) * cap


# Final norm and head of a hidden state that no norm has seen, written out for each family.
HEADS: dict[str, Callable[[Any, torch.Tensor], torch.Tensor]] = {
    "bert": lambda m, h: m.cls(h),
    "roberta": lambda m, h: m.lm_head(h),
    "distilbert": lambda m, h: m.vocab_projector(m.vocab_layer_norm(torch.nn.functional.gelu(m.vocab_transform(h)))),
    "electra": lambda m, h: m.generator_lm_head(m.generator_predictions(h)),
    "modernbert": lambda m, h: m.decoder(m.head(m.model.final_norm(h))),
    "gpt2": lambda m, h: m.lm_head(m.transformer.ln_f(h)),
    "gpt-neox": lambda m, h: m.lm_head(m.gpt_neox.final_layer_norm(h)),
    "llama": lambda m, h: m.lm_head(m.model.norm(h)),
    "qwen3": lambda m, h: m.lm_head(m.model.norm(h)),
    "phi": lambda m, h: m.lm_head(m.model.final_layernorm(h)),
    "olmo": lambda m, h: m.lm_head(m.model.norm(h)),
    "gemma2": softcapped,
    "opt": lambda m, h: m.lm_head(m.model.decoder.final_layer_norm(h)),
    "bloom": lambda m, h: m.lm_head(m.transformer.ln_f(h)),
}


def real(trace: Any) -> np.ndarray:
    """Return the real probabilities [position, vocabulary]."""
    return torch.from_numpy(trace.logits.copy()).softmax(-1).numpy()


@pytest.mark.parametrize("name", HEADS)
def test_every_layer_read_by_norm_and_head_predicts_what_the_lens_says(name: str, tmp_path: Path) -> None:
    folder = save(tmp_path, built(name))
    told, trace = answer(Lens(folder, TEXT)), run(folder, TEXT)
    assert told.ids.shape == (trace.n_hidden(), len(trace.tokens), 5)
    for layer in range(trace.n_hidden() - 1):
        with torch.inference_mode():
            state = torch.from_numpy(trace.hidden(layer).copy())[None]
            expected = HEADS[name](built(name), state)[0].softmax(-1).numpy()
        np.testing.assert_allclose(told.shares[layer], -np.sort(-expected)[:, :5], rtol=2e-3, atol=1e-6)
        taken = np.take_along_axis(expected, told.ids[layer], axis=1)
        np.testing.assert_allclose(told.shares[layer], taken, rtol=2e-3, atol=1e-6)


@pytest.mark.parametrize("name", [*HEADS, "t5", "bart", "marian", "mbart"])
def test_the_last_layer_predicts_what_the_model_predicts(name: str, tmp_path: Path) -> None:
    folder = save(tmp_path, built(name))
    target = "the dog ran home" if name in ("t5", "bart", "marian", "mbart") else None
    told, trace = answer(Lens(folder, TEXT, target=target)), run(folder, TEXT, target=target)
    expected = real(trace)
    assert told.vocabulary == expected.shape[1]
    np.testing.assert_allclose(told.shares[-1], -np.sort(-expected)[:, :5], rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(told.shares[-1], np.take_along_axis(expected, told.ids[-1], 1), rtol=1e-3, atol=1e-6)
    assert len(told.tokens.tokens) == len(expected)


def test_with_a_head_switched_off_the_lens_reads_the_changed_layers() -> None:
    whole, without = (answer(Lens("gpt-tiny", "Once upon a time", off=off)) for off in ((), (("self", 0, 0),)))
    assert np.array_equal(whole.shares[0], without.shares[0])
    assert np.abs(whole.shares[-1] - without.shares[-1]).max() > 1e-4


def test_of_a_long_text_the_last_positions_are_read_and_a_sentence_says_so() -> None:
    told = answer(Lens("gpt-tiny", "the old man walked home " * 60))
    assert told.ids.shape[1] == 128
    assert told.first == len(run("gpt-tiny", "the old man walked home " * 60, hidden=False, logits=False).ids) - 128
    assert any(notice.startswith("Only the last 128 of") for notice in told.notices)


def test_a_model_without_a_head_gets_a_sentence(tmp_path: Path) -> None:
    folder = save(tmp_path, built("bert").bert)
    with pytest.raises(LecternError, match="no trained head"):
        answer(Lens(folder, TEXT))
