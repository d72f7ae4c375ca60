"""Train en-fr: an English-French Transformer (Vaswani et al. 2017) in Marian's form, 3+3 layers of width 192.

python -m models.train.en_fr --corpus DIR --out DIR --minutes 60 --seed 0 [--resume DIR/checkpoint.pt]
"""

import argparse

import numpy as np
from torch import Tensor, nn
from transformers import MarianConfig, MarianMTModel, PreTrainedTokenizerFast

from models.train import en_fr_corpus, loop
from models.train.command import arguments, compiled, plan, prepare
from models.train.en_fr_batches import IGNORED, batches, encode
from models.train.export import export
from models.train.phrases import Pair
from models.train.vocabulary import joint

WIDTH, INNER = 192, 768
SMOOTHING = 0.1


def build(vocabulary: int, layers: int = 3, begin: int = 0, end: int = 1, padding: int = 2) -> MarianMTModel:
    """The model with fresh weights: width 192, 6 heads, inner width 768, one embedding matrix for everything."""
    config = MarianConfig(
        vocab_size=vocabulary, decoder_vocab_size=vocabulary, d_model=WIDTH,
        encoder_layers=layers, decoder_layers=layers, encoder_attention_heads=6, decoder_attention_heads=6,
        encoder_ffn_dim=INNER, decoder_ffn_dim=INNER,
        activation_function="relu", dropout=0.1, attention_dropout=0.0, activation_dropout=0.0, scale_embedding=True,
        max_position_embeddings=256, share_encoder_decoder_embeddings=True, tie_word_embeddings=True,
        bos_token_id=begin, eos_token_id=end, pad_token_id=padding, decoder_start_token_id=begin,
        forced_eos_token_id=None,
    )  # fmt: skip
    model = MarianMTModel._from_config(config, attn_implementation="eager")
    model.generation_config.update(max_new_tokens=128, num_beams=1, bad_words_ids=None, forced_eos_token_id=None)
    return model


class TranslationLoss(nn.Module):
    """Label-smoothed cross-entropy of the next French token (Szegedy et al. 2016), over real positions only."""

    def __init__(self, model: MarianMTModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: dict[str, Tensor]) -> dict[str, Tensor]:
        """The smoothed "loss" and the plain "cross_entropy", in nats a token."""
        attended = (batch["ids"] != self.model.config.pad_token_id).long()
        out = self.model.model(batch["ids"], attention_mask=attended, decoder_input_ids=batch["given"], use_cache=False)
        real = batch["labels"] != IGNORED
        logits = self.model.lm_head(out.last_hidden_state[real]) + self.model.final_logits_bias
        logged = logits.log_softmax(-1)
        plain = -logged.gather(1, batch["labels"][real][:, None]).mean()
        loss = (1 - SMOOTHING) * plain - SMOOTHING * logged.mean()
        return {"loss": loss, "cross_entropy": plain.detach()}


def _tokenizer(options: argparse.Namespace, pairs: list[Pair]) -> PreTrainedTokenizerFast:
    folder = options.out / "tokenizer"
    if not folder.exists():
        joint((side for pair in pairs for side in pair), options.vocabulary).save_pretrained(folder)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def main() -> None:
    """Train for the minutes given and write the model to OUT/model."""
    parser = arguments("Train en-fr.", minutes=85)
    parser.add_argument("--vocabulary", type=int, default=8000)
    parser.add_argument("--own", type=int, default=1500, help="pairs of each of our own patterns")
    options = parser.parse_args()
    prepare(options)
    pairs = en_fr_corpus.training(en_fr_corpus.pairs(options.corpus), options.own)
    tokenizer = _tokenizer(options, pairs)
    encoded = encode(pairs, tokenizer)
    loop.log.info("%s pairs, %s tokens", len(encoded), sum(len(side) for pair in encoded for side in pair))
    special = (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id)
    model = build(len(tokenizer), options.layers or 3, *special).to(options.device)
    steppers = loop.optimisers(model, options.peak, options.optimiser)
    progress = loop.resume(options.resume, model, steppers) if options.resume else loop.Progress()
    rng = np.random.default_rng([options.seed, progress.step])
    stream = batches(encoded, options.tokens, tokenizer.pad_token_id, rng)
    loss = compiled(TranslationLoss(model), options)
    loop.train(model, loss, lambda _: next(stream), steppers, plan(options), progress)
    export(model, tokenizer, options.out / "model")


if __name__ == "__main__":
    main()
