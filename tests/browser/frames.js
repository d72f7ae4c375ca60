/** In a frame: what rolls, what leaves the frame, what lies on top of something else, and how small the smallest text is. */

const sizeOf = (text) => {
  const parent = text.parentElement;
  const size = Number.parseFloat(getComputedStyle(parent).fontSize);
  const svg = parent.closest("svg");
  const { a = 1, b = 0 } = (svg && parent.getScreenCTM?.()) || {};
  return size * Math.hypot(a, b);
};
const rectsOf = (text) => {
  const range = document.createRange();
  range.selectNodeContents(text);
  const boxes = clippers(text.parentElement).map((node) => node.getBoundingClientRect());
  return [...range.getClientRects()].map((rect) => boxes.reduce(within, rect)).filter(({ left, right, top, bottom }) => right - left > 1 && bottom - top > 1);
};
/** What ends with dots on purpose cuts off the rest of its text. */
const clippers = (node) => (node.closest(".lp-main") && node !== document.body ? [...(getComputedStyle(node).textOverflow === "ellipsis" ? [node] : []), ...clippers(node.parentElement)] : []);
const within = (a, b) => ({ left: Math.max(a.left, b.left), right: Math.min(a.right, b.right), top: Math.max(a.top, b.top), bottom: Math.min(a.bottom, b.bottom) });
const frameText = () => shownText().filter((text) => getComputedStyle(text.parentElement).color !== "rgba(0, 0, 0, 0)" && !text.parentElement.closest("[inert], .lx-live"));
const smallestText = () => frameText().map((text) => [sizeOf(text), said(text)]).sort(([one], [other]) => one - other)[0] ?? [Infinity, ""];
const rolling = () => {
  const nodes = [document.scrollingElement, ...document.querySelectorAll(".lectern, .lectern *")].filter((node) => node.checkVisibility());
  return nodes.flatMap((node) => {
    const { overflowX, overflowY } = getComputedStyle(node);
    const free = (how) => node === document.scrollingElement || /auto|scroll/.test(how);
    const wide = free(overflowX) && node.scrollWidth > node.clientWidth + 1 ? node.scrollWidth - node.clientWidth : 0;
    const tall = free(overflowY) && node.scrollHeight > node.clientHeight + 1 ? node.scrollHeight - node.clientHeight : 0;
    return wide || tall ? [`${wide}x${tall} px more in ${node.className || node.tagName}`] : [];
  });
};
const outside = () => frameText().filter((text) => rectsOf(text).some(({ left, top, right, bottom }) => left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1)).map((t) => `outside: ${said(t)}`);
const cutOff = () => {
  const main = document.querySelector(".lp-main");
  const wrong = [];
  for (const node of [main, ...main.querySelectorAll("*")]) {
    if (!node.checkVisibility() || node.closest("svg, input, select")) continue;
    const style = getComputedStyle(node);
    if (style.textOverflow === "ellipsis" || style.display === "inline") continue;
    const { width, height } = node.getBoundingClientRect();
    if (width <= 1 || height <= 1) continue;
    if (/hidden|clip/.test(style.overflowX) && node.scrollWidth > node.clientWidth + 2) if (!node.matches(".is-paged")) wrong.push(`cut ${node.scrollWidth - node.clientWidth} px wide: ${node.className || node.tagName}`);
    if (/hidden|clip/.test(style.overflowY) && node.scrollHeight > node.clientHeight + 2) if (!node.matches(".is-paged")) wrong.push(`cut ${node.scrollHeight - node.clientHeight} px high: ${node.className || node.tagName}`);
  }
  return wrong;
};
/** Words on top of other words, by more than a few pixels. */
const overlapping = () => {
  const parts = frameText().flatMap((text) => rectsOf(text).map((rect) => [text, shrunk(rect, text)]));
  const wrong = [];
  for (let i = 0; i < parts.length && wrong.length < 4; i += 1) {
    for (let j = i + 1; j < parts.length; j += 1) {
      const [[one, a], [other, b]] = [parts[i], parts[j]];
      if (one === other) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const tall = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 2 && tall > 2) { wrong.push(`${said(one)} over ${said(other)}`); break; }
    }
  }
  return wrong;
};
const shrunk = ({ left, right, top, bottom }, text) => {
  const less = sizeOf(text) * 0.2;
  const lines = Math.min(less, (bottom - top) / 3);
  return { left, right, top: top + lines, bottom: bottom - lines };
};
const frame = () => ({ rolls: rolling(), wrong: [...outside(), ...cutOff(), ...overlapping()], smallest: smallestText() });
