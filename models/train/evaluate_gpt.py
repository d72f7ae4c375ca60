"""gpt-tiny's figures: perplexity on held-out text by part, and continuations to be read."""

import math

import torch
from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

OPENINGS = (
    "The little girl went to the", "The cat sat on the", "He opened the door and", "Once upon a time there was",
    "My mother told me that", "It was raining, so we", "The dog ran after", "I would like to",
    "She was very happy because", "Tom and Mary went to the",
)  # fmt: skip


@torch.inference_mode()
def perplexity(model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> float:
    """exp of the mean cross-entropy of each token after a text's first, the end included; texts cut at 512 tokens."""
    total, count = 0.0, 0
    for text in texts:
        ids = torch.tensor([[*tokenizer(text)["input_ids"], tokenizer.eos_token_id][:512]])
        if ids.shape[1] > 1:
            logits = model(ids[:, :-1]).logits[0]
            total += torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="sum").item()
            count += ids.shape[1] - 1
    return round(math.exp(total / max(count, 1)), 2)


@torch.inference_mode()
def continued(
    model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, opening: str, seed: int, tokens: int = 20
) -> str:
    """The opening and what the model adds at temperature 0.7: so many tokens, as the end of the text is ruled out."""
    torch.manual_seed(seed)
    ids = torch.tensor([tokenizer(opening)["input_ids"]])
    for _ in range(tokens):
        logits = model(ids).logits[0, -1] / 0.7
        logits[tokenizer.eos_token_id] = -torch.inf
        ids = torch.cat([ids, torch.multinomial(logits.softmax(-1), 1)[None]], dim=1)
    return tokenizer.decode(ids[0])


def figures(
    model: GPT2LMHeadModel, tokenizer: PreTrainedTokenizerFast, held_out: dict[str, list[str]]
) -> dict[str, object]:
    """All of them, ready for JSON."""
    by_part = {name: perplexity(model, tokenizer, texts[:300]) for name, texts in held_out.items() if texts}
    together = [text for texts in held_out.values() for text in texts[:300]]
    return {
        "perplexity": by_part | {"all": perplexity(model, tokenizer, together)},
        "continuations": [continued(model, tokenizer, text, seed) for seed, text in enumerate(OPENINGS)],
    }
