import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Packages with native binaries, which stay as they are beside the bundle. */
const nativePackages = ["onnxruntime-node", "sharp", "@duckdb/node-api", "@duckdb/node-bindings"];

/** Programs of their own: what is run, and what is started as a worker thread beside it. */
const programs = ["src/cli/main.ts", "src/engine/decode/decodeWorker.ts"];

await rm(`${root}/dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: programs,
  entryNames: "[name]",
  outdir: "dist",
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: "linked",
  external: nativePackages,
  // Packages in the older module format look for `require` when they load Node's own modules.
  banner: {
    js: 'import { createRequire as createBundleRequire } from "node:module"; const require = createBundleRequire(import.meta.url);',
  },
  logLevel: "warning",
});
