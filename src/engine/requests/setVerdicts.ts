import type { DatasetState } from "../store/dotWinnow.ts";
import type { SetVerdictsAnswer, SetVerdictsRequest } from "../../protocol/gallery.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import { settleVerdicts } from "../write/settleVerdicts.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readDecideColumns } from "./decideColumns.ts";
import type { Target } from "./targets.ts";
import { readCaptionHashes, readTargets } from "./targets.ts";

/**
 * Sets, or takes back, a person's verdicts as one operation; the recipe's rules are applied anew around them. Throws as `readTargets` does, and where the
 * dataset's state can't be written.
 */
export async function setVerdicts(
  env: Env,
  dataset: AnalysedDataset,
  { targets, decision, reason }: Omit<SetVerdictsRequest, "root">,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<SetVerdictsAnswer> {
  const meant = await readTargets(dataset, targets);
  if (meant.length === 0) return { applied: 0, operation: null };
  return await withDataset(env, dataset.root, async (open, state) => {
    if (state.readOnly !== undefined) throw new Error(state.readOnly);
    const hashes = await readCaptionHashes(dataset, samplesWithWords(meant, state, decision === "clear"));
    return await settleVerdicts(open, state, {
      words: meant.map((target) => ({ ...target, decision, reason })),
      hashesOf: (sample) => hashes.get(sample),
      input: () => readDecideColumns(env, dataset, state),
      summary: summaryOf(decision, meant),
      signal,
    });
  });
}

/** The samples whose captions have to be known: those with a person's verdict on a caption, and where captions are cleared theirs. */
function samplesWithWords(meant: readonly Target[], { selection }: DatasetState, isClearing: boolean): Set<string> {
  const samples = new Set<string>();
  for (const { actor, captionIndex, sample } of selection) if (actor === "person" && captionIndex !== undefined) samples.add(sample);
  if (isClearing) for (const { sample, captionIndex } of meant) if (captionIndex !== undefined) samples.add(sample);
  return samples;
}

/** `drop: 12 pairs`, `clear: 3 pictures and 2 pairs`; one alone by its name. */
function summaryOf(decision: string, meant: readonly Target[]): string {
  const [first] = meant;
  if (first !== undefined && meant.length === 1)
    return `${decision}: ${first.captionIndex === undefined ? "" : `caption ${first.captionIndex} of `}${first.sample}`;
  const wholes = meant.filter(({ captionIndex }) => captionIndex === undefined).length;
  const counts = [countOf(wholes, "sample"), countOf(meant.length - wholes, "pair")].filter((text) => text !== "");
  return `${decision}: ${counts.join(" and ")}`;
}

function countOf(count: number, noun: string): string {
  return count === 0 ? "" : `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
