"""digits-cnn: a small convolutional network for handwritten digits of 8 x 8 pixels (LeCun et al. 1998, made small)."""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel


class DigitsConfig(PretrainedConfig):
    """Channels of the two convolutions; the classes are the ten digits."""

    model_type = "lectern_digits"

    def __init__(self, channels: tuple[int, int] = (8, 16), classes: int = 10, **more: Any) -> None:
        super().__init__(**more)
        self.channels = list(channels)
        self.classes = classes


class DigitsCnn(PreTrainedModel):
    """Twice convolution (3 x 3, padding 1), ReLU, 2 x 2 max-pooling; then one linear layer: [n, 1, 8, 8] -> [n, 10]."""

    config_class = DigitsConfig

    def __init__(self, config: DigitsConfig) -> None:
        super().__init__(config)
        first, second = config.channels
        self.convolution_1 = nn.Conv2d(1, first, 3, padding=1)
        self.convolution_2 = nn.Conv2d(first, second, 3, padding=1)
        self.output = nn.Linear(second * 2 * 2, config.classes)
        self.post_init()

    def stages(self, pixels: Float[Tensor, "n 1 8 8"]) -> dict[str, Tensor]:
        """Everything on the way from the pixels (0 to 1) to the logits, by name, in order."""
        found = {"pixels": pixels}
        found["convolution 1"] = self.convolution_1(pixels)
        found["ReLU 1"] = found["convolution 1"].relu()
        found["pooling 1"] = nn.functional.max_pool2d(found["ReLU 1"], 2)
        found["convolution 2"] = self.convolution_2(found["pooling 1"])
        found["ReLU 2"] = found["convolution 2"].relu()
        found["pooling 2"] = nn.functional.max_pool2d(found["ReLU 2"], 2)
        found["logits"] = self.output(found["pooling 2"].flatten(1))
        return found

    def forward(self, pixels: Float[Tensor, "n 1 8 8"]) -> Float[Tensor, "n 10"]:
        """The logits of the ten digits."""
        return self.stages(pixels)["logits"]


def accuracy(model: DigitsCnn, pixels: Float[Tensor, "n 1 8 8"], digits: Int[Tensor, "n"]) -> float:
    """The share of pictures whose likeliest digit is the right one."""
    with torch.inference_mode():
        return float((model(pixels).argmax(-1) == digits).float().mean())
