import { access, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { ImageRunWanted } from "../../core/tune/imageTrainers/imagePreflight.ts";
import { judgeImageRun } from "../../core/tune/imageTrainers/imagePreflight.ts";
import type { Finding, Machine, Wanted } from "../../core/tune/jobs/preflight.ts";
import { judgeMachine } from "../../core/tune/jobs/preflight.ts";
import type { Env } from "../env.ts";
import { callPython } from "./pythonProgram.ts";
import { TuneError } from "./tuneError.ts";

const machineShape = z.object({
  python: z.string(),
  packages: z.record(z.string(), z.string()),
  gpus: z.array(z.object({ name: z.string(), freeBytes: z.number(), memoryBytes: z.number() })),
  failure: z.string().nullable(),
});

/** Where a run would be made, and how the look is called off. */
export interface Look {
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** Looks at the Python, its packages, the GPU, the disk of a folder and the data before a run. Throws a TuneError where there is no such Python. */
export async function lookAhead(env: Env, look: Look, wanted: Wanted): Promise<readonly Finding[]> {
  return await examine(env, look, wanted.interpreter, (machine) => judgeMachine(machine, wanted));
}

/** Looks at the same before a run of a text-to-image trainer. The folder need not be there yet. Throws as `lookAhead` does. */
export async function lookAheadOfImages(env: Env, look: Look, wanted: ImageRunWanted): Promise<readonly Finding[]> {
  const folder = await existingFolder(look.folder);
  return await examine(env, { ...look, folder }, wanted.interpreter, (machine) => judgeImageRun(machine, wanted));
}

/** Throws a TuneError with the first finding that is wrong, and what mends it. */
export function refuseWrong(findings: readonly Finding[]): void {
  const wrong = findings.find(({ grade }) => grade === "wrong");
  if (wrong !== undefined) throw new TuneError(`${wrong.sentence}${wrong.fix === undefined ? "" : `: ${wrong.fix}`}`);
}

/** The folder, or the nearest above it that is there. */
async function existingFolder(folder: string): Promise<string> {
  const above = dirname(folder);
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  return isThere || above === folder ? folder : await existingFolder(above);
}

type Told = z.infer<typeof machineShape>;

/** What Pythons have told this process that lacked nothing, and when: torch is loaded for it, and nobody waits for that at the preview of a run and at its beginning. */
const toldTo = new WeakMap<Env, Map<string, { readonly told: Told; readonly atMs: number }>>();
const rememberedMs = 600_000;

async function examine(
  env: Env,
  { folder, signal }: Look,
  interpreter: string,
  judge: (machine: Machine) => readonly Finding[],
): Promise<readonly Finding[]> {
  const remembered = toldTo.get(env) ?? new Map<string, { readonly told: Told; readonly atMs: number }>();
  toldTo.set(env, remembered);
  const known = remembered.get(interpreter);
  const isFresh = known !== undefined && env.now() - known.atMs < rememberedMs;
  const told = isFresh ? known.told : await askPython(interpreter, signal);
  const disk = await statfs(folder).catch(() => undefined);
  const findings = judge({ ...told, freeBytes: disk === undefined ? null : disk.bavail * disk.bsize });
  if (findings.some(({ grade }) => grade === "wrong")) remembered.delete(interpreter);
  else if (!isFresh) remembered.set(interpreter, { told, atMs: env.now() });
  return findings;
}

async function askPython(interpreter: string, signal: AbortSignal): Promise<Told> {
  const told = machineShape.safeParse(await callPython({ interpreter, program: "preflight", args: [] }, signal));
  if (!told.success) throw new TuneError(`${interpreter} answered what is no answer: is it a Python 3?`);
  return told.data;
}

/** The findings as a person reads them, a line each. */
export function formatFinding({ grade, sentence, fix }: Finding): string {
  const mark = { fine: "ok", doubtful: "note", wrong: "wrong" }[grade];
  return `${mark}: ${sentence}${fix === undefined ? "" : ` → ${fix}`}`;
}
