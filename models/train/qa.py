"""Fine-tune bert-tiny to point at answers (Devlin et al. 2018, section 4.2), on made questions and XQuAD's.

python -m models.train.qa --corpus DIR/en --squad DIR/xquad.en.json --base models/bundled/bert-tiny --out DIR
"""

import json
import string
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import AutoTokenizer, BertForQuestionAnswering, PreTrainedTokenizerBase

from models.train import loop
from models.train.command import arguments, prepare
from models.train.export import export
from models.train.qa_corpus import Asked, made, squad

LONGEST, LONGEST_ANSWER = 192, 24  # tokens


def encoded(tokenizer: PreTrainedTokenizerBase, asked: list[Asked]) -> dict[str, Tensor]:
    """Questions with their texts as tensors, with the first and last token of each answer (0, [CLS], if cut off)."""
    batch = tokenizer(
        [one.question for one in asked], [one.context for one in asked], return_tensors="pt", padding=True,
        truncation="only_second", max_length=LONGEST,
    )  # fmt: skip
    starts = [batch.char_to_token(row, one.start, 1) for row, one in enumerate(asked)]
    stops = [batch.char_to_token(row, one.stop - 1, 1) for row, one in enumerate(asked)]
    kept = [start is not None and stop is not None for start, stop in zip(starts, stops, strict=True)]
    firsts = [start if keep else 0 for start, keep in zip(starts, kept, strict=True)]
    lasts = [stop if keep else 0 for stop, keep in zip(stops, kept, strict=True)]
    places = {"start_positions": torch.tensor(firsts), "end_positions": torch.tensor(lasts)}
    return {**batch, **places, "ids": batch["input_ids"]}


def batches(
    tokenizer: PreTrainedTokenizerBase, asked: list[Asked], size: int, rng: np.random.Generator
) -> Iterator[dict[str, Tensor]]:
    """Endless batches of about equally long texts, in a new order in every pass."""
    lengths = np.array([len(one.context) for one in asked])
    while True:
        order = np.argsort(lengths + rng.uniform(0, 80, len(lengths)))
        groups = [order[first : first + size] for first in range(0, len(order), size)]
        for place in rng.permutation(len(groups)):
            yield encoded(tokenizer, [asked[one] for one in groups[place]])


@torch.inference_mode()
def answer(model: BertForQuestionAnswering, tokenizer: PreTrainedTokenizerBase, question: str, context: str) -> str:
    """The words of the text with the largest sum of start and end logit, at most LONGEST_ANSWER tokens."""
    batch = tokenizer(question, context, return_tensors="pt", truncation="only_second", max_length=LONGEST)
    out = model(**batch.to(model.device))
    sums = out.start_logits[0][:, None] + out.end_logits[0][None, :]
    inside = torch.tensor([part == 1 for part in batch.sequence_ids(0)])
    legal = inside[:, None] & inside[None, :] & torch.ones_like(sums, dtype=torch.bool).triu().tril(LONGEST_ANSWER - 1)
    first, last = divmod(int(sums.masked_fill(~legal, -torch.inf).argmax()), sums.shape[1])
    return context[batch.token_to_chars(0, first).start : batch.token_to_chars(0, last).end]


def _words(text: str) -> list[str]:
    plain = text.lower().translate(str.maketrans("", "", string.punctuation))
    return [word for word in plain.split() if word not in ("a", "an", "the")]


def scores(model: BertForQuestionAnswering, tokenizer: PreTrainedTokenizerBase, asked: list[Asked]) -> dict[str, float]:
    """Exact match and F1 of the words, as SQuAD counts them (Rajpurkar et al. 2016), in [0, 1]."""
    exact, overlap = [], []
    for one in asked:
        said, wanted = _words(answer(model, tokenizer, one.question, one.context)), _words(one.answer)
        common = sum((Counter(said) & Counter(wanted)).values())
        exact.append(said == wanted)
        overlap.append(2 * common / max(len(said) + len(wanted), 1))
    return {"exact": round(float(np.mean(exact)), 3), "f1": round(float(np.mean(overlap)), 3), "questions": len(asked)}


def main() -> None:
    """Fine-tune, and write the model with its figures to OUT/model."""
    parser = arguments("Fine-tune a model that points at answers.", minutes=10)
    parser.add_argument("--squad", type=Path, required=True, help="xquad.en.json")
    parser.add_argument("--base", type=Path, required=True, help="the folder of a BERT")
    parser.add_argument("--size", type=int, default=24, help="questions in a batch")
    parser.set_defaults(optimiser="adamw")
    options = parser.parse_args()
    prepare(options)
    rng = np.random.default_rng([options.seed, 1])
    theirs, their_tests = squad(options.squad)
    ours = list(made(options.corpus, rng, most=20_000))
    our_tests = list(made(options.corpus, rng, most=200, testing=True))
    loop.log.info("%s made questions, %s of XQuAD", len(ours), len(theirs))
    tokenizer = AutoTokenizer.from_pretrained(options.base)
    model = BertForQuestionAnswering.from_pretrained(options.base, hidden_dropout_prob=0.1).train().to(options.device)
    steppers = loop.optimisers(model, options.peak, options.optimiser)
    progress = loop.resume(options.resume, model, steppers) if options.resume else loop.Progress()
    stream = batches(tokenizer, [*ours, *theirs, *theirs], options.size, rng)
    plan = loop.Plan(options.out, options.minutes, options.peak, warm_up=0.1, curve_every=options.curve_every)

    def loss(batch: dict[str, Tensor]) -> dict[str, Tensor]:
        return {"loss": model(**{name: part for name, part in batch.items() if name != "ids"}).loss}

    loop.train(model, loss, lambda _: next(stream), steppers, plan, progress)
    model.eval()
    export(model, tokenizer, options.out / "model")
    figures = {"made": scores(model, tokenizer, our_tests), "xquad": scores(model, tokenizer, their_tests)}
    (options.out / "model" / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    loop.log.info("%s", figures)


if __name__ == "__main__":
    main()
