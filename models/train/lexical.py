"""A linear teacher of sentiment, and new sentences to teach with: what words say, learned where sentences are few.

A small encoder that has read little overfits ten thousand sentences before it knows what their words are worth. A
linear model over words, pairs of words and groups of letters, each weighed by its naive Bayes log-ratio (Wang and
Manning 2012), does not. So it labels as many new sentences as the encoder likes, put together from pieces of those
that are learned.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

Scores = Callable[[list[str]], np.ndarray]
FEATURES: tuple[dict[str, Any], ...] = (
    {"ngram_range": (1, 2), "token_pattern": r"[^\s]+"},
    {"ngram_range": (2, 5), "analyzer": "char_wb", "token_pattern": None},
)
SPREAD = 1.5  # the standard deviation of the teacher's logits on what it labels: unsure enough to tell more from less
SMOOTHING, REGULARISATION = 0.5, 0.1  # of the counts, and scikit-learn's C: best in cross-validation on what is learned
PIECE = (3, 12)  # words of a piece, at least and at most
WORDS = (3, 30)  # words of a sentence that is put together


def teacher(texts: list[str], labels: list[int], rng: np.random.Generator) -> Scores:
    """Return a function: sentences -> [sentence] logits of the positive label."""
    parts = [_linear(texts, np.array(labels), features) for features in FEATURES]
    words = [text.split() for text in texts]
    seen = [recombined(words, length(rng), rng) for _ in range(2000)]
    widths = [part(seen).std() for part in parts]
    spread = SPREAD / sum(part(seen) / width for part, width in zip(parts, widths, strict=True)).std()
    return lambda asked: spread * sum(part(asked) / width for part, width in zip(parts, widths, strict=True))


def _linear(texts: list[str], labels: np.ndarray, features: dict[str, Any]) -> Scores:
    """Return a logistic regression over binary features, each times its naive Bayes log-ratio."""
    vectors = CountVectorizer(binary=True, **features)
    counts = vectors.fit_transform(texts)
    positive, negative = (SMOOTHING + np.asarray(counts[labels == label].sum(0)).ravel() for label in (1, 0))
    ratios = np.log(positive / positive.sum()) - np.log(negative / negative.sum())
    fitted = LogisticRegression(C=REGULARISATION, max_iter=300, solver="liblinear")
    fitted.fit(counts.multiply(ratios).tocsr(), labels)
    weights, bias = fitted.coef_.ravel() * ratios, fitted.intercept_[0]
    return lambda asked: vectors.transform(asked) @ weights + bias


def length(rng: np.random.Generator) -> int:
    """Draw how many words a sentence gets: short ones as often as long ones, as they say more about each word."""
    return round(float(np.exp(rng.uniform(*np.log(WORDS)))))


def recombined(words: list[list[str]], count: int, rng: np.random.Generator) -> str:
    """Return so many words, in pieces each from a sentence of its own."""
    made: list[str] = []
    while len(made) < count:
        source = words[rng.integers(len(words))]
        size = min(len(source), count - len(made), int(rng.integers(PIECE[0], PIECE[1] + 1)))
        start = rng.integers(0, len(source) - size + 1)
        made += source[start : start + size]
    return " ".join(made)
