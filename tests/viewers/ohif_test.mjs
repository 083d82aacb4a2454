/* OHIF as operators deploy it: its built site beside the gateway, behind one web server. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { shot } from "./browser.mjs";
import { valueOf } from "./files.mjs";
import { greyOfCt, greyOfFrames, untilShown } from "./pictures.mjs";
import { isReference, NAMES } from "./servers.mjs";
import { writeOhifConfiguration } from "./web.mjs";
import { useWorld, withPage, world } from "./world.mjs";

useWorld();

const shown = (study) => study.patient.replace("^", ", ");
const day = (study) =>
  new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", year: "numeric" })
    .format(new Date(`${study.date.slice(0, 4)}-${study.date.slice(4, 6)}-${study.date.slice(6)}`))
    .replaceAll(" ", "-");
const rowOf = (page, study) =>
  page
    .locator("tr")
    .filter({ hasText: shown(study) })
    .last();
const overlay = (page) => page.locator('[data-cy="viewport-overlay-bottom-right"]').first();
const canvas = (page) => page.locator(".cornerstone-viewport-element canvas").first();
const thumbnails = (page) => page.locator('[data-cy^="study-browser-thumbnail"]');

/* With the tour of a first visit already taken. */
async function visit(page, url) {
  await page.addInitScript(() => {
    if (self === top) localStorage.setItem("shownTours", '["basicViewerTour"]');
  });
  await page.goto(url);
}

/* Settings of OHIF, and what they ask for; the plugin of Debian takes no accept=image/jpeg, and has no thumbnails. */
const THUMBNAILS = isReference
  ? []
  : [
      ["rendered", "/rendered"],
      ["thumbnail", "/thumbnail"],
      ["thumbnailDirect", "/thumbnail"],
    ];

const open = (page, name, study) =>
  visit(page, `${world.origins[name]}/viewer?StudyInstanceUIDs=${study.studyInstanceUid}`);

/* {number, at, of}: "I: 12 (1/12)"; those of a multi-frame say "I: 1 (1/6)". */
async function position(page, at) {
  const text = overlay(page)
    .getByText(new RegExp(`\\(${at}/\\d+\\)`))
    .last();
  await text.waitFor();
  const [, number, , of] = (await text.textContent()).match(/(\d+) \((\d+)\/(\d+)\)/).map(Number);
  return { number, of };
}

/* Turns the wheel to each picture in turn; check(number, at) looks at it. */
async function scrollThrough(page, count, check) {
  await canvas(page).hover();
  for (let at = 1; ; at++) {
    const { number, of } = await position(page, at);
    assert.equal(of, count);
    await check(number, at);
    if (at === count) return;
    await page.mouse.wheel(0, 100);
  }
}

for (const name of NAMES) {
  test(`${name}: the study list`, () =>
    withPage(async (page) => {
      await visit(page, `${world.origins[name]}/`);
      for (const study of Object.values(world.studies)) {
        const row = rowOf(page, study);
        await row.waitFor();
        const text = await row.textContent();
        for (const value of [study.patientId, day(study), study.modality])
          assert.ok(text.includes(value), `${value} is in: ${text}`);
        /* dcmqrscp does not tell how many instances a study has */
        if (name !== "dcmqrscp") assert.ok(text.endsWith(String(study.instances.length)), text);
      }
      await shot(page, `ohif-${name}-list`);
      await page.locator('[data-cy="input-patientName"]').fill("Encoded");
      await rowOf(page, world.studies.slices).waitFor({ state: "detached" });
      await rowOf(page, world.studies.encoded).waitFor();
      await shot(page, `ohif-${name}-filtered`);
    }));

  test(`${name}: a study from the list to its last slice`, () =>
    withPage(async (page) => {
      const study = world.studies.slices;
      await visit(page, `${world.origins[name]}/`);
      await rowOf(page, study).click();
      await page.getByText("Basic Viewer").first().click();
      await thumbnails(page).first().waitFor();
      await page.locator('[data-cy="study-browser-thumbnail"] img').first().waitFor();
      assert.equal(await thumbnails(page).count(), 1);
      await scrollThrough(page, study.instances.length, async (number, at) => {
        await untilShown(canvas(page), study.instances[number - 1].frames[0], greyOfCt, `slice ${number}`);
        if (at === 1 || at === study.instances.length) await shot(page, `ohif-${name}-slice${at}`);
      });
    }));

  test(`${name}: a study whose instances are encoded each in another way`, () =>
    withPage(async (page) => {
      const study = world.studies.encoded;
      await open(page, name, study);
      await scrollThrough(page, study.instances.length, async (number) => {
        const { encoding, frames } = study.instances[number - 1];
        await untilShown(canvas(page), frames[0], greyOfCt, encoding);
        await shot(page, `ohif-${name}-encoded${number}`);
      });
    }));

  test(`${name}: multi-frame instances`, () =>
    withPage(async (page) => {
      const study = world.studies.frames;
      await open(page, name, study);
      await thumbnails(page).nth(1).waitFor();
      /* the thumbnails are in the order of the instance numbers; that which came first is open */
      const look = async (number) => {
        const { encoding, frames } = study.instances[number - 1];
        await scrollThrough(page, frames.length, async (_, at) => {
          await untilShown(canvas(page), frames[at - 1], greyOfFrames, `${encoding}, frame ${at}`);
          if (at === frames.length) await shot(page, `ohif-${name}-frames${number}`);
        });
      };
      const { number: first } = await position(page, 1);
      await look(first);
      for (let number = 1; number <= study.instances.length; number++) {
        if (number === first) continue;
        await thumbnails(page)
          .nth(number - 1)
          .dblclick();
        await overlay(page).getByText(`${number} (1/`).waitFor();
        await look(number);
      }
    }));

  test(`${name}: documents`, () =>
    withPage(async (page) => {
      const study = world.studies.document;
      await open(page, name, study);
      const object = page.locator("object[data]");
      const wanted = study.instances.map(({ file }) => valueOf(readFileSync(file), "x00420011"));
      const look = async () => {
        const bytes = await object.evaluate(async (element) =>
          Array.from(new Uint8Array(await (await fetch(element.data)).arrayBuffer())),
        );
        return wanted.findIndex((pdf) => pdf.equals(Buffer.from(bytes)));
      };
      const first = await look();
      assert.ok(first >= 0, "the PDF that OHIF opened");
      for (const i of wanted.keys()) {
        if (i === first) continue;
        const before = await object.getAttribute("data");
        await thumbnails(page).nth(i).dblclick();
        await page.locator(`object[data]:not([data="${before}"])`).waitFor({ state: "attached" });
        assert.equal(await look(), i);
      }
      await shot(page, `ohif-${name}-document`);
    }));

  for (const [thumbnailRendering, path] of THUMBNAILS)
    test(`${name}: thumbnails that the server makes: ${thumbnailRendering}`, () =>
      withPage(async (page) => {
        writeOhifConfiguration("/dicom-web", { thumbnailRendering });
        const answer = page.waitForResponse((response) => new URL(response.url()).pathname.endsWith(path));
        await open(page, name, world.studies.slices);
        assert.equal((await answer).status(), 200);
        const image = page.locator('[data-cy="study-browser-thumbnail"] img').first();
        await image.waitFor();
        await image.evaluate((element) => element.decode());
        await shot(page, `ohif-${name}-${thumbnailRendering}`);
        writeOhifConfiguration();
      }));
}
