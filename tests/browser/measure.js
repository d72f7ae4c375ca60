/** Measurements on the page as it is drawn. Each returns what is wrong, a line for each thing. */

const shownText = () => {
  const walker = document.createTreeWalker(document.querySelector(".lectern"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    const visible = parent.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    if (walker.currentNode.nodeValue.trim() && visible && !spokenOnly(parent)) found.push(walker.currentNode);
  }
  return found;
};

const spokenOnly = (node) => {
  const { width, height } = node.getBoundingClientRect();
  return width <= 1 || height <= 1;
};

const said = (node) => `“${(node.nodeValue ?? node.textContent ?? "").trim().slice(0, 30)}” in ${(node.parentElement ?? node).outerHTML.slice(0, 90)}`;

/** Text below a size in CSS pixels. */
const smallText = (least) =>
  shownText()
    .map((text) => [Number.parseFloat(getComputedStyle(text.parentElement).fontSize), text])
    .filter(([size]) => size < least - 0.01)
    .map(([size, text]) => `${size.toFixed(1)} px: ${said(text)}`);

/** What can be pressed and is smaller than a side in CSS pixels. */
const smallTargets = (least) =>
  [...document.querySelectorAll(".lectern :is(button, a[href], input, select, textarea, summary, [role=button])")]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }))
    .map((node) => [node.getBoundingClientRect(), node])
    .filter(([{ width, height }]) => Math.min(width, height) < least - 0.5)
    .map(([{ width, height }, node]) => `${width.toFixed(0)}×${height.toFixed(0)}: ${node.outerHTML.slice(0, 90)}`);

const channels = (colour) => {
  const parts = colour.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  const scale = colour.startsWith("color(") ? 255 : 1;
  return [parts[0] * scale, parts[1] * scale, parts[2] * scale, parts[3] ?? 1];
};
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
const luminance = (colour) => {
  const [r, g, b] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrastOf = (one, other) => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};

/** The colours that may lie behind an element: its own, those of what it stands on, and the ends of a gradient. */
const grounds = (node) => {
  const layers = [];
  for (let at = node; at; at = at.parentElement) {
    const { backgroundColor, backgroundImage } = getComputedStyle(at);
    const own = channels(backgroundColor);
    const stripes = at.classList.contains("lx-masked") ? (backgroundImage.match(/rgba?\([^)]*\)/g) ?? []).map(channels) : [];
    layers.push(stripes.length ? stripes : [own]);
    if (layers[layers.length - 1].some((colour) => colour[3] === 1)) break;
  }
  return layers.reverse().reduce((below, above) => above.flatMap((colour) => below.map((ground) => over(colour, ground))), [[255, 255, 255, 1]]);
};

/** Text whose contrast with what is behind it is below a ratio; what cannot be pressed now is not meant to stand out. */
const faintText = (least) =>
  shownText()
    .filter((text) => !text.parentElement.closest("[aria-disabled=true], :disabled, .is-pending, svg"))
    .flatMap((text) => {
      const ink = channels(getComputedStyle(text.parentElement).color);
      const worst = Math.min(...grounds(text.parentElement).map((ground) => contrastOf(over(ink, ground), ground)));
      return worst < least - 0.01 ? [`${worst.toFixed(2)}: ${said(text)}`] : [];
    });

/** What has the focus, and whether that can be seen. */
const focusPlace = () => {
  const node = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(node);
  const chapter = node.dataset.key ? `chapter:${node.dataset.key}` : null;
  const name = node.dataset.focus ?? chapter ?? (node === document.body ? "BODY" : node.outerHTML.slice(0, 80));
  return { name, visible: outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 };
};
