/* Every search and retrieve call of dicomweb-client gives what the files in the archive say. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { fileToJson, fragmentsOf, plainDataSet, takeApart, valueOf } from "./files.mjs";
import { difference, greyOfCt, greyOfFrames } from "./pictures.mjs";
import { isReference, NAMES } from "./servers.mjs";
import { instancePath, openPage, seriesPath, useWorld, withPage, world } from "./world.mjs";

const EXPLICIT = "1.2.840.10008.1.2.1";
const AS_STORED = [{ mediaType: "application/dicom", transferSyntaxUID: "*" }];
const FRAMES_AS_STORED = [{ mediaType: "application/octet-stream", transferSyntaxUID: "*" }];
/* What DICOMweb adds to an instance's data set. */
const ADDED = ["00080056", "00081190", "00083002"];
const MOST_INLINE_BYTES = 65536;

useWorld();

/* body(call, name, decode): call(method, ...given), with an ArrayBuffer as {bytes: Buffer, transferSyntaxUID};
 * decode(that) is the picture as a browser shows it. */
function testCalls(what, body) {
  for (const name of NAMES)
    test(`${name}: ${what}`, () =>
      withPage(async (page) => {
        await openPage(page, world.origins[name], "dicomweb_client");
        const call = async (...given) => unpack(await page.evaluate((all) => window.call(...all), given));
        const decode = async ([{ bytes }]) => {
          const text = bytes.toString("base64");
          const { base64, ...size } = await page.evaluate((all) => window.decode(all), text);
          return { ...size, greys: Buffer.from(base64, "base64") };
        };
        await body(call, name, decode);
        page.trouble = page.trouble.filter((line) => !line.startsWith("406 ")); /* the body asserts it */
      }));
}

function unpack(value) {
  if (Array.isArray(value)) return value.map(unpack);
  return typeof value?.bytes === "string" ? { ...value, bytes: Buffer.from(value.bytes, "base64") } : value;
}

const valueAt = (json, tag) => json[tag]?.Value?.[0];
const sorted = (values) => [...values].sort();
const uidsAt = (list, tag) => sorted(list.map((json) => valueAt(json, tag)));
const all = () => Object.values(world.studies);
const ofStudy = (study) => ({ studyInstanceUID: study.studyInstanceUid });
const ofSeries = (study) => ({ ...ofStudy(study), seriesInstanceUID: study.series[0] });
const ofInstance = (study, instance) => ({
  ...ofSeries(study),
  seriesInstanceUID: instance.seriesInstanceUid,
  sopInstanceUID: instance.sopInstanceUid,
});
const instanceUids = (study) => sorted(study.instances.map((instance) => instance.sopInstanceUid));

/* ---- searches ---- */

testCalls("searchForStudies", async (call) => {
  const found = await call("searchForStudies", {});
  assert.deepEqual(uidsAt(found, "0020000D"), sorted(all().map((study) => study.studyInstanceUid)));
  for (const study of all()) {
    const json = found.find((one) => valueAt(one, "0020000D") === study.studyInstanceUid);
    assert.equal(valueAt(json, "00100010").Alphabetic, study.patient);
    assert.equal(valueAt(json, "00100020"), study.patientId);
    assert.equal(valueAt(json, "00080020"), study.date);
  }
});

const SEARCHES = [
  [{ PatientID: "CGW-12" }, ["encoded"]],
  [{ "00100020": "CGW-1*" }, ["slices", "encoded", "frames", "document"]],
  [{ PatientName: "*Phantom" }, ["encoded", "frames", "document"]],
  ...(isReference ? [] : [[{ PatientName: "Sánchez*" }, ["slices"]]]),
  [{ StudyDate: "20240301-20240302" }, ["encoded", "frames"]],
  [{ StudyDate: "-20240229" }, ["slices", "document"]],
  [{ PatientID: "nobody" }, []],
];

testCalls("searchForStudies with keys", async (call) => {
  for (const [queryParams, names] of SEARCHES) {
    const found = await call("searchForStudies", { queryParams });
    const wanted = sorted(names.map((name) => world.studies[name].studyInstanceUid));
    assert.deepEqual(uidsAt(found, "0020000D"), wanted, JSON.stringify(queryParams));
  }
});

testCalls("searchForStudies by pages", async (call) => {
  const pages = [];
  for (let offset = 0; offset < all().length; offset += 2)
    pages.push(await call("searchForStudies", { queryParams: { limit: 2, offset } }));
  assert.deepEqual(
    pages.map((found) => found.length),
    [2, 2],
  );
  assert.equal(new Set(pages.flat().map((json) => valueAt(json, "0020000D"))).size, all().length);
});

testCalls("searchForSeries", async (call) => {
  for (const study of all()) {
    const [json, ...more] = await call("searchForSeries", ofStudy(study));
    const source = fileToJson(study.instances[0].file);
    assert.equal(more.length, 0);
    for (const tag of ["0020000E", "00080060", "00200011"])
      assert.equal(String(valueAt(json, tag)), String(valueAt(source, tag)), tag);
  }
  const everywhere = await call("searchForSeries", { queryParams: { Modality: "CT" } });
  const wanted = [world.studies.slices, world.studies.encoded].map((study) => study.series[0]);
  assert.deepEqual(uidsAt(everywhere, "0020000E"), sorted(wanted));
});

testCalls("searchForInstances", async (call, name) => {
  for (const study of all()) {
    for (const options of [ofStudy(study), ofSeries(study)]) {
      const found = await call("searchForInstances", options);
      assert.deepEqual(uidsAt(found, "00080018"), instanceUids(study));
      const classes = new Set(found.map((json) => valueAt(json, "00080016")));
      /* dcmqrscp does not tell it */
      if (name !== "dcmqrscp") assert.deepEqual([...classes], [study.instances[0].sopClassUid]);
    }
    const queryParams = { SOPInstanceUID: study.instances[0].sopInstanceUid };
    const everywhere = await call("searchForInstances", { queryParams });
    assert.deepEqual(uidsAt(everywhere, "00080018"), [study.instances[0].sopInstanceUid]);
  }
});

/* ---- metadata and bulk data ---- */

function checkMetadata(json, study) {
  const instance = study.instances.find((one) => one.sopInstanceUid === valueAt(json, "00080018"));
  const found = plainDataSet(json);
  for (const tag of ADDED) delete found[tag];
  assert.deepEqual(found, plainDataSet(fileToJson(instance.file)), instance.file);
  const hasFrames = study.side !== undefined && !(isReference && json["7FE00010"] === undefined);
  if (hasFrames) assert.equal(typeof json["7FE00010"].BulkDataURI, "string");
}

testCalls("retrieveStudyMetadata, retrieveSeriesMetadata, retrieveInstanceMetadata", async (call) => {
  for (const study of all()) {
    for (const found of [
      await call("retrieveStudyMetadata", ofStudy(study)),
      await call("retrieveSeriesMetadata", ofSeries(study)),
    ]) {
      assert.deepEqual(uidsAt(found, "00080018"), instanceUids(study));
      for (const json of found) checkMetadata(json, study);
    }
    for (const instance of study.instances) {
      const [json, ...more] = await call("retrieveInstanceMetadata", ofInstance(study, instance));
      assert.equal(more.length, 0);
      assert.equal(valueAt(json, "00080018"), instance.sopInstanceUid);
      checkMetadata(json, study);
    }
  }
});

testCalls("retrieveBulkData", async (call, name) => {
  const pixels = (bytes) => takeApart(bytes).pixelData;
  const document = (bytes) => valueOf(bytes, "x00420011");
  const { slices, document: documents } = world.studies;
  for (const [study, instance, tag, wanted] of [
    [slices, slices.instances[0], "7FE00010", pixels],
    [documents, documents.instances[0], "00420011", document],
    [documents, documents.instances[1], "00420011", document],
  ]) {
    const value = wanted(readFileSync(instance.file));
    const [json] = await call("retrieveInstanceMetadata", ofInstance(study, instance));
    const { InlineBinary, BulkDataURI: uri } = json[tag];
    if (InlineBinary !== undefined) {
      assert.ok(value.length < MOST_INLINE_BYTES, `${tag} is small`);
      assert.ok(Buffer.from(InlineBinary, "base64").equals(value), `bytes of ${tag} in the metadata`);
      continue;
    }
    const base = `${world.origins[name]}/dicom-web${instancePath(study, instance)}/metadata`;
    const [part, ...more] = await call("retrieveBulkData", { BulkDataURI: new URL(uri, base).href });
    assert.equal(more.length, 0);
    assert.ok(part.bytes.equals(value), `bytes of ${tag}`);
  }
});

/* ---- instances ---- */

function checkInstances(parts, study, check) {
  const found = parts.map(({ bytes }) => takeApart(bytes));
  assert.deepEqual(sorted(found.map((one) => one.sopInstanceUid)), instanceUids(study));
  for (const one of found)
    check(
      one,
      study.instances.find((instance) => instance.sopInstanceUid === one.sopInstanceUid),
    );
}

const isAsItWas = (found, instance) => {
  const source = takeApart(readFileSync(instance.file));
  assert.equal(found.syntax, EXPLICIT);
  assert.ok(found.dataSet.equals(source.dataSet), `data set of ${instance.file}`);
};

testCalls("retrieveStudy, retrieveSeries, retrieveInstance", async (call) => {
  const study = world.studies.slices;
  checkInstances(await call("retrieveStudy", ofStudy(study)), study, isAsItWas);
  checkInstances(await call("retrieveSeries", ofSeries(study)), study, isAsItWas);
  for (const instance of study.instances) {
    const { bytes } = await call("retrieveInstance", ofInstance(study, instance));
    isAsItWas(takeApart(bytes), instance);
  }
});

testCalls("retrieveStudy as stored, and retrieveInstance decoded", async (call, name) => {
  for (const study of [world.studies.encoded, world.studies.frames]) {
    /* retrieveStudy() itself refuses every media type that it is told, application/dicom too (0.11.3) */
    const url = `${world.origins[name]}/dicom-web/studies/${study.studyInstanceUid}`;
    const parts = await call("_httpGetMultipartApplicationDicom", url, AS_STORED);
    checkInstances(parts, study, (found, instance) => {
      const isImplicit = instance.encoding === "Implicit VR Little Endian";
      const source = takeApart(readFileSync(instance.file));
      if (!isReference || !isImplicit) assert.equal(found.syntax, isImplicit ? EXPLICIT : instance.syntax);
      assert.ok(found.pixelData.equals(source.pixelData), `pixel data of ${instance.encoding}`);
    });
    for (const instance of study.instances) {
      if (isReference) break; /* the plugin of Debian decodes nothing here */
      const what = ofInstance(study, instance);
      if (instance.encoding === "JPEG 2000") {
        await assert.rejects(call("retrieveInstance", what), /406/);
        continue;
      }
      const found = takeApart((await call("retrieveInstance", what)).bytes);
      assert.equal(found.syntax, EXPLICIT);
      const source = takeApart(readFileSync(instance.original));
      assert.ok(found.pixelData.equals(source.pixelData), `pixels of ${instance.encoding}`);
    }
  }
});

/* ---- frames ---- */

const nativeFrames = (study, instance) => {
  const { pixelData } = takeApart(readFileSync(instance.original));
  const length = study.side * study.side * study.bytes;
  return instance.frames.map((_, i) => pixelData.subarray(i * length, (i + 1) * length));
};

function checkFrames(parts, wanted, what) {
  assert.equal(parts.length, wanted.length, what);
  wanted.forEach((bytes, i) => assert.ok(parts[i].bytes.equals(bytes), `frame ${i} of ${what}`));
}

testCalls("retrieveInstanceFrames", async (call) => {
  for (const study of [world.studies.encoded, world.studies.frames])
    for (const instance of study.instances) {
      const what = ofInstance(study, instance);
      const isNative = instance.encoding.startsWith("Explicit") || instance.encoding.startsWith("Implicit");
      const native = nativeFrames(study, instance);
      const stored = isNative ? native : fragmentsOf(readFileSync(instance.file));
      const frameNumbers = native.map((_, i) => i + 1);
      const options = { ...what, frameNumbers, mediaTypes: FRAMES_AS_STORED };
      checkFrames(await call("retrieveInstanceFrames", options), stored, `${instance.encoding}, as stored`);
      if (isReference || instance.encoding === "JPEG 2000") continue;
      checkFrames(
        await call("retrieveInstanceFrames", { ...what, frameNumbers }),
        native,
        `${instance.encoding}, decoded`,
      );
    }
});

testCalls("retrieveInstanceFrames, some of them in another order than theirs", async (call) => {
  const study = world.studies.frames;
  const [instance] = study.instances;
  const native = nativeFrames(study, instance);
  const parts = await call("retrieveInstanceFrames", {
    ...ofInstance(study, instance),
    frameNumbers: [5, 2],
  });
  checkFrames(parts, [native[4], native[1]], "5,2");
});

const FRAME_TYPES = [
  ["JPEG Lossless", "image/jpeg"],
  ["JPEG-LS", "image/jls"],
  ["RLE", "image/x-dicom-rle"],
  ["JPEG 2000", "image/jp2"],
];

testCalls("retrieveInstanceFrames by media type", async (call) => {
  const study = world.studies.encoded;
  for (const [encoding, mediaType] of FRAME_TYPES) {
    const instance = study.instances.find((one) => one.encoding === encoding);
    const mediaTypes = [{ mediaType, transferSyntaxUID: instance.syntax }];
    const options = { ...ofInstance(study, instance), frameNumbers: [1], mediaTypes };
    const wanted = fragmentsOf(readFileSync(instance.file));
    checkFrames(await call("retrieveInstanceFrames", options), wanted, mediaType);
  }
});

/* ---- pictures ---- */

const PNG = [{ mediaType: "image/png" }];
const JPEG_TOLERANCE = 40;
/* The plugin of Debian has no thumbnails, no window of the instance's own, and takes no %2C for a comma. */
const testGatewayCalls = isReference ? () => {} : testCalls;

function checkPicture(picture, numbers, greyOf, tolerance, what) {
  assert.equal(picture.width * picture.height, numbers.length, what);
  assert.equal(difference(picture, numbers, greyOf, tolerance), "", what);
}

testGatewayCalls("retrieveInstanceRendered", async (call, _, decode) => {
  const study = world.studies.slices;
  const instance = study.instances.at(-1);
  const [numbers] = instance.frames;
  const what = ofInstance(study, instance);
  const rendered = async (options) => decode(await call("retrieveInstanceRendered", { ...what, ...options }));
  checkPicture(await rendered({}), numbers, greyOfCt, JPEG_TOLERANCE, "by default");
  checkPicture(await rendered({ mediaTypes: PNG }), numbers, greyOfCt, 2, "PNG");
  const narrow = (value) => greyOfCt(value, 80, 60);
  const queryParams = { window: "80,60,linear" };
  checkPicture(await rendered({ mediaTypes: PNG, queryParams }), numbers, narrow, 2, "window");
  const small = await rendered({ queryParams: { viewport: "64,64" } });
  assert.deepEqual([small.width, small.height], [64, 64]);
});

testGatewayCalls("retrieveInstanceRendered, and each encoding", async (call, _, decode) => {
  const study = world.studies.encoded;
  for (const instance of study.instances) {
    const options = { ...ofInstance(study, instance), mediaTypes: PNG };
    if (instance.encoding === "JPEG 2000") {
      await assert.rejects(call("retrieveInstanceRendered", options), /406/);
      continue;
    }
    const picture = await decode(await call("retrieveInstanceRendered", options));
    checkPicture(picture, instance.frames[0], greyOfCt, 2, instance.encoding);
  }
});

testCalls("retrieveInstanceFramesRendered", async (call, _, decode) => {
  const study = world.studies.frames;
  for (const instance of study.instances)
    for (const frame of [1, 4, 6]) {
      const options = { ...ofInstance(study, instance), frameNumbers: [frame], mediaTypes: PNG };
      const picture = await decode(await call("retrieveInstanceFramesRendered", options));
      checkPicture(
        picture,
        instance.frames[frame - 1],
        greyOfFrames,
        3,
        `${instance.encoding}, frame ${frame}`,
      );
    }
});

testGatewayCalls("retrieveInstanceThumbnail, retrieveInstanceFramesThumbnail", async (call, _, decode) => {
  for (const study of [world.studies.slices, world.studies.frames])
    for (const instance of study.instances) {
      const what = ofInstance(study, instance);
      for (const bytes of [
        await call("retrieveInstanceThumbnail", what),
        await call("retrieveInstanceFramesThumbnail", { ...what, frameNumbers: [1] }),
      ]) {
        const { width, height, greys } = await decode(bytes);
        assert.equal(width, height);
        assert.ok(new Set(greys).size > 4, "there is something to see");
      }
    }
});
