"""Train digits-cnn on scikit-learn's bundled digits (1,797 pictures of 8 x 8 pixels); a fifth is held out.

python -m models.train.digits --out DIR [--minutes 1] [--seed 0]
"""

import argparse
import json
import logging
import time
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import Tensor, nn

from models.digits import DigitsCnn, DigitsConfig, accuracy

log = logging.getLogger("lectern.train")


def data(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pixels from 0 to 1 [n, 1, 8, 8] and digits, for training and for testing; the split keeps the digits' shares."""
    found = load_digits()
    pixels = torch.tensor(found.images / 16.0, dtype=torch.float32)[:, None]
    digits = torch.tensor(found.target, dtype=torch.long)
    train, test = train_test_split(range(len(digits)), test_size=0.2, random_state=seed, stratify=found.target)
    return pixels[train], digits[train], pixels[test], digits[test]


def _moved(pixels: Tensor) -> Tensor:
    """The pictures moved by up to one pixel, each batch its own way: the same digit, seen elsewhere."""
    down, right = (int(torch.randint(-1, 2, ())) for _ in range(2))
    return torch.roll(nn.functional.pad(pixels, (1, 1, 1, 1)), (down, right), (2, 3))[:, :, 1:-1, 1:-1]


def train(minutes: float, seed: int, passes: int = 150) -> tuple[DigitsCnn, list[dict[str, float]], float]:
    """The trained model, its curve, and its accuracy on the held-out fifth; stops when the minutes are used."""
    torch.manual_seed(seed)
    pixels, digits, test_pixels, test_digits = data(seed)
    model = DigitsCnn(DigitsConfig())
    stepper = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
    steps = passes * (len(digits) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(stepper, 1e-2, total_steps=steps + 1)
    curve: list[dict[str, float]] = []
    began = time.monotonic()
    for step in range(steps):
        if time.monotonic() - began > 60 * minutes:
            break
        chosen = torch.randint(len(digits), (64,))
        loss = nn.functional.cross_entropy(model(_moved(pixels[chosen])), digits[chosen], label_smoothing=0.05)
        loss.backward()
        stepper.step()
        stepper.zero_grad()
        schedule.step()
        if step % 100 == 0:
            curve.append(
                {"step": step, "loss": round(loss.item(), 4), "accuracy": accuracy(model, test_pixels, test_digits)}
            )
    return model.eval(), curve, accuracy(model, test_pixels, test_digits)


def main() -> None:
    """Train and write the model, its curve and a few held-out pictures to OUT."""
    parser = argparse.ArgumentParser(description="Train digits-cnn.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    model, curve, share = train(options.minutes, options.seed)
    model.save_pretrained(options.out)
    _, _, pixels, digits = data(options.seed)
    shown = [int((digits == digit).nonzero()[0]) for digit in range(10)]
    pictures = [{"digit": int(digits[place]), "pixels": (pixels[place, 0] * 16).int().tolist()} for place in shown]
    (options.out / "examples.json").write_text(json.dumps(pictures) + "\n")
    (options.out / "figures.json").write_text(
        json.dumps({"accuracy": round(share, 4), "curve": curve}, indent=1) + "\n"
    )
    log.info("accuracy on the held-out fifth: %.4f", share)


if __name__ == "__main__":
    main()
