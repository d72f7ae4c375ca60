"""en-fr's figures: BLEU on held-out pairs, the lecture's sentences, and which cross-attention head aligns words."""

import numpy as np
import sacrebleu
import torch
from jaxtyping import Float
from transformers import MarianMTModel, PreTrainedTokenizerBase

from models.train.phrases import Pair

LECTURE = (
    "Your cat is a lovely cat", "The cat chased the mouse.", "He went to the bank to deposit money.",
    "The animal did not cross the street because it was too tired.",
    "The animal did not cross the street because it was too wide.",
)  # fmt: skip

# Content words of the lecture's pairs, and of like ones, with their translations: (English text, French text, links).
ALIGNED: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("Your cat is a lovely cat", "Ton chat est un chat adorable.",
     (("Ton", "Your"), ("chat", "cat"), ("est", "is"), ("un", "a"), ("adorable", "lovely"))),
    ("The cat chased the mouse.", "Le chat a poursuivi la souris.",
     (("chat", "cat"), ("poursuivi", "chased"), ("souris", "mouse"))),
    ("The dog sees a big house.", "Le chien voit une grande maison.",
     (("chien", "dog"), ("voit", "sees"), ("grande", "big"), ("maison", "house"))),
    ("My sister ate the apple.", "Ma sœur a mangé la pomme.",
     (("sœur", "sister"), ("mangé", "ate"), ("pomme", "apple"))),
)  # fmt: skip


@torch.inference_mode()
def translated(model: MarianMTModel, tokenizer: PreTrainedTokenizerBase, texts: list[str]) -> list[str]:
    """Greedy translations."""
    found: list[str] = []
    for first in range(0, len(texts), 50):
        encoded = tokenizer(texts[first : first + 50], return_tensors="pt", padding=True)
        ids = model.generate(**encoded, num_beams=1, do_sample=False, max_new_tokens=100)
        found += tokenizer.batch_decode(ids, skip_special_tokens=True)
    return found


@torch.inference_mode()
def crossing(
    model: MarianMTModel, tokenizer: PreTrainedTokenizerBase, english: str, french: str
) -> tuple[list[str], list[str], Float[np.ndarray, "layer head target source"]]:
    """The pieces on both sides, and the cross-attention in force while each French piece is predicted.

    Row t belongs to the position that reads piece t - 1 and predicts piece t, so row t is about French piece t.
    """
    source, target = tokenizer(english, return_tensors="pt"), tokenizer(french, return_tensors="pt")["input_ids"]
    model.set_attn_implementation("eager")
    out = model(**source, decoder_input_ids=target[:, :-1], output_attentions=True)
    weights = torch.stack(out.cross_attentions)[:, 0].numpy()
    pieces = [tokenizer.convert_ids_to_tokens(ids[0].tolist()) for ids in (source["input_ids"], target[:, 1:])]
    return pieces[0], pieces[1], weights


def _place(pieces: list[str], word: str) -> int:
    return next(place for place, piece in enumerate(pieces) if piece.strip("▁").lower() == word.lower())


def alignment(model: MarianMTModel, tokenizer: PreTrainedTokenizerBase) -> dict[str, object]:
    """How often each cross-attention head looks most at the word that is being translated; the best one's weights."""
    shares: list[np.ndarray] = []  # [layer, head], 1 where right
    found: dict[str, np.ndarray] = {}
    for english, french, links in ALIGNED:
        source, target, weights = crossing(model, tokenizer, english, french)
        for theirs, ours in links:
            row = weights[:, :, _place(target, theirs)]
            places = [place for place, piece in enumerate(source) if piece.strip("▁").lower() == ours.lower()]
            shares.append(np.isin(row.argmax(-1), places).astype(float))
            found[f"{theirs} -> {ours}"] = row[:, :, places].max(-1)
    right = np.mean(shares, axis=0)
    layer, head = map(int, np.unravel_index(right.argmax(), right.shape))
    return {
        "layer": layer,
        "head": head,
        "right": round(float(right[layer, head]), 3),
        "right_by_head": np.round(right, 3).tolist(),
        "weights": {link: round(float(weight[layer, head]), 3) for link, weight in found.items()},
    }


def figures(model: MarianMTModel, tokenizer: PreTrainedTokenizerBase, held_out: list[Pair]) -> dict[str, object]:
    """All of them, ready for JSON."""
    metric = sacrebleu.metrics.BLEU()
    said = translated(model, tokenizer, [english for english, _ in held_out])
    score = metric.corpus_score(said, [[french for _, french in held_out]])
    return {
        "bleu": round(score.score, 2),
        "signature": str(metric.get_signature()),
        "pairs": len(held_out),
        "lecture": dict(zip(LECTURE, translated(model, tokenizer, list(LECTURE)), strict=True)),
        "examples": [
            [*pair, ours] for pair, ours in list(zip(held_out, said, strict=True))[:: max(len(said) // 12, 1)]
        ],
        "alignment": alignment(model, tokenizer),
    }
