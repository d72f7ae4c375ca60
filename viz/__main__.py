"""The command line: `python -m viz list`, `export`, `site` and `bake`."""

import argparse
import json
import sys
from pathlib import Path

from models.errors import LecternError
from viz.bake import write
from viz.export import FORMATS, export
from viz.sheet.palette import THEMES
from viz.sheet.slide import PLAIN, SCALES, Options
from viz.view import Drawn, View, draw, execute
from viz.views import VIEWS, find


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status; what cannot be done is said in one sentence."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except LecternError as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    return 0


def list_views(options: argparse.Namespace) -> None:
    """Write the views: a line each, or JSON."""
    rows = [{"key": v.key, "title": v.title, "topic": v.chapter, "question": v.question} for v in VIEWS]
    lines = [f"{row['key']:<24}{row['topic']:<16}{row['question']}" for row in rows]
    sys.stdout.write((json.dumps(rows, indent=1) if options.json else "\n".join(lines)) + "\n")


def export_view(options: argparse.Namespace) -> None:
    """Write a view at a state to a file; its ending says which kind."""
    drawn = draw(find(options.view), options.state, execute)
    chosen = Options(options.address, options.theme, options.scale)
    data = export(drawn, options.out.suffix.removeprefix(".").lower(), chosen)
    try:
        options.out.write_bytes(data)
    except OSError as problem:
        raise LecternError(f"{options.out} cannot be written: {problem.strerror}.") from problem
    for notice in drawn.notices:
        sys.stderr.write(f"{notice}\n")


def _default(view: View) -> Drawn | None:
    """Return a view at its default; None, and a sentence, where its model is not here."""
    try:
        return draw(view, "", execute)
    except LecternError as problem:
        sys.stderr.write(f"{view.key} is left out. {problem}\n")
        return None


def bake_views(options: argparse.Namespace) -> None:
    """Bake the default figure of every view into assets/baked, and its cards into assets/cards."""
    from viz.cards import write_cards

    for view in VIEWS:
        drawn = draw(view, "", execute)
        for path in [write(view), *write_cards(drawn)]:
            sys.stdout.write(f"{path.name}\n")


def write_site_(options: argparse.Namespace) -> None:
    """Write every view at its default as static pages."""
    from viz.site import write_site

    every = [drawn for drawn in map(_default, VIEWS) if drawn]
    try:
        for page in write_site(options.folder, every, options.address):
            sys.stdout.write(f"{page}\n")
    except OSError as problem:
        raise LecternError(f"{options.folder} cannot be written: {problem.strerror}.") from problem


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m viz", description="Lectern's figures without the page.")
    commands = parser.add_subparsers(required=True)
    listing = commands.add_parser("list", help="list the views")
    listing.add_argument("--json", action="store_true", help="as JSON")
    listing.set_defaults(command=list_views)
    exporting = commands.add_parser("export", help=f"write a view to a file ending in .{', .'.join(FORMATS)}")
    exporting.add_argument("view", metavar="VIEW")
    exporting.add_argument("out", metavar="OUT", type=Path)
    exporting.add_argument("--state", default="", help="the state as a query string: 'text=...&layer=3'")
    exporting.add_argument("--theme", default=PLAIN.theme, choices=THEMES, help="the colours of pictures")
    exporting.add_argument("--scale", default=PLAIN.scale, type=int, choices=SCALES, help="pixels for a unit of a .png")
    exporting.add_argument("--address", default=PLAIN.address, help="where the page is, for the link in the caption")
    exporting.set_defaults(command=export_view)
    site = commands.add_parser("site", help="write every view at its default as static pages with an index")
    site.add_argument("folder", metavar="DIR", type=Path)
    site.add_argument("--address", default="", help="where they will be served, for previews and search engines")
    site.set_defaults(command=write_site_)
    baking = commands.add_parser("bake", help="bake the default figures, after a change to models or views")
    baking.set_defaults(command=bake_views)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
