import { formatModelUses, type ModelUses } from "../../core/modelUse.ts";
import type { Progress, Stage, StageReport } from "../../core/stages.ts";
import type { Env } from "../env.ts";

/** Counts of a stage as they stand. */
export type StageCounts = Pick<Progress, "done" | "cached" | "total">;

/** Times the stages of a run, passes their progress on at most ten times a second, and never lets it go back. */
export interface StageClock {
  /** Starts a stage, or takes a paused one up again; gives what reports its counts. Two stages may run at once. */
  start(stage: Stage, total: number): (counts: StageCounts) => void;
  /** Stops a stage's time while another one has to come first. */
  pause(stage: Stage): void;
  /** Ends a stage with its last counts, and with the use of its models where it has some. */
  end(stage: Stage, counts: StageCounts, models?: ModelUses): void;
  reports(): Partial<Record<Stage, StageReport>>;
}

const reportEveryMs = 100;

/** Makes the clock of one run. */
export function createStageClock(env: Env, onProgress: (progress: Progress) => void): StageClock {
  const startedAt = new Map<Stage, number>();
  const spentMs = new Map<Stage, number>();
  const reportedAt = new Map<Stage, number>();
  const settled = new Map<Stage, number>();
  const ended = new Map<Stage, StageReport>();
  const report = (stage: Stage, counts: StageCounts): void => {
    const progress = Math.max(settled.get(stage) ?? 0, counts.done + counts.cached);
    if (progress > counts.done + counts.cached) return;
    settled.set(stage, progress);
    reportedAt.set(stage, env.now());
    onProgress({ stage, ...counts });
  };
  const pause = (stage: Stage): void => {
    spentMs.set(stage, (spentMs.get(stage) ?? 0) + env.now() - (startedAt.get(stage) ?? env.now()));
    startedAt.delete(stage);
  };
  return {
    pause,
    start: (stage, total) => {
      startedAt.set(stage, env.now());
      report(stage, { done: 0, cached: 0, total });
      return (counts) => {
        if (env.now() - (reportedAt.get(stage) ?? 0) >= reportEveryMs) report(stage, counts);
      };
    },
    end: (stage, counts, models) => {
      report(stage, counts);
      pause(stage);
      const ms = Math.round(spentMs.get(stage) ?? 0);
      ended.set(stage, { ms, ...counts, ...(models === undefined ? {} : { models }) });
      env.log(`${stage}.end`, `${counts.done} done, ${counts.cached} cached of ${counts.total} in ${ms} ms`);
      for (const line of formatModelUses(models ?? {})) env.log(`${stage}.models`, line);
    },
    reports: () => Object.fromEntries(ended),
  };
}
