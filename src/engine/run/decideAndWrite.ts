import type { Group } from "../../core/group.ts";
import { groupKinds } from "../../core/group.ts";
import type { Recipe } from "../../core/recipe.ts";
import type { Problem } from "../../core/problem.ts";
import { decideInputOf } from "../decide/decideInput.ts";
import type { Discovered } from "../discover/discover.ts";
import type { ImageEncoder } from "../encode/encoderFolder.ts";
import type { VectorSource } from "../encode/importedEncoder.ts";
import type { Env } from "../env.ts";
import type { AnalysisSummary } from "../store/analysis.ts";
import { saveAnalysis } from "../store/analysis.ts";
import { withDataset } from "../store/dataset.ts";
import { createGeneration, switchGeneration } from "../store/generations.ts";
import { applyOperation } from "../store/operations.ts";
import type { Sample } from "../../core/sample.ts";
import { decidedChanges, decideInTurns, missingRules } from "../write/decided.ts";
import { withLimits } from "./analyse.ts";
import type { StageOptions } from "./encodeDataset.ts";
import type { Findings } from "./findings.ts";

/** What is decided on and written down. */
export interface Decidable {
  readonly samples: readonly Sample[];
  readonly problems: readonly Problem[];
  readonly findings: Findings;
  /** Stands for all that the tables depend on; see `digestOfInputs`. */
  readonly digest: string;
  /** True where the current generation's tables say all this already. */
  readonly isSaved: boolean;
  readonly discovered: Discovered;
  readonly encoder: VectorSource;
  readonly companion: ImageEncoder | undefined;
  /** Whether the recipe forgets its companion. */
  readonly leavesCompanion: boolean;
  readonly provider: string;
}

/**
 * Decides by the recipe's rules, and with `writes` saves the tables as the current generation and brings `.winnow/` up to date, all under the dataset's lock.
 * Gives sentences that a person should read, such as which rule names a signal that isn't there.
 */
export async function decideAndWrite(
  env: Env,
  known: Decidable,
  { clock, signal, writes }: StageOptions & { readonly writes: boolean },
): Promise<readonly string[]> {
  const { discovered, findings, encoder, samples } = known;
  const count = samples.reduce((sum, { captions }) => sum + captions.length, 0);
  return await withDataset(env, discovered.root, async (dataset, state) => {
    clock.start("decide", count);
    const decided = await decideInTurns(env, decideInputOf(samples, findings, state), { rules: state.recipe.rules, signal });
    const notices = missingRules(decided);
    clock.end("decide", { done: count, cached: 0, total: count });
    if (!writes) return notices;
    clock.start("write", 1);
    if (!known.isSaved) await saveTables(env, known);
    if (state.readOnly !== undefined) return [...notices, state.readOnly];
    const recipe = withLimits({ ...withEncoders(state.recipe, known), format: discovered.format }, findings);
    const changes = await decidedChanges(env, state, decided, { recipe });
    await applyOperation(dataset, { kind: "recipe", by: "winnow", summary: `analysis with ${encoder.descriptor.name}`, changes });
    clock.end("write", { done: 1, cached: 0, total: 1 });
    return notices;
  });
}

/** The recipe with the encoders of this run; a companion that isn't here stays named. */
function withEncoders(recipe: Recipe, { encoder, companion, leavesCompanion }: Decidable): Recipe {
  const { companion: named, companionNearDuplicate: limits, ...others } = recipe;
  const kept = leavesCompanion ? {} : { ...(named && { companion: named }), ...(limits && { companionNearDuplicate: limits }) };
  return { ...others, ...kept, ...(companion && { companion: companion.descriptor.id }), encoder: encoder.descriptor.id };
}

async function saveTables(env: Env, known: Decidable): Promise<void> {
  const { root } = known.discovered;
  const generation = await createGeneration(env, root);
  await saveAnalysis(generation, { ...known, ...known.findings, summary: summaryOf(env, known) });
  await switchGeneration(env, root, generation);
}

function namedCompanion({ descriptor: { id, name, folder } }: ImageEncoder): NonNullable<AnalysisSummary["companion"]> {
  return { id, name, folder };
}

/** Number of groups by kind. */
export function countGroups(groups: readonly Group[]): Record<(typeof groupKinds)[number], number> {
  const counts = Object.fromEntries(groupKinds.map((kind) => [kind, 0])) as Record<(typeof groupKinds)[number], number>;
  for (const { kind } of groups) counts[kind] += 1;
  return counts;
}

function summaryOf(env: Env, { samples, findings, digest, discovered, encoder, companion, provider }: Decidable): AnalysisSummary {
  const { id, name, folder, builtin } = encoder.descriptor;
  return {
    root: discovered.root,
    format: discovered.format,
    formatReason: discovered.formatReason,
    samples: samples.length,
    captions: samples.reduce((sum, { captions }) => sum + captions.length, 0),
    encoder: { id, name, folder, provider, builtin },
    ...(companion && { companion: namedCompanion(companion) }),
    groups: countGroups(findings.groups),
    marginCosine: findings.marginCosine ?? null,
    digest,
    finishedAt: new Date(env.now()).toISOString(),
  };
}
