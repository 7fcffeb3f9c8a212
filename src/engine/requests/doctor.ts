import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, totalmem } from "node:os";
import { dirname, join } from "node:path";
import type { MachineReport } from "../../protocol/computeApi.ts";
import { listProviders } from "../encode/providers.ts";
import type { Env } from "../env.ts";

const libraries = ["onnxruntime-node", "sharp", "@duckdb/node-api"] as const;

/** Looks at the machine; loads no model. */
export async function examineMachine(env: Env): Promise<MachineReport> {
  const versions = await Promise.all(libraries.map(async (name) => [name, await versionOf(name)] as const));
  return {
    version: await ownVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    providers: listProviders().map(({ provider, isUsable, why }) => ({ provider, usable: isUsable, why: why ?? null })),
    libraries: Object.fromEntries(versions),
    cacheFolder: env.cacheFolder,
    dataFolder: env.dataFolder,
  };
}

async function versionOf(name: string): Promise<string> {
  try {
    return await versionAbove(dirname(createRequire(import.meta.url).resolve(name)), name);
  } catch (error) {
    return `missing (${error instanceof Error ? error.message.split("\n")[0]! : String(error)})`;
  }
}

async function ownVersion(): Promise<string> {
  return await versionAbove(import.meta.dirname, "winnow");
}

/** The version in the nearest package.json upwards that has the name. */
async function versionAbove(folder: string, name: string): Promise<string> {
  const found = await readFile(join(folder, "package.json"), "utf8").then(
    (text) => JSON.parse(text) as { name?: string; version?: string },
    () => undefined,
  );
  if (found?.name === name && found.version !== undefined) return found.version;
  if (dirname(folder) === folder) throw new Error(`no package.json of ${name}`);
  return await versionAbove(dirname(folder), name);
}
