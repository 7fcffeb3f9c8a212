import { describe, expect, it } from "vitest";
import { planRecovery, planRestart, recentDeaths } from "../../../src/host/restarts.ts";

describe("a restart", () => {
  it("comes at once after the first death, and after ever longer pauses", () => {
    expect(planRestart([], 1_000)).toEqual({ kind: "after", delayMs: 0 });
    expect(planRestart([1_000], 1_000)).toEqual({ kind: "after", delayMs: 0 });
    expect(planRestart([0, 1_000], 1_000)).toEqual({ kind: "after", delayMs: 1_000 });
    expect(planRestart([0, 1_000, 3_000], 3_000)).toEqual({ kind: "after", delayMs: 4_000 });
    expect(planRestart([0, 1_000, 3_000, 8_000], 8_000)).toEqual({ kind: "after", delayMs: 15_000 });
  });

  it("waits only for what is left of the pause", () => {
    expect(planRestart([0, 1_000], 1_400)).toEqual({ kind: "after", delayMs: 600 });
    expect(planRestart([0, 1_000], 90_000)).toEqual({ kind: "after", delayMs: 0 });
  });

  it("is given up at the fifth death within two minutes, and possible again later", () => {
    const deaths = [0, 1_000, 3_000, 8_000, 24_000];
    expect(planRestart(deaths, 24_000)).toEqual({ kind: "giveUp" });
    expect(planRestart(deaths, 120_000)).toEqual({ kind: "after", delayMs: 0 });
    expect(recentDeaths(deaths, 121_500)).toEqual([3_000, 8_000, 24_000]);
  });
});

describe("the recovery of a run", () => {
  it("goes on on the CPU, and ends at the third death in a row without progress", () => {
    expect([1, 2].map(planRecovery)).toEqual([
      { kind: "again", provider: "cpu" },
      { kind: "again", provider: "cpu" },
    ]);
    expect(planRecovery(3)).toEqual({ kind: "giveUp" });
  });
});
