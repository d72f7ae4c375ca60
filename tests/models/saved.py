"""Tiny models in folders, with tokenizers that are made here: what `run` loads in the tests."""

from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from tests.models.architectures import VOCABULARY

WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "your", "lovely", "dog", "ran", "home", "with", "its", "ball"]


def save(folder: Path, model: Any, *, ends: bool = False) -> str:
    """Save a model with a tokenizer of whole words; with `ends` a text gets the model's end token."""
    model.save_pretrained(folder)
    tokenizer(model.config, ends=ends).save_pretrained(folder)
    return str(folder)


def tokenizer(config: Any, *, ends: bool = False) -> PreTrainedTokenizerFast:
    """Return a tokenizer with ▁ before each word; ids below 5 are <0> to <4>, for every config's special ids."""
    special = [f"<{number}>" for number in range(5)]
    pieces = [*special, *(f"▁{word}" for word in WORDS)]
    pieces += [f"▁filler{number}" for number in range(VOCABULARY - len(pieces))]
    core = Tokenizer(models.WordLevel({piece: number for number, piece in enumerate(pieces)}, unk_token="<4>"))
    core.pre_tokenizer, core.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    if ends:
        end = f"<{config.eos_token_id}>"
        core.post_processor = processors.TemplateProcessing(
            single=f"$A {end}", pair=f"$A {end} $B {end}", special_tokens=[(end, config.eos_token_id)]
        )
    names = {"eos_token": f"<{config.eos_token_id}>"} if ends else {}
    return PreTrainedTokenizerFast(
        tokenizer_object=core, pad_token=f"<{config.pad_token_id or 0}>", unk_token="<4>", **names
    )
