"""A trained model -> a folder that transformers loads: config.json, tokenizer, weights in 16 bits."""

import json
from pathlib import Path

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase


def export(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, folder: Path, shard: str = "9500KB") -> None:
    """Write the model in float16, every file below 10 MB; the model given is left as it is.

    config.json asks for float32: a CPU computes faster and more exactly with it, and the rounding is done only once.
    """
    state = {name: tensor.detach().to("cpu", torch.float16) for name, tensor in model.state_dict().items()}
    model.save_pretrained(folder, state_dict=state, max_shard_size=shard)
    tokenizer.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config["dtype"] = "float32"
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")
