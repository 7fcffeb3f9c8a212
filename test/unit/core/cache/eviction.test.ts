import { describe, expect, it } from "vitest";
import type { Evictable } from "../../../../src/core/cache/eviction.ts";
import { chooseEvictions } from "../../../../src/core/cache/eviction.ts";

const piece = (name: string, usedMs: number, rest: Partial<Evictable> = {}): Evictable => ({
  kind: "vectors",
  name,
  sizeBytes: 10,
  usedMs,
  ...rest,
});
const choose = (
  items: readonly Evictable[],
  rule: { limitBytes?: number; unusedSinceMs?: number; models?: boolean; certificates?: boolean },
): string[] => chooseEvictions(items, { models: false, certificates: false, ...rule }).map(({ name }) => name);

describe("what is evicted", () => {
  it("is the longest unused, and no more than the limit asks for", () => {
    const items = [piece("new", 3), piece("old", 1), piece("middle", 2)];
    expect(choose(items, { limitBytes: 30 })).toEqual([]);
    expect(choose(items, { limitBytes: 29 })).toEqual(["old"]);
    expect(choose(items, { limitBytes: 10 })).toEqual(["old", "middle"]);
    expect(choose(items, { limitBytes: 0 })).toEqual(["old", "middle", "new"]);
  });

  it("is all that was not used since a time, whatever the limit", () => {
    const items = [piece("new", 3), piece("old", 1), piece("middle", 2)];
    expect(choose(items, { unusedSinceMs: 2 })).toEqual(["old"]);
    expect(choose(items, { unusedSinceMs: 2, limitBytes: 10 })).toEqual(["old", "middle"]);
    expect(choose(items, {})).toEqual([]);
  });

  it("is chosen by name among equals, so that the same cache gives the same answer", () => {
    expect(choose([piece("b", 1), piece("a", 1), piece("c", 1)], { limitBytes: 20 })).toEqual(["a"]);
  });

  it("is never in use or a person's own, though that counts", () => {
    const items = [piece("held", 1, { kept: "inUse" }), piece("own", 1, { kept: "yours" }), piece("free", 2)];
    expect(choose(items, { limitBytes: 25 })).toEqual(["free"]);
    expect(choose(items, { limitBytes: 0, unusedSinceMs: 9 })).toEqual(["free"]);
  });

  it("is no model unless models are asked for, and else they don't count", () => {
    const items = [piece("model", 1, { kind: "models", sizeBytes: 1000 }), piece("vectors", 2)];
    expect(choose(items, { limitBytes: 10 })).toEqual([]);
    expect(choose(items, { limitBytes: 10, models: true })).toEqual(["model"]);
  });

  it("is what was measured of providers, but no certificate unless certificates are asked for", () => {
    const items = [piece("speeds", 1, { kind: "probes" }), piece("grades", 1, { kind: "certificates", sizeBytes: 1000 })];
    expect(choose(items, { limitBytes: 0 })).toEqual(["speeds"]);
    expect(choose(items, { limitBytes: 10, unusedSinceMs: 9, certificates: true })).toEqual(["grades", "speeds"]);
  });

  it("is nothing that this version doesn't know, and no digest", () => {
    expect(choose([piece("x", 1, { kind: "other" }), piece("y", 1, { kind: "digests" })], { limitBytes: 0, unusedSinceMs: 9 })).toEqual([]);
  });
});
