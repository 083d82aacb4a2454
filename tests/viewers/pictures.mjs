/* What is to be seen of a picture on a canvas that it fills: greys at the middle of each of its pixels. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

const WAIT_MS = 60000;
const LOOK_MS = 100;
const TOLERANCE = 3;

/* Linear, PS3.3 C.11.2.1.2. */
const windowed = (value, center, width) =>
  Math.min(255, Math.max(0, ((value - (center - 0.5)) / (width - 1) + 0.5) * 255));

/* Of a CT of make-study, with rescale intercept -1024, and a window of 40/160 of its own. */
export const greyOfCt = (value, center = 40, width = 160) => windowed(value - 1024, center, width);

/* Of a multi-frame of make-study, which has no window: from its lowest number to its highest. */
export const greyOfFrames = (value) => (value / 250) * 255;

/* {width, height, greys} of the canvas. */
async function readCanvas(canvas) {
  const { width, height, base64 } = await canvas.evaluate((element) => {
    const { data } = element.getContext("2d").getImageData(0, 0, element.width, element.height);
    const greys = data.filter((_, i) => i % 4 === 0);
    let text = "";
    for (let i = 0; i < greys.length; i += 8192) text += String.fromCharCode(...greys.subarray(i, i + 8192));
    return { width: element.width, height: element.height, base64: btoa(text) };
  });
  return { width, height, greys: Buffer.from(base64, "base64") };
}

/* Whether the number is that of all around it, so that no interpolation changes it. */
function isFlat(numbers, side, x, y) {
  if (x === 0 || y === 0 || x === side - 1 || y === side - 1) return false;
  for (let row = y - 1; row <= y + 1; row++)
    for (let column = x - 1; column <= x + 1; column++)
      if (numbers[row * side + column] !== numbers[y * side + x]) return false;
  return true;
}

/* How the canvas differs from the picture, in words; "" when it does not. */
export function difference({ width, height, greys }, numbers, greyOf, tolerance = TOLERANCE) {
  const side = Math.sqrt(numbers.length);
  const scale = Math.min(width, height) / side;
  let wrong = 0;
  let flat = 0;
  let first = "";
  for (let i = 0; i < numbers.length; i++) {
    const x = i % side;
    const y = Math.floor(i / side);
    if (!isFlat(numbers, side, x, y)) continue;
    flat++;
    const column = Math.floor(width / 2 + (x + 0.5 - side / 2) * scale);
    const row = Math.floor(height / 2 + (y + 0.5 - side / 2) * scale);
    const grey = greys[row * width + column];
    if (Math.abs(grey - greyOf(numbers[i])) <= tolerance) continue;
    if (wrong++ === 0) first = `(${x}, ${y}) is ${grey}, not ${greyOf(numbers[i]).toFixed()}`;
  }
  assert.ok(flat > numbers.length / 2, "the picture has something to compare");
  return wrong === 0 ? "" : `${wrong} of ${flat} pixels of a canvas of ${width} x ${height}: ${first}`;
}

/* Waits until the canvas shows the picture. */
export async function untilShown(canvas, numbers, greyOf, what) {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const found = difference(await readCanvas(canvas), numbers, greyOf);
    if (found === "") return;
    if (Date.now() > deadline) assert.fail(`${what}: ${found}`);
    await pause(LOOK_MS);
  }
}
