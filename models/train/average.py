"""Two models -> one between them: weights are averaged.

Of one training at two times (Izmailov et al. 2018), or of two that began at the same weights (Wortsman et al. 2022).

python -m models.train.average EARLIER LATER --share 0.85 --to DIR
"""

import argparse
from pathlib import Path

import torch
import transformers
from transformers import AutoConfig, AutoTokenizer, PreTrainedModel

from models.train.export import export


def average(earlier: PreTrainedModel, later: PreTrainedModel, share: float) -> PreTrainedModel:
    """The later model with each weight moved to share * later + (1 - share) * earlier.

    Both must have the same architecture; what is no floating-point number stays the later one's.
    """
    before, after = earlier.state_dict(), later.state_dict()
    mixed = {
        name: torch.lerp(before[name], value, share) if value.is_floating_point() else value
        for name, value in after.items()
    }
    later.load_state_dict(mixed)
    return later


def opened(folder: Path) -> PreTrainedModel:
    """The model of a folder, with the head that its configuration names."""
    (name,) = AutoConfig.from_pretrained(folder).architectures
    return getattr(transformers, name).from_pretrained(folder)


def main() -> None:
    """Write the folder that `--to` names; the tokenizer is the later model's."""
    parser = argparse.ArgumentParser(description="Average the weights of two models that began alike.")
    parser.add_argument("earlier", type=Path)
    parser.add_argument("later", type=Path)
    parser.add_argument("--share", type=float, default=0.5, help="how much of the later one")
    parser.add_argument("--to", type=Path, required=True)
    options = parser.parse_args()
    earlier, later = (opened(folder) for folder in (options.earlier, options.later))
    export(average(earlier, later, options.share), AutoTokenizer.from_pretrained(options.later), options.to)


if __name__ == "__main__":
    main()
