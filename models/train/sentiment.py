"""Fine-tune bert-tiny to tell friendly from unfriendly sentences (Pang and Lee 2005); the whole model learns.

It learns from the labels, and from what a linear model says of sentences put together anew: see `models.train.lexical`.

python -m models.train.sentiment --corpus DIR --base models/bundled/bert-tiny --out DIR [--minutes 10] [--taught 24]
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
from models.train.lexical import PIECES, Scores, recombined, teacher

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


def padded(tokenizer: PreTrainedTokenizerBase, sentences: Sentences, places: np.ndarray) -> dict[str, Tensor]:
    """The sentences at these places as tensors: ids, segments, attended, labels."""
    batch = tokenizer(
        [sentences.texts[place] for place in places], return_tensors="pt", padding=True, truncation=True, max_length=80
    )
    labels = torch.tensor([sentences.labels[place] for place in places])
    return {**batch, "ids": batch["input_ids"], "labels": labels}


def batches(
    tokenizer: PreTrainedTokenizerBase, sentences: Sentences, size: int, rng: np.random.Generator
) -> Iterator[dict[str, Tensor]]:
    """Endless batches of about equally long sentences, in a new order in every pass."""
    lengths = np.array([len(text) for text in sentences.texts])
    while True:
        order = np.argsort(lengths + rng.uniform(0, 20, len(lengths)))
        groups = [order[first : first + size] for first in range(0, len(order), size)]
        for place in rng.permutation(len(groups)):
            yield padded(tokenizer, sentences, groups[place])


def lessons(
    tokenizer: PreTrainedTokenizerBase, learned: Sentences, teach: Scores, size: int, rng: np.random.Generator
) -> Iterator[dict[str, Tensor]]:
    """Endless batches of sentences put together anew, with how positive the teacher finds each, from 0 to 1."""
    words = [text.split() for text in learned.texts]
    while True:
        pieces = int(rng.integers(1, PIECES + 1))  # the same for all, so that they are about equally long
        texts = [recombined(words, pieces, rng) for _ in range(size)]
        batch = tokenizer(texts, return_tensors="pt", padding=True, truncation=True, max_length=80)
        shares = torch.from_numpy(teach(texts)).float().sigmoid()
        yield {"taught_ids": batch["input_ids"], "taught_attended": batch["attention_mask"], "taught": shares}


@torch.inference_mode()
def accuracy(model: BertForSequenceClassification, tokenizer: PreTrainedTokenizerBase, sentences: Sentences) -> float:
    """The share of sentences whose likelier label is the right one."""
    model.eval()
    right = 0
    for first in range(0, len(sentences.texts), 128):
        places = np.arange(first, min(first + 128, len(sentences.texts)))
        batch = {name: part.to(model.device) for name, part in padded(tokenizer, sentences, places).items()}
        labels, _ = batch.pop("labels"), batch.pop("ids")
        right += int((model(**batch).logits.argmax(-1) == labels).sum())
    model.train()
    return right / len(sentences.texts)


class SentimentLoss:
    """Cross-entropy of the two labels, times `labels`, and of the teacher's shares where there are any.

    Every so many steps the held-out accuracy is measured for the curve.
    """

    def __init__(
        self,
        model: BertForSequenceClassification,
        tokenizer: PreTrainedTokenizerBase,
        held_out: Sentences,
        every: int,
        labels: float = 1.0,
    ) -> None:
        self.model, self.tokenizer, self.held_out, self.every = model, tokenizer, held_out, every
        self.labels = labels
        self.steps, self.measured = 0, torch.tensor(0.5)

    def __call__(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The "loss", this batch's "accuracy", "taught_loss", and the last "held_out_accuracy"."""
        own = ("ids", "taught", "taught_ids", "taught_attended")
        out = self.model(**{name: tensor for name, tensor in batch.items() if name not in own})
        taught = self._taught(batch) if "taught" in batch else torch.zeros(())
        self.steps += 1
        if self.steps % self.every == 0:
            self.measured = torch.tensor(accuracy(self.model, self.tokenizer, self.held_out))
        right = (out.logits.argmax(-1) == batch["labels"]).float().mean()
        losses = {"loss": self.labels * out.loss + taught, "taught_loss": taught.detach()}
        return losses | {"accuracy": right, "held_out_accuracy": self.measured}

    def _taught(self, batch: dict[str, Tensor]) -> Tensor:
        logits = self.model(input_ids=batch["taught_ids"], attention_mask=batch["taught_attended"]).logits
        return binary_cross_entropy_with_logits(logits[:, 1] - logits[:, 0], batch["taught"])


def main() -> None:
    """Fine-tune, and write the model with its figures to OUT/model; the curve is OUT/curve.jsonl."""
    parser = arguments("Fine-tune a classifier of sentiment.", minutes=8)
    parser.add_argument("--base", type=Path, required=True, help="the folder of a BERT")
    parser.add_argument("--size", type=int, default=32, help="sentences with labels in a batch")
    parser.add_argument("--taught", type=int, default=0, help="sentences in a batch that a linear model labels")
    parser.add_argument("--labels", type=float, default=1.0, help="how much the labels count beside the linear model")
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
    steppers = loop.optimisers(model, options.peak, "adamw")
    progress = loop.resume(options.resume, model, steppers) if options.resume else loop.Progress()
    rng = np.random.default_rng([options.seed, progress.step])
    stream = batches(tokenizer, learned, options.size, rng)
    if options.taught:
        extra = lessons(tokenizer, learned, teacher(learned.texts, learned.labels, rng), options.taught, rng)
        stream = (labelled | taught for labelled, taught in zip(stream, extra, strict=True))
    loss = SentimentLoss(model, tokenizer, held_out, options.curve_every, options.labels)
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
