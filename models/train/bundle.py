"""A checkpoint of a training, finished or not -> a folder that transformers loads.

python -m models.train.bundle bert --run DIR --to models/bundled/bert-tiny
"""

import argparse
from pathlib import Path

import torch
from transformers import AutoTokenizer, PreTrainedModel

from models.train import bert, en_fr, gpt
from models.train.export import export

BUILDERS = {"bert": bert.build, "gpt": gpt.build, "en_fr": en_fr.build}


def from_checkpoint(kind: str, run: Path) -> PreTrainedModel:
    """The model of a run's last checkpoint; its number of layers is read from the weights."""
    state = torch.load(run / "checkpoint.pt", map_location="cpu", weights_only=True)["model"]
    vocabulary = len(AutoTokenizer.from_pretrained(run / "tokenizer"))
    marker = {"bert": ".layer.", "gpt": ".h.", "en_fr": "encoder.layers."}[kind]
    layers = {name.split(marker)[1].split(".")[0] for name in state if marker in name}
    model = BUILDERS[kind](vocabulary, len(layers))
    model.load_state_dict(state)
    return model


def main() -> None:
    """Write the folder that `--to` names."""
    parser = argparse.ArgumentParser(description="Write a checkpoint as a model folder.")
    parser.add_argument("kind", choices=sorted(BUILDERS))
    parser.add_argument("--run", type=Path, required=True, help="the --out folder of the training")
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    model = from_checkpoint(options.kind, options.run)
    export(model, AutoTokenizer.from_pretrained(options.run / "tokenizer"), options.to)


if __name__ == "__main__":
    main()
