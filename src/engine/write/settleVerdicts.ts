import type { DecideInput } from "../../core/prune/policy.ts";
import { findCaption, sortSelection } from "../../core/selection.ts";
import type { Decision, Verdict } from "../../core/verdict.ts";
import { selectionChanges, type DatasetState } from "../store/dotWinnow.ts";
import { createPause, type Pause } from "../store/inTurns.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyOperation, type Change, type OpenDataset } from "../store/operations.ts";
import { decidedChanges, decideInTurns } from "./decided.ts";

/** What a person says of a caption, or of a whole sample where `captionIndex` is undefined; "clear" takes back what was said before. */
export interface Word {
  readonly sample: string;
  readonly captionIndex?: number;
  readonly captionHash?: string;
  readonly decision: Decision | "clear";
  readonly reason: string;
}

/**
 * Words to be settled. `hashesOf` gives the hashes of a sample's captions in order, undefined for a sample that is gone; it is asked for samples of `words` and
 * for those whose captions a person judged before. `input` is asked for only where a recipe's rules have to be applied anew.
 */
export interface Settling {
  readonly words: readonly Word[];
  readonly hashesOf: (sample: string) => readonly string[] | undefined;
  readonly input: () => Promise<DecideInput>;
  readonly summary: string;
  readonly signal?: AbortSignal | undefined;
}

/** How many words changed something, as which operation (null where none did). */
export interface Settled {
  readonly applied: number;
  readonly operation: OperationId | null;
}

/**
 * Settles what a person says, as one operation, with the recipe's rules applied anew around it; works in turns. The last word on a caption holds: a word on a
 * whole sample takes back what the person said of its captions, and where one caption is cleared the word on its sample goes on to the others.
 */
export async function settleVerdicts(dataset: OpenDataset, state: DatasetState, settling: Settling): Promise<Settled> {
  const { words, hashesOf, summary, signal } = settling;
  const pause = createPause(dataset.env, signal);
  const said = await gatherSaid(state.selection, hashesOf, pause);
  let applied = 0;
  for (const word of words) {
    if (takeWord(said, word, hashesOf)) applied += 1;
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
  if (applied === 0) return { applied, operation: null };
  const models = state.selection.filter(({ actor }) => actor === "model");
  const changes = await changesOf(dataset, state, { ...settling, verdicts: [...models, ...[...said.values()].flatMap(verdictsOf)] });
  const operation = await applyOperation(dataset, { kind: "verdict", summary, changes, ...(signal === undefined ? {} : { signal }) });
  return { applied, operation: operation?.operation ?? null };
}

/** What a person said of one sample. `lost` are verdicts on captions that are gone: nothing of a person's is thrown away. */
interface Said {
  whole: Verdict | undefined;
  readonly captions: Map<number, Verdict>;
  readonly lost: Verdict[];
}

async function gatherSaid(selection: readonly Verdict[], hashesOf: Settling["hashesOf"], pause: Pause): Promise<Map<string, Said>> {
  const said = new Map<string, Said>();
  for (const verdict of selection) {
    const pausing = pause();
    if (pausing !== undefined) await pausing;
    if (verdict.actor !== "person") continue;
    const own = saidOf(said, verdict.sample);
    if (verdict.captionIndex === undefined) {
      own.whole = verdict;
      continue;
    }
    const at = findCaption(verdict, hashesOf(verdict.sample) ?? []);
    if (at === undefined) own.lost.push(verdict);
    else own.captions.set(at, { ...verdict, captionIndex: at });
  }
  return said;
}

function saidOf(said: Map<string, Said>, sample: string): Said {
  const own = said.get(sample) ?? { whole: undefined, captions: new Map<number, Verdict>(), lost: [] };
  said.set(sample, own);
  return own;
}

/** Whether the word changed something. */
function takeWord(said: Map<string, Said>, word: Word, hashesOf: Settling["hashesOf"]): boolean {
  const own = saidOf(said, word.sample);
  return word.captionIndex === undefined ? takeWholeWord(own, word) : takeCaptionWord(own, word, word.captionIndex, hashesOf);
}

function takeWholeWord(own: Said, { sample, decision, reason }: Word): boolean {
  const isSame = decision === "clear" ? own.whole === undefined : isSaid(own.whole, { decision, reason });
  if (isSame && own.captions.size === 0) return false;
  own.captions.clear();
  own.whole = decision === "clear" ? undefined : { sample, decision, actor: "person", reason };
  return true;
}

function takeCaptionWord(own: Said, word: Word, captionIndex: number, hashesOf: Settling["hashesOf"]): boolean {
  const { sample, captionHash, decision, reason } = word;
  const before = own.captions.get(captionIndex);
  if (decision !== "clear") {
    if (isSaid(before, { decision, reason })) return false;
    const hash = captionHash === undefined ? {} : { captionHash };
    own.captions.set(captionIndex, { sample, captionIndex, ...hash, decision, actor: "person", reason });
    return true;
  }
  const { whole } = own;
  if (before === undefined && whole === undefined) return false;
  if (whole !== undefined) {
    const others = [...(hashesOf(sample) ?? []).entries()].filter(([index]) => !own.captions.has(index));
    for (const [index, hash] of others) own.captions.set(index, { ...whole, captionIndex: index, captionHash: hash });
    own.whole = undefined;
  }
  own.captions.delete(captionIndex);
  return true;
}

function isSaid(verdict: Verdict | undefined, { decision, reason }: Pick<Verdict, "decision" | "reason">): boolean {
  return verdict !== undefined && verdict.decision === decision && verdict.reason === reason;
}

function verdictsOf({ whole, captions, lost }: Said): Verdict[] {
  return [...(whole === undefined ? [] : [whole]), ...captions.values(), ...lost];
}

async function changesOf(
  { env }: OpenDataset,
  state: DatasetState,
  { input, verdicts, signal }: Pick<Settling, "input" | "signal"> & { readonly verdicts: readonly Verdict[] },
): Promise<Change[]> {
  const { rules } = state.recipe;
  const areRuled = rules.length > 0 || state.moves.length > 0 || state.selection.some(({ actor }) => actor === "rule");
  if (!areRuled) return await selectionChanges(env, state, sortSelection(verdicts), signal);
  const decided = await decideInTurns(env, await input(), { rules, verdicts, signal });
  return await decidedChanges(env, state, decided, { signal });
}
