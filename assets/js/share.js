/**
 * What a lecturer pastes: the frame, and the block for each deck tool. Text in, text out.
 *
 * @typedef {{ address: string, title: string, poster: string }} Shared `address` opens the embedded figure, `poster` is a picture of it
 */

/** @param {string} text */
function attribute(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/**
 * The frame, over a picture of itself: the picture is what is seen while it loads, without a network, and on paper.
 * @param {Shared} shared
 * @param {{ source?: "src" | "data-src", box?: string }} [options]
 */
function frame({ address, title, poster }, { source = "src", box = "position:relative; aspect-ratio:16/9" } = {}) {
  const fill = "position:absolute; inset:0; width:100%; height:100%; max-width:none; max-height:none; margin:0; border:0";
  return [
    `<div class="${source === "src" ? "lectern-frame" : "lectern-frame r-stretch"}" style="${box}">`,
    `  <img src="${attribute(poster)}" alt="${attribute(title)}" style="${fill}; object-fit:contain">`,
    `  <iframe ${source}="${attribute(address)}" title="${attribute(title)}" loading="lazy" allow="clipboard-write; fullscreen" style="${fill}"></iframe>`,
    "  <style>@media print { .lectern-frame iframe { visibility: hidden } }</style>",
    "</div>",
  ].join("\n");
}

/** @type {{ key: string, label: string, hint: string, make(shared: Shared): string }[]} */
export const BLOCKS = [
  { key: "html", label: "Web page", hint: "Any web page, Moodle or Canvas.", make: (shared) => frame(shared) },
  { key: "reveal", label: "reveal.js", hint: "One slide. After a click in the figure the arrow keys step it, then the deck goes on.", make: revealBlock },
  { key: "quarto", label: "Quarto", hint: "Into a .qmd file with format: revealjs.", make: quartoBlock },
  { key: "marp", label: "Marp", hint: "Run marp with --html. The PDF shows the picture.", make: marpBlock },
  { key: "slidev", label: "Slidev", hint: "Into slides.md.", make: slidevBlock },
];

/** @param {Shared} shared */
function revealBlock(shared) {
  return `<section>\n${frame(shared, { source: "data-src", box: "position:relative; height:100%" })}\n</section>`;
}

/** @param {Shared} shared */
function quartoBlock(shared) {
  return `## {background-color="white"}\n\n\`\`\`{=html}\n${frame(shared, { source: "data-src", box: "position:relative; height:100%" })}\n\`\`\``;
}

/** @param {Shared} shared */
function marpBlock(shared) {
  return `---\n\n${frame(shared, { box: "position:absolute; inset:0" })}`;
}

/** @param {Shared} shared */
function slidevBlock({ address, title }) {
  return `---\nlayout: iframe\nurl: ${JSON.stringify(address)}\ntitle: ${JSON.stringify(title)}\n---`;
}

/** What of an embedded figure can be left out. @type {{ part: string, label: string }[]} */
export const PARTS = [
  { part: "title", label: "Question" },
  { part: "lead", label: "Sentence below it" },
  { part: "controls", label: "Controls" },
  { part: "steps", label: "Step bar" },
  { part: "caption", label: "Caption" },
  { part: "arithmetic", label: "Arithmetic" },
  { part: "legend", label: "Colour scale" },
  { part: "link", label: "Link to the full page" },
];

/** Every file of a state, as the server writes it. @type {{ file: string, query?: Record<string, string>, label: string, about: string }[]} */
export const FILES = [
  { file: "pptx", label: "PowerPoint", about: "a slide for each step, with notes" },
  { file: "html", label: "Web file", about: "interactive, works offline" },
  { file: "pdf", label: "PDF", about: "for a hand-out" },
  { file: "svg", label: "SVG", about: "sharp at every size" },
  { file: "png", label: "PNG", about: "as on the screen" },
  { file: "png", query: { scale: "2" }, label: "PNG 2x", about: "for a slide" },
  { file: "png", query: { scale: "4" }, label: "PNG 4x", about: "for print" },
  { file: "tex", label: "TikZ", about: "for Beamer" },
  { file: "csv", label: "CSV", about: "for a spreadsheet" },
  { file: "npz", label: "NPZ", about: "for NumPy" },
  { file: "json", label: "JSON", about: "everything" },
];
