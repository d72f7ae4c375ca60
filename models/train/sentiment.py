"""Fine-tune bert-tiny to tell friendly from unfriendly sentences (Pang and Lee 2005); the whole model learns.

It learns from the labels, or from what a linear model says of sentences put together anew: see `models.train.lexical`.

python -m models.train.sentiment --corpus DIR --base models/bundled/bert-tiny --out DIR [--minutes 10] [--taught 500]
"""

import json
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits
from transformers import AutoTokenizer, BertForSequenceClassification, PreTrainedTokenizerBase

from models.errors import LecternError
from models.train import loop
from models.train.command import arguments, prepare
from models.train.corpus import hashed
from models.train.export import export
from models.train.lexical import length, recombined, teacher

FILE = "sentiment.tsv.xz"
LABELS = {0: "negative", 1: "positive"}


@dataclass(frozen=True)
class Sentences:
    """Sentences and their labels, 0 negative and 1 positive."""

    texts: list[str]
    labels: list[int]


def read(folder: Path) -> tuple[Sentences, Sentences]:
    """The sentences to learn from, and the held-out tenth, which is picked by each sentence's text alone."""
    path = folder / FILE
    if not path.exists():
        raise LecternError(f"The corpus was to hold {FILE}, {folder.name} does not: pass another --corpus.")
    with lzma.open(path, "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t", 1) for line in file]
    parts = ([row for row in rows if hashed(row[1]) >= 0.1], [row for row in rows if hashed(row[1]) < 0.1])
    learned, held_out = (Sentences([text for _, text in part], [int(label) for label, _ in part]) for part in parts)
    return learned, held_out


def padded(tokenizer: PreTrainedTokenizerBase, texts: list[str], wanted: np.ndarray) -> dict[str, Tensor]:
    """The texts as tensors: ids and attended [text, token], and how positive each is wanted to be, from 0 to 1."""
    batch = tokenizer(texts, return_tensors="pt", padding=True, truncation=True, max_length=80)
    shares = torch.from_numpy(wanted.astype(np.float32))
    return {"ids": batch["input_ids"], "attended": batch["attention_mask"], "wanted": shares}


def labelled(
    tokenizer: PreTrainedTokenizerBase, sentences: Sentences, size: int, rng: np.random.Generator
) -> Iterator[dict[str, Tensor]]:
    """Endless batches of about equally long sentences with their labels, in a new order in every pass."""
    lengths = np.array([len(text) for text in sentences.texts])
    labels = np.array(sentences.labels)
    while True:
        order = np.argsort(lengths + rng.uniform(0, 20, len(lengths)))
        groups = [order[first : first + size] for first in range(0, len(order), size)]
        for place in rng.permutation(len(groups)):
            yield padded(tokenizer, [sentences.texts[at] for at in groups[place]], labels[groups[place]])


def taught(
    tokenizer: PreTrainedTokenizerBase, learned: Sentences, words: int, rng: np.random.Generator
) -> Iterator[dict[str, Tensor]]:
    """Endless batches of so many words, in sentences put together anew, each as positive as the teacher finds it."""
    teach = teacher(learned.texts, learned.labels, rng)
    sources = [text.split() for text in learned.texts]
    while True:
        count = length(rng)  # the same for the whole batch, so that nothing is padded much
        texts = [recombined(sources, count, rng) for _ in range(max(8, words // count))]
        yield padded(tokenizer, texts, 1 / (1 + np.exp(-teach(texts))))


def positive(model: BertForSequenceClassification, batch: dict[str, Tensor]) -> Tensor:
    """[text] logits of the positive label."""
    logits = model(input_ids=batch["ids"], attention_mask=batch["attended"]).logits
    return logits[:, 1] - logits[:, 0]


@torch.inference_mode()
def accuracy(model: BertForSequenceClassification, tokenizer: PreTrainedTokenizerBase, sentences: Sentences) -> float:
    """The share of sentences whose likelier label is the right one."""
    model.eval()
    right = 0
    for first in range(0, len(sentences.texts), 128):
        labels = np.array(sentences.labels[first : first + 128])
        batch = padded(tokenizer, sentences.texts[first : first + 128], labels)
        batch = {name: part.to(model.device) for name, part in batch.items()}
        right += int(((positive(model, batch) > 0) == (batch["wanted"] > 0.5)).sum())
    model.train()
    return right / len(sentences.texts)


class SentimentLoss:
    """Cross-entropy of the two labels; every so many steps the held-out accuracy is measured for the curve."""

    def __init__(
        self,
        model: BertForSequenceClassification,
        tokenizer: PreTrainedTokenizerBase,
        held_out: Sentences,
        every: int,
    ) -> None:
        self.model, self.tokenizer, self.held_out, self.every = model, tokenizer, held_out, every
        self.steps, self.measured = 0, torch.tensor(0.5)

    def __call__(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The "loss" in nats, this batch's "accuracy" against what is wanted, and the last "held_out_accuracy"."""
        logits, wanted = positive(self.model, batch), batch["wanted"]
        self.steps += 1
        if self.steps % self.every == 0:
            self.measured = torch.tensor(accuracy(self.model, self.tokenizer, self.held_out))
        return {
            "loss": binary_cross_entropy_with_logits(logits, wanted),
            "accuracy": ((logits > 0) == (wanted > 0.5)).float().mean(),
            "held_out_accuracy": self.measured,
        }


def main() -> None:
    """Fine-tune, and write the model with its figures to OUT/model; the curve is OUT/curve.jsonl."""
    parser = arguments("Fine-tune a classifier of sentiment.", minutes=8)
    parser.add_argument("--base", type=Path, required=True, help="the folder of a BERT")
    parser.add_argument("--size", type=int, default=32, help="sentences with labels in a batch")
    parser.add_argument("--taught", type=int, help="words in a batch of what a linear model labels, in place of labels")
    parser.add_argument("--dropout", type=float, default=0.1)
    options = parser.parse_args()
    prepare(options)
    learned, held_out = read(options.corpus)
    tokenizer = AutoTokenizer.from_pretrained(options.base)
    model = BertForSequenceClassification.from_pretrained(
        options.base, num_labels=2, id2label=LABELS, label2id={name: label for label, name in LABELS.items()},
        hidden_dropout_prob=options.dropout, classifier_dropout=2 * options.dropout,
    )  # fmt: skip
    model.train().to(options.device)
    steppers = loop.optimisers(model, options.peak, options.optimiser)
    progress = loop.resume(options.resume, model, steppers) if options.resume else loop.Progress()
    rng = np.random.default_rng([options.seed, progress.step])
    if options.taught:
        stream = taught(tokenizer, learned, options.taught, rng)
    else:
        stream = labelled(tokenizer, learned, options.size, rng)
    loss = SentimentLoss(model, tokenizer, held_out, options.curve_every)
    plan = loop.Plan(options.out, options.minutes, options.peak, warm_up=0.1, curve_every=options.curve_every)
    done = loop.train(model, loss, lambda _: next(stream), steppers, plan, progress)
    model.eval()
    export(model, tokenizer, options.out / "model")
    figures = {
        "accuracy": round(accuracy(model, tokenizer, held_out), 4),
        "held_out": len(held_out.texts),
        "learned": len(learned.texts),
        "steps": done.step,
    }
    (options.out / "model" / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    loop.log.info("%s", figures)


if __name__ == "__main__":
    main()
