import type { RelateAnswer, RelateRequest } from "../../protocol/groups.ts";
import type { Env } from "../env.ts";
import { inTurns } from "../store/inTurns.ts";
import { applyRelation } from "../write/relations.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { withDecideColumns } from "./decideColumns.ts";
import { findPlaces, relatedFromName } from "./pairPlaces.ts";

/** Members of one request: every two of them are a line in `.winnow/relations.csv`. */
const mostMembers = 100;

/** States, or takes back, how pairs are related; see `RelateRequest`. Throws one sentence where the dataset has no such pair. */
export async function relate(
  env: Env,
  dataset: AnalysedDataset,
  { root, members, relation }: RelateRequest,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<RelateAnswer> {
  if (members.length < 2 || members.length > mostMembers)
    throw new Error(`Expected 2 to ${mostMembers} pairs to relate but received ${members.length}: relate the group in parts`);
  return await withDecideColumns(env, dataset, root, async (open, state, input) => {
    const places = await inTurns(env, findPlaces(input), signal);
    const isFrozen = (sample: string): boolean => {
      const split = input.samples[places.rows.get(sample)!]?.split;
      return split === "validation" || split === "test";
    };
    const named = members.map((member) => relatedFromName(places, member));
    return await applyRelation(open, state, { members: named, relation, input, isFrozen, signal });
  });
}
