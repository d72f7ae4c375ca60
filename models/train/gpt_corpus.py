"""What gpt-tiny reads: everyday sentences, children's stories, dialogues, simple paragraphs of the large parts."""

from pathlib import Path

import numpy as np

from models.train import corpus

# How often each part is read in one pass. Fiction and encyclopaedia: simple paragraphs only (see `is_everyday`).
TIMES = {"tatoeba_en": 1, "stories": 3, "cc0_sentences": 1, "sgd_dialogues": 1, "taskmaster4": 1, "wordnet": 1}
SIMPLE_ONLY = ("fiction", "wikipedia")
SINGLE = ("tatoeba_en", "cc0_sentences", "wordnet")  # a sentence a line: what is learned from them alone ends soon
_SAMPLED = {"sgd_dialogues": 0.5, "wordnet": 0.5}  # more would make everything sound like a booking or a dictionary


def _sentences(folder: Path, name: str) -> list[str]:
    """The documents of a small part; of wordnet the examples only, its definitions are no everyday language."""
    texts = (text for text in corpus.documents(folder, name) if corpus.hashed(text[::-1]) < _SAMPLED.get(name, 1.0))
    return [text for text in texts if name != "wordnet" or not (" means " in text or ":" in text)]


def texts(folder: Path) -> dict[str, list[str]]:
    """The documents of every part that is read, once each, those held out for testing included."""
    names = corpus.parts(folder)
    found = {name: _sentences(folder, name) for name in names if name in TIMES}
    vocabulary = corpus.everyday_words((text for lines in found.values() for text in lines), at_least=8)
    for name in set(names) & set(SIMPLE_ONLY):
        found[name] = [text for text in corpus.documents(folder, name) if corpus.is_everyday(text, vocabulary, 0.975)]
    return found


def together(sentences: list[str], rng: np.random.Generator, most: int = 4) -> list[str]:
    """Single sentences -> lines of 1 to `most` that begin with the same word ("He ..."), so that a text goes on."""
    shuffled = [sentences[place] for place in rng.permutation(len(sentences))]
    alike = sorted(shuffled, key=lambda text: text.split(" ", 1)[0])
    cuts = np.cumsum(rng.integers(1, most + 1, len(alike)))
    cuts = cuts[cuts < len(alike)].tolist()
    return [" ".join(alike[first:last]) for first, last in zip([0, *cuts], [*cuts, len(alike)], strict=True)]


def training(documents: dict[str, list[str]], rng: np.random.Generator | None = None) -> list[str]:
    """The documents to train on, with repeats; with `rng`, single sentences are put together to short paragraphs."""
    found: list[str] = []
    for name, texts in documents.items():
        learned = [text for text in texts if not corpus.held_out(text)]
        found += together(learned, rng) if rng and name in SINGLE else learned * TIMES.get(name, 1)
    return found


def testing(documents: dict[str, list[str]]) -> dict[str, list[str]]:
    """The held-out documents of every part."""
    return {name: [text for text in texts if corpus.held_out(text)] for name, texts in documents.items()}
