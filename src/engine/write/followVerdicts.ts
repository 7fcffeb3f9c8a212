import { findCaption } from "../../core/selection.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { Env } from "../env.ts";
import { selectionChanges, stateChanges, type DatasetState } from "../store/dotWinnow.ts";
import type { Change } from "../store/operations.ts";

/** A caption of a sample that gets a new text: the hashes of both, see `Verdict`. */
export interface ChangedCaption {
  readonly captionIndex: number;
  readonly before: string;
  readonly after: string;
}

/** The captions of a sample that are changed, and the hashes of all its captions as they are before. */
export interface ChangedSample {
  readonly hashes: readonly string[];
  readonly changed: readonly ChangedCaption[];
}

/**
 * A verdict names its caption by the hash of its text: a person's word goes on to the new text, where a rule or a model judged the old one. So does
 * the move of a caption to the duplicate that is kept. `samples` are those with changed captions, by their ids.
 */
export async function followVerdicts(
  env: Env,
  state: DatasetState,
  samples: ReadonlyMap<string, ChangedSample>,
  signal?: AbortSignal,
): Promise<Change[]> {
  const hashAfter = (named: Named): string | undefined => {
    const sample = samples.get(named.sample);
    const index = sample && named.captionHash !== undefined ? findCaption(named, sample.hashes) : undefined;
    return sample?.changed.find(({ captionIndex, before }) => captionIndex === index && before === named.captionHash)?.after;
  };
  const follow = <Word extends Named>(word: Word): Word => {
    const captionHash = hashAfter(word);
    return captionHash === undefined ? word : { ...word, captionHash };
  };
  const changes: Change[] = [];
  const selection = state.selection.map((verdict) => (verdict.actor === "person" ? follow(verdict) : verdict));
  if (selection.some((verdict, at) => verdict !== state.selection[at]))
    changes.push(...(await selectionChanges(env, state, selection, signal)));
  const moves = state.moves.map(follow);
  if (moves.some((move, at) => move !== state.moves[at])) changes.push(...stateChanges(state, { moves }));
  return changes;
}

type Named = Pick<Verdict, "sample" | "captionIndex" | "captionHash">;

/** The samples with captions that are about to change, whose verdicts must be looked up: those of which a person's word or a move names a caption. */
export function samplesWithWords({ selection, moves }: DatasetState): Set<string> {
  const names = new Set(moves.map(({ sample }) => sample));
  for (const { actor, captionIndex, sample } of selection) if (actor === "person" && captionIndex !== undefined) names.add(sample);
  return names;
}
