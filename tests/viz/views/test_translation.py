"""Translation, step by step: transformers' own probabilities, generate()'s greedy and beams, and the model's attention.

It runs on the bundled translator where that is there, and on a tiny random Marian elsewhere.
"""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoTokenizer, MarianConfig, MarianMTModel

from models import run
from models.catalogue import EN_FR
from models.errors import LecternError
from tests.models.architectures import SEQ2SEQ, spread
from tests.models.saved import save
from tests.viz.drawing import BUNDLED, drawn
from viz.bars import Bars
from viz.chips import Chips
from viz.scene import Walk
from viz.view import Drawn

TEXT = "the cat sat on a mat"


@cache
def folder() -> str:
    """Return where a translator is: the bundled one, else a tiny random one made here."""
    if (BUNDLED / "en-fr" / "model.safetensors").is_file():
        return str(BUNDLED / "en-fr")
    torch.manual_seed(2)
    more = {"bos_token_id": None, "decoder_start_token_id": 0, "max_position_embeddings": 128}
    model = spread(MarianMTModel(MarianConfig(**SEQ2SEQ | more)), 6)
    words = torch.tensor([[5, 6, 7, 8, 9, 10, 2]])
    for bias in np.arange(8, -8, -0.25):  # the end comes as early as it can, after some tokens
        model.eval().final_logits_bias[0, 2] = float(bias)
        if len(model.generate(words, max_new_tokens=30, num_beams=1, do_sample=False)[0]) > 6:
            break
    return save(Path(mkdtemp()), model, ends=True)


@cache
def model() -> Any:
    return MarianMTModel.from_pretrained(folder(), attn_implementation="eager").eval()


def source() -> torch.Tensor:
    return AutoTokenizer.from_pretrained(folder())(TEXT, return_tensors="pt")["input_ids"]


def shown(**state: Any) -> Drawn:
    return drawn("translation", model=folder(), text=TEXT, **state)


def only(found: Drawn, kind: type, place: int = 0) -> Any:
    return [figure for figure in found.figures if isinstance(figure, kind)][place]


@cache
def greedy() -> list[int]:
    """Return the greedy translation without its start token."""
    return model().generate(source(), max_new_tokens=64, num_beams=1, do_sample=False)[0].tolist()[1:]


def output(before: list[int]) -> Any:
    start = model().config.decoder_start_token_id
    with torch.inference_mode():
        return model()(
            input_ids=source(), decoder_input_ids=torch.tensor([[start, *before]]), output_attentions=True,
            use_cache=False,
        )  # fmt: skip


@pytest.mark.parametrize("at", [0, 1, 3])
def test_the_candidates_of_a_step_are_transformers_own_on_the_same_prefix(at: int) -> None:
    bars = only(shown(at=at), Bars)
    right = torch.softmax(output(greedy()[:at]).logits[0, -1].double(), 0).numpy()
    np.testing.assert_allclose(bars.values, np.sort(right)[::-1][:10], atol=1e-5)
    assert bars.picks[0].split(",")[:-1] == list(map(str, greedy()[:at]))
    assert int(bars.picks[bars.mark].split(",")[-1]) == greedy()[at]


def test_every_step_together_is_what_generate_writes() -> None:
    last = shown(at=999)
    assert list(only(last, Chips).rows[1].ids) == greedy()


def test_beams_are_generates_beams_in_its_order() -> None:
    bars = only(shown(beams=3), Bars, 1)
    right = model().generate(
        source(), max_new_tokens=64, num_beams=3, num_return_sequences=3, do_sample=False,
        return_dict_in_generate=True, output_scores=True,
    )  # fmt: skip
    np.testing.assert_allclose(bars.values[:3], right.sequences_scores, atol=1e-4)
    assert bars.labels[3].startswith("greedy: ")
    assert len([figure for figure in shown(beams=1).figures if isinstance(figure, Bars)]) == 1


def test_both_attentions_are_the_mean_of_the_heads_of_eager_transformers() -> None:
    walk = only(shown(at=2, layer=0), Walk)
    right = output(greedy()[:2])
    np.testing.assert_allclose(walk.matrices["own"].values, right.decoder_attentions[0][0].mean(0), atol=1e-5)
    np.testing.assert_allclose(walk.matrices["cross"].values, right.cross_attentions[0][0].mean(0), atol=1e-5)
    assert not np.triu(walk.matrices["own"].values, 1).any()


def test_the_links_of_a_word_are_the_cross_attention_of_the_step_that_wrote_it() -> None:
    chips = only(shown(at=3, layer=1), Chips)
    right = output(greedy()[:3]).cross_attentions[1][0].mean(0)
    np.testing.assert_allclose(chips.links.weights, right, atol=1e-5)
    np.testing.assert_allclose(chips.rows[0].values, right[3], atol=1e-5)


def test_attention_grows_with_the_step_and_older_rows_stay() -> None:
    small, large = (only(shown(at=at), Walk).matrices["own"].values for at in (1, 2))
    np.testing.assert_allclose(large[:2, :2], small, atol=1e-6)
    assert large.shape == (3, 3)


def test_another_candidate_is_taken_and_the_translation_goes_on_from_there() -> None:
    bars, end = only(shown(at=1), Bars), str(model().config.eos_token_id)
    rank = next(i for i, pick in enumerate(bars.picks) if i != bars.mark and pick.split(",")[-1] != end)
    pick = bars.picks[rank]
    found = shown(at=1, prefix=pick)
    ids = list(only(shown(at=999, prefix=pick), Chips).rows[1].ids)
    before = torch.tensor([[model().config.decoder_start_token_id, *map(int, pick.split(","))]])
    right = (
        model()
        .generate(source(), decoder_input_ids=before, max_new_tokens=64, num_beams=1, do_sample=False)[0]
        .tolist()[1:]
    )
    assert ids == right
    assert only(found, Bars).mark == rank
    assert only(found, Bars, 1).labels[3].startswith("with your choice: ")


def test_a_step_beyond_the_end_is_the_last_and_says_so() -> None:
    (sentence,) = shown(at=500).notices
    assert sentence.startswith("There is no step 500")


def test_a_model_that_does_not_translate_says_so() -> None:
    with pytest.raises(LecternError, match="has no encoder beside its decoder"):
        drawn("translation", model="gpt-tiny")
    with pytest.raises(LecternError, match="does not write"):
        drawn("translation", model="bert-tiny")


def test_en_fr_shows_the_head_that_aligns_words_unless_the_mean_is_asked_for() -> None:
    layer, head = EN_FR.look or (0, 0)
    trace = run("en-fr", "Your cat is a lovely cat", target="Ton chat est un chat adorable.")
    weights = trace.all_weights("cross", layer)
    walks = {heads: only(drawn("translation", heads=heads, at=6), Walk) for heads in ("aligning", "mean")}
    shown = {heads: walk.matrices["cross"].values for heads, walk in walks.items()}
    np.testing.assert_allclose(shown["aligning"], weights[head][:7], atol=1e-5)
    np.testing.assert_allclose(shown["mean"], weights.mean(0)[:7], atol=1e-5)
    assert trace.tokens[int(shown["aligning"][1].argmax())] == "cat"
