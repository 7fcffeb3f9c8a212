import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Sample } from "../../../../src/core/sample.ts";
import { decideInputOf } from "../../../../src/engine/decide/decideInput.ts";
import { readDataset, withDataset } from "../../../../src/engine/store/dataset.ts";
import { captionHash } from "../../../../src/engine/store/dotWinnow.ts";
import { applyPrune } from "../../../../src/engine/write/prune.ts";
import { applySplits } from "../../../../src/engine/write/splits.ts";
import { undo } from "../../../../src/engine/write/undo.ts";
import { applyVerdicts, parseVerdictRows, type AppliedVerdicts } from "../../../../src/engine/write/verdicts.ts";
import { createWorkplace, sampleOf, type Workplace } from "../store/workplace.ts";

const samplesIn = (root: string): Sample[] => [sampleOf(root, "a.jpg", ["one", "two"]), sampleOf(root, 'b/b, "c".jpg', ["three"])];

function give({ env, root }: Workplace, csv: string, samples = samplesIn(root)): Promise<AppliedVerdicts> {
  const captions = new Map(samples.map((sample) => [sample.id as string, sample.captions.map(({ text }) => text)]));
  return withDataset(env, root, (dataset, state) =>
    applyVerdicts(dataset, state, { rows: parseVerdictRows(csv), captionsOf: (sample) => captions.get(sample) }),
  );
}

function selectionText({ root }: Workplace): Promise<string> {
  return readFile(join(root, ".winnow/selection.csv"), "utf8");
}

const header = "sample,captionIndex,captionHash,verdict,actor,reason\n";

describe("a person's verdicts", () => {
  it("are applied in bulk, and rows that fit nothing are told by line", async () => {
    const place = await createWorkplace();
    const csv = [
      "sample,captionIndex,verdict,reason",
      'a.jpg,1,drop,"wrong, and ""bad"""',
      "a.jpg,7,drop,",
      "nowhere.jpg,,drop,",
      '"b/b, ""c"".jpg",,keep,',
      "a.jpg,0,delete,",
      "a.jpg,x,drop,",
    ].join("\r\n");
    const result = await give(place, csv);
    expect(result.applied).toBe(2);
    expect(result.unknown.map(({ line, why }) => `${line}: ${why}`)).toEqual([
      "3: the sample has no caption 7, only 2 (counted from 0)",
      "4: the dataset has no such sample",
      "6: expected keep, drop, review or clear but received delete",
      "7: the sample has no caption x, only 2 (counted from 0)",
    ]);
    expect(await selectionText(place)).toBe(
      `${header}a.jpg,1,${captionHash("two")},drop,person,"wrong, and ""bad"""\n"b/b, ""c"".jpg",,,keep,person,\n`,
    );
    expect((await readDataset(place.env, place.root)).state.selection).toHaveLength(2);
  });

  it("are cleared, and undone as one operation", async () => {
    const place = await createWorkplace();
    await give(place, "sample,captionIndex,verdict,reason\na.jpg,0,drop,\n");
    await give(place, "sample,captionIndex,verdict,reason\na.jpg,0,clear,\n");
    expect(await selectionText(place)).toBe(header);
    await withDataset(place.env, place.root, (dataset) => undo(dataset));
    expect(await selectionText(place)).toBe(`${header}a.jpg,0,${captionHash("one")},drop,person,\n`);
  });

  it("follow their caption when captions were re-ordered", async () => {
    const place = await createWorkplace();
    await give(place, "sample,captionIndex,verdict,reason\na.jpg,0,drop,\n");
    const swapped = [sampleOf(place.root, "a.jpg", ["two", "one"])];
    await give(place, "sample,captionIndex,verdict,reason\na.jpg,0,keep,\n", swapped);
    expect(await selectionText(place)).toBe(
      `${header}a.jpg,0,${captionHash("two")},keep,person,\na.jpg,1,${captionHash("one")},drop,person,\n`,
    );
  });

  it("without the columns are refused in a sentence", () => {
    expect(() => parseVerdictRows("file,decision\na,drop\n")).toThrow("sample and verdict is missing in the first line");
  });

  it("never overwrite a selection that somebody damaged", async () => {
    const place = await createWorkplace({ ".winnow/selection.csv": `${header}<<<<<<< ours\na.jpg,0,,drop,person,\n` });
    await expect(give(place, "sample,captionIndex,verdict,reason\na.jpg,0,keep,\n")).rejects.toThrow(/selection.csv/);
    expect(await selectionText(place)).toContain("<<<<<<<");
  });
});

describe("pruning", () => {
  const signals = { clipScore: Float32Array.of(0.9, 0.1, 0.2) };

  it("writes recipe and selection as one operation that undo takes back", async () => {
    const place = await createWorkplace();
    const samples = samplesIn(place.root);
    await give(place, 'sample,captionIndex,verdict,reason\n"b/b, ""c"".jpg",0,keep,mine\n');
    const before = await selectionText(place);
    const rule = { policy: "threshold", signal: "clipScore", unit: "pair", aggregate: "mean", min: 0.5 };
    const { dryRun, operation } = await withDataset(place.env, place.root, (dataset, state) =>
      applyPrune(dataset, state, { rule, input: decideInputOf(samples, { signals, groups: [] }, state) }),
    );
    expect(dryRun.kept).toEqual({ samples: 2, captions: 2 });
    expect(await selectionText(place)).toContain(`a.jpg,1,${captionHash("two")},drop,rule,clipScore 0.1 is below 0.5\n`);
    const { state } = await readDataset(place.env, place.root);
    expect(state.recipe.rules).toEqual([rule]);
    await withDataset(place.env, place.root, (dataset) => undo(dataset, operation ?? ""));
    expect(await selectionText(place)).toBe(before);
    await expect(readFile(join(place.root, ".winnow/recipe.json"))).rejects.toThrow("ENOENT");
  });

  it("done again changes nothing", async () => {
    const place = await createWorkplace();
    const prune = () =>
      withDataset(place.env, place.root, (dataset, state) =>
        applyPrune(dataset, state, {
          rule: { policy: "keepTop", signal: "clipScore", unit: "pair", aggregate: "mean", keep: "50%" },
          input: decideInputOf(samplesIn(place.root), { signals, groups: [] }, state),
        }),
      );
    expect((await prune()).operation).not.toBeNull();
    expect((await prune()).operation).toBeNull();
  });

  it("refuses a recipe of a newer Winnow", async () => {
    const place = await createWorkplace();
    await withDataset(place.env, place.root, () => Promise.resolve());
    await writeFile(join(place.root, ".winnow/recipe.json"), '{"schema": 2}');
    const pruned = withDataset(place.env, place.root, (dataset, state) =>
      applyPrune(dataset, state, {
        rule: { policy: "threshold", signal: "clipScore", min: 0 },
        input: decideInputOf(samplesIn(place.root), { signals, groups: [] }, state),
      }),
    );
    await expect(pruned).rejects.toThrow(/newer Winnow/);
  });
});

describe("splits", () => {
  it("are made once, and later samples join them", async () => {
    const place = await createWorkplace();
    const samples = Array.from({ length: 40 }, (_, at) => sampleOf(place.root, `${at}.jpg`, ["x"]));
    const plan = { seed: 3, validation: "10%", test: "10%" };
    const make = (some: readonly Sample[]) =>
      withDataset(place.env, place.root, (dataset, state) => applySplits(dataset, state, { samples: some, groups: [], plan }));
    expect((await make(samples.slice(0, 20))).counts).toEqual({ train: 16, validation: 2, test: 2 });
    const before = (await readDataset(place.env, place.root)).state.splits;
    expect((await make(samples)).counts).toEqual({ train: 32, validation: 4, test: 4 });
    const after = (await readDataset(place.env, place.root)).state.splits;
    for (const [id, split] of before) expect(after.get(id)).toBe(split);
  });
});
