"""The rows of the tables that make a model's first vectors: words, positions, segments."""

from typing import Any

import torch

from models.asks import Embed, Embedded, Part
from models.capture import array
from models.errors import LecternError
from models.loader import Loaded
from models.reading import read
from models.runner import longest, reads_segments

ROLES = {"token_type": "segment", "segment": "segment", "position": "position", "wpe": "position"}


def embed(loaded: Loaded, ask: Embed) -> Embedded:
    """Return which rows are looked up for each position, and the first hidden state that they become."""
    told = read(loaded.tokenizer, ask.text, ask.pair, longest(loaded), loaded.info.name)
    body = loaded.model.get_encoder() if loaded.info.kind == "encoder-decoder" else loaded.model.base_model
    inputs = {"input_ids": torch.tensor([told.ids], device=loaded.model.device)}
    if told.segments is not None and reads_segments(loaded):
        inputs["token_type_ids"] = torch.tensor([told.segments], device=loaded.model.device)
    parts, first = _looked_up(body, inputs)
    if not parts:
        raise LecternError(f"{loaded.info.name} does not look its vectors up in tables: choose another model.")
    return Embedded(
        model=loaded.info,
        notices=(*loaded.notices, *told.notices),
        tokens=told.tokens,
        parts=tuple(parts),
        first=array(first),
        scale=float(getattr(body, "embed_scale", 1.0) or 1.0),
    )


def _looked_up(body: Any, inputs: dict[str, torch.Tensor]) -> tuple[list[Part], torch.Tensor]:
    """Run the body, note every table in which something is looked up for each position, and the first hidden state."""
    parts: list[Part] = []
    words = body.get_input_embeddings()
    count = inputs["input_ids"].shape[1]

    def note(name: str, table: Any) -> Any:
        def hook(module: Any, given: Any, rows: torch.Tensor) -> None:
            rows = rows if rows.dim() == 3 else rows[None]
            if rows.shape[1:] == (count, table.weight.shape[1]) and len(parts) < 3:
                parts.append(_part(name, "token" if module is words else _role(name), table, given, rows[0]))

        return table.register_forward_hook(hook)

    tables = [(name, part) for name, part in body.named_modules() if isinstance(part, torch.nn.Embedding)]
    hooks = [note(name, table) for name, table in tables]
    try:
        with torch.inference_mode():
            first = body(**inputs, output_hidden_states=True).hidden_states[0][0]
    finally:
        for hook in hooks:
            hook.remove()
    return parts, first


def _role(name: str) -> str:
    return next((role for mark, role in ROLES.items() if mark in name), "other")


def _part(name: str, role: str, table: Any, given: Any, rows: torch.Tensor) -> Part:
    """Describe one addend; tables that are more than a look-up (sines, OPT's offset) do not tell their rows."""
    plain = type(table) is torch.nn.Embedding and isinstance(given[0], torch.Tensor)
    ids = tuple(given[0].reshape(-1).tolist()) if plain else ()
    return Part(name, role, array(rows), ids, (table.weight.shape[0], table.weight.shape[1]))
