import type { ListedFile } from "./listing.ts";
import { extensionOf, isImagePath, stemOf } from "./listing.ts";
import type { ReadContext } from "./reader.ts";
import { captionsFromJson } from "./captionText.ts";

/** The pictures of one folder and the caption files beside them. `captionFiles` is by stem (path without extension); `covered` counts pictures that have one. */
export interface FolderPlan {
  readonly folder: string;
  readonly images: readonly ListedFile[];
  readonly extension: string;
  readonly covered: number;
  readonly captionFiles: ReadonlyMap<string, ListedFile>;
}

const jsonFilesTried = 3;

/**
 * Finds for every folder with pictures the extension of its caption files: the one that a person gave, else the one that covers most pictures
 * (the earlier of `extensions` at a tie; `.json` only where the first files hold a caption), else the one that most pictures elsewhere have.
 */
export async function planCaptions(
  context: ReadContext,
  extensions: readonly string[],
  folders?: ReadonlySet<string>,
): Promise<FolderPlan[]> {
  const plans: FolderPlan[] = [];
  const bare: Folder[] = [];
  for (const [path, files] of context.listing.byFolder) {
    if (folders !== undefined && !folders.has(path)) continue;
    const folder = folderFrom(path, files);
    if (folder.images.length === 0) continue;
    const given = givenExtension(context, path);
    const plan = given === undefined ? await planFolder(context, folder, extensions) : planFor(folder, given);
    if (plan === undefined) bare.push(folder);
    else plans.push(plan);
  }
  const usual = usualExtension(plans) ?? extensions[0] ?? ".txt";
  return [...plans, ...bare.map((folder) => planFor(folder, usual))];
}

/** Which extensions a plan uses, the most used first: `.txt (812 of 1000 pictures), .caption (3 of 10)`. */
export function describePlans(plans: readonly FolderPlan[]): string {
  const sums = new Map<string, { covered: number; images: number }>();
  for (const { extension, covered, images } of plans) {
    const sum = sums.get(extension) ?? { covered: 0, images: 0 };
    sums.set(extension, { covered: sum.covered + covered, images: sum.images + images.length });
  }
  const sorted = [...sums].sort(([, a], [, b]) => b.covered - a.covered);
  return sorted.map(([extension, { covered, images }]) => `${extension} (${covered} of ${images} pictures)`).join(", ");
}

/** A folder that holds pictures, before its captions are known. `beside` are its other files, by extension and then by stem. */
interface Folder {
  readonly folder: string;
  readonly images: readonly ListedFile[];
  readonly beside: ReadonlyMap<string, ReadonlyMap<string, ListedFile>>;
}

function folderFrom(folder: string, files: readonly ListedFile[]): Folder {
  const images: ListedFile[] = [];
  const beside = new Map<string, Map<string, ListedFile>>();
  for (const file of files) {
    if (isImagePath(file.path)) {
      images.push(file);
      continue;
    }
    const extension = extensionOf(file.path);
    const stem = stemOf(file.path);
    const byStem = beside.get(extension);
    if (byStem === undefined) beside.set(extension, new Map([[stem, file]]));
    else if (!byStem.has(stem)) byStem.set(stem, file);
  }
  return { folder, images, beside };
}

async function planFolder(context: ReadContext, folder: Folder, extensions: readonly string[]): Promise<FolderPlan | undefined> {
  const candidates = extensions.map((extension) => planFor(folder, extension)).filter(({ covered }) => covered > 0);
  candidates.sort((a, b) => b.covered - a.covered); // stable: the order of `extensions` decides a tie
  for (const plan of candidates) {
    if (plan.extension !== ".json" || (await holdsCaptions(context, plan))) return plan;
  }
  return undefined;
}

function planFor({ folder, images, beside }: Folder, extension: string): FolderPlan {
  const captionFiles = beside.get(extension) ?? new Map<string, ListedFile>();
  const covered = captionFiles.size === 0 ? 0 : images.filter(({ path }) => captionFiles.has(stemOf(path))).length;
  return { folder, images, extension, covered, captionFiles };
}

async function holdsCaptions(context: ReadContext, plan: FolderPlan): Promise<boolean> {
  let tried = 0;
  for (const { path } of plan.images) {
    const file = plan.captionFiles.get(stemOf(path));
    if (file === undefined) continue;
    const { text } = await context.readText(file);
    if (captionsFromJson(text, context.options.captionColumn) !== undefined) return true;
    tried += 1;
    if (tried === jsonFilesTried) return false;
  }
  return false;
}

function givenExtension({ options }: ReadContext, folder: string): string | undefined {
  const given = typeof options.captionExtension === "string" ? options.captionExtension : options.captionExtension?.[folder];
  return given === undefined ? undefined : `.${given.replace(/^\./, "").toLowerCase()}`;
}

function usualExtension(plans: readonly FolderPlan[]): string | undefined {
  const covered = new Map<string, number>();
  for (const plan of plans) covered.set(plan.extension, (covered.get(plan.extension) ?? 0) + plan.covered);
  return [...covered].sort(([, a], [, b]) => b - a)[0]?.[0];
}
