"""Our browser modules as one script, for figures that leave the server. No bundler: the modules keep to a simple form.

Each module imports with `import { a, b } from "./other.js";` and exports with `export function`, `export class` or
`export const`. It becomes a function that returns its exports. Comments on lines of their own stay behind.
"""

import re
from functools import cache
from pathlib import Path

JS = Path(__file__).parent.parent / "assets" / "js"
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+)\.js";\n', re.M)
COMMENT = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)\n", re.M | re.S)
EXPORT = re.compile(r"^export (?=(?:async function\*?|function\*?|class|const) +(\w+))", re.M)


@cache
def bundle(entry: str) -> str:
    """Return a script in which `lectern` holds the exports of a module of assets/js (its name without `.js`)."""
    names = _in_order(entry)
    modules = "\n".join(_module(name) for name in names)
    return f"const lectern = (() => {{\n{modules}\nreturn {_variable(entry)};\n}})();\n"


def _in_order(entry: str) -> list[str]:
    order: list[str] = []

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise ValueError(f"browser modules import each other in a circle: {' -> '.join([*path, name])}")
        for needed in (match[1] for match in IMPORT.findall(_source(name))):
            visit(needed, (*path, name))
        if name not in order:
            order.append(name)

    visit(entry, ())
    return order


def _module(name: str) -> str:
    source = _source(name)
    exports = ", ".join(EXPORT.findall(source))
    body = IMPORT.sub(lambda m: f"const {{{_renamed(m[1])}}} = {_variable(m[2])};\n", source)
    body = COMMENT.sub("", EXPORT.sub("", body))
    return f"const {_variable(name)} = (() => {{\n{body}\nreturn {{ {exports} }};\n}})();"


def _renamed(names: str) -> str:
    return re.sub(r"\b(\w+) as (\w+)\b", r"\1: \2", names)


def _variable(name: str) -> str:
    return f"$module_{name.replace('-', '_')}"


def _source(name: str) -> str:
    return (JS / f"{name}.js").read_text()
