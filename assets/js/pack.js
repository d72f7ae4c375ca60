/**
 * The packed wire format: uint32 length of the header, the header as UTF-8 JSON, zeros up to a multiple of 8, then the
 * arrays, each aligned to 8. In the header an array stands as {"$array": [dtype, shape, offset]}.
 *
 * @typedef {import("./spec.js").Packed} Packed
 */

const ALIGN = 8;

/** @type {Record<string, { new (buffer: ArrayBufferLike, offset: number, length: number): import("./spec.js").Numbers }>} */
const KINDS = { f8: Float64Array, f4: Float32Array, u1: Uint8Array, i4: Int32Array };

/**
 * The header of a packed response, every array reference replaced by `{shape, data}`. The arrays are views: no copy.
 * @param {ArrayBuffer} buffer
 * @returns {any}
 */
export function unpack(buffer) {
  if (buffer.byteLength < 4) throw new Error("The figure's data ends before its header begins.");
  const length = new DataView(buffer).getUint32(0, true);
  if (4 + length > buffer.byteLength) throw new Error("The figure's data ends inside its header.");
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return restore(header, buffer, aligned(4 + length));
}

/**
 * The inverse of `unpack`: plain objects in which arrays stand as `{shape, data}`.
 * @param {unknown} thing
 * @returns {ArrayBuffer}
 */
export function pack(thing) {
  /** @type {Uint8Array[]} */
  const arrays = [];
  const header = new TextEncoder().encode(JSON.stringify(refer(thing, arrays)));
  const base = aligned(4 + header.length);
  const total = arrays.reduce((sum, part) => sum + aligned(part.length), base);
  const bytes = new Uint8Array(total);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  arrays.reduce((at, part) => (bytes.set(part, at), at + aligned(part.length)), base);
  return bytes.buffer;
}

/** @param {number} length */
function aligned(length) {
  return Math.ceil(length / ALIGN) * ALIGN;
}

/**
 * @param {any} node
 * @param {ArrayBuffer} buffer
 * @param {number} base
 * @returns {any}
 */
function restore(node, buffer, base) {
  if (Array.isArray(node)) return node.map((part) => restore(part, buffer, base));
  if (node === null || typeof node !== "object") return node;
  if ("$array" in node) return view(node.$array, buffer, base);
  return Object.fromEntries(Object.entries(node).map(([key, part]) => [key, restore(part, buffer, base)]));
}

/**
 * @param {[string, number[], number]} reference
 * @param {ArrayBuffer} buffer
 * @param {number} base
 * @returns {Packed}
 */
function view([kind, shape, offset], buffer, base) {
  const Kind = KINDS[kind];
  if (!Kind) throw new Error(`The figure's data has an array of the unknown kind ${kind}.`);
  const length = shape.reduce((product, side) => product * side, 1);
  return { shape, data: new Kind(buffer, base + offset, length) };
}

/**
 * @param {any} node
 * @param {Uint8Array[]} arrays
 * @returns {any}
 */
function refer(node, arrays) {
  if (Array.isArray(node)) return node.map((part) => refer(part, arrays));
  if (node === null || typeof node !== "object") return node;
  if (ArrayBuffer.isView(node.data)) return reference(node, arrays);
  return Object.fromEntries(Object.entries(node).map(([key, part]) => [key, refer(part, arrays)]));
}

/**
 * @param {Packed} packed
 * @param {Uint8Array[]} arrays
 */
function reference({ shape, data }, arrays) {
  const kind = Object.keys(KINDS).find((name) => data.constructor === KINDS[name]);
  if (!kind) throw new Error("Only arrays of float32, int32 and uint8 can be packed.");
  const offset = arrays.reduce((sum, part) => sum + aligned(part.length), 0);
  arrays.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { $array: [kind, shape, offset] };
}
