import type { DecideInput } from "../../core/prune/policy.ts";
import type { RelatedPair, Relation, StatedRelation } from "../../core/relations.ts";
import { nameOfPair, restate } from "../../core/relations.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { DatasetState } from "../store/dotWinnow.ts";
import type { OperationId } from "../store/ledger.ts";
import type { OpenDataset } from "../store/operations.ts";
import { applyPersonVerdicts } from "./personVerdicts.ts";

/** A relation to state between every two of some pairs that the dataset has. `isFrozen` tells the samples of the evaluation split. */
export interface RelationRequest {
  readonly members: readonly RelatedPair[];
  readonly relation: Relation | "clear";
  readonly input: DecideInput;
  readonly isFrozen: (sample: string) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** How many relations were set (or taken back), as which operation; null where all were so already. */
export interface AppliedRelation {
  readonly applied: number;
  readonly operation: OperationId | null;
}

/**
 * States a relation, with the verdicts that follow from it, as one operation: of duplicates all but the first are dropped, hard negatives are kept
 * whatever rules say, both by the person's word. A relation that is withdrawn takes those verdicts back.
 */
export async function applyRelation(
  dataset: OpenDataset,
  state: DatasetState,
  { members, relation, input, isFrozen, signal }: RelationRequest,
): Promise<AppliedRelation> {
  const { relations, stated, withdrawn } = restate(state.relations, members, relation);
  const operation = await applyPersonVerdicts(dataset, state, {
    kind: "relation",
    summary: summaryOf(members, relation),
    input,
    set: verdictsOf(members, relation).filter(({ sample, decision }) => decision !== "drop" || !isFrozen(sample)),
    takesBack: createTakeBack(withdrawn, relations),
    relations,
    signal,
  });
  return { applied: relation === "clear" ? withdrawn.length : stated.length, operation };
}

const keptAsHardNegative = "kept as a hard negative";

function mergedInto(sample: string): string {
  return `merged as a duplicate of ${sample}`;
}

function verdictsOf(members: readonly RelatedPair[], relation: Relation | "clear"): Verdict[] {
  const [first] = members;
  switch (relation) {
    case "duplicate":
      return [...new Set(members.map(({ sample }) => sample))]
        .slice(1)
        .map((sample) => ({ sample, decision: "drop", actor: "person", reason: mergedInto(first!.sample) }));
    case "hardNegative":
      return members.map((member) => ({ ...member, decision: "keep", actor: "person", reason: keptAsHardNegative }));
    case "falseNegative":
    case "clear":
      return [];
  }
}

/** Tells the verdicts that came with relations which no longer hold. */
function createTakeBack(withdrawn: readonly StatedRelation[], relations: readonly StatedRelation[]): (verdict: Verdict) => boolean {
  const merged = new Set(
    withdrawn.filter(({ relation }) => relation === "duplicate").map(({ left, right }) => reasonKey(right.sample, mergedInto(left.sample))),
  );
  const hard = (of: readonly StatedRelation[]): string[] =>
    of.filter(({ relation }) => relation === "hardNegative").flatMap(({ left, right }) => [nameOfPair(left), nameOfPair(right)]);
  const stillHard = new Set(hard(relations));
  const freed = new Set(hard(withdrawn).filter((name) => !stillHard.has(name)));
  return (verdict) => {
    const { sample, captionIndex, decision, reason } = verdict;
    if (decision === "drop") return captionIndex === undefined && merged.has(reasonKey(sample, reason));
    return decision === "keep" && reason === keptAsHardNegative && freed.has(nameOfPair(verdict));
  };
}

function reasonKey(sample: string, reason: string): string {
  return JSON.stringify([sample, reason]);
}

/** Words for the ledger, such as `b.jpg: a duplicate of a.jpg`. */
function summaryOf(members: readonly RelatedPair[], relation: Relation | "clear"): string {
  const names = members.map(({ sample, captionIndex }) =>
    captionIndex === undefined || relation === "duplicate" ? sample : `${sample} #${captionIndex}`,
  );
  const [first = "", ...others] = names;
  const listed = others.length > 2 ? `${others[0]} and ${others.length - 1} more` : others.join(" and ");
  switch (relation) {
    case "duplicate":
      return `${listed}: duplicates of ${first}`;
    case "falseNegative":
      return `false negatives: ${first} and ${listed}`;
    case "hardNegative":
      return `hard negatives: ${first} and ${listed}`;
    case "clear":
      return `no relation any more: ${first} and ${listed}`;
  }
}
