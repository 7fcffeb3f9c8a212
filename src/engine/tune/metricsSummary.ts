import { open } from "node:fs/promises";
import { join } from "node:path";
import { metricFromJson, runFiles } from "./runFolder.ts";
import type { Metric } from "./trainHead.ts";

/** A run after `epoch` epochs, 0 before the first. Recall is a share, `canary` that on the canary where it is watched; null is unknown. `isForgotten` is one by which it ended, for the canary fell. */
export interface MetricsPoint {
  readonly epoch: number;
  readonly loss: number | null;
  readonly imageToText: number | null;
  readonly textToImage: number | null;
  readonly canary?: number | undefined;
  readonly isForgotten?: boolean;
}

/**
 * What a run's metrics come down to: whole epochs and the time that they took, steps, the time of one as it was seen while this looked on, the newest loss, R@1 (the mean of both directions, a
 * share) before and at its best, and all epochs. Null is unknown.
 */
export interface MetricsSummary {
  readonly epochs: number;
  readonly epochsMs: number;
  readonly steps: number;
  readonly stepMs: number | null;
  readonly loss: number | null;
  readonly recallBefore: number | null;
  readonly recallBest: number | null;
  readonly points: readonly MetricsPoint[];
}

/** Sums up the metrics of runs; of a file that has grown, only what is new is read. */
export interface MetricsSummaries {
  read(folder: string): Promise<MetricsSummary>;
}

interface Known {
  readonly inode: number;
  readonly readBytes: number;
  readonly summary: MetricsSummary;
  /** The first steps that were seen, and when. */
  readonly since: { readonly steps: number; readonly ms: number } | undefined;
}

const nothing: MetricsSummary = {
  ...{ epochs: 0, epochsMs: 0, steps: 0, stepMs: null, loss: null, recallBefore: null, recallBest: null },
  points: [],
};

/** Of so many runs the summary is kept. */
const mostKnown = 200;

/** Makes summaries that remember what they have read. A file that was written anew is read anew: it is another file by its inode, or a shorter one. `now` is in milliseconds. */
export function createMetricsSummaries(now: () => number): MetricsSummaries {
  const known = new Map<string, Known>();
  return {
    read: async (folder) => {
      const path = join(folder, runFiles.metrics);
      const before = known.get(path);
      known.delete(path);
      const read = await readOn(path, before).catch(() => undefined);
      if (read === undefined) return nothing;
      const after = timed(read, now());
      known.set(path, after);
      if (known.size > mostKnown) known.delete(known.keys().next().value!);
      return after.summary;
    },
  };
}

async function readOn(path: string, before: Known | undefined): Promise<Known> {
  const handle = await open(path, "r");
  try {
    const { ino: inode, size } = await handle.stat();
    const isSame = before !== undefined && before.inode === inode && before.readBytes <= size;
    const start: Known = isSame ? before : { inode, readBytes: 0, summary: nothing, since: undefined };
    if (start.readBytes === size) return start;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start.readBytes), 0, size - start.readBytes, start.readBytes);
    // A line that is being written is left for the next time.
    const whole = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    const lines = buffer.toString("utf8", 0, whole).split("\n");
    const metrics = lines.flatMap((line) => metricFromLine(line) ?? []);
    const points = [...start.summary.points, ...metrics.flatMap(pointOf)];
    const summary = { ...metrics.reduce(add, start.summary), points };
    return { ...start, readBytes: start.readBytes + whole, summary };
  } finally {
    await handle.close();
  }
}

/** What a step takes, by the steps that came since the first look. */
function timed({ since, summary, ...rest }: Known, ms: number): Known {
  const { steps } = summary;
  if (since === undefined) return { ...rest, summary, since: steps === 0 ? undefined : { steps, ms } };
  const come = steps - since.steps;
  return { ...rest, since, summary: come === 0 ? summary : { ...summary, stepMs: (ms - since.ms) / come } };
}

function pointOf(metric: Metric): readonly MetricsPoint[] {
  if (metric.kind === "step") return [];
  const { imageToText, textToImage, canary } = metric;
  const at = metric.kind === "before" ? { epoch: 0, loss: null } : { epoch: metric.epoch + 1, loss: metric.loss };
  return [{ ...at, imageToText, textToImage, canary, ...(isForgotten(metric) && { isForgotten: true }) }];
}

function metricFromLine(line: string): Metric | undefined {
  try {
    return metricFromJson(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function add(summary: MetricsSummary, metric: Metric): MetricsSummary {
  if (metric.kind === "step") return { ...summary, loss: metric.loss, steps: metric.step + 1 };
  const recall = meanRecall(metric);
  const recallBest = recall === null || isForgotten(metric) ? summary.recallBest : Math.max(recall, summary.recallBest ?? 0);
  if (metric.kind === "before") return { ...summary, recallBefore: recall, recallBest };
  const { epochs, epochsMs } = summary;
  return { ...summary, recallBest, loss: metric.loss, epochs: epochs + 1, epochsMs: epochsMs + metric.ms };
}

function isForgotten(metric: Exclude<Metric, { kind: "step" }>): boolean {
  return metric.kind === "epoch" && metric.fall === "forgotten";
}

/** The mean of both directions; null where one isn't known. */
function meanRecall({ imageToText, textToImage }: Exclude<Metric, { kind: "step" }>): number | null {
  return imageToText === null || textToImage === null ? null : (imageToText + textToImage) / 2;
}
