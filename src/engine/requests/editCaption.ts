import type { CaptionPlace } from "../../core/captions/place.ts";
import { placeOfCaption } from "../../core/captions/place.ts";
import type { CaptionOrigin } from "../../core/sample.ts";
import type { EditCaptionAnswer, EditCaptionRequest } from "../../protocol/inspection.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import { captionHash } from "../store/dotWinnow.ts";
import type { Cell } from "../store/tables.ts";
import type { CaptionReader } from "../write/captions.ts";
import { applyCaptionEdit } from "../write/captions.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { planAside } from "./planAside.ts";

/**
 * Changes one caption in its file as an operation that can be undone; see `applyCaptionEdit`. The analysis goes on telling the old text until the next
 * run. Throws `CaptionError` and `ConflictError`.
 */
export async function editCaption(
  env: Env,
  dataset: AnalysedDataset,
  { root, sample, captionIndex, before, after }: EditCaptionRequest,
  { signal }: { readonly signal: AbortSignal },
): Promise<EditCaptionAnswer> {
  const captions = await readOwnCaptions(dataset, sample);
  const caption = captions.find((own) => own.captionIndex === captionIndex);
  if (caption === undefined) {
    const known = captions.length === 0 ? "has no captions" : `has no caption ${captionIndex}, only ${captions.length} (counted from 0)`;
    throw new Error(`${sample} ${known} in the analysis of ${root}`);
  }
  const { file } = caption.origin;
  const place = placeAmong(captions, caption, dataset.summary.format);
  const readers = await findReaders(dataset, caption, before);
  signal.throwIfAborted();
  const operation = await withDataset(env, root, (open, state) =>
    applyCaptionEdit(open, state, { file, place, before, after, readers }, planAside),
  );
  return { operation, file };
}

/** A caption of a sample as the analysis knows it; `position` and `count` are among the sample's captions of the same origin. */
export interface OwnCaption {
  readonly sample: string;
  readonly captionIndex: number;
  readonly text: string;
  readonly hash: string;
  readonly author: string;
  readonly origin: CaptionOrigin;
  readonly position: number;
  readonly count: number;
}

/** The captions of a sample, in order; none where it has none or is not there. */
export async function readOwnCaptions({ tables }: AnalysedDataset, sample: string): Promise<readonly OwnCaption[]> {
  return captionsFromRows(
    await tables.query(`SELECT ${captionColumns} FROM ${captionTables} WHERE sample = $1 ORDER BY captionIndex`, [sample]),
  );
}

/** How a caption stands in its file. */
export function placeAmong(captions: readonly OwnCaption[], { origin, position, count }: OwnCaption, format: string): CaptionPlace {
  return placeOfCaption({ format, origin, position, count, captions: captions.length });
}

/** The author is that of the last standing edit, where there is one. */
const captionColumns = "sample, captionIndex, caption, captionHash, coalesce(e.author, p.author) AS author, captionOrigin";
const captionTables = "pairs p LEFT JOIN edits e ON e.item = p.pair";

/** Every pair that reads the same place of the same file, the caption's own first: two pictures may share a caption file, or a row. */
async function findReaders({ tables }: AnalysedDataset, caption: OwnCaption, before: string): Promise<CaptionReader[]> {
  const rows = await tables.query(
    `SELECT ${captionColumns} FROM ${captionTables} WHERE sample IN (SELECT sample FROM pairs WHERE captionOrigin = $1) ORDER BY pair`,
    [JSON.stringify(caption.origin)],
  );
  const all = captionsFromRows(rows);
  const readers = all.filter(({ origin, position }) => position === caption.position && originKey(origin) === originKey(caption.origin));
  readers.sort((a, b) => Number(b.sample === caption.sample) - Number(a.sample === caption.sample));
  return readers.map(({ sample, captionIndex }) => {
    const hashes = all.filter((other) => other.sample === sample).map(({ hash }) => hash);
    return { sample, captionIndex, hashes: hashes.with(captionIndex, captionHash(before)) };
  });
}

function captionsFromRows(rows: readonly Readonly<Record<string, Cell>>[]): OwnCaption[] {
  const counts = new Map<string, number>();
  const placed = rows.map((row) => {
    const key = `${String(row["sample"])}\n${String(row["captionOrigin"])}`;
    const position = counts.get(key) ?? 0;
    counts.set(key, position + 1);
    return { row, key, position };
  });
  return placed.map(({ row, key, position }) => ({
    sample: String(row["sample"]),
    captionIndex: Number(row["captionIndex"]),
    text: String(row["caption"]),
    hash: String(row["captionHash"]),
    author: String(row["author"]),
    origin: JSON.parse(String(row["captionOrigin"])) as CaptionOrigin,
    position,
    count: counts.get(key) ?? 1,
  }));
}

function originKey({ file, line, row, field }: CaptionOrigin): string {
  return JSON.stringify([file, line, row, field]);
}
