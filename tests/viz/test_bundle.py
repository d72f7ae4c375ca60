"""Our browser modules as one script: order, renamed imports, circles, and that node can read it."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from viz import bundle as bundler
from viz.bundle import bundle

JS = Path(__file__).parents[2] / "assets" / "js"
Files = Callable[..., None]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    """Return a function that writes browser modules to a folder of their own."""
    monkeypatch.setattr(bundler, "JS", tmp_path)
    bundle.cache_clear()

    def write(**modules: str) -> None:
        for name, source in modules.items():
            (tmp_path / f"{name.replace('_', '-')}.js").write_text(source)

    return write


@pytest.fixture(autouse=True)
def forget() -> None:
    """Nothing that one test bundled may be there in the next."""
    bundle.cache_clear()


def run(script: str, ending: str = "") -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run([node, "-"], input=script + ending, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_modules_see_what_they_import_and_only_the_entry_is_visible(files: Files) -> None:
    files(
        numbers="export const two = 2;\nexport function twice(n) { return two * n; }\n",
        entry='import { twice } from "./numbers.js";\nexport function start() { return twice(21); }\n',
    )
    assert (
        run(bundle("entry"), "console.log(lectern.start(), typeof twice, Object.keys(lectern).join());")
        == "42 undefined start\n"
    )


def test_imports_may_be_renamed_and_run_over_several_lines(files: Files) -> None:
    files(
        a="export const name = 1;\nexport const other = 2;\n",
        entry='import {\n  name as first,\n  other,\n} from "./a.js";\nexport const sum = first + other;\n',
    )
    assert run(bundle("entry"), "console.log(lectern.sum);") == "3\n"


def test_classes_async_functions_and_generators_are_exports_too(files: Files) -> None:
    files(
        entry="export class Box { side = 3 }\nexport async function later() { return 4; }\n"
        "export function* count() { yield 5; }\nexport async function* slowly() { yield 6; }\nconst hidden = 7;\n"
    )
    script = "console.log(Object.keys(lectern).join(), new lectern.Box().side, [...lectern.count()][0]);"
    assert run(bundle("entry"), script) == "Box,later,count,slowly 3 5\n"


def test_a_module_that_two_others_need_is_there_once_and_first(files: Files) -> None:
    files(
        base="export const things = [];\n",
        left='import { things } from "./base.js";\nthings.push("left");\nexport const l = 1;\n',
        right='import { things } from "./base.js";\nthings.push("right");\nexport const r = 1;\n',
        entry='import { l } from "./left.js";\nimport { r } from "./right.js";\nimport { things } from "./base.js";\n'
        "export const all = things;\nexport const both = l + r;\n",
    )
    script = bundle("entry")
    assert script.count("const things = [];") == 1
    assert run(script, "console.log(lectern.all.join(), lectern.both);") == "left,right 2\n"


def test_modules_that_import_each_other_in_a_circle_are_refused_by_name(files: Files) -> None:
    files(
        a='import { c } from "./c.js";\nexport const a = 1;\n',
        b='import { a } from "./a.js";\nexport const b = 1;\n',
        c='import { b } from "./b.js";\nexport const c = 1;\n',
    )
    with pytest.raises(ValueError, match="in a circle: a -> c -> b -> a"):
        bundle("a")


def test_a_module_that_imports_itself_is_refused(files: Files) -> None:
    files(a='import { a } from "./a.js";\nexport const a = 1;\n')
    with pytest.raises(ValueError, match="a -> a"):
        bundle("a")


@pytest.mark.parametrize("entry", ["standalone", "host"])
def test_node_can_read_the_script_of_a_figure_that_stands_alone(entry: str, tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    (tmp_path / "bundle.mjs").write_text(bundle(entry))
    done = subprocess.run([node, "--check", tmp_path / "bundle.mjs"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_script_of_a_figure_that_stands_alone_offers_its_start() -> None:
    assert json.loads(run(bundle("standalone"), "console.log(JSON.stringify(typeof lectern.start));")) == "function"


def test_comments_of_their_own_lines_stay_behind_and_code_beside_comments_stays(files: Files) -> None:
    files(
        entry="""
/** What it is. */
export function start() {
  // why
  const box = [1];
  /** @type {number[]} */ (box).push(2);
  /*
   * more
   */
  const url = "http://x"; /** last */
  return [box.length, url].join();
}
"""
    )
    script = bundle("entry")
    assert run(script, "console.log(lectern.start());") == "2,http://x\n"
    assert not re.search(r"What it is|why|more", script)


def test_no_import_or_export_is_left_over_and_nothing_ends_the_script_element() -> None:
    script = bundle("standalone")
    assert not re.findall(r"^\s*(import|export)\b.*$", script, re.M)
    assert "</script" not in script.lower()
    assert "<!--" not in script


@pytest.mark.parametrize("path", sorted(JS.glob("*.js")), ids=lambda path: path.stem)
def test_every_module_keeps_to_the_form_that_the_bundle_reads(path: Path) -> None:
    source = path.read_text()
    for line in re.findall(r"^(?:import|export)\b[^;{]*[;{]", source, re.M):
        assert re.match(r"import \{|export (async function\*?|function\*?|class|const) ", line), line
    assert "innerHTML" not in source
    assert "eval(" not in source
    assert not re.search(r"(from|import\()\s*[\"'`]https?:", source)
