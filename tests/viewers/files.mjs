/* DICOM files taken apart, to compare what a server gives with them. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { parseDicom } = createRequire(join(process.env.CGW_NODE_MODULES, "dicom-parser/"))("dicom-parser");

const IMPLICIT = "1.2.840.10008.1.2";
const PREAMBLE_BYTES = 132;
const GROUP_LENGTH_BYTES = 12;

/* {sopInstanceUid, syntax, dataSet, pixelData}: the bytes behind the File Meta Information, and from Pixel Data on. */
export function takeApart(bytes) {
  const parsed = parseDicom(bytes, { untilTag: "x7fe00010" });
  const meta = PREAMBLE_BYTES + GROUP_LENGTH_BYTES + parsed.uint32("x00020000");
  const pixels = parsed.elements.x7fe00010;
  return {
    sopInstanceUid: parsed.string("x00080018"),
    syntax: parsed.string("x00020010"),
    dataSet: bytes.subarray(meta),
    pixelData: pixels && bytes.subarray(pixels.dataOffset),
  };
}

/* The encapsulated frames of a file whose frames have a fragment each. */
export function fragmentsOf(bytes) {
  const { fragments } = parseDicom(bytes).elements.x7fe00010;
  return fragments.map(({ position, length }) => bytes.subarray(position, position + length));
}

/* The value of an element as it is in the file. */
export function valueOf(bytes, tag) {
  const { dataOffset, length } = parseDicom(bytes).elements[tag];
  return bytes.subarray(dataOffset, dataOffset + length);
}

/* A value of DICOM JSON: numbers may be strings, and an empty value may be absent or null (PS3.18 F.2). */
function plainValue(vr, value) {
  if (value === null) return "";
  if (vr === "SQ") return plainDataSet(value);
  if (vr === "PN") return Object.fromEntries(Object.entries(value).filter(([, text]) => text !== ""));
  return ["DS", "IS"].includes(vr) && value !== "" ? Number(value) : value;
}

/* The data set of DICOM JSON as {tag: {vr, value}}, without what answers may add and bulk data. */
export function plainDataSet(json) {
  const left = Object.entries(json).filter(
    ([tag, { InlineBinary, BulkDataURI }]) =>
      !tag.startsWith("0002") &&
      tag !== "00080005" &&
      InlineBinary === undefined &&
      BulkDataURI === undefined,
  );
  return Object.fromEntries(
    left.map(([tag, { vr, Value = [] }]) => [
      tag,
      { vr, value: Value.map((value) => plainValue(vr, value)) },
    ]),
  );
}

/* A file as DCMTK turns it to DICOM JSON, without its pixels: it refuses those that are compressed. */
export function fileToJson(file) {
  const bytes = readFileSync(file);
  const parsed = parseDicom(bytes, { untilTag: "x7fe00010" });
  const head = parsed.string("x00020010") === IMPLICIT ? 8 : 12;
  const end = parsed.elements.x7fe00010 ? parsed.elements.x7fe00010.dataOffset - head : bytes.length;
  return JSON.parse(execFileSync("dcm2json", ["-"], { input: bytes.subarray(0, end), encoding: "utf8" }));
}
