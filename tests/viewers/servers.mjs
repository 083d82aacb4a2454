/* The DICOMweb under test: the gateway with an archive behind it. With CGW_VIEWERS_REFERENCE set, Orthanc's own plugin
 * instead, which shows that a test asks for what DICOMweb servers give. */
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { startDcmqrscp, startOrthanc } from "./archives.mjs";
import { built, place, start } from "./processes.mjs";
import { filesOf, makeStudies } from "./studies.mjs";

export const isReference = Boolean(process.env.CGW_VIEWERS_REFERENCE);

/* Of the archives; each has a server before it. */
export const NAMES = isReference ? ["reference"] : ["dcmqrscp", "orthanc"];

/* What startServer() needs: the studies, and the archives with them. */
export async function startArchives() {
  const { directory, studies } = makeStudies();
  const files = filesOf(studies);
  if (isReference) {
    const { httpPort } = await startOrthanc("reference", files, { dicomWeb: true });
    return { studies, httpPort };
  }
  const dcmqrscp = await startDcmqrscp(directory, files);
  const { port } = await startOrthanc("orthanc", files);
  const peer = (called, at) => ({ host: "127.0.0.1", port: at, "called-aet": called });
  return { studies, peers: { dcmqrscp: peer("ARCHIVE", dcmqrscp), orthanc: peer("ORTHANC", port) } };
}

/* {dicomWeb: (name) => its DICOMweb, with no slash at the end, cors: what must stand for it}. The plugin knows nothing
 * of CORS, so the web server before it has to. */
export async function startServer({ peers, httpPort }, name, configuration = {}) {
  if (isReference) {
    const dicomWeb = () => `http://127.0.0.1:${httpPort}/dicom-web`;
    return { dicomWeb, proxyFor: configuration["cors-origins"] ?? [] };
  }
  const cache = join(place, `${name}-cache`);
  const file = join(place, `${name}.json`);
  mkdirSync(cache);
  writeFileSync(
    file,
    JSON.stringify({
      listen: { address: "127.0.0.1", port: 0 },
      "cache-directory": cache,
      ...configuration,
      peers,
    }),
  );
  const child = start(name, [built("cgetway"), "--config", file], ["ignore", "ignore", "pipe"]);
  const lines = createInterface(child.stderr); /* read to the end, so that the pipe never fills */
  const log = [];
  lines.on("line", (line) => log.push(line));
  const [line] = await Promise.race([
    once(lines, "line"),
    child.failed.then((error) => Promise.reject(error)),
  ]);
  const { event, port } = line.startsWith("{") ? JSON.parse(line) : {};
  if (event !== "listening") throw new Error(`the gateway says ${line}`);
  return { dicomWeb: (peer) => `http://127.0.0.1:${port}/v1/peers/${peer}/dicom-web`, log };
}
