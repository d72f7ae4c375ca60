"""Two lanes: the loss is transformers' own with labels, and what parts the lanes is what the decoder reads."""

from typing import Any

import numpy as np
import pytest
import torch

from models.errors import LecternError
from tests.viz.drawing import drawn
from tests.viz.views.test_translation import TEXT, folder, greedy, model, source
from viz.bars import Bars
from viz.chips import Chips
from viz.view import Drawn

TARGET = "the dog ran home"


def shown(**state: Any) -> Drawn:
    return drawn("teacher-forcing", **{"model": folder(), "text": TEXT, "target": TARGET, **state})


def bars(found: Drawn) -> tuple[Bars, Bars]:
    losses, candidates = (figure for figure in found.figures if isinstance(figure, Bars))
    return losses, candidates


def lanes(found: Drawn) -> Chips:
    return next(figure for figure in found.figures if isinstance(figure, Chips))


def labels() -> list[int]:
    """Return the target with its end token, as training labels it."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder())(text_target=TARGET)["input_ids"]


def written_labels() -> list[int]:
    ids = labels()
    start = model().config.decoder_start_token_id
    return ids[1:] if ids[0] == start else ids


def test_the_mean_loss_is_the_models_own_with_labels() -> None:
    with torch.inference_mode():
        right = model()(input_ids=source(), labels=torch.tensor([written_labels()]))
    losses, _ = bars(shown())
    assert losses.values.mean() == pytest.approx(float(right.loss), abs=1e-5)
    each = torch.nn.functional.cross_entropy(right.logits[0], torch.tensor(written_labels()), reduction="none")
    np.testing.assert_allclose(losses.values, each, atol=1e-4)


def test_in_training_the_decoder_reads_the_target_one_place_later() -> None:
    rows = lanes(shown()).rows
    assert rows[0].texts[1:] == rows[2].texts[:-1]
    assert len(rows[0].texts) == len(rows[1].texts) == len(rows[2].texts) == len(written_labels())


def test_by_itself_the_model_writes_what_generate_writes() -> None:
    rows = lanes(shown()).rows
    assert len(rows[4].texts) == len(greedy())
    assert rows[3].texts[1:] == rows[4].texts[:-1]


def test_a_wrong_token_changes_inference_after_it_and_training_nowhere() -> None:
    plain = shown(at=1)
    pick = bars(plain)[1].picks[-1]
    wrong = shown(at=1, prefix=pick)
    for row in range(3):
        assert lanes(wrong).rows[row].texts == lanes(plain).rows[row].texts
    np.testing.assert_array_equal(bars(wrong)[0].values, bars(plain)[0].values)
    before = torch.tensor([[model().config.decoder_start_token_id, *map(int, pick.split(","))]])
    right = (
        model()
        .generate(source(), decoder_input_ids=before, max_new_tokens=64, num_beams=1, do_sample=False)[0]
        .tolist()[1:]
    )
    told = lanes(wrong)
    assert len(told.rows[4].texts) == len(right)
    assert told.rows[4].special.index(True) == 1
    assert "at position 1, by your token" in told.note
    assert "was injected at position 1" in wrong.spec.caption


def test_choosing_a_loss_shows_the_candidates_there() -> None:
    losses, candidates = bars(shown(at=2))
    assert (losses.pick, losses.picks[3], losses.mark) == ("at", "3", 2)
    assert candidates.title.startswith("Position 2")
    before = torch.tensor([[model().config.decoder_start_token_id, *written_labels()[:2]]])
    with torch.inference_mode():
        logits = model()(input_ids=source(), decoder_input_ids=before, use_cache=False).logits[0, -1]
    np.testing.assert_allclose(candidates.values[0], torch.softmax(logits, 0).max(), atol=1e-5)


def test_an_empty_target_gets_a_sentence() -> None:
    with pytest.raises(LecternError, match="The target is empty"):
        shown(target=" ")
