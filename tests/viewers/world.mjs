/* The world that the tests of a file share: archives, the DICOMweb under test, a web server before it for each archive,
 * and the browser. */
import assert from "node:assert/strict";
import { after, before } from "node:test";

import { newPage, startBrowser } from "./browser.mjs";
import { stopAll } from "./processes.mjs";
import { NAMES, startArchives, startServer } from "./servers.mjs";
import { startWeb, writeOhifConfiguration } from "./web.mjs";

export const world = {};

/* Fills the world before the file's tests: studies, origins (of each of NAMES), browser. */
export function useWorld() {
  before(async () => {
    world.archives = await startArchives();
    world.studies = world.archives.studies;
    const { dicomWeb } = await startServer(world.archives, "gateway");
    const origins = await startWeb(NAMES.map((name) => ({ dicomWeb: dicomWeb(name) })));
    world.origins = Object.fromEntries(NAMES.map((name, i) => [name, origins[i]]));
    writeOhifConfiguration();
    world.browser = await startBrowser();
  });
  after(async () => {
    await world.browser?.close();
    await stopAll();
  });
}

/* Runs the body with a page of its own, on which nothing that must not happen may have happened. */
export async function withPage(body) {
  const page = await newPage(world.browser);
  try {
    await body(page);
    assert.deepEqual(page.trouble, []);
  } catch (error) {
    if (page.trouble.length > 0) error.message += `\nOn the page: ${page.trouble.join("\n")}`;
    throw error;
  } finally {
    await page.context().close();
  }
}

/* One of pages/, ready to be called. */
export async function openPage(page, origin, name) {
  await page.goto(`${origin}/pages/${name}.html`);
  await page.locator("html[data-ready]").waitFor({ state: "attached" });
}

/* The path of the resource under a DICOMweb. */
export const seriesPath = ({ studyInstanceUid }, { seriesInstanceUid }) =>
  `/studies/${studyInstanceUid}/series/${seriesInstanceUid}`;
export const instancePath = (study, instance) =>
  `${seriesPath(study, instance)}/instances/${instance.sopInstanceUid}`;
