"""The training loop: a learning rate that follows the share of the time used, checkpoints, a curve, resuming."""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn

log = logging.getLogger("lectern.train")

_INSIDE = (".layer.", ".h.", ".layers.")  # how the names of the weights inside the layers are told from the others

Batch = dict[str, Tensor]
Batches = Callable[[float], Batch]  # the share of the time used -> the next batch
Loss = Callable[[Batch], dict[str, Tensor]]  # its "loss" is what is minimised, the rest is for the curve


@dataclass(frozen=True)
class Plan:
    """How long and how fast to train; `minutes` counts the minutes before a resume too."""

    out: Path
    minutes: float
    peak: float
    warm_up: float = 0.02
    curve_every: int = 25
    checkpoint_minutes: float = 4.0


@dataclass(frozen=True)
class Progress:
    """How far a training has come."""

    step: int = 0
    seconds: float = 0.0
    tokens: int = 0


def rate(share: float, warm_up: float) -> float:
    """The learning rate in units of its peak when `share` of the time is used: linearly up, then linearly to 0."""
    return max(0.0, min(share / warm_up, (1 - share) / (1 - warm_up)))


def optimisers(model: nn.Module, peak: float, kind: str = "muon") -> list[torch.optim.Optimizer]:
    """AdamW, decaying matrices only; with "muon" the matrices inside the layers go to Muon (Jordan et al. 2024)."""
    named = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    inside = {name for name, p in named if kind == "muon" and p.ndim == 2 and any(part in name for part in _INSIDE)}
    rest = [(name, p) for name, p in named if name not in inside]
    groups = [
        {"params": [p for _, p in rest if p.ndim >= 2], "weight_decay": 0.05},
        {"params": [p for _, p in rest if p.ndim < 2], "weight_decay": 0.0},
    ]
    found: list[torch.optim.Optimizer] = [torch.optim.AdamW(groups, lr=peak, betas=(0.9, 0.98), fused=True)]
    if inside:
        matrices = [p for name, p in named if name in inside]
        found.append(torch.optim.Muon(matrices, lr=2 * peak, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"))
    for optimiser in found:
        for group in optimiser.param_groups:
            group["peak"] = group["lr"]
    return found


def save(path: Path, model: nn.Module, steppers: list[torch.optim.Optimizer], progress: Progress) -> None:
    """Write a checkpoint that `resume` reads; the old one stays until the new one is complete."""
    state = {"model": model.state_dict(), "optimisers": [s.state_dict() for s in steppers], "progress": vars(progress)}
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def resume(path: Path, model: nn.Module, steppers: list[torch.optim.Optimizer]) -> Progress:
    """Load a checkpoint into model and optimisers, and say how far it had come."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    for stepper, saved in zip(steppers, state["optimisers"], strict=True):
        stepper.load_state_dict(saved)
    return Progress(**state["progress"])


def _step(model: nn.Module, losses: dict[str, Tensor], steppers: list[torch.optim.Optimizer], factor: float) -> None:
    losses["loss"].backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for stepper in steppers:
        for group in stepper.param_groups:
            group["lr"] = group["peak"] * factor
        stepper.step()
        stepper.zero_grad(set_to_none=True)


def _note(plan: Plan, progress: Progress, losses: dict[str, float]) -> None:
    line = {"step": progress.step, "minutes": round(progress.seconds / 60, 2), "tokens": progress.tokens, **losses}
    with (plan.out / "curve.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
    log.info("%s", line)


def train(
    model: nn.Module,
    loss: Loss,
    batches: Batches,
    steppers: list[torch.optim.Optimizer],
    plan: Plan,
    progress: Progress,
) -> Progress:
    """Train until the plan's minutes are used; checkpoints go to `plan.out`/checkpoint.pt, the curve to curve.jsonl."""
    plan.out.mkdir(parents=True, exist_ok=True)
    began, saved = time.monotonic() - progress.seconds, time.monotonic()
    sums: dict[str, float] = {}
    device = next(model.parameters()).device
    while (share := progress.seconds / (60 * plan.minutes)) < 1:
        batch = {name: tensor.to(device, non_blocking=True) for name, tensor in batches(share).items()}
        losses = loss(batch)
        _step(model, losses, steppers, rate(share, plan.warm_up))
        for name, value in losses.items():
            sums[name] = sums.get(name, 0.0) + value.item() / plan.curve_every
        tokens = progress.tokens + batch["ids"].numel()
        progress = replace(progress, step=progress.step + 1, seconds=time.monotonic() - began, tokens=tokens)
        if progress.step % plan.curve_every == 0:
            _note(plan, progress, {name: round(total, 4) for name, total in sums.items()})
            sums = {}
        if time.monotonic() - saved > 60 * plan.checkpoint_minutes:
            save(plan.out / "checkpoint.pt", model, steppers, progress)
            saved = time.monotonic()
    save(plan.out / "checkpoint.pt", model, steppers, progress)
    return progress
