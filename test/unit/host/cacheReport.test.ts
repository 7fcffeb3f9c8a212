import { describe, expect, it } from "vitest";
import { formatCacheReport, formatPlannedPruning, formatVerifiedCache } from "../../../src/host/cacheReport.ts";
import { cachePruned, nothingToPrune } from "../../../src/host/messages.ts";
import type { CacheEntry } from "../../../src/protocol/cache.ts";

const entry = (name: string, rest: Partial<CacheEntry> = {}): CacheEntry => ({
  kind: "vectors",
  name,
  part: "image",
  sizeBytes: 2e9,
  count: 1_000_000,
  usedMs: 0,
  kept: null,
  ...rest,
});

describe("the report about the cache", () => {
  it("says what lies there, how large and how old it is, and what is in use", () => {
    const entries = [
      entry("clip|b32", { kept: "inUse" }),
      entry("/data/photos", { kind: "tables", part: null, count: null, usedMs: 3 * 86_400_000, sizeBytes: 5 }),
    ];
    const text = formatCacheReport({ folder: "/c", entries, sizeBytes: 2e9 + 5, limitBytes: 20e9 }, 3 * 86_400_000);
    expect(text).toContain("`/c` holds 2 GB, with a limit of 20 GB");
    expect(text).toContain("| vectors | clip\\|b32, image | 2 GB | 1,000,000 | 3 days ago | in use |");
    expect(text).toContain("| tables of datasets | /data/photos | 5 bytes |  | today |  |");
  });

  it("says of a check what is damaged, or that all is whole", () => {
    expect(formatVerifiedCache({ pieces: 3, sizeBytes: 5000, damaged: [] })).toBe(
      "# Winnow's cache is whole\n\n3 pieces of 5 KB were read.\n",
    );
    const damaged = [{ kind: "facts", name: "1", file: "/c/f", what: "it is cut off", movedTo: "/c/damaged/x" }] as const;
    expect(formatVerifiedCache({ pieces: 3, sizeBytes: 5000, damaged })).toContain("| `/c/f` | it is cut off | `/c/damaged/x` |");
  });
});

describe("pruning", () => {
  const pruned = { evicted: [entry("old")], freedBytes: 2e9, leftBytes: 3e9, keptBytes: 1e9, failed: [] };

  it("asks with the largest that would go, and what stays because it is in use", () => {
    const many = Array.from({ length: 8 }, (_, at) => entry(`e${at}`, { sizeBytes: at * 1e9 }));
    const text = formatPlannedPruning({ ...pruned, evicted: many }).split("\n");
    expect(text[0]).toBe("7 GB: vectors of e7 (image)");
    expect(text.slice(6, 8)).toEqual(["and 2 more", "1 GB are in use and stay"]);
  });

  it("is told in a sentence, with what could not be moved", () => {
    expect(cachePruned(pruned)).toMatchObject({ severity: "info", text: "2 GB of the cache are free again, 3 GB stay" });
    expect(cachePruned({ ...pruned, failed: ["x could not be moved away", "y"] })).toMatchObject({
      severity: "warning",
      text: "2 GB of the cache are free again, 3 GB stay. x could not be moved away, and 1 more",
    });
    expect(nothingToPrune(pruned).text).toBe("Nothing has to go: the cache holds 3 GB, 1 GB of it in use");
  });
});
