import type { Problem } from "../../core/problem.ts";
import type { CaptionPiece } from "./captionText.ts";
import { cutCaptions, parseObject } from "./captionText.ts";
import type { ListedFile, Listing } from "./listing.ts";
import { extensionOf, folderOf, resolveBelow, stemOf } from "./listing.ts";
import { limitProblems } from "./problemLimit.ts";
import type { Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import type { CaptionText } from "./samples.ts";
import { absolutePathOf, sampleFromFile } from "./samples.ts";
import { problemOfEncoding } from "./text.ts";

/**
 * JSON `{"<path or stem>": {"caption": …, "tags": …}}` of kohya's fine-tuning (FORMATS §5.1) and of ai-toolkit (§5.2).
 * The caption is what is judged; tags are read where there is no caption.
 */
export const kohyaMetadataReader: FormatReader = {
  id: "kohyaMetadata",
  name: "kohya metadata JSON",
  detect,
  read: (context) => limitProblems(read(context)),
};

/** An object whose first value is an object: nothing else needs to be parsed in full. */
const nestedObject = /^\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{/;
const rowsLookedAt = 20;
/** More JSON files than this are not tables of the whole dataset. */
const filesLookedAt = 64;

type Rows = Readonly<Record<string, unknown>>;

interface MetadataFile {
  readonly file: ListedFile;
  readonly rows: Rows;
}

async function detect(context: ReadContext): Promise<Detection | undefined> {
  for (const { file, rows } of await listMetadataFiles(context)) {
    const keys = Object.keys(rows);
    const looked = keys.slice(0, rowsLookedAt);
    const stems = stemsOf(context.listing);
    const found = looked.filter((key) => imageOf(context.listing, { file, stems }, key) !== undefined).length;
    if (found === 0) continue;
    return { confidence: 0.5 + (0.45 * found) / looked.length, reason: `${file.path} names ${keys.length} pictures with captions or tags` };
  }
  return undefined;
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  const { listing, signal } = context;
  const stems = stemsOf(listing);
  const captioned = new Map<ListedFile, CaptionText[]>();
  for (const { file, rows } of await listMetadataFiles(context)) {
    signal?.throwIfAborted();
    const wrongEncoding = problemOfEncoding(file, (await context.readText(file)).encoding);
    if (wrongEncoding !== undefined) yield { kind: "problem", problem: wrongEncoding };
    for (const [key, row] of Object.entries(rows)) {
      const image = imageOf(listing, { file, stems }, key);
      const pieces = captionsOf(row, context);
      if (image === undefined) yield { kind: "problem", problem: missingImage(file, key) };
      else captioned.set(image, [...(captioned.get(image) ?? []), ...placed(absolutePathOf(listing, file), key, pieces)]);
      if (image !== undefined) yield* problemsOf(file, image, { row, pieces, given: context.options.captions !== undefined });
    }
  }
  for (const image of listing.images) {
    const captions = captioned.get(image);
    if (captions === undefined) yield { kind: "problem", problem: missingCaption(image) };
    yield { kind: "sample", sample: sampleFromFile(listing, image, captions ?? []) };
  }
}

async function listMetadataFiles(context: ReadContext): Promise<MetadataFile[]> {
  const { listing } = context;
  const found: MetadataFile[] = [];
  const stems = stemsOf(listing);
  const candidates = listing.files.filter(({ path }) => extensionOf(path) === ".json" && !stems.has(stemOf(path)));
  for (const file of candidates.slice(0, filesLookedAt)) {
    const { text } = await context.readText(file);
    const rows = nestedObject.test(text.slice(0, 4096)) ? parseObject(text) : undefined;
    if (rows !== undefined && Object.values(rows).slice(0, rowsLookedAt).every(isRow)) found.push({ file, rows });
  }
  return found;
}

function isRow(value: unknown): value is { readonly caption?: unknown; readonly tags?: unknown } {
  return typeof value === "object" && value !== null && ("caption" in value || "tags" in value || "train_resolution" in value);
}

function captionsOf(row: unknown, { options }: ReadContext): CaptionPiece[] {
  if (!isRow(row)) return [];
  const mode = options.captions ?? "first";
  for (const [field, value] of [
    ["caption", row.caption],
    ["tags", row.tags],
  ] as const) {
    if (typeof value === "string" && value.trim() !== "") return cutCaptions(value, mode).map(({ text }) => ({ text, field }));
  }
  return [];
}

function placed(file: string, key: string, pieces: readonly CaptionPiece[]): CaptionText[] {
  return pieces.map(({ text, field = "caption" }) => ({ text, origin: { file, field: `${key}.${field}` } }));
}

function* problemsOf(
  file: ListedFile,
  image: ListedFile,
  { row, pieces, given }: { readonly row: unknown; readonly pieces: readonly CaptionPiece[]; readonly given: boolean },
): Generator<Found> {
  const at = { sample: image.path, file: file.path };
  if (pieces.length === 0) {
    const message = `${image.path} has neither caption nor tags in ${file.path}`;
    yield { kind: "problem", problem: { code: "emptyCaption", severity: "warning", ...at, message, hint: "Write the caption" } };
  }
  const caption = isRow(row) && typeof row.caption === "string" ? row.caption.trim() : "";
  if (given || !caption.includes("\n")) return;
  const message = `The caption of ${image.path} in ${file.path} has several lines, of which kohya reads the first alone`;
  const hint = "Join the lines, or say that lines are alternatives if you train with enable_wildcard";
  yield { kind: "problem", problem: { code: "extraLines", severity: "warning", ...at, message, hint } };
}

function stemsOf({ images }: Listing): ReadonlyMap<string, ListedFile> {
  return new Map(images.map((image) => [stemOf(image.path), image]));
}

/** A key is a path (absolute, below the root or below the file's folder) with or without its extension. */
function imageOf(
  listing: Listing,
  { file, stems }: { readonly file: ListedFile; readonly stems: ReadonlyMap<string, ListedFile> },
  key: string,
): ListedFile | undefined {
  for (const folder of ["", folderOf(file.path)]) {
    const path = resolveBelow(listing, folder, key);
    if (path === undefined) return undefined;
    const image = listing.byPath.get(path) ?? stems.get(path);
    if (image !== undefined) return image;
  }
  return undefined;
}

function missingImage(file: ListedFile, key: string): Problem {
  const message = `${file.path} names ${key}, which is not in the dataset`;
  return { code: "missingImage", severity: "warning", file: file.path, message, hint: "Bring the picture back, or remove its entry" };
}

function missingCaption({ path }: ListedFile): Problem {
  const message = `${path} has no entry in the metadata file`;
  return { code: "missingCaption", severity: "warning", sample: path, file: path, message, hint: "Write its entry, or remove the picture" };
}
