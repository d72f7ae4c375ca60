"""Python code that makes the numbers on the screen with plain transformers, for a notebook of one's own."""

from collections.abc import Sequence

from models.catalogue import find

VECTORS = """import torch
from transformers import AutoModel, AutoTokenizer

name, revision = {name!r}, {revision!r}{where}
tokenizer = AutoTokenizer.from_pretrained(name, revision=revision)
model = AutoModel.from_pretrained(name, revision=revision).eval()

layer = {layer}  # 0 is the embedding output
places = [  # every sentence with the tokens of the word, counted from 0
{places}
]
vectors, everything = [], []
for sentence, positions in places:
    with torch.inference_mode():
        output = model(**tokenizer(sentence, return_tensors="pt"), output_hidden_states=True)
    hidden = output.hidden_states[layer]
    print(list(hidden.shape))  # [1, tokens, width]
    everything.append(hidden[0])
    vectors += [hidden[0, where].mean(0) for where in positions]

vectors = torch.stack(vectors){centre}
cosine = torch.nn.functional.cosine_similarity(vectors[:, None], vectors[None], dim=-1)
print(cosine)
"""
CENTRE = "\nvectors = vectors - torch.cat(everything).mean(0)  # what all words share"


def vectors_code(
    model: str, layer: int, places: Sequence[tuple[str, Sequence[Sequence[int]]]], *, centred: bool = False
) -> str:
    """Return code that prints [1, tokens, width] of every sentence and the cosine table of a word's occurrences.

    `places` holds each sentence with the positions of the tokens of every occurrence in it.
    """
    entry = find(model)
    bundled = entry is not None and entry.folder is not None
    lines = [f"    ({sentence!r}, {[list(map(int, where)) for where in positions]})," for sentence, positions in places]
    return VECTORS.format(
        name=entry.source if entry else model,
        revision=entry.revision if entry else None,
        where="  # a folder of Lectern; any model of the Hub will do" if bundled else "",
        layer=layer,
        places="\n".join(lines),
        centre=CENTRE if centred else "",
    )
