"""The page and the server: the only place that imports gradio.

The page is one `gr.HTML` whose browser module (assets/js/host.js) asks the routes below for figures. A figure's address
is its whole input, so answers can be cached anywhere and two people can never see each other's numbers.
"""

import json
import logging
import os
import re
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl

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
from models.lru import ByteBudget
from viz.bake import baked, build_id
from viz.bundle import bundle
from viz.deck import DECKS, read_deck, write_deck
from viz.export import FORMATS, export
from viz.home import home
from viz.pack import jsonable, pack
from viz.plotly_js import plotly_js
from viz.qr import qr_png, qr_svg
from viz.sheet.slide import read_options
from viz.slices import arc_slice, cell_slice, head_slice
from viz.view import Drawn, draw, execute, link_to
from viz.views import DEFAULT, VIEWS, find

LOG = logging.getLogger("lectern")
ASSETS = Path(__file__).resolve().parent / "assets"
ROUTE = "/gradio_api/lectern"
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
FRESH = {"Cache-Control": "no-cache"}
LONGEST_BODY = 8_000_000
LONGEST_HEARD = 64_000_000
# Compressing a part of a figure takes longer than computing it, so it is sent as it is.
PACKED = {"Content-Encoding": "identity"}
SLICES: ByteBudget[tuple[str, str, str], bytes] = ByteBudget(64 * 2**20)

Answer = Callable[[Request, str], Response]

for_visitors = partial(execute, public=True)


def drawn(key: str, query: str) -> Drawn:
    """Return a view at the state of a query string, see `viz.view.draw`."""
    return draw(find(key), query, for_visitors)


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
    """Return the body of a POST as the query string it is; raises a sentence where it is too long, or no text.

    What is too long is read to its end all the same, within reason: who is still sending does not hear an answer.
    """
    body, size = bytearray(), 0
    async for part in request.stream():
        size += len(part)
        if size <= LONGEST_BODY:
            body += part
        elif size > LONGEST_HEARD:
            break
    if size > LONGEST_BODY:
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


def sliced(part: str) -> Answer:
    """Return a route that answers with a part of an attention figure; what was asked for lately comes from memory."""

    def answer(request: Request, query: str) -> Response:
        key = request.path_params["view"]
        asked = (part, key, query)

        def make() -> tuple[bytes, int]:
            data = pack(SLICED[part](find(key), query, for_visitors))
            return data, len(data) + len(query)

        headers = PACKED | caching(request)
        return Response(SLICES.load(asked, make), media_type="application/octet-stream", headers=headers)

    return answer


def exported(request: Request, query: str) -> Response:
    """Answer with a view as a file: the same formats as `python -m viz export`."""
    key, extension = request.path_params["view"], request.path_params["extension"]
    data = export(drawn(key, query), extension, read_options(query, address(request)))
    name = {"Content-Disposition": f'attachment; filename="lectern-{key}.{extension}"'}
    return Response(data, media_type=FORMATS[extension].media_type, headers=name | FRESH)


def deck(request: Request, query: str) -> Response:
    """Answer with several states as one file; the query string holds a link each, as `s`."""
    extension = request.path_params["extension"]
    data = write_deck(read_deck(query, for_visitors), extension, read_options(query, address(request)))
    name = {"Content-Disposition": f'attachment; filename="lectern-deck.{extension}"'}
    return Response(data, media_type=DECKS[extension].media_type, headers=name | FRESH)


def qr(request: Request, query: str) -> Response:
    """Answer with the QR code of the link to a state; nothing is drawn for it."""
    view, extension = find(request.path_params["view"]), request.path_params["extension"]
    if extension not in QR:
        raise LecternError(f"A QR code is an .svg or a .png, not a .{extension[:20]}.")
    state, _ = view.state.read(query)
    link = f"{address(request)}?{link_to(view, state)}"
    media_type, write = QR[extension]
    return Response(write(link), media_type=media_type, headers=FRESH)


HOST_NAME = re.compile(r"[\w.-]+(:\d+)?|\[[\da-fA-F:]+\](:\d+)?")
QR = {"svg": ("image/svg+xml", qr_svg), "png": ("image/png", qr_png)}


def address(request: Request) -> str:
    """Return where people find the page: what LECTERN_ADDRESS says, or what they asked for, proxies seen through."""
    told = os.environ.get("LECTERN_ADDRESS")
    if told:
        return told
    base = request.base_url
    host = request.headers.get("x-forwarded-host", base.netloc).split(",")[0].strip()
    scheme = request.headers.get("x-forwarded-proto", base.scheme).split(",")[0].strip()
    if scheme not in ("http", "https") or not HOST_NAME.fullmatch(host):
        return str(base)
    return str(base.replace(scheme=scheme, netloc=host))


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


def home_told(request: Request) -> Response:
    """Answer with what the start page says of each view, and the guided tour."""
    return JSONResponse(home(), headers=caching(request))


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


SLICED: dict[str, Callable[..., dict[str, object]]] = {"head": head_slice, "arcs": arc_slice, "cell": cell_slice}
READ = ["GET", "POST"]
ROUTES = [
    Route(f"{ROUTE}/figure/{{view}}", sentences(figure), methods=READ),
    *(Route(f"{ROUTE}/{part}/{{view}}", sentences(sliced(part)), methods=READ) for part in SLICED),
    Route(f"{ROUTE}/export/{{view}}.{{extension}}", sentences(exported), methods=READ),
    Route(f"{ROUTE}/deck.{{extension}}", sentences(deck), methods=READ),
    Route(f"{ROUTE}/qr/{{view}}.{{extension}}", sentences(qr), methods=READ),
    Route(f"{ROUTE}/progress", progress),
    Route(f"{ROUTE}/catalogue", catalogue),
    Route(f"{ROUTE}/home", home_told),
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
                MutableHeaders(scope=message).append("Link", early_links(scope["query_string"].decode("latin-1")))
            await send(message)

        is_page = scope["type"] == "http" and scope["path"] == "/"
        await self.app(scope, receive, linked if is_page else send)


# What the page keeps to itself, as assets/js/address.js has it: every other key is part of the figure's address.
OF_THE_PAGE = ("embed", "theme", "type", "hide", "predict", "tour")


def early_links(query: str) -> str:
    """Return the `Link` header of the page at a query string: module, styles, start page or default figure."""
    asked = dict(parse_qsl(query, keep_blank_values=True))
    links = [f"<{files()}/js/lectern.js>; rel=modulepreload", f"<{files()}/css/lectern.css>; rel=preload; as=style"]
    view = asked.get("view", DEFAULT if "embed" in asked else "")
    if set(asked) <= {"v", "view", *OF_THE_PAGE} and (not view or any(view == known.key for known in VIEWS)):
        needed = f"figure/{view}" if view else "home"
        links.append(f"<gradio_api/lectern/{needed}?build={build_id()}>; rel=preload; as=fetch; crossorigin=anonymous")
    return ", ".join(links)


class Remembered:
    """Answers at once with a part of a figure that was asked for lately, past everything else: a third of the cost."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or as the app does."""
        data = remembered(scope) if scope["type"] == "http" and scope["method"] == "GET" else None
        if data is None:
            return await self.app(scope, receive, send)
        headers = PACKED | caching(Request(scope))
        answer = Response(data, media_type="application/octet-stream", headers=headers)
        return await answer(scope, receive, send)


def remembered(scope: Scope) -> bytes | None:
    """Return the answer to this address if it is still known."""
    if not scope["path"].startswith(f"{ROUTE}/"):
        return None
    part, _, view = scope["path"][len(ROUTE) + 1 :].partition("/")
    return SLICES.get((part, view, scope["query_string"].decode("latin-1"))) if part in SLICED else None


MIDDLEWARE = [Middleware(Remembered), Middleware(Early), Middleware(GZipMiddleware, minimum_size=1024, compresslevel=4)]


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
