import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSnapshots } from "../../../../src/host/panel/snapshots.ts";

describe("createSnapshots", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function track(takeMs = 0) {
    const sent: number[] = [];
    let state = 0;
    const snapshots = createSnapshots({
      read: () => state,
      send: async (value) => {
        sent.push(value);
        await new Promise((resolve) => setTimeout(resolve, takeMs));
      },
      intervalMs: 100,
    });
    return {
      sent,
      snapshots,
      change: () => {
        state += 1;
        snapshots.changed();
      },
    };
  }

  it("sends the first change at once", () => {
    const { sent, change } = track();
    change();
    expect(sent).toEqual([1]);
  });

  it("sends the latest state of many changes, ten a second", async () => {
    const { sent, change } = track();
    for (let tick = 0; tick < 990; tick++) {
      change();
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(sent).toHaveLength(10);
    await vi.advanceTimersByTimeAsync(100);
    expect(sent.at(-1)).toBe(990);
  });

  it("has one in flight where the link is slow", async () => {
    const { sent, change } = track(750);
    for (let tick = 0; tick < 200; tick++) {
      change();
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(sent).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent.at(-1)).toBe(200);
  });

  it("goes on after a page that could not take one", async () => {
    const sent: string[] = [];
    const snapshots = createSnapshots({
      read: () => "state",
      send: (value) => {
        sent.push(value);
        return sent.length === 1 ? Promise.reject(new Error("gone")) : Promise.resolve();
      },
      intervalMs: 100,
    });
    snapshots.changed();
    await vi.advanceTimersByTimeAsync(200);
    snapshots.changed();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toHaveLength(2);
  });

  it("sends nothing where there is nothing to tell, and nothing after its end", async () => {
    const sent: unknown[] = [];
    const known: { state?: string } = {};
    const snapshots = createSnapshots({ read: () => known.state, send: (value) => Promise.resolve(sent.push(value)), intervalMs: 100 });
    snapshots.changed();
    await vi.advanceTimersByTimeAsync(200);
    expect(sent).toEqual([]);
    known.state = "there";
    snapshots.changed();
    snapshots.changed();
    snapshots.dispose();
    await vi.advanceTimersByTimeAsync(200);
    expect(sent).toEqual(["there"]);
  });
});
