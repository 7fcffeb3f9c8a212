import { cp, glob, mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { nativePackages } from "./bundle.ts";

/** Systems that an extension is packed for, by VS Code's names. Where onnxruntime has no binary, there is none. */
export const targets = ["linux-x64", "linux-arm64", "darwin-arm64", "win32-x64", "win32-arm64"] as const;

/** A system that an extension is packed for. */
export type Target = (typeof targets)[number];

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** What only a package's installer needs. */
const installersOnly: ReadonlySet<string> = new Set(["adm-zip", "global-agent"]);

/** What a package needs when it runs: its code, its binaries, its licence. */
const shippedFile = /\.(?:c|m)?js$|\.json$|\.node$|\.dll$|\.dylib$|\.so(?:\.[\d.]+)?$|(?:^|\/)licen[cs]e[^/]*$/i;
const unshippedFolder = /^(?:src|script|install|test|bin\/napi-v\d+)\/|^dist\/esm\//;

/** Copies the packages with native binaries, and what they import, from one `node_modules` into another: the files that one system needs. */
export async function copyNatives(from: string, to: string, target: Target): Promise<void> {
  for (const name of await listPackages(from, target)) {
    const binaries = `bin/napi-v6/${target.replace("-", "/")}/`;
    for await (const file of glob("**", { cwd: join(from, name), withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      const within = path.slice(join(from, name).length + 1).replaceAll("\\", "/");
      if (!shippedFile.test(within) || within.includes("node_modules/")) continue;
      if (unshippedFolder.test(within) && !within.startsWith(binaries)) continue;
      const copy = join(to, name, within);
      await mkdir(dirname(copy), { recursive: true });
      await cp(path, copy);
    }
  }
}

/** The packages by name with all that they depend on; of those that are for one system, only the wanted system's. */
async function listPackages(folder: string, target: Target): Promise<readonly string[]> {
  const found = new Set<string>();
  const visit = async (name: string): Promise<void> => {
    if (found.has(name) || installersOnly.has(name)) return;
    found.add(name);
    const { dependencies, optionalDependencies } = JSON.parse(await readFile(join(folder, name, "package.json"), "utf8")) as Manifest;
    const ofTarget = Object.keys(optionalDependencies ?? {}).filter((other) => other.endsWith(`-${target}`));
    for (const other of [...Object.keys(dependencies ?? {}), ...ofTarget]) await visit(other);
  };
  for (const name of nativePackages) await visit(name);
  return [...found];
}
