import type { Problem } from "../../core/problem.ts";
import { mapInOrder } from "../store/concurrent.ts";
import type { FolderPlan } from "./captionFiles.ts";
import { describePlans, planCaptions } from "./captionFiles.ts";
import type { ListedFile } from "./listing.ts";
import { baseOf, extensionOf, folderOf, isImagePath, stemOf } from "./listing.ts";
import { limitProblems } from "./problemLimit.ts";
import type { Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import type { CaptionsRead } from "./sidecar.ts";
import { ambiguousImages, readCaptionFile } from "./sidecar.ts";
import { sampleFromFile } from "./samples.ts";

/** Folders `<repeats>_<class>` as kohya's sd-scripts read them (FORMATS §5.1): what it would leave out is left out here, and said. */
export const kohyaReader: FormatReader = {
  id: "kohya",
  name: "kohya folders (repeats_class)",
  detect,
  read: (context) => limitProblems(read(context)),
};

const extensions = [".caption", ".txt"] as const;
const kohyaImages: ReadonlySet<string> = new Set([".png", ".jpg", ".jpeg", ".webp", ".bmp", ".avif", ".jxl"]);
const readsAtOnce = 64;
/** More repeats than this are a year or a number of another meaning: such a name does not speak for kohya, but is read if kohya was asked for. */
const plausibleRepeats = 1000;

/** A folder's name in kohya's words: `10_sks dog` repeats ten times and stands for "sks dog". */
export interface KohyaFolder {
  readonly repeats: number;
  readonly classTokens: string;
}

/** Reads the name of a folder by kohya's rule (Python's `int` of what is before the first `_`); undefined where it has no number. */
export function parseKohyaFolder(name: string): KohyaFolder | undefined {
  const [first = "", ...rest] = name.split("_");
  return /^\s*[+-]?\d+\s*$/.test(first) ? { repeats: Number.parseInt(first.trim(), 10), classTokens: rest.join("_") } : undefined;
}

async function detect(context: ReadContext): Promise<Detection | undefined> {
  const { images } = context.listing;
  const folders = usedFolders(context);
  const used = images.filter(({ path }) => folders.has(folderOf(path)));
  if (used.length === 0) return undefined;
  const speaking = used.filter(({ path }) => isTelling(folderOf(path))).length;
  const plans = await planCaptions(context, extensions, new Set(folders.keys()));
  const reason = `${folders.size} folders are named <repeats>_<class>; caption files: ${describePlans(plans)}`;
  return { confidence: speaking === 0 ? 0.02 : (0.85 * speaking) / images.length, reason };
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  const folders = usedFolders(context);
  for (const problem of ignoredFolders(context, folders)) yield { kind: "problem", problem };
  for (const plan of await planCaptions(context, extensions, new Set(folders.keys()))) {
    const isRead = ({ path }: ListedFile): boolean => kohyaImages.has(extensionOf(path));
    const images = plan.images.filter(isRead);
    for (const image of plan.images) {
      if (!isRead(image)) yield { kind: "problem", problem: unsupported(image) };
    }
    for (const problem of ambiguousImages({ ...plan, images })) yield { kind: "problem", problem };
    yield* readFolder(context, { ...plan, images }, folders.get(plan.folder)?.classTokens ?? "");
  }
}

async function* readFolder(context: ReadContext, plan: FolderPlan, classTokens: string): AsyncGenerator<Found> {
  const results = mapInOrder(
    plan.images,
    readsAtOnce,
    async (image) => [image, await readCaptions(context, plan, { image, classTokens })] as const,
  );
  for await (const [image, { captions, problems }] of results) {
    for (const problem of problems) yield { kind: "problem", problem };
    yield { kind: "sample", sample: sampleFromFile(context.listing, image, captions) };
  }
}

async function readCaptions(
  context: ReadContext,
  plan: FolderPlan,
  { image, classTokens }: { readonly image: ListedFile; readonly classTokens: string },
): Promise<CaptionsRead> {
  context.signal?.throwIfAborted();
  const file = captionFileOf(plan, image);
  const sample = image.path;
  if (file === undefined) {
    const used = classTokens === "" ? "an empty caption" : `the class "${classTokens}"`;
    const message = `${sample} has no caption file (${plan.extension}); kohya would train it with ${used}`;
    const problem: Problem = {
      code: "missingCaption",
      severity: "warning",
      sample,
      file: sample,
      message,
      hint: "Write the caption, or mean the class",
    };
    return { captions: [], problems: [problem], lineCount: 0 };
  }
  const result = await readCaptionFile(context, { image, file, mode: context.options.captions ?? "first" });
  if (result.problems.some(({ code }) => code === "emptyCaption")) return { ...result, problems: result.problems.map(stopsKohya) };
  if (context.options.captions !== undefined || result.lineCount < 2) return result;
  const message = `${file.path} has ${result.lineCount} lines, of which kohya reads the first alone`;
  const hint = "Join the lines, or say that lines are alternatives if you train with enable_wildcard";
  return { ...result, problems: [...result.problems, { code: "extraLines", severity: "warning", sample, file: file.path, message, hint }] };
}

function stopsKohya(problem: Problem): Problem {
  return problem.code === "emptyCaption" ? { ...problem, message: `${problem.message}, and kohya stops at an empty file` } : problem;
}

/** `<base><ext>`, or `<base without its last four "_" parts><ext>` where the base has five parts or more. */
function captionFileOf(plan: FolderPlan, image: ListedFile): ListedFile | undefined {
  const stem = stemOf(image.path);
  const parts = stem.slice(stem.lastIndexOf("/") + 1).split("_");
  const folder = stem.slice(0, stem.lastIndexOf("/") + 1);
  return plan.captionFiles.get(stem) ?? (parts.length < 5 ? undefined : plan.captionFiles.get(folder + parts.slice(0, -4).join("_")));
}

function usedFolders({ listing }: ReadContext): Map<string, KohyaFolder> {
  const folders = new Map<string, KohyaFolder>();
  for (const [path, files] of listing.byFolder) {
    const folder = path === "" || path.includes("/") ? undefined : parseKohyaFolder(path);
    if (folder !== undefined && folder.repeats >= 1 && files.some((file) => isImagePath(file.path))) folders.set(path, folder);
  }
  return folders;
}

function isTelling(folder: string): boolean {
  const { repeats, classTokens } = parseKohyaFolder(folder) ?? { repeats: 0, classTokens: "" };
  return repeats >= 1 && repeats <= plausibleRepeats && classTokens !== "";
}

function* ignoredFolders({ listing }: ReadContext, used: ReadonlyMap<string, KohyaFolder>): Generator<Problem> {
  for (const [path, files] of listing.byFolder) {
    const count = used.has(path) ? 0 : files.filter((file) => isImagePath(file.path)).length;
    if (count === 0) continue;
    const repeats = parseKohyaFolder(baseOf(path))?.repeats;
    const isDeep = path.includes("/");
    const why = isDeep
      ? "it is not directly below the root"
      : repeats === undefined
        ? "its name has no number of repeats"
        : "its repeats are below 1";
    const where = path === "" ? `${count} pictures at the top of the dataset are` : `${path} (${count} pictures) is`;
    const message =
      path === "" ? `${where} not in a folder named <repeats>_<class>, and kohya leaves them out` : `${where} left out by kohya: ${why}`;
    yield {
      code: "ignoredFolder",
      severity: "warning",
      file: path === "" ? "." : path,
      message,
      hint: "Move the pictures to a folder such as 10_dog",
    };
  }
}

function unsupported({ path }: ListedFile): Problem {
  const message = `${path} was left out: kohya does not read ${extensionOf(path)} files`;
  return { code: "unsupportedImage", severity: "warning", file: path, message, hint: "Convert it to PNG, JPEG or WebP" };
}
