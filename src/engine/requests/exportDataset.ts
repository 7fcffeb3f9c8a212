import { readPicture } from "../decode/openLocator.ts";
import type { Env } from "../env.ts";
import { withDataset } from "../store/dataset.ts";
import type { ExportChoice, ExportItem, LeftOut, Originals } from "../write/exportItems.ts";
import { exportItemsOf } from "../write/exportItems.ts";
import type { Exported, ExportRequest } from "../write/export.ts";
import { exportItems } from "../write/export.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { openAnalysed } from "./analysedDataset.ts";
import { readOriginals } from "./originals.ts";

/** Which kept pairs go out, in which format and to where; see `ExportChoice` and `ExportRequest`. */
export interface ExportDatasetRequest {
  readonly root: string;
  readonly choice: Omit<ExportChoice, "originals" | "sizeOf">;
  /** Whether what captions said before they were changed goes out, too. */
  readonly withOriginals?: boolean;
  readonly target: ExportRequest;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Writes what a dataset's selection keeps in another format. Throws `NotAnalysedError`, `ConflictError`. */
export async function exportDataset(env: Env, request: ExportDatasetRequest): Promise<Exported> {
  const dataset = await openAnalysed(env, request.root);
  try {
    const samples = await dataset.samples();
    const pictures = await readPictureFacts(dataset);
    const tools = {
      readPicture: (locator: Parameters<typeof readPicture>[1]) => readPicture(env, locator),
      hashOf: (sample: string) => pictures.get(sample)?.hash,
      signal: request.signal,
      ...(request.onProgress === undefined ? {} : { onProgress: request.onProgress }),
    };
    const originals = request.withOriginals === true ? await findOriginals(env, dataset, request.signal) : undefined;
    const sizeOf = (sample: string): Size | undefined => pictures.get(sample)?.size;
    return await withDataset(env, request.root, async (open, state) => {
      const { items, leftOut } = exportItemsOf(samples, state, { ...request.choice, ...(originals && { originals }), sizeOf });
      const undecoded = items.filter(({ sample }) => sizeOf(sample) === undefined);
      const exported = await exportItems(
        open,
        items.filter(({ sample }) => sizeOf(sample) !== undefined),
        { ...request.target, ...tools },
      );
      return { ...exported, leftOut: [...leftOut, ...undecoded.map(leftUndecoded), ...exported.leftOut] };
    });
  } finally {
    dataset.close();
  }
}

async function findOriginals(env: Env, dataset: AnalysedDataset, signal: AbortSignal): Promise<Originals> {
  const authors = new Map<string, string>();
  const sql = "SELECT p.sample, p.captionIndex, coalesce(e.author, p.author) AS author FROM pairs p LEFT JOIN edits e ON e.item = p.pair";
  for await (const rows of dataset.tables.stream(sql))
    for (const { sample, captionIndex, author } of rows) authors.set(`${Number(captionIndex)} ${String(sample)}`, String(author));
  return {
    bySample: await readOriginals(env, dataset, signal),
    authorOf: (sample, captionIndex) => authors.get(`${captionIndex} ${sample}`),
  };
}

/** A trainer fails on a picture that can't be decoded, so it stays behind and is told. */
export function leftUndecoded({ sample }: ExportItem): LeftOut {
  return { sample, captionIndex: null, why: "its picture can't be decoded" };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Content hash and size of each sample's picture, as far as they are known. */
export async function readPictureFacts(dataset: AnalysedDataset): Promise<Map<string, { hash?: string; size?: Size }>> {
  const rows = await dataset.tables.query("SELECT sample, contentHash, width, height FROM samples");
  return new Map(
    rows.map(({ sample, contentHash, width, height }) => [
      String(sample),
      {
        ...(contentHash === null ? {} : { hash: String(contentHash) }),
        ...(width === null || height === null ? {} : { size: { width: Number(width), height: Number(height) } }),
      },
    ]),
  );
}
