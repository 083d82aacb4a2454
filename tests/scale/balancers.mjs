/* nginx and HAProxy with the very files of docs/examples; what is changed in them are addresses and ports. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { place, start, startOnPorts } from "../viewers/processes.mjs";
import { change, readExample, readManifest } from "./examples.mjs";
import { startNames } from "./names.mjs";
import { until } from "./requests.mjs";

const withGateways = (text, ports) =>
  ports.reduce((done, port, i) => change(done, `10.0.0.1${i + 1}:8080`, `127.0.0.1:${port}`), text);

const TEMPORARY = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

const around = (file) => `daemon off;
worker_processes 1;
pid ${file}.pid;
${process.getuid() === 0 ? "user root;" : ""}
events { worker_connections 512; }
http {
  access_log off;
  ${TEMPORARY.map((name) => `${name}_temp_path ${file}-${name};`).join("\n  ")}
  include ${file};
}
`;

let started = 0;

/* What nginx says of the example as it is; throws where it is refused. */
function checkNginx() {
  const file = join(place, "check-nginx.conf");
  writeFileSync(`${file}.main`, around(file));
  writeFileSync(file, readExample("nginx-replicas.conf"));
  execFileSync("nginx", ["-t", "-q", "-p", place, "-e", "stderr", "-c", `${file}.main`]);
}

/* {origin, takeOut(port): as docs/scaling.md says, before a gateway is ended} */
async function startNginx(ports) {
  const file = join(place, `nginx-${++started}.conf`);
  const text = withGateways(readExample("nginx-replicas.conf"), ports);
  let child, configuration;
  const [port] = await startOnPorts(1, (free) => {
    configuration = change(text, "listen 80;", `listen 127.0.0.1:${free};`);
    writeFileSync(file, configuration);
    writeFileSync(`${file}.main`, around(file));
    child = start(`nginx-${started}`, ["nginx", "-p", place, "-e", "stderr", "-c", `${file}.main`]);
    return child;
  });
  const takeOut = (gone) => {
    const server = `server 127.0.0.1:${gone} max_fails`;
    writeFileSync(file, change(configuration, server, server.replace(" max_fails", " down max_fails")));
    child.kill("SIGHUP");
  };
  return { origin: `http://127.0.0.1:${port}`, takeOut };
}

/* Warnings are faults. */
function checkHaproxy(text) {
  const file = join(place, "check-haproxy.cfg");
  writeFileSync(file, text);
  execFileSync("haproxy", ["-c", "-q", "-dW", "-f", file]);
}

async function runHaproxy(text, bind) {
  const file = join(place, `haproxy-${++started}.cfg`);
  const [port] = await startOnPorts(1, (free) => {
    writeFileSync(file, change(text, `bind ${bind}\n`, `bind 127.0.0.1:${free}\n`));
    return start(`haproxy-${started}`, ["haproxy", "-f", file]);
  });
  return { origin: `http://127.0.0.1:${port}`, takeOut: () => {} };
}

const startHaproxy = (ports) => runHaproxy(withGateways(readExample("haproxy.cfg"), ports), ":80");

/* The balancer knows the address of the replica. */
const untilReady = (origin, replica) =>
  until(`replica ${replica} is ready`, async () => {
    const answer = await fetch(`${origin}/replica/${replica}/readyz`);
    await answer.arrayBuffer();
    return answer.status === 200 ? true : undefined;
  });

const inCluster = () => readManifest("balancer.yaml", "ConfigMap").data["haproxy.cfg"];

/* As the pods of the example run it, with a name service that knows the gateways' pods. */
async function startInCluster(ports) {
  const pods = ports.map((_, i) => `cgetway-${i + 1}.cgetway-replicas.cgetway.svc.cluster.local`);
  const names = await startNames(pods);
  const service = `nameserver test 127.0.0.1:${names}`;
  const text = pods.reduce((done, pod, i) => change(done, `${pod}:8080`, `${pod}:${ports[i]}`), inCluster());
  const balancer = await runHaproxy(change(text, "parse-resolv-conf", service), ":8080");
  for (let replica = 1; replica <= ports.length; replica++) await untilReady(balancer.origin, replica);
  return balancer;
}

/* dead: what a job of a gateway that is dead is answered with. */
export const BALANCERS = [
  { name: "nginx", check: checkNginx, start: startNginx, dead: 502 },
  { name: "HAProxy", check: () => checkHaproxy(readExample("haproxy.cfg")), start: startHaproxy, dead: 503 },
  { name: "Kubernetes", check: () => checkHaproxy(inCluster()), start: startInCluster, dead: 503 },
];
