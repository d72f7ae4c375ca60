"""The command line that the training scripts share."""

import argparse
import logging
import random
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.train.loop import Loss, Plan


def arguments(description: str, minutes: float) -> argparse.ArgumentParser:
    """The options that every training script has."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with NAME.txt.xz, one paragraph a line")
    parser.add_argument("--out", type=Path, required=True, help="folder for tokenizer, checkpoints, curve and model/")
    parser.add_argument("--minutes", type=float, default=minutes, help="training time, that before a resume included")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--resume", type=Path, help="checkpoint.pt of an earlier run with the same --out")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    parser.add_argument("--compile", action="store_true", help="compile the model (needs a C++ compiler on a CPU)")
    parser.add_argument("--optimiser", choices=["muon", "adamw"], default="muon")
    parser.add_argument("--peak", type=float, default=1.5e-3, help="highest learning rate")
    parser.add_argument("--layers", type=int, help="layers of the model")
    parser.add_argument("--tokens", type=int, default=4096, help="tokens in a batch")
    parser.add_argument("--curve-every", type=int, default=25, help="steps in a line of curve.jsonl")
    return parser


def prepare(options: argparse.Namespace) -> None:
    """Seed every source of randomness, set the threads, make the output folder, log to the terminal."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    options.out.mkdir(parents=True, exist_ok=True)
    random.seed(options.seed)
    np.random.seed(options.seed)
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)


def plan(options: argparse.Namespace) -> Plan:
    """The options that the loop needs."""
    return Plan(options.out, options.minutes, options.peak, curve_every=options.curve_every)


def compiled(loss: nn.Module, options: argparse.Namespace) -> Loss:
    """The loss, compiled where that was asked for; every length of rows is compiled for itself."""
    return torch.compile(loss, dynamic=False) if options.compile else loss
