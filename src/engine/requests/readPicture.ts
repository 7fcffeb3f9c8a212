import type { PictureAnswer, PictureRequest } from "../../protocol/inspection.ts";
import { defaultDecodeLimits } from "../decode/decodePicture.ts";
import { readPicture as openPicture } from "../decode/openLocator.ts";
import type { Env } from "../env.ts";
import { isSameStamp } from "../store/stampedMap.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { findPictures, hashPicture, isElsewhere, lookAt, movedWithin, readStamps } from "./pictures.ts";

/** WebP's quality for a picture that is looked at closely. */
const quality = 90;

/** Sides that WebP and a person can do with. */
const sides = { least: 16, most: 8192 };

/** A sample's picture to look at closely, as its file is now. Rejects with a sentence where it can't be opened or decoded. */
export async function readPicture(
  env: Env,
  dataset: AnalysedDataset,
  { sample, side }: Omit<PictureRequest, "root">,
  { signal }: { readonly signal: AbortSignal },
): Promise<PictureAnswer> {
  if (!(side >= sides.least && side <= sides.most))
    throw new RangeError(`Expected ${sides.least} to ${sides.most} pixels for a picture's side but received ${side}`);
  const [picture] = await findPictures(dataset, [sample]);
  if (picture === undefined) throw new Error(`${sample} is not in the analysis of ${dataset.summary.root}: run it again`);
  const bytes = await openPicture(env, picture.locator, { maximumBytes: defaultDecodeLimits.sizeBytes });
  const [stamp] = await readStamps([picture.locator]);
  const isAsSeen = stamp !== undefined && isSameStamp(stamp, picture);
  if (!isAsSeen && isElsewhere(picture, await hashPicture(bytes))) throw new Error(`${sample} ${movedWithin}`);
  const preview = await lookAt(env, bytes, { side: Math.round(side), quality }, signal);
  if (typeof preview === "string") throw new Error(`${sample} ${preview}`);
  return { bytes: preview.bytes, mediaType: "image/webp", width: preview.width, height: preview.height };
}
