"""Train bert-tiny: masked words and next sentence (Devlin et al. 2018), uncased, 4 layers of width 256.

python -m models.train.bert --corpus DIR --out DIR --minutes 60 --seed 0 [--resume DIR/checkpoint.pt]
"""

import argparse

import numpy as np
import torch
from torch import Tensor, nn
from transformers import BertConfig, BertForPreTraining, BertTokenizerFast

from models.train import bert_corpus, loop
from models.train.bert_batches import IGNORED, collate, grouped, hidden_share
from models.train.bert_corpus import Corpus
from models.train.command import arguments, compiled, plan, prepare
from models.train.export import export
from models.train.vocabulary import BERT_SPECIAL, wordpiece


def build(vocabulary: int, layers: int = 4) -> BertForPreTraining:
    """The model with fresh weights: width 256, 4 heads, inner width 768, no dropout (few passes over the text)."""
    config = BertConfig(
        vocab_size=vocabulary, hidden_size=256, num_hidden_layers=layers, num_attention_heads=4, intermediate_size=768,
        max_position_embeddings=512, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, pad_token_id=0,
    )  # fmt: skip
    return BertForPreTraining._from_config(config, attn_implementation="eager")


class PreTrainingLoss(nn.Module):
    """Both losses of BERT; the vocabulary is looked at for the hidden positions only."""

    def __init__(self, model: BertForPreTraining) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The summed "loss", the "masked" one, and the "next" one, in nats."""
        attended = batch["attended"]
        open_or_not = (1.0 - attended[:, None, None, :].float()) * torch.finfo(torch.float32).min
        out = self.model.bert(batch["ids"], attention_mask=open_or_not, token_type_ids=batch["segments"])
        hidden = out.last_hidden_state.flatten(0, 1)[batch["where"]]  # [row position, width] -> [hidden word, width]
        words = nn.functional.cross_entropy(self.model.cls.predictions(hidden), batch["labels"], ignore_index=IGNORED)
        told = (batch["follows"] != IGNORED).sum().clamp(min=1)
        follows = self.model.cls.seq_relationship(out.pooler_output)
        after = nn.functional.cross_entropy(follows, batch["follows"], ignore_index=IGNORED, reduction="sum") / told
        return {"loss": words + after, "masked": words.detach(), "next": after.detach()}


def _tokenizer(options: argparse.Namespace, documents: dict[str, list[str]]) -> BertTokenizerFast:
    folder = options.out / "tokenizer"
    if not folder.exists():
        wordpiece((text for texts in documents.values() for text in texts), options.vocabulary).save_pretrained(folder)
    return BertTokenizerFast.from_pretrained(folder)


def _batches(options: argparse.Namespace, corpus: Corpus, tokenizer: BertTokenizerFast, step: int) -> loop.Batches:
    special = {token: tokenizer.convert_tokens_to_ids(token) for token in BERT_SPECIAL}
    rng = np.random.default_rng([options.seed, step])  # a resumed run reads on elsewhere
    groups = grouped(corpus, options.tokens, rng)
    return lambda used: collate(*next(groups), special, len(tokenizer), rng, hidden_share(used))


def main() -> None:
    """Train for the minutes given and write the model to OUT/model."""
    parser = arguments("Train bert-tiny.", minutes=85)
    parser.add_argument("--vocabulary", type=int, default=8000)
    options = parser.parse_args()
    prepare(options)
    documents = bert_corpus.texts(options.corpus)
    tokenizer = _tokenizer(options, documents)
    corpus = bert_corpus.read(documents, tokenizer)
    loop.log.info("%s pieces by part", {name: len(part.pieces) for name, part in corpus.parts.items()})
    model = build(len(tokenizer), options.layers or 4).to(options.device)
    steppers = loop.optimisers(model, options.peak, options.optimiser)
    progress = loop.resume(options.resume, model, steppers) if options.resume else loop.Progress()
    batches = _batches(options, corpus, tokenizer, progress.step)
    loss = compiled(PreTrainingLoss(model), options)
    loop.train(model, loss, batches, steppers, plan(options), progress)
    export(model, tokenizer, options.out / "model")


if __name__ == "__main__":
    main()
