"""A trained model -> a folder that transformers loads: config.json, tokenizer, weights in 16 bits."""

import json
from pathlib import Path

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

# What transformers 5 writes about the machine it ran on, and its own name for a class that version 4 knows as well.
_LOCAL = ("backend", "is_local", "local_files_only")
_OLDER_NAMES = {"TokenizersBackend": "PreTrainedTokenizerFast"}


def _rewrite(path: Path, config: dict[str, object]) -> None:
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def export(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path, shard: str = "9950KB") -> None:
    """Write the model in float16, every file below 10 MB; the model given is left as it is.

    config.json asks for float32: a CPU computes faster and more exactly with it, and the rounding is done only once.
    """
    named = model.named_parameters()  # a weight that is used twice is named, and stored, once
    model.save_pretrained(
        folder, state_dict={name: p.detach().to("cpu", torch.float16) for name, p in named}, max_shard_size=shard
    )
    for path in folder.glob("*.safetensors"):
        path.chmod(0o644)
    tokenizer.save_pretrained(folder)
    _rewrite(folder / "config.json", json.loads((folder / "config.json").read_text()) | {"dtype": "float32"})
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings = {name: value for name, value in settings.items() if name not in _LOCAL}
    settings["tokenizer_class"] = _OLDER_NAMES.get(settings["tokenizer_class"], settings["tokenizer_class"])
    _rewrite(folder / "tokenizer_config.json", settings)
