/* The files of docs/examples. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const { parseAllDocuments } = createRequire(join(process.env.CGW_NODE_MODULES, "yaml/"))("yaml");

export const readExample = (name) =>
  readFileSync(fileURLToPath(new URL(`../../docs/examples/${name}`, import.meta.url)), "utf8");

/* Whatever is to be changed has to be there. */
export function change(text, from, to) {
  if (!text.includes(from)) throw new Error(`there is no ${JSON.stringify(from)} in the example`);
  return text.replaceAll(from, to);
}

/* The objects of a manifest. */
export const readManifests = (name) =>
  parseAllDocuments(readExample(`kubernetes/${name}`), { strict: true }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });

/* The only one of the kind. */
export function readManifest(name, kind) {
  const found = readManifests(name).filter((object) => object.kind === kind);
  if (found.length !== 1) throw new Error(`${name} has ${found.length} of ${kind}`);
  return found[0];
}
