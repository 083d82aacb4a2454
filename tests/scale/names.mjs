/* A name service (DNS) that knows some names, all of 127.0.0.1, and no others. */
import { createSocket } from "node:dgram";
import { once } from "node:events";

const HEADER_BYTES = 12;
const ANSWER = 0x8400; /* with authority */
const NO_SUCH_NAME = 3;
const TYPE_A = 1;

/* {name, type, end} of the question in the query. */
function readQuestion(query) {
  const labels = [];
  let at = HEADER_BYTES;
  for (; query[at] !== 0; at += query[at] + 1)
    labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
  return { name: labels.join("."), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function answerTo(query, known) {
  const { name, type, end } = readQuestion(query);
  const isKnown = known.includes(name);
  const hasAddress = isKnown && type === TYPE_A;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  header.writeUInt16BE(ANSWER | (isKnown ? 0 : NO_SUCH_NAME), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(hasAddress ? 1 : 0, 6);
  /* the name of the question, A, IN, for 5 s, four bytes */
  const address = [0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1];
  return Buffer.concat([header, query.subarray(HEADER_BYTES, end), Buffer.from(hasAddress ? address : [])]);
}

/* Its port; it ends with this process. */
export async function startNames(known) {
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => socket.send(answerTo(query, known), port, address));
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  socket.unref();
  return socket.address().port;
}
