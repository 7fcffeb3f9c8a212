import type { CancelSignal } from "../../neighbours/blocks.ts";
import type { Gemm } from "../../neighbours/gemm.ts";
import { createRandom, drawInteger } from "../../random.ts";
import { rowsAt } from "../rows.ts";
import type { Labelled } from "./classifier.ts";
import { bestClasses } from "./classifier.ts";
import type { ClassifierMethod } from "./methods.ts";

/** What is judged: labelled rows, and which of them show the same image, which never are on both sides of a fold. */
export interface CrossFitInput {
  readonly gemm: Gemm;
  readonly labelled: Labelled;
  readonly sameOf: Int32Array;
  readonly temperature: number;
  readonly seed: number;
  readonly signal?: CancelSignal | undefined;
}

/** How each row is judged by a classifier that has not seen it: the class, and the share that it and the label get of softmax. `weight` is the one that most folds chose. */
export interface CrossFitted {
  readonly predicted: Int32Array;
  readonly share: Float32Array;
  readonly labelShare: Float32Array;
  readonly accuracy: number;
  readonly weight: number;
}

const folds = 5;

/** Five folds, seeded: each is judged by what was fitted on the others, with the weight that judged the next fold best when that was left out, too. */
export async function crossFit(method: ClassifierMethod, input: CrossFitInput): Promise<CrossFitted> {
  const { gemm, labelled, temperature, signal } = input;
  const foldOf = dealFolds(input);
  const count = labelled.labels.length;
  const judged = { predicted: new Int32Array(count).fill(-1), share: new Float32Array(count), labelShare: new Float32Array(count) };
  const chosen: number[] = [];
  for (let fold = 0; fold < folds; fold += 1) {
    signal?.throwIfAborted();
    const inner = (fold + 1) % folds;
    const weight = await bestWeight(method, input, {
      known: rowsOf(foldOf, (own) => own !== fold && own !== inner),
      asked: rowsOf(foldOf, (own) => own === inner),
    });
    chosen.push(weight);
    const asked = rowsOf(foldOf, (own) => own === fold);
    const { logits } = await method.fit(
      gemm,
      pick(
        labelled,
        rowsOf(foldOf, (own) => own !== fold),
      ),
      { temperature, weight, signal },
    );
    writeShares(await logits(rowsAt(labelled.features, asked)), { rows: asked, labels: labelled.labels, judged });
  }
  const right = judged.predicted.reduce((sum, predicted, row) => sum + Number(predicted === labelled.labels[row]), 0);
  return { ...judged, accuracy: right / count, weight: mostFrequent(chosen) };
}

async function bestWeight(
  { fit, weights }: ClassifierMethod,
  { gemm, labelled, temperature, signal }: CrossFitInput,
  { known, asked }: { known: Int32Array; asked: Int32Array },
): Promise<number> {
  let best = { weight: weights[0]!, right: -1 };
  if (weights.length === 1) return best.weight;
  for (const weight of weights) {
    const { logits } = await fit(gemm, pick(labelled, known), { temperature, weight, signal });
    const found = bestClasses(await logits(rowsAt(labelled.features, asked)));
    const right = found.reduce((sum, label, at) => sum + Number(label === labelled.labels[asked[at]!]), 0);
    if (right > best.right) best = { weight, right };
  }
  return best.weight;
}

/** The fold of each row: images that are the same are dealt together. */
function dealFolds({ sameOf, seed }: CrossFitInput): Int32Array {
  const random = createRandom(seed);
  const classes = [...new Set(sameOf)];
  for (let last = classes.length - 1; last > 0; last -= 1) {
    const other = drawInteger(random, last + 1);
    [classes[last], classes[other]] = [classes[other]!, classes[last]!];
  }
  const foldOf = new Map(classes.map((same, at) => [same, at % folds]));
  return sameOf.map((same) => foldOf.get(same)!);
}

function rowsOf(foldOf: Int32Array, isIn: (fold: number) => boolean): Int32Array {
  return Int32Array.from(foldOf.keys()).filter((row) => isIn(foldOf[row]!));
}

function pick({ features, labels, ...rest }: Labelled, rows: Int32Array): Labelled {
  return { ...rest, features: rowsAt(features, rows), labels: rows.map((row) => labels[row]!) };
}

interface Writing {
  readonly rows: Int32Array;
  readonly labels: Int32Array;
  readonly judged: Pick<CrossFitted, "predicted" | "share" | "labelShare">;
}

function writeShares(
  logits: { readonly values: Float32Array; readonly columns: number; readonly rows: number },
  { rows, labels, judged }: Writing,
): void {
  const best = bestClasses(logits);
  rows.forEach((row, at) => {
    const own = logits.values.subarray(at * logits.columns, (at + 1) * logits.columns);
    const highest = own[best[at]!]!;
    const sum = own.reduce((total, logit) => total + Math.exp(logit - highest), 0);
    judged.predicted[row] = best[at]!;
    judged.share[row] = 1 / sum;
    judged.labelShare[row] = Math.exp(own[labels[row]!]! - highest) / sum;
  });
}

function mostFrequent(values: readonly number[]): number {
  const countOf = (value: number): number => values.filter((other) => other === value).length;
  return values.reduce((best, value) => (countOf(value) > countOf(best) ? value : best));
}
