import { access, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";
import type { ImageRunWanted } from "../../core/tune/imageTrainers/imagePreflight.ts";
import { judgeImageRun } from "../../core/tune/imageTrainers/imagePreflight.ts";
import type { Finding, Machine, Wanted } from "../../core/tune/jobs/preflight.ts";
import { judgeMachine } from "../../core/tune/jobs/preflight.ts";
import { callPython } from "./pythonProgram.ts";
import { TuneError } from "./tuneError.ts";

const machineShape = z.object({
  python: z.string(),
  packages: z.record(z.string(), z.string()),
  gpus: z.array(z.object({ name: z.string(), freeBytes: z.number(), memoryBytes: z.number() })),
  failure: z.string().nullable(),
});

/** Looks at the Python, its packages, the GPU, the disk of a folder and the data before a run. Throws a TuneError where there is no such Python. */
export async function lookAhead(folder: string, wanted: Wanted, signal: AbortSignal): Promise<readonly Finding[]> {
  return judgeMachine(await examinePython(folder, wanted.interpreter, signal), wanted);
}

/** Looks at the same before a run of a text-to-image trainer. `folder` need not be there yet. Throws as `lookAhead` does. */
export async function lookAheadOfImages(folder: string, wanted: ImageRunWanted, signal: AbortSignal): Promise<readonly Finding[]> {
  return judgeImageRun(await examinePython(await existingFolder(folder), wanted.interpreter, signal), wanted);
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

async function examinePython(folder: string, interpreter: string, signal: AbortSignal): Promise<Machine> {
  const told = machineShape.safeParse(await callPython({ interpreter, program: "preflight", args: [] }, signal));
  if (!told.success) throw new TuneError(`${interpreter} answered what is no answer: is it a Python 3?`);
  const disk = await statfs(folder).catch(() => undefined);
  return { ...told.data, freeBytes: disk === undefined ? null : disk.bavail * disk.bsize };
}

/** The findings as a person reads them, a line each. */
export function formatFinding({ grade, sentence, fix }: Finding): string {
  const mark = { fine: "ok", doubtful: "note", wrong: "wrong" }[grade];
  return `${mark}: ${sentence}${fix === undefined ? "" : ` → ${fix}`}`;
}
