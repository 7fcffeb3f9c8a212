import type { ImageCaptions } from "./imageCaptions.ts";
import { imageFolders, shareFound } from "./imagePaths.ts";
import { findJsonTables, readJsonTables } from "./jsonTables.ts";
import type { ListedFile } from "./listing.ts";
import { limitProblems } from "./problemLimit.ts";
import type { Detection, FormatReader, Found, ReadContext } from "./reader.ts";
import type { CaptionText } from "./samples.ts";
import { absolutePathOf } from "./samples.ts";
import { splitFromWord } from "./splits.ts";
import type { TableEvidence } from "./tableEvidence.ts";
import { tableConfidence } from "./tableEvidence.ts";
import { isRecord, malformedRow } from "./tableRows.ts";

/** Karpathy's JSON (`dataset_coco.json`, `dataset_flickr30k.json`): `images[].{filepath, filename, split, sentences[].raw}`. */
export const karpathyReader: FormatReader = {
  id: "karpathy",
  name: "Karpathy's splits",
  detect,
  read: (context) => limitProblems(read(context)),
};

interface KarpathyImage {
  readonly filename: string;
  readonly filepath: string | undefined;
  readonly split: string | undefined;
  readonly captions: readonly CaptionText[];
}

/** Images of COCO's validation set that Karpathy gives to training. */
const trainedRest = "restval";

async function detect(context: ReadContext): Promise<Detection | undefined> {
  const tables = await findTables(context);
  const [first] = tables;
  if (first === undefined) return undefined;
  return {
    confidence: tableConfidence(context, 0.96, tables),
    reason: `${first.file.path} lists images with splits and sentences as Karpathy's files do`,
  };
}

async function* read(context: ReadContext): AsyncGenerator<Found> {
  yield* readJsonTables(context, await findTables(context), addTable);
}

function findTables(context: ReadContext): Promise<TableEvidence[]> {
  return findJsonTables(context, "filename", (text) => {
    return text.includes('"sentences"') && text.includes('"raw"') && text.includes('"filename"');
  });
}

function* addTable(context: ReadContext, file: ListedFile, value: unknown, gathered: ImageCaptions): Generator<Found> {
  const entries = isRecord(value) ? value["images"] : undefined;
  if (!Array.isArray(entries)) {
    yield { kind: "problem", problem: malformedRow(file, {}, "it has no list named images") };
    return;
  }
  const images: { readonly image: KarpathyImage; readonly row: number }[] = [];
  for (const [row, entry] of entries.entries()) {
    const image = parseImage(entry, { file: absolutePathOf(context.listing, file), row });
    if (image === undefined)
      yield { kind: "problem", problem: malformedRow(file, {}, `images[${row}] has no filename or no sentences with raw texts`) };
    else images.push({ image, row });
  }
  const nameOf = pathRule(
    context,
    file,
    images.map(({ image }) => image),
  );
  const folders = imageFolders(
    context,
    file,
    images.map(({ image }) => nameOf(image)),
  );
  for (const { image, row } of images) {
    const word = image.split ?? "";
    const split = word === trainedRest ? "train" : splitFromWord(word);
    const problem = gathered.add({
      table: file,
      image: nameOf(image),
      folders,
      captions: image.captions,
      row,
      ...(split === undefined ? {} : { split }),
    });
    if (problem !== undefined) yield { kind: "problem", problem };
  }
}

/** COCO's pictures lie under `filepath`/`filename`, but people keep them in one folder too: the rule that finds more of them. */
function pathRule(context: ReadContext, file: ListedFile, images: readonly KarpathyImage[]): (image: KarpathyImage) => string {
  const withFolder = ({ filepath, filename }: KarpathyImage): string =>
    filepath === undefined || filepath === "" ? filename : `${filepath}/${filename}`;
  const nameOnly = ({ filename }: KarpathyImage): string => filename;
  const some = images.filter((_, index) => index % Math.ceil(images.length / 64) === 0);
  return shareFound(context, file, some.map(withFolder)) >= shareFound(context, file, some.map(nameOnly)) ? withFolder : nameOnly;
}

function parseImage(entry: unknown, origin: { readonly file: string; readonly row: number }): KarpathyImage | undefined {
  if (!isRecord(entry)) return undefined;
  const { filename, filepath, split, sentences } = entry;
  if (typeof filename !== "string" || !Array.isArray(sentences)) return undefined;
  const captions: CaptionText[] = [];
  for (const [index, sentence] of sentences.entries()) {
    const text: unknown = isRecord(sentence) ? sentence["raw"] : undefined;
    if (typeof text !== "string") return undefined;
    captions.push({ text, origin: { ...origin, field: `sentences[${index}].raw` } });
  }
  return {
    filename,
    filepath: typeof filepath === "string" ? filepath : undefined,
    split: typeof split === "string" ? split : undefined,
    captions,
  };
}
