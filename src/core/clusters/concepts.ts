import type { Group } from "../group.ts";
import type { Matrix } from "../matrix.ts";
import { bucket, bucketsOf, selectRows } from "../signals/pairs.ts";
import { conceptCount } from "./conceptCount.ts";
import { numberGroups } from "./groupIds.ts";
import { compareText } from "./keepers.ts";
import type { KmeansOptions } from "./kmeans.ts";
import { kmeans } from "./kmeans.ts";
import { createNaming } from "./naming.ts";
import type { CaptionFacts } from "./sameCaption.ts";
import { captionsOf } from "./sameCaption.ts";

/** Clusters of images and the cluster of each sample: the index into `groups`, −1 without a vector. */
export interface Concepts {
  readonly groups: readonly Group[];
  readonly conceptOf: Int32Array;
}

/**
 * Concept clusters: spherical k-means of the images, named by the captions' distinctive words. Samples are clustered in the order of their
 * ids, so that the order of the dataset plays no part; members come by likeness to their centroid, clusters by size, then by the lowest id.
 */
export async function findConcepts(
  { images, facts }: { images: Matrix; facts: Omit<CaptionFacts, "duplicateOf"> },
  options: Omit<KmeansOptions, "k"> & { readonly k?: number | undefined },
): Promise<Concepts> {
  const { pairs, ids, textOf } = facts;
  const order = Int32Array.from(ids.keys()).sort((a, b) => compareText(ids[a]!, ids[b]!));
  const { assignment, similarity } = await kmeans(selectRows(images, order), { ...options, k: options.k ?? conceptCount(ids.length) });
  const clusters = bucketsOf(assignment, Math.max(0, ...assignment.map((cluster) => cluster + 1)));
  const captionsOfRow = captionsByImage(facts, images.rows);
  const name = createNaming(captionsOf(pairs, textOf));
  const members = Array.from({ length: clusters.starts.length - 1 }, (_, cluster) => [...bucket(clusters, cluster)])
    .filter((places) => places.length > 0)
    .sort((a, b) => b.length - a.length || a[0]! - b[0]!)
    .map((places) => places.sort((a, b) => similarity[b]! - similarity[a]! || a - b).map((place) => order[place]!));
  const groups = numberGroups(
    "concept",
    members.map((rows) => ({ kind: "concept", name: name(rows.flatMap(captionsOfRow)), members: rows.map((row) => ({ row })) })),
  );
  const conceptOf = new Int32Array(images.rows).fill(-1);
  members.forEach((rows, concept) => rows.forEach((row) => (conceptOf[row] = concept)));
  return { groups, conceptOf };
}

function captionsByImage({ pairs, textOf }: Pick<CaptionFacts, "pairs" | "textOf">, images: number): (row: number) => string[] {
  const pairsOfImage = bucketsOf(pairs.image, images);
  return (row) => [...bucket(pairsOfImage, row)].filter((pair) => pairs.text[pair]! >= 0).map((pair) => textOf[pairs.text[pair]!]!);
}
