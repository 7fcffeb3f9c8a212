import type { Problem } from "../../core/problem.ts";
import type { ImageCaptions } from "./imageCaptions.ts";
import { imageFolders } from "./imagePaths.ts";
import { findJsonTables, readJsonTables } from "./jsonTables.ts";
import type { ListedFile } from "./listing.ts";
import { limitProblems } from "./problemLimit.ts";
import type { Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import type { CaptionText } from "./samples.ts";
import { absolutePathOf } from "./samples.ts";
import { splitFromFile } from "./splitNames.ts";
import type { TableEvidence } from "./tableEvidence.ts";
import { tableConfidence } from "./tableEvidence.ts";
import { isRecord, malformedRow } from "./tableRows.ts";

/** COCO captions JSON (`images`, `annotations`); the folder of its pictures is found by their names, the split by the name of the file. */
export const cocoReader: FormatReader = {
  id: "coco",
  name: "COCO captions",
  detect,
  read: (context) => limitProblems(read(context)),
};

type CocoId = string | number;

interface CocoImage {
  readonly id: CocoId;
  readonly name: string;
  readonly captions: CaptionText[];
}

async function detect(context: ReadContext): Promise<Detection | undefined> {
  const tables = await findTables(context);
  const [first] = tables;
  if (first === undefined) return undefined;
  return { confidence: tableConfidence(context, 0.95, tables), reason: `${first.file.path} lists images and annotations with captions` };
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  yield* readJsonTables(context, await findTables(context), addTable);
}

function findTables(context: ReadContext): Promise<TableEvidence[]> {
  return findJsonTables(context, "file_name", (text) => {
    return text.includes('"file_name"') && text.includes('"image_id"') && text.includes('"caption"');
  });
}

function* addTable(context: ReadContext, file: ListedFile, value: unknown, gathered: ImageCaptions): Generator<Found> {
  const lists = isRecord(value) ? { images: value["images"], annotations: value["annotations"] } : undefined;
  if (!Array.isArray(lists?.images) || !Array.isArray(lists.annotations)) {
    yield { kind: "problem", problem: malformedRow(file, {}, "it has no lists named images and annotations") };
    return;
  }
  const images = new Map<CocoId, CocoImage>();
  for (const [row, entry] of lists.images.entries()) {
    const problem = addImage(file, images, entry, row);
    if (problem !== undefined) yield { kind: "problem", problem };
  }
  const origin = absolutePathOf(context.listing, file);
  for (const { entry, row } of sortById(lists.annotations)) {
    const problem = addAnnotation({ file, origin }, images, entry, row);
    if (problem !== undefined) yield { kind: "problem", problem };
  }
  const folders = imageFolders(
    context,
    file,
    [...images.values()].map(({ name }) => name),
  );
  const split = splitFromFile(file.path);
  for (const { name, captions } of images.values()) {
    const problem = gathered.add({ table: file, image: name, folders, captions, ...(split === undefined ? {} : { split }) });
    if (problem !== undefined) yield { kind: "problem", problem };
  }
}

function addImage(file: ListedFile, images: Map<CocoId, CocoImage>, entry: unknown, row: number): Problem | undefined {
  const id = isRecord(entry) ? entry["id"] : undefined;
  const name = isRecord(entry) ? entry["file_name"] : undefined;
  if (!isCocoId(id) || typeof name !== "string") return malformedRow(file, {}, `images[${row}] has no id or no file_name`);
  if (images.has(id)) return malformedRow(file, {}, `images[${row}] has the id ${id}, which another image has`);
  images.set(id, { id, name, captions: [] });
  return undefined;
}

function addAnnotation(
  { file, origin }: { readonly file: ListedFile; readonly origin: string },
  images: ReadonlyMap<CocoId, CocoImage>,
  entry: unknown,
  row: number,
): Problem | undefined {
  const text = isRecord(entry) ? entry["caption"] : undefined;
  const imageId = isRecord(entry) ? entry["image_id"] : undefined;
  if (typeof text !== "string" || !isCocoId(imageId)) return malformedRow(file, {}, `annotations[${row}] has no caption or no image_id`);
  const image = images.get(imageId);
  if (image === undefined) {
    const message = `${file.path}: annotations[${row}] is for the image ${imageId}, which the file doesn't list`;
    return {
      code: "missingImage",
      severity: "error",
      file: file.path,
      message,
      hint: "Add the image to the list, or take the annotation out",
    };
  }
  image.captions.push({ text, origin: { file: origin, row, field: "caption" } });
  return undefined;
}

/** Annotations by ascending id, those without one at the end in their order: captions keep their places however the file was shuffled. */
function sortById(annotations: readonly unknown[]): { readonly entry: unknown; readonly row: number }[] {
  const idOf = (entry: unknown): number => {
    const id = isRecord(entry) ? Number(entry["id"] ?? Number.NaN) : Number.NaN;
    return Number.isNaN(id) ? Number.MAX_VALUE : id;
  };
  return annotations.map((entry, row) => ({ entry, row, id: idOf(entry) })).sort((a, b) => a.id - b.id || a.row - b.row);
}

function isCocoId(value: unknown): value is CocoId {
  return typeof value === "string" || typeof value === "number";
}
