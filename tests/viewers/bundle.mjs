/* Makes the pages of the viewers that are libraries: node bundle.mjs DIRECTORY. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const { build } = createRequire(join(process.env.CGW_NODE_MODULES, "esbuild/"))("esbuild");

const modules = process.env.CGW_NODE_MODULES;
const source = join(dirname(fileURLToPath(import.meta.url)), "pages");
const target = process.argv[2];
const PAGES = ["cornerstone", "dwv", "dicomweb_client"];

/* Loaders name their WebAssembly by `new URL("package/name", import.meta.url)`, which esbuild leaves as it is: it
 * becomes an import of the file. */
const webAssembly = {
  name: "webAssembly",
  setup(builder) {
    builder.onLoad({ filter: /dicom-image-loader\/dist\/esm\/shared\/decoders\/.*\.js$/ }, ({ path }) => {
      const names = [];
      const contents = readFileSync(path, "utf8").replace(
        /new URL\('(@[^']+)', import\.meta\.url\)/g,
        (_, name) => `new URL(wasm${names.push(name)}, import.meta.url)`,
      );
      const imports = names.map((name, i) => `import wasm${i + 1} from "${name}";\n`).join("");
      return { contents: imports + contents, loader: "js" };
    });
  },
};

/* Parts that never run in a browser want these of Node.js. */
const nodeParts = {
  name: "nodeParts",
  setup(builder) {
    builder.onResolve({ filter: /^(events|fs|path|url)$/ }, ({ path }) => ({ path, namespace: "node" }));
    builder.onLoad({ filter: /./, namespace: "node" }, () => ({
      contents: "module.exports = { EventEmitter: class {} };",
    }));
  },
};

mkdirSync(target, { recursive: true });
await build({
  entryPoints: [
    ...PAGES.map((name) => ({ in: join(source, `${name}.js`), out: name })),
    {
      in: join(modules, "@cornerstonejs/dicom-image-loader/dist/esm/decodeImageFrameWorker.js"),
      out: "decodeImageFrameWorker",
    },
  ],
  bundle: true,
  format: "esm",
  platform: "browser",
  outdir: target,
  nodePaths: [modules],
  loader: { ".wasm": "file" },
  plugins: [webAssembly, nodeParts],
  define: { "process.env.NODE_ENV": '"production"', global: "globalThis" },
  logLevel: "error",
});
for (const name of PAGES)
  writeFileSync(
    join(target, `${name}.html`),
    `<!doctype html><meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,">` +
      `<div id="view" style="width: 512px; height: 512px"></div><script type="module" src="${name}.js"></script>\n`,
  );
cpSync(join(modules, "dwv/dist/assets"), join(target, "assets"), { recursive: true });
