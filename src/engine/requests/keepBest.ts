import { formatScore } from "../../core/prune/candidates.ts";
import { chooseBest, copiesOf, copyKinds, type BestBy, type BestOfGroup, type CopyKind } from "../../core/prune/keepBest.ts";
import type { DecideInput } from "../../core/prune/policy.ts";
import { codes, pairsOfRow, type Standing } from "../../core/prune/standing.ts";
import type { Steps } from "../../core/steps.ts";
import { stepLength } from "../../core/steps.ts";
import type { Verdict } from "../../core/verdict.ts";
import type { KeepBestRequest, KeepBy, KeptBest } from "../../protocol/groups.ts";
import type { Env } from "../env.ts";
import type { DatasetState } from "../store/dotWinnow.ts";
import { inTurns } from "../store/inTurns.ts";
import { decideInTurns } from "../write/decided.ts";
import { applyPersonVerdicts } from "../write/personVerdicts.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readDecideColumns, withDecideColumns } from "./decideColumns.ts";

/** Groups that an answer names. */
const mostListed = 500;

/** How a request is stopped. */
interface Stopping {
  readonly signal?: AbortSignal | undefined;
}

/** Tells which sample stays in each group of copies and why, and with `apply` drops the others as a person's verdicts, in one operation. */
export async function keepBest(env: Env, dataset: AnalysedDataset, request: KeepBestRequest, { signal }: Stopping = {}): Promise<KeptBest> {
  const { state: now } = dataset;
  if (!request.apply) {
    const input = await readDecideColumns(env, dataset, now);
    return answer(await choose(env, dataset, { request, state: now, input, signal }), null);
  }
  return await withDecideColumns(env, dataset, request.root, async (open, state, input) => {
    const chosen = await choose(env, dataset, { request, state, input, signal });
    const { best, judged } = chosen;
    const nameOf = (row: number): string => input.samples[row]!.id;
    const set = best.flatMap(({ keeper, dropped }) =>
      dropped.map((row): Verdict => ({
        sample: nameOf(row),
        decision: "drop",
        actor: "person",
        reason: reasonOf(request.by, nameOf(keeper)),
      })),
    );
    const summary = `keeps the best by ${words[request.by]} of ${best.length} groups, drops ${set.length} samples`;
    const takesBack = createTakeBack(input, judged);
    if (set.length === 0 && !state.selection.some(takesBack)) return answer(chosen, null);
    return answer(chosen, await applyPersonVerdicts(open, state, { kind: "verdict", summary, input, set, takesBack, signal }));
  });
}

/** What was chosen, of the groups that were `judged` as rows. */
interface Chosen {
  readonly input: DecideInput;
  readonly judged: readonly (readonly number[])[];
  readonly best: readonly (BestOfGroup & { readonly group: string })[];
}

const words: Readonly<Record<KeepBy, string>> = { score: "CLIP score", resolution: "resolution", captionLength: "length of caption" };

function answer({ input, best }: Chosen, operation: string | null): KeptBest {
  return {
    kept: best.slice(0, mostListed).map(({ group, keeper, why }) => ({ group, sample: input.samples[keeper]!.id, why })),
    groups: best.length,
    dropped: best.reduce((sum, { dropped }) => sum + dropped.length, 0),
    operation,
  };
}

async function choose(
  env: Env,
  dataset: AnalysedDataset,
  { request, state, input, signal }: { request: KeepBestRequest; state: DatasetState; input: DecideInput; signal: AbortSignal | undefined },
): Promise<Chosen> {
  const kind = copyKinds.find((known) => known === request.kind);
  if (kind === undefined) throw new Error(`Expected one of ${copyKinds.join(", ")}, the groups of copies, but received ${request.kind}`);
  const groups = groupsToJudge(input, kind, request.groups);
  const judged = groups.map(({ rows }) => rows);
  const takesBack = createTakeBack(input, judged);
  // Copies that the recipe would drop as copies are chosen among all the same; what it drops for other reasons is no choice.
  const rules = state.recipe.rules.filter(({ policy }) => policy !== "deduplicate");
  const { standing } = await decideInTurns(env, input, {
    rules,
    verdicts: input.verdicts.filter((verdict) => !takesBack(verdict)),
    signal,
  });
  const by = await readBest(dataset, { by: request.by, input, standing });
  return { input, judged, best: await inTurns(env, chooseAll({ input, standing, by, groups }), signal) };
}

type Judged = ReturnType<typeof copiesOf>;

/** Groups in doubt are left alone. Of exact copies, those of equal pixels hold those of equal bytes. */
function groupsToJudge(input: DecideInput, kind: CopyKind, wanted: readonly string[] | undefined): Judged {
  const kinds: readonly CopyKind[] = kind === "duplicate" ? ["pixelDuplicate", "duplicate"] : [kind];
  const names = wanted && new Set(wanted);
  const seen = new Set<number>();
  const groups = kinds.flatMap((own) => copiesOf(input.groups, own)).filter(({ group }) => names?.has(group.id) ?? true);
  const missing = wanted?.find((id) => !groups.some(({ group }) => group.id === id));
  if (missing !== undefined) throw new Error(`There is no group ${missing} of the kind ${kind}: the dataset was analysed anew`);
  return groups.filter(({ group, rows }) => {
    if (group.review !== undefined || rows.some((row) => seen.has(row))) return false;
    for (const row of rows) seen.add(row);
    return true;
  });
}

interface Choice {
  readonly input: DecideInput;
  readonly standing: Standing;
  readonly by: BestBy;
  readonly groups: Judged;
}

function* chooseAll({ input, standing, by, groups }: Choice): Steps<(BestOfGroup & { group: string })[]> {
  const chosen: (BestOfGroup & { group: string })[] = [];
  for (const [at, { group, rows }] of groups.entries()) {
    if (at % (stepLength >> 6) === 0) yield;
    const best = chooseBest(input, standing, { rows, by });
    if (best !== undefined) chosen.push({ ...best, group: group.id });
  }
  return chosen;
}

function reasonOf(by: KeepBy, keeper: string): string {
  return `not the best of its group by ${words[by]}: ${keeper} stays`;
}

/** Tells what an earlier choice in the same groups dropped: it is made anew. */
function createTakeBack(input: DecideInput, judged: readonly (readonly number[])[]): (verdict: Verdict) => boolean {
  const names = new Set(judged.flatMap((rows) => rows.map((row) => input.samples[row]!.id)));
  return ({ sample, captionIndex, actor, decision, reason }) =>
    actor === "person" &&
    decision === "drop" &&
    captionIndex === undefined &&
    names.has(sample) &&
    reason.startsWith("not the best of its group by ");
}

/** Reads what copies are compared by. */
async function readBest(
  { tables }: AnalysedDataset,
  { by, input, standing }: { by: KeepBy; input: DecideInput; standing: Standing },
): Promise<BestBy> {
  switch (by) {
    case "score": {
      const values = input.signals["clipScore"]?.values ?? new Float32Array(input.pairs.row.length).fill(NaN);
      const valueOf = (row: number): number =>
        greatest(
          Array.from(pairsOfRow(standing, row))
            .filter((pair) => standing.pairs.decision[pair] !== codes.drop)
            .map((pair) => values[pair]!),
        );
      return { valueOf, phraseOf: (row) => `CLIP score ${formatScore(valueOf(row))} is the highest`, unknown: "no CLIP score is known" };
    }
    case "resolution": {
      const [width = new Float32Array(), height = new Float32Array()] = await tables.floats(
        "SELECT width::FLOAT, height::FLOAT FROM samples ORDER BY sampleRow",
      );
      return {
        valueOf: (row) => width[row]! * height[row]!,
        phraseOf: (row) => `${width[row]} × ${height[row]} is the largest`,
        unknown: "no picture can be decoded",
      };
    }
    case "captionLength": {
      const [longest = new Float32Array()] = await tables.floats(
        "SELECT max(p.length)::FLOAT FROM samples s LEFT JOIN (SELECT sampleRow, length(trim(caption)) AS length FROM pairs) p ON p.sampleRow = s.sampleRow GROUP BY s.sampleRow ORDER BY s.sampleRow",
      );
      return {
        valueOf: (row) => longest[row]!,
        phraseOf: (row) => `its caption of ${longest[row]} characters is the longest`,
        unknown: "none has a caption",
      };
    }
  }
}

function greatest(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? NaN : known.reduce((best, value) => Math.max(best, value));
}
