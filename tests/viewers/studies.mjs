/* The studies that the archives have, and what viewers must make of them, told by the files as make-study wrote them:
 * the archives may have them encoded. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { takeApart, valueOf } from "./files.mjs";
import { built, place } from "./processes.mjs";

/* How an instance is encoded: the program and its options. */
const ENCODINGS = {
  "Explicit VR Little Endian": { syntax: "1.2.840.10008.1.2.1" },
  "Implicit VR Little Endian": { syntax: "1.2.840.10008.1.2", tool: ["dcmconv", "+ti"] },
  "JPEG Lossless": { syntax: "1.2.840.10008.1.2.4.70", tool: ["dcmcjpeg", "+e1"] },
  "JPEG-LS": { syntax: "1.2.840.10008.1.2.4.80", tool: ["dcmcjpls"] },
  RLE: { syntax: "1.2.840.10008.1.2.5", tool: ["dcmcrle"] },
  "JPEG 2000": { syntax: "1.2.840.10008.1.2.4.90", tool: ["gdcmconv", "--j2k"] },
};

/* bytes: of a pixel. encodings: those of the instances, in turn; by default all as they were made. */
const STUDIES = {
  slices: {
    options: ["--instances", "12", "--pixel-bytes", "131072", "--seed", "11", "--study-date", "20240229"],
    patient: "Sánchez^Müller",
    side: 256,
    bytes: 2,
  },
  encoded: {
    options: ["--instances", "6", "--pixel-bytes", "32768", "--seed", "12", "--study-date", "20240301"],
    patient: "Encoded^Phantom",
    side: 128,
    bytes: 2,
    encodings: Object.keys(ENCODINGS),
  },
  frames: {
    options: ["--modality", "MF", "--instances", "2", "--series", "1", "--frames", "6"].concat([
      "--pixel-bytes",
      "24576",
      "--seed",
      "13",
      "--study-date",
      "20240302",
    ]),
    patient: "Frames^Phantom",
    modality: "OT",
    side: 64,
    bytes: 1,
    frames: 6,
    encodings: ["Explicit VR Little Endian", "RLE"],
  },
  document: {
    options: ["--modality", "PDF", "--instances", "1", "--seed", "14", "--study-date", "20240229"],
    patient: "Document^Phantom",
    modality: "DOC",
  },
};

/* The numbers of each frame of an uncompressed file that make-study wrote: pixel data are at its end. */
function framesOf(file, { side, bytes, frames = 1 }) {
  const all = readFileSync(file);
  const count = side * side;
  const pixels = all.subarray(all.length - count * bytes * frames);
  return Array.from({ length: frames }, (_, frame) =>
    Array.from({ length: count }, (_, i) =>
      bytes === 2 ? pixels.readUInt16LE(2 * (frame * count + i)) : pixels[frame * count + i],
    ),
  );
}

function encode(from, to, tool) {
  if (tool === undefined) copyFileSync(from, to);
  else execFileSync(tool[0], [...tool.slice(1), from, to], { stdio: ["ignore", "ignore", "pipe"] });
}

/* {studyInstanceUid, patientId, patient, date, series, side, instances: [{sopInstanceUid, sopClassUid,
 * seriesInstanceUid, file, original, encoding, syntax, frames}]} */
function makeStudy(name, directory) {
  const row = STUDIES[name];
  const originals = join(place, "originals", name);
  mkdirSync(originals, { recursive: true });
  const options = [...row.options, "--patient-name", row.patient, originals];
  const told = JSON.parse(execFileSync(built("tests/make-study"), options));
  const instances = told.instances.map((instance, i) => {
    const encoding = row.encodings?.[i % row.encodings.length] ?? "Explicit VR Little Endian";
    const { syntax, tool } = ENCODINGS[encoding];
    const file = join(directory, `${name}-${basename(instance.file)}`);
    encode(instance.file, file, tool);
    const frames = row.side === undefined ? [] : framesOf(instance.file, row);
    return { ...instance, file, original: instance.file, encoding, syntax, frames };
  });
  const date = row.options[row.options.indexOf("--study-date") + 1];
  return {
    ...told,
    name,
    patient: row.patient,
    modality: row.modality ?? "CT",
    date,
    side: row.side,
    bytes: row.bytes,
    instances,
  };
}

/* Adds a document whose PDF is too large for metadata: the first's, with a comment behind it. */
function addLargeDocument(study, directory) {
  const [first] = study.instances;
  const file = join(directory, "document-large.dcm");
  const pdf = join(place, "originals", "large.pdf");
  const line = `% ${"0123456789".repeat(7)}\n`;
  writeFileSync(
    pdf,
    Buffer.concat([valueOf(readFileSync(first.file), "x00420011"), Buffer.from(line.repeat(4000))]),
  );
  execFileSync("pdf2dcm", ["--series-from", first.file, "--instance-inc", pdf, file]);
  const { sopInstanceUid } = takeApart(readFileSync(file));
  study.instances.push({ ...first, sopInstanceUid, file, original: file });
}

/* {slices, encoded, frames, document} and `directory`, where their files are. */
export function makeStudies() {
  const directory = join(place, "archive");
  mkdirSync(directory);
  const studies = Object.fromEntries(Object.keys(STUDIES).map((name) => [name, makeStudy(name, directory)]));
  addLargeDocument(studies.document, directory);
  return { directory, studies };
}

export const filesOf = (studies) =>
  Object.values(studies).flatMap((study) => study.instances.map((instance) => instance.file));
