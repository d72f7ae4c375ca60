"""What the attention explorer costs the server: bytes, memory, and how fast heads are answered.

Models have random weights in the sizes of BERT-base and of a small decoder. Processor time is measured where other
programs on the machine would otherwise count.
"""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import torch
from threadpoolctl import threadpool_limits
from transformers import BertConfig, BertModel, LlamaConfig, LlamaForCausalLM

from models.forward import NOTHING, trace_ids
from models.trace import Tokens, Trace
from viz.attention_figure import attention_figure
from viz.attention_shown import Shown, window
from viz.pack import pack

MEGABYTE = 1e6
ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds
NEW, KEPT = 128, 1600  # answers
SENTENCE = " ".join(["the old man walked along the river bank and watched the boats"] * 60)


def bert() -> Any:
    """Return a model of the size of BERT-base: 12 layers of 12 heads, 768 wide."""
    torch.manual_seed(0)
    return BertModel(BertConfig(), add_pooling_layer=False).eval()


def decoder() -> Any:
    """Return a decoder of 6 layers of 6 heads, 384 wide, that reads 4,096 tokens."""
    torch.manual_seed(0)
    size = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 6, "intermediate_size": 1536}
    return LlamaForCausalLM(LlamaConfig(vocab_size=8000, max_position_embeddings=4096, **size)).eval()


def traced(model: Any, count: int) -> Trace:
    """Return the trace of random tokens."""
    ids = torch.randint(1000, 8000, (1, count), generator=torch.Generator().manual_seed(count))
    names = tuple(f"t{token}" for token in ids[0].tolist())
    tokens = Tokens(names, names, tuple(ids[0].tolist()), (False,) * count, (0,) * count, tuple(range(count)))
    return trace_ids(model, ids, tokens=tokens, wish=NOTHING)


def took(work: Callable[[], Any], clock: Callable[[], float] = time.perf_counter) -> tuple[float, Any]:
    """Return the seconds that something takes, and what it gives."""
    start = clock()
    done = work()
    return clock() - start, done


def figures() -> Iterator[str]:
    """Yield a line for each length: bytes of the figure and of another head."""
    model = bert()
    for count in (64, 128, 512):
        trace = traced(model, count)
        seconds, data = took(lambda t=trace: pack(attention_figure(t, "self", 0, 0)), time.process_time)
        slices, head = took(lambda t=trace, n=count: _heads(t, n), time.process_time)
        yield (
            f"explorer, 12 x 12 heads, {count} tokens: trace {trace.nbytes / MEGABYTE:.1f} MB, figure "
            f"{len(data) / 1e3:.0f} KB from {1e3 * seconds:.0f} ms of processor time; another head "
            f"{len(head) / 1e3:.0f} KB from {1e3 * slices / 24:.1f} ms"
        )


def _heads(trace: Trace, count: int) -> bytes:
    shown, every = Shown(trace, "self"), range(count)
    return [pack(window(shown, layer, head, every, every)) for layer in (1, 7) for head in range(12)][-1]


def long() -> Iterator[str]:
    """Yield what 4,096 tokens take: bytes of the trace, and time to the first picture."""
    model = decoder()
    traced(model, 8)
    clocks = [time.perf_counter, time.process_time]
    starts = [clock() for clock in clocks]
    trace = traced(model, 4096)
    data = pack(attention_figure(trace, "self", 0, 0))
    wall, spent = (clock() - start for clock, start in zip(clocks, starts, strict=True))
    yield (
        f"explorer, 6 x 6 heads 384 wide, 4,096 tokens: trace {trace.nbytes / MEGABYTE:.0f} MB (aim 200), first "
        f"picture {wall:.1f} s (aim 10; {spent:.1f} s of processor time), {len(data) / 1e3:.0f} KB"
    )


def routes() -> Iterator[str]:
    """Yield how many heads a second the server answers, new ones and ones from memory, and its processor time each."""
    with running() as (process, get):
        for count, text in (("64", " ".join(SENTENCE.split()[:55])), ("512", SENTENCE)):
            places = [f"head/attention?text={quote(text)}&layer={i % 4}&head={i // 4}" for i in range(16)]
            get(places[0])
            get(f"{places[0]}&new=")
            fresh = _served(process, get, [f"{places[i % 16]}&new={i}" for i in range(NEW)])
            for place in places:
                get(place)
            kept = _served(process, get, [places[i % 16] for i in range(KEPT)])
            yield (
                f"explorer, head slices of {count} tokens over HTTP: new {fresh[0]:.0f} a second, {fresh[1]:.2f} ms "
                f"of the server's processor time each; from memory {kept[0]:.0f} a second (aim 400), {kept[1]:.2f} ms "
                "(aim 1)"
            )


def _served(process: int, get: Callable[[str], bytes], places: list[str]) -> tuple[float, float]:
    """Return answers a second, and milliseconds of the server's processor time for each."""
    before = processor_time(process)
    seconds, _ = took(lambda: [get(place) for place in places])
    return len(places) / seconds, 1e3 * (processor_time(process) - before) / len(places)


def processor_time(process: int) -> float:
    """Return the seconds of processor time that a process has used (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running() -> Iterator[tuple[int, Callable[[str], bytes]]]:
    """Run the app on a free port; yield its process id and a way to ask its routes over one connection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = os.environ | {"PORT": str(port), "OMP_NUM_THREADS": "1", "LECTERN_DEVICE": "cpu", "HF_HUB_OFFLINE": "1"}
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=settings, **silent)  # type: ignore[call-overload]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)

    def get(path: str) -> bytes:
        try:
            connection.request("GET", f"/gradio_api/lectern/{path}")
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request opens it again
            raise
        data = answer.read()
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(data.decode(errors="replace"))
        return data

    try:
        _wait(get)
        yield server.pid, get
    finally:
        server.terminate()
        server.wait(20)


def _wait(get: Callable[[str], bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            get("head/attention?text=one")
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.5)
    raise RuntimeError("the server does not answer")


def report() -> Iterator[str]:
    """Yield a line for each measurement."""
    with threadpool_limits(1):  # threads that wait for each other would count as work
        yield from figures()
        yield from routes()
    yield from long()
