import type { Problem } from "../../core/problem.ts";
import { mapInOrder } from "../store/concurrent.ts";
import type { FolderPlan } from "./captionFiles.ts";
import { describePlans, planCaptions } from "./captionFiles.ts";
import type { CaptionPiece } from "./captionText.ts";
import { captionsFromJson, countLines, cutCaptions } from "./captionText.ts";
import type { ListedFile } from "./listing.ts";
import { baseOf, extensionOf, isImagePath, stemOf } from "./listing.ts";
import { limitProblems } from "./problemLimit.ts";
import type { CaptionMode, Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import type { CaptionText } from "./samples.ts";
import { absolutePathOf, sampleFromFile } from "./samples.ts";
import { splitFromPath } from "./splits.ts";
import { problemOfEncoding } from "./text.ts";

/** Pictures with a caption file of the same stem beside each (FORMATS §5.16); also plain folders of pictures without captions. */
export const sidecarReader: FormatReader = {
  id: "sidecar",
  name: "Caption files beside pictures",
  detect,
  read: (context) => limitProblems(read(context)),
};

const extensions = [".txt", ".caption", ".tags", ".json"] as const;
/** Files with these stems speak of the dataset, not of a picture. */
const documents: ReadonlySet<string> = new Set(["readme", "license", "licence", "notice", "changelog", "requirements"]);
const readsAtOnce = 64;
/** A caption file beyond this is none. */
const maximumCaptionBytes = 1 << 20;

/** What became of one caption file. `lineCount` counts lines that are not blank. */
export interface CaptionsRead {
  readonly captions: readonly CaptionText[];
  readonly problems: readonly Problem[];
  readonly lineCount: number;
}

async function detect(context: ReadContext): Promise<Detection | undefined> {
  const total = context.listing.images.length;
  if (total === 0) return undefined;
  const plans = await planCaptions(context, extensions);
  const covered = plans.reduce((sum, plan) => sum + plan.covered, 0);
  if (covered === 0) return { confidence: 0.05, reason: `${total} pictures, none with a caption file beside it` };
  return { confidence: 0.1 + (0.6 * covered) / total, reason: `Pictures with caption files beside them: ${describePlans(plans)}` };
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  const mode = context.options.captions;
  const several: string[] = [];
  for (const plan of await planCaptions(context, extensions)) {
    for (const problem of ambiguousImages(plan)) yield { kind: "problem", problem };
    for await (const [image, { captions, problems, lineCount }] of readPlan(context, plan, mode ?? "lines")) {
      for (const problem of problems) yield { kind: "problem", problem };
      if (mode === undefined && lineCount > 1) several.push(plan.captionFiles.get(stemOf(image.path))?.path ?? image.path);
      yield { kind: "sample", sample: sampleFromFile(context.listing, image, captions, splitFromPath(image.path)) };
    }
    for (const problem of orphanCaptions(plan)) yield { kind: "problem", problem };
  }
  if (several[0] !== undefined) yield { kind: "problem", problem: assumedLines(several[0], several.length) };
}

async function* readPlan(context: ReadContext, plan: FolderPlan, mode: CaptionMode): AsyncGenerator<readonly [ListedFile, CaptionsRead]> {
  yield* mapInOrder(plan.images, readsAtOnce, async (image) => {
    context.signal?.throwIfAborted();
    const file = plan.captionFiles.get(stemOf(image.path));
    if (file !== undefined) return [image, await readCaptionFile(context, { image, file, mode })] as const;
    const message = `${image.path} has no caption: ${baseOf(stemOf(image.path))}${plan.extension} is missing`;
    const hint = `Write the caption, or say which extension caption files have if it is not ${plan.extension}`;
    const problem: Problem = { code: "missingCaption", severity: "warning", sample: image.path, file: image.path, message, hint };
    return [image, { captions: [], problems: [problem], lineCount: 0 }] as const;
  });
}

/** Reads the captions of a picture from the file beside it; a file that can't be read gives none, and says so. */
export async function readCaptionFile(
  context: ReadContext,
  { image, file, mode }: { readonly image: ListedFile; readonly file: ListedFile; readonly mode: CaptionMode },
): Promise<CaptionsRead> {
  const failed = (problem: Pick<Problem, "code" | "message" | "hint">): CaptionsRead => {
    return { captions: [], problems: [{ severity: "warning", sample: image.path, file: file.path, ...problem }], lineCount: 0 };
  };
  if (file.sizeBytes > maximumCaptionBytes) {
    return failed({
      code: "tooLarge",
      message: `${file.path} is larger than 1 MiB and was not read as a caption`,
      hint: "Check what the file is",
    });
  }
  try {
    const { text, encoding } = await context.readText(file);
    const pieces = extensionOf(file.path) === ".json" ? captionsFromJson(text, context.options.captionColumn) : cutCaptions(text, mode);
    if (pieces === undefined) {
      return failed({
        code: "malformedRow",
        message: `${file.path} is not JSON with a caption`,
        hint: "Mend the file, or say which field holds the caption",
      });
    }
    const wrongEncoding = problemOfEncoding(file, encoding);
    const problems = wrongEncoding === undefined ? [] : [{ ...wrongEncoding, sample: image.path }];
    return {
      captions: placed(context, file, pieces),
      problems: [...problems, ...emptyCaptions(image, file, pieces)],
      lineCount: countLines(text),
    };
  } catch (error) {
    context.signal?.throwIfAborted();
    return failed({
      code: "unreadable",
      message: `${file.path} could not be read (${String(error)})`,
      hint: "Check the rights of the file",
    });
  }
}

/** Pictures that share one caption file because they differ in their extension alone: one problem a caption file. */
export function* ambiguousImages(plan: FolderPlan): Generator<Problem> {
  const byStem = new Map<string, ListedFile[]>();
  for (const image of plan.images) {
    const stem = stemOf(image.path);
    const sharing = byStem.get(stem);
    if (sharing === undefined) byStem.set(stem, [image]);
    else sharing.push(image);
  }
  for (const [stem, images] of byStem) {
    const file = plan.captionFiles.get(stem);
    const first = images[0];
    if (file === undefined || first === undefined || images.length < 2) continue;
    const names = images.map(({ path }) => baseOf(path)).join(" and ");
    const message = `${names} share the caption file ${file.path}; each was taken as a sample with this caption`;
    yield {
      code: "ambiguousImage",
      severity: "warning",
      sample: first.path,
      file: first.path,
      message,
      hint: "Keep one of them, or rename one and write its caption",
    };
  }
}

function* orphanCaptions(plan: FolderPlan): Generator<Problem> {
  const stems = new Set(plan.images.map(({ path }) => stemOf(path)));
  for (const [stem, { path: file }] of plan.captionFiles) {
    if (stems.has(stem) || isImagePath(stem) || documents.has(baseOf(stem).toLowerCase())) continue;
    if (plan.extension === ".json" && plan.covered === 0) continue;
    const message = `${file} has no picture beside it`;
    yield { code: "orphanCaption", severity: "warning", file, message, hint: "Bring the picture back, or remove the file" };
  }
}

function* emptyCaptions(image: ListedFile, file: ListedFile, pieces: readonly CaptionPiece[]): Generator<Problem> {
  if (pieces.some(({ text }) => text !== "")) return;
  const message = `${file.path} holds no caption`;
  yield { code: "emptyCaption", severity: "warning", sample: image.path, file: file.path, message, hint: "Write the caption" };
}

function placed(context: ReadContext, file: ListedFile, pieces: readonly CaptionPiece[]): CaptionText[] {
  const absolute = absolutePathOf(context.listing, file);
  return pieces.map(({ text, line, field }) => ({
    text,
    origin: { file: absolute, ...(line === undefined ? {} : { line }), ...(field === undefined ? {} : { field }) },
  }));
}

function assumedLines(file: string, count: number): Problem {
  const files = count === 1 ? `${file} has` : `${count} caption files (${file} is the first) have`;
  const message = `${files} several lines; each line was taken as a caption of its own`;
  const hint = 'Say "one" for captions if the lines belong together, "first" if only the first line counts';
  return { code: "extraLines", severity: "note", file, message, hint };
}
