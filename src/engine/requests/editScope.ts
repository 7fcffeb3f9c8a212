import { buckets } from "../../core/buckets.ts";
import type { EditScope } from "../../protocol/captionEdits.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readFittingItems } from "./fitting.ts";
import { itemsOfSample } from "./shape.ts";
import { readTargetItems } from "./targets.ts";

/** The numbers of the pairs that a scope names, each once. Throws as `readTargetItems` and `readFittingItems` do, and for a bucket that isn't there. */
export async function pairsOfScope(dataset: AnalysedDataset, scope: EditScope): Promise<Int32Array> {
  switch (scope.kind) {
    case "targets":
      return await pairsOfTargets(dataset, scope.targets);
    case "where":
      return await readFittingItems(dataset, { where: scope.where });
    case "bucket": {
      const bucket = buckets.find(({ id }) => id === scope.bucket);
      if (bucket === undefined)
        throw new Error(`Expected one of the buckets ${buckets.map(({ id }) => id).join(", ")} but received ${scope.bucket}`);
      return await readFittingItems(dataset, { where: bucket.where });
    }
    case "dataset":
      return await readFittingItems(dataset, {});
  }
}

async function pairsOfTargets(dataset: AnalysedDataset, targets: Extract<EditScope, { kind: "targets" }>["targets"]): Promise<Int32Array> {
  const shape = await dataset.shape();
  const { pairs, wholes } = await readTargetItems(dataset, targets);
  const items = [...pairs, ...wholes.flatMap((row) => [...itemsOfSample(shape, row)])];
  return Int32Array.from(new Set(items.filter((item) => item < shape.pairs)));
}
