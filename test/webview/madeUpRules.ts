import { parseRule } from "../../src/core/prune/policies.ts";
import type { Rule } from "../../src/core/prune/policy.ts";
import { emptyRecipe } from "../../src/core/recipe.ts";
import type { PanelSnapshot } from "../../src/protocol/panelApi.ts";
import type { TriedRules } from "../../src/protocol/recipes.ts";
import { createFakeHost, type FakeHost } from "./fakeHost.ts";
import type { MadeUp } from "./madeUp.ts";

/** An extension whose recipe can be tried, applied and undone. `answers` of `createFakeHost` are what it lacks. */
export interface RulesHost {
  readonly fake: FakeHost;
  rules: readonly Rule[];
  readonly tried: (readonly Rule[])[];
  readonly applied: (readonly Rule[])[];
}

/** A rule from its policy and options; throws where it is none. */
export function ruleFrom(policy: string, given: Readonly<Record<string, unknown>> = {}): Rule {
  const rule = parseRule(policy, given);
  if (typeof rule === "string") throw new Error(rule);
  return rule;
}

/** Makes such an extension for a made-up dataset; its rules judge pairs by `min` and `max` of a signal alone. */
export function createRulesHost(made: MadeUp, rules: readonly Rule[], answers: Parameters<typeof createFakeHost>[1] = {}): RulesHost {
  const before: (readonly Rule[])[] = [];
  const changed = (): void => fake.onChange();
  const fake = createFakeHost(made, {
    tryRules: ({ rules: asked }) => {
      host.tried.push(asked);
      return tryRules(made, asked);
    },
    applyRules: ({ rules: asked }) => {
      host.applied.push(asked);
      before.push(host.rules);
      host.rules = asked;
      changed();
      return { ...tryRules(made, asked), operation: `op${before.length}` };
    },
    undo: () => {
      host.rules = before.pop() ?? host.rules;
      changed();
      return { operation: "u", undone: ["op"], restored: 1, left: [] };
    },
    ...answers,
  });
  const plain = fake.snapshot.bind(fake);
  let version = 100;
  fake.snapshot = () => withRules(plain(), host.rules, { version: version++, operations: before.length });
  const host: RulesHost = { fake, rules, tried: [], applied: [] };
  return host;
}

function withRules(
  snapshot: PanelSnapshot,
  rules: readonly Rule[],
  { version, operations }: { version: number; operations: number },
): PanelSnapshot {
  const { overview } = snapshot;
  const listed = Array.from({ length: operations }, (_, at) => ({
    operation: `op${operations - at}`,
    time: `2026-11-24T12:0${operations - at}:00.000Z`,
    by: "person",
    kind: "prune",
    summary: `rules ${operations - at}`,
    files: 2,
    state: "done" as const,
  }));
  return {
    ...snapshot,
    version,
    overview: {
      ...overview,
      recipe: { ...emptyRecipe, rules },
      operations: listed,
      undoable: listed[0] ?? null,
      state: `rules ${version}`,
    },
  };
}

function tryRules(made: MadeUp, rules: readonly Rule[]): TriedRules {
  const gone = new Set<number>();
  const effects = rules.map((rule) => {
    if (rule["off"] === true) return { dropped: 0, droppedSamples: 0, review: 0, message: null };
    if (rule["signal"] === "imageRank")
      return { dropped: 0, droppedSamples: 0, review: 0, message: "Expected a signal that is computed but received imageRank" };
    const values = rule["signal"] === "clipScorePercentile" ? made.percentile : made.score;
    let dropped = 0;
    values.forEach((value, pair) => {
      if (
        gone.has(pair) ||
        !(value < Math.fround(Number(rule["min"] ?? -Infinity)) || value > Math.fround(Number(rule["max"] ?? Infinity)))
      )
        return;
      gone.add(pair);
      dropped += 1;
    });
    return { dropped, droppedSamples: dropped, review: rule.policy === "deduplicate" ? 3 : 0, message: null };
  });
  const total = made.score.length;
  const review = effects.reduce((sum, effect) => sum + effect.review, 0);
  return {
    effects,
    kept: { captions: total - gone.size - review, samples: made.sampleCount - gone.size },
    dropped: { captions: gone.size, samples: gone.size },
    review: { captions: review, samples: review },
    frozen: { captions: Math.ceil(total / 20), samples: Math.ceil(made.sampleCount / 20) },
    imagesWithNoCaptionLeft: Math.floor(gone.size / 3),
    conceptsThatVanish: gone.size > 300 ? ["wet train", "small harbour"] : [],
    foldersThatVanish: gone.size > 300 ? ["odd"] : [],
    captionsToMove: 4,
    operation: null,
  };
}
