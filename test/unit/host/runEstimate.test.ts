import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../../src/core/stages.ts";
import {
  currentStage,
  emptyEstimate,
  restartedEstimate,
  type RunEstimate,
  runStateOf,
  withProgress,
} from "../../../src/host/runEstimate.ts";

const report = (done: number, total: number, more: Partial<Progress> = {}): Progress => ({
  stage: "encode",
  done,
  cached: 0,
  total,
  ...more,
});

/** Reports ten a second at a steady speed. */
function runSteadily(ratePerSecond: number, seconds: number, total: number): RunEstimate {
  let estimate = emptyEstimate;
  for (let tick = 0; tick <= seconds * 10; tick += 1) {
    estimate = withProgress(estimate, report(Math.floor((tick * ratePerSecond) / 10), total), tick * 100);
  }
  return estimate;
}

describe("the estimate of a run", () => {
  it("tells no time before there is something to go by", () => {
    expect(runStateOf(runSteadily(100, 1, 10_000)).etaSeconds).toBeNull();
    expect(runStateOf(emptyEstimate)).toEqual({ progress: [], etaSeconds: null });
  });

  it("tells what is left at a steady speed", () => {
    expect(runStateOf(runSteadily(100, 20, 10_000)).etaSeconds).toBeCloseTo(80, -1);
    expect(runStateOf(runSteadily(100, 90, 10_000)).etaSeconds).toBeCloseTo(10, -1);
  });

  it("does not take what was found done for speed", () => {
    let estimate = emptyEstimate;
    for (let second = 0; second <= 10; second += 1) {
      estimate = withProgress(estimate, report(second * 10, 10_000, { cached: 9_000 }), second * 1_000);
    }
    expect(runStateOf(estimate).etaSeconds).toBeCloseTo(90, -1);
  });

  it("follows a run that becomes slower, without a jump", () => {
    let estimate = runSteadily(100, 30, 10_000);
    const before = estimate.etaSeconds!;
    estimate = withProgress(estimate, report(3_001, 10_000), 31_000);
    expect(Math.abs(estimate.etaSeconds! - before)).toBeLessThan(15);
    for (let second = 32; second <= 90; second += 1)
      estimate = withProgress(estimate, report(3_000 + (second - 30) * 10, 10_000), second * 1_000);
    expect(estimate.etaSeconds).toBeCloseTo(640, -2);
  });

  it("asks the slowest of the stages that run at once, and forgets those that are done", () => {
    let estimate = emptyEstimate;
    for (let second = 0; second <= 30; second += 1) {
      estimate = withProgress(estimate, report(second * 100, 3_000, { stage: "decode" }), second * 1_000);
      estimate = withProgress(estimate, report(second * 10, 3_000), second * 1_000);
    }
    expect(estimate.etaSeconds).toBeGreaterThan(200);
    expect(runStateOf(estimate).progress.map(({ stage }) => stage)).toEqual(["decode", "encode"]);
  });

  it("never lets the share fall, also when the run starts again", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            stage: fc.constantFrom("discover", "decode", "encode", "score", "write"),
            done: fc.nat(100),
            restarts: fc.boolean(),
          }),
        ),
        (reports) => {
          let estimate = emptyEstimate;
          for (const [at, { stage, done, restarts }] of reports.entries()) {
            const next = withProgress(restarts ? restartedEstimate(estimate) : estimate, report(done, 100, { stage }), at * 100);
            expect(next.share).toBeGreaterThanOrEqual(estimate.share);
            expect(next.share).toBeLessThanOrEqual(1);
            estimate = next;
          }
        },
      ),
    );
  });

  it("keeps few marks over hours of reports", () => {
    let estimate = emptyEstimate;
    for (let tick = 0; tick < 20_000; tick += 1) estimate = withProgress(estimate, report(tick, 30_000), tick * 100);
    expect(estimate.stages[0]!.marks.length).toBeLessThan(120);
    expect(estimate.etaSeconds).toBeCloseTo(1_000, -2);
  });
});

describe("the current stage", () => {
  it("is the last that is not done, else the last", () => {
    expect(currentStage([])).toBeUndefined();
    expect(currentStage([report(3, 3), report(1, 3, { stage: "score" }), report(0, 0, { stage: "write" })])?.stage).toBe("score");
    expect(currentStage([report(3, 3)])?.stage).toBe("encode");
  });
});
