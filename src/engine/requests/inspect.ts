import type { GroupKind } from "../../core/group.ts";
import type { Locator } from "../../core/sample.ts";
import type { ListedProblem } from "../../protocol/engineApi.ts";
import type { GalleryRow } from "../../protocol/gallery.ts";
import type { CaptionTokens, InspectedCaption, Inspection, InspectRequest } from "../../protocol/inspection.ts";
import type { Env } from "../env.ts";
import { locatorFromStored } from "../store/analysis.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { readParquetBytes } from "../store/parquetFile.ts";
import type { Cell } from "../store/tables.ts";
import { findWriteProblem } from "../write/captions.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import type { OwnCaption } from "./editCaption.ts";
import { placeAmong, readOwnCaptions } from "./editCaption.ts";
import { readGalleryRows } from "./galleryRows.ts";
import { readHistory } from "./history.ts";
import { itemsOfSample } from "./shape.ts";
import { askSideThread } from "./sideThread.ts";
import { readStandings, signalsOf } from "./standings.ts";

/** All that is known of one sample, without running a model. Rejects where the analysis has no such sample. */
export async function inspect(
  env: Env,
  dataset: AnalysedDataset,
  { root, sample }: InspectRequest,
  { signal }: { readonly signal: AbortSignal },
): Promise<Inspection> {
  const [stored] = await dataset.tables.query("SELECT * FROM samples WHERE sample = $1", [sample]);
  if (stored === undefined) throw new Error(`${sample} is not in the analysis of ${root}: run it again`);
  const locator = locatorFromStored(String(stored["locator"]));
  const row = await readRow(dataset, Number(stored["sampleRow"]));
  signal.throwIfAborted();
  const captions = await readOwnCaptions(dataset, sample);
  const [inspected, problems, groups, history, sizeBytes] = await Promise.all([
    inspectCaptions(env, dataset, row, captions),
    readProblems(dataset, sample),
    readGroups(dataset, row.sampleRow),
    readSampleHistory(env, dataset, { root, sample, locator, captions }),
    readSize(env, locator, stored),
  ]);
  return {
    row,
    path: locator.kind === "file" ? locator.path : null,
    format: textOrNull(stored["pictureFormat"]),
    sizeBytes,
    contentHash: textOrNull(stored["contentHash"]),
    orientation: numberOrNull(stored["orientation"]),
    frames: numberOrNull(stored["frames"]),
    captions: inspected,
    problems,
    groups,
    history,
  };
}

async function readRow(dataset: AnalysedDataset, sampleRow: number): Promise<GalleryRow> {
  const items = itemsOfSample(await dataset.shape(), sampleRow);
  const fields = [...signalsOf(dataset), ...["suspectedMismatch"].filter((name) => Object.hasOwn(dataset.fields, name))];
  const [row] = await readGalleryRows(dataset, { rows: [{ sampleRow, items }], fields });
  return row!;
}

async function inspectCaptions(
  env: Env,
  dataset: AnalysedDataset,
  { captions: shown }: GalleryRow,
  captions: readonly OwnCaption[],
): Promise<InspectedCaption[]> {
  const standings = await readStandings(
    dataset,
    shown.map(({ signals }) => signals),
  );
  const tokens = await readTokens(
    env,
    dataset,
    shown.map(({ text }) => text),
  );
  const problems = new Map<string, Promise<string | undefined>>();
  const findProblem = async (caption: OwnCaption): Promise<string | null> => {
    const place = placeAmong(captions, caption, dataset.summary.format);
    if (place.kind === "fixed") return place.why;
    if (dataset.state.readOnly !== undefined) return dataset.state.readOnly;
    const { file } = caption.origin;
    const problem = problems.get(file) ?? findWriteProblem(file);
    problems.set(file, problem);
    return (await problem) ?? null;
  };
  return await Promise.all(
    captions.map(async (caption, at) => ({
      captionIndex: caption.captionIndex,
      author: caption.author,
      file: caption.origin.file,
      line: caption.origin.line ?? null,
      row: caption.origin.row ?? null,
      editable: await findProblem(caption),
      tokens: tokens?.[at] ?? null,
      standings: standings[at] ?? [],
    })),
  );
}

/** Null where the encoder of the analysis is not to be had any more. */
async function readTokens(env: Env, { summary }: AnalysedDataset, texts: readonly string[]): Promise<readonly CaptionTokens[] | null> {
  if (texts.length === 0) return null;
  const { folder, id } = summary.encoder;
  return await askSideThread<"tokens">(env, { kind: "tokens", folder, encoder: id, texts }).catch((error: unknown) => {
    env.log("inspect.tokens", String(error));
    return null;
  });
}

async function readProblems({ tables }: AnalysedDataset, sample: string): Promise<ListedProblem[]> {
  const rows = await tables.query("SELECT code, severity, sample, file, message, hint FROM problems WHERE sample = $1", [sample]);
  return rows as unknown as ListedProblem[];
}

async function readGroups({ tables }: AnalysedDataset, sampleRow: number): Promise<Inspection["groups"]> {
  const rows = await tables.query(
    `SELECT id, any_value(kind) AS kind, any_value(name) AS name, count(*) AS members FROM members
     WHERE id IN (SELECT id FROM members WHERE sampleRow = $1) GROUP BY id ORDER BY id`,
    [sampleRow],
  );
  return rows.map(({ id, kind, name, members }) => ({
    id: String(id),
    kind: kind as GroupKind,
    name: String(name),
    members: Number(members),
  }));
}

interface OfSample {
  readonly root: string;
  readonly sample: string;
  readonly locator: Locator;
  readonly captions: readonly OwnCaption[];
}

async function readSampleHistory(env: Env, dataset: AnalysedDataset, asked: OfSample): Promise<Inspection["history"]> {
  const { root, sample, locator, captions } = asked;
  const captionFiles = captions.map(({ origin }) => origin.file);
  const files = new Set([...captionFiles, ...(locator.kind === "file" ? [locator.path] : [])]);
  const { operations, state } = dataset;
  return await readHistory(env, await locateDataset(env, root), { sample, files, operations, state });
}

/** Bytes of the picture alone: what is noted of a member of an archive, or of a row of a table, is the size of the whole. */
async function readSize(env: Env, locator: Locator, stored: Readonly<Record<string, Cell>>): Promise<number> {
  switch (locator.kind) {
    case "file":
      return Number(stored["sizeBytes"]);
    case "member":
      return locator.size;
    case "row": {
      const { table: path, column, row } = locator;
      const found = await readParquetBytes(env, { path, column }, [row], 0).catch(() => undefined);
      return found?.get(row)?.sizeBytes ?? 0;
    }
  }
}

function textOrNull(cell: Cell | undefined): string | null {
  return cell === null || cell === undefined ? null : String(cell);
}

function numberOrNull(cell: Cell | undefined): number | null {
  return typeof cell === "number" ? cell : null;
}
