/* The gateway itself with its files in s3rver's bucket: what is stored, listed, given and removed there. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

import { startGateway } from "../scale/gateways.mjs";
import { startDcmqrscp } from "../viewers/archives.mjs";
import { built, place, stopAll } from "../viewers/processes.mjs";
import { startBucket } from "./s3rver.mjs";

const JOB_MS = 60000;
const LOOK_EVERY_MS = 50;
const PREFIX = "a/prefix/";

/* Each large instance is uploaded in two parts. */
const STUDIES = {
  small: ["--instances", "5", "--pixel-bytes", "32768", "--seed", "31"],
  large: ["--instances", "2", "--pixel-bytes", "9000000", "--seed", "32"],
};
const POSTS = { small: 0, large: 2 * 2 /* an upload is begun and completed by one each */ };

const archive = join(place, "archive");
const studies = {}; /* what make-study says, and paths */
let bucket, gateway, peerPort;

function makeStudy(name, options) {
  const directory = join(archive, name);
  mkdirSync(directory, { recursive: true });
  const made = JSON.parse(execFileSync(built("tests/make-study"), [...options, directory]));
  const paths = readdirSync(directory, { recursive: true }).map((file) => join(directory, file));
  return { ...made, paths: paths.filter((path) => path.endsWith(".dcm")) };
}

async function startIt() {
  const file = join(place, "bucket.json");
  writeFileSync(
    file,
    JSON.stringify({
      "output-bucket": `${bucket.url}/${PREFIX.slice(0, -1)}`,
      "bucket-region": bucket.region,
      "bucket-access-key": bucket.accessKey,
      "bucket-secret-key": bucket.secretKey,
      "bucket-ca-file": bucket.caFile,
      "bucket-part-size": "5M",
      "jobs-database": join(place, "jobs.sqlite"),
      peers: { archive: { host: "127.0.0.1", port: peerPort, "called-aet": "ARCHIVE" } },
    }),
  );
  return startGateway("gateway", ["--config", file, "--listen-port", "0"]);
}

before(async () => {
  bucket = await startBucket({ tls: true });
  for (const [name, options] of Object.entries(STUDIES)) studies[name] = makeStudy(name, options);
  peerPort = await startDcmqrscp(
    archive,
    Object.values(studies).flatMap(({ paths }) => paths),
  );
  gateway = await startIt();
});

after(async () => {
  await stopAll();
  bucket?.stop();
});

const ask = (path, options) => fetch(`http://127.0.0.1:${gateway.port}${path}`, options);

async function bytesOf(path, headers = {}) {
  const answer = await ask(path, { headers });
  return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
}

/* The job of the study, when it is over. */
async function store({ studyInstanceUid }) {
  const answer = await ask("/v1/peers/archive/get?output=store", {
    method: "POST",
    headers: { "Content-Type": "application/json", Prefer: "respond-async" },
    body: JSON.stringify({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: studyInstanceUid }),
  });
  assert.equal(answer.status, 202);
  let job = await answer.json();
  for (const until = Date.now() + JOB_MS; ["queued", "running"].includes(job.state); ) {
    assert.ok(Date.now() < until);
    await pause(LOOK_EVERY_MS);
    job = await (await ask(job.links.self)).json();
  }
  assert.equal(job.state, "complete", JSON.stringify(job.error));
  return job;
}

const listed = async (job) => (await (await ask(`${job.links.files}?limit=1000`)).json()).files;

for (const name of Object.keys(STUDIES)) {
  test(`a ${name} study is stored, listed, given, archived and removed`, async () => {
    const study = studies[name];
    const posts = () => bucket.requests.filter((method) => method === "POST").length;
    const before_ = posts();
    const job = await store(study);
    assert.equal(posts() - before_, POSTS[name]);
    const files = await listed(job);
    assert.equal(files.length, study.paths.length + 1);
    assert.deepEqual(bucket.keys(), files.map((file) => PREFIX + file.name).sort());
    assert.equal(bucket.uploads(), 0);

    const given = new Map();
    for (const file of files) {
      const { status, bytes } = await bytesOf(file.url);
      assert.equal(status, 200);
      assert.equal(bytes.length, file.bytes);
      given.set(file.name, bytes);
      const part = await bytesOf(file.url, { Range: "bytes=100-299" });
      assert.equal(part.status, 206);
      assert.ok(part.bytes.equals(bytes.subarray(100, 300)));
    }

    /* Whatever the header says, the pixel data at the end are those of the archive's file. */
    for (const path of study.paths) {
      const original = readFileSync(path);
      const end = original.subarray(-30000);
      assert.ok([...given.values()].some((bytes) => bytes.subarray(-30000).equals(end)));
    }

    const zip = join(place, `${name}.zip`);
    const archived = join(place, `${name}-archived`);
    writeFileSync(zip, (await bytesOf(job.links.zip)).bytes);
    execFileSync("unzip", ["-q", zip, "-d", archived]);
    for (const [file, bytes] of given) assert.ok(readFileSync(join(archived, file)).equals(bytes));

    const removed = await ask(`${job.links.self}?remove=true`, { method: "DELETE" });
    assert.equal(removed.status, 204);
    assert.deepEqual(bucket.keys(), []);
  });
}

/* s3rver does nothing about If-None-Match, so the gateway looks first. */
test("what is there is kept, and goes with the last job that has it", async () => {
  const first = await store(studies.small);
  const keys = bucket.keys();
  const second = await store(studies.small);
  assert.equal(bucket.keys().length, keys.length + 1 /* its outcome */);
  for (const file of await listed(second)) if (file.sopInstanceUid) assert.equal(file.existing, "kept");
  for (const [job, left] of [
    [first, keys.length],
    [second, 0],
  ]) {
    assert.equal((await ask(`${job.links.self}?remove=true`, { method: "DELETE" })).status, 204);
    assert.equal(bucket.keys().length, left);
  }
});

test("the gateway does not start with another secret", async () => {
  const seen = bucket.badSignatures;
  const secret = bucket.secretKey;
  bucket.secretKey = "another";
  await assert.rejects(startIt(), /output-bucket: .*SignatureDoesNotMatch/);
  bucket.secretKey = secret;
  assert.ok(bucket.badSignatures > seen);
  bucket.badSignatures = seen;
});
