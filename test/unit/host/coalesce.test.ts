import { describe, expect, it } from "vitest";
import { coalesce } from "../../../src/host/coalesce.ts";

describe("coalesced work", () => {
  it("is done at once, and once more for all who ask meanwhile", async () => {
    let started = 0;
    let release: () => void = () => undefined;
    const work = coalesce(async () => {
      started += 1;
      await new Promise<void>((resolve) => (release = resolve));
    });
    const first = work("a");
    const second = work("a");
    const third = work("a");
    expect(started).toBe(1);
    expect(third).toBe(second);
    release();
    await first;
    await Promise.resolve();
    expect(started).toBe(2);
    release();
    await Promise.all([second, third]);
    const fourth = work("a");
    expect(started).toBe(3);
    release();
    await fourth;
  });

  it("keeps keys apart, and goes on after a failure", async () => {
    const done: string[] = [];
    const work = coalesce(async (key) => {
      await Promise.resolve();
      done.push(key);
      if (key === "bad" && done.length === 1) throw new Error("no");
    });
    const results = await Promise.allSettled([work("bad"), work("bad"), work("good")]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(done.toSorted()).toEqual(["bad", "bad", "good"]);
  });
});
