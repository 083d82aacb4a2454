/* Programs that have to be told a port: one that is free, and when they answer on it. */
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

const LOOK_MS = 20;

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/* Rejects when the child ends first (child.failed resolves to why), and after so many milliseconds. */
export async function untilListening(child, port, startMs) {
  const ended = child.failed.then((error) => {
    throw error;
  });
  ended.catch(() => {});
  const deadline = Date.now() + startMs;
  for (;;) {
    if (await Promise.race([answers(port), ended])) return;
    if (Date.now() > deadline) throw new Error(`nothing listens on port ${port}`);
    await pause(LOOK_MS);
  }
}
