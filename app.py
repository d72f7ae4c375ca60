"""The page and the server: the only place that imports gradio.

The page is one `gr.HTML` whose browser module (assets/js/host.js) asks the routes below for figures. A figure's address
is its whole input, so answers can be cached anywhere and two people can never see each other's numbers.
"""

import json
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl

import gradio as gr
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models import LecternError
from viz.bake import baked, build_id
from viz.bundle import bundle
from viz.export import FORMATS, export
from viz.pack import jsonable, pack
from viz.plotly_js import plotly_js
from viz.view import Drawn, Run, draw
from viz.views import DEFAULT, VIEWS, find

if TYPE_CHECKING:
    from models.trace import Trace

LOG = logging.getLogger("lectern")
ASSETS = Path(__file__).resolve().parent / "assets"
ROUTE = "/gradio_api/lectern"
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
FRESH = {"Cache-Control": "no-cache"}
LONGEST_BODY = 8_000_000

Answer = Callable[[Request, str], Response]


def execute(run: Run) -> "Trace":
    """Execute a forward pass for somebody on the page: catalogue keys and hub ids only, never a folder."""
    from models.runner import run_public

    return run_public(
        run.model, run.text, run.pair, target=run.target, detail=run.detail, hidden=run.hidden, logits=run.logits
    )


def drawn(key: str, query: str) -> Drawn:
    """Return a view at the state of a query string, see `viz.view.draw`."""
    return draw(find(key), query, execute)


def sentences(answer: Answer) -> Callable[[Request], Awaitable[Response]]:
    """Turn what may go wrong into one sentence that the page shows; nobody ever sees a traceback.

    `answer` gets the query string of the address, or the body of a POST where a text is too long for an address.
    """

    async def answered(request: Request) -> Response:
        try:
            query = await posted(request) if request.method == "POST" else request.url.query
            return await run_in_threadpool(answer, request, query)
        except LecternError as problem:
            # Only our own page names its build. Its console would call every other status an error, and a sentence
            # for the reader is none.
            status = HTTPStatus.OK if "build" in request.query_params else HTTPStatus.UNPROCESSABLE_ENTITY
            return JSONResponse({"message": str(problem)}, status, FRESH)
        except Exception:
            LOG.exception("%s failed", request.url)
            message = "Something went wrong on the server; it has been noted. Change the input, or try again."
            return JSONResponse({"message": message}, HTTPStatus.INTERNAL_SERVER_ERROR, FRESH)

    return answered


async def posted(request: Request) -> str:
    """Return the body of a POST as the query string it is; raises a sentence where it is too long, or no text."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise LecternError(f"This input is longer than {LONGEST_BODY:,} bytes: shorten the text.")
    try:
        return body.decode()
    except UnicodeDecodeError as problem:
        raise LecternError("This input is not text in UTF-8: send the query string of the state.") from problem


def figure(request: Request, query: str) -> Response:
    """Answer with the packed figure of a view; a default comes from what was baked, before torch is imported."""
    key = request.path_params["view"]
    state, left_out = find(key).state.read(query)
    ready = None if state.query() or left_out else baked(key)
    data = ready or pack(drawn(key, query).response())
    warm_up()
    return Response(data, media_type="application/octet-stream", headers=caching(request))


def head(request: Request, query: str) -> Response:
    """Answer with the weights of one head, [query, key] float32, under the same options as the figure."""
    view = find(request.path_params["view"])
    if view.head is None:
        raise LecternError(f"The view “{view.key}” has no heads to choose from.")
    state, _ = view.state.read(query)
    runs = view.runs(state)
    origin = parse_qs(query).get("origin", ["0"])[0]
    if origin not in map(str, range(len(runs))):
        raise LecternError(f"There is no figure {origin[:20]} in this view.")
    weights = view.head(state, execute(runs[int(origin)]))
    return Response(pack({"weights": weights}), media_type="application/octet-stream", headers=caching(request))


def exported(request: Request, query: str) -> Response:
    """Answer with a view as a file: the same formats as `python -m viz export`."""
    key, extension = request.path_params["view"], request.path_params["extension"]
    data = export(drawn(key, query), extension)
    name = {"Content-Disposition": f'attachment; filename="lectern-{key}.{extension}"'}
    return Response(data, media_type=FORMATS[extension].media_type, headers=name | FRESH)


def progress(request: Request) -> Response:
    """Answer how far the loading of a model is, or null; to ask is no reason to import torch."""
    loader = sys.modules.get("models.loader")
    how_far = getattr(loader, "progress", None)  # none yet while the module is being imported
    told = how_far(request.query_params.get("model", "")) if how_far else None
    return JSONResponse(told, headers=FRESH)


def catalogue(request: Request) -> Response:
    """Answer with the models on offer and where each one is: here, cached or a download."""
    from models.catalogue import described

    return JSONResponse(described(), headers=FRESH)


def plotly_module(request: Request) -> Response:
    """Answer with the plotly.js of the installed plotly package, compressed."""
    headers = FOREVER | {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    return Response(plotly_js(), media_type="text/javascript", headers=headers)


def page_module(request: Request) -> Response:
    """Answer with our browser modules as one, so that a first visit asks once and not thirty times."""
    return Response(f"{bundle('host')}export const start = lectern.start;\n", 200, caching(request), "text/javascript")


def page_styles(request: Request) -> Response:
    """Answer with our styles as one."""
    styles = "\n".join(path.read_text() for path in sorted((ASSETS / "css").glob("*.css")))
    return Response(styles, 200, caching(request), "text/css")


def asset(request: Request) -> Response:
    """Answer with one of our own browser files; nothing outside assets/ is ever read."""
    path = asset_file(request.path_params["path"])
    if path is None:
        return JSONResponse({"message": "There is no such file."}, HTTPStatus.NOT_FOUND)
    return FileResponse(path, headers=caching(request))


def asset_file(name: str) -> Path | None:
    """Return the file of assets/ with this name; None where there is none, or where the name leads out of assets/."""
    try:
        path = (ASSETS / name).resolve()
        return path if path.is_relative_to(ASSETS) and path.is_file() else None
    except (OSError, ValueError):  # a name that no file system takes
        return None


def caching(request: Request) -> dict[str, str]:
    """Return the headers of an answer: for ever if the address names this build, else to be asked for again."""
    named = request.path_params.get("build") or request.query_params.get("build")
    return FOREVER if named == build_id() and request.method == "GET" else FRESH


@cache
def warm_up() -> None:
    """Import torch and load the first models, once, when the first picture has had the time to be drawn."""
    timer = threading.Timer(3.0, _load_first_models)
    timer.daemon = True
    timer.start()


def _load_first_models() -> None:
    from models.catalogue import ENTRIES, availability
    from models.loader import load

    for entry in [entry for entry in ENTRIES if availability(entry) == "here"][:2]:
        load(entry.key)


READ = ["GET", "POST"]
ROUTES = [
    Route(f"{ROUTE}/figure/{{view}}", sentences(figure), methods=READ),
    Route(f"{ROUTE}/head/{{view}}", sentences(head), methods=READ),
    Route(f"{ROUTE}/export/{{view}}.{{extension}}", sentences(exported), methods=READ),
    Route(f"{ROUTE}/progress", progress),
    Route(f"{ROUTE}/catalogue", catalogue),
    Route(f"{ROUTE}/plotly.js", plotly_module),
    Route(f"{ROUTE}/assets/{{build}}/js/lectern.js", page_module),
    Route(f"{ROUTE}/assets/{{build}}/css/lectern.css", page_styles),
    Route(f"{ROUTE}/assets/{{build}}/{{path:path}}", asset),
]


def views() -> list[dict[str, str]]:
    """List the views in teaching order: key, title, chapter, question."""
    return [{"key": v.key, "title": v.title, "chapter": v.chapter, "question": v.question} for v in VIEWS]


def figure_json(view: str, query: str = "") -> dict:
    """Return a view's figure as JSON: the numbers on the page, for `gradio_client` and other programs."""
    try:
        return jsonable(drawn(view, query).response())
    except LecternError as problem:
        raise gr.Error(str(problem), print_exception=False) from problem


BOOT = """
const base = new URL("gradio_api/lectern/", document.baseURI);
import(new URL("assets/%(build)s/js/lectern.js", base).href).then((host) =>
  host.start({ element, base: base.href, build: "%(build)s", views: %(views)s, home: "%(home)s" }));
"""

HEAD = """
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="Interactive figures for attention and embeddings, computed by real models.">
<link rel="stylesheet" href="%s/css/lectern.css">
"""


def files() -> str:
    """Return where our browser files are, seen from the page."""
    return f"gradio_api/lectern/assets/{build_id()}"


class Early:
    """Names our files in the header of the page, so that they come while Gradio's own are still at work."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the app does; the page itself gets a `Link` header."""

        async def linked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Link", early_links(scope["query_string"].decode()))
            await send(message)

        is_page = scope["type"] == "http" and scope["path"] == "/"
        await self.app(scope, receive, linked if is_page else send)


def early_links(query: str) -> str:
    """Return the `Link` header of the page at a query string: module, styles, and the figure where it is a default."""
    asked = dict(parse_qsl(query))
    links = [f"<{files()}/js/lectern.js>; rel=modulepreload", f"<{files()}/css/lectern.css>; rel=preload; as=style"]
    view = asked.get("view", DEFAULT)
    if set(asked) <= {"v", "view", "embed", "theme"} and any(view == known.key for known in VIEWS):
        figure_at = f"gradio_api/lectern/figure/{view}?build={build_id()}"
        links.append(f"<{figure_at}>; rel=preload; as=fetch; crossorigin=anonymous")
    return ", ".join(links)


MIDDLEWARE = [Middleware(Early), Middleware(GZipMiddleware, minimum_size=1024, compresslevel=4)]


def build_page() -> gr.Blocks:
    """Return the Gradio page: one empty element that our browser module fills, and the API beside it."""
    boot = BOOT % {"build": build_id(), "views": json.dumps(views()), "home": DEFAULT}
    with gr.Blocks(title="Lectern", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(html_template="", js_on_load=boot, apply_default_css=False, elem_classes="lectern-mount")
        gr.api(views, api_name="views")
        gr.api(figure_json, api_name="figure", concurrency_limit=4)
    return page


def main() -> None:
    """Start the server; HOST and PORT come from the environment."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    build_page().launch(
        server_name=os.environ.get("HOST", "127.0.0.1" if "SPACE_ID" not in os.environ else "0.0.0.0"),
        server_port=int(os.environ.get("PORT", "7860")),
        app_kwargs={"routes": ROUTES, "middleware": MIDDLEWARE},
        ssr_mode=False,
        footer_links=[],
        head=HEAD % files(),
        favicon_path=ASSETS / "favicon.svg",
    )


if __name__ == "__main__":
    main()
