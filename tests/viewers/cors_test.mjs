/* A viewer of another origin than the DICOMweb's: it works where the configuration lists that origin, and the browser
 * refuses where it does not. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { newPage, shot, startBrowser } from "./browser.mjs";
import { greyOfCt, untilShown } from "./pictures.mjs";
import { stopAll } from "./processes.mjs";
import { NAMES, startArchives, startServer } from "./servers.mjs";
import { startWeb, writeOhifConfiguration } from "./web.mjs";

let studies, viewer, listed, unlisted, browser;

before(async () => {
  const archives = await startArchives();
  ({ studies } = archives);
  [viewer] = await startWeb([{}]);
  [listed, unlisted] = await Promise.all(
    [
      ["listing", [viewer]],
      ["not-listing", ["https://viewer.example.org"]],
    ].map(async ([name, origins]) => {
      const { dicomWeb, proxyFor } = await startServer(archives, name, { "cors-origins": origins });
      if (proxyFor === undefined) return dicomWeb(NAMES[0]);
      const [origin] = await startWeb([{ dicomWeb: dicomWeb(NAMES[0]), proxyFor }]);
      return `${origin}/dicom-web`;
    }),
  );
  browser = await startBrowser();
});

after(async () => {
  await browser?.close();
  await stopAll();
});

async function visit(root, path) {
  writeOhifConfiguration(root);
  const page = await newPage(browser);
  page.console = [];
  page.on("console", (message) => page.console.push(message.text()));
  await page.addInitScript(() => localStorage.setItem("shownTours", '["basicViewerTour"]'));
  await page.goto(`${viewer}${path}`);
  return page;
}

const open = (root) => visit(root, `/viewer?StudyInstanceUIDs=${studies.slices.studyInstanceUid}`);

test("OHIF of another origin that is listed shows the study", async () => {
  const page = await open(listed);
  const number = page
    .locator('[data-cy="viewport-overlay-bottom-right"]')
    .getByText(/\(1\/12\)/)
    .last();
  await number.waitFor();
  const [, at] = (await number.textContent()).match(/(\d+) \(1/);
  const canvas = page.locator(".cornerstone-viewport-element canvas").first();
  await untilShown(canvas, studies.slices.instances[at - 1].frames[0], greyOfCt, `slice ${at}`);
  await shot(page, "cors-listed");
  assert.deepEqual(page.trouble, []);
});

test("OHIF of another origin that is not listed is refused by the browser", async () => {
  const page = await visit(unlisted, "/");
  const isRefusal = (text) => /blocked by CORS policy/.test(text);
  if (!page.console.some(isRefusal))
    await page.waitForEvent("console", { predicate: (message) => isRefusal(message.text()) });
  assert.equal(await page.getByText("Encoded").count(), 0);
});

/* Each as the browser allows it to a page of the viewer's origin: "ok", or "refused". */
async function ask(root, path, options = {}) {
  const page = await newPage(browser);
  await page.goto(`${viewer}/pages/dicomweb_client.html`);
  return page.evaluate(
    ([url, given]) =>
      fetch(url, given).then(
        (answer) => ({ status: answer.status, type: answer.headers.get("Content-Type") }),
        () => "refused",
      ),
    [root + path, options],
  );
}

test("a preflighted request and its error are told to a listed origin, nothing to another", async () => {
  const path = `/studies/${studies.slices.studyInstanceUid}/metadata`;
  const preflighted = { headers: { Accept: "application/dicom+json", Range: "bytes=0-", "X-Other": "" } };
  const good = { headers: { Accept: "application/dicom+json" } };
  assert.equal((await ask(listed, path, good)).status, 200);
  assert.equal(await ask(unlisted, path, good), "refused");
  assert.equal(await ask(listed, path, preflighted), "refused");
  const missing = "/studies/1.2.3/series/1.2.3/instances/1.2.3/metadata";
  assert.equal((await ask(listed, missing, good)).status, 404);
  assert.equal(await ask(unlisted, missing, good), "refused");
  const authorized = { headers: { Authorization: "Bearer token" } };
  assert.equal((await ask(listed, path, authorized)).status, 200);
});
