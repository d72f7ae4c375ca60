"""What gpt-tiny reads: everyday sentences, children's stories, dialogues, simple paragraphs of the large parts."""

from pathlib import Path

from models.train import corpus

# How often each part is read in one pass. Fiction and encyclopaedia: simple paragraphs only (see `is_everyday`).
TIMES = {"tatoeba_en": 1, "stories": 3, "cc0_sentences": 1, "sgd_dialogues": 1, "taskmaster4": 1, "wordnet": 1}
SIMPLE_ONLY = ("fiction", "wikipedia")
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


def training(documents: dict[str, list[str]]) -> list[str]:
    """The documents to train on, with repeats."""
    repeated = (text for name, texts in documents.items() for text in texts * TIMES.get(name, 1))
    return [text for text in repeated if not corpus.held_out(text)]


def testing(documents: dict[str, list[str]]) -> dict[str, list[str]]:
    """The held-out documents of every part."""
    return {name: [text for text in texts if corpus.held_out(text)] for name, texts in documents.items()}
