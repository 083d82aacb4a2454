/* dwv draws a whole series from one multipart/related answer. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { shot } from "./browser.mjs";
import { greyOfCt, untilShown } from "./pictures.mjs";
import { NAMES } from "./servers.mjs";
import { openPage, seriesPath, useWorld, withPage, world } from "./world.mjs";

const ACCEPT = 'multipart/related; type="application/dicom"; transfer-syntax=*';

useWorld();

for (const name of NAMES)
  test(`${name}: a series from one answer`, () =>
    withPage(async (page) => {
      const origin = world.origins[name];
      const study = world.studies.slices;
      const count = study.instances.length;
      await openPage(page, origin, "dwv");
      const url = `${origin}/dicom-web${seriesPath(study, study.instances[0])}`;
      const { numbers, ...rest } = await page.evaluate(
        ([at, accept]) => window.draw(at, accept),
        [url, ACCEPT],
      );
      assert.deepEqual(rest, { slices: count, errors: [], items: count });
      const canvas = page.locator("#view canvas").first();
      for (const [k, instance] of study.instances.entries()) {
        const [wanted] = instance.frames;
        assert.deepEqual(numbers.slice(k * wanted.length, (k + 1) * wanted.length), wanted, `slice ${k}`);
        await page.evaluate((to) => window.show(to), k);
        await untilShown(canvas, wanted, greyOfCt, `slice ${k}`);
      }
      await shot(page, `dwv-${name}`);
    }));
