/* Debian's Chromium, and pages in it that tell what must not happen on them. */
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const { chromium } = createRequire(join(process.env.CGW_NODE_MODULES, "playwright-core/"))("playwright-core");

const WAIT_MS = 60000;
const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

export const startBrowser = () =>
  chromium.launch({ executablePath: process.env.CGW_CHROMIUM ?? "/usr/bin/chromium", args: ARGUMENTS });

/* A page of a context of its own; page.trouble collects its errors and what it asks of other hosts. */
export async function newPage(browser) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  page.trouble = [];
  page.on("pageerror", (error) => page.trouble.push(error.stack ?? String(error)));
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol.startsWith("http") && hostname !== "127.0.0.1")
      page.trouble.push(`asks for ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) page.trouble.push(`${response.status()} ${response.url()}`);
  });
  return page;
}

/* Keeps a picture of the page where CGW_SHOTS says. */
export async function shot(page, name) {
  const directory = process.env.CGW_SHOTS;
  if (directory === undefined) return;
  mkdirSync(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) });
}
