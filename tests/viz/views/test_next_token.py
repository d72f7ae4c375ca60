"""The next token: a softmax over the whole vocabulary, the cuts of transformers, and fair draws."""

from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from scipy.stats import chisquare

from tests.viz.drawing import BUNDLED, drawn
from viz.bars import Bars
from viz.chips import Chips

TEXT = "The cat sat on the"


@cache
def gpt() -> tuple[Any, Any]:
    folder = BUNDLED / "gpt-tiny"
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager")
    return transformers.AutoTokenizer.from_pretrained(folder), model.eval()


def logits(ids: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        return gpt()[1](torch.tensor([ids]), use_cache=False).logits[0].double()


def ids() -> list[int]:
    return gpt()[0](TEXT)["input_ids"]


def bars(**state: Any) -> tuple[Bars, Bars]:
    first, second = (figure for figure in drawn("next-token", **state).figures if isinstance(figure, Bars))
    return first, second


def chips(**state: Any) -> Chips:
    return next(figure for figure in drawn("next-token", **state).figures if isinstance(figure, Chips))


def test_the_probabilities_are_a_softmax_over_the_whole_vocabulary() -> None:
    shown, _ = bars()
    right = torch.softmax(logits(ids())[-1], 0).numpy()
    np.testing.assert_allclose(shown.values, np.sort(right)[::-1][:12], atol=1e-5)
    assert [int(pick) for pick in shown.picks] == np.argsort(-right)[:12].tolist()


def test_temperature_and_cuts_leave_the_models_probabilities_and_change_what_is_drawn() -> None:
    shown, _ = bars(temperature=0.5, top_k=4)
    np.testing.assert_allclose(shown.values, bars()[0].values)
    kept = torch.softmax(logits(ids())[-1].sort(descending=True).values[:4] / 0.5, 0).numpy()
    np.testing.assert_allclose(shown.second, [*kept, *[0.0] * 8], atol=1e-5)
    assert (shown.cut, shown.cut_label) == (4, "only these 4 may be drawn")


def test_a_nucleus_is_the_fewest_tokens_that_reach_it() -> None:
    shown, _ = bars(top_p=0.12)
    reached = np.cumsum(shown.values)
    assert shown.cut == int(np.searchsorted(reached, 0.12)) + 1


def test_a_hundred_draws_pass_a_chi_square_test_for_most_seeds() -> None:
    passed = 0
    for seed in range(40):
        _, draws = bars(top_k=5, seed=seed)
        seen, expected = draws.values[:5] * 100, draws.second[:5] * 100
        assert seen.sum() == pytest.approx(100)
        passed += chisquare(seen, expected).pvalue > 0.05
    assert passed >= 34


def test_every_tokens_surprise_is_the_loss_of_the_model_in_bits() -> None:
    (row,) = chips().rows
    losses = torch.nn.functional.cross_entropy(logits(ids())[:-1], torch.tensor(ids()[1:]), reduction="none")
    np.testing.assert_allclose(row.values, losses.numpy() / np.log(2), atol=1e-4)


def test_greedy_writes_what_generate_writes() -> None:
    tokenizer, model = gpt()
    right = model.generate(torch.tensor([ids()]), max_new_tokens=3, do_sample=False)[0].tolist()[len(ids()) :]
    assert [word.strip() for word in tokenizer.batch_decode([[one] for one in right])] == list(
        chips(how="greedy", length=3).rows[1].texts
    )


def test_one_token_more_leaves_those_before_it() -> None:
    texts = [chips(length=length, seed=2).rows[1].texts for length in (1, 2, 3)]
    assert texts[0] == texts[1][:1]
    assert texts[1] == texts[2][:2]


def test_a_chosen_bar_is_where_it_goes_on() -> None:
    shown, _ = bars()
    found = chips(prefix=shown.picks[3])
    assert found.rows[1].texts == (shown.labels[3],)
    after, _ = bars(prefix=shown.picks[3])
    right = torch.softmax(logits([*ids(), int(shown.picks[3])])[-1], 0).max()
    assert after.values[0] == pytest.approx(float(right), abs=1e-5)
    assert after.picks[0].startswith(f"{shown.picks[3]},")


def test_the_cache_saves_what_arithmetic_says() -> None:
    assert "7 positions were computed; without, 18" in chips(length=3, how="greedy").note


def test_greedy_may_draw_one_token_only() -> None:
    shown, draws = bars(how="greedy")
    assert (shown.cut, shown.second[0], draws.values[0]) == (1, 1, 1)
