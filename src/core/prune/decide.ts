import type { Steps } from "../steps.ts";
import { finish, stepLength } from "../steps.ts";
import { openRule } from "./policies.ts";
import { UnknownSignalError, type CaptionMove, type DecideInput, type Rule } from "./policy.ts";
import { noEffect, type RuleEffect } from "./ruleEffects.ts";
import { applyRuling, codes, openStanding, rowsById, sampleCode, type Standing } from "./standing.ts";

/** The outcome of a recipe's rules: the standing after the last, what each of them added, and the captions that keepers take over. */
export interface Decided {
  readonly input: DecideInput;
  readonly standing: Standing;
  /** One a rule, in order. */
  readonly effects: readonly RuleEffect[];
  /** Captions that the keepers of duplicates lack: offered by every `deduplicate`. */
  readonly offered: readonly CaptionMove[];
  /** Those of them that a rule with `mergeCaptions` moves. */
  readonly moved: readonly CaptionMove[];
}

/** `decideInSteps` at once; throws the `UnknownSignalError` of a rule that names a signal that isn't there. */
export function decide(input: DecideInput, rules: readonly Rule[]): Decided {
  const decided = finish(decideInSteps(input, rules));
  for (const { missing } of decided.effects) if (missing !== undefined) throw missing;
  return decided;
}

/**
 * Applies rules in order: each judges what the earlier ones kept, and the first that drops something gives its reason. A rule that is off, or
 * names a signal that isn't there, does nothing. Persons' verdicts win over models', models' over rules'; the evaluation split is judged by no
 * rule. A caption moves only between a sample that ends dropped and a keeper that ends kept.
 */
export function* decideInSteps(input: DecideInput, rules: readonly Rule[]): Steps<Decided> {
  const standing = yield* openStanding(input);
  const effects: RuleEffect[] = [];
  const offered: CaptionMove[] = [];
  const moved: CaptionMove[] = [];
  for (const rule of rules) {
    if (rule["off"] === true) {
      effects.push(noEffect());
      continue;
    }
    const { effect, moves } = yield* applyRule(input, standing, rule);
    effects.push(effect);
    for (const move of moves) {
      offered.push(move);
      if (rule["mergeCaptions"] === true) moved.push(move);
    }
  }
  if (offered.length === 0) return { input, standing, effects, offered, moved };
  const stays = yield* keepStanding(input, standing, offered);
  return { input, standing, effects, offered: offered.filter((move) => stays.has(move)), moved: moved.filter((move) => stays.has(move)) };
}

function* applyRule(input: DecideInput, standing: Standing, rule: Rule): Steps<{ effect: RuleEffect; moves: readonly CaptionMove[] }> {
  const { policy, options } = openRule(rule);
  try {
    const ruling = yield* policy.judge({ input, standing }, options);
    return { effect: yield* applyRuling(standing, ruling), moves: ruling.moves ?? [] };
  } catch (error) {
    if (!(error instanceof UnknownSignalError)) throw error;
    return { effect: noEffect(error), moves: [] };
  }
}

/** The moves between a sample that is dropped and one that is kept. */
function* keepStanding(input: DecideInput, standing: Standing, moves: readonly CaptionMove[]): Steps<ReadonlySet<CaptionMove>> {
  const rows = yield* rowsById(input);
  const stays = new Set<CaptionMove>();
  for (const [at, move] of moves.entries()) {
    if (at % (stepLength >> 4) === 0) yield;
    const [from, to] = [rows.get(move.sample), rows.get(move.to)];
    if (from === undefined || to === undefined) continue;
    if (sampleCode(standing, from) === codes.drop && sampleCode(standing, to) === codes.keep) stays.add(move);
  }
  return stays;
}
