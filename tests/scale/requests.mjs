/* Requests whose answers can be left unread for a while, and what became of them. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

import { answerTo } from "./gateways.mjs";

const REQUEST_MS = 60000;
const LOOK_MS = 50;

/* An answer of which nothing is read yet: {id, status, headers, response}. body: an object, sent as JSON. */
export async function open(method, url, { body, headers = {} } = {}) {
  const id = `test-${randomUUID()}`;
  const type = body === undefined ? {} : { "Content-Type": "application/json" };
  const signal = AbortSignal.timeout(REQUEST_MS);
  const sent = request(url, {
    method,
    agent: false,
    headers: { "X-Request-Id": id, ...type, ...headers },
    signal,
  });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(sent, "response");
  return { id, status: response.statusCode, headers: response.headers, response, signal };
}

/* Reads it to its end: {..., isWhole, body}. */
export async function finish(answer) {
  const chunks = [];
  let isWhole = true;
  try {
    for await (const chunk of answer.response) chunks.push(chunk);
  } catch (error) {
    /* how Node.js says that a body was cut, or that the signal has ended it */
    if (error.code !== "ECONNRESET" || answer.signal.aborted) throw error;
    isWhole = false;
  }
  return { ...answer, isWhole, body: Buffer.concat(chunks) };
}

/* The whole answer, and the number of the gateway that gave it. */
export async function ask(method, url, options) {
  const answer = await finish(await open(method, url, options));
  if (!answer.isWhole) throw new Error(`${method} ${url} was cut`);
  return answer;
}

export const replicaOf = async ({ id }) => (await answerTo(id)).replica;

/* The status of a POST in HTTP/1.0, which Node.js does not speak. */
export async function statusInHttp10(url, body) {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect({ host: hostname, port, signal: AbortSignal.timeout(REQUEST_MS) });
  const head = ["Content-Type: application/json", `Content-Length: ${body.length}`, "", body];
  socket.write([`POST ${pathname} HTTP/1.0`, `Host: ${hostname}`, ...head].join("\r\n"));
  const [answer] = await once(socket, "data");
  socket.destroy();
  return Number(answer.toString().split(" ")[1]);
}

/* look() again and again until it gives something else than undefined. */
export async function until(what, look, ms = 20000) {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await pause(LOOK_MS)) {
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  throw new Error(`it did not happen in ${ms} ms: ${what}`);
}
