/* src/page/picture.js with files made here: which become a picture, which do not and why, and that no bytes make it
 * fail in another way. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { drawPicture, NoPicture } from "../../src/page/picture.js";

const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";
const UNDEFINED = 0xffffffff;
const LONG = ["OB", "OW", "SQ", "UN"];

/* ---- files ---- */

const number16 = (...values) => Buffer.from(new Uint16Array(values).buffer);
const text = (value) => Buffer.from(value.length % 2 === 0 ? value : `${value} `, "latin1");

/* length: a lie, or UNDEFINED. */
function element(isExplicit, tag, vr, value, length = value.length) {
  const head = Buffer.alloc(isExplicit && LONG.includes(vr) ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  if (!isExplicit || tag >>> 16 === 0xfffe) {
    head.writeUInt32LE(length, 4);
  } else {
    head.write(vr, 4);
    if (head.length === 12) head.writeUInt32LE(length, 8);
    else head.writeUInt16LE(length, 6);
  }
  return Buffer.concat([head, value]);
}

const IMAGE = {
  syntax: EXPLICIT,
  before: () => [],
  samples: 1,
  kind: "MONOCHROME2",
  rows: 2,
  columns: 2,
  allocated: 16,
  stored: 12,
  high: 11,
  sign: 0,
  window: [],
  rescale: [],
  pixels: number16(0, 100, 200, 300),
  pixelLength: undefined,
};

function fileOf(changes) {
  const image = { ...IMAGE, ...changes };
  const isExplicit = image.syntax !== IMPLICIT;
  const make = (...parts) => element(isExplicit, ...parts);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from("DICM"),
    element(true, 0x00020000, "UL", Buffer.alloc(4)),
    element(true, 0x00020001, "OB", Buffer.from([0, 1])),
    element(true, 0x00020010, "UI", text(image.syntax)),
    ...image.before(make),
    make(0x00280002, "US", number16(image.samples)),
    make(0x00280004, "CS", text(image.kind)),
    make(0x00280010, "US", number16(image.rows)),
    make(0x00280011, "US", number16(image.columns)),
    make(0x00280100, "US", number16(image.allocated)),
    make(0x00280101, "US", number16(image.stored)),
    make(0x00280102, "US", number16(image.high)),
    make(0x00280103, "US", number16(image.sign)),
    ...image.window.map((value, i) => make(0x00281050 + i, "DS", text(value))),
    ...image.rescale.map((value, i) => make(0x00281052 + i, "DS", text(value))),
    ...(image.pixels === null ? [] : [make(0x7fe00010, "OW", image.pixels, image.pixelLength)]),
  ]);
}

/* n sequences of undefined length in each other, each with an item of undefined length. */
function nested(make, n) {
  const end = (tag) => make(tag, "", Buffer.alloc(0));
  const inside = n === 0 ? make(0x00080050, "SH", text("x")) : nested(make, n - 1);
  const item = Buffer.concat([inside, end(0xfffee00d)]);
  return make(
    0x00081140,
    "SQ",
    Buffer.concat([make(0xfffee000, "", item, UNDEFINED), end(0xfffee0dd)]),
    UNDEFINED,
  );
}

/* ---- a gateway and a canvas ---- */

function serve(file) {
  globalThis.fetch = async (_url, { headers }) => {
    const [, first, last] = headers.Range.match(/^bytes=(\d+)-(\d+)$/).map(Number);
    if (first >= file.length) return new Response("{}", { status: 416 });
    return new Response(file.subarray(first, last + 1), { status: 206 });
  };
}

async function greysOf(file) {
  serve(file);
  let drawn;
  const context = {
    createImageData: (width, height) => ({ data: new Uint8ClampedArray(4 * width * height) }),
    putImageData: (picture) => (drawn = picture.data),
  };
  await drawPicture({ getContext: () => context }, "file");
  for (let i = 3; i < drawn.length; i += 4) assert.equal(drawn[i], 255);
  return Array.from(drawn).filter((_, i) => i % 4 === 0);
}

const { fetch } = globalThis;
afterEach(() => {
  globalThis.fetch = fetch;
});

/* ---- the rows ---- */

const pictures = [
  ["from black to white where there is no window", {}, [0, 85, 170, 255]],
  ["in Implicit VR", { syntax: IMPLICIT }, [0, 85, 170, 255]],
  ["MONOCHROME1: the other way round", { kind: "MONOCHROME1" }, [255, 170, 85, 0]],
  ["with the first window", { window: ["150\\9", "101\\9"] }, [0, 1, 255, 255]],
  [
    "with the window after the rescale",
    { window: ["-849.5", "101"], rescale: ["-1000", "1"] },
    [0, 0, 255, 255],
  ],
  ["of 8 bits", { allocated: 8, stored: 8, high: 7, pixels: Buffer.from([0, 1, 2, 255]) }, [0, 1, 2, 255]],
  ["signed", { sign: 1, stored: 16, high: 15, pixels: number16(0xffff, 0, 1, 2) }, [0, 85, 170, 255]],
  [
    "without the bits above the stored ones",
    { pixels: number16(0xf000, 0xf064, 0xf0c8, 0xf12c) },
    [0, 85, 170, 255],
  ],
  ["of one grey", { pixels: number16(7, 7, 7, 7) }, [0, 0, 0, 0]],
  [
    "the first of several frames",
    { pixels: number16(0, 100, 200, 300, 4000, 4000, 4000, 4000) },
    [0, 85, 170, 255],
  ],
  ["behind sequences", { before: (make) => [nested(make, 10)] }, [0, 85, 170, 255]],
  [
    "behind sequences in Implicit VR",
    { syntax: IMPLICIT, before: (make) => [nested(make, 10)] },
    [0, 85, 170, 255],
  ],
  [
    "behind a long element",
    { before: (make) => [make(0x00091010, "UN", Buffer.alloc(1 << 20))] },
    [0, 85, 170, 255],
  ],
];

for (const [name, changes, greys] of pictures) {
  test(`a picture ${name}`, async () => {
    const drawn = await greysOf(fileOf(changes));
    drawn.forEach((grey, i) => assert.ok(Math.abs(grey - greys[i]) <= 1, `${drawn}, not ${greys}`));
    assert.equal(drawn.length, greys.length);
  });
}

const refused = [
  [/compressed.*1\.2\.840\.10008\.1\.2\.4\.70/, fileOf({ syntax: "1.2.840.10008.1.2.4.70" })],
  [/compressed/, fileOf({ pixelLength: UNDEFINED })],
  [/not monochrome \(RGB\)/, fileOf({ samples: 3, kind: "RGB" })],
  [/no pixels/, fileOf({ pixels: null })],
  [/32 bits/, fileOf({ allocated: 32 })],
  [/bits are not described/, fileOf({ stored: 20 })],
  [/no rows/, fileOf({ rows: 0 })],
  [/too large/, fileOf({ rows: 65535, columns: 65535 })],
  [/fewer pixels/, fileOf({ rows: 3 })],
  [/ends too early/, fileOf({ pixelLength: 100, rows: 6 })],
  [/too deep/, fileOf({ before: (make) => [nested(make, 100)] })],
  [/too many elements/, fileOf({ before: (make) => Array(30000).fill(make(0x00080050, "SH", text("x"))) })],
  [/no pixels/, fileOf({ before: (make) => [make(0x00091010, "UN", Buffer.alloc(0), 0x7ffffff0)] })],
  [/not as its transfer syntax/, fileOf({ before: () => [Buffer.alloc(64)] })],
  [/no DICOM file/, Buffer.alloc(4096)],
  [/ends too early/, Buffer.alloc(10)],
  [/no pixels/, Buffer.alloc(0)],
];

for (const [why, file] of refused) {
  test(`no picture: ${why.source}`, async () => {
    await assert.rejects(greysOf(file), (error) => error instanceof NoPicture && why.test(error.message));
  });
}

test("no picture where the gateway gives no range, or does not answer", async () => {
  globalThis.fetch = async () => new Response("all of it");
  await assert.rejects(drawPicture({}, "file"), NoPicture);
  globalThis.fetch = async () => Promise.reject(new TypeError("network"));
  await assert.rejects(drawPicture({}, "file"), NoPicture);
});

/* A generator of its own (xorshift), so that a failure can be had again. */
test("changed bytes make a picture or say why not", async () => {
  let state = 2463534242;
  const random = (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  const syntaxes = [EXPLICIT, IMPLICIT];
  for (let i = 0; i < 4000; i++) {
    const file = fileOf({ syntax: syntaxes[i % 2], before: (make) => [nested(make, 3)] });
    for (let k = random(6); k >= 0; k--) file[132 + random(file.length - 132)] = random(256);
    const cut = file.subarray(0, random(4) === 0 ? random(file.length) : file.length);
    try {
      await greysOf(cut);
    } catch (error) {
      if (!(error instanceof NoPicture)) throw new Error(`run ${i}: ${error.stack}`);
    }
  }
});
