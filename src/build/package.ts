import { spawnSync } from "node:child_process";
import { cp, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { makeBundles } from "./bundle.ts";
import { copyNatives, type Target, targets } from "./natives.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What an installed extension has no use for. */
const onlyForDevelopment = ["scripts", "devDependencies", "dependencies", "allowScripts", "bin", "private"];

/**
 * Packs the extension for one system and gives the file's path. It is put together in `out/package`, so that nothing of the checkout is touched:
 * the bundles with the native packages beside them, where the bundled code finds them. `.vscodeignore` says what gets in.
 */
export async function packExtension(target: Target): Promise<string> {
  const stage = join(root, "out/package", target, "extension");
  await rm(stage, { recursive: true, force: true });
  await mkdir(stage, { recursive: true });
  for (const name of [".vscodeignore", "README.md", "LICENSE", "CHANGELOG.md"]) await cp(join(root, name), join(stage, name));
  await cp(join(root, "media"), join(stage, "media"), { recursive: true, filter: (path) => !path.includes(".winnow") });
  const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as Record<string, unknown>;
  const shipped = Object.fromEntries(Object.entries(manifest).filter(([key]) => !onlyForDevelopment.includes(key)));
  await writeFile(join(stage, "package.json"), `${JSON.stringify(shipped, null, 2)}\n`);
  await makeBundles({ folder: join(stage, "dist"), production: true });
  await copyNatives(await findPackages(target), join(stage, "dist/node_modules"), target);
  const file = join(root, "out/package", target, "winnow.vsix");
  const vsce = join(root, "node_modules/@vscode/vsce/vsce");
  run(stage, [
    process.execPath,
    vsce,
    "package",
    "--target",
    target,
    "--out",
    file,
    "--no-dependencies",
    "--allow-missing-repository",
    "--no-rewrite-relative-links",
  ]);
  return file;
}

/** This system, where an extension can be packed for it. */
export function thisTarget(): Target | undefined {
  return targets.find((target) => target === `${process.platform}-${process.arch}`);
}

/** The folder of packages to take natives from: our own for this system; for another, one that is installed for it beside the package. */
async function findPackages(target: Target): Promise<string> {
  if (target === thisTarget()) return join(root, "node_modules");
  const folder = join(root, "out/package", target, "natives");
  await mkdir(folder, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) await cp(join(root, name), join(folder, name));
  const [platform, processor] = target.split("-");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  run(folder, [npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", `--os=${platform!}`, `--cpu=${processor!}`]);
  return join(folder, "node_modules");
}

function run(folder: string, [program, ...args]: readonly string[]): void {
  const { status } = spawnSync(program!, args, {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`${[program, ...args].join(" ")} ended with ${String(status)}`);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { target: { type: "string" } } });
  const target = values.target === undefined ? thisTarget() : targets.find((known) => known === values.target);
  if (target === undefined)
    throw new Error(`Expected one of ${targets.join(", ")} but received ${values.target ?? `${process.platform}-${process.arch}`}`);
  const file = await packExtension(target);
  console.log(`${file} ${((await stat(file)).size / 2 ** 20).toFixed(1)} MB`);
}
