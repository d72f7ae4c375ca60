import { test } from "node:test";
import assert from "node:assert/strict";
import { pack, unpack } from "../../assets/js/pack.js";

/** Bytes written by hand from the format's description, so that reading and writing are not only each other's mirror. */
function byHand() {
  const header = '{"weights":{"$array":["f4",[1,2],0]},"levels":[{"$array":["u1",[3],8]}]}';
  const start = Math.ceil((4 + header.length) / 8) * 8;
  const bytes = new Uint8Array(start + 16);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(new TextEncoder().encode(header), 4);
  new DataView(bytes.buffer).setFloat32(start, 0.25, true);
  new DataView(bytes.buffer).setFloat32(start + 4, -Infinity, true);
  bytes.set([1, 2, 255], start + 8);
  return bytes.buffer;
}

test("a response written by hand is read with every array in its place", () => {
  const { weights, levels } = unpack(byHand());
  assert.deepEqual(weights.shape, [1, 2]);
  assert.deepEqual([...weights.data], [0.25, -Infinity]);
  assert.deepEqual([...levels[0].data], [1, 2, 255]);
});

test("what is packed is unpacked unchanged, text and empty arrays included", () => {
  const thing = {
    text: "␣chat → “Ton”", none: null, list: [1, { deep: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } }],
    ids: { shape: [3], data: Int32Array.of(-1, 0, 70000) }, empty: { shape: [0, 4], data: new Uint8Array(0) },
  };
  assert.deepEqual(unpack(pack(thing)), thing);
});

test("arrays are views of the response and no copies", () => {
  const buffer = byHand();
  assert.equal(unpack(buffer).weights.data.buffer, buffer);
});

test("a response that was cut off is refused with a sentence", () => {
  assert.throws(() => unpack(new ArrayBuffer(2)), /ends before its header/);
  assert.throws(() => unpack(byHand().slice(0, 20)), /ends inside its header/);
});
