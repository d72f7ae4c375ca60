"""Probabilities, cuts and draws, against torch, transformers' own processors, and a chi-square test."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare
from transformers.generation.logits_process import (
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from models.sampling import allowed, bits, drawn, entropy, in_order, shaped, softmax

LOGITS = np.random.default_rng(3).normal(size=300).astype(np.float32) * 3


def test_softmax_equals_torch_over_the_whole_vocabulary() -> None:
    right = torch.softmax(torch.tensor(LOGITS, dtype=torch.float64), 0).numpy()
    np.testing.assert_allclose(softmax(LOGITS), right, atol=1e-12)
    assert softmax(LOGITS).sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
@pytest.mark.parametrize("top_k", [0, 1, 40])
@pytest.mark.parametrize("top_p", [0.2, 0.9, 1.0])
def test_temperature_and_cuts_are_those_of_transformers(temperature: float, top_k: int, top_p: float) -> None:
    scores = TemperatureLogitsWarper(temperature)(None, torch.tensor(LOGITS)[None].double())
    scores = TopKLogitsWarper(top_k)(None, scores) if top_k else scores
    scores = TopPLogitsWarper(top_p)(None, scores) if top_p < 1 else scores
    np.testing.assert_allclose(shaped(LOGITS, temperature, top_k, top_p), torch.softmax(scores, 1)[0], atol=1e-9)


def test_ten_thousand_draws_follow_the_distribution() -> None:
    shares = shaped(LOGITS, 1.0, 50, 1.0)
    often = shares * 10_000 >= 5
    counts = drawn(shares, 10_000, seed=5)
    seen = np.append(counts[often], counts[~often].sum())
    expected = np.append(shares[often], shares[~often].sum()) * 10_000
    assert chisquare(seen[expected > 0], expected[expected > 0]).pvalue > 0.01
    wrong = np.roll(shares, 1) * 10_000
    assert (
        chisquare(counts[often] + 1e-9, (wrong[often] + 1) * counts[often].sum() / (wrong[often] + 1).sum()).pvalue
        < 1e-6
    )


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    shares = softmax(LOGITS)
    assert (drawn(shares, 100, 1) == drawn(shares, 100, 1)).all()
    assert (drawn(shares, 100, 1) != drawn(shares, 100, 2)).any()


def test_surprise_and_entropy_by_hand() -> None:
    assert bits(np.array([0.5, 0.25, 1.0])).tolist() == [1, 2, 0]
    assert entropy(np.array([[0.25] * 4, [1.0, 0, 0, 0]])).tolist() == [2, 0]


@given(st.lists(st.floats(-20, 20, width=32), min_size=2, max_size=40), st.integers(0, 45), st.floats(0.01, 1))
def test_what_is_kept_is_the_likeliest_and_adds_up_to_one(values: list[float], top_k: int, top_p: float) -> None:
    logits = np.array(values, np.float32)
    kept = shaped(logits, 1.0, top_k, top_p)
    count = allowed(softmax(logits), top_k, top_p)
    assert 1 <= count <= min(top_k or len(values), len(values))
    assert kept.sum() == pytest.approx(1)
    assert set(np.flatnonzero(kept)) <= set(in_order(softmax(logits))[:count].tolist())
