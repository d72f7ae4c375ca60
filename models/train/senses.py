"""How well a model tells the senses of a word apart: nearest centroid, leaving one sentence out."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from transformers import PreTrainedModel, PreTrainedTokenizerBase

SENTENCES = Path(__file__).with_name("senses.tsv")  # word, sense, sentence; none is in the corpus


@dataclass(frozen=True)
class Use:
    """One sentence that holds the word once, in one sense."""

    word: str
    sense: str
    sentence: str


def uses(path: Path = SENTENCES) -> dict[str, list[Use]]:
    """The sentences of the file by word."""
    found: dict[str, list[Use]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        use = Use(*line.split("\t"))
        found.setdefault(use.word, []).append(use)
    return found


@torch.inference_mode()
def states(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, word: str, sentences: list[str]
) -> Float[np.ndarray, "sentence layer width"]:
    """The word's hidden state in each sentence, layer 0 (the embedding output) first."""
    piece = tokenizer.convert_tokens_to_ids(word)
    found = []
    for sentence in sentences:
        encoded = tokenizer(sentence, return_tensors="pt")
        place = encoded["input_ids"][0].tolist().index(piece)
        layers = model(**encoded, output_hidden_states=True).hidden_states
        found.append(torch.stack([layer[0, place] for layer in layers]).float().numpy())
    return np.stack(found)


def leave_one_out(points: Float[np.ndarray, "sentence width"], senses: list[str]) -> float:
    """The share of points whose own sense's centroid (of the other points) is nearest by cosine."""
    units = points / np.linalg.norm(points, axis=1, keepdims=True)
    labels, right = np.array(senses), 0
    for place, unit in enumerate(units):
        others = np.arange(len(units)) != place
        centroids = {sense: units[others & (labels == sense)].mean(0) for sense in set(senses)}
        cosine = {sense: unit @ centroid / np.linalg.norm(centroid) for sense, centroid in centroids.items()}
        right += max(cosine, key=cosine.__getitem__) == senses[place]
    return right / len(units)


def accuracy(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, path: Path = SENTENCES
) -> dict[str, list[float]]:
    """For every word the leave-one-out accuracy at each layer."""
    found = {}
    for word, examples in uses(path).items():
        points = states(model, tokenizer, word, [use.sentence for use in examples])
        senses = [use.sense for use in examples]
        found[word] = [round(leave_one_out(points[:, layer], senses), 3) for layer in range(points.shape[1])]
    return found
