"""The figures of a model card, as JSON.

python -m models.train.evaluate bert --model models/bundled/bert-tiny --corpus DIR [--out figures.json]
"""

import argparse
import json
import sys
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertForPreTraining, GPT2LMHeadModel, MarianMTModel

from models.train import bert_corpus, en_fr_corpus, evaluate_bert, evaluate_en_fr, evaluate_gpt, gpt_corpus


def figures(kind: str, folder: Path, corpus: Path) -> dict[str, object]:
    """The figures of the model in a folder, measured on the held-out part of the corpus."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if kind == "bert":
        held_out = bert_corpus.texts(corpus, testing=True)
        return evaluate_bert.figures(BertForPreTraining.from_pretrained(folder).eval(), tokenizer, held_out)
    if kind == "en_fr":
        pairs = en_fr_corpus.testing(en_fr_corpus.pairs(corpus))
        return evaluate_en_fr.figures(MarianMTModel.from_pretrained(folder).eval(), tokenizer, pairs)
    held_out = gpt_corpus.testing(gpt_corpus.texts(corpus))
    return evaluate_gpt.figures(GPT2LMHeadModel.from_pretrained(folder).eval(), tokenizer, held_out)


def main() -> None:
    """Write the figures to `--out`, or to the terminal."""
    parser = argparse.ArgumentParser(description="Measure a trained model.")
    parser.add_argument("kind", choices=["bert", "gpt", "en_fr"])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    text = json.dumps(figures(options.kind, options.model, options.corpus), indent=2) + "\n"
    if options.out:
        options.out.write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
