"""The models on offer, and where each one is: in this checkout, downloaded before, or on the Hugging Face Hub.

No torch, no network: the page asks before anything is loaded.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from huggingface_hub import constants

from models.errors import LecternError

Kind = Literal["encoder", "decoder", "encoder-decoder", "vision"]
Availability = Literal["here", "cached", "download"]

ROOT = Path(__file__).resolve().parent.parent
READERS = ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "vocab.json", "spiece.model", "tokenizer.model",
           "sentencepiece.bpe.model", "preprocessor_config.json")  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """A model on offer.

    - source: a folder of this checkout, or an id of the Hub; revision: the commit that is meant, None for the newest.
    - parameters: how many numbers it has; None where they are counted in the bundled files.
    - download_bytes: what a download takes, None where there is nothing to download.
    - look: the layer and head of the cross-attention that align words, where its card names them.
    """

    key: str
    title: str
    source: str
    revision: str | None
    family: str
    kind: Kind
    parameters: int | None
    download_bytes: int | None
    licence: str
    good_for: str
    look: tuple[int, int] | None = None

    @property
    def folder(self) -> Path | None:
        """The folder of a bundled model, None for one of the Hub."""
        return ROOT / self.source if self.source.startswith("models/bundled/") else None


def _bundled(key: str, title: str, family: str, kind: Kind, good_for: str) -> Entry:
    return Entry(key, title, f"models/bundled/{key}", None, family, kind, None, None, "CC BY-SA 4.0", good_for)


def _hub(
    title: str,
    source: str,
    revision: str | None,
    family: str,
    kind: Kind,
    size: tuple[int, int],
    licence: str,
    good_for: str,
) -> Entry:
    """Describe a model of the Hub; size: millions of parameters, megabytes to download."""
    parameters, download = size[0] * 10**6, size[1] * 10**6
    return Entry(title.lower(), title, source, revision, family, kind, parameters, download, licence, good_for)


EN_FR = replace(
    _bundled("en-fr", "en-fr", "Transformer", "encoder-decoder", "At once: English to French, with cross-attention"),
    look=(2, 4),
)
QA_TINY = _bundled("qa-tiny", "qa-tiny", "BERT", "encoder", "At once: points at the answer to a question in a text")
SENTIMENT = _bundled(
    "sentiment", "sentiment", "BERT", "encoder", "At once: bert-tiny fine-tuned to tell good reviews from bad"
)

# Sizes are those of the safetensors files. A revision is given only where it is certain.
ENTRIES: tuple[Entry, ...] = (
    _bundled("bert-tiny", "bert-tiny", "BERT", "encoder", "At once: reads both ways, fills in masked words"),
    _bundled("gpt-tiny", "gpt-tiny", "GPT-2", "decoder", "At once: reads left to right, continues a text"),
    *(entry for entry in (EN_FR, QA_TINY, SENTIMENT) if entry.folder and entry.folder.is_dir()),
    _hub("bert-base-uncased", "google-bert/bert-base-uncased", "86b5e0934494bd15c9632b12f734a8a67f723594",
         "BERT", "encoder", (110, 440), "Apache-2.0", "The BERT of the paper: 12 layers with 12 heads"),
    _hub("bert-large-uncased", "google-bert/bert-large-uncased", "6da4b6a26a1877e173fca3225479512db81a5e5b",
         "BERT", "encoder", (336, 1345), "Apache-2.0", "The large BERT of the paper: 24 layers with 16 heads"),
    _hub("bert-base-cased", "google-bert/bert-base-cased", "cd5ef92a9fb2f889e972770a36d4ed042daf221e",
         "BERT", "encoder", (108, 436), "Apache-2.0", "Names: it tells upper from lower case"),
    _hub("distilbert-base-uncased", "distilbert/distilbert-base-uncased", "12040accade4e8a0f71eabdb258fecc2e7e948be",
         "DistilBERT", "encoder", (67, 268), "Apache-2.0", "BERT distilled to 6 layers: what is left"),
    _hub("roberta-base", "FacebookAI/roberta-base", "e2da8e2f811d1448a5b465c236feacd80ffbac7b",
         "RoBERTa", "encoder", (125, 499), "MIT", "BERT trained longer, with byte-level tokens"),
    _hub("roberta-large", "FacebookAI/roberta-large", "722cf37b1afa9454edce342e7895e588b6ff1d59",
         "RoBERTa", "encoder", (355, 1422), "MIT", "The large RoBERTa: 24 layers with 16 heads"),
    _hub("albert-base-v2", "albert/albert-base-v2", "8e2f239c5f8a2c0f253781ca60135db913e5c80c",
         "ALBERT", "encoder", (12, 47), "Apache-2.0", "One layer's weights used 12 times"),
    _hub("BioBERT", "dmis-lab/biobert-base-cased-v1.2", None,
         "BERT", "encoder", (108, 434), "none stated", "Biomedical articles"),
    _hub("SciBERT", "allenai/scibert_scivocab_uncased", None,
         "BERT", "encoder", (110, 440), "Apache-2.0", "Scientific articles, with a vocabulary of their own"),
    _hub("FinBERT", "ProsusAI/finbert", None,
         "BERT", "encoder", (110, 438), "none stated", "Financial news"),
    _hub("ClinicalBERT", "emilyalsentzer/Bio_ClinicalBERT", None,
         "BERT", "encoder", (108, 434), "MIT", "Clinical notes"),
    _hub("all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2", None,
         "BERT", "encoder", (23, 91), "Apache-2.0", "Sentence embeddings: small and quick"),
    _hub("ModernBERT-base", "answerdotai/ModernBERT-base", "8949b909ec900327062f0ebf497f51aef5e6f0c8",
         "ModernBERT", "encoder", (149, 599), "Apache-2.0", "A BERT of 2024: local and global layers"),
    _hub("gpt2", "openai-community/gpt2", "607a30d783dfa663caf39e06633721c8d4cfcd7e",
         "GPT-2", "decoder", (124, 548), "MIT", "The classic decoder: 12 layers with 12 heads"),
    _hub("distilgpt2", "distilbert/distilgpt2", "2290a62682d06624634c1f46a6ad5be0f47f38aa",
         "GPT-2", "decoder", (82, 353), "Apache-2.0", "GPT-2 distilled to 6 layers"),
    _hub("gpt2-medium", "openai-community/gpt2-medium", "6dcaa7a952f72f9298047fd5137cd6e4f05f41da",
         "GPT-2", "decoder", (355, 1520), "MIT", "A larger GPT-2: 24 layers with 16 heads"),
    _hub("SmolLM2-135M", "HuggingFaceTB/SmolLM2-135M", "93efa2f097d58c2a74874c7e644dbc9b0cee75a2",
         "Llama", "decoder", (135, 269), "Apache-2.0", "A small Llama: heads share keys and values"),
    _hub("Qwen3-0.6B", "Qwen/Qwen3-0.6B", "c1899de289a04d12100db370d81485cdf75e47ca",
         "Qwen3", "decoder", (596, 1503), "Apache-2.0", "A chat model of 2025: heads share keys and values"),
    _hub("t5-small", "google-t5/t5-small", None,
         "T5", "encoder-decoder", (61, 242), "Apache-2.0", "Cross-attention, with relative positions"),
    _hub("opus-mt-en-fr", "Helsinki-NLP/opus-mt-en-fr", None,
         "Marian", "encoder-decoder", (75, 301), "Apache-2.0", "English to French: cross-attention as alignment"),
)  # fmt: skip


def find(source: str) -> Entry | None:
    """Return the entry with this key or with this id on the Hub. A folder's path is not one of its names."""
    # The bundled ones are known where their folder is missing too: the sentence about that comes from the loader.
    return next((entry for entry in (*ENTRIES, EN_FR, QA_TINY) if source in _names(entry)), None)


def _names(entry: Entry) -> tuple[str, ...]:
    return (entry.key,) if entry.folder else (entry.key, entry.title, entry.source)


def availability(entry: Entry) -> Availability:
    """Return "here" (in this checkout), "cached" (downloaded before) or "download"."""
    if entry.folder:
        return "here" if is_complete(entry.folder) else "download"
    return "cached" if cached_folder(entry.source, entry.revision) else "download"


def cached_folder(source: str, revision: str | None = None) -> Path | None:
    """Return the folder in the local Hub cache that has all of a model: this revision, else main, else the newest."""
    repository = Path(constants.HF_HUB_CACHE) / f"models--{source.replace('/', '--')}"
    return next((folder for folder in _snapshots(repository, revision) if is_complete(folder)), None)


def _snapshots(repository: Path, revision: str | None) -> Iterator[Path]:
    snapshots, main = repository / "snapshots", repository / "refs" / "main"
    if revision:
        yield snapshots / revision
    if main.is_file():
        yield snapshots / main.read_text().strip()
    if snapshots.is_dir():
        yield from sorted(snapshots.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)


def is_complete(folder: Path) -> bool:
    """Return whether a folder has what a model needs: a config, a tokenizer or image settings, and all safetensors."""
    config = (folder / "config.json").is_file()
    return config and has_reader(folder) and has_weights(folder)


def has_reader(folder: Path) -> bool:
    """Return whether a folder says how to read a text or a picture."""
    return any((folder / name).is_file() for name in READERS)


def has_weights(folder: Path) -> bool:
    """Return whether a folder has its weights as safetensors: one file, or every file that its index names."""
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return (folder / "model.safetensors").is_file()
    names = set(json.loads(index.read_text())["weight_map"].values())
    return all((folder / name).is_file() for name in names)


def described() -> list[dict[str, str]]:
    """Return what the page says about each model, in order."""
    return [_described(entry) for entry in ENTRIES]


def _described(entry: Entry) -> dict[str, str]:
    place = availability(entry)
    return {
        "key": entry.key,
        "title": entry.title,
        "family": entry.family,
        "size": _size(entry),
        "licence": entry.licence,
        "good_for": entry.good_for,
        "availability": place,
        "download": in_bytes(entry.download_bytes) if place == "download" and entry.download_bytes else "",
    }


def _size(entry: Entry) -> str:
    count = entry.parameters or (_counted(entry.folder) if entry.folder else 0)
    if not count:
        return ""
    millions = count / 10**6
    return f"{millions:.0f} M parameters" if millions >= 10 else f"{millions:.1f} M parameters"


def _counted(folder: Path) -> int:
    """Count the parameters in the headers of a folder's safetensors files (8 bytes of length, then JSON)."""
    return sum(math.prod(tensor.get("shape", [0])) for path in folder.glob("*.safetensors") for tensor in _header(path))


def _header(path: Path) -> Iterator[dict]:
    with path.open("rb") as file:
        yield from json.loads(file.read(int.from_bytes(file.read(8), "little"))).values()


def in_bytes(count: int) -> str:
    """Return a number of bytes as people write it: "440 MB", "1.5 GB"."""
    return f"{count / 1e9:.1f} GB" if count >= 10**9 else f"{max(1, round(count / 1e6))} MB"


HUB_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)?")


def is_hub_id(source: str) -> bool:
    """Return whether a text is spelt as an id of the Hub: `name` or `owner/name`."""
    return len(source) <= 96 and ".." not in source and HUB_ID.fullmatch(source) is not None


def resolve_public(source: str) -> str:
    """Return what may be loaded from the page: a catalogue key, or an id of the Hub that is no local folder."""
    source = source.strip()
    entry = find(source)
    if entry:
        return entry.key
    if _is_path(source):
        raise LecternError(
            f"Folders cannot be opened from the page, and “{_short(source)}” is one: choose a model of the list, or"
            " give an id of the Hugging Face Hub such as openai-community/gpt2."
        )
    if not is_hub_id(source):
        raise LecternError(
            f"“{_short(source)}” is not the id of a model: wanted is a model of the list, or an id of the Hugging Face"
            " Hub such as openai-community/gpt2 (letters, digits, “-”, “_” and “.”, at most 96 of them)."
        )
    return source


def _is_path(source: str) -> bool:
    looks = source.startswith(("/", ".", "~")) or "\\" in source or ".." in source or source.count("/") > 1
    return looks or (is_hub_id(source) and Path(source).exists())


def _short(source: str) -> str:
    return source if len(source) <= 60 else f"{source[:60]}…"
