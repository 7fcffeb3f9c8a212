import { describe, expect, it } from "vitest";
import { createLanes } from "../../../../src/engine/requests/lanes.ts";

const never = new AbortController().signal;

/** Work that ends when it is told to. */
function createWork() {
  let end: () => void = () => undefined;
  let isBegun = false;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const work = async (): Promise<string> => {
    isBegun = true;
    await ended;
    return "done";
  };
  return { work, end, isBegun: () => isBegun };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("lanes", () => {
  it("let so much work go on at once, in the order in which it came", async () => {
    const lanes = createLanes(2);
    const works = Array.from({ length: 4 }, createWork);
    const results = works.map(({ work }) => lanes.run(never, work));
    await turn();
    expect(works.map(({ isBegun }) => isBegun())).toEqual([true, true, false, false]);
    works[1]!.end();
    await results[1];
    await turn();
    expect(works.map(({ isBegun }) => isBegun())).toEqual([true, true, true, false]);
    for (const { end } of works) end();
    expect(await Promise.all(results)).toEqual(["done", "done", "done", "done"]);
  });

  it("give up what waits when its signal fires, and nobody else's turn with it", async () => {
    const lanes = createLanes(1);
    const [first, second, third] = [createWork(), createWork(), createWork()];
    const stop = new AbortController();
    const running = lanes.run(never, first.work);
    const waiting = lanes.run(stop.signal, second.work);
    const last = lanes.run(never, third.work);
    stop.abort(new Error("scrolled on"));
    await expect(waiting).rejects.toThrow("scrolled on");
    await expect(lanes.run(stop.signal, second.work)).rejects.toThrow("scrolled on");
    first.end();
    third.end();
    expect(await Promise.all([running, last])).toEqual(["done", "done"]);
    expect(second.isBegun()).toBe(false);
  });

  it("are free again when work fails", async () => {
    const lanes = createLanes(1);
    await expect(lanes.run(never, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(await lanes.run(never, () => Promise.resolve("next"))).toBe("next");
  });
});
