/** Which way a label is written. */

const UPRIGHT = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー、。「」！？]+$/u;

/** Whether a label is Chinese, Japanese or Korean: in a column its characters stand below each other. @param {string} label */
export function isUpright(label) {
  return UPRIGHT.test(label);
}
