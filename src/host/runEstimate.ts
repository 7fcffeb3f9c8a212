import { type Progress, type Stage, stages } from "../core/stages.ts";
import type { RunState } from "../protocol/panelApi.ts";

/** What is known of a run under way: the latest report of each stage, how fast they go, and what was told last. Times are in ms on any clock. */
export interface RunEstimate {
  readonly stages: readonly StagePace[];
  /** Share of the whole run that is done, 0 to 1; it never falls. */
  readonly share: number;
  readonly etaSeconds: number | null;
  readonly updatedMs: number;
}

interface StagePace {
  readonly progress: Progress;
  /** Earlier reports within `paceWindowMs`, the oldest first: when, and how much was computed by then. */
  readonly marks: readonly { readonly atMs: number; readonly done: number }[];
}

/** A stage's speed is judged by so much of its last time, so that it follows a run that becomes slower. */
const paceWindowMs = 30_000;

/** No speed is told from less than this. */
const leastPaceMs = 2_000;

/** Within about so long the time that is told goes over to a new estimate: a number that jumps about is of no use. */
const settlingMs = 10_000;

/** How much of a run's time a stage takes, roughly; the parts of a bar that must only be steady. */
const weights: Readonly<Record<Stage, number>> = {
  discover: 4,
  decode: 16,
  encode: 44,
  score: 14,
  cluster: 16,
  decide: 3,
  write: 3,
  tune: 0,
};

/** A run that has told nothing yet. */
export const emptyEstimate: RunEstimate = { stages: [], share: 0, etaSeconds: null, updatedMs: 0 };

/** Takes in one report. */
export function withProgress(estimate: RunEstimate, progress: Progress, nowMs: number): RunEstimate {
  const known = estimate.stages.find((pace) => pace.progress.stage === progress.stage);
  const pace = withMark(known, progress, nowMs);
  const paces = known === undefined ? [...estimate.stages, pace] : estimate.stages.map((other) => (other === known ? pace : other));
  const ordered = paces.toSorted((left, right) => stages.indexOf(left.progress.stage) - stages.indexOf(right.progress.stage));
  return {
    stages: ordered,
    share: Math.max(estimate.share, shareOf(ordered)),
    etaSeconds: settle(estimate, secondsLeft(ordered), nowMs),
    updatedMs: nowMs,
  };
}

/** What is kept of an estimate when the run starts again from the cache: the share that was told, and nothing of the pace. */
export function restartedEstimate({ share }: RunEstimate): RunEstimate {
  return { ...emptyEstimate, share };
}

/** What others are told of a run. */
export function runStateOf({ stages: paces, etaSeconds }: RunEstimate): RunState {
  return { progress: paces.map(({ progress }) => progress), etaSeconds: etaSeconds === null ? null : Math.max(0, Math.round(etaSeconds)) };
}

/** The last stage that is not done; undefined before the first report and after the last. */
export function currentStage(progress: readonly Progress[]): Progress | undefined {
  return progress.findLast(({ done, cached, total }) => done + cached < total) ?? progress.at(-1);
}

/** A report that is out of order (less done than before) starts the stage's pace anew. */
function withMark(known: StagePace | undefined, progress: Progress, nowMs: number): StagePace {
  const mark = { atMs: nowMs, done: progress.done };
  if (known === undefined || progress.done < known.progress.done) return { progress, marks: [mark] };
  const isRecent = ({ atMs }: { readonly atMs: number }): boolean => nowMs - atMs <= paceWindowMs;
  const firstRecent = known.marks.findIndex(isRecent);
  // The last mark before the window stays, so that the window is always covered whole.
  const kept = known.marks.slice(Math.max(0, (firstRecent < 0 ? known.marks.length : firstRecent) - 1));
  return { progress, marks: [...thinned(kept), mark] };
}

/** Marks no closer than a hundredth of the window: reports come ten a second, for hours. */
function thinned(marks: StagePace["marks"]): StagePace["marks"] {
  const last = marks.at(-1);
  const before = marks.at(-2);
  return last !== undefined && before !== undefined && last.atMs - before.atMs < paceWindowMs / 100 ? marks.slice(0, -1) : marks;
}

function shareOf(paces: readonly StagePace[]): number {
  const settled = new Map(
    paces.map(({ progress: { stage, done, cached, total } }) => [stage, total === 0 ? 0 : Math.min(1, (done + cached) / total)]),
  );
  const whole = stages.reduce((sum, stage) => sum + weights[stage], 0);
  return stages.reduce((sum, stage) => sum + weights[stage] * (settled.get(stage) ?? 0), 0) / whole;
}

/** Stages that run at once end together: what is left is what the slowest needs. Null where no stage can be judged. */
function secondsLeft(paces: readonly StagePace[]): number | null {
  const left = paces.flatMap((pace) => {
    const { done, cached, total } = pace.progress;
    const rate = rateOf(pace);
    if (done + cached >= total || rate === null) return [];
    return [(total - done - cached) / rate];
  });
  return left.length === 0 ? null : Math.max(...left);
}

/** Items a second; null where too little was seen. */
function rateOf({ progress, marks }: StagePace): number | null {
  const first = marks[0];
  const last = marks.at(-1);
  if (first === undefined || last === undefined || last.atMs - first.atMs < leastPaceMs) return null;
  const done = progress.done - first.done;
  return done <= 0 ? null : (done * 1_000) / (last.atMs - first.atMs);
}

function settle(before: RunEstimate, fresh: number | null, nowMs: number): number | null {
  if (fresh === null || before.etaSeconds === null) return fresh;
  const passedMs = nowMs - before.updatedMs;
  const counted = Math.max(0, before.etaSeconds - passedMs / 1_000);
  return counted + (fresh - counted) * (1 - Math.exp(-passedMs / settlingMs));
}
