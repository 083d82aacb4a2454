/* Opens the demo study in OHIF from the list, as a user does: node see_study.mjs ORIGIN PICTURE. Ends well when slices of
 * both series were seen; PICTURE is the page at the end, a PNG. */
import assert from "node:assert/strict";

import { newPage, startBrowser } from "../viewers/browser.mjs";

const WAIT_MS = 60000;
const MIDDLE = 16;
const [origin, picture] = process.argv.slice(2);

/* How many greys the canvas shows much of: the phantom in its middle has five, an empty viewport one. */
const greys = (canvas) =>
  canvas.evaluate((element) => {
    const { data } = element.getContext("2d").getImageData(0, 0, element.width, element.height);
    const counts = new Map();
    for (let i = 0; i < data.length; i += 4) counts.set(data[i], (counts.get(data[i]) ?? 0) + 1);
    return [...counts.values()].filter((count) => count > 100).length;
  });

/* Scrolls to the slice in the middle and waits until it is seen. */
async function untilSeen(page, name) {
  const canvas = page.locator(".cornerstone-viewport-element canvas").first();
  const overlay = page.locator('[data-cy="viewport-overlay-bottom-right"]').first();
  await canvas.hover();
  for (let at = 1; at < MIDDLE; at++) {
    await overlay.getByText(`(${at}/`).last().waitFor();
    await page.mouse.wheel(0, 100);
  }
  await overlay.getByText(`(${MIDDLE}/`).last().waitFor();
  const deadline = Date.now() + WAIT_MS;
  while ((await greys(canvas)) < 4) {
    assert.ok(Date.now() < deadline, `${name} is not seen`);
    await page.waitForTimeout(100);
  }
}

let page;
const browser = await startBrowser();
try {
  page = await newPage(browser);
  await page.addInitScript(() => {
    if (self === top) localStorage.setItem("shownTours", '["basicViewerTour"]');
  });
  await page.goto(`${origin}/`);
  await page.locator("tr").filter({ hasText: "Demo, Phantom" }).last().click();
  await page.getByText("Basic Viewer").first().click();
  await untilSeen(page, "the first series");
  const thumbnails = page.locator('[data-cy^="study-browser-thumbnail"]');
  await thumbnails.nth(1).dblclick();
  await page.locator('[data-cy="viewport-overlay-top-left"]').getByText("JPEG-LS").waitFor();
  await untilSeen(page, "the second series");
  assert.deepEqual(page.trouble, []);
} finally {
  await page?.screenshot({ path: picture });
  await browser.close();
}
