/* The page for people in Chromium, against the real gateway: see scripts/test-page. Each test has a page of its
 * own, and they share one world. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";

import { expectedGreys, startGateway, startWorld, stopWorld } from "./world.mjs";

const { chromium } = createRequire(join(process.env.CGW_NODE_MODULES, "playwright-core/"))("playwright-core");

const CT = "1.2.840.10008.5.1.4.1.1.2";
const PIXELS = 256 * 256;
const EXPLICIT = "1.2.840.10008.1.2.1";
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/* Peers that follow a script (tests/support/scripted_peer.h), for a test each. Each has a study of four instances,
 * 1.2.<n>. */
const open = `connection
expect A-ASSOCIATE-RQ
send A-ASSOCIATE-AC ts=${EXPLICIT}
expect C-GET-RQ
`;
const send = (n, i) => `send C-STORE-RQ class=${CT} uid=1.2.${n}.${i}
send data-set class=${CT} uid=1.2.${n}.${i} pixel-bytes=5000
expect C-STORE-RSP status=0000
send C-GET-RSP status=FF00 remaining=${4 - i} completed=${i} failed=0 warning=0
`;
const sendRest = (n) => send(n, 2) + send(n, 3) + send(n, 4);
const end = (
  status,
  completed,
  failed,
) => `send C-GET-RSP status=${status} completed=${completed} failed=${failed} warning=0
expect release
send release-rp
expect eof
`;
const SCRIPTS = {
  watched: `${open}${send(1, 1)}wait seen\n${sendRest(1)}${end("0000", 4, 0)}`,
  stuck: `${open}${send(2, 1)}may-close\nhold\n${open}${send(2, 1)}${sendRest(2)}${end("0000", 4, 0)}`,
  lossy: `${open}${send(3, 1)}${end("A702", 1, 3)}`,
};

let world, base, browser, context, page, trouble;

const study = () => world.study.studyInstanceUid;
const row = (n) => page.locator("#rows .row").nth(n);
const job = (n) => page.locator("#job-list > li").nth(n);
const hasFocus = (locator) => locator.evaluate((element) => element === document.activeElement);
const until = (locator, text) => locator.filter({ hasText: text }).waitFor();

before(async () => {
  world = await startWorld(SCRIPTS);
  const peers = {
    archive: { host: "127.0.0.1", port: world.archivePort, "called-aet": "ARCHIVE" },
    rude: { host: "127.0.0.1", port: world.rudePort, "called-aet": "RUDE" },
  };
  for (const [name, { port }] of Object.entries(world.scripted))
    peers[name] = { host: "127.0.0.1", port, "called-aet": "SCRIPT", "plan-by-find": false, "max-passes": 1 };
  base = await startGateway("storing", {
    "path-prefix": "/cgetway",
    "output-directory": join(world.place, "files"),
    peers,
  });
  browser = await chromium.launch({
    executablePath: process.env.CGW_CHROMIUM ?? "/usr/bin/chromium",
    args: ARGUMENTS,
  });
});

after(async () => {
  await browser?.close();
  await stopWorld();
});

/* A new page; what must not happen on it is collected in trouble. */
async function visit(url = base, options = {}) {
  context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  context.setDefaultTimeout(15000);
  trouble = [];
  page = await context.newPage();
  page.on("pageerror", (error) => trouble.push(error.stack));
  page.on("console", (message) => {
    /* Chromium writes a line for each answer that is an error; the page shows those in words. */
    if (
      message.type() === "error" &&
      !message.text().startsWith("Failed to load resource: the server responded")
    )
      trouble.push(message.text());
  });
  page.on("request", (request) => {
    const address = request.url();
    if (!address.startsWith(new URL(url).origin) && !address.startsWith("blob:"))
      trouble.push(`asked for ${address}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`CSP: ${event.violatedDirective}`));
  });
  await page.goto(url);
  await page.locator(".peer").first().waitFor();
}

afterEach(async () => {
  await context?.close();
  assert.deepEqual(trouble, []);
});

async function shot(name) {
  if (process.env.CGW_SHOTS)
    await page.screenshot({ path: join(process.env.CGW_SHOTS, `${name}.png`), fullPage: true });
}

/* Fills the keys of the study and chooses the peer. */
async function askFor(peer, uid) {
  await page.locator("#peer").selectOption(peer);
  await row(1).locator(".value").fill(uid);
  await until(page.locator("#preview-status"), "The keys are right");
}

/* Starts a job with the form; it is job(0) then. */
async function startJob() {
  await page.getByRole("button", { name: "Retrieve" }).click();
  await until(page.locator("#form-status"), "It is the first of the jobs below.");
}

/* Makes a job without the page, and waits for its end where nothing else is preferred. */
async function store(uid, preference = "") {
  const response = await fetch(new URL("v1/peers/archive/get?output=store", base), {
    method: "POST",
    headers: { "Content-Type": "application/json", Prefer: preference },
    body: JSON.stringify({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: uid }),
  });
  assert.ok(response.ok, await response.text());
}

test("a bad key has its message beside it, and the Identifier is shown when it is right", async () => {
  await visit();
  await page.locator("#peer").selectOption("archive");
  await row(1).locator(".value").fill(study());
  await page.getByRole("button", { name: "Add a key" }).click();
  assert.equal(await hasFocus(row(2).locator(".key")), true);
  await page.keyboard.type("patientname");
  const error = row(2).locator(".row-error");
  await until(error, "did you mean PatientName?");
  const key = row(2).locator(".key");
  assert.equal(await key.getAttribute("aria-invalid"), "true");
  assert.equal(await key.getAttribute("aria-describedby"), await error.getAttribute("id"));
  assert.equal(await row(1).locator(".row-error").textContent(), "");
  await shot("bad-key");

  await key.fill("PatientName");
  await row(2).locator(".value").fill("Müller^Jörg");
  await until(page.locator("#preview-body pre"), "(0010,0010) PN [Müller^Jörg]");
  await until(page.locator("#preview-body"), "the peer may ignore it");
  assert.equal(await error.textContent(), "");
  assert.equal(await key.getAttribute("aria-invalid"), null);
  assert.match(
    await page.locator("#preview-body pre").textContent(),
    new RegExp(`\\(0020,000D\\) UI \\[${study()}\\]`),
  );

  await key.fill("StudyInstanceUID");
  await until(error, "given twice");
  await row(2).getByRole("button", { name: "Remove this key" }).click();
  await until(page.locator("#preview-status"), "The keys are right");
  assert.equal(await hasFocus(row(1).locator(".key")), true);
});

test("an option that is refused is told, and the keys are shown again when it is right", async () => {
  await visit();
  await askFor("archive", study());
  await page.locator("summary").click();
  await page.getByLabel("Label").fill("a b");
  await until(page.locator("#preview-body .notice"), "label: must be");
  await page.getByLabel("Label").fill("trial-7");
  await until(page.locator("#preview-body pre"), "STUDY");
  await startJob();
  await until(job(0).locator(".facts"), "label trial-7");
  await until(job(0).locator(".state"), "complete");
});

test("keys can be written as JSON, and the curl line does the same as the form", async () => {
  await visit();
  await askFor("archive", study());
  await page.getByLabel("Write it as JSON").check();
  const text = page.locator("#json");
  assert.deepEqual(JSON.parse(await text.inputValue()), {
    QueryRetrieveLevel: "STUDY",
    StudyInstanceUID: study(),
  });
  await text.fill(
    `{"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ["1.2", "${study()}"], "PatientNam": "D'Or"}`,
  );
  await until(page.locator("#json-errors"), "PatientNam: ");
  await text.fill(
    `{"QueryRetrieveLevel": "STUDY", "StudyInstanceUID": ["1.2", "${study()}"], "PatientName": "D'Or"}`,
  );
  await until(page.locator("#preview-body pre"), "[D'Or]");
  const line = await page.locator("#curl").textContent();
  const answer = execFileSync("sh", ["-c", line.replace("output=store", "output=store&dry-run=true")], {
    stdio: "pipe",
  });
  const words = (dump) => dump.trim().split(/\s+/);
  assert.deepEqual(
    words(await page.locator("#preview-body pre").textContent()),
    words(JSON.parse(answer).dump),
  );
  await page.getByLabel("Write it as JSON").uncheck();
  assert.equal(await row(1).locator(".value").inputValue(), `1.2\\${study()}`);
});

test("an echo tells its time, or what is wrong", async () => {
  await visit();
  const peer = (name) => page.locator(".peer").filter({ hasText: name });
  await page.getByRole("button", { name: "Echo archive" }).click();
  await until(peer("archive").locator("output"), /association in [\d.]+ ms, echo in [\d.]+ ms/);
  await page.getByRole("button", { name: "Echo rude" }).click();
  await until(peer("rude").locator("output .notice"), "closed the connection");
});

test("a retrieve is watched to its end, and its files, picture and archive are there", async () => {
  await visit();
  await askFor("archive", study());
  await startJob();
  await until(job(0).locator(".state"), "complete");
  assert.match(await job(0).locator(".counts").textContent(), /^5 instances · 66\d KB · in /);
  await job(0).getByRole("button", { name: "Show the files" }).click();
  await job(0).locator("tbody tr").nth(5).waitFor();
  const names = await job(0).locator("tbody a").allTextContents();
  const expected = world.study.instances.map((one) => `CT.${one.sopInstanceUid}`).sort();
  assert.deepEqual(names.slice(0, 5), expected);
  assert.match(names[5], /^outcome-.*\.json$/);

  const first = world.study.instances.find((one) => `CT.${one.sopInstanceUid}` === expected[0]);
  await until(job(0).locator("figcaption"), "256 × 256");
  const greys = await job(0)
    .locator("canvas")
    .evaluate((canvas) => {
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
    });
  const right = expectedGreys(first.file, PIXELS);
  assert.equal(greys.length, PIXELS);
  assert.ok(new Set(greys).size > 3, "the picture is blank");
  greys.forEach((grey, i) =>
    assert.ok(Math.abs(grey - right[i]) <= 1, `pixel ${i}: ${grey}, not ${right[i]}`),
  );
  await shot("result");

  const [file] = await Promise.all([
    page.waitForEvent("download"),
    job(0).locator("tbody a").first().click(),
  ]);
  assert.deepEqual(
    readFileSync(await file.path()).subarray(-2 * PIXELS),
    readFileSync(first.file).subarray(-2 * PIXELS),
  );
  const [zip] = await Promise.all([
    page.waitForEvent("download"),
    job(0).getByRole("link", { name: "All as a ZIP archive" }).click(),
  ]);
  execFileSync("unzip", ["-tq", await zip.path()]);
});

test("a job's progress is live", async () => {
  await visit();
  await askFor("watched", "1.2.1");
  await startJob();
  await until(job(0).locator(".counts"), "1 of 4 instances");
  assert.match(await job(0).locator(".counts").textContent(), /3 remaining/);
  const bar = job(0).locator("progress");
  assert.deepEqual(await bar.evaluate((progress) => [progress.value, progress.max]), [1, 4]);
  await shot("running");
  world.scripted.watched.go("seen");
  await until(job(0).locator(".state"), "complete");
  assert.match(await job(0).locator(".counts").textContent(), /^4 instances/);
  assert.equal(await bar.isVisible(), false);
});

test("a running job is cancelled, shown as incomplete, resumed, and removed after a question", async () => {
  await visit();
  const before = await page.locator("#job-list > li").count();
  await askFor("stuck", "1.2.2");
  await startJob();
  await until(job(0).locator(".counts"), "1 of 4 instances");
  await job(0).getByRole("button", { name: "Cancel" }).click();
  await until(job(0).locator(".state"), "cancelled");
  await until(job(0).locator(".notice"), "INCOMPLETE");
  await job(0).getByRole("button", { name: "Show the files" }).click();
  await until(job(0).locator(".result .notice"), "This set is INCOMPLETE.");
  await until(job(0).locator("figcaption"), "No picture: ");
  await shot("cancelled");
  const [zip] = await Promise.all([
    page.waitForEvent("download"),
    job(0).getByRole("link", { name: "What there is, as a ZIP archive" }).click(),
  ]);
  execFileSync("unzip", ["-tq", await zip.path()]);

  await job(0).getByRole("button", { name: "Resume" }).click();
  await until(job(0).locator(".state"), "complete");
  await until(job(0).locator(".facts"), "run 2");
  assert.match(await job(0).locator(".counts").textContent(), /^4 instances/);
  assert.equal(await job(0).locator(".notice").count(), 0);

  await job(0).getByRole("button", { name: "Remove" }).click();
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#job-list > li").count(), before + 1);
  await job(0).getByRole("button", { name: "Remove" }).click();
  await page.locator("#ask").getByRole("button", { name: "Remove" }).click();
  await until(page.locator("#jobs-live"), "removed");
  assert.equal(await page.locator("#job-list > li").count(), before);
});

test("an archive that is cut is told and not saved", async () => {
  await visit();
  page.on("download", () => trouble.push("something was saved"));
  await askFor("lossy", "1.2.3");
  await page.getByLabel("as a ZIP archive, now").check();
  await page.getByRole("button", { name: "Retrieve" }).click();
  await until(page.locator("#form-error"), "The archive is INCOMPLETE and was not saved");
  /* Chromium's own line about it, and nothing else */
  assert.match(trouble.join(), /^[^,]*ERR_INCOMPLETE_CHUNKED_ENCODING[^,]*$/);
  trouble = [];
  await page.locator("#preview-body pre").waitFor();
  await shot("cut");
});

test("a match of a find is taken over into the form", async () => {
  await visit();
  await page.locator("#peer").selectOption("archive");
  await page.getByRole("button", { name: "Find" }).click();
  await until(page.locator("#matches-note"), "2 matches");
  const match = page.locator("#matches-table tr").filter({ hasText: study() });
  await until(match, "Phantom^Ellipse");
  await shot("found");
  await match.getByRole("button").click();
  assert.equal(await row(1).locator(".value").inputValue(), study());
  await until(page.locator("#preview-status"), "The keys are right");
});

test("long lists of jobs and of files come in parts", async () => {
  for (let i = 0; i < 21; i++) await store(world.large.studyInstanceUid, i < 20 ? "respond-async" : "");
  await visit();
  await job(19).waitFor();
  assert.equal(await page.locator("#job-list > li").count(), 20);
  await page.getByRole("button", { name: "Older jobs" }).click();
  await job(20).waitFor();
  assert.equal(await hasFocus(job(20).locator("h3")), true);
  assert.equal(await page.locator("#more-jobs").isVisible(), false);

  await until(job(0).locator(".state"), "complete");
  await job(0).getByRole("button", { name: "Show the files" }).click();
  const files = job(0).locator("tbody tr");
  await until(job(0).locator(".result .note"), "The first 50 files");
  assert.equal(await files.count(), 50);
  await job(0).getByRole("button", { name: "More files" }).click();
  await until(job(0).locator(".result .note"), /^61 files$/);
  assert.equal(await files.count(), 61);
  assert.equal(await hasFocus(files.nth(50).locator("a")), true);
});

test("one of several gateways says whose jobs it shows", async () => {
  await store(study());
  await visit();
  await job(0).waitFor();
  assert.equal(await page.locator("#jobs-replica").textContent(), "");
  await context.close();
  const directory = join(world.place, "files-of-replica");
  mkdirSync(directory);
  const peers = { archive: { host: "127.0.0.1", port: world.archivePort, "called-aet": "ARCHIVE" } };
  await visit(await startGateway("replica", { replica: 2, "output-directory": directory, peers }));
  await until(page.locator("#jobs-replica"), "Jobs of replica 2; each replica keeps its own.");
});

test("a gateway that stores nothing says so and gives a ZIP archive", async () => {
  const peers = { archive: { host: "127.0.0.1", port: world.archivePort, "called-aet": "ARCHIVE" } };
  await visit(await startGateway("streaming", { peers }));
  await until(page.locator("#jobs-note"), "no output directory");
  await page.locator("#no-store").waitFor();
  await askFor("archive", study());
  const [zip] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Retrieve" }).click(),
  ]);
  assert.equal(zip.suggestedFilename(), "archive.zip");
  execFileSync("unzip", ["-tq", await zip.path()]);
  await until(page.locator("#form-status"), "Complete: archive.zip");
  await askFor("archive", "1.2.3.4.5");
  await page.getByRole("button", { name: "Retrieve" }).click();
  await until(page.locator("#form-error"), "The peer has nothing that matches");
});

/* Whatever can be used by mouse has the focus after some Tab. */
test("everything is reached by Tab, and the focus is seen", async () => {
  await store(study());
  await visit();
  await job(0).waitFor();
  const ids = await page.evaluate(() => {
    const controls = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
    const seen = controls.filter((control) => control.checkVisibility() && !control.disabled);
    /* of radio buttons Tab reaches the one that is chosen; the arrow keys reach the others */
    const reachable = seen.filter((control) => control.type !== "radio" || control.checked);
    return reachable.map((control, i) => (control.dataset.tab = String(i)));
  });
  const reached = new Set();
  for (let i = 0; i < ids.length + 20; i++) {
    await page.keyboard.press("Tab");
    const [id, width] = await page.evaluate(() => {
      const { activeElement } = document;
      return [activeElement.dataset.tab, parseFloat(getComputedStyle(activeElement).outlineWidth)];
    });
    if (id === undefined) continue;
    reached.add(id);
    assert.ok(width >= 2, `control ${id} shows no focus`);
  }
  assert.deepEqual(
    ids.filter((id) => !reached.has(id)),
    [],
  );
});

/* Text against the background behind it, as WCAG 2 computes it: the lowest ratio of those elements. */
function lowestContrast() {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const brightness = (color) => {
    const [r, g, b] = channels(color).map((channel) => {
      const part = channel / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (channels(color)[3] !== 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  let lowest = { ratio: Infinity };
  for (const element of document.querySelectorAll(
    "h1, h2, h3, p, a, label, code, pre, button, legend, .state, .facts, th, td",
  )) {
    if (!element.checkVisibility() || element.textContent.trim() === "") continue;
    const [a, b] = [brightness(getComputedStyle(element).color), brightness(groundOf(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < lowest.ratio) lowest = { ratio, text: element.textContent.slice(0, 40) };
  }
  return lowest;
}

for (const colorScheme of ["light", "dark"]) {
  for (const width of [400, 1200]) {
    test(`it can be read in ${colorScheme} colours, ${width} px wide`, async () => {
      await store(study());
      await visit(base, { colorScheme, viewport: { width, height: 800 } });
      await askFor("archive", study());
      await page.getByRole("button", { name: "Find" }).click();
      await page.getByRole("button", { name: "Use match 1" }).waitFor();
      await row(0).locator(".value").fill("study");
      await until(row(0).locator(".row-error"), "QueryRetrieveLevel must be");
      await job(0).getByRole("button", { name: "Show the files" }).click();
      await job(0).locator("tbody tr").first().waitFor();
      await job(0).locator("figcaption").filter({ hasNotText: "Reading" }).waitFor();
      await page.locator("summary").click();
      const [scroll, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(scroll <= inner, `${scroll} px of ${inner}`);
      const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(Number(ground.match(/\d+/)[0]) < 128, colorScheme === "dark");
      const { ratio, text } = await page.evaluate(lowestContrast);
      assert.ok(ratio >= 4.5, `${ratio}: ${text}`);
      await shot(`${colorScheme}-${width}`);
    });
  }
}
