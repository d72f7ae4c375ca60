import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { contrast, inkOn, luminance, mix, shader } from "../../assets/js/colours.js";

const CSS = readFileSync(new URL("../../assets/css/tokens.css", import.meta.url), "utf8");

/** The colours declared in every block of tokens.css whose selector holds a text. */
function block(selector) {
  const at = CSS.indexOf(`${selector} {`);
  assert.ok(at >= 0, `tokens.css has no block ${selector}`);
  const body = CSS.slice(at, CSS.indexOf("}", at));
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex]));
}

const LIGHT = block(".lectern");
const THEMES = {
  light: LIGHT,
  dark: { ...LIGHT, ...block('.lectern[data-theme="dark"]') },
  projector: { ...LIGHT, ...block('.lectern[data-theme="projector"]') },
};

test("luminance and contrast agree with the values that WCAG states", () => {
  assert.equal(luminance("#ffffff"), 1);
  assert.equal(luminance("#000000"), 0);
  assert.equal(contrast("#000000", "#ffffff"), 21);
  assert.ok(Math.abs(contrast("#777777", "#ffffff") - 4.48) < 0.01);
});

test("the dark colours are the same whether the reader or the system asks for them", () => {
  assert.deepEqual(block('.lectern[data-theme="auto"]'), block('.lectern[data-theme="dark"]'));
});

for (const [name, colours] of Object.entries(THEMES)) {
  const least = name === "projector" ? 7 : 4.5;

  test(`in the ${name} theme every ink reads on every ground`, () => {
    for (const ink of ["ink", "soft", "accent", "query", "key", "value", "warn"]) {
      for (const ground of ["paper", "raised"]) {
        const found = contrast(colours[ink], colours[ground]);
        assert.ok(found >= least, `${ink} on ${ground}: ${found.toFixed(2)}`);
      }
    }
    assert.ok(contrast(colours["on-accent"], colours.accent) >= least);
  });

  test(`in the ${name} theme −∞ reads on both stripes of the hatching`, () => {
    for (const stripe of ["hatch-a", "hatch-b"]) assert.ok(contrast(colours.soft, colours[stripe]) >= least, stripe);
  });

  test(`in the ${name} theme every series of a plot stands out from the paper`, () => {
    for (let index = 0; index < 8; index += 1) assert.ok(contrast(colours[`series-${index}`], colours.paper) >= 4.5, `series-${index}`);
  });

  test(`in the ${name} theme the digits of a cell read at every value of both scales`, () => {
    for (const colour of ["weight", "signed"]) {
      const shade = shader(colours, { colour, low: colour === "weight" ? 0 : -1, high: 1 });
      for (let step = colour === "weight" ? 0 : -100; step <= 100; step += 1) {
        const { background, ink } = shade(step / 100);
        assert.ok(contrast(background, ink) >= least, `${colour} ${step / 100}: ${contrast(background, ink).toFixed(2)}`);
      }
    }
  });
}

test("ink is readable on any colour at all", () => {
  for (let step = 0; step <= 255; step += 1) {
    const grey = `#${step.toString(16).padStart(2, "0").repeat(3)}`;
    assert.ok(contrast(inkOn(grey), grey) >= 4.5, grey);
  }
});

test("a signed scale has its middle at zero even where its ends are uneven", () => {
  const shade = shader(LIGHT, { colour: "signed", low: -1, high: 4 });
  assert.equal(shade(0).background, LIGHT["signed-mid"]);
  assert.equal(shade(4).background, LIGHT["signed-high"]);
  assert.equal(shade(-1).background, mix(LIGHT["signed-mid"], LIGHT["signed-low"], 0.25));
});

test("a masked cell is told apart without colour", () => {
  assert.equal(shader(LIGHT, { colour: "weight", low: 0, high: 1 })(-Infinity).masked, true);
});
