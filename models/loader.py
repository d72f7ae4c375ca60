"""A name -> a model with its tokenizer, in memory on the best device. Safetensors only; no code of a repository."""

import copy
import json
import os
import threading
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from safetensors import SafetensorError
from transformers.models.auto import modeling_auto as auto

from models.capture import NAME, register
from models.catalogue import Entry, cached_folder, find, has_reader, has_weights, is_hub_id
from models.errors import LecternError
from models.lru import ByteBudget
from models.trace import ModelInfo

Kind = Literal["encoder", "decoder", "encoder-decoder", "vision"]
Task = Literal["next-sentence", "question-answering"]
PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")


@dataclass(frozen=True)
class Loaded:
    """A model that is ready: float32, in evaluation mode, on `device`.

    tokenizer: None for a model of pictures; processor: what prepares its pictures, None for a model of texts.
    """

    model: Any
    tokenizer: Any
    info: ModelInfo
    device: str
    notices: tuple[str, ...] = ()
    processor: Any = None


# transformers switches things off for the whole process while it reads weights: of two readings at once, both may find
# that tied weights are missing.
READING = threading.Lock()

_PROGRESS: dict[str, dict[str, Any]] = {}
_PROGRESS_LOCK = threading.Lock()


def load(source: str, task: Task | None = None) -> Loaded:
    """Return the model of a catalogue key, an id of the Hub, or a folder; from memory if it was used not long ago.

    task: load it with the head for this, and say so in a sentence where it was trained without; None: predict tokens.
    """
    name = _canonical(source)
    try:
        return _kept().load((name, task), lambda: _sized(_loaded(source, name, task)))
    finally:
        with _PROGRESS_LOCK:
            _PROGRESS.pop(name, None)


def progress(source: str) -> dict[str, Any] | None:
    """Return how far the loading of a model is, {"stage", "done", "total", "sentence"} in bytes; else None.

    `total` is 0 while it is not known.
    """
    with _PROGRESS_LOCK:
        return _PROGRESS.get(_canonical(source))


SENTENCES = {
    "checking": "Asking the Hugging Face Hub about {name} …",
    "downloading": "Downloading {name} …",
    "loading": "Loading {name} into memory …",
}


def _report(name: str, stage: str, done: int = 0, total: int = 0) -> None:
    sentence = SENTENCES[stage].format(name=name)
    with _PROGRESS_LOCK:
        _PROGRESS[name] = {"stage": stage, "done": done, "total": total, "sentence": sentence}


@cache
def _kept() -> ByteBudget[tuple[str, Task | None], Loaded]:
    return ByteBudget(round(float(os.environ.get("LECTERN_MODEL_CACHE_GB", "6")) * 1e9))


def _sized(loaded: Loaded) -> tuple[Loaded, int]:
    tensors = [*loaded.model.parameters(), *loaded.model.buffers()]
    return loaded, sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def _canonical(source: str) -> str:
    """Return the one name under which a model is kept, however it was asked for."""
    entry = find(source)
    if entry:
        return entry.key
    return str(Path(source).resolve()) if _is_folder(source) else source


def _is_folder(source: str) -> bool:
    return bool(source.strip()) and "\0" not in source and len(source) < 4096 and Path(source).is_dir()


def _loaded(source: str, name: str, task: Task | None = None) -> Loaded:
    folder, revision = _folder(source, name)
    _report(name, "loading")
    _quiet()
    _require_safetensors(folder, name)
    config = _config(folder, name)
    model = _model_for(task, folder, config, name) if task else _model(folder, config, name)
    kind = _kind(config, model, name)
    reader = _processor(folder, name) if kind == "vision" else _tokenizer(folder, name)
    info = _info(source, name, config, kind, revision, model)
    ready = Loaded(model, None if kind == "vision" else reader, info, "cpu", (), reader if kind == "vision" else None)
    return _placed(ready)


def _folder(source: str, name: str) -> tuple[Path, str | None]:
    """Return where the files are, and the commit they are of; download them if they are not here yet."""
    entry = find(source)
    if entry and entry.folder:
        return _bundled(entry, entry.folder), None
    if not entry and _is_folder(source):
        return Path(source), None
    where, wanted = (entry.source, entry.revision) if entry else (source, None)
    if not is_hub_id(where):
        raise LecternError(
            f"“{source[:60]}” is no model: wanted is a key of the catalogue, an id of the Hub (owner/name),"
            " or a folder that exists."
        )
    folder = cached_folder(where, wanted) or _download(where, wanted, name)
    return folder, folder.name


def _bundled(entry: Entry, folder: Path) -> Path:
    if not (folder / "config.json").is_file():
        raise LecternError(f"{entry.title} is not in this checkout: its folder {entry.source} is missing or empty.")
    return folder


def _download(where: str, revision: str | None, name: str) -> Path:
    from models.hub import download

    return download(where, revision, lambda stage, done, total: _report(name, stage, done, total))


def _require_safetensors(folder: Path, name: str) -> None:
    if not (folder / "config.json").is_file():
        raise LecternError(f"{name} has no config.json, so it is not a model of the transformers library.")
    if has_weights(folder):
        return
    if (folder / "model.safetensors.index.json").is_file():
        raise LecternError(f"{name} is incomplete: some of the safetensors files that its index names are missing.")
    only = " It has only pickled weights, which may run code when they are read." if _pickles(folder) else ""
    raise LecternError(f"{name} has no weights as safetensors, and only those are opened: convert it first.{only}")


def _pickles(folder: Path) -> bool:
    return any(next(folder.glob(pattern), None) for pattern in PICKLES)


def _config(folder: Path, name: str) -> Any:
    try:
        return transformers.AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except (ValueError, KeyError, OSError) as problem:
        raise LecternError(f"{name} {_unknown(folder)}: choose another model.") from problem


def _unknown(folder: Path) -> str:
    """Say why transformers makes nothing of a config."""
    try:
        told = json.loads((folder / "config.json").read_text())
    except ValueError:
        return "has a config.json that cannot be read"
    if "auto_map" in told:
        return "needs code of its own, which is never run here"
    kind = told.get("model_type", "not named in its config")
    return f"is of a kind ({kind}) that transformers {transformers.__version__} does not know"


def _model(folder: Path, config: Any, name: str) -> Any:
    """Load with the head that the checkpoint was trained with; without one whose weights are not in the files.

    A head drawn at random would give predictions that are nobody's.
    """
    for choice in _choices(config):
        model, missing = _read(choice, folder, config, name)
        if not missing:
            return model.eval()
    some = sorted(missing)[0]
    raise LecternError(
        f"{name} is incomplete: {len(missing)} of the weights that its config asks for are missing, {some} for one."
    )


def _model_for(task: Task, folder: Path, config: Any, name: str) -> Any:
    """Load with the head for a task; raises a sentence that names models where this one was trained without it."""
    what, names, choice, instead = TASKS[task]
    trained = (config.architectures or [""])[0]
    if not trained.endswith(names) or not _in_mapping(config, MAPPINGS[task]):
        raise LecternError(f"{name} was not trained {what}: choose {instead}.")
    model, missing = _read(choice, folder, config, name, but=())
    if missing:
        raise LecternError(f"{name} is incomplete: {sorted(missing)[0]} is missing, so its answers would be made up.")
    return model.eval()


MAPPINGS = {"next-sentence": "NEXT_SENTENCE_PREDICTION", "question-answering": "QUESTION_ANSWERING"}
TASKS: dict[str, tuple[str, tuple[str, ...], Any, str]] = {
    "next-sentence": (
        "to tell whether a sentence follows another",
        ("ForPreTraining", "ForNextSentencePrediction"),
        transformers.AutoModelForNextSentencePrediction,
        "bert-tiny or google-bert/bert-base-uncased",
    ),
    "question-answering": (
        "to point at answers",
        ("ForQuestionAnswering",),
        transformers.AutoModelForQuestionAnswering,
        "an extractive model such as distilbert/distilbert-base-cased-distilled-squad",
    ),
}


def _choices(config: Any) -> list[Any]:
    """Return the classes to try in turn; the last is the bare model, except where that has no decoder to run."""
    if config.is_encoder_decoder:
        return [transformers.AutoModelForSeq2SeqLM]
    head = _head(config)
    return [head, transformers.AutoModel] if head else [transformers.AutoModel]


def _head(config: Any) -> Any:
    trained = (config.architectures or [""])[0]
    masked, causal = _in_mapping(config, "MASKED_LM"), _in_mapping(config, "CAUSAL_LM")
    if trained.endswith(("MaskedLM", "PreTraining")) and masked:
        return transformers.AutoModelForMaskedLM
    if trained.endswith(("CausalLM", "LMHeadModel")) and causal:
        return transformers.AutoModelForCausalLM
    if trained:
        return None
    return transformers.AutoModelForMaskedLM if masked else transformers.AutoModelForCausalLM if causal else None


def _in_mapping(config: Any, task: str) -> bool:
    return config.model_type in getattr(auto, f"MODEL_FOR_{task}_MAPPING_NAMES")


def _read(
    choice: Any, folder: Path, config: Any, name: str, but: tuple[str, ...] = ("pooler",)
) -> tuple[Any, set[str]]:
    """Return the model and the weights that were not in the files, `but` those that are never looked at."""
    register()
    try:
        model, told = _from_files(choice, folder, config)
    except ImportError as problem:
        raise LecternError(f"{name} needs a package that is not installed: {_first_line(problem)}.") from problem
    except (ValueError, RuntimeError, OSError, KeyError, SafetensorError) as problem:
        raise LecternError(f"{name} cannot be loaded: {_first_line(problem)}.") from problem
    return model, {key for key in told["missing_keys"] if not any(part in key for part in but)}


def _from_files(choice: Any, folder: Path, config: Any) -> tuple[Any, dict[str, Any]]:
    def read(attention: str) -> Any:
        with READING:
            return choice.from_pretrained(
                folder,
                config=copy.deepcopy(config),
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                attn_implementation=attention,
                output_loading_info=True,
            )

    try:
        return read(NAME)
    except (ValueError, KeyError):  # an architecture that takes no attention function but its own
        return read("eager")


@cache
def _quiet() -> None:
    """Silence transformers on weights it has no use for (BERT's next-sentence head), and its progress bars."""
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def _first_line(problem: Exception) -> str:
    return (str(problem).strip().splitlines() or [type(problem).__name__])[0].strip().rstrip(".:")[:200]


def _kind(config: Any, model: Any, name: str) -> Kind:
    if model.main_input_name not in ("input_ids", "pixel_values"):
        raise LecternError(f"{name} reads {model.main_input_name}, neither text nor pictures: choose another.")
    if model.main_input_name == "pixel_values":
        return "vision"
    if config.is_encoder_decoder:
        return "encoder-decoder"
    only_causal = _in_mapping(config, "CAUSAL_LM") and not _in_mapping(config, "MASKED_LM")
    return "decoder" if only_causal or getattr(config, "is_decoder", False) else "encoder"


def _tokenizer(folder: Path, name: str) -> Any:
    tokenizer = _prepared(transformers.AutoTokenizer, folder, f"{name} has no tokenizer that can be read here")
    if not tokenizer("bank", add_special_tokens=False)["input_ids"]:
        raise LecternError(f"{name} has a tokenizer without a vocabulary, so it cannot read a text.")
    return tokenizer


def _processor(folder: Path, name: str) -> Any:
    said = f"{name} does not say how a picture is prepared for it"
    return _prepared(transformers.AutoImageProcessor, folder, said)


def _prepared(choice: Any, folder: Path, said: str) -> Any:
    if not has_reader(folder):
        raise LecternError(f"{said}: its files are missing.")
    try:
        return choice.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as problem:  # tokenizers raise bare exceptions too
        raise LecternError(f"{said}: {_first_line(problem)}.") from problem


def _info(source: str, name: str, config: Any, kind: Kind, revision: str | None, model: Any) -> ModelInfo:
    entry = find(source)
    title = entry.title if entry else Path(source).name if _is_folder(source) else source
    count = sum(parameter.numel() for parameter in model.parameters())
    width = getattr(config.get_text_config(), "hidden_size", 0)
    return ModelInfo(name, title, config.model_type, kind, revision, count, width)


def best_device() -> str:
    """Return LECTERN_DEVICE if it is set, else "cuda", "mps" or "cpu", whichever is there first."""
    wanted = os.environ.get("LECTERN_DEVICE", "")
    if wanted:
        return _checked(wanted)
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _checked(device: str) -> str:
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as problem:
        raise LecternError(
            f"LECTERN_DEVICE is “{device}”, which this machine does not have: set cpu, cuda or mps, or leave it out."
        ) from problem
    return device


def _placed(loaded: Loaded) -> Loaded:
    """Move a model to the best device; to the CPU, with a notice, where that has too little memory."""
    device = best_device()
    try:
        loaded.model.to(device)
    except RuntimeError as problem:
        if "out of memory" not in str(problem).lower():
            raise
        loaded.model.to("cpu")
        notice = f"The GPU has too little memory for {loaded.info.name}, so it runs on the CPU."
        return replace(loaded, device="cpu", notices=(*loaded.notices, notice))
    return replace(loaded, device=device)
