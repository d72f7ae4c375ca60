"""What gpt-tiny reads: everyday sentences, children's stories, dialogues, what is simple in the large parts."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import numpy as np

from models.train import corpus

SMALL = ("tatoeba_en", "stories", "cc0_sentences", "sgd_dialogues", "taskmaster4", "wordnet")
SIMPLE_ONLY = ("fiction", "wikipedia")  # simple paragraphs only (see `is_everyday`)
IN_RUNS = ("fiction",)  # of its other paragraphs the runs of simple sentences
SINGLE = ("tatoeba_en", "cc0_sentences", "wordnet")  # a sentence a line: what is learned from them alone ends soon
_SAMPLED = {"sgd_dialogues": 0.5, "wordnet": 0.5}  # more would make everything sound like a booking or a dictionary


def _sentences(folder: Path, name: str) -> list[str]:
    """The documents of a small part; of wordnet the examples only, its definitions are no everyday language."""
    texts = (text for text in corpus.documents(folder, name) if corpus.hashed(text[::-1]) < _SAMPLED.get(name, 1.0))
    return [text for text in texts if name != "wordnet" or not (" means " in text or ":" in text)]


def texts(folder: Path) -> dict[str, list[str]]:
    """The documents of every part that is read, once each, those held out for testing included."""
    names = corpus.parts(folder)
    found = {name: _sentences(folder, name) for name in names if name in SMALL}
    vocabulary = corpus.everyday_words((text for lines in found.values() for text in lines), at_least=8)
    for name in set(names) & set(SIMPLE_ONLY):
        found[name] = list(_simple(corpus.documents(folder, name), vocabulary, name in IN_RUNS))
    return found


def _simple(paragraphs: Iterable[str], vocabulary: frozenset[str], in_runs: bool) -> Iterator[str]:
    for text in paragraphs:
        if corpus.is_everyday(text, vocabulary, 0.975):
            yield text
        elif in_runs and not corpus.held_out(text):  # what is held out stays whole paragraphs
            yield from (run for run in runs(text, vocabulary) if not corpus.held_out(run))


def runs(paragraph: str, vocabulary: frozenset[str], longest: int = 20) -> Iterator[str]:
    """What stands together in a paragraph in short sentences of everyday words only, and opens no quote in vain."""

    def simple(sentence: str) -> bool:
        return corpus.is_everyday(sentence, vocabulary, share=1.0, longest=longest, shortest=1)

    for kept, group in groupby(corpus.sentences(paragraph), simple):
        run = " ".join(group)
        if kept and run.count('"') % 2 == 0 and len(run.split()) >= corpus.SHORTEST:
            yield run


def together(sentences: list[str], rng: np.random.Generator, most: int = 4) -> list[str]:
    """Single sentences -> lines of 1 to `most` that begin with the same word ("He ..."), so that a text goes on."""
    shuffled = [sentences[place] for place in rng.permutation(len(sentences))]
    alike = sorted(shuffled, key=lambda text: text.split(" ", 1)[0])
    cuts = np.cumsum(rng.integers(1, most + 1, len(alike)))
    cuts = cuts[cuts < len(alike)].tolist()
    return [" ".join(alike[first:last]) for first, last in zip([0, *cuts], [*cuts, len(alike)], strict=True)]


def training(documents: dict[str, list[str]], rng: np.random.Generator | None = None) -> list[str]:
    """The documents to train on; with `rng`, single sentences are put together to short paragraphs."""
    found: list[str] = []
    for name, texts in documents.items():
        learned = [text for text in texts if not corpus.held_out(text)]
        found += together(learned, rng) if rng and name in SINGLE else learned
    return found


def testing(documents: dict[str, list[str]]) -> dict[str, list[str]]:
    """The held-out documents of every part."""
    return {name: [text for text in texts if corpus.held_out(text)] for name, texts in documents.items()}
