import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../../../src/core/prune/decide.ts";
import { dryRunOf, type DryRun } from "../../../../src/core/prune/dryRun.ts";
import { parseRule } from "../../../../src/core/prune/policies.ts";
import type { DecideInput, Rule } from "../../../../src/core/prune/policy.ts";
import { groupOf, inputOf, type Pictured } from "./fixtures.ts";

function rule(policy: string, options: Record<string, unknown>): Rule {
  const parsed = parseRule(policy, options);
  if (typeof parsed === "string") throw new Error(parsed);
  return parsed;
}

function run(input: DecideInput, ...rules: Rule[]): DryRun {
  return dryRunOf(decide(input, rules));
}

function names(judged: DryRun["dropped"]): string[] {
  return judged.map(({ sample, captionIndex }) => (captionIndex === null ? sample : `${sample}#${captionIndex}`));
}

/** Samples with a few captions each, scores from a few values so that ties abound, some unknown, some of the evaluation split. */
const datasets = fc
  .array(
    fc.record({
      scores: fc.array(
        fc.option(
          fc.integer({ min: -4, max: 8 }).map((value) => value / 8),
          { nil: undefined, freq: 6 },
        ),
        { maxLength: 4 },
      ),
      folder: fc.constantFrom("", "cats", "dogs"),
      split: fc.option(fc.constantFrom("train" as const, "validation" as const, "test" as const), { nil: undefined, freq: 3 }),
    }),
    { maxLength: 20 },
  )
  .map((samples): Pictured[] =>
    samples.map(({ split, ...sample }, at) => ({
      id: `s${String(at).padStart(2, "0")}.jpg`,
      ...sample,
      ...(split === undefined ? {} : { split }),
    })),
  );

interface Flat {
  readonly name: string;
  readonly folder: string;
  readonly score: number | undefined;
}

function flatten(samples: readonly Pictured[]): Flat[] {
  return samples
    .filter(({ split }) => split !== "validation" && split !== "test")
    .flatMap(({ id, folder = "", scores }) => scores.map((score, index) => ({ name: `${id}#${index}`, folder, score })));
}

describe("threshold", () => {
  it("drops what brute force drops and reviews the unknown", () => {
    fc.assert(
      fc.property(datasets, fc.integer({ min: -4, max: 8 }), (samples, eighths) => {
        const result = run(inputOf(samples), rule("threshold", { min: eighths / 8 }));
        const pairs = flatten(samples);
        expect(names(result.dropped)).toEqual(
          pairs.filter(({ score }) => score !== undefined && score < eighths / 8).map(({ name }) => name),
        );
        expect(names(result.review)).toEqual(pairs.filter(({ score }) => score === undefined).map(({ name }) => name));
      }),
    );
  });

  it("meets a limit that float32 can't hold exactly", () => {
    const result = run(inputOf([{ id: "a", scores: [0.7, 0.3, 0.69] }]), rule("threshold", { min: "0.7" }));
    expect(names(result.dropped)).toEqual(["a#1", "a#2"]);
    expect(result.dropped[1]?.reason).toBe("clipScore 0.69 is below 0.7");
  });

  it("judges samples by the mean of their captions unless told otherwise", () => {
    const input = inputOf([
      { id: "a", scores: [0.9, 0.1, undefined] },
      { id: "b", scores: [undefined] },
      { id: "c", scores: [] },
    ]);
    expect(names(run(input, rule("threshold", { unit: "sample", min: 0.4 })).dropped)).toEqual([]);
    expect(names(run(input, rule("threshold", { unit: "sample", min: 0.4 })).review)).toEqual(["b", "c"]);
    expect(names(run(input, rule("threshold", { unit: "sample", min: 0.4, aggregate: "min" })).dropped)).toEqual(["a"]);
  });
});

describe("keepTop", () => {
  it("keeps the share that brute force keeps, with the ties at the cut", () => {
    fc.assert(
      fc.property(datasets, fc.integer({ min: 0, max: 100 }), fc.constantFrom(undefined, "folder"), (samples, percent, per) => {
        const result = run(inputOf(samples), rule("keepTop", { keep: `${percent}%`, per }));
        const expected = new Set<string>();
        for (const folder of per === undefined ? [undefined] : ["", "cats", "dogs"]) {
          const known = flatten(samples).filter((pair) => pair.score !== undefined && (folder === undefined || pair.folder === folder));
          const scores = known.map(({ score }) => score ?? 0).sort((a, b) => b - a);
          const cut = scores[Math.floor((scores.length * percent) / 100) - 1] ?? Infinity;
          for (const { name, score = 0 } of known) if (score < cut) expected.add(name);
        }
        expect(new Set(names(result.dropped))).toEqual(expected);
      }),
    );
  });

  it("keeps an exact number, ties by id", () => {
    fc.assert(
      fc.property(datasets, fc.integer({ min: 0, max: 30 }), (samples, count) => {
        const result = run(inputOf(samples), rule("keepTop", { keep: count }));
        const sorted = flatten(samples)
          .filter(({ score }) => score !== undefined)
          .sort((a, b) => (b.score ?? 0) - (a.score ?? 0) || (a.name < b.name ? -1 : 1));
        expect(new Set(names(result.dropped))).toEqual(new Set(sorted.slice(count).map(({ name }) => name)));
      }),
    );
  });

  it("keeps the lowest of a signal where lower is better", () => {
    const input = inputOf([{ id: "a", scores: [0, 0, 0] }], {
      signals: { captionRank: { of: "pair", values: Float32Array.of(5, 1, 9), better: "lower" } },
    });
    expect(names(run(input, rule("keepTop", { signal: "captionRank", keep: 1 })).dropped)).toEqual(["a#0", "a#2"]);
  });

  it("takes its quota in each concept", () => {
    const input = inputOf(
      [0.1, 0.2, 0.8, 0.9].map((score, at) => ({ id: `s${at}`, scores: [score] })),
      { groups: [groupOf("concept", [0, 1], { name: "cat" }), groupOf("concept", [2, 3], { name: "dog" })] },
    );
    expect(names(run(input, rule("keepTop", { keep: "50%", per: "concept" })).dropped)).toEqual(["s0", "s2"].map((id) => `${id}#0`));
  });

  it("tells the images that keeping 70 % of the pairs leaves with no caption", () => {
    const samples = [
      { id: "good", scores: [0.9, 0.8, 0.7, 0.6, 0.5, 0.45, 0.4] },
      { id: "bad", scores: [0.1, 0.2, 0.3] },
    ];
    const result = run(inputOf(samples), rule("keepTop", { keep: "70%" }));
    expect(result.kept).toEqual({ samples: 1, captions: 7 });
    expect(result.imagesWithNoCaptionLeft).toEqual(["bad"]);
  });

  it("leaves what a person decided out of the ranking", () => {
    const samples = [0.1, 0.2, 0.3, 0.4, 0.5].map((score, at) => ({ id: `s${at}`, scores: [score] }));
    const verdicts = [
      { sample: "s0", decision: "keep" as const, actor: "person" as const, reason: "mine" },
      { sample: "s4", captionIndex: 0, decision: "drop" as const, actor: "person" as const, reason: "not mine" },
    ];
    const result = run(inputOf(samples, { verdicts }), rule("keepTop", { keep: 1 }));
    expect(names(result.dropped)).toEqual(["s1#0", "s2#0", "s4#0"]);
    expect(result.dropped[2]).toMatchObject({ actor: "person", reason: "not mine" });
    expect(result.kept).toEqual({ samples: 2, captions: 2 });
  });
});

describe("deduplicate", () => {
  const samples = [
    { id: "a", scores: [0.1], texts: ["one"] },
    { id: "b", scores: [0.9, 0.2], texts: ["one", "two"] },
    { id: "c", scores: [0.5], texts: ["two"] },
  ];

  it("keeps the first of a group and offers the captions that it lacks", () => {
    const result = run(inputOf(samples, { groups: [groupOf("duplicate", [0, 1, 2])] }), rule("deduplicate", {}));
    expect(names(result.dropped)).toEqual(["b", "c"]);
    expect(result.dropped[0]?.reason).toBe("same bytes as a");
    expect(result.captionsToMove).toEqual([{ sample: "b", captionIndex: 1, captionHash: "hash-two", to: "a" }]);
  });

  it("keeps the best by a signal, a person's choice and the evaluation split before it", () => {
    const groups = [groupOf("nearDuplicate", [0, 1, 2])];
    expect(names(run(inputOf(samples, { groups }), rule("deduplicate", { best: "clipScore" })).dropped)).toEqual(["a", "c"]);
    const verdicts = [{ sample: "c", captionIndex: 0, decision: "keep" as const, actor: "person" as const, reason: "" }];
    expect(names(run(inputOf(samples, { groups, verdicts }), rule("deduplicate", { best: "clipScore" })).dropped)).toEqual(["a", "b"]);
    const frozen = inputOf(samples.with(2, { ...samples[2], split: "test" } as (typeof samples)[0]), { groups });
    expect(names(run(frozen, rule("deduplicate", {})).dropped)).toEqual(["a", "b"]);
  });

  it("sends groups that are too doubtful to review", () => {
    const result = run(
      inputOf(samples, { groups: [groupOf("nearDuplicate", [0, 1], { review: "far more would group than expected" })] }),
      rule("deduplicate", {}),
    );
    expect(names(result.review)).toEqual(["b"]);
    expect(result.dropped).toEqual([]);
    expect(result.kept).toEqual({ samples: 2, captions: 2 });
  });

  it("stops at the kind of duplicates that it is told", () => {
    const groups = [groupOf("duplicate", [0, 1]), groupOf("nearDuplicate", [0, 2])];
    expect(names(run(inputOf(samples, { groups }), rule("deduplicate", { of: "duplicate" })).dropped)).toEqual(["b"]);
  });
});

describe("rules in order", () => {
  it("judges only what the earlier ones kept and records the first reason", () => {
    const samples = [0.1, 0.2, 0.3, 0.4].map((score, at) => ({ id: `s${at}`, scores: [score] }));
    const result = run(inputOf(samples), rule("threshold", { min: 0.15 }), rule("keepTop", { keep: 1 }));
    expect(result.dropped.map(({ reason }) => reason)).toEqual([
      "clipScore 0.1 is below 0.15",
      "clipScore 0.2 is not in the top 1 (cut at 0.4)",
      "clipScore 0.3 is not in the top 1 (cut at 0.4)",
    ]);
  });

  it("never touches the evaluation split", () => {
    fc.assert(
      fc.property(datasets, (samples) => {
        const result = run(
          inputOf(samples, {
            groups: [
              groupOf(
                "duplicate",
                samples.map((_, row) => row),
              ),
            ],
          }),
          rule("keepTop", { keep: 0 }),
          rule("deduplicate", {}),
        );
        const frozen = new Set(samples.filter(({ split }) => split === "validation" || split === "test").map(({ id }) => id));
        for (const { sample } of [...result.dropped, ...result.review]) expect(frozen.has(sample)).toBe(false);
      }),
    );
  });

  it("tells the folders and concepts of which nothing is left", () => {
    const samples = [
      { id: "x/a", folder: "x", scores: [0.1] },
      { id: "y/b", folder: "y", scores: [0.9] },
    ];
    const result = run(inputOf(samples, { groups: [groupOf("concept", [0], { id: "c1", name: "cat" })] }), rule("threshold", { min: 0.5 }));
    expect(result.foldersThatVanish).toEqual(["x"]);
    expect(result.conceptsThatVanish).toEqual([{ id: "c1", name: "cat" }]);
  });

  it("holds a person before a model and a model before a rule", () => {
    const verdicts = [
      { sample: "a", decision: "drop" as const, actor: "person" as const, reason: "person" },
      { sample: "a", captionIndex: 0, decision: "keep" as const, actor: "model" as const, reason: "model" },
      { sample: "b", captionIndex: 0, decision: "keep" as const, actor: "model" as const, reason: "model" },
    ];
    const result = run(
      inputOf(
        [
          { id: "a", scores: [0.9] },
          { id: "b", scores: [0.1] },
        ],
        { verdicts },
      ),
      rule("threshold", { min: 0.5 }),
    );
    expect(names(result.dropped)).toEqual(["a"]);
    expect(result.kept.captions).toBe(1);
  });

  it("finds a person's caption again by its text, and forgets one whose text is gone", () => {
    const verdict = { sample: "a", captionIndex: 0, decision: "drop" as const, actor: "person" as const, reason: "" };
    const samples = [{ id: "a", scores: [0.5, 0.5], texts: ["new first", "old first"] }];
    expect(names(run(inputOf(samples, { verdicts: [{ ...verdict, captionHash: "hash-old first" }] })).dropped)).toEqual(["a#1"]);
    expect(names(run(inputOf(samples, { verdicts: [{ ...verdict, captionHash: "hash-gone" }] })).dropped)).toEqual([]);
  });
});

describe("a rule that is not one", () => {
  it.each([
    ["keepBest", {}, "Expected one of the policies deduplicate, keepTop, threshold, unreadable but received keepBest"],
    ["keepTop", {}, "Expected keep, such as 70% or 700, for the policy keepTop but received none"],
    ["keepTop", { keep: "120%" }, 'Expected a percentage such as 70% or a count such as 700 for keep but received "120%"'],
    ["threshold", {}, "Expected min or max for the policy threshold but received neither"],
    ["threshold", { min: "much" }, 'Expected a number for min but received "much"'],
    ["threshold", { min: 1, per: "folder" }, "Expected one of the options signal, unit, aggregate, min, max but received per"],
  ])("is told in a sentence: %s %j", (policy, options, message) => {
    expect(parseRule(policy, options)).toBe(message);
  });

  it("names the signals that are there when one is missing", () => {
    expect(() => run(inputOf([{ id: "a", scores: [1] }]), rule("threshold", { signal: "beauty", min: 1 }))).toThrow(
      /computed \(clipScore\) but received beauty/,
    );
  });
});
