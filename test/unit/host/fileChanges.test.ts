import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createChangeGatherer, judgeChange } from "../../../src/host/fileChanges.ts";

describe("a changed file", () => {
  it.each([
    ["/data/a.jpg", "data"],
    ["/data/sub/a.txt", "data"],
    ["/data/.winnow/recipe.json", "state"],
    ["/data/.winnow/ledger.jsonl", "state"],
    ["/data/.winnow/selection.csv", "state"],
    ["/data/.winnow/lock.json", "nothing"],
    ["/data/.winnow/lock", "nothing"],
    ["/data/.winnow/blobs/ab/cd", "nothing"],
    ["/data/.winnow/operations/1.json", "nothing"],
    ["/data/.git/index", "nothing"],
    ["/data/sub/.hidden.jpg", "nothing"],
    ["/data/a.jpg.part", "nothing"],
    ["/data/a.txt~", "nothing"],
    ["/data/a.txt.tmp", "nothing"],
  ])("%s means %s", (path, means) => {
    expect(judgeChange("/data", path)).toBe(means);
  });
});

describe("a gatherer of changes", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("hands paths on when they are quiet, each once", () => {
    const handed: string[][] = [];
    const gatherer = createChangeGatherer((paths) => handed.push([...paths]), { quietMs: 100, longestMs: 1_000 });
    gatherer.add("a");
    vi.advanceTimersByTime(90);
    gatherer.add("b");
    gatherer.add("a");
    vi.advanceTimersByTime(90);
    expect(handed).toEqual([]);
    vi.advanceTimersByTime(20);
    expect(handed).toEqual([["a", "b"]]);
    vi.advanceTimersByTime(5_000);
    expect(handed).toHaveLength(1);
  });

  it("does not wait for ever where files never are quiet", () => {
    const handed: string[][] = [];
    const gatherer = createChangeGatherer((paths) => handed.push([...paths]), { quietMs: 100, longestMs: 1_000 });
    for (let step = 0; step < 40; step += 1) {
      gatherer.add(String(step));
      vi.advanceTimersByTime(50);
    }
    expect(handed.length).toBeGreaterThanOrEqual(1);
    gatherer.dispose();
    vi.advanceTimersByTime(5_000);
    expect(handed.length).toBeLessThanOrEqual(2);
  });
});
