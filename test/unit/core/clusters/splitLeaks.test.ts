import { describe, expect, it } from "vitest";
import { findSplitLeaks } from "../../../../src/core/clusters/splitLeaks.ts";
import type { Group } from "../../../../src/core/group.ts";
import type { Sample, Split } from "../../../../src/core/sample.ts";
import { sampleIdFromPath } from "../../../../src/core/sample.ts";

function sample(path: string, split?: Split): Sample {
  const locator = { kind: "file", path: `/${path}` } as const;
  return { id: sampleIdFromPath(path), locator, folder: "", captions: [], sizeBytes: 1, mtimeMs: 0, inode: 0, ...(split && { split }) };
}

function group(kind: Group["kind"], ...rows: number[]): Group {
  return { id: `${kind}-1`, kind, name: "", members: rows.map((row) => ({ row })) };
}

describe("findSplitLeaks", () => {
  const samples = [
    sample("a.jpg", "train"),
    sample("b.jpg", "test"),
    sample("c.jpg"),
    sample("d.jpg", "validation"),
    sample("e.jpg", "train"),
  ];

  it("tells a duplicate that lies in the evaluation split and outside of it", () => {
    const [problem, ...others] = findSplitLeaks(samples, [group("nearDuplicate", 0, 1)]);
    expect(others).toEqual([]);
    expect(problem).toMatchObject({ code: "splitLeak", sample: "b.jpg", message: "b.jpg (test) is a copy of a.jpg (train)" });
  });

  it("counts a sample without a split, and the other evaluation split, as outside", () => {
    expect(findSplitLeaks(samples, [group("duplicate", 2, 1)])).toHaveLength(1);
    expect(findSplitLeaks(samples, [group("pixelDuplicate", 1, 3)])).toHaveLength(1);
  });

  it("says nothing of duplicates within one split, nor of other groups", () => {
    expect(findSplitLeaks(samples, [group("duplicate", 0, 4), group("concept", 0, 1), group("confusable", 0, 1)])).toEqual([]);
  });
});
