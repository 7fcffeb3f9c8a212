import { readFile, statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { freemem, totalmem } from "node:os";
import { dirname, join } from "node:path";
import type { MachineReport, ParityReport, ProbeReport } from "../../protocol/computeApi.ts";
import { realCores } from "../encode/cores.ts";
import { readAnyEncoder, withShrinkOnLoad } from "../encode/encoderFolder.ts";
import { findEncoder, listEncoders } from "../encode/encoders.ts";
import { describeFigure, probe } from "../encode/probe.ts";
import { bestOf, listProbes, readProbe } from "../encode/probeRecord.ts";
import type { ProbeRecord } from "../encode/probeRecord.ts";
import { listProviders } from "../encode/providers.ts";
import type { Env } from "../env.ts";
import { readCertificate } from "../store/certificates.ts";

const libraries = ["onnxruntime-node", "sharp", "@duckdb/node-api"] as const;

/** Looks at the machine; loads no model. */
export async function examineMachine(env: Env): Promise<MachineReport> {
  const versions = await Promise.all(libraries.map(async (name) => [name, await versionOf(name)] as const));
  const { logical, physical, quota, threads } = realCores();
  return {
    version: await ownVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cores: logical,
    physicalCores: physical ?? null,
    quotaCores: quota ?? null,
    threads: threads ?? null,
    memoryBytes: totalmem(),
    freeMemoryBytes: freemem(),
    providers: listProviders(env).map(({ provider, isBundled, isUsable, why, device }) => ({
      provider,
      bundled: isBundled,
      usable: isUsable,
      why: why ?? null,
      device: device ?? null,
    })),
    probes: (await listProbes(env)).map(probeReport),
    parities: await listParities(env),
    libraries: Object.fromEntries(versions),
    cacheFolder: env.cacheFolder,
    cacheDisk: await diskOf(env.cacheFolder),
    dataFolder: env.dataFolder,
  };
}

/** Measures where an encoder is the fastest, unless that is known and not asked for `again`; the CPU's figure too where it is all there is. Throws an EncoderError where there is no such encoder. */
export async function examineEncoder(
  env: Env,
  idOrFolder: string,
  { signal, again }: { readonly signal: AbortSignal; readonly again: boolean },
): Promise<void> {
  const encoder = await readAnyEncoder(env, (await findEncoder(env, idOrFolder)).folder);
  const known = await readProbe(env, encoder.descriptor.id);
  if (again || known?.isDone !== true) await probe(env, encoder, { signal });
}

/** The grade of each encoder that can be used here, and of the same with shrinking on load where that was certified. */
async function listParities(env: Env): Promise<ParityReport[]> {
  const reports: ParityReport[] = [];
  for (const { folder } of await listEncoders(env)) {
    const encoder = await readAnyEncoder(env, folder).catch(() => undefined);
    if (encoder === undefined) continue;
    for (const variant of [encoder, withShrinkOnLoad(encoder)]) {
      const { id } = variant.descriptor;
      const certificate = await readCertificate(env, id);
      if (certificate !== undefined || variant === encoder)
        reports.push({
          encoder: id,
          shrinkOnLoad: variant !== encoder,
          grade: certificate?.grade ?? null,
          reference: certificate?.reference.name ?? null,
        });
    }
  }
  return reports;
}

function probeReport(record: ProbeRecord): ProbeReport {
  const { provider, batchSize } = bestOf(record);
  const figures = record.figures.map((figure) => ({ ...figure, text: describeFigure(figure) }));
  return { encoder: record.encoder, provider, batchSize: batchSize ?? null, figures };
}

/** The disk of a folder that may not be there yet: that of the nearest one above. */
async function diskOf(folder: string): Promise<MachineReport["cacheDisk"]> {
  try {
    const { bavail, blocks, bsize } = await statfs(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    return dirname(folder) === folder ? null : await diskOf(dirname(folder));
  }
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
