import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { DecideInput, Rule } from "../../core/prune/policy.ts";
import { codes } from "../../core/prune/standing.ts";
import { parseRecipe } from "../../core/recipe.ts";
import { keptPairsOf } from "../../core/selection.ts";
import type { Steps } from "../../core/steps.ts";
import { eachStep } from "../../core/steps.ts";
import type { CompareRequest, Comparison, SelectionSource } from "../../protocol/recipes.ts";
import type { Env } from "../env.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { inTurns } from "../store/inTurns.ts";
import { readSelectionAfter } from "../store/pastSelection.ts";
import { decideInTurns } from "../write/decided.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readDecideColumns } from "./decideColumns.ts";
import { parseRules } from "./tryRules.ts";

/** How sets of pairs, by their numbers, are kept for views, and how the request is stopped. */
export interface CompareOptions {
  readonly saveSet: (pairs: Int32Array) => Promise<string>;
  readonly signal?: AbortSignal | undefined;
}

type Part = keyof Comparison["parts"];

/** The parts by who keeps a pair: left is 2, right is 1. */
const parts: readonly Part[] = ["neither", "rightOnly", "leftOnly", "both"];

/**
 * Compares what two selections plainly keep (what is in review is not kept), pair by pair. Rules and recipes are applied around the verdicts of
 * persons and models as they are now. Throws `SelectionLostError` for a state that isn't kept any more, and one sentence for a recipe or a rule
 * that is none.
 */
export async function compare(
  env: Env,
  dataset: AnalysedDataset,
  { left, right }: Omit<CompareRequest, "root">,
  { saveSet, signal }: CompareOptions,
): Promise<Comparison> {
  const input = await readDecideColumns(env, dataset, dataset.state);
  const known: Known = { env, dataset, input, signal };
  const [ofLeft, ofRight] = [await keptBy(known, left), await keptBy(known, right)];
  const pairs = await inTurns(env, splitByKeeper(ofLeft, ofRight), signal);
  const saved: [Part, Comparison["parts"][Part]][] = [];
  for (const [at, part] of parts.entries()) saved.push([part, { captions: pairs[at]!.length, set: await saveSet(pairs[at]!) }]);
  return { parts: Object.fromEntries(saved) as Comparison["parts"] };
}

interface Known {
  readonly env: Env;
  readonly dataset: AnalysedDataset;
  readonly input: DecideInput;
  readonly signal: AbortSignal | undefined;
}

/** What a selection keeps, one entry a pair. */
async function keptBy(known: Known, source: SelectionSource): Promise<Uint8Array> {
  const { env, dataset, input, signal } = known;
  switch (source.kind) {
    case "current":
      return await inTurns(env, keptPairsOf(input, dataset.state.selection), signal);
    case "rules":
      return await keptByRules(known, parseRules(source.rules));
    case "recipe":
      return await keptByRules(known, await readRules(resolve(dataset.root, source.path)));
    case "operation": {
      const place = await locateDataset(env, dataset.root);
      const { state, operations } = dataset;
      const selection = await readSelectionAfter(env, { place, state, operations }, source.operation);
      return await inTurns(env, keptPairsOf(input, selection), signal);
    }
  }
}

async function keptByRules({ env, input, signal }: Known, rules: readonly Rule[]): Promise<Uint8Array> {
  const { standing } = await decideInTurns(env, input, { rules, signal });
  return standing.pairs.decision.map((code) => (code <= codes.keep ? 1 : 0));
}

async function readRules(path: string): Promise<readonly Rule[]> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new Error(`The recipe ${path} can't be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const parsed = parseRecipe(text);
  if (parsed.kind !== "recipe") throw new Error(`${path}: ${parsed.message}`);
  return parsed.recipe.rules;
}

/** The pairs of each part, in the order of `parts`. */
function* splitByKeeper(left: Uint8Array, right: Uint8Array): Steps<Int32Array[]> {
  const counts = new Uint32Array(parts.length);
  const partOf = (pair: number): number => 2 * left[pair]! + right[pair]!;
  yield* eachStep(left.length, (from, to) => {
    for (let pair = from; pair < to; pair += 1) counts[partOf(pair)] = counts[partOf(pair)]! + 1;
  });
  const split = Array.from(counts, (count) => new Int32Array(count));
  counts.fill(0);
  yield* eachStep(left.length, (from, to) => {
    for (let pair = from; pair < to; pair += 1) {
      const part = partOf(pair);
      split[part]![counts[part]!] = pair;
      counts[part] = counts[part]! + 1;
    }
  });
  return split;
}
