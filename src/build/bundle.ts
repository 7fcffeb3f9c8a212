import { globSync } from "node:fs";
import { copyFile, cp, mkdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type BuildOptions, context, type Metafile } from "esbuild";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Packages with native binaries, which stay as they are beside the bundle. */
export const nativePackages: readonly string[] = ["onnxruntime-node", "sharp", "@duckdb/node-api", "@duckdb/node-bindings"];

/** Where bundles go, and whether they are made to be shipped: then without source maps, and small where they are loaded at every start. */
export interface BundleChoice {
  readonly folder: string;
  readonly production: boolean;
}

/** One thing that is loaded as a whole. `fits` says what is wrong with what got into it; undefined where nothing is. */
interface Bundle {
  readonly options: BuildOptions;
  readonly fits?: (metafile: Metafile) => string | undefined;
}

/** The CLI, the engine's processes and their threads (files that end in "Worker"): programs of their own, started by path. */
function programs(): Bundle {
  return {
    options: {
      entryPoints: [
        "src/cli/main.ts",
        "src/engine/childMain.ts",
        "src/engine/tuneMain.ts",
        ...globSync("src/engine/**/*Worker.ts", { cwd: root }),
      ],
      entryNames: "[name]",
      platform: "node",
      format: "esm",
      target: "node20",
      // What several share, and what one of them loads only when it needs it, lies beside them: our files are found from where the code lies.
      splitting: true,
      chunkNames: "chunk-[hash]",
      external: [...nativePackages],
      // Packages in the older module format look for `require` when they load Node's own modules.
      banner: {
        js: 'import { createRequire as createBundleRequire } from "node:module"; const require = createBundleRequire(import.meta.url);',
      },
    },
  };
}

/** What VS Code loads into its extension host. The engine runs in processes of its own: none of it may get in here. */
function extension(production: boolean): Bundle {
  return {
    options: {
      entryPoints: ["src/host/extension.ts"],
      outExtension: { ".js": ".cjs" },
      platform: "node",
      format: "cjs",
      target: "node20",
      external: ["vscode"],
      minify: production,
      keepNames: true, // an error's kind is its class's name
    },
    fits: (metafile) => {
      const intruder = findIntruder(Object.keys(metafile.inputs));
      return intruder === undefined ? undefined : `Expected no engine in the extension's bundle but found ${intruder}`;
    },
  };
}

/** The panel's page. */
function page(production: boolean, folder: string): Bundle {
  return {
    options: {
      entryPoints: [
        { in: "webview/main.ts", out: "main" },
        { in: "webview/styles.css", out: "main" },
      ],
      outdir: join(folder, "webview"),
      platform: "browser",
      format: "iife",
      target: "es2022",
      loader: { ".ttf": "file" },
      assetNames: "[name]",
      minify: production,
      keepNames: true,
    },
  };
}

/** Makes every bundle anew in a folder; throws where one can't be made or has something in it that doesn't belong there. */
export async function makeBundles({ folder, production }: BundleChoice): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await copyPrograms(folder);
  for (const { options, fits } of bundles({ folder, production })) {
    const { metafile } = await build({ ...options, metafile: true });
    const problem = fits?.(metafile);
    if (problem !== undefined) throw new Error(problem);
    for (const [path, { bytes }] of Object.entries(metafile.outputs)) {
      if (!path.endsWith(".map"))
        console.log(`${relative(folder, join(root, path)).padEnd(24)} ${(bytes / 1024).toFixed(0).padStart(7)} KB`);
    }
  }
}

/** What Python runs, for the engine finds it beside its own code. */
async function copyPrograms(folder: string): Promise<void> {
  const trainers = join(root, "src/trainers");
  for (const name of ["reference.py", "train_full.py", "preflight.py", "export_encoder.py"])
    await copyFile(join(trainers, name), join(folder, name));
  await cp(join(trainers, "full"), join(folder, "full"), { recursive: true, filter: (path) => !path.includes("__pycache__") });
}

/** The first of a bundle's sources that has no place in the extension host. */
export function findIntruder(sources: readonly string[]): string | undefined {
  return sources.find((path) => path.startsWith("src/engine/") || nativePackages.some((name) => path.includes(`node_modules/${name}/`)));
}

async function watchBundles(choice: BundleChoice): Promise<void> {
  for (const { options } of bundles(choice)) await (await context({ ...options, logLevel: "info" })).watch();
}

function bundles({ folder, production }: BundleChoice): readonly Bundle[] {
  const common: BuildOptions = {
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    sourcemap: production ? false : "linked",
    logLevel: "warning",
  };
  return [programs(), extension(production), page(production, folder)].map(({ options, ...bundle }) => ({
    ...bundle,
    options: { ...common, ...options },
  }));
}

if (import.meta.main) {
  const choice = { folder: join(root, "dist"), production: process.argv.includes("--production") };
  await (process.argv.includes("--watch") ? watchBundles(choice) : makeBundles(choice));
}
