import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { OpenClipTold } from "../../core/tune/jobs/openClipLog.ts";
import { parseOpenClipLine } from "../../core/tune/jobs/openClipLog.ts";
import type { TrainerMetric } from "../../core/tune/jobs/openClipMetrics.ts";
import { hasLostLoss, metricsFromLog } from "../../core/tune/jobs/openClipMetrics.ts";
import { openClipFiles } from "../../core/tune/jobs/openClipJob.ts";
import type { TuneJob } from "../../core/tune/tuneJob.ts";
import type { Env } from "../env.ts";
import { readBytes, readRange, writeAtomically } from "../store/files.ts";
import { addMetrics, runFiles } from "./runFolder.ts";
import { type Following, whileFollowed } from "./whileFollowed.ts";

const pollMs = 1_000;

/** Does the work of stock open_clip, and meanwhile writes what its log tells as the run's metrics. Throws as `whileFollowed` does. */
export async function withMetricsOfLog(
  env: Env,
  job: TuneJob,
  work: { readonly signal: AbortSignal; readonly work: (signal: AbortSignal) => Promise<void> },
): Promise<void> {
  await whileFollowed(work, (following) => followLog(env, job, following));
}

/** Writes what the log of stock open_clip tells as the run's metrics where nobody follows it here, for a cluster trains it; what is written already is left alone. */
export async function gatherMetricsOfLog(env: Env, job: TuneJob, isOver: boolean): Promise<void> {
  const [log, metrics] = [join(job.folder, openClipFiles(job).log), join(job.folder, runFiles.metrics)];
  const [from, to] = await Promise.all([log, metrics].map((path) => stat(path).catch(() => undefined)));
  if (from === undefined || (to !== undefined && to.mtimeMs > from.mtimeMs + settledMs)) return;
  const told = (await readBytes(env, log))
    .toString("utf8")
    .split("\n")
    .flatMap((line) => parseOpenClipLine(line) ?? []);
  const found = metricsFromLog(told, { ...countsOf(job), isOver })
    .map((metric) => `${JSON.stringify(metric)}\n`)
    .join("");
  // Who watches the folder would be woken by what it made itself.
  if (found !== (await readFile(metrics, "utf8").catch(() => ""))) await writeAtomically(metrics, found);
}

/** The end of a run may be seen so much later than its last line. */
const settledMs = 600_000;

async function followLog(env: Env, job: TuneJob, { lost, ended }: Following): Promise<void> {
  const path = join(job.folder, openClipFiles(job).log);
  const told: OpenClipTold[] = [];
  const written: string[] = [];
  let [at, rest] = [0, ""];
  for (;;) {
    const isOver = ended.aborted;
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    if (size > at) {
      const text = rest + (await readRange(env, path, at, size - at)).toString("utf8");
      at = size;
      const lines = text.split("\n");
      rest = lines.pop()!;
      told.push(...lines.flatMap((line) => parseOpenClipLine(line) ?? []));
      if (hasLostLoss(told)) lost.abort();
    }
    await keepMetrics(env, job.folder, { metrics: metricsFromLog(told, { ...countsOf(job), isOver }), written });
    if (isOver) return;
    await delay(pollMs, undefined, { signal: ended }).catch(() => undefined);
  }
}

/** Adds what is new; where steps were done again, and at the beginning, since the log is read from its own, the file is written anew. */
async function keepMetrics(
  env: Env,
  folder: string,
  { metrics, written }: { readonly metrics: readonly TrainerMetric[]; readonly written: string[] },
): Promise<void> {
  const lines = metrics.map((metric) => JSON.stringify(metric));
  const isAppended = written.length > 0 && written.every((line, at) => lines[at] === line);
  if (isAppended) await addMetrics(env, folder, metrics.slice(written.length));
  else await writeAtomically(join(folder, runFiles.metrics), lines.map((line) => `${line}\n`).join(""));
  written.splice(0, written.length, ...lines);
}

/** The pairs and the number of an epoch's steps, from the job's own words. */
function countsOf({ args, steps, data }: TuneJob): { readonly pairsEach: number; readonly stepsEach: number } {
  const numberOf = (name: string): number => Number(args[args.indexOf(name) + 1]);
  const processes = args.includes("--nproc-per-node") ? numberOf("--nproc-per-node") : 1;
  const stepsEach = (steps ?? data.pairs) / numberOf("--epochs");
  return { pairsEach: numberOf("--batch-size") * numberOf("--accum-freq") * processes, stepsEach };
}
