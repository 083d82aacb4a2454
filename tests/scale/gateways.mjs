/* Gateways as replicas: each with a number, a cache and an output directory of its own. */
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { built, place, start } from "../viewers/processes.mjs";

const LOG_MS = 20000;

/* What all gateways have logged of requests, by X-Request-Id, and who waits for such a line. */
const answers = new Map();
const waiting = new Map();

/* {replica, status}: of the request of this id, when it is over. */
export async function answerTo(id) {
  if (!answers.has(id)) {
    const line = new Promise((resolve) => waiting.set(id, resolve));
    const late = AbortSignal.timeout(LOG_MS);
    await Promise.race([line, once(late, "abort")]);
  }
  if (!answers.has(id)) throw new Error(`no gateway has logged the request ${id}`);
  return answers.get(id);
}

/* {child, lines: those of its log behind the first, port} */
export async function startGateway(name, argv) {
  const child = start(name, [built("cgetway"), ...argv], ["ignore", "ignore", "pipe"]);
  const lines = createInterface(child.stderr); /* read to the end, so that the pipe never fills */
  const [line] = await Promise.race([
    once(lines, "line"),
    child.failed.then((error) => Promise.reject(error)),
  ]);
  const { event, port } = line.startsWith("{") ? JSON.parse(line) : {};
  if (event !== "listening") throw new Error(`the gateway says ${line}`);
  return { child, lines, port };
}

export class Gateway {
  constructor(name, replica, peers) {
    this.replica = replica;
    this.name = `${name}-${replica}`;
    this.cache = join(place, `${this.name}-cache`);
    this.file = join(place, `${this.name}.json`);
    const output = join(place, `${this.name}-output`);
    mkdirSync(this.cache);
    mkdirSync(output);
    const configuration = {
      replica,
      "cache-directory": this.cache,
      "output-directory": output,
      "max-connections-per-address": 512 /* all come from the balancer */,
      peers,
    };
    writeFileSync(this.file, JSON.stringify(configuration));
  }

  /* On any port the first time, then on that one again. */
  async start() {
    const argv = ["--config", this.file, "--listen-port", String(this.port ?? 0)];
    const { child, lines, port } = await startGateway(this.name, argv);
    this.child = child;
    this.ended = once(child, "exit");
    this.port = port;
    lines.on("line", (text) => this.note(JSON.parse(text)));
  }

  note({ requestId, status, event }) {
    if (event !== "request") return;
    answers.set(requestId, { replica: this.replica, status });
    waiting.get(requestId)?.();
    waiting.delete(requestId);
  }

  /* SIGTERM drains, SIGKILL does not. What it ended with: [code, signal]. */
  signal(name) {
    this.child.kill(name);
    return this.ended;
  }

  cachedStudies(peer) {
    const folder = join(this.cache, peer);
    return existsSync(folder) ? readdirSync(folder) : [];
  }
}

export async function startGateways(name, count, peers) {
  const gateways = Array.from({ length: count }, (_, i) => new Gateway(name, i + 1, peers));
  for (const gateway of gateways) await gateway.start();
  return gateways;
}
