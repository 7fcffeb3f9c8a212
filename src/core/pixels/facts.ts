import type { Problem, ProblemCode } from "../problem.ts";
import type { ContentHash } from "../sample.ts";

/**
 * The version of how Winnow makes pixels of bytes: part of every `EncoderId` and of the place of the facts.
 * It goes up whenever a picture's decoded or preprocessed pixels may change.
 */
export const decoderVersion = 1;

/**
 * The version of what is made of a decoded picture's pixels beside vectors: its hashes, its small grey picture, and how facts lie in their files. It goes up
 * whenever one of them may change; what was kept before is then made anew, and vectors stay. 2: exact whole numbers, XXH64 for pixels.
 */
export const factsVersion = 2;

/** The picture formats that are decoded; everything else is refused before a decoder sees it. */
export const pictureFormats = ["jpeg", "png", "webp", "gif", "tiff", "avif", "bmp"] as const;

/** A picture format by its contents, whatever the file's name says. */
export type PictureFormat = (typeof pictureFormats)[number];

/**
 * Why a picture can't be used: what bytes cause, not what a machine or a moment causes. `message` goes on from the file's name: "is cut
 * off: …".
 */
export interface PictureProblem {
  readonly code: PictureProblemCode;
  readonly message: string;
}

/** The problems that belong to a picture's bytes and are worth remembering. */
export const pictureProblemCodes = ["brokenImage", "emptyFile", "tooLarge", "unsupportedImage"] as const satisfies readonly ProblemCode[];

/** One of `pictureProblemCodes`. */
export type PictureProblemCode = (typeof pictureProblemCodes)[number];

/**
 * What is known of a picture's content. Sizes are those after turning by `orientation` (EXIF, 1 to 8, 1 where the file has none). `frames`
 * counts those of an animation or the pages of a TIFF, of which the first is used. `clipped` is true of 16-bit grey pictures whose values
 * above 255 became white, as Pillow's convert("RGB") has it. `pixelHash` is that of `hashPixels`, 16 hexadecimal digits; the perceptual hashes are 32 bytes.
 */
export interface DecodedFacts {
  readonly kind: "decoded";
  readonly contentHash: ContentHash;
  readonly format: PictureFormat;
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
  readonly frames: number;
  readonly clipped: boolean;
  readonly pixelHash: string;
  readonly perceptualHash: Uint8Array;
  readonly mirroredHash: Uint8Array;
}

/** What is known of bytes that give no picture. */
export interface FailedFacts {
  readonly kind: "failed";
  readonly contentHash: ContentHash;
  readonly problem: PictureProblem;
}

/** Facts of a picture's bytes, decoded or not. */
export type PictureFacts = DecodedFacts | FailedFacts;

/** The problems that a sample's facts tell: an error where there is no picture, notes and warnings where it is not what it seems. */
export function problemsFromFacts(facts: PictureFacts, sample: string): readonly Problem[] {
  if (facts.kind === "failed") return [problemFromPicture(facts.problem, sample)];
  const problems: Problem[] = [];
  if (facts.orientation !== 1) {
    problems.push({
      code: "exifOrientation",
      severity: "note",
      sample,
      file: sample,
      message: `${sample} is turned by its EXIF orientation ${facts.orientation}, and Winnow turns it`,
      hint: "open_clip's CSV loader doesn't turn pictures: re-save it upright where you train with it",
    });
  }
  if (facts.clipped) {
    problems.push({
      code: "clippedGrey",
      severity: "warning",
      sample,
      file: sample,
      message: `${sample} is 16-bit grey, and Pillow makes every value above 255 white`,
      hint: "Convert it to 8 bits: trainers see it mostly white",
    });
  }
  return problems;
}

/** The error that a picture's problem is for its sample. */
export function problemFromPicture(problem: PictureProblem, sample: string): Problem {
  return {
    code: problem.code,
    severity: "error",
    sample,
    file: sample,
    message: `${sample} ${problem.message}`,
    hint: hints[problem.code],
  };
}

const hints: Readonly<Record<PictureProblemCode, string>> = {
  brokenImage: "Replace the file from its source, or leave it out: trainers fail on it",
  emptyFile: "Replace the file from its source, or delete it",
  tooLarge: "Make it smaller: Pillow refuses more than 178,956,970 pixels",
  unsupportedImage: "Convert it to JPEG, PNG or WebP, or take it out of the folder",
};
