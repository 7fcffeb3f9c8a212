import { createHash } from "node:crypto";
import type { PictureFacts } from "../../core/pixels/facts.ts";
import { computeLooks } from "../../core/pixels/looks.ts";
import { cropPicture, type CropFractions, type Picture } from "../../core/pixels/picture.ts";
import { hashPixels } from "../../core/pixels/pixelHash.ts";
import type { Size } from "../../core/pixels/preprocess.ts";
import type { ThumbnailSide } from "../../core/pixels/thumbnailSides.ts";
import type { ContentHash, Locator } from "../../core/sample.ts";
import { decodePicture, type DecodedPicture, type DecodeLimits, type UndecodedPicture } from "./decodePicture.ts";
import { OpenError } from "./openLocator.ts";
import { freeMemory } from "./freeMemory.ts";
import type { PixelKernel } from "./pixelKernel.ts";
import { makePreview, makePreviewOfPixels, thumbnailQuality } from "./thumbnail.ts";

/** What is to be done with one picture. Its bytes are always read and, where `contentHash` isn't given, hashed. */
export interface DecodeJob {
  readonly locator: Locator;
  /** SHA-256 of the bytes where the stat index vouches for it. */
  readonly contentHash?: ContentHash;
  /** True where the facts are wanted. */
  readonly facts: boolean;
  /** Where the preprocessed pixels go: a slot of the pool's `pixels`; absent where none are wanted. */
  readonly slot?: number;
  /** A part of the picture to preprocess instead of the whole; the facts are always of the whole. */
  readonly crop?: CropFractions;
  /** The longer side of the small picture that is wanted beside; absent where none is. */
  readonly thumbnailSide?: ThumbnailSide;
}

/**
 * Why a job gave nothing where that doesn't follow from the picture's bytes: they were not read, or not to the end. It may go well another
 * time. `message` goes on from the file's name, as that of a PictureProblem does.
 */
export interface JobProblem {
  readonly code: OpenError["code"] | "tooSlow";
  readonly message: string;
}

/**
 * What came of a job. `facts` are there where they were asked for, and wherever the bytes give no picture (then `kind` is "failed" and no
 * pixels were written). `contentHash` is missing where the bytes could not be read.
 */
export interface DecodeAnswer {
  readonly contentHash?: ContentHash;
  readonly facts?: PictureFacts;
  /** The small grey picture (see `computeLooks`); there with the facts of a picture. */
  readonly luma?: Uint8Array;
  /** The small picture as WebP, where it was asked for and could be made. */
  readonly thumbnail?: Uint8Array;
  /** True where the slot holds the picture's pixels. */
  readonly wrotePixels: boolean;
  readonly problem?: JobProblem;
}

/** What a job needs of its surroundings: `write` puts a picture's preprocessed pixels into a slot; `leastSize` is as in `decodePicture`, for pixels. */
export interface JobContext {
  readonly limits: DecodeLimits;
  readonly leastSize: Size | undefined;
  readonly write: (picture: Picture, slot: number) => void;
  readonly kernel: PixelKernel;
}

/** Does a job whose bytes are read: hash, decode, facts, pixels, small picture. Never throws for what a picture may be. */
export async function answerJob(job: DecodeJob, bytes: Buffer | OpenError, context: JobContext): Promise<DecodeAnswer> {
  if (bytes instanceof OpenError)
    return { wrotePixels: false, problem: { code: bytes.code, message: `can't be opened: ${bytes.message}` } };
  const contentHash = job.contentHash ?? (createHash("sha256").update(bytes).digest("hex") as ContentHash);
  if (!job.facts && job.slot === undefined) return { contentHash, wrotePixels: false };
  const { limits, leastSize } = context;
  const decoded = await decodePicture(bytes, limits, job.facts ? undefined : leastSize);
  if (decoded.kind !== "decoded") return answerUndecoded(contentHash, decoded, limits);
  if (job.slot !== undefined) {
    // Facts are the whole picture's; what a model sees must not depend on whether they were wanted as well.
    const seen = job.facts && maySeeLess(decoded, leastSize) ? await decodePicture(bytes, limits, leastSize) : decoded;
    if (seen.kind !== "decoded") return answerUndecoded(contentHash, seen, limits);
    context.write(job.crop === undefined ? seen.picture : cropPicture(seen.picture, job.crop), job.slot);
    if (seen !== decoded) freeMemory(seen.picture.pixels);
  }
  const facts = job.facts ? computeFacts(contentHash, decoded, context.kernel) : {};
  const thumbnail = await makeThumbnail(job, bytes, { decoded, limits });
  freeMemory(decoded.picture.pixels);
  return { contentHash, wrotePixels: job.slot !== undefined, ...facts, ...thumbnail };
}

/** From the pixels at hand where the panel would show them so and all of them are there, else from the bytes, as the panel's requests make it. */
async function makeThumbnail(
  { thumbnailSide: side, facts }: DecodeJob,
  bytes: Buffer,
  { decoded, limits }: { decoded: DecodedPicture; limits: DecodeLimits },
): Promise<Pick<DecodeAnswer, "thumbnail">> {
  if (side === undefined) return {};
  const shape = { side, quality: thumbnailQuality };
  const isAtHand = facts && decoded.isAsShown;
  const preview = isAtHand ? await makePreviewOfPixels(decoded, shape) : await makePreview(bytes, shape, limits);
  return preview === undefined ? {} : { thumbnail: preview.bytes };
}

function maySeeLess({ format, picture }: DecodedPicture, leastSize: Size | undefined): boolean {
  return leastSize !== undefined && format === "jpeg" && picture.width > leastSize.width && picture.height > leastSize.height;
}

function answerUndecoded(contentHash: ContentHash, undecoded: UndecodedPicture, { timeoutMs }: DecodeLimits): DecodeAnswer {
  switch (undecoded.kind) {
    case "tooSlow":
      return { contentHash, wrotePixels: false, problem: { code: "tooSlow", message: tookTooLong(timeoutMs) } };
    case "failed":
      return { contentHash, wrotePixels: false, facts: { kind: "failed", contentHash, problem: undecoded.problem } };
  }
}

/** Says that a picture was given up. */
export function tookTooLong(timeoutMs: number): string {
  return `took longer than ${timeoutMs / 1000} s to decode`;
}

function computeFacts(
  contentHash: ContentHash,
  { picture, format, orientation, frames, clipped }: DecodedPicture,
  kernel: PixelKernel,
): Required<Pick<DecodeAnswer, "facts" | "luma">> {
  const { width, height } = picture;
  const told = { kind: "decoded", contentHash, format, width, height, orientation, frames, clipped } as const;
  const { luma, ...hashes } = computeLooks(picture, kernel.sumGreyStrip);
  return { facts: { ...told, pixelHash: hashPixels(picture, kernel.hashStripes), ...hashes }, luma };
}
