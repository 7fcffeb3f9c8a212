import { describe, expect, it } from "vitest";
import type { KeepBestRequest } from "../../../../src/protocol/groups.ts";
import { keepBest } from "../../../../src/engine/requests/keepBest.ts";
import { undoOperation } from "../../../../src/engine/requests/operations.ts";
import { applyRules } from "../../../../src/engine/requests/tryRules.ts";
import { importVerdicts } from "../../../../src/engine/requests/verdicts.ts";
import { openMade, type Opened } from "./opened.ts";

const options = { samples: 40, captionsPerSample: 2, problems: false };

async function choose(made: Opened, request: Partial<KeepBestRequest> & Pick<KeepBestRequest, "by">) {
  return await keepBest(made.env, await made.open(), { root: made.root, kind: "nearDuplicate", apply: true, ...request });
}

/** Rows of samples that a person's verdict drops, with the reason. */
async function dropped(made: Opened): Promise<[row: number, reason: string][]> {
  const { selection } = await made.state();
  return selection
    .filter(({ actor, decision }) => actor === "person" && decision === "drop")
    .map(({ sample, reason }): [number, string] => [made.samples.findIndex(({ id }) => id === sample), reason])
    .sort(([a], [b]) => a - b);
}

describe("the best of copies", () => {
  // The near-duplicates of the made-up dataset are rows 5, 6 and 7: of 700 × 150, 800 × 250 and 200 × 350 pixels.
  it("by resolution stays, with the reason, and only telling writes nothing", async () => {
    const made = await openMade(options);
    const told = await choose(made, { by: "resolution", apply: false });
    expect(told).toEqual({
      kept: [{ group: "nearDuplicate-0001", sample: made.samples[6]!.id, why: "800 × 250 is the largest" }],
      groups: 1,
      dropped: 2,
      operation: null,
    });
    expect(await made.operations()).toEqual([]);
    const { operation } = await choose(made, { by: "resolution" });
    const reason = `not the best of its group by resolution: ${made.samples[6]!.id} stays`;
    expect(await dropped(made)).toEqual([
      [5, reason],
      [7, reason],
    ]);
    expect(await made.operations()).toMatchObject([
      { operation, kind: "verdict", summary: "keeps the best by resolution of 1 groups, drops 2 samples" },
    ]);
    await undoOperation(made.env, made.root, { cascade: false });
    expect(await dropped(made)).toEqual([]);
  });

  it("by score is the sample with the best caption, unknown ones last", async () => {
    const clipScore = Array.from({ length: 80 }, () => 0.2);
    [clipScore[10], clipScore[11], clipScore[12], clipScore[14]] = [NaN, NaN, 0.1, 0.3124];
    const made = await openMade({ ...options, clipScore });
    expect((await choose(made, { by: "score" })).kept).toEqual([
      { group: "nearDuplicate-0001", sample: made.samples[7]!.id, why: "CLIP score 0.3124 is the highest" },
    ]);
  });

  it("with ties is the first by name, and it says so", async () => {
    const made = await openMade({ ...options, clipScore: Array.from({ length: 80 }, (_, pair) => (pair < 14 ? 0.5 : 0.25)) });
    const names = [5, 6, 7].map((row) => made.samples[row]!.id);
    const first = [...names].sort()[0]!;
    const both = names.indexOf(first) < 2 ? first : [...names.slice(0, 2)].sort()[0]!;
    expect((await choose(made, { by: "score", apply: false })).kept[0]).toMatchObject({
      sample: both,
      why: "CLIP score 0.5 is the highest, as of another, and it comes first by name",
    });
    const unknown = await openMade({ ...options, clipScore: Array.from({ length: 80 }, () => NaN) });
    expect((await choose(unknown, { by: "score", apply: false })).kept[0]).toMatchObject({
      sample: first,
      why: "no CLIP score is known, and it comes first by name",
    });
  });

  it("by length of caption counts the characters of the longest", async () => {
    const made = await openMade(options);
    const lengthOf = (row: number): number => Math.max(...made.samples[row]!.captions.map(({ text }) => text.length));
    const longest = [5, 6, 7].reduce((best, row) => (lengthOf(row) > lengthOf(best) ? row : best));
    const { kept } = await choose(made, { by: "captionLength", apply: false });
    expect(kept[0]!.why).toContain(`its caption of ${lengthOf(longest)} characters is the longest`);
  });

  it("is chosen anew by another measure, without what was dropped by the first", async () => {
    const made = await openMade({ ...options, clipScore: Array.from({ length: 80 }, (_, pair) => (pair === 10 ? 0.9 : 0.1)) });
    await choose(made, { by: "resolution" });
    await choose(made, { by: "score" });
    expect((await dropped(made)).map(([row]) => row)).toEqual([6, 7]);
  });

  it("is never put before what a person keeps, and never drops it; what a person dropped is no choice", async () => {
    const made = await openMade(options);
    const csv = `sample,captionIndex,verdict,reason\n${made.samples[5]!.id},0,keep,mine\n${made.samples[6]!.id},,drop,ugly\n`;
    await importVerdicts(made.env, made.root, csv);
    const { kept } = await choose(made, { by: "resolution" });
    expect(kept).toEqual([{ group: "nearDuplicate-0001", sample: made.samples[5]!.id, why: "a person's verdict keeps it" }]);
    expect((await dropped(made)).map(([row]) => row)).toEqual([6, 7]);
  });

  it("is of the evaluation split where that has one, and nothing of it is dropped", async () => {
    // Rows 0 to 5 are of the evaluation split.
    const made = await openMade({ ...options, validation: 0.15 });
    const { kept } = await choose(made, { by: "resolution" });
    expect(kept).toMatchObject([{ sample: made.samples[5]!.id, why: "it belongs to the evaluation split" }]);
    expect((await dropped(made)).map(([row]) => row)).toEqual([6, 7]);
    const exact = await choose(made, { kind: "duplicate", by: "resolution" });
    expect(exact.dropped).toBe(0);
  });

  it("leaves groups in doubt alone", async () => {
    // Every second group of near-duplicates is in doubt.
    const made = await openMade({ ...options, samples: 900 });
    const { kept } = await choose(made, { by: "resolution", apply: false });
    expect(kept.map(({ group }) => group)).toEqual(["nearDuplicate-0001", "nearDuplicate-0003", "nearDuplicate-0005"]);
    expect((await choose(made, { by: "resolution", groups: ["nearDuplicate-0002"] })).kept).toEqual([]);
  });

  it("of exact copies counts those of bytes and of pixels", async () => {
    const made = await openMade(options);
    expect((await choose(made, { kind: "duplicate", by: "resolution", apply: false })).kept.map(({ group }) => group).sort()).toEqual([
      "duplicate-0001",
      "pixelDuplicate-0001",
    ]);
  });

  it("stays though the recipe would keep another copy, but not against another rule", async () => {
    const made = await openMade({
      ...options,
      clipScore: Array.from({ length: 80 }, (_, pair) => (pair === 12 || pair === 13 ? 0.01 : 0.5)),
    });
    const threshold = { policy: "threshold", signal: "clipScore", unit: "pair", aggregate: "mean", min: 0.1 };
    await applyRules(made.env, await made.open(), {
      root: made.root,
      rules: [{ policy: "deduplicate", of: "nearDuplicate", mergeCaptions: false }],
    });
    expect((await choose(made, { by: "resolution", apply: false })).kept[0]!.sample).toBe(made.samples[6]!.id);
    await applyRules(made.env, await made.open(), { root: made.root, rules: [threshold] });
    expect((await choose(made, { by: "resolution", apply: false })).kept[0]!.sample).toBe(made.samples[5]!.id);
  });

  it("is not asked of groups that are no copies", async () => {
    const made = await openMade(options);
    await expect(choose(made, { kind: "confusable", by: "score" })).rejects.toThrow(
      "Expected one of duplicate, pixelDuplicate, nearDuplicate",
    );
    await expect(choose(made, { by: "score", groups: ["nearDuplicate-0077"] })).rejects.toThrow("There is no group nearDuplicate-0077");
  });
});
