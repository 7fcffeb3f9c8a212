import type { Fall } from "./endings.ts";

/** What a run came to, as far as it says what to do next. Recall is the mean of both directions as a share, NaN unknown. */
export interface TuneOutcome {
  readonly recallBefore: number;
  readonly recallAfter: number;
  /** Images that are held out; undefined where it isn't known. */
  readonly heldOutImages: number | undefined;
  readonly epochs: number;
  readonly bestEpoch: number;
  /** Whether the weights of the best epoch are kept, not those of the last. */
  readonly keepsBest: boolean;
  readonly agrees: boolean;
  readonly hasCollapsed: boolean;
  /** Whether the encoder lost what it knew beside the dataset. */
  readonly hasForgotten: boolean;
  /** The fall that ended the run. */
  readonly fall: Fall | undefined;
  /** Whether its trainer has losses to choose from, and batches of confusable groups: stock open_clip has neither. */
  readonly isOurs: boolean;
  readonly downs: number;
  readonly stillConfused: number;
}

/** Below this a picture more or less is a point of R@1. */
const fewHeldOut = 100;

/** What to do next, a sentence each; what stands against using the encoder comes first. */
export function nextSteps(outcome: TuneOutcome): readonly string[] {
  const { agrees, hasCollapsed, hasForgotten, bestEpoch, recallBefore, recallAfter, isOurs } = outcome;
  const lossNamed = (loss: string): string => (isOurs ? `the loss ${loss}` : `the trainer full with the loss ${loss}`);
  const lessForgetful = `take ${lossNamed("keepZeroShot")}${isOurs ? ", the low-rank head" : ""}, or a lower rate`;
  const isSound = agrees && !hasCollapsed && !hasForgotten && bestEpoch > 0 && !(recallAfter <= recallBefore);
  return [
    ...(agrees ? [] : ["The exported graphs don't give what was trained: don't use this encoder, tune on the CPU and look again"]),
    ...(hasCollapsed
      ? [`Vectors have drawn together until little tells them apart: lower the rate, or take ${lossNamed("alignUniform")}`]
      : []),
    ...(hasForgotten ? [`The encoder lost what it knew beside this dataset: ${lessForgetful}`] : []),
    ...(outcome.fall === "forgotten" && !hasForgotten
      ? [`An epoch forgot what the encoder knew beside this dataset, which ended the run early: ${lessForgetful}`]
      : []),
    ...(outcome.fall === "fallen"
      ? ["Recall fell far below what it was, which ended the run early: take a lower rate or a larger batch"]
      : []),
    ...ofRecall(outcome),
    ...(outcome.downs > 0 ? ["Look at the pairs that fell most: an encoder that has seen all the others doesn't believe them"] : []),
    ...(outcome.stillConfused > 0
      ? [
          `${outcome.stillConfused} confusable ${outcome.stillConfused === 1 ? "group is" : "groups are"} confused still: ${isOurs ? "put such into one batch (confusable)" : "the trainer full puts such into one batch (confusable)"}`,
        ]
      : []),
    ...(isSound ? [`Score the dataset again with the tuned encoder${isOurs ? ", and ask whether it was the curation" : ""}`] : []),
  ];
}

function ofRecall({ recallBefore, recallAfter, heldOutImages, epochs, bestEpoch, keepsBest }: TuneOutcome): readonly string[] {
  if (Number.isNaN(recallBefore + recallAfter)) return ["Nothing is held out, so nothing tells whether this is better: hold some out"];
  const few =
    heldOutImages !== undefined && heldOutImages < fewHeldOut
      ? [`Only ${heldOutImages} images are held out, and one of them is ${(100 / heldOutImages).toFixed(1)} points of R@1: hold out more`]
      : [];
  if (bestEpoch === 0)
    return [...few, "No epoch was better than the encoder as it was: it fits this data already, or there is too little to learn from"];
  if (!keepsBest && bestEpoch < epochs)
    return [
      ...few,
      `Nothing was better than epoch ${bestEpoch}, but the last one's weights are kept: train for ${bestEpoch}, or at a lower rate`,
    ];
  // A trainer that measures nothing before its first epoch takes one of its own for the best.
  if (recallAfter <= recallBefore)
    return [...few, "It finds no more of what is held out than the encoder did before: take a lower rate, or look over the pairs first"];
  return bestEpoch === epochs ? [...few, "The last epoch is the best: go on for longer, with more epochs"] : few;
}
