/** A picture of one's own as a small grey one, in the browser. */

export const PICTURE_SIDE = 48;

/**
 * Scales a picture down to at most 48 pixels a side and returns `WIDTHxHEIGHT.base64url` of its grey bytes.
 * @param {Blob} file
 */
export async function readPicture(file) {
  const bitmap = await createImageBitmap(file);
  const shrink = Math.min(1, PICTURE_SIDE / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * shrink));
  const height = Math.max(1, Math.round(bitmap.height * shrink));
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot draw.");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return `${width}x${height}.${base64url(grey(context.getImageData(0, 0, width, height).data))}`;
}

/**
 * Luma by ITU-R BT.601, as image libraries make a colour picture grey.
 * @param {Uint8ClampedArray} pixels red, green, blue, alpha
 */
export function grey(pixels) {
  const bytes = new Uint8Array(pixels.length / 4);
  for (let i = 0; i < bytes.length; i++) {
    bytes[i] = Math.round(0.299 * pixels[4 * i] + 0.587 * pixels[4 * i + 1] + 0.114 * pixels[4 * i + 2]);
  }
  return bytes;
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
