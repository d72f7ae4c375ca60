"""axe-core finds no barrier: on the page, on the start page, in frames and in files, for every view in every theme."""

from pathlib import Path
from urllib.parse import urlencode

from tests.browser.reader import DRAWN, Reader
from tests.browser.server import Server
from viz.site import write_site
from viz.view import draw, execute
from viz.views import VIEWS, find

AXE = Path(__file__).parents[1] / "js" / "node_modules" / "axe-core" / "axe.min.js"

VIOLATIONS = """async (rules) => {
  const experimental = { "label-content-name-mismatch": { enabled: true } };
  const options = rules ? { runOnly: { type: "rule", values: rules } } : { rules: experimental };
  const { violations } = await axe.run(".lectern", { resultTypes: ["violations"], ...options });
  return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3)
    .map(({ target, failureSummary }) => `${id} ${target} ${failureSummary}`));
}"""

ANYWHERE = VIOLATIONS.replace('axe.run(".lectern"', "axe.run(document")


def test_axe_finds_no_barrier_in_any_view_in_any_theme(reader: Reader):
    """One page for all views; colours are looked at in every theme, everything else once."""
    reader.open(view=VIEWS[0].key)
    reader.page.add_script_tag(path=str(AXE))
    found = []
    for view in VIEWS:
        if reader.state()["view"] != view.key:
            with reader.redrawn():
                reader.page.locator(f'.lp-chapters a[data-key="{view.key}"]').click()
        for theme, rules in (("light", None), ("dark", ["color-contrast"]), ("projector", ["color-contrast"])):
            reader.page.evaluate("(theme) => { document.querySelector('.lectern').dataset.theme = theme; }", theme)
            found += [f"{view.key} {theme} {wrong}" for wrong in reader.page.evaluate(VIOLATIONS, rules)]
    reader.page.get_by_role("button", name="Use in slides").click()
    found += reader.page.evaluate(VIOLATIONS, None)
    assert found == []


def test_axe_finds_no_barrier_on_the_start_page(reader: Reader):
    reader.open()
    reader.page.add_script_tag(path=str(AXE))
    found = []
    for theme in ("light", "dark", "projector"):
        reader.page.evaluate("(theme) => { document.querySelector('.lectern').dataset.theme = theme; }", theme)
        found += [f"{theme} {wrong}" for wrong in reader.page.evaluate(VIOLATIONS, None)]
    assert found == []


def test_axe_finds_no_barrier_in_a_frame_of_any_view(reader: Reader):
    found = []
    for view in VIEWS:
        reader.open(view=view.key, embed=1, predict=1)
        found += barriers(reader, view.key)
    assert found == []


def test_axe_finds_no_barrier_in_a_file_of_any_view(visit, server: Server, tmp_path: Path):
    reader = visit(offline=True)
    reader.own = ()
    found = []
    for view in VIEWS:
        file = tmp_path / f"{view.key}.html"
        file.write_bytes(server.get(f"export/{view.key}.html")[1])
        reader.page.goto(file.as_uri())
        reader.page.wait_for_selector(DRAWN, timeout=60_000)
        found += barriers(reader, f"{view.key}.html")
    assert found == []


def test_axe_finds_no_barrier_in_a_deck_and_on_the_pages_of_a_site(visit, server: Server, tmp_path: Path):
    states = ["view=masked-scores&step=2", "view=attention", "view=contextual-embeddings"]
    deck = tmp_path / "deck.html"
    deck.write_bytes(server.get(f"deck.html?{urlencode([('s', state) for state in states])}")[1])
    site = write_site(tmp_path / "site", [draw(find("masked-scores"), "", execute)], "")
    reader = visit(offline=True)
    reader.own = ()
    found = []
    for file in (deck, *site):
        for scheme in ("light", "dark"):
            reader.page.emulate_media(color_scheme=scheme)
            reader.page.goto(file.as_uri())
            reader.page.wait_for_load_state("networkidle")
            reader.page.add_script_tag(path=str(AXE))
            found += [f"{file.name} {scheme} {wrong}" for wrong in reader.page.evaluate(ANYWHERE)]
    assert found == []


def barriers(reader: Reader, name: str) -> list[str]:
    """Return what axe finds on a page that is open: everything in light, contrast in the other themes."""
    reader.page.add_script_tag(path=str(AXE))
    found = []
    for theme, rules in (("light", None), ("dark", ["color-contrast"]), ("projector", ["color-contrast"])):
        reader.page.evaluate("(theme) => { document.querySelector('.lectern').dataset.theme = theme; }", theme)
        found += [f"{name} {theme} {wrong}" for wrong in reader.page.evaluate(VIOLATIONS, rules)]
    return found
