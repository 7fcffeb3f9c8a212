import type { Group } from "../group.ts";
import type { Steps } from "../steps.ts";
import { eachStep } from "../steps.ts";
import type { Decided } from "./decide.ts";
import type { DecideSample, UnknownSignalError } from "./policy.ts";
import { codes, sampleCode } from "./standing.ts";

/**
 * What one rule adds to what the rules before it did: captions that it drops or sends to review, and samples of which it takes the last caption
 * (or that it drops as a whole). `missing` is set where the rule names a signal that isn't there: then it does nothing.
 */
export interface RuleEffect {
  readonly dropped: number;
  readonly droppedSamples: number;
  readonly review: number;
  readonly missing: UnknownSignalError | undefined;
}

/** Numbers of samples and captions. */
export interface Counts {
  readonly samples: number;
  readonly captions: number;
}

/** What a decision comes to, in numbers; lists are of what is rare. */
export interface Outcome {
  /** What is plainly kept, the evaluation split included; what is in review is counted in neither `kept` nor `dropped`. */
  readonly kept: Counts;
  readonly dropped: Counts;
  readonly review: Counts;
  /** Of the evaluation split: no rule judged them. */
  readonly frozen: Counts;
  /** Rows of samples that go because each of their pairs was dropped by itself, ascending. */
  readonly imagesWithNoCaptionLeft: readonly number[];
  /** Concept groups and folders of which no sample is left, kept or in review. */
  readonly conceptsThatVanish: readonly { readonly id: string; readonly name: string }[];
  readonly foldersThatVanish: readonly string[];
}

/** The effect of a rule that is off, or that can't be judged. */
export function noEffect(missing?: UnknownSignalError): RuleEffect {
  return { dropped: 0, droppedSamples: 0, review: 0, missing };
}

/** Counts what a decision comes to. */
export function* sumUp({ input, standing }: Pick<Decided, "input" | "standing">): Steps<Outcome> {
  const { pairs, samples, frozen, rowOf } = standing;
  const [sampleCounts, captionCounts] = [new Uint32Array(4), new Uint32Array(4)];
  const sampleCodes = new Uint8Array(input.samples.length);
  const imagesWithNoCaptionLeft: number[] = [];
  let [frozenSamples, frozenCaptions] = [0, 0];
  yield* eachStep(input.samples.length, (from, to) => {
    for (let row = from; row < to; row += 1) {
      const code = sampleCode(standing, row);
      sampleCodes[row] = code;
      sampleCounts[code] = sampleCounts[code]! + 1;
      frozenSamples += frozen[row]!;
      if (code === codes.drop && samples.decision[row] !== codes.drop) imagesWithNoCaptionLeft.push(row);
    }
  });
  yield* eachStep(rowOf.length, (from, to) => {
    for (let pair = from; pair < to; pair += 1) {
      const code = Math.max(pairs.decision[pair]!, codes.keep);
      captionCounts[code] = captionCounts[code]! + 1;
      frozenCaptions += frozen[rowOf[pair]!]!;
    }
  });
  const countsOf = (code: number): Counts => ({ samples: sampleCounts[code]!, captions: captionCounts[code]! });
  return {
    kept: countsOf(codes.keep),
    dropped: countsOf(codes.drop),
    review: countsOf(codes.review),
    frozen: { samples: frozenSamples, captions: frozenCaptions },
    imagesWithNoCaptionLeft,
    conceptsThatVanish: yield* vanishedConcepts(input.groups, sampleCodes),
    foldersThatVanish: yield* vanishedFolders(input.samples, sampleCodes),
  };
}

function* vanishedConcepts(groups: readonly Group[], sampleCodes: Uint8Array): Steps<{ id: string; name: string }[]> {
  const vanished: { id: string; name: string }[] = [];
  for (const { kind, id, name, members } of groups) {
    if (kind !== "concept" || members.length === 0) continue;
    if (members.every(({ row }) => sampleCodes[row] === codes.drop)) vanished.push({ id, name });
    yield;
  }
  return vanished;
}

function* vanishedFolders(samples: readonly DecideSample[], sampleCodes: Uint8Array): Steps<string[]> {
  const left = new Map<string, boolean>();
  yield* eachStep(samples.length, (from, to) => {
    for (let row = from; row < to; row += 1) {
      const { folder } = samples[row]!;
      left.set(folder, (left.get(folder) ?? false) || sampleCodes[row] !== codes.drop);
    }
  });
  return [...left].filter(([, stays]) => !stays).map(([folder]) => folder);
}
