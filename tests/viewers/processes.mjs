/* What a test starts: programs, on ports that are free, in a directory of their own. All end with stopAll(), and with
 * the test's process should it be killed. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { freePort, untilListening } from "../browser/ports.mjs";

const START_MS = 30000;
const ATTEMPTS = 3;

export const place = mkdtempSync(join(tmpdir(), "cgetway-viewers-"));
const children = [];

/* A program of the build: built("cgetway"). */
export const built = (path) => join(process.env.CGW_BUILD, path);

/* stdio: by default both outputs go to a log file of the name. child.failed resolves to why it ended. */
export function start(name, argv, stdio) {
  const log = openSync(join(place, `${name}.log`), "a");
  const child = spawn("setpriv", ["--pdeathsig", "TERM", "--", ...argv], {
    cwd: place,
    stdio: stdio ?? ["ignore", log, log],
  });
  child.failed = new Promise((resolve) => {
    child.on("error", resolve);
    child.on("exit", (code, signal) =>
      resolve(new Error(`${name} ended (${code ?? signal}); CGW_KEEP=1 keeps its log in ${place}`)),
    );
  });
  children.push(child);
  return child;
}

/* A program that has to be told its ports: run(...ports) starts it. Another program may take a free port first, hence
 * the attempts. The ports, when all of them answer. */
export async function startOnPorts(count, run) {
  for (let attempt = 1; ; attempt++) {
    const ports = [];
    while (ports.length < count) ports.push(await freePort());
    const child = run(...ports);
    try {
      for (const port of ports) await untilListening(child, port, START_MS);
      return ports;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill();
  if ((await Promise.race([once(child, "exit"), pause(START_MS, null, { ref: false })])) === null)
    child.kill("SIGKILL");
}

function removePlace() {
  if (!process.env.CGW_KEEP) rmSync(place, { recursive: true, force: true });
}

/* Where a signal ends the tests early; the programs end with this process. */
process.on("exit", removePlace);
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/* The last first. */
export async function stopAll() {
  for (const child of children.reverse()) await stop(child);
  if (process.env.CGW_KEEP) console.error(`kept: ${place}`);
  removePlace();
}
