import type { ModelUses } from "./modelUse.ts";

/** The eight words of the pipeline, in order: folder names, log tags, `--through`, benchmark names. */
export const stages = ["discover", "decode", "encode", "score", "cluster", "decide", "write", "tune"] as const;

/** One word of the pipeline. */
export type Stage = (typeof stages)[number];

/**
 * How far a stage is. `done` counts what this run computed, `cached` what it found done already;
 * both run up to `total`, which is known before the first report. Reports are monotone.
 */
export interface Progress {
  readonly stage: Stage;
  readonly done: number;
  readonly cached: number;
  readonly total: number;
}

/** What a stage cost in the end; `ms` is wall time. `models` tells of an encoder that ran, and is there with "encode" alone. */
export interface StageReport {
  readonly ms: number;
  readonly done: number;
  readonly total: number;
  readonly cached: number;
  readonly models?: ModelUses;
}
