/** Every step of every figure of the frame: what `frame()` finds wrong there, and where that was. */

const rested = () => new Promise((done) => setTimeout(done, 150));
const shownOf = (selector) => [...document.querySelectorAll(selector)].filter((node) => node.checkVisibility());
const now = () => shownOf(".lx-dot.is-now").map((node) => node.title).join();
async function walked() {
  const found = [];
  const figures = shownOf(".lp-turn .lp-quiet");
  for (let at = 0; at < Math.max(1, figures.length); at += 1) {
    figures[at]?.click();
    await rested();
    for (let step = 1; step < 40; step += 1) {
      found.push({ ...frame(), at: `figure ${at + 1}, step ${step}` });
      const next = shownOf(".lx-steps .lx-primary")[0];
      if (!next || next.getAttribute("aria-disabled") === "true") break;
      const before = now();
      next.click();
      await rested();
      if (before && now() === before) return [...found, { ...frame(), wrong: [`Next stays at ${before}`], at: "" }];
    }
  }
  return found;
}
