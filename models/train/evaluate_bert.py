"""bert-tiny's figures: hidden words and next sentences of held-out text, senses of words, the lecture's sentences."""

import numpy as np
import torch
from transformers import BertForPreTraining, BertTokenizerFast

from models.train import corpus, senses

LECTURE = ("The [MASK] is very cute.", "He went to the [MASK] to deposit money.", "The cat chased the [MASK].")
PAIR = ("It is raining heavily.", "I need an umbrella.")


@torch.inference_mode()
def fillers(model: BertForPreTraining, tokenizer: BertTokenizerFast, sentence: str, count: int = 5) -> dict[str, float]:
    """The likeliest pieces for the sentence's [MASK], with their probabilities."""
    encoded = tokenizer(sentence, return_tensors="pt")
    place = encoded["input_ids"][0].tolist().index(tokenizer.mask_token_id)
    shares, ids = model(**encoded).prediction_logits[0, place].softmax(-1).topk(count)
    return {tokenizer.convert_ids_to_tokens(int(i)): round(float(p), 3) for p, i in zip(shares, ids, strict=True)}


@torch.inference_mode()
def _hidden_words(
    model: BertForPreTraining, tokenizer: BertTokenizerFast, text: str, words: np.ndarray, rng: np.random.Generator
) -> tuple[int, int]:
    encoded = tokenizer(text, return_tensors="pt", truncation=True, max_length=128)
    ids = encoded["input_ids"][0].clone()
    places = np.flatnonzero(words[ids.numpy()])
    if not len(places):
        return 0, 0
    chosen = torch.from_numpy(rng.choice(places, max(1, round(0.15 * len(places))), replace=False))
    encoded["input_ids"][0, chosen] = tokenizer.mask_token_id
    best = model(**encoded).prediction_logits[0, chosen].topk(5).indices
    return int((best == ids[chosen, None]).any(-1).sum()), len(chosen)


def masked(
    model: BertForPreTraining, tokenizer: BertTokenizerFast, held_out: dict[str, list[str]], texts: int = 400
) -> dict[str, float]:
    """By part, and over all of them, the share of hidden words that are among the five likeliest.

    15 % of the words of each text are hidden, all by [MASK]; a word is a piece of letters only (no "##").
    """
    words = np.array([piece.isalpha() for piece in tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))])
    rng = np.random.default_rng(0)
    found: dict[str, np.ndarray] = {}  # right, total
    for name, lines in held_out.items():
        chosen = rng.permutation(len(lines))[:texts]
        found[name] = np.sum([_hidden_words(model, tokenizer, lines[i], words, rng) for i in chosen], axis=0)
    found["all"] = np.sum(list(found.values()), axis=0)
    return {name: round(float(right / max(total, 1)), 3) for name, (right, total) in found.items()}


@torch.inference_mode()
def follows(model: BertForPreTraining, tokenizer: BertTokenizerFast, first: str, second: str) -> float:
    """The probability that the second sentence follows the first."""
    encoded = tokenizer(first, second, return_tensors="pt", truncation=True, max_length=128)
    return float(model(**encoded).seq_relationship_logits[0].softmax(-1)[0])


def _pairs_apart(
    model: BertForPreTraining, tokenizer: BertTokenizerFast, texts: list[list[str]], others: list[list[str]], seed: int
) -> tuple[int, int]:
    """How many of the true and the random next sentences are told apart, and of how many."""
    rng = np.random.default_rng(seed)
    right = []
    for sentences in texts:
        at = int(rng.integers(len(sentences) - 1))
        other = sentences
        while other is sentences:
            other = others[rng.integers(len(others))]
        right.append(follows(model, tokenizer, sentences[at], sentences[at + 1]) > 0.5)
        right.append(follows(model, tokenizer, sentences[at], other[rng.integers(len(other))]) <= 0.5)
    return sum(right), len(right)


def next_sentence(
    model: BertForPreTraining, tokenizer: BertTokenizerFast, held_out: dict[str, list[str]], texts: int = 300
) -> dict[str, dict[str, float]]:
    """By part, and over all, how often single true and random next sentences (as many of each) are told apart.

    "any" draws the random sentence from all parts, as BERT does; "same" from the same part, which is harder.
    """
    cut = {
        name: [pair for text in lines if len(pair := corpus.sentences(text)) > 1] for name, lines in held_out.items()
    }
    chosen = {name: lines[:texts] for name, lines in cut.items() if len(lines) >= 20}
    everywhere = [sentences for lines in chosen.values() for sentences in lines]
    found: dict[str, dict[str, float]] = {}
    for kind in ("any", "same"):
        counts = {
            name: _pairs_apart(model, tokenizer, lines, everywhere if kind == "any" else lines, seed=0)
            for name, lines in chosen.items()
        }
        counts["all"] = (sum(right for right, _ in counts.values()), sum(total for _, total in counts.values()))
        found[kind] = {name: round(right / max(total, 1), 3) for name, (right, total) in counts.items()}
    return found


def figures(
    model: BertForPreTraining, tokenizer: BertTokenizerFast, held_out: dict[str, list[str]]
) -> dict[str, object]:
    """All of them, ready for JSON."""
    by_word = senses.accuracy(model, tokenizer)
    others = np.mean([layers for word, layers in by_word.items() if word != "bank"], axis=0)
    return {
        "senses_by_layer": by_word,
        "senses_other_words_by_layer": [round(float(share), 3) for share in others],
        "masked_top5": masked(model, tokenizer, held_out),
        "next_sentence": next_sentence(model, tokenizer, held_out),
        "lecture_fillers": {sentence: fillers(model, tokenizer, sentence) for sentence in LECTURE},
        "lecture_pair_follows": round(follows(model, tokenizer, *PAIR), 3),
    }
