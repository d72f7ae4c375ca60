"""BertViz's own head view and model view on a trace, as a page that needs no network.

BertViz asks require.js for d3 and jquery from a CDN. Here both come from installed packages, and three lines stand in
for require.js.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import LecternError
from viz.attention_sides import sides
from viz.attention_terms import described, need
from viz.spec import Page

if TYPE_CHECKING:
    from models.trace import Trace

MOST_TOKENS = 64
LESS_THAN = "\ue000"

REQUIRE = """
const loaded = { d3: window.d3, jquery: window.jQuery };
window.requirejs = (names, use) => use(...names.map((name) => loaded[name]));
window.require = { config() {} };
"""


def bertviz_page(trace: "Trace", kind: str, layer: int, *, model_view: bool) -> Page:
    """Return BertViz's head view (at one layer) or model view of a trace; raises a sentence beyond 64 tokens."""
    import bertviz

    need(trace, kind, "weights")
    queries, keys = (list(map(_masked, side.tokens)) for side in sides(trace, kind))
    longest = max(len(queries), len(keys))
    if longest > MOST_TOKENS:
        raise LecternError(
            f"BertViz draws every weight at once and this text has {longest:,} tokens: "
            f"shorten it to {MOST_TOKENS}, or choose “Drawn by Lectern”."
        )
    draw = bertviz.model_view if model_view else bertviz.head_view
    page = draw(
        **_arguments(trace, kind, queries, keys), html_action="return", **({} if model_view else {"layer": layer})
    )
    view = "model view" if model_view else "head view"
    alt = f"BertViz, {view}: {described(trace, kind, layer, 0).replace(', head 0', '')}"
    height = 140 * trace.n_layers(kind) + 80 if model_view else 24 * longest + 140
    return Page(f"BertViz, {view}", _offline(page.data), height, alt)


def _arguments(trace: "Trace", kind: str, queries: list[str], keys: list[str]) -> dict[str, object]:
    import torch

    weights = tuple(torch.from_numpy(trace.all_weights(kind, i))[None] for i in range(trace.n_layers(kind)))
    if kind == "self":
        return {"attention": weights, "tokens": queries}
    tokens = {"encoder_tokens": keys} if kind != "decoder" else {}
    targets = {"decoder_tokens": queries} if kind != "encoder" else {}
    return {f"{kind}_attention": weights, **tokens, **targets}


def _masked(token: str) -> str:
    """Keep a token such as </script> from ending the script that carries it: BertViz writes tokens into one."""
    return token.replace("<", LESS_THAN)


def _offline(page: str) -> str:
    start = page.index("</script>") + len("</script>")
    body = page[start:].replace(r"\ue000", r"\u003c")
    libraries = "".join(f"<script>{text}</script>" for text in (*map(_library, LIBRARIES), REQUIRE))
    return f'<!doctype html><meta charset="utf-8"><body style="background:#fff;margin:12px">{libraries}{body}</body>'


LIBRARIES = (("mpld3", "js/d3.v5.min.js"), ("xstatic.pkg.jquery", "data/jquery.min.js"))


def _library(place: tuple[str, str]) -> str:
    """Return a browser library that a Python package carries; the package itself is not imported."""
    package, path = place
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise LecternError(f"BertViz's pages need the package {package}, which is not installed.")
    source = Path(spec.submodule_search_locations[0]) / path
    return source.read_text(encoding="utf-8").replace("</script", r"<\/script")
