import { drawSpotCheck as draw } from "../../core/check/draw.ts";
import { codeOfLabel, estimateSpotCheck as estimate } from "../../core/check/estimate.ts";
import type { SpotLabelRow } from "../../core/check/labels.ts";
import { placeLabels } from "../../core/check/labels.ts";
import type { Ranked } from "../../core/check/strata.ts";
import { rankAroundCut } from "../../core/check/strata.ts";
import { signalColumn, type DecideInput } from "../../core/prune/policy.ts";
import { frozenRows } from "../../core/prune/standing.ts";
import type { Steps } from "../../core/steps.ts";
import { eachStep } from "../../core/steps.ts";
import type { Drawn, DrawRequest, SaveLabelsRequest, SpotCut, SpotEstimate } from "../../protocol/spotCheck.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import { inTurns } from "../store/inTurns.ts";
import type { OperationId } from "../store/ledger.ts";
import { applyLabels } from "../write/labels.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readDecideColumns } from "./decideColumns.ts";
import { findPlaces, relatedFromName } from "./pairPlaces.ts";

/** How a request is stopped. */
interface Stopping {
  readonly signal?: AbortSignal | undefined;
}

/** Pairs that are drawn at most. */
const mostDrawn = 10_000;

/**
 * Draws pairs near a cut of a signal and on both sides of it, for a person to look at. Looked at are all pairs with a known value outside of the
 * evaluation split, whatever other rules and people decided of them: so labels stay good while the recipe changes. Throws
 * `UnknownSignalError`, and one sentence for a size or a cut that is none.
 */
export async function drawSpotCheck(env: Env, dataset: AnalysedDataset, request: DrawRequest, { signal }: Stopping = {}): Promise<Drawn> {
  const { size, seed } = request;
  if (!Number.isSafeInteger(size) || size < 1 || size > mostDrawn)
    throw new Error(`Expected a whole number from 1 to ${mostDrawn} for the size of a spot check but received ${size}`);
  const input = await readDecideColumns(env, dataset, dataset.state);
  const { ranked, labelOf } = await inTurns(env, lookAt(input, request, dataset.state.labels), signal);
  const pairs = await inTurns(env, draw(ranked, { size, seed, labelOf }), signal);
  const { row, captionIndex } = input.pairs;
  return { pairs: pairs.map((pair) => ({ sample: input.samples[row[pair]!]!.id, captionIndex: captionIndex[pair]! })) };
}

/** Tells how good a cut is, by all labels that there are; see `estimateSpotCheck` of core. */
export async function estimateSpotCheck(
  env: Env,
  dataset: AnalysedDataset,
  request: SpotCut,
  { signal }: Stopping = {},
): Promise<SpotEstimate> {
  const input = await readDecideColumns(env, dataset, dataset.state);
  const { ranked, labelOf } = await inTurns(env, lookAt(input, request, dataset.state.labels), signal);
  return await inTurns(env, estimate(ranked, labelOf), signal);
}

/** Keeps a person's labels, as one operation; null where all were so already. Throws where the dataset has no such pair. */
export async function saveLabels(env: Env, dataset: AnalysedDataset, { root, labels }: SaveLabelsRequest): Promise<OperationId | null> {
  if (labels.length === 0) return null;
  const time = new Date(env.now()).toISOString();
  const places = await inTurns(env, findPlaces(await readDecideColumns(env, dataset, dataset.state)));
  const given = labels.map(({ sample, captionIndex, label }) => {
    const { captionHash = "" } = relatedFromName(places, { sample, captionIndex });
    return { sample, captionIndex, captionHash, label, time };
  });
  return await withDataset(env, root, (open, state) => applyLabels(open, state, given));
}

/** The pairs that a cut is about, in order, and the label of each pair. */
function* lookAt(
  input: DecideInput,
  { signal, cut }: Pick<SpotCut, "signal" | "cut">,
  labels: readonly SpotLabelRow[],
): Steps<{ ranked: Ranked; labelOf: Uint8Array }> {
  if (!Number.isFinite(cut)) throw new Error(`Expected a number for the cut of ${signal} but received ${cut}`);
  const column = signalColumn(input, signal);
  const { row } = input.pairs;
  const frozen = yield* frozenRows(input.samples);
  const isAllowed = new Uint8Array(row.length);
  const values = column.of === "pair" ? column.values : new Float32Array(row.length);
  yield* eachStep(row.length, (from, to) => {
    for (let pair = from; pair < to; pair += 1) {
      isAllowed[pair] = 1 - frozen[row[pair]!]!;
      if (column.of === "sample") values[pair] = column.values[row[pair]!]!;
    }
  });
  const ranked = yield* rankAroundCut({ values, better: column.better, cut }, isAllowed);
  return { ranked, labelOf: yield* labelPairs(input, labels) };
}

function* labelPairs(input: DecideInput, labels: readonly SpotLabelRow[]): Steps<Uint8Array> {
  const labelOf = new Uint8Array(input.pairs.row.length);
  if (labels.length === 0) return labelOf;
  const { rows, pairsOf, hashesOf } = yield* findPlaces(input);
  const bySample = new Map<string, SpotLabelRow[]>();
  for (const label of labels) bySample.set(label.sample, [...(bySample.get(label.sample) ?? []), label]);
  for (const [sample, own] of bySample) {
    const row = rows.get(sample);
    if (row === undefined) continue;
    for (const [at, label] of placeLabels(own, hashesOf(row))) labelOf[pairsOf(row)[at]!] = codeOfLabel(label);
  }
  return labelOf;
}
