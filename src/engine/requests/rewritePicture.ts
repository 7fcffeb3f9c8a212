import sharp from "sharp";
import type { Env } from "../env.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { readPicture } from "./readPicture.ts";

/** JPEG's quality for a model's eyes. */
const quality = 90;

/** A sample's picture as a model is shown it: a JPEG, which every server reads, with its longer side at most so many pixels. Rejects as `readPicture` does. */
export async function readRewritePicture(
  env: Env,
  dataset: AnalysedDataset,
  { sample, side }: { readonly sample: string; readonly side: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { bytes } = await readPicture(env, dataset, { sample, side }, { signal });
  return await sharp(bytes).jpeg({ quality }).toBuffer();
}
