/* The client of src/bucket against s3rver: bucket-client writes, reads and removes; what it left is looked at here. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { built, stopAll } from "../viewers/processes.mjs";
import { startBucket } from "./s3rver.mjs";

const run = promisify(execFile);
let bucket, secure;

before(async () => {
  bucket = await startBucket();
  secure = await startBucket({ tls: true });
});

after(async () => {
  bucket?.stop();
  secure?.stop();
  await stopAll();
});

const client = (step, environment = {}, of = bucket) =>
  run(built("tests/bucket-client"), [step], {
    timeout: 60000,
    env: {
      ...process.env,
      CGW_TEST_BUCKET_URL: of.url,
      CGW_TEST_BUCKET_REGION: of.region,
      CGW_TEST_BUCKET_ACCESS_KEY: of.accessKey,
      CGW_TEST_BUCKET_SECRET_KEY: of.secretKey,
      CGW_TEST_BUCKET_CA_FILE: of.caFile,
      ...environment,
    },
  });

test("a check writes, reads and removes", async () => {
  await client("check");
  assert.deepEqual(bucket.keys(), []);
  assert.ok(bucket.requests.includes("PUT") && bucket.requests.includes("GET"));
});

test("objects of no, some and many bytes are read as they were written, from any byte", async () => {
  await client("write-and-read");
  assert.deepEqual(bucket.keys(), ["a/1.2.3/empty.dcm", "a/1.2.3/large.dcm", "a/1.2.3/small.dcm"]);
  assert.equal(bucket.uploads(), 0);
});

test("what is there is not replaced unless it may be", () => client("replace"));

test("an object that is given up leaves nothing", async () => {
  await client("give-up");
  assert.equal(bucket.uploads(), 0);
  assert.ok(!bucket.keys().includes("given-up"));
});

test("objects are removed, and those that are not there too", async () => {
  await client("remove");
  assert.deepEqual(bucket.keys(), []);
});

test("another secret key is refused", async () => {
  const before_ = bucket.badSignatures;
  await assert.rejects(client("check", { CGW_TEST_BUCKET_SECRET_KEY: "another" }), /SignatureDoesNotMatch/);
  assert.ok(bucket.badSignatures > before_);
  bucket.badSignatures = before_;
});

test("over TLS objects go to the server that the certificates name, and to no other", async () => {
  await client("write-and-read", {}, secure);
  assert.equal(secure.keys().length, 3);
  const { length } = secure.requests;
  await assert.rejects(client("check", { CGW_TEST_BUCKET_CA_FILE: "" }, secure), /store-failed.*certificate/);
  await assert.rejects(client("check", { CGW_TEST_BUCKET_CA_FILE: "/none.pem" }, secure), /store-failed/);
  assert.equal(secure.requests.length, length);
});
