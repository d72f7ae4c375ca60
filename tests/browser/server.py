"""A real server of the page in a process of its own, and a Hub cache with tiny models for it to find."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
WORDS = ["<pad>", "</s>", "<unk>", "the", "cat", "sat", "on", "mat", "your", "is", "a", "lovely", "bank", "."]
ROUTE = "gradio_api/lectern"
STARTS_WITHIN = 90


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, and the log that it writes."""

    address: str
    log: Path

    def url(self, **state: object) -> str:
        """Return the address of the page at a state."""
        return f"{self.address}/?{urlencode(state)}"

    def get(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Return status and body of a route under /gradio_api/lectern; POST where there is a body."""
        request = urllib.request.Request(f"{self.address}/{ROUTE}/{path}", data=body)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read()

    def sentence(self, path: str, body: bytes | None = None) -> tuple[int, str]:
        """Return status and sentence of a request that is refused."""
        status, told = self.get(path, body)
        return status, json.loads(told)["message"]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def launch(port: int, log: Path, hub: Path) -> subprocess.Popen[bytes]:
    """Start app.py with a Hub cache of its own; the Hub itself is asked for real, and is not there."""
    kept = {name: value for name, value in os.environ.items() if name not in ("HF_HUB_OFFLINE", "LECTERN_DEVICE")}
    environment = kept | {"PORT": str(port), "HOST": "127.0.0.1", "HF_HUB_CACHE": str(hub), "OMP_NUM_THREADS": "2"}
    with log.open("wb") as out:
        return subprocess.Popen([sys.executable, "-m", "app"], cwd=ROOT, env=environment, stdout=out, stderr=out)


def answers(process: subprocess.Popen[bytes], server: Server) -> None:
    """Wait until the page answers; fail with the server's log where it does not."""
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(server.address, timeout=5).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    raise RuntimeError(f"the server did not start:\n{server.log.read_text()[-4000:]}")


def fill_hub(hub: Path) -> None:
    """Write tiny random models into a Hub cache: one without attention, one with an encoder and a decoder."""
    import torch
    import transformers

    torch.manual_seed(0)
    size = {"vocab_size": len(WORDS), "pad_token_id": 0, "eos_token_id": 1}
    mamba = transformers.MambaConfig(hidden_size=16, num_hidden_layers=2, state_size=4, **size)
    write(transformers.MambaForCausalLM(mamba), hub, "tiny/mamba")
    t5 = transformers.T5Config(
        d_model=16, d_kv=8, d_ff=32, num_layers=2, num_decoder_layers=2, num_heads=2, decoder_start_token_id=0, **size
    )
    write(transformers.T5ForConditionalGeneration(t5), hub, "tiny/t5")


def folder_of(hub: Path, name: str) -> Path:
    """Return the folder of a model in a Hub cache, laid out as the Hub's own client does."""
    return hub / f"models--{name.replace('/', '--')}" / "snapshots" / COMMIT


def write(model: object, hub: Path, name: str) -> None:
    """Write a model with a tokenizer of a few words."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    folder = folder_of(hub, name)
    model.save_pretrained(folder)  # type: ignore[attr-defined]
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    reader = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", model_max_length=128
    )
    reader.save_pretrained(folder)
    refs = folder.parents[1] / "refs"
    refs.mkdir()
    (refs / "main").write_text(COMMIT)
