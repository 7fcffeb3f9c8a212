import { relative, sep } from "node:path";
import type { GroupKind } from "../../core/group.ts";
import type { CaptionOrigin } from "../../core/sample.ts";
import type { CaptionFile, FileCaption } from "../../protocol/captionFiles.ts";
import type { ListedProblem } from "../../protocol/engineApi.ts";
import { followLinks } from "../store/paths.ts";
import type { Cell } from "../store/tables.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";

/** What the analysis read in a text file, by its absolute path or where that leads; null where it holds no captions of the dataset as plain text. */
export async function readCaptionFile(dataset: AnalysedDataset, path: string): Promise<CaptionFile | null> {
  const { file, rows } = await findRows(dataset, path);
  const problems = await readProblems(dataset, file, [...new Set(rows.map((row) => String(row["sample"])))]);
  const origins = rows.map(originOf);
  if (origins.some(({ row, field }) => row !== undefined || field !== undefined)) return null;
  if (rows.length === 0 && problems.length === 0) return null;
  const groups = await readGroups(
    dataset,
    rows.map((row) => Number(row["sampleRow"])),
  );
  const captions = rows.map((row, at): FileCaption => ({
    sample: String(row["sample"]),
    captionIndex: Number(row["captionIndex"]),
    text: String(row["caption"]),
    line: origins[at]!.line ?? null,
    score: numberOrNull(row["score"]),
    below: numberOrNull(row["below"]),
    group: groups.get(Number(row["sampleRow"])) ?? null,
  }));
  return { generation: dataset.generation, reading: readingOf(origins, dataset.summary.format), captions, problems };
}

type Row = Readonly<Record<string, Cell>>;

async function findRows(dataset: AnalysedDataset, path: string): Promise<{ file: string; rows: readonly Row[] }> {
  const rows = await readRows(dataset, path);
  if (rows.length > 0) return { file: path, rows };
  const real = await followLinks(path).catch(() => path);
  return real === path ? { file: path, rows } : { file: real, rows: await readRows(dataset, real) };
}

async function readRows({ tables, fields }: AnalysedDataset, file: string): Promise<readonly Row[]> {
  const score = Object.hasOwn(fields, "clipScore") ? "clipScore" : "NULL";
  const below =
    score === "NULL" ? "NULL" : "(SELECT avg((o.clipScore < p.clipScore)::INTEGER) FROM pairs o WHERE o.clipScore IS NOT NULL)::DOUBLE";
  const found = await tables.query(
    `SELECT sample, sampleRow, captionIndex, caption, captionOrigin, ${score}::DOUBLE AS score, ${below} AS below
     FROM pairs p WHERE contains(captionOrigin, $1) ORDER BY pair`,
    [`"file":${JSON.stringify(file)}`],
  );
  return found.filter((row) => originOf(row).file === file);
}

function originOf(row: Row): CaptionOrigin {
  return JSON.parse(String(row["captionOrigin"])) as CaptionOrigin;
}

/** A kohya folder's captions are first lines, unless somebody had further lines read. */
function readingOf(origins: readonly CaptionOrigin[], format: string): CaptionFile["reading"] {
  if (origins.some(({ line }) => line === undefined)) return "whole";
  return format === "kohya" && origins.every(({ line }) => line === 0) ? "first" : "lines";
}

/** What is wrong with the file itself, or with how its samples share it. */
async function readProblems({ root, tables }: AnalysedDataset, file: string, samples: readonly string[]): Promise<ListedProblem[]> {
  const name = relative(root, file).replaceAll(sep, "/");
  const rows = await tables.query(
    `SELECT code, severity, sample, file, message, hint FROM problems
     WHERE (file = $1 AND code IN ('notUtf8', 'orphanCaption')) OR (code = 'ambiguousImage' AND contains($2, '"' || sample || '"'))`,
    [name, JSON.stringify(samples)],
  );
  return rows as unknown as ListedProblem[];
}

/** One group a sample: a confusable one before copies before a concept. */
async function readGroups({ tables }: AnalysedDataset, sampleRows: readonly number[]): Promise<Map<number, FileCaption["group"]>> {
  if (sampleRows.length === 0) return new Map();
  const list = [...new Set(sampleRows)].join(", ");
  const rows = await tables.query(
    `SELECT m.sampleRow, m.id, any_value(m.kind) AS kind, any_value(m.name) AS name, any_value(counts.members) AS members FROM members m
     JOIN (SELECT id, count(*)::INTEGER AS members FROM members GROUP BY id) counts USING (id) WHERE m.sampleRow IN (${list}) GROUP BY m.sampleRow, m.id
     ORDER BY any_value(m.kind) <> 'confusable', any_value(m.kind) = 'concept', m.id`,
  );
  const groups = new Map<number, FileCaption["group"]>();
  for (const { sampleRow, id, kind, name, members } of rows)
    if (!groups.has(Number(sampleRow)))
      groups.set(Number(sampleRow), { id: String(id), kind: kind as GroupKind, name: String(name), members: Number(members) });
  return groups;
}

function numberOrNull(cell: Cell | undefined): number | null {
  return typeof cell === "number" ? cell : null;
}
