import type { Env } from "../env.ts";
import { openAnalysis } from "../store/analysis.ts";
import { findGeneration } from "../store/generations.ts";
import type { Findings } from "./findings.ts";

/** What the current generation says. */
export interface SavedFindings {
  readonly findings: Findings;
  readonly provider: string | undefined;
}

/** The findings of the current generation, where it was made from the very same things; undefined otherwise. The columns and lints are in its tables and not read. */
export async function findSaved(env: Env, root: string, digest: string): Promise<SavedFindings | undefined> {
  const generation = await findGeneration(env, root);
  if (generation === undefined) return undefined;
  const analysis = await openAnalysis(generation);
  try {
    if (analysis.summary.digest !== digest) return undefined;
    const [signals, groups] = [await analysis.signals(), await analysis.groups()];
    return {
      findings: {
        signals,
        groups,
        lints: [],
        sampleColumns: [],
        pairColumns: [],
        nearDuplicate: undefined,
        companionNearDuplicate: undefined,
        marginCosine: analysis.summary.marginCosine ?? undefined,
      },
      provider: analysis.summary.encoder?.provider,
    };
  } finally {
    analysis.close();
  }
}
