import type { ProviderChoice } from "../../core/providers.ts";
import { createRandom, drawDistinct } from "../../core/random.ts";
import type { Rows } from "../../core/tune/rows.ts";
import type { TunedParity } from "../../protocol/tuneReport.ts";
import type { QueryEncoder } from "./queryEncoder.ts";
import type { BothSides, ListedPairs } from "./rescore.ts";
import { isKnown } from "./rescore.ts";

/** How many pictures, and how many texts, are encoded anew. */
const checkedEach = 16;
/** Stored vectors are rounded to float16, which costs some 10⁻⁶ of cosine; graphs of half precision and of whole numbers some 10⁻⁴. */
const leastAgreement = 0.999;

/** Encodes some pictures and texts with the tuned graphs and compares them with the vectors that the head's arithmetic gave; pictures that can't be read any more are passed over. */
export async function checkTunedGraphs(
  queries: QueryEncoder,
  { listed, tuned }: { listed: ListedPairs; tuned: BothSides },
  { provider, seed, signal }: { provider: ProviderChoice; seed: number; signal: AbortSignal },
): Promise<TunedParity> {
  const cosines = { pictures: [] as number[], texts: [] as number[] };
  for (const row of drawKnown(tuned.images, seed)) {
    signal.throwIfAborted();
    const vector = await queries.encodePicture(listed.samples[row]!.locator, provider).catch(() => undefined);
    if (vector !== undefined) cosines.pictures.push(cosineWith(tuned.images, row, vector));
  }
  for (const row of drawKnown(tuned.texts, seed)) {
    signal.throwIfAborted();
    cosines.texts.push(cosineWith(tuned.texts, row, await queries.encode({ kind: "text", text: listed.texts[row]! }, provider)));
  }
  const all = [...cosines.pictures, ...cosines.texts];
  if (all.length === 0) throw new Error("No picture and no text could be encoded with the tuned encoder: is the dataset still there?");
  const leastCosine = Math.min(...all);
  return { pictures: cosines.pictures.length, texts: cosines.texts.length, leastCosine, agrees: leastCosine >= leastAgreement };
}

function drawKnown(rows: Rows, seed: number): readonly number[] {
  const known = Array.from({ length: rows.rows }, (_, row) => row).filter((row) => isKnown(rows, row));
  return drawDistinct(createRandom(seed), checkedEach, known.length).map((at) => known[at]!);
}

function cosineWith({ values, columns }: Rows, row: number, vector: Float32Array): number {
  return vector.reduce((sum, value, at) => sum + value * values[row * columns + at]!, 0);
}
