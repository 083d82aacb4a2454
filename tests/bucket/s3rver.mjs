/* A bucket of npm's s3rver, as a second opinion beside the scripted server of the unit tests.
 *
 * s3rver does not look at the signatures of version 4, cannot abort an upload (405) and does nothing about
 * If-None-Match. So a front before it computes each signature with the AWS SDK's own signer, and aborts uploads in
 * s3rver's directory. That the condition is ignored stays: there are such servers. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";

import { place } from "../viewers/processes.mjs";

const require = createRequire(join(process.env.CGW_NODE_MODULES, "/"));
const S3rver = require("s3rver");
const { Sha256 } = require("@aws-crypto/sha256-js");
const { SignatureV4 } = require("@smithy/signature-v4");

const BUCKET = "instances";
const REGION = "test-region-2";
const KEY = "S3RVER"; /* the only one that it knows, and its secret */
const OBJECT = "._S3rver_object";
const UPLOADS = "._S3rver_uploads";

const signer = new SignatureV4({
  credentials: { accessKeyId: KEY, secretAccessKey: KEY },
  region: REGION,
  service: "s3",
  sha256: Sha256,
  uriEscapePath: false,
  applyChecksum: false,
});

/* What the SDK would have sent as Authorization for this request. */
async function expectedAuthorization(request) {
  const names = /SignedHeaders=([^,]*)/.exec(request.headers.authorization)?.[1].split(";") ?? [];
  const url = new URL(request.url, "http://unused");
  const date = request.headers["x-amz-date"] ?? "";
  const signed = await signer.sign(
    {
      method: request.method,
      protocol: "http:",
      hostname: "unused",
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(names.map((name) => [name, request.headers[name]])),
    },
    {
      signingDate: new Date(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z")),
      signableHeaders: new Set(names),
    },
  );
  return signed.headers.authorization;
}

function refuse(response, status, code) {
  response.writeHead(status, { "Content-Type": "application/xml", Connection: "close" });
  response.end(`<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>no</Message></Error>`);
}

function abortUpload(directory, id, response) {
  const upload = join(directory, BUCKET, UPLOADS, id);
  if (!/^[0-9a-f]+$/.test(id) || !existsSync(upload)) return refuse(response, 404, "NoSuchUpload");
  rmSync(upload, { recursive: true });
  response.writeHead(204).end();
}

/* A key and a certificate for 127.0.0.1 that nobody knows: what the server has, and the file that a client needs. */
function makeCertificate(directory) {
  const [key, certificate] = ["key.pem", "certificate.pem"].map((name) => join(directory, name));
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"].concat(
      ["-subj", "/CN=s3rver", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
    ),
    { stdio: "ignore" },
  );
  return { key: readFileSync(key), cert: readFileSync(certificate), file: certificate };
}

/* tls: over https, with a certificate whose file is caFile. { url, region, accessKey, secretKey, caFile, requests,
 * badSignatures, keys(), uploads(), stop() }; requests: "PUT", ... */
export async function startBucket({ tls = false } = {}) {
  const directory = mkdtempSync(join(place, "s3rver-"));
  const s3rver = new S3rver({ directory, silent: true, vhostBuckets: false, configureBuckets: [{ name: BUCKET }] });
  await s3rver.configureBuckets();
  const serve = s3rver.callback();
  const bucket = { region: REGION, accessKey: KEY, secretKey: KEY, requests: [], badSignatures: 0 };
  const answer = (request, response) => {
    bucket.requests.push(request.method);
    expectedAuthorization(request)
      .catch(() => "none")
      .then((expected) => {
        if (request.headers.authorization !== expected) {
          bucket.badSignatures++;
          return refuse(response, 403, "SignatureDoesNotMatch");
        }
        const upload = new URL(request.url, "http://unused").searchParams.get("uploadId");
        if (request.method === "DELETE" && upload !== null) return abortUpload(directory, upload, response);
        return serve(request, response);
      });
  };
  const certificate = tls ? makeCertificate(directory) : undefined;
  const server = tls ? createTlsServer(certificate, answer) : createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  bucket.caFile = certificate?.file ?? "";
  bucket.url = `${tls ? "https" : "http"}://127.0.0.1:${server.address().port}/${BUCKET}`;
  bucket.keys = () =>
    readdirSync(join(directory, BUCKET), { recursive: true })
      .filter((name) => name.endsWith(OBJECT))
      .map((name) => name.slice(0, -OBJECT.length))
      .sort();
  bucket.uploads = () => {
    const uploads = join(directory, BUCKET, UPLOADS);
    return existsSync(uploads) ? readdirSync(uploads).length : 0;
  };
  bucket.stop = () => {
    server.close();
    server.closeAllConnections();
    assert.equal(bucket.badSignatures, 0, "every request was signed as the AWS SDK signs it");
  };
  return bucket;
}
