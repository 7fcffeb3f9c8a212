import type { Group } from "../group.ts";
import type { Split } from "../sample.ts";
import type { Steps } from "../steps.ts";
import type { Verdict } from "../verdict.ts";
import type { Options, OptionTable, OptionValue } from "./options.ts";
import type { Standing } from "./standing.ts";

/** A sample as a policy sees it; its row is its index in `DecideInput.samples`. `folder` is below the root, "" for the root itself. */
export interface DecideSample {
  readonly id: string;
  readonly folder: string;
  readonly split?: Split;
}

/** The pairs as columns of one length, a sample's pairs side by side: the sample's row, the caption's index in it, and the hash of its text (see `Verdict`). */
export interface DecidePairs {
  readonly row: Uint32Array;
  readonly captionIndex: Uint32Array;
  readonly captionHash: readonly string[];
}

/** One signal's values, by pair or by sample; NaN is unknown. `better` says which end of the scale is the good one. */
export interface SignalColumn {
  readonly of: "pair" | "sample";
  readonly values: Float32Array;
  readonly better: "higher" | "lower";
}

/** All that a decision may depend on. `verdicts` are those of persons and models, the later winning where two of one actor meet. */
export interface DecideInput {
  readonly samples: readonly DecideSample[];
  readonly pairs: DecidePairs;
  readonly signals: Readonly<Record<string, SignalColumn>>;
  readonly groups: readonly Group[];
  readonly verdicts: readonly Verdict[];
}

/** One step of a recipe: a policy's id and its options, flat, as it stands in `recipe.json`. With `off: true` it stays there and does nothing. */
export type Rule = { readonly policy: string } & Readonly<Record<string, OptionValue>>;

/** What is judged one by one. */
export type Unit = "pair" | "sample";

/** A caption of a dropped duplicate that its keeper could take over. */
export interface CaptionMove {
  readonly sample: string;
  readonly captionIndex: number;
  readonly captionHash: string;
  readonly to: string;
}

/**
 * What a rule found, as columns of one length: what it is about (`index`: a pair's position or a sample's row) and `decision`, the code of
 * drop or review. Who is not named is kept. Reasons are made when somebody reads them: of a million findings hardly anyone reads all.
 * `moves` are the captions that a keeper could take over.
 */
export interface Ruling {
  readonly unit: Unit;
  readonly index: Uint32Array;
  readonly decision: Uint8Array;
  readonly reasonOf: (finding: number) => string;
  readonly moves?: readonly CaptionMove[];
}

/** What a policy judges: the input, and what the rules before it and people have decided already. */
export interface Situation {
  readonly input: DecideInput;
  readonly standing: Standing;
}

/**
 * A way to choose what stays. One file and one line in the registry make a new one appear everywhere.
 * `check` tells, before anything is judged, what is missing or contradictory in parsed options. `judge` looks only at candidates of the standing.
 * It throws `UnknownSignalError` when the input lacks a signal that it needs.
 */
export interface Policy {
  readonly id: string;
  readonly summary: string;
  readonly options: OptionTable;
  readonly check?: (options: Options) => string | undefined;
  readonly judge: (situation: Situation, options: Options) => Steps<Ruling>;
}

/** A rule names a signal that was not computed for this dataset. */
export class UnknownSignalError extends Error {
  constructor(signal: string, known: readonly string[]) {
    super(`Expected a signal that is computed (${known.join(", ") || "none is"}) but received ${signal}: run the stage score first`);
    this.name = "UnknownSignalError";
  }
}

/** The column of a signal; throws `UnknownSignalError` where it is not there. */
export function signalColumn(input: DecideInput, signal: string): SignalColumn {
  const column = Object.hasOwn(input.signals, signal) ? input.signals[signal] : undefined;
  if (column === undefined) throw new UnknownSignalError(signal, Object.keys(input.signals).sort());
  return column;
}
