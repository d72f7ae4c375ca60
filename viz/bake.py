"""Default pictures, baked at build time, so that the first one needs no model, no torch and no waiting.

`python -m viz bake` writes them; a test holds each against a fresh one.
"""

import gzip
import hashlib
from functools import cache
from pathlib import Path

from viz.pack import pack
from viz.view import View, draw, execute

ROOT = Path(__file__).parent.parent
BAKED = ROOT / "assets" / "baked"


def bake(view: View) -> bytes:
    """Return the packed default figure of a view, computed now."""
    return pack(draw(view, "", execute).response())


def write(view: View) -> Path:
    """Write the default figure of a view to assets/baked and return where it is."""
    BAKED.mkdir(parents=True, exist_ok=True)
    path = BAKED / f"{view.key}.bin.gz"
    path.write_bytes(gzip.compress(bake(view), mtime=0))
    return path


@cache
def baked(key: str) -> bytes | None:
    """Return the packed default figure of a view as it was baked, or None where it was not."""
    path = BAKED / f"{key}.bin.gz"
    return gzip.decompress(path.read_bytes()) if path.is_file() else None


@cache
def build_id() -> str:
    """Return twelve digits that change whenever our code, our browser files or our bundled models change."""
    digest = hashlib.blake2b(digest_size=6)
    for path in sorted(_sources()):
        digest.update(path.relative_to(ROOT).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> list[Path]:
    code = [*(ROOT / "models").rglob("*.py"), *(ROOT / "viz").rglob("*.py"), ROOT / "requirements.txt"]
    weights = [*(ROOT / "models" / "bundled").rglob("*.safetensors"), *(ROOT / "models" / "bundled").rglob("*.json")]
    browser = [path for path in (ROOT / "assets").rglob("*") if path.is_file()]
    return [path for path in [*code, *weights, *browser] if path.is_file()]
