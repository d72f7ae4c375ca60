"""From the Hugging Face Hub to the local cache: is it there, may it be opened, is it small enough; then download it."""

import os
import re
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from huggingface_hub import HfApi, constants, get_token, snapshot_download
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError, RevisionNotFoundError
from huggingface_hub.hf_api import ModelInfo
from huggingface_hub.utils import tqdm  # type: ignore[attr-defined]

from models.catalogue import ENTRIES, availability, in_bytes
from models.errors import LecternError

Report = Callable[[str, int, int], None]  # stage, bytes done, bytes in all

PATIENCE = 2.0  # seconds
TEXTS = (".json", ".txt", ".model", ".spm")
SHARD = re.compile(r"model-\d+-of-\d+\.safetensors")
CONVERTER = "SFconvertbot"  # the Hub's own service that proposes safetensors where a repository has only pickles


def download(source: str, revision: str | None, report: Report) -> Path:
    """Download what a model needs, and only that, after every check; return its folder in the local cache."""
    _reach(source)
    report("checking", 0, 0)
    try:
        revision, files = _checked(source, revision)
        total = sum(files.values())
        _within_limit(source, total)
        return Path(
            snapshot_download(
                source,
                revision=revision,
                cache_dir=constants.HF_HUB_CACHE,
                allow_patterns=list(files),
                tqdm_class=_reporting(report, total),
            )
        )
    except LecternError:
        raise
    except Exception as problem:
        _explain(source, problem)


def _reach(source: str) -> None:
    if constants.is_offline_mode() or not reachable():
        raise LecternError(
            f"The Hugging Face Hub cannot be reached, and “{source}” has not been downloaded before.{_instead()}"
        )


def _instead() -> str:
    """Say which models need no network, where there are any."""
    keys = [entry.key for entry in ENTRIES if availability(entry) != "download"]
    if not keys:
        return " Connect to the network, or give the folder of a model from Python."
    names = keys[0] if len(keys) == 1 else f"{', '.join(keys[:-1])} and {keys[-1]}"
    return f" {'This model works' if len(keys) == 1 else 'These models work'} without it: {names}."


def reachable() -> bool:
    """Return within about two seconds whether the Hub, or the proxy on the way to it, takes a connection."""
    found = threading.Event()
    # The name lookup of a machine without network may hang for half a minute: it is left behind in a thread.
    threading.Thread(target=_connect, args=(*_gate(), found), daemon=True).start()
    return found.wait(PATIENCE)


def _gate() -> tuple[str, int]:
    """Return host and port of what is spoken to first: the Hub, or a proxy if the environment names one."""
    hub = urlsplit(constants.ENDPOINT)
    proxy = getproxies().get(hub.scheme)
    first = urlsplit(proxy if "://" in proxy else f"http://{proxy}") if proxy and not proxy_bypass(hub.netloc) else hub
    return first.hostname or "", first.port or (443 if first.scheme == "https" else 80)


def _connect(host: str, port: int, found: threading.Event) -> None:
    try:
        socket.create_connection((host, port), timeout=PATIENCE).close()
    except OSError:
        return
    found.set()


def _checked(source: str, revision: str | None) -> tuple[str | None, dict[str, int]]:
    """Return the commit to download and its files (name -> bytes), or say why it cannot be opened."""
    api = HfApi()
    info = api.model_info(source, revision=revision, files_metadata=True, timeout=10)
    if info.private or (info.gated and get_token() is None):
        _refuse_gated(source)
    files = needed(info)
    if not _has_weights(files):
        proposal = _proposal(api, source)
        info = api.model_info(source, revision=proposal, files_metadata=True, timeout=10) if proposal else info
        files = needed(info)
    if not _has_weights(files):
        raise LecternError(f"“{source}” has no weights as safetensors, and only those are opened: choose another.")
    if "config.json" not in files:
        raise LecternError(f"“{source}” has no config.json, so it is not a model of the transformers library.")
    return info.sha, files


def needed(info: ModelInfo) -> dict[str, int]:
    """Return the files (name -> bytes) that loading needs: config, tokenizer, and one set of safetensors."""
    sizes = {file.rfilename: file.size or 0 for file in info.siblings or [] if "/" not in file.rfilename}
    single = "model.safetensors" in sizes
    weights = {name for name in sizes if (name == "model.safetensors" if single else SHARD.fullmatch(name))}
    return {name: size for name, size in sizes.items() if name in weights or name.endswith(TEXTS)}


def _has_weights(files: dict[str, int]) -> bool:
    return any(name.endswith(".safetensors") for name in files)


def _proposal(api: HfApi, source: str) -> str | None:
    """Return the branch on which the Hub's own service has converted the weights to safetensors, if there is one."""
    proposals = api.get_repo_discussions(source, author=CONVERTER, discussion_type="pull_request")
    return next((one.git_reference for one in proposals if one.author == CONVERTER and one.status == "open"), None)


def _within_limit(source: str, total: int) -> None:
    limit = float(os.environ.get("LECTERN_MAX_DOWNLOAD_GB", "5")) * 1e9
    if total > limit:
        raise LecternError(
            f"“{source}” takes {in_bytes(total)}, more than the {in_bytes(round(limit))} that are downloaded here:"
            " choose a smaller model, or set LECTERN_MAX_DOWNLOAD_GB."
        )


def _reporting(report: Report, total: int) -> type[tqdm]:
    """Make a progress bar that draws nothing and reports the bytes that have come.

    The Hub's client keeps two such bars, bytes received and bytes written; the one that is further is the one to show.
    """
    furthest = [0]

    class Bar(tqdm):
        def __init__(self, *args: Any, **options: Any) -> None:
            self.bytes = options.get("initial", 0) if options.get("unit") == "B" else None
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> bool | None:
            if self.bytes is not None:
                self.bytes += int(n or 0)
                furthest[0] = max(furthest[0], min(self.bytes, total))
                report("downloading", furthest[0], total)
            return super().update(n)

    report("downloading", 0, total)
    return Bar


def _refuse_gated(source: str) -> NoReturn:
    raise LecternError(
        f"“{source}” is gated or private: accept its conditions on huggingface.co and set HF_TOKEN, or choose another."
    )


def _explain(source: str, problem: Exception) -> NoReturn:
    """Turn what the Hub's client raised into a sentence."""
    if isinstance(problem, GatedRepoError):
        _refuse_gated(source)
    if isinstance(problem, RevisionNotFoundError):
        raise LecternError(f"“{source}” no longer has the revision that is wanted here: choose another.") from problem
    if isinstance(problem, RepositoryNotFoundError):
        raise LecternError(
            f"There is no public model “{source}” on the Hugging Face Hub: check the spelling, owner/name."
        ) from problem
    if isinstance(problem, HfHubHTTPError) and problem.response.status_code == 401:
        _refuse_gated(source)
    raise LecternError(
        f"The download of “{source}” from the Hugging Face Hub failed ({type(problem).__name__}): try again."
        f"{_instead()}"
    ) from problem
