"""The models on offer, where they are, and which names somebody on the page may give."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants

from models.catalogue import ENTRIES, availability, cached_folder, described, find, is_complete, resolve_public
from models.errors import LecternError

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def lay_out(cache: Path, source: str, commit: str, names: tuple[str, ...], *, main: bool = True) -> Path:
    """Lay out a download as the Hub's client does, with empty files."""
    repository = cache / f"models--{source.replace('/', '--')}"
    folder = repository / "snapshots" / commit
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).touch()
    if main:
        (repository / "refs").mkdir(exist_ok=True)
        (repository / "refs" / "main").write_text(commit)
    return folder


FILES = ("config.json", "tokenizer.json", "model.safetensors")


def test_the_bundled_models_come_first_and_every_key_is_there_once():
    keys = [entry.key for entry in ENTRIES]
    assert keys[:2] == ["bert-tiny", "gpt-tiny"]
    assert len(set(keys)) == len(keys) >= 21
    assert len({entry.source for entry in ENTRIES}) == len(keys)


def test_every_model_of_the_hub_says_what_it_is():
    for entry in ENTRIES:
        assert all((entry.title, entry.family, entry.licence, entry.good_for)), entry.key
        if not entry.folder:
            assert entry.parameters, entry.key
            assert entry.download_bytes, entry.key
            assert entry.revision is None or (len(entry.revision) == 40 and int(entry.revision, 16)), entry.key
            # float32 is four bytes a parameter, float16 two; the GPT-2 files also hold their masks
            assert 1.9 <= entry.download_bytes / entry.parameters <= 4.5, entry.key


def test_a_model_is_found_by_its_key_and_by_its_id():
    assert find("bert-base-uncased") is find("google-bert/bert-base-uncased")
    assert find("BioBERT") is find("dmis-lab/biobert-base-cased-v1.2")
    assert find("models/bundled/bert-tiny") is None
    assert find("") is None


def test_a_model_is_cached_once_all_its_files_are_there(cache):
    entry = find("gpt2")
    assert availability(entry) == "download"
    folder = lay_out(cache, entry.source, entry.revision, FILES[:2])
    assert availability(entry) == "download"
    (folder / "model.safetensors").touch()
    assert availability(entry) == "cached"


def test_the_pinned_revision_is_preferred_to_main_and_main_to_any_other(cache):
    lay_out(cache, "own/model", "a" * 40, FILES, main=False)
    assert cached_folder("own/model").name == "a" * 40
    lay_out(cache, "own/model", "b" * 40, FILES)
    assert cached_folder("own/model").name == "b" * 40
    assert cached_folder("own/model", "a" * 40).name == "a" * 40


def test_weights_in_several_files_are_complete_when_all_are_there(tmp_path):
    (tmp_path / "config.json").touch()
    (tmp_path / "vocab.txt").touch()
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    (tmp_path / "model-00001-of-00002.safetensors").touch()
    assert not is_complete(tmp_path)
    (tmp_path / "model-00002-of-00002.safetensors").touch()
    assert is_complete(tmp_path)


def test_the_page_is_told_size_and_download_in_words(cache):
    told = {row["key"]: row for row in described()}
    assert list(told) == [entry.key for entry in ENTRIES]
    assert told["bert-base-uncased"] | {"good_for": ""} == {
        "key": "bert-base-uncased",
        "title": "bert-base-uncased",
        "family": "BERT",
        "size": "110 M parameters",
        "licence": "Apache-2.0",
        "good_for": "",
        "availability": "download",
        "download": "440 MB",
    }
    assert told["qwen3-0.6b"]["download"] == "1.5 GB"
    lay_out(cache, "google-bert/bert-base-uncased", COMMIT, FILES)
    assert {row["key"]: row["download"] for row in described()}["bert-base-uncased"] == ""


def test_a_bundled_model_is_here_if_its_folder_is(cache):
    for entry in [entry for entry in ENTRIES if entry.folder]:
        there = (entry.folder / "config.json").is_file()
        assert availability(entry) == ("here" if there else "download")


@pytest.mark.parametrize("source", ["bert-tiny", "openai-community/gpt2", "prajjwal1/bert-tiny", " gpt2 ", "a_b/c.d-e"])
def test_a_key_or_an_id_may_be_opened_from_the_page(source):
    entry = find(source.strip())
    assert resolve_public(source) == (entry.key if entry else source)


@pytest.mark.parametrize(
    "source",
    [
        "/etc",
        "./models",
        "../x",
        "~/models",
        "models/bundled/bert-tiny",
        "a\\b",
        "C:\\models",
        "a/../b",
        "models/worked",
    ],
)
def test_a_folder_may_not_be_opened_from_the_page(source, monkeypatch):
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    with pytest.raises(LecternError, match=r"^Folders cannot be opened from the page"):
        resolve_public(source)


@pytest.mark.parametrize("source", ["", "   ", "a b", "<script>", "${1+1}", "modèle", "x" * 97, "own/", "-x", "gpt2\0"])
def test_what_is_no_id_is_refused_in_one_sentence(source):
    with pytest.raises(LecternError, match=r"is not the id of a model"):
        resolve_public(source)


def test_the_catalogue_answers_without_torch():
    code = "import sys; from models.catalogue import described; described(); print('torch' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    said = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
