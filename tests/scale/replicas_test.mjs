/* Three gateways behind each balancer, with dcmqrscp as the peers. The tests of a balancer share its gateways, and
 * each leaves all three running. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { startDcmqrscp } from "../viewers/archives.mjs";
import { built, place, stopAll } from "../viewers/processes.mjs";
import { BALANCERS } from "./balancers.mjs";
import { startGateways } from "./gateways.mjs";
import { ask, finish, open, replicaOf, statusInHttp10, until } from "./requests.mjs";

const STUDIES = 24;
const MANY_STUDIES = 1000;
const REPLICAS = [1, 2, 3];
/* Of a study that cannot be on its way in buffers as a whole. */
const LARGE = ["--instances", "24", "--pixel-bytes", "2097152"];
const ROOT = "/v1/peers/main/dicom-web";

/* Retrieves at once, two of each gateway. Each has a peer of its own: dcmqrscp does one after the other. */
const STREAMS = 2 * REPLICAS.length;

const peers = {};
let studies, large;

function makeStudy(seed, ...options) {
  const directory = join(place, "archive", String(seed));
  mkdirSync(directory, { recursive: true });
  const argv = ["--seed", String(seed), ...options, directory];
  return JSON.parse(execFileSync(built("tests/make-study"), argv));
}

async function addPeer(name, some) {
  const directory = join(place, `index-${name}`);
  mkdirSync(directory);
  const files = some.flatMap(({ instances }) => instances.map(({ file }) => file));
  peers[name] = { host: "127.0.0.1", port: await startDcmqrscp(directory, files), "called-aet": "ARCHIVE" };
}

before(async () => {
  studies = Array.from({ length: STUDIES }, (_, i) =>
    makeStudy(i + 1, "--instances", "2", "--pixel-bytes", "2048"),
  );
  large = makeStudy(100, ...LARGE);
  await addPeer("main", [...studies, large]);
  for (let i = 0; i < STREAMS; i++) await addPeer(`stream${i}`, [large]);
});
after(stopAll);

const keys = ({ studyInstanceUid }) => ({ QueryRetrieveLevel: "STUDY", StudyInstanceUID: studyInstanceUid });
const pathOf = ({ studyInstanceUid }) => `${ROOT}/studies/${studyInstanceUid}`;
const anyFile = { headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' } };

/* What viewers ask for of a study. */
function pathsOf(study) {
  const [{ seriesInstanceUid, sopInstanceUid }] = study.instances;
  const wado = `requestType=WADO&studyUID=${study.studyInstanceUid}&seriesUID=${seriesInstanceUid}`;
  return [
    `${pathOf(study)}/series`,
    `${pathOf(study)}/metadata`,
    `${pathOf(study)}/series/${seriesInstanceUid}/instances/${sopInstanceUid}/frames/1`,
    pathOf(study),
    `${ROOT}/wado?${wado}&objectUID=${sopInstanceUid}&contentType=application/dicom`,
    `/v1/peers/main/wado?${wado}&objectUID=${sopInstanceUid}&contentType=application/dicom`,
  ];
}

const outcomeOf = ({ body }) =>
  JSON.parse(body.subarray(body.lastIndexOf("\r\n\r\n{")).toString().split("\r\n--")[0]);

for (const balancer of BALANCERS)
  describe(balancer.name, () => {
    let gateways, origin, takeOut;

    const at = (path) => `${origin}${path}`;
    const gatewayOf = (replica) => gateways[replica - 1];
    const get = (path, options) => ask("GET", at(path), options);
    const post = (path, body, headers) => ask("POST", at(path), { body, headers });

    /* The replica that answers for each study; every one is answered. */
    async function ownersOf(some) {
      const owners = [];
      for (const study of some) {
        const answer = await get(`${pathOf(study)}/metadata`);
        assert.equal(answer.status, 200);
        owners.push(await replicaOf(answer));
      }
      return owners;
    }

    /* A job that is over, found through the balancer: {id, replica, links...}. before: what stands before the path. */
    async function jobFor(study, before = "") {
      const accepted = await post(`${before}/v1/peers/main/get?output=store`, keys(study), {
        Prefer: "respond-async",
      });
      assert.equal(accepted.status, 202);
      const job = await until("the job is over", async () => {
        const seen = await get(accepted.headers.location);
        assert.equal(seen.status, 200);
        const { state, ...rest } = JSON.parse(seen.body);
        return ["queued", "running"].includes(state) ? undefined : { state, ...rest };
      });
      assert.equal(job.state, "complete");
      assert.equal(job.links.self, accepted.headers.location);
      return { ...job, replica: await replicaOf(accepted) };
    }

    /* The balancer takes no gateway for gone. */
    const untilAllServe = () =>
      until("all gateways are asked", async () => {
        const seen = new Set();
        for (let i = 0; i < STREAMS; i++) seen.add(await replicaOf(await post("/v1/peers/main/echo")));
        return seen.size === REPLICAS.length ? true : undefined;
      });

    before(async () => {
      gateways = await startGateways(balancer.name, REPLICAS.length, peers);
      ({ origin, takeOut } = await balancer.start(gateways.map(({ port }) => port)));
    });

    test("its own check finds the example good", () => balancer.check());

    test("a study is on one gateway, whatever of it is asked for, and studies are on all", async (t) => {
      const owners = await ownersOf(studies);
      for (const [i, study] of studies.entries())
        for (const path of pathsOf(study)) {
          const answer = await get(path, path === pathOf(study) ? anyFile : {});
          assert.equal(answer.status, 200, path);
          assert.equal(await replicaOf(answer), owners[i], path);
        }
      for (const { replica, ...gateway } of gateways) {
        const own = studies.filter((_, i) => owners[i] === replica).map((study) => study.studyInstanceUid);
        t.diagnostic(`replica ${replica} has ${own.length} of ${STUDIES} studies`);
        assert.ok(own.length > 0, `replica ${replica} has ${own.length} of ${STUDIES} studies`);
        assert.deepEqual(gatewayOf(replica).cachedStudies("main").sort(), own.sort(), gateway.name);
      }
    });

    test("what is not of one study goes to all gateways, with the id of the request", async () => {
      const seen = new Set();
      for (let i = 0; i < 9; i++) {
        const answer = await post("/v1/peers/main/find", {
          QueryRetrieveLevel: "STUDY",
          StudyInstanceUID: "",
        });
        assert.equal(answer.status, 200);
        assert.equal(answer.headers["x-request-id"], answer.id);
        seen.add(await replicaOf(answer));
      }
      assert.deepEqual([...seen].sort(), REPLICAS);
      const { headers } = await finish(
        await open("GET", at("/v1/peers"), { headers: { "X-Request-Id": "" } }),
      );
      assert.match(headers["x-request-id"], /^[0-9a-f-]{32,36}$/);
    });

    test("a client of HTTP/1.0, which could not see a cut, gets no stream", async () => {
      const body = JSON.stringify(keys(studies[0]));
      assert.equal(await statusInHttp10(at("/v1/peers/main/get"), body), 505);
    });

    test("a job is found by its id, and listed by its replica", async () => {
      const jobs = await Promise.all(studies.slice(0, 6).map((study) => jobFor(study)));
      assert.deepEqual([...new Set(jobs.map(({ replica }) => replica))].sort(), REPLICAS);
      for (const { id, replica, links } of jobs) {
        assert.equal(id.slice(12, 14), `0${replica}`);
        for (const path of Object.values(links)) {
          const answer = await get(path);
          assert.equal(answer.status, 200);
          assert.equal(await replicaOf(answer), replica);
        }
      }
      for (const replica of REPLICAS) {
        const list = JSON.parse((await get(`/replica/${replica}/v1/jobs`)).body);
        const own = jobs.filter((job) => job.replica === replica).map(({ id }) => id);
        assert.equal(list.replica, replica);
        assert.deepEqual(list.jobs.map(({ id }) => id).sort(), own.sort());
      }
    });

    test("a job that no replica has is not found, one of a replica that is not there is no 404", async () => {
      assert.equal((await get(`/v1/jobs/${"0".repeat(12)}02${"0".repeat(18)}`)).status, 404);
      assert.equal((await get(`/v1/jobs/${"0".repeat(12)}04${"0".repeat(18)}`)).status, balancer.dead);
    });

    test("the page for people stays with one gateway", async () => {
      const page = await get("/");
      assert.match(page.body.toString(), /<title>cgetway<\/title>/);
      const Cookie = page.headers["set-cookie"].map((cookie) => cookie.split(";")[0]).join("; ");
      const replica = await replicaOf(page);
      const job = JSON.parse(
        (await post("/v1/peers/main/get?output=store", keys(studies[0]), { Cookie, Prefer: "respond-async" }))
          .body,
      );
      for (let i = 0; i < 4; i++) {
        const list = JSON.parse((await get("/v1/jobs", { headers: { Cookie } })).body);
        assert.equal(list.replica, replica);
        assert.ok(list.jobs.some(({ id }) => id === job.id));
      }
    });

    /* Runs the body with a balancer before servers that are no gateways, but ready; respond(index, request,
     * response) answers the rest. */
    async function withOthers(respond, body) {
      const servers = REPLICAS.map((_, i) =>
        createServer((request, response) =>
          request.url === "/readyz" ? response.end() : respond(i, request, response),
        ).listen(0, "127.0.0.1"),
      );
      const close = (server) => {
        server.closeAllConnections();
        server.close();
      };
      try {
        for (const server of servers) if (!server.listening) await once(server, "listening");
        const other = await balancer.start(servers.map((server) => server.address().port));
        await body(other.origin, (i) => close(servers[i]));
      } finally {
        servers.forEach(close);
      }
    }

    test("what was sent and not answered is sent again when it is a GET, never when it is a POST", async () => {
      const got = [];
      const leave = (_, request) => {
        got.push(request.method);
        request.on("end", () => request.socket.destroy()).resume();
      };
      await withOthers(leave, async (other) => {
        const posted = await ask("POST", `${other}/v1/peers/main/get`, { body: keys(large) });
        assert.ok([502, 503].includes(posted.status));
        assert.deepEqual(got, ["POST"]);
        assert.ok([502, 503].includes((await ask("GET", `${other}/v1/peers`)).status));
        assert.ok(got.filter((method) => method === "GET").length > 1);
      });
    });

    test("studies are dealt evenly, and when a gateway is gone no others move than its own", async (t) => {
      const uids = Array.from({ length: MANY_STUDIES }, (_, i) => `1.2.826.0.1.${i * 7919}.${i}`);
      await withOthers(
        (i, request, response) => response.end(String(i)),
        async (other, stop) => {
          const places = async () => {
            const seen = [];
            for (const uid of uids) {
              const answer = await fetch(`${other}${ROOT}/studies/${uid}/metadata`);
              assert.equal(answer.status, 200);
              seen.push(Number(await answer.text()));
            }
            return seen;
          };
          const dealt = await places();
          const counts = REPLICAS.map((_, i) => dealt.filter((at) => at === i).length);
          t.diagnostic(`of ${MANY_STUDIES} studies the gateways have ${counts.join(", ")}`);
          for (const count of counts) assert.ok(Math.abs(count / MANY_STUDIES - 1 / REPLICAS.length) < 0.1);
          stop(0);
          const now = await places();
          for (const [i, at] of dealt.entries())
            if (at === 0) assert.notEqual(now[i], 0);
            else assert.equal(now[i], at);
        },
      );
    });

    /* Streams that are under way: one of a study from its gateway's cache, and retrieves of all gateways. */
    async function openStreams() {
      const stream = await open("GET", at(pathOf(large)), anyFile);
      const retrieves = [];
      while (retrieves.length < STREAMS)
        retrieves.push(
          await open("POST", at(`/v1/peers/stream${retrieves.length}/get`), { body: keys(large) }),
        );
      for (const { status } of [stream, ...retrieves]) assert.equal(status, 200);
      return { stream, retrieves };
    }

    test("a gateway that is killed costs its own streams and no others; its studies go elsewhere", async () => {
      const owners = await ownersOf(studies);
      const [victim] = (await ownersOf([large])).map(gatewayOf);
      const job = await jobFor(studies[0], `/replica/${victim.replica}`);
      await untilAllServe();
      const { stream, retrieves } = await openStreams();
      await victim.signal("SIGKILL");

      const now = await ownersOf(studies); /* at once: each is answered 200 */
      for (const [i, owner] of owners.entries())
        if (owner === victim.replica) assert.notEqual(now[i], victim.replica);
        else assert.equal(now[i], owner);
      for (let i = 0; i < STREAMS; i++)
        assert.equal((await post("/v1/peers/main/echo", undefined)).status, 200);
      assert.equal((await get(job.links.self)).status, balancer.dead);

      assert.equal((await finish(stream)).isWhole, false);
      const ends = [];
      for (const retrieve of retrieves) ends.push(await finish(retrieve));
      const whole = ends.filter(({ isWhole }) => isWhole);
      assert.equal(whole.length, STREAMS - STREAMS / REPLICAS.length);
      for (const answer of whole) {
        assert.equal(outcomeOf(answer).complete, true);
        assert.notEqual(await replicaOf(answer), victim.replica);
      }

      await victim.start();
      await until("the studies are back where they were", async () =>
        (await ownersOf(studies)).every((owner, i) => owner === owners[i]) ? true : undefined,
      );
      assert.equal((await get(job.links.self)).status, 200);
    });

    test("a gateway that drains loses nothing, and gets nothing new", async () => {
      const owners = await ownersOf(studies);
      const [leaving] = (await ownersOf([large])).map(gatewayOf);
      const job = await jobFor(studies[0], `/replica/${leaving.replica}`);
      await untilAllServe();
      const { stream, retrieves } = await openStreams();
      takeOut(leaving.port);
      if (balancer.name === "nginx") await until("it gets nothing new", async () => hasLeft(leaving, owners));
      const ended = leaving.signal("SIGTERM");
      await until("it gets nothing new", async () => hasLeft(leaving, owners));
      for (let i = 0; i < STREAMS; i++)
        assert.equal((await post("/v1/peers/main/echo", undefined)).status, 200);
      assert.equal((await get(job.links.self)).status, 200); /* it still answers for its jobs */

      const itsOwn = [];
      for (const answer of [stream, ...retrieves]) {
        const { isWhole } = await finish(answer);
        assert.equal(isWhole, true);
        if ((await replicaOf(answer)) === leaving.replica) itsOwn.push(answer);
      }
      assert.equal(itsOwn.length, 1 + STREAMS / REPLICAS.length);
      assert.deepEqual(await ended, [0, null]);
      await leaving.start();
    });

    /* True when no study goes to it; until then it may say that it drains, and nothing worse. */
    async function hasLeft(leaving, owners) {
      const own = studies.filter((_, i) => owners[i] === leaving.replica);
      for (const study of own) {
        const answer = await get(`${pathOf(study)}/metadata`);
        if (answer.status !== 200) {
          assert.equal(answer.status, 503);
          assert.equal(JSON.parse(answer.body).code, "draining");
        }
        if ((await replicaOf(answer)) === leaving.replica) return undefined;
      }
      return true;
    }
  });
