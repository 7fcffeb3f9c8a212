import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Rule } from "../../../../src/core/prune/policy.ts";
import { emptyRecipe, formatRecipe } from "../../../../src/core/recipe.ts";
import type { SelectionSource } from "../../../../src/protocol/recipes.ts";
import { compare } from "../../../../src/engine/requests/compare.ts";
import { undoOperation } from "../../../../src/engine/requests/operations.ts";
import { applyRules } from "../../../../src/engine/requests/tryRules.ts";
import { importVerdicts } from "../../../../src/engine/requests/verdicts.ts";
import { openMade, type Opened } from "./opened.ts";

const options = { samples: 10, problems: false, groups: false, clipScore: Array.from({ length: 10 }, (_, at) => at / 10) };
const least = (min: number): Rule => ({ policy: "threshold", signal: "clipScore", unit: "pair", aggregate: "mean", min });
const current: SelectionSource = { kind: "current" };

/** The pairs of each part, by their places. */
async function parts(made: Opened, left: SelectionSource, right: SelectionSource): Promise<Record<string, number[]>> {
  const sets = new Map<string, number[]>();
  const saveSet = (pairs: Int32Array): Promise<string> => {
    sets.set(`set ${sets.size}`, [...pairs]);
    return Promise.resolve(`set ${sets.size - 1}`);
  };
  const comparison = await compare(made.env, await made.open(), { left, right }, { saveSet });
  return Object.fromEntries(
    Object.entries(comparison.parts).map(([part, { captions, set }]) => {
      expect(sets.get(set)).toHaveLength(captions);
      return [part, sets.get(set)!];
    }),
  );
}

async function apply(made: Opened, ...rules: Rule[]): Promise<string> {
  return (await applyRules(made.env, await made.open(), { root: made.root, rules })).operation!;
}

describe("two selections", () => {
  it("are compared pair by pair, and every pair is in one part", async () => {
    const made = await openMade(options);
    await importVerdicts(
      made.env,
      made.root,
      `sample,captionIndex,verdict,reason\n${made.samples[9]!.id},0,drop,\n${made.samples[8]!.id},0,review,\n`,
    );
    expect(
      await parts(
        made,
        { kind: "rules", rules: [least(0.25)] },
        {
          kind: "rules",
          rules: [
            { ...least(0.25), off: true },
            { policy: "threshold", signal: "clipScore", max: 0.55 },
          ],
        },
      ),
    ).toEqual({
      both: [3, 4, 5],
      leftOnly: [6, 7],
      rightOnly: [0, 1, 2],
      neither: [8, 9],
    });
    expect(await parts(made, current, current)).toEqual({ both: [0, 1, 2, 3, 4, 5, 6, 7], leftOnly: [], rightOnly: [], neither: [8, 9] });
  });

  it("may be of other times: after an operation, and before all", async () => {
    const made = await openMade(options);
    const first = await apply(made, least(0.25));
    const second = await apply(made, least(0.55));
    await undoOperation(made.env, made.root, { cascade: false });
    await undoOperation(made.env, made.root, { cascade: false });
    expect((await parts(made, { kind: "operation", operation: first }, current)).leftOnly).toEqual([]);
    const before = await parts(made, { kind: "operation", operation: first }, { kind: "operation", operation: second });
    expect(before.leftOnly).toEqual([3, 4, 5]);
    expect((await parts(made, { kind: "operation", operation: null }, { kind: "operation", operation: first })).leftOnly).toEqual([
      0, 1, 2,
    ]);
    expect((await parts(made, { kind: "operation", operation: null }, current)).leftOnly).toEqual([]);
  });

  it("that are no longer kept are told so, with the reason", async () => {
    const made = await openMade(options);
    const first = await apply(made, least(0.25));
    const second = await apply(made, least(0.55));
    const third = await apply(made, least(0.75));
    await rm(join(made.root, ".winnow/blobs"), { recursive: true });
    await expect(parts(made, { kind: "operation", operation: first }, current)).rejects.toThrow(
      `The selection after the operation ${first} can't be compared: what the later operation ${second} replaced is no longer kept in .winnow`,
    );
    expect((await parts(made, { kind: "operation", operation: third }, current)).leftOnly).toEqual([]);
    await rm(join(made.root, `.winnow/operations/${third}.jsonl`));
    await expect(parts(made, { kind: "operation", operation: second }, current)).rejects.toThrow("was done on another machine or clone");
    await expect(parts(made, { kind: "operation", operation: "20260101-000000-abcd" }, current)).rejects.toThrow("Expected an operation");
  });

  it("may be those of a recipe's file", async () => {
    const made = await openMade(options);
    await writeFile(join(made.root, "other.json"), formatRecipe({ ...emptyRecipe, rules: [least(0.85)] }));
    expect((await parts(made, { kind: "recipe", path: "other.json" }, current)).both).toEqual([9]);
    await writeFile(join(made.root, "other.json"), '{"schema": 2}');
    await expect(parts(made, { kind: "recipe", path: "other.json" }, current)).rejects.toThrow(
      /other\.json: The recipe was written by a newer Winnow/,
    );
    await expect(parts(made, { kind: "recipe", path: "none.json" }, current)).rejects.toThrow(/none\.json can't be read/);
  });
});
