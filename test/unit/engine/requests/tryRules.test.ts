import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Rule } from "../../../../src/core/prune/policy.ts";
import { undoOperation } from "../../../../src/engine/requests/operations.ts";
import { applyRules, tryRules } from "../../../../src/engine/requests/tryRules.ts";
import { readDataset } from "../../../../src/engine/store/dataset.ts";
import type { MadeOptions } from "./analysisFixture.ts";
import { openMade } from "./opened.ts";

async function made(options: MadeOptions) {
  const opened = await openMade(options);
  return { ...opened, dataset: await opened.open() };
}

const scores = (count: number): number[] => Array.from({ length: count }, (_, at) => (at + 1) / 100);
const threshold: Rule = { policy: "threshold", signal: "clipScore", unit: "pair", aggregate: "mean", min: 0.11 };
const keepHalf: Rule = { policy: "keepTop", signal: "clipScore", unit: "pair", aggregate: "mean", keep: "50%" };

describe("rules that are tried", () => {
  it("tell what each adds to those before it, and what all leave, and write nothing", async () => {
    const { env, root, dataset } = await made({ samples: 30, captionsPerSample: 1, problems: false, groups: false, clipScore: scores(30) });
    const tried = await tryRules(env, dataset, { rules: [threshold, { ...keepHalf, off: true }, keepHalf] });
    expect(tried.effects).toEqual([
      { dropped: 10, droppedSamples: 10, review: 0, message: null },
      { dropped: 0, droppedSamples: 0, review: 0, message: null },
      { dropped: 10, droppedSamples: 10, review: 0, message: null },
    ]);
    expect(tried).toMatchObject({
      kept: { samples: 10, captions: 10 },
      dropped: { samples: 20, captions: 20 },
      imagesWithNoCaptionLeft: 20,
      operation: null,
    });
    expect((await readDataset(env, root)).state.recipe.rules).toEqual([]);
  });

  it("say in a sentence that a signal isn't there, and count the others", async () => {
    const { env, dataset } = await made({ samples: 30, problems: false, groups: false, clipScore: scores(30) });
    const { effects } = await tryRules(env, dataset, { rules: [{ ...threshold, signal: "imageRankShare" }, threshold] });
    expect(effects.map(({ dropped }) => dropped)).toEqual([0, 10]);
    expect(effects[0]!.message).toMatch(/^Expected a signal that is computed \(.*clipScore.*\) but received imageRankShare/);
  });

  it("refuse what is no rule in a sentence that names it", async () => {
    const { env, dataset } = await made({ samples: 4, problems: false, groups: false });
    await expect(tryRules(env, dataset, { rules: [threshold, { policy: "keepTop", keep: "120%" }] })).rejects.toThrow(
      /^Rule 2: Expected a percentage/,
    );
  });

  it("leave the evaluation split and persons' verdicts alone", async () => {
    const { env, dataset } = await made({ samples: 40, problems: false, groups: false, validation: 0.25 });
    const { frozen, kept } = await tryRules(env, dataset, { rules: [{ ...keepHalf, keep: "0" }] });
    expect(frozen.samples).toBeGreaterThan(0);
    expect(kept).toEqual(frozen);
  });

  it("stop when they are cancelled", async () => {
    const { env, dataset } = await made({ samples: 4000, captionsPerSample: 5, groups: false });
    const signal = AbortSignal.abort(new Error("cancelled by the test"));
    // The clock says that every turn is over, so that the signal is looked at.
    let time = 0;
    await expect(tryRules({ ...env, now: () => (time += 100) }, dataset, { rules: [keepHalf] }, { signal })).rejects.toThrow(
      "cancelled by the test",
    );
  });
});

describe("rules that are applied", () => {
  it("become the recipe's with their order and switches, in one operation with the selection, which undo takes back", async () => {
    const { env, root, dataset } = await made({ samples: 30, problems: false, groups: false, clipScore: scores(30) });
    const rules = [threshold, { ...keepHalf, off: true }];
    const { operation, kept } = await applyRules(env, dataset, { root, rules });
    expect(kept).toEqual({ samples: 20, captions: 20 });
    const { state, ledger } = await readDataset(env, root);
    expect(state.recipe.rules).toEqual(rules);
    expect(state.selection).toHaveLength(10);
    expect(ledger.operations).toMatchObject([
      {
        operation,
        kind: "prune",
        summary: "1 of 2 rules (threshold clipScore min 0.11): 20 captions of 20 samples stay, 10 captions are dropped",
      },
    ]);
    expect((await applyRules(env, dataset, { root, rules })).operation).toBeNull();
    await undoOperation(env, root, { cascade: false });
    const undone = (await readDataset(env, root)).state;
    expect([undone.recipe.rules, undone.selection]).toEqual([[], []]);
  });

  it("write the selection as the small one is written: sorted, with each caption's hash", async () => {
    const { env, root, dataset } = await made({ samples: 12, captionsPerSample: 2, problems: false, groups: false });
    await applyRules(env, dataset, { root, rules: [{ ...keepHalf, keep: "0" }] });
    const lines = (await readFile(join(root, ".winnow/selection.csv"), "utf8")).split("\n");
    expect(lines[0]).toBe("sample,captionIndex,captionHash,verdict,actor,reason");
    expect(lines.slice(1, -1)).toEqual(lines.slice(1, -1).sort());
    expect(lines).toHaveLength(26);
    expect(lines[1]).toMatch(/^.*,0,[0-9a-f]{16},drop,rule,clipScore [\d.]+ is not in the top 0$/);
  });
});
