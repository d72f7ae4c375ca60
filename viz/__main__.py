"""The command line: `python -m viz list`, `export` and `bake`."""

import argparse
import json
import sys
from pathlib import Path

from models.errors import LecternError
from viz.bake import write
from viz.export import FORMATS, export
from viz.view import draw, execute
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
    data = export(drawn, options.out.suffix.removeprefix(".").lower())
    try:
        options.out.write_bytes(data)
    except OSError as problem:
        raise LecternError(f"{options.out} cannot be written: {problem.strerror}.") from problem
    for notice in drawn.notices:
        sys.stderr.write(f"{notice}\n")


def bake_views(options: argparse.Namespace) -> None:
    """Bake the default figure of every view into assets/baked."""
    for view in VIEWS:
        sys.stdout.write(f"{write(view).name}\n")


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
    exporting.set_defaults(command=export_view)
    baking = commands.add_parser("bake", help="bake the default figures, after a change to models or views")
    baking.set_defaults(command=bake_views)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
