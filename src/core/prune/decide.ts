import { openRule } from "./policies.ts";
import type { CaptionMove, DecideInput, Rule } from "./policy.ts";
import { applyFindings, openStanding, sampleDecision, type Standing } from "./standing.ts";

/** The outcome of a recipe's rules: the standing after the last, and the captions that keepers take over. */
export interface Decided {
  readonly input: DecideInput;
  readonly standing: Standing;
  /** Captions that the keepers of duplicates lack: offered by every `deduplicate`. */
  readonly offered: readonly CaptionMove[];
  /** Those of them that a rule with `mergeCaptions` moves. */
  readonly moved: readonly CaptionMove[];
}

/**
 * Applies rules in order: each judges what the earlier ones kept, and the first that drops something gives its reason. Persons' verdicts win over models', models' over rules';
 * the evaluation split is judged by no rule. A caption moves only between a sample that ends dropped and a keeper that ends kept.
 */
export function decide(input: DecideInput, rules: readonly Rule[]): Decided {
  const standing = openStanding(input);
  const offered: CaptionMove[] = [];
  const moved: CaptionMove[] = [];
  for (const rule of rules) {
    const { policy, options } = openRule(rule);
    const { findings, moves = [] } = policy.judge({ input, standing }, options);
    applyFindings(standing, findings);
    for (const move of moves) {
      offered.push(move);
      if (options["mergeCaptions"] === true) moved.push(move);
    }
  }
  const rows = new Map(input.samples.map(({ id }, row) => [id, row]));
  const stays = ({ sample, to }: CaptionMove): boolean => {
    const [from, target] = [rows.get(sample), rows.get(to)];
    return (
      from !== undefined && target !== undefined && sampleDecision(standing, from) === "drop" && sampleDecision(standing, target) === "keep"
    );
  };
  return { input, standing, offered: offered.filter(stays), moved: moved.filter(stays) };
}
