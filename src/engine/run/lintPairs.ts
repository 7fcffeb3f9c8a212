import { learnHabits } from "../../core/captions/habits.ts";
import { lintCaption } from "../../core/captions/lints/lints.ts";
import type { PairLint } from "../../core/captions/lints/pairLint.ts";
import { findNearSame, type NearSame } from "../../core/captions/nearSame.ts";
import type { Sample } from "../../core/sample.ts";
import type { Pairs } from "../../core/signals/pairs.ts";
import type { Env } from "../env.ts";
import { createPause, inTurns } from "../store/inTurns.ts";

/** What captions are linted with: the pairs of the samples in their order, the unique texts, and each sample's class of copies. */
export interface Lintable {
  readonly samples: readonly Sample[];
  readonly pairs: Pairs;
  readonly texts: readonly string[];
  readonly duplicateOf: Int32Array;
}

/** What the lints found in every pair, by pair; `counts` has the kinds graver than a note, one entry a pair. */
export interface LintedPairs {
  readonly lints: readonly PairLint[];
  readonly counts: Float32Array;
}

/** Lints all captions with what they have in common: some 20 s for 10⁶ captions. */
export async function lintPairs(env: Env, { samples, pairs, texts, duplicateOf }: Lintable, signal: AbortSignal): Promise<LintedPairs> {
  const captions = samples.flatMap((sample) => sample.captions.map(({ text }) => text));
  const habits = await inTurns(env, learnHabits(captions), signal);
  const near = await inTurns(env, findNearSame({ texts, pairs, duplicateOf }), signal);
  const pause = createPause(env, signal);
  const lints: PairLint[] = [];
  const counts = new Float32Array(pairs.count);
  for (let pair = 0; pair < pairs.count; pair += 1) {
    const findings = lintCaption(captions[pair]!, { habits, pictureStem: stemOf(samples[pairs.image[pair]!]!.id) });
    for (const { lint, severity, message } of findings) lints.push({ pair, lint, severity, message });
    counts[pair] = new Set(findings.filter(({ severity }) => severity !== "note").map(({ lint }) => lint)).size;
    const like = nearSameLint(pair, { near, pairs, texts });
    if (like !== undefined) lints.push(like);
    const pausing = pause();
    if (pausing !== undefined) await pausing;
  }
  return { lints, counts };
}

/** The name of a sample's picture without folders and extension, also within an archive. */
function stemOf(id: string): string {
  const base = id.slice(Math.max(id.lastIndexOf("/"), id.lastIndexOf("#")) + 1);
  const dot = base.lastIndexOf(".");
  return dot <= 0 ? base : base.slice(0, dot);
}

function nearSameLint(
  pair: number,
  { near, pairs, texts }: { readonly near: NearSame; readonly pairs: Pairs; readonly texts: readonly string[] },
): PairLint | undefined {
  const text = pairs.text[pair]!;
  const partner = text < 0 ? -1 : near.partner[text]!;
  if (partner < 0) return undefined;
  const share = Math.round(100 * near.overlap[text]!);
  return { pair, lint: "nearSame", severity: "note", message: `${share} % of the content words are those of "${texts[partner]!}"` };
}
