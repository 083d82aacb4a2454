/* The first frame of a DICOM file as a picture, when it is uncompressed and monochrome. A bounded reader of
 * Part 10 (PS3.10, 7) over HTTP ranges: it never trusts a length, and says why where there is no picture. */

const BLOCK_BYTES = 65536;
const MOST_BLOCKS = 64;
const MOST_ELEMENTS = 20000;
const MOST_DEPTH = 32; /* of sequences and items, which take turns */
const MOST_PIXELS = 1 << 24;
const MOST_VALUE_BYTES = 1024;
const UNDEFINED = 0xffffffff;
const LONG_VRS = new Set(["OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"]);
const IMPLICIT = "1.2.840.10008.1.2";
const EXPLICIT = "1.2.840.10008.1.2.1";

const ITEM = 0xfffee000;
const ITEM_END = 0xfffee00d;
const SEQUENCE_END = 0xfffee0dd;
const PIXEL_DATA = 0x7fe00010;

/* tag: how its value is read. */
const WANTED = new Map([
  [0x00020010, "text"] /* TransferSyntaxUID */,
  [0x00280002, "short"] /* SamplesPerPixel */,
  [0x00280004, "text"] /* PhotometricInterpretation */,
  [0x00280010, "short"] /* Rows */,
  [0x00280011, "short"] /* Columns */,
  [0x00280100, "short"] /* BitsAllocated */,
  [0x00280101, "short"] /* BitsStored */,
  [0x00280102, "short"] /* HighBit */,
  [0x00280103, "short"] /* PixelRepresentation */,
  [0x00281050, "decimal"] /* WindowCenter */,
  [0x00281051, "decimal"] /* WindowWidth */,
  [0x00281052, "decimal"] /* RescaleIntercept */,
  [0x00281053, "decimal"] /* RescaleSlope */,
]);

/* Why there is no picture: the end of the sentence "no picture: ...". */
export class NoPicture extends Error {}

/* ---- the bytes ---- */

async function fetchRange(url, first, length) {
  const response = await fetch(url, { headers: { Range: `bytes=${first}-${first + length - 1}` } });
  if (response.status !== 206) {
    await response.body?.cancel();
    if (response.status === 416) throw new NoPicture("it has no pixels"); /* nothing more is in the file */
    throw new NoPicture(response.ok ? "the gateway gave no part of the file" : "the file cannot be read");
  }
  return new DataView(await response.arrayBuffer());
}

/* Gives views of a few bytes, from blocks that it fetches as they are needed. */
class Source {
  constructor(url) {
    this.url = url;
    this.block = new DataView(new ArrayBuffer(0));
    this.start = 0;
    this.blocks = 0;
  }

  async view(offset, length) {
    if (offset < this.start || offset + length > this.start + this.block.byteLength) {
      if (++this.blocks > MOST_BLOCKS) throw new NoPicture("its header is too long");
      this.block = await fetchRange(this.url, offset, Math.max(length, BLOCK_BYTES));
      this.start = offset;
    }
    if (offset + length > this.start + this.block.byteLength) throw new NoPicture("the file ends too early");
    return new DataView(this.block.buffer, this.block.byteOffset + offset - this.start, length);
  }
}

function textOf(view) {
  let text = "";
  for (let i = 0; i < view.byteLength; i++) text += String.fromCharCode(view.getUint8(i));
  return text.replace(/[\0 ]+$/, "").trim();
}

function valueOf(view, how) {
  if (how === "short") return view.byteLength >= 2 ? view.getUint16(0, true) : undefined;
  if (how === "text") return textOf(view);
  const number = Number.parseFloat(textOf(view).split("\\")[0]);
  return Number.isFinite(number) ? number : undefined;
}

/* ---- the elements ---- */

/* {tag, length, at: offset of the value, next: offset behind it or NaN where the length is undefined} */
async function elementAt(source, offset, isExplicit) {
  const head = await source.view(offset, 8);
  const tag = head.getUint16(0, true) * 65536 + head.getUint16(2, true);
  let size = 8;
  let length = head.getUint32(4, true);
  let vr = "";
  if (isExplicit && tag >>> 16 !== 0xfffe) {
    vr = String.fromCharCode(head.getUint8(4), head.getUint8(5));
    if (!/^[A-Z]{2}$/.test(vr)) throw new NoPicture("its data set is not as its transfer syntax says");
    if (LONG_VRS.has(vr)) {
      size = 12;
      length = (await source.view(offset + 8, 4)).getUint32(0, true);
    } else {
      length = head.getUint16(6, true);
    }
  }
  return {
    tag,
    vr,
    length,
    at: offset + size,
    next: length === UNDEFINED ? Number.NaN : offset + size + length,
  };
}

class Reader {
  constructor(url) {
    this.source = new Source(url);
    this.left = MOST_ELEMENTS;
    this.found = new Map();
  }

  async element(offset, isExplicit) {
    if (this.left-- === 0) throw new NoPicture("its header has too many elements");
    return elementAt(this.source, offset, isExplicit);
  }

  /* The offset behind a sequence, or an item, of undefined length. A sequence of VR UN is implicit (PS3.5,
   * 6.2.2). */
  async skip(offset, isExplicit, depth) {
    if (depth > MOST_DEPTH) throw new NoPicture("its sequences are too deep");
    for (;;) {
      const element = await this.element(offset, isExplicit);
      if (element.tag === ITEM_END || element.tag === SEQUENCE_END) return element.at;
      offset = Number.isNaN(element.next)
        ? await this.skip(element.at, isExplicit && element.vr !== "UN", depth + 1)
        : element.next;
    }
  }

  async keep(element) {
    const how = WANTED.get(element.tag);
    if (how === undefined || element.length > MOST_VALUE_BYTES) return;
    this.found.set(element.tag, valueOf(await this.source.view(element.at, element.length), how));
  }

  /* Offset of the data set. */
  async meta() {
    const start = await this.source.view(0, 132);
    if (textOf(new DataView(start.buffer, start.byteOffset + 128, 4)) !== "DICM")
      throw new NoPicture("it is no DICOM file");
    let offset = 132;
    for (;;) {
      const group = (await this.source.view(offset, 2)).getUint16(0, true);
      if (group !== 2) return offset;
      const element = await this.element(offset, true);
      if (Number.isNaN(element.next)) throw new NoPicture("its File Meta Information is wrong");
      await this.keep(element);
      offset = element.next;
    }
  }

  /* The element PixelData, with what was wanted before it in found. */
  async pixelData() {
    let offset = await this.meta();
    const syntax = this.found.get(0x00020010);
    if (syntax !== IMPLICIT && syntax !== EXPLICIT)
      throw new NoPicture(
        `it is compressed, or its byte order is another one (transfer syntax ${syntax ?? "unknown"})`,
      );
    for (;;) {
      const element = await this.element(offset, syntax === EXPLICIT);
      if (element.tag === PIXEL_DATA) return element;
      if (element.tag > PIXEL_DATA) throw new NoPicture("it has no pixels");
      if (Number.isNaN(element.next)) {
        offset = await this.skip(element.at, syntax === EXPLICIT && element.vr !== "UN", 1);
      } else {
        await this.keep(element);
        offset = element.next;
      }
    }
  }
}

/* ---- the picture ---- */

/* What the elements say about the pixels; refuses what is not drawn here. */
function describe(found, element) {
  const rows = found.get(0x00280010) ?? 0;
  const columns = found.get(0x00280011) ?? 0;
  const allocated = found.get(0x00280100);
  const stored = found.get(0x00280101) ?? allocated;
  const high = found.get(0x00280102) ?? stored - 1;
  const kind = found.get(0x00280004);
  if ((found.get(0x00280002) ?? 1) !== 1 || (kind !== "MONOCHROME1" && kind !== "MONOCHROME2"))
    throw new NoPicture(`it is not monochrome (${kind ?? "no PhotometricInterpretation"})`);
  if (allocated !== 8 && allocated !== 16) throw new NoPicture(`it has ${allocated ?? "no"} bits a pixel`);
  if (stored < 1 || high >= allocated || high + 1 < stored)
    throw new NoPicture("its bits are not described well");
  if (rows === 0 || columns === 0) throw new NoPicture("it has no rows or columns");
  if (rows * columns > MOST_PIXELS) throw new NoPicture("it is too large");
  const bytes = (rows * columns * allocated) / 8;
  if (element.length === UNDEFINED) throw new NoPicture("it is compressed");
  if (element.length < bytes) throw new NoPicture("it has fewer pixels than rows and columns say");
  return {
    rows,
    columns,
    bytes,
    allocated,
    stored,
    shift: high + 1 - stored,
    isSigned: found.get(0x00280103) === 1,
    isInverse: kind === "MONOCHROME1",
    slope: found.get(0x00281053) ?? 1,
    intercept: found.get(0x00281052) ?? 0,
    center: found.get(0x00281050),
    width: found.get(0x00281051),
  };
}

/* The values after the rescale (PS3.3, C.11.1). */
function valuesOf(image, pixels) {
  const values = new Float32Array(image.rows * image.columns);
  const unused = 32 - image.stored;
  for (let i = 0; i < values.length; i++) {
    const raw = image.allocated === 8 ? pixels.getUint8(i) : pixels.getUint16(2 * i, true);
    const high = (raw >>> image.shift) << unused;
    values[i] = (image.isSigned ? high >> unused : high >>> unused) * image.slope + image.intercept;
  }
  return values;
}

/* Lowest value and range of what becomes black to white: the window (PS3.3, C.11.2), else all there is. */
function windowOf(image, values) {
  if (image.center !== undefined && image.width >= 1)
    return [image.center - 0.5 - (image.width - 1) / 2, Math.max(image.width - 1, 1)];
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, Math.max(most - least, 1)];
}

function paint(canvas, image, values) {
  const [least, range] = windowOf(image, values);
  canvas.width = image.columns;
  canvas.height = image.rows;
  const context = canvas.getContext("2d");
  const picture = context.createImageData(image.columns, image.rows);
  for (let i = 0; i < values.length; i++) {
    const bright = ((values[i] - least) / range) * 255; /* the array clamps it */
    const grey = image.isInverse ? 255 - bright : bright;
    picture.data[4 * i] = picture.data[4 * i + 1] = picture.data[4 * i + 2] = grey;
    picture.data[4 * i + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}

/* Draws the file at url. Returns "columns × rows"; throws NoPicture, and nothing else. */
export async function drawPicture(canvas, url) {
  try {
    const reader = new Reader(url);
    const element = await reader.pixelData();
    const image = describe(reader.found, element);
    const pixels = await fetchRange(url, element.at, image.bytes);
    if (pixels.byteLength < image.bytes) throw new NoPicture("the file ends too early");
    paint(canvas, image, valuesOf(image, pixels));
    return `${image.columns} × ${image.rows}`;
  } catch (error) {
    if (error instanceof NoPicture) throw error;
    throw new NoPicture("the file cannot be read"); /* the connection ended, or memory did */
  }
}
