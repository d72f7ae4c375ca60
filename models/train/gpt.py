"""Train gpt-tiny: the next token (Radford et al. 2018), GPT-2's architecture with 5 layers of width 256.

python -m models.train.gpt --corpus DIR --out DIR --minutes 60 --seed 0 [--resume DIR/checkpoint.pt]
python -m models.train.gpt --corpus DIR --out DIR --minutes 60 --base models/bundled/gpt-tiny --together
"""

import argparse
from pathlib import Path

import numpy as np
from torch import Tensor, nn
from transformers import GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from models.train import gpt_corpus, loop
from models.train.command import arguments, compiled, plan, prepare
from models.train.export import export
from models.train.gpt_batches import batches, encode
from models.train.vocabulary import byte_level


def build(vocabulary: int, layers: int = 5, end: int = 0) -> GPT2LMHeadModel:
    """The model with fresh weights: width 256, 4 heads, inner width 768, 512 positions, no dropout."""
    config = GPT2Config(
        vocab_size=vocabulary, n_embd=256, n_layer=layers, n_head=4, n_inner=768, n_positions=512,
        embd_pdrop=0.0, attn_pdrop=0.0, resid_pdrop=0.0, bos_token_id=end, eos_token_id=end,
    )  # fmt: skip
    return GPT2LMHeadModel._from_config(config, attn_implementation="eager")


class NextTokenLoss(nn.Module):
    """Cross-entropy of the next token."""

    def __init__(self, model: GPT2LMHeadModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The "loss" in nats a token."""
        hidden = self.model.transformer(batch["ids"], use_cache=False).last_hidden_state.flatten(0, 1)
        labels, total = batch["labels"].flatten(), hidden.new_zeros(())
        for chunk, wanted in zip(hidden.split(1024), labels.split(1024), strict=True):  # all logits at once are slower
            total = total + nn.functional.cross_entropy(self.model.lm_head(chunk), wanted, reduction="sum")
        return {"loss": total / labels.numel()}


def _tokenizer(options: argparse.Namespace, texts: list[str]) -> PreTrainedTokenizerFast:
    folder = options.out / "tokenizer"
    if not folder.exists():
        based = (
            PreTrainedTokenizerFast.from_pretrained(options.base)
            if options.base
            else byte_level(texts, options.vocabulary)
        )
        based.save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def main() -> None:
    """Train for the minutes given and write the model to OUT/model."""
    parser = arguments("Train gpt-tiny.", minutes=85)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--base", type=Path, help="the folder of a gpt-tiny whose weights and tokenizer to begin with")
    parser.add_argument("--together", action="store_true", help="put single sentences together to short paragraphs")
    options = parser.parse_args()
    prepare(options)
    rng = np.random.default_rng(options.seed) if options.together else None
    texts = gpt_corpus.training(gpt_corpus.texts(options.corpus), rng)
    tokenizer = _tokenizer(options, texts)
    documents = encode(texts, tokenizer)
    loop.log.info("%s documents, %s tokens", len(documents), sum(map(len, documents)))
    model = build(len(tokenizer), options.layers or 5, tokenizer.eos_token_id).to(options.device)
    if options.base:
        model.load_state_dict(GPT2LMHeadModel.from_pretrained(options.base).state_dict())
    steppers = loop.optimisers(model, options.peak, options.optimiser)
    progress = loop.resume(options.resume, model, steppers) if options.resume else loop.Progress()
    stream = batches(documents, options.tokens, np.random.default_rng([options.seed, progress.step]))
    loss = compiled(NextTokenLoss(model), options)
    loop.train(model, loss, lambda _: next(stream), steppers, plan(options), progress)
    export(model, tokenizer, options.out / "model")


if __name__ == "__main__":
    main()
