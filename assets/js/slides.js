/** "Use in slides": link, code, frame, files and citation of what is on the screen. */
import { el, listen } from "./kit.js";
import { copyable, openDialog } from "./dialog.js";
import { BLOCKS, FILES, PARTS } from "./share.js";

/**
 * @typedef {object} Sharing
 * @property {string} view
 * @property {string} question
 * @property {string} link the full page at this state
 * @property {(page: Record<string, string>) => string} embedded the address of the frame with such options
 * @property {(name: string, query?: Record<string, string>) => string} file the address of a file of this state
 * @property {string | null} code the address of the QR code; null where the link is too long for one
 * @property {{ add(): number, open(): void, count(): number }} deck
 */

const TYPES = [["", "As large as on the page"], ["l", "Large, for a hall"], ["xl", "Very large"]];
const THEMES = [["", "As the reader's system"], ["light", "Light"], ["dark", "Dark"], ["projector", "Weak projector"]];

/**
 * @param {HTMLElement} root
 * @param {Sharing} shown
 */
export function openSlides(root, shown) {
  const cited = copyable("Citation (BibTeX)", "", 4);
  void fetch(shown.file("bib")).then((answer) => answer.text()).then(cited.set, () => cited.set("The server does not answer."));
  openDialog(root, "Use in slides", [
    el("div", { class: "lp-share" },
      el("div", {}, copyable("Link to exactly this state", shown.link).node, deckRow(shown.deck)),
      codePicture(shown.code)),
    frameSection(shown),
    el("h3", {}, "Files"), fileList(shown),
    cited.node,
  ]);
}

/**
 * The QR code of the link.
 * @param {string | null} code
 */
export function codePicture(code) {
  if (!code) return el("p", { class: "lp-hint" }, "This link is too long for a QR code: shorten the text.");
  return el("img", { class: "lp-qr", src: code, alt: "QR code of the link to this state", width: "148", height: "148" });
}

/** @param {Sharing["deck"]} deck */
function deckRow(deck) {
  const open = el("button", { type: "button", class: "lp-quiet", onclick: deck.open });
  const add = el("button", { type: "button", class: "lp-quiet" }, "Add to deck");
  const said = el("span", { class: "lp-hint", role: "status" });
  const name = (/** @type {number} */ count) => {
    open.textContent = `Open deck (${count})`;
    open.hidden = count === 0;
  };
  listen(add, "click", () => {
    name(deck.add());
    said.textContent = "Added.";
  });
  name(deck.count());
  return el("div", { class: "lp-deck-row" }, add, open, said);
}

/** Which deck tool, how large, what is left out; and the text to paste. @param {Sharing} shown */
function frameSection(shown) {
  const code = copyable("Paste this", "", 6);
  const hint = el("p", { class: "lp-hint" });
  const tool = select("For", BLOCKS.map(({ key, label }) => [key, label]));
  const type = select("Text", TYPES);
  const theme = select("Colours", THEMES);
  const predict = check("Predict first", false);
  const parts = PARTS.map(({ part, label }) => ({ part, ...check(label, true) }));
  const update = () => {
    const hide = parts.filter(({ input }) => !input.checked).map(({ part }) => part).join(",");
    const page = given({ type: type.input.value, theme: theme.input.value, hide, predict: predict.input.checked ? "1" : "" });
    const block = BLOCKS.find(({ key }) => key === tool.input.value) ?? BLOCKS[0];
    code.set(block.make({ address: shown.embedded(page), title: shown.question, poster: shown.file("png", { scale: "2" }) }));
    hint.textContent = block.hint;
  };
  const more = el("details", { class: "lp-more" }, el("summary", {}, "What the frame shows"),
    el("fieldset", { class: "lp-parts" }, el("legend", { class: "lp-label" }, "Leave on"), ...parts.map(({ node }) => node), predict.node));
  const section = el("section", { class: "lp-frame-section", "aria-label": "Frame" },
    el("h3", {}, "Live in a slide"), el("div", { class: "lp-row" }, tool.node, type.node, theme.node), more, code.node, hint);
  listen(section, "change", update);
  update();
  return section;
}

/** @param {Record<string, string>} page */
function given(page) {
  return Object.fromEntries(Object.entries(page).filter(([, value]) => value !== ""));
}

/**
 * @param {string} label
 * @param {string[][]} options
 */
function select(label, options) {
  const input = el("select", { class: "lp-select" }, ...options.map(([value, text]) => el("option", { value }, text)));
  return { input, node: el("label", { class: "lp-control" }, el("span", { class: "lp-label" }, label), input) };
}

/**
 * @param {string} label
 * @param {boolean} on
 */
function check(label, on) {
  const input = el("input", { type: "checkbox", class: "lp-check" });
  input.checked = on;
  return { input, node: el("label", { class: "lp-part" }, input, label) };
}

/** @param {Sharing} shown */
function fileList({ view, file }) {
  const lines = FILES.map(({ file: extension, query = {}, label, about }) => {
    const name = `lectern-${view}${query.scale ? `-${query.scale}x` : ""}.${extension}`;
    const link = el("a", { class: "lp-file-link", href: file(extension, query), download: name }, el("strong", {}, label), ` ${about}`);
    return el("li", {}, link);
  });
  return el("ul", { class: "lp-files" }, ...lines);
}
