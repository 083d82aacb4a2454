/* The world of the page's tests: a peer with a study (Debian's dcmqrscp), a scripted peer, and the gateway. Ports are
 * those that are free. Everything is in a directory of its own, and ends with stopWorld(). */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

import { freePort, untilListening } from "./ports.mjs";

const START_MS = 15000;
const ATTEMPTS = 3;

const place = mkdtempSync(join(tmpdir(), "cgetway-page-"));
const children = [];

/* A program of the build: built("cgetway"). */
const built = (path) => join(process.env.CGW_BUILD, path);

function start(program, argv, stdio) {
  const child = spawn(program, argv, { cwd: place, stdio });
  child.failed = new Promise((resolve) => {
    child.on("error", resolve);
    child.on("exit", (code, signal) =>
      resolve(new Error(`${program} ended (${code ?? signal}); see ${place}`)),
    );
  });
  children.push(child);
  return child;
}

/* dcmqrscp with the files of the directory; another program may take the free port first, hence the attempts. */
async function startArchive(directory, files) {
  execFileSync("dcmqridx", [directory, ...files]);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    writeFileSync(
      join(place, "dcmqrscp.cfg"),
      `NetworkTCPPort = ${port}\nMaxPDUSize = 131072\nMaxAssociations = 16\nHostTable BEGIN\nHostTable END\n` +
        `VendorTable BEGIN\nVendorTable END\nAETable BEGIN\nARCHIVE ${directory} R (10, 1024mb) ANY\nAETable END\n`,
    );
    const log = openSync(join(place, "dcmqrscp.log"), "a");
    const child = start("dcmqrscp", ["-c", "dcmqrscp.cfg"], ["ignore", log, log]);
    try {
      await untilListening(child, port, START_MS);
      return port;
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
    }
  }
}

/* The port of a peer that closes every connection at once. */
async function startRude() {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  server.unref();
  await once(server, "listening");
  return server.address().port;
}

/* {port, go(name)}: see tests/support/scripted_peer.h. */
async function startScripted(name, script) {
  writeFileSync(join(place, `${name}.script`), script);
  const log = openSync(join(place, `${name}.log`), "a");
  const child = start(built("tests/scripted-peer"), [`${name}.script`], ["pipe", "pipe", log]);
  const [port] = await once(createInterface(child.stdout), "line");
  return { port: Number(port), go: (name) => child.stdin.write(`${name}\n`) };
}

/* Its URL, with a slash at the end. */
export async function startGateway(name, configuration) {
  const file = `${name}.json`;
  writeFileSync(
    join(place, file),
    JSON.stringify({ listen: { address: "127.0.0.1", port: 0 }, ...configuration }),
  );
  const child = start(built("cgetway"), ["--config", file], ["ignore", "ignore", "pipe"]);
  const lines = createInterface(child.stderr); /* read to the end, so that the pipe never fills */
  const [line] = await once(lines, "line");
  const { event, port } = JSON.parse(line);
  if (event !== "listening") throw new Error(`the gateway says ${line}`);
  return `http://127.0.0.1:${port}${configuration["path-prefix"] ?? ""}/`;
}

/* What make-study tells of a CT study that it writes. */
function makeStudy(directory, ...options) {
  mkdirSync(directory);
  return JSON.parse(execFileSync(built("tests/make-study"), [...options, directory]));
}

/* {place, study, large, archivePort, rudePort, scripted}: study and large are what the archive has; scripted has a
 * peer for each of the scripts, of the same name. */
export async function startWorld(scripts) {
  const directory = join(place, "archive");
  mkdirSync(join(place, "files"));
  const study = makeStudy(directory, "--instances", "5", "--pixel-bytes", "131072");
  const large = makeStudy(
    join(directory, "large"),
    "--instances",
    "60",
    "--pixel-bytes",
    "2048",
    "--seed",
    "2",
  );
  const files = [...study.instances, ...large.instances].map((instance) => instance.file);
  const archivePort = await startArchive(directory, files);
  const scripted = {};
  for (const [name, script] of Object.entries(scripts)) scripted[name] = await startScripted(name, script);
  return { place, study, large, archivePort, rudePort: await startRude(), scripted };
}

export async function stopWorld() {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill();
    if ((await Promise.race([once(child, "exit"), pause(START_MS, null, { ref: false })])) === null)
      child.kill("SIGKILL");
  }
  if (process.env.CGW_KEEP) console.error(`kept: ${place}`);
  else rmSync(place, { recursive: true, force: true });
}

/* The grey of each pixel of an uncompressed CT that make-study wrote: 16 bits, 12 stored, at the end of the file;
 * rescale intercept -1024, window 40/160 (linear, PS3.3 C.11.2.1.2). */
export function expectedGreys(file, pixels) {
  const bytes = readFileSync(file);
  const data = bytes.subarray(bytes.length - 2 * pixels);
  return Array.from({ length: pixels }, (_, i) => {
    const value = data.readUInt16LE(2 * i) - 1024;
    return Math.min(255, Math.max(0, ((value - (40 - 0.5)) / (160 - 1) + 0.5) * 255));
  });
}
