import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { EncoderId } from "../../core/encoder.ts";
import { providers } from "../../core/providers.ts";
import type { Provider } from "../../core/providers.ts";
import type { Env } from "../env.ts";
import { writeAtomically } from "../store/files.ts";
import { realCores } from "./cores.ts";
import { listProviders } from "./providers.ts";
import { runtimeVersion } from "./session.ts";

/** What one provider showed: pictures a second at its best batch; `cosine` is the least to the CPU's vectors. Null is unknown; `problem` says why it is out. */
export interface ProbeFigure {
  readonly provider: Provider;
  readonly ratePerSecond: number | null;
  readonly batchSize: number;
  readonly cosine: number | null;
  readonly problem: string | null;
}

/**
 * What was measured of an encoder on a machine. `trying` is a provider that is being measured and by which process: where that process is gone, the
 * provider took it along.
 */
export interface ProbeRecord {
  readonly schema: 1;
  readonly encoder: EncoderId;
  /** Hardware, driver and runtime, readable; a record of another machine is of no use. */
  readonly machine: string;
  readonly figures: readonly ProbeFigure[];
  readonly trying: { readonly provider: Provider; readonly pid: number } | null;
  readonly isDone: boolean;
}

const provider = z.enum(providers);
const shape = z.object({
  schema: z.literal(1),
  encoder: z.string().transform((id) => id as EncoderId),
  machine: z.string(),
  figures: z.array(
    z.object({
      provider,
      ratePerSecond: z.number().positive().nullable(),
      batchSize: z.int().positive(),
      cosine: z.number().nullable(),
      problem: z.string().nullable(),
    }),
  ),
  trying: z.object({ provider, pid: z.int() }).nullable(),
  isDone: z.boolean(),
});

/** What the figures hold for: the processor, the cores for us, the providers with their devices and drivers, and the runtime. */
export function machineStamp(env: Env): string {
  const usable = listProviders(env).filter(({ isUsable }) => isUsable);
  return [
    `${process.platform}-${process.arch}`,
    cpus()[0]?.model.trim() ?? "unknown processor",
    `${realCores().threads ?? realCores().logical} cores`,
    `onnxruntime ${runtimeVersion}`,
    ...usable.map(({ provider: name, device }) => (device === undefined ? name : `${name} (${device})`)),
  ].join(", ");
}

/** Reads what was measured of an encoder on this machine; undefined where nothing was, or where it can't be read. */
export async function readProbe(env: Env, encoder: EncoderId): Promise<ProbeRecord | undefined> {
  const machine = machineStamp(env);
  const record = await readRecord(pathOf(env, encoder, machine));
  return record?.encoder === encoder && record.machine === machine ? record : undefined;
}

/** The fastest of what was measured, and its batch; the CPU where nothing was. */
export function bestOf(record: ProbeRecord | undefined): { readonly provider: Provider; readonly batchSize: number | undefined } {
  const measured = record?.isDone === true ? record.figures.filter(({ problem }) => problem === null) : [];
  const [best] = measured.toSorted((a, b) => (b.ratePerSecond ?? 0) - (a.ratePerSecond ?? 0));
  return best ?? { provider: "cpu", batchSize: undefined };
}

/** Keeps what was measured. */
export async function writeProbe(env: Env, record: ProbeRecord): Promise<void> {
  await writeAtomically(pathOf(env, record.encoder, record.machine), `${JSON.stringify(record, undefined, 1)}\n`);
}

/**
 * Leaves a provider that failed in the middle of a run out of what was measured, so that `auto` takes the next best from then on. Gives whether it was among
 * what was measured.
 */
export async function demoteProvider(
  env: Env,
  encoder: EncoderId,
  { provider, why }: { provider: Provider; why: string },
): Promise<boolean> {
  const record = await readProbe(env, encoder);
  const isGood = (figure: ProbeFigure): boolean => figure.provider === provider && figure.problem === null;
  if (record === undefined || provider === "cpu" || !record.figures.some(isGood)) return false;
  const problem = `it failed in the middle of a run (${why})`;
  await writeProbe(env, { ...record, figures: record.figures.map((figure) => (isGood(figure) ? { ...figure, problem } : figure)) });
  return true;
}

/** What was measured on this machine, of whichever encoder. */
export async function listProbes(env: Env): Promise<readonly ProbeRecord[]> {
  const machine = machineStamp(env);
  const names = await readdir(folderOf(env)).catch(() => []);
  const records = await Promise.all(names.sort().map((name) => readRecord(join(folderOf(env), name))));
  return records.filter((record) => record !== undefined).filter((record) => record.machine === machine);
}

async function readRecord(path: string): Promise<ProbeRecord | undefined> {
  try {
    return shape.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

function folderOf(env: Env): string {
  return join(env.cacheFolder, "probes");
}

/** A cache may be shared by machines: each has its own file for an encoder. */
function pathOf(env: Env, encoder: EncoderId, machine: string): string {
  const name = createHash("sha256")
    .update(JSON.stringify([encoder, machine]))
    .digest("hex")
    .slice(0, 32);
  return join(folderOf(env), `${name}.json`);
}
