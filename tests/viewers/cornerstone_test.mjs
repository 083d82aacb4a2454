/* cornerstone's image loader decodes what the gateway gives to the pixels that the file had before it was encoded. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { NAMES } from "./servers.mjs";
import { instancePath, openPage, useWorld, withPage, world } from "./world.mjs";

useWorld();

/* As pages/cornerstone.js adds them up. */
function expected(study, numbers) {
  let sum = 0;
  let weighted = 0;
  numbers.forEach((value, i) => {
    sum += value;
    weighted += value * (i % 1009);
  });
  return { rows: study.side, columns: study.side, sum, weighted };
}

/* Loads every frame of the study; imageId(instance, frame) from 1. */
async function checkFrames(page, study, imageId, metadata = async () => undefined) {
  for (const instance of study.instances) {
    const json = await metadata(instance);
    for (const [i, numbers] of instance.frames.entries()) {
      const what = `${instance.encoding}, frame ${i + 1}`;
      const argument = [imageId(instance, i + 1), json];
      const loaded = await page
        .evaluate(([id, data]) => window.load(id, data), argument)
        .catch((error) => assert.fail(`${what}: ${error}`));
      assert.deepEqual(loaded, expected(study, numbers), what);
    }
  }
}

const wadors = (origin, study) => (instance, frame) =>
  `wadors:${origin}/dicom-web${instancePath(study, instance)}/frames/${frame}`;

/* parameters: "" gives Explicit VR Little Endian (PS3.18 9.1.2.1.3), so does every server for what it can decode. */
const wadouri = (origin, study, parameters) => (instance, frame) =>
  `wadouri:${origin}/dicom-web/wado?requestType=WADO&studyUID=${study.studyInstanceUid}` +
  `&seriesUID=${instance.seriesInstanceUid}&objectUID=${instance.sopInstanceUid}` +
  `&contentType=application/dicom${parameters}${instance.frames.length > 1 ? `&frame=${frame}` : ""}`;

for (const name of NAMES) {
  for (const kind of ["encoded", "frames"]) {
    test(`${name}: wadors: ${kind}`, () =>
      withPage(async (page) => {
        const origin = world.origins[name];
        const study = world.studies[kind];
        await openPage(page, origin, "cornerstone");
        const metadata = async (instance) => {
          const answer = await fetch(`${origin}/dicom-web${instancePath(study, instance)}/metadata`);
          assert.equal(answer.status, 200);
          const [json] = await answer.json();
          return json;
        };
        await checkFrames(page, study, wadors(origin, study), metadata);
      }));

    test(`${name}: wadouri: ${kind}, as stored`, () =>
      withPage(async (page) => {
        const origin = world.origins[name];
        const study = world.studies[kind];
        await openPage(page, origin, "cornerstone");
        await checkFrames(page, study, wadouri(origin, study, "&transferSyntax=*"));
      }));
  }

  test(`${name}: wadouri: uncompressed, with no transfer syntax asked for`, () =>
    withPage(async (page) => {
      const origin = world.origins[name];
      const study = world.studies.slices;
      await openPage(page, origin, "cornerstone");
      await checkFrames(page, study, wadouri(origin, study, ""));
    }));
}
