import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide, decideInSteps } from "../../../../src/core/prune/decide.ts";
import { dryRunOf } from "../../../../src/core/prune/dryRun.ts";
import { parseRule } from "../../../../src/core/prune/policies.ts";
import type { DecideInput, Rule } from "../../../../src/core/prune/policy.ts";
import { sumUp } from "../../../../src/core/prune/ruleEffects.ts";
import { pairStandpoint, sampleStandpoint } from "../../../../src/core/prune/standing.ts";
import { indexSelection, keptPairsOf, selectionOf } from "../../../../src/core/selection.ts";
import { finish } from "../../../../src/core/steps.ts";
import { groupOf, inputOf } from "./fixtures.ts";
import { decidePlainly } from "./plainDecide.ts";

function rule(policy: string, options: Record<string, unknown>): Rule {
  const parsed = parseRule(policy, options);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

const value = fc.option(
  fc.integer({ min: -3, max: 6 }).map((eighths) => (eighths === 0 ? -0 : eighths / 8)),
  { nil: NaN, freq: 6 },
);
const scored = {
  signal: fc.constantFrom("clipScore", "captionRank", "pixels"),
  unit: fc.constantFrom("pair", "sample"),
  aggregate: fc.constantFrom("mean", "max", "min"),
};
const off = fc.constantFrom(undefined, undefined, undefined, true);
const anyRule = fc.oneof(
  fc.record({
    policy: fc.constant("threshold"),
    ...scored,
    off,
    min: value.filter((least) => !Number.isNaN(least)),
    max: fc.constantFrom(undefined, 0.5),
  }),
  fc.record({
    policy: fc.constant("keepTop"),
    ...scored,
    off,
    keep: fc.oneof(
      fc.integer({ min: 0, max: 100 }).map((percent) => `${percent}%`),
      fc.integer({ min: 0, max: 30 }),
    ),
    per: fc.constantFrom(undefined, "folder", "concept"),
  }),
  fc.record({
    policy: fc.constant("deduplicate"),
    off,
    of: fc.constantFrom("duplicate", "pixelDuplicate", "nearDuplicate"),
    best: fc.constantFrom(undefined, "clipScore", "captionRank", "pixels"),
    mergeCaptions: fc.boolean(),
  }),
  fc.record({ policy: fc.constant("unreadable"), off }),
);

const samples = fc.uniqueArray(
  fc.record({
    id: fc.integer({ min: 0, max: 999 }).map((number) => `s${number}.jpg`),
    captions: fc.array(fc.record({ score: value, rank: fc.integer({ min: 1, max: 9 }), text: fc.constantFrom("a", "b", "c") }), {
      maxLength: 4,
    }),
    pixels: value,
    folder: fc.constantFrom("", "cats", "dogs"),
    split: fc.constantFrom(undefined, undefined, "train" as const, "validation" as const, "test" as const),
  }),
  { selector: ({ id }) => id, maxLength: 20 },
);
const place = fc.nat({ max: 999 });
const anyGroup = fc.record({
  kind: fc.constantFrom("duplicate" as const, "pixelDuplicate" as const, "nearDuplicate" as const, "concept" as const),
  places: fc.uniqueArray(place, { minLength: 2, maxLength: 4 }),
  doubt: fc.constantFrom(undefined, undefined, "they differ"),
});
const anyVerdict = fc.record({
  place,
  whole: fc.boolean(),
  captionIndex: fc.nat({ max: 3 }),
  text: fc.constantFrom(undefined, "a", "b", "c"),
  decision: fc.constantFrom("keep" as const, "drop" as const, "review" as const),
  actor: fc.constantFrom("person" as const, "model" as const),
});

/** Datasets with everything that rules meet: ties, unknown scores, samples without captions, frozen ones, doubtful groups, verdicts of all kinds. */
const inputs = fc
  .record({ samples, groups: fc.array(anyGroup, { maxLength: 6 }), verdicts: fc.array(anyVerdict, { maxLength: 8 }) })
  .map(({ samples: made, groups, verdicts }): DecideInput => {
    const input = inputOf(
      made.map(({ id, folder, split, captions }) => ({
        id,
        folder,
        ...(split === undefined ? {} : { split }),
        scores: captions.map(({ score }) => score),
        texts: captions.map(({ text }) => text),
      })),
    );
    const rowAt = (at: number): number => at % Math.max(1, made.length);
    const ranks = Float32Array.from(made.flatMap(({ captions }) => captions.map(({ rank }) => rank)));
    return {
      ...input,
      signals: {
        ...input.signals,
        captionRank: { of: "pair", values: ranks, better: "lower" },
        pixels: { of: "sample", values: Float32Array.from(made, ({ pixels }) => pixels), better: "higher" },
      },
      groups:
        made.length === 0
          ? []
          : groups.map(({ kind, places, doubt }, at) =>
              groupOf(kind, [...new Set(places.map(rowAt))], { id: `g${at}`, ...(doubt === undefined ? {} : { review: doubt }) }),
            ),
      verdicts: verdicts.map(({ place: at, whole, captionIndex, text, decision, actor }, number) => ({
        sample: made[rowAt(at)]?.id ?? "gone",
        ...(whole ? {} : { captionIndex, ...(text === undefined ? {} : { captionHash: `hash-${text}` }) }),
        decision,
        actor,
        reason: `verdict ${number}`,
      })),
    };
  });
const rules = fc.array(anyRule, { maxLength: 4 }).map((given) => given.map(({ policy, ...options }) => rule(policy, options)));

describe("decide", () => {
  it("decides as the plain definition does, whichever the rules, with its reasons", () => {
    fc.assert(
      fc.property(inputs, rules, (input, recipe) => {
        const [decided, plain] = [decide(input, recipe), decidePlainly(input, recipe)];
        const toPlain = (standpoint: ReturnType<typeof pairStandpoint>) =>
          standpoint && { decision: standpoint.decision, reason: standpoint.reason, ruled: standpoint.actor === "rule" };
        expect([...input.pairs.row.keys()].map((pair) => toPlain(pairStandpoint(decided.standing, pair)))).toEqual(plain.pairs);
        expect(input.samples.map((_, row) => toPlain(sampleStandpoint(decided.standing, row)))).toEqual(plain.samples);
      }),
      { numRuns: 1500 },
    );
  });

  it("tells what each rule adds, which sums up to what all of them drop", () => {
    fc.assert(
      fc.property(inputs, rules, (input, recipe) => {
        const { effects } = decide(input, recipe);
        const droppedBy = (count: number): { pairs: number; samples: number } => {
          const first = decide(input, recipe.slice(0, count));
          return { pairs: finish(sumUp(first)).dropped.captions, samples: finish(sumUp(first)).dropped.samples };
        };
        recipe.forEach((_, at) => {
          const [before, after] = [droppedBy(at), droppedBy(at + 1)];
          expect(effects[at]!.dropped).toBe(after.pairs - before.pairs);
          expect(effects[at]!.droppedSamples).toBe(after.samples - before.samples);
        });
      }),
      { numRuns: 300 },
    );
  });

  it("counts as the dry run lists", () => {
    fc.assert(
      fc.property(inputs, rules, (input, recipe) => {
        const decided = decide(input, recipe);
        const [outcome, dryRun] = [finish(sumUp(decided)), dryRunOf(decided)];
        expect(dryRun.kept).toEqual(outcome.kept);
        expect(dryRun.imagesWithNoCaptionLeft).toHaveLength(outcome.imagesWithNoCaptionLeft.length);
        expect(outcome.kept.captions + outcome.dropped.captions + outcome.review.captions).toBe(input.pairs.row.length);
        expect(outcome.kept.samples + outcome.dropped.samples + outcome.review.samples).toBe(input.samples.length);
      }),
      { numRuns: 300 },
    );
  });

  it("leaves out a rule that is off, or that names a signal that isn't there, and goes on with the others", () => {
    const input = inputOf([{ id: "a", scores: [0.1, 0.5, 0.9] }]);
    const wanted = [
      rule("threshold", { min: 0.8, off: true }),
      rule("threshold", { signal: "beauty", min: 1 }),
      rule("threshold", { min: 0.2 }),
    ];
    const { effects } = finish(decideInSteps(input, wanted));
    expect(effects.map(({ dropped, missing }) => [dropped, missing?.message])).toEqual([
      [0, undefined],
      [0, "Expected a signal that is computed (clipScore) but received beauty: run the stage score first"],
      [1, undefined],
    ]);
    expect(() => decide(input, wanted)).toThrow(/received beauty/);
  });

  it("lets others have their turn", () => {
    const count = 300_000;
    const input: DecideInput = {
      samples: Array.from({ length: count }, (_, row) => ({ id: String(row), folder: "" })),
      pairs: {
        row: Uint32Array.from({ length: count }, (_, row) => row),
        captionIndex: new Uint32Array(count),
        captionHash: [],
      },
      signals: {
        clipScore: { of: "pair", values: Float32Array.from({ length: count }, (_, row) => (row * 7919) % 1000), better: "higher" },
      },
      groups: [],
      verdicts: [],
    };
    let turns = 0;
    for (const steps = decideInSteps(input, [rule("keepTop", { keep: "50%" })]); steps.next().done !== true;) turns += 1;
    expect(turns).toBeGreaterThan(50);
  });
});

describe("a selection", () => {
  it("says of every pair what its look-up says, and of a decision what was decided", () => {
    fc.assert(
      fc.property(inputs, rules, (input, recipe) => {
        const decided = decide(input, recipe);
        const selection = selectionOf(decided);
        const index = indexSelection(selection);
        const held = input.samples.flatMap(({ id }, row) => {
          const own = [...input.pairs.row.keys()].filter((pair) => input.pairs.row[pair] === row);
          return index
            .ofCaptions(
              id,
              own.map((pair) => input.pairs.captionHash[pair]!),
            )
            .map((verdict) => ((verdict?.decision ?? "keep") === "keep" ? 1 : 0));
        });
        expect([...finish(keptPairsOf(input, selection))]).toEqual(held);
      }),
      { numRuns: 500 },
    );
  });
});
