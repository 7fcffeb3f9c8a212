import { resolve } from "node:path";
import type { ExpectedReading } from "../../core/tune/imageTrainers/imageTrainer.ts";
import type { Env } from "../env.ts";
import { readAs } from "./readAs.ts";

/** What our own reading of a folder found beside what the job says; `steps` and `stops` are null where there are none. */
export interface CheckedReading {
  readonly folder: string;
  readonly expected: { readonly images: number; readonly shown: number };
  readonly found: { readonly images: number; readonly shown: number };
  readonly steps: number | null;
  readonly stops: string | null;
  readonly agrees: boolean;
}

/** Reads the folders of a job as its trainer would. `onCheck` counts pictures. */
export async function checkReadings(
  env: Env,
  { out, readings }: { readonly out: string; readonly readings: readonly ExpectedReading[] },
  { signal, onCheck }: { readonly signal: AbortSignal; readonly onCheck?: (done: number, total: number) => void },
): Promise<CheckedReading[]> {
  const checks: CheckedReading[] = [];
  const total = readings.reduce((sum, { images }) => sum + images, 0);
  let before = 0;
  for (const { folder, trainer, options, images, shown } of readings) {
    const { dryRun } = await readAs(
      env,
      { root: resolve(out, folder), trainer, options, pairs: 0 },
      { signal, onProgress: ({ done }) => onCheck?.(before + done, total) },
    );
    before += images;
    const agrees = dryRun.images === images && dryRun.shown === shown && dryRun.stops === null;
    checks.push({
      folder,
      expected: { images, shown },
      found: { images: dryRun.images, shown: dryRun.shown },
      steps: dryRun.steps?.perEpoch ?? null,
      stops: dryRun.stops,
      agrees,
    });
  }
  return checks;
}
