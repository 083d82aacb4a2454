/* The Kubernetes manifests: against the types of Kubernetes 1.30, each other, and the gateway. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";

import { built, place, stopAll } from "../viewers/processes.mjs";
import { change, readExample, readManifest, readManifests } from "./examples.mjs";
import { startGateway } from "./gateways.mjs";

const FILES = ["gateway.yaml", "balancer.yaml"];
const MODULES = { v1: "core/v1", "apps/v1": "apps/v1", "policy/v1": "policy/v1" };
MODULES["networking.k8s.io/v1"] = "networking/v1";

const objects = FILES.flatMap(readManifests);
const gateway = readManifest("gateway.yaml", "StatefulSet").spec;
const pod = gateway.template.spec;
const [container] = pod.containers;
const balancer = readManifest("balancer.yaml", "Deployment").spec;

before(() => symlinkSync(process.env.CGW_NODE_MODULES, join(place, "node_modules")));
after(stopAll);

/* What the TypeScript compiler says of the objects as constants of their types: wrong types, what is missing, and what
 * there is no field for. "": nothing. */
function faultsOf(some) {
  const lines = some.map(({ apiVersion, kind, ...rest }, i) => {
    const type = `import("kubernetes-types/${MODULES[apiVersion]}").${kind}`;
    const text = JSON.stringify({ apiVersion, kind, ...rest });
    return `export const object${i}: ${type} = ${text};`;
  });
  writeFileSync(join(place, "objects.ts"), lines.join("\n"));
  const options = "--noEmit --strict --target es2022 --module nodenext --moduleResolution nodenext".split(
    " ",
  );
  const tsc = join(process.env.CGW_NODE_MODULES, "typescript/bin/tsc");
  const { stdout, status } = spawnSync("node", [tsc, ...options, "objects.ts"], { cwd: place });
  return status === 0 ? "" : stdout.toString();
}

test("every object is what Kubernetes takes", () => {
  assert.equal(faultsOf(objects), "");
});

test("the types find a wrong value, an unknown field and what is missing", () => {
  const first = ({ spec }) => spec.template.spec.containers[0];
  const SPOILERS = {
    "'number'": (set) => (first(set).livenessProbe.periodSeconds = "ten"),
    readOnlyRootFileSystem: (set) => (first(set).securityContext.readOnlyRootFileSystem = true),
    "'name' is missing": (set) => delete first(set).name,
    "'selector' is missing": (set) => delete set.spec.selector,
  };
  const spoilt = Object.values(SPOILERS).map((spoil) => {
    const set = structuredClone(objects.find(({ kind }) => kind === "StatefulSet"));
    spoil(set);
    return set;
  });
  const faults = faultsOf(spoilt).split("\n");
  for (const [i, word] of Object.keys(SPOILERS).entries())
    assert.ok(
      faults.some((fault) => fault.startsWith(`objects.ts(${i + 1},`)) && faults.join().includes(word),
      `${word}: ${faults}`,
    );
});

test("selectors find pods, Services and volumes are there, ports have names", () => {
  const labels = [gateway, balancer].map((spec) => spec.template.metadata.labels.app);
  for (const { kind, spec } of objects)
    if (["Service", "PodDisruptionBudget", "NetworkPolicy"].includes(kind)) {
      const selector = spec.podSelector ?? spec.selector;
      assert.ok(labels.includes((selector.matchLabels ?? selector).app), kind);
    }
  for (const spec of [gateway, balancer]) {
    assert.deepEqual(spec.selector.matchLabels, spec.template.metadata.labels);
    const [{ volumeMounts, ports }] = spec.template.spec.containers;
    const volumes = [
      ...spec.template.spec.volumes,
      ...(spec.volumeClaimTemplates ?? []).map((t) => t.metadata),
    ];
    assert.deepEqual(volumeMounts.map(({ name }) => name).sort(), volumes.map(({ name }) => name).sort());
    assert.equal(ports[0].containerPort, 8080);
    for (const { configMap, secret } of spec.template.spec.volumes)
      if (configMap ?? secret)
        assert.ok(objects.some((o) => o.metadata.name === (configMap?.name ?? secret.secretName)));
  }
  assert.ok(
    objects.some(({ kind, metadata }) => kind === "Service" && metadata.name === gateway.serviceName),
  );
  for (const { metadata } of objects) assert.equal(metadata.namespace, "cgetway");
});

/* The configuration as the pod has it, its paths below a directory of the test's own. */
function configure() {
  const inPod = readManifest("gateway.yaml", "ConfigMap").data["cgetway.json"];
  const secret = readManifest("gateway.yaml", "Secret").stringData;
  let text = inPod;
  for (const path of ["/var/lib/cgetway", "/var/cache/cgetway"]) {
    mkdirSync(join(place, path), { recursive: true });
    assert.ok(container.volumeMounts.some(({ mountPath }) => mountPath === path));
    text = change(text, `"${path}"`, JSON.stringify(join(place, path)));
  }
  const mount = "/run/secrets/cgetway";
  mkdirSync(join(place, mount), { recursive: true });
  for (const [name, value] of Object.entries(secret)) writeFileSync(join(place, mount, name), value);
  writeFileSync(join(place, "cgetway.json"), text);
  const environment = Object.fromEntries(
    container.env.map(({ name, value, valueFrom }) => [name, valueFrom ? "1" : value]),
  );
  for (const [name, value] of Object.entries(environment))
    if (value.startsWith(mount)) environment[name] = join(place, value);
  environment.CGETWAY_CONFIG = join(place, "cgetway.json");
  return { settings: JSON.parse(inPod), environment: { PATH: process.env.PATH, ...environment } };
}

test("the gateway takes every key and variable, and answers the probes", async () => {
  const { environment } = configure();
  const inForce = JSON.parse(execFileSync(built("cgetway"), ["--print-config"], { env: environment }));
  assert.equal(inForce.replica, 1);
  assert.equal(inForce.peers.main["user-passcode"], "***");
  assert.match(
    execFileSync(built("cgetway"), ["--check-config"], { env: environment }).toString(),
    /The configuration is good/,
  );
  Object.assign(process.env, environment); /* which start() hands on */
  const { port } = await startGateway("in-pod", ["--listen-address", "127.0.0.1", "--listen-port", "0"]);
  const [program, ...argv] = container.livenessProbe.exec.command;
  execFileSync(built(basename(program)), [...argv, "--listen-address", "127.0.0.1", "--listen-port", `${port}`], {
    env: environment,
  });
  for (const name of ["startupProbe", "readinessProbe"]) {
    const answer = await fetch(`http://127.0.0.1:${port}${container[name].httpGet.path}`);
    assert.equal(answer.status, 200, name);
    await answer.arrayBuffer();
  }
});

const GIB = 1024 ** 3;
const bytes = (text) =>
  parseInt(text, 10) * { M: 1024 ** 2, G: GIB, Mi: 1024 ** 2, Gi: GIB }[/[A-Z].*/.exec(text)[0]];

test("times and sizes of manifest and configuration fit together", () => {
  const { settings } = configure();
  assert.ok(pod.terminationGracePeriodSeconds > settings["drain-timeout"]);
  const cache = pod.volumes.find(({ name }) => name === "cache");
  assert.ok(bytes(cache.emptyDir.sizeLimit) > bytes(settings["cache-size"]));
  const codecs = settings["max-codecs"] * bytes(settings["codec-memory"]);
  assert.ok(
    bytes(container.resources.limits.memory) >= codecs + bytes(settings["unpacked-memory"]) + GIB / 2,
  );
  const peer = settings.peers.main;
  const [{ to, ports }] = readManifests("gateway.yaml").find(({ kind }) => kind === "NetworkPolicy").spec
    .egress;
  assert.equal(to[0].ipBlock.cidr, `${peer.host}/32`);
  assert.equal(ports[0].port, peer.port);
  assert.equal(gateway.ordinals.start, 1);
});

test("the balancer is that of docs/examples, with a server for each replica", () => {
  const replicas = Array.from({ length: gateway.replicas }, (_, i) => i + gateway.ordinals.start);
  const name = (n) => `cgetway-${n}.${gateway.serviceName}.cgetway.svc.cluster.local:8080`;
  let text = change(readExample("haproxy.cfg"), "    bind :80\n", "    bind :8080\n");
  for (const n of replicas)
    text = change(text, `10.0.0.1${n}:8080`, `${name(n)} resolvers cluster init-addr none`);
  text = change(
    text,
    "defaults\n",
    "resolvers cluster\n    parse-resolv-conf\n    hold valid 5s\n\ndefaults\n",
  );
  assert.doesNotMatch(text, /10\.0\.0\.1/);
  assert.equal(readManifest("balancer.yaml", "ConfigMap").data["haproxy.cfg"], text);
});
