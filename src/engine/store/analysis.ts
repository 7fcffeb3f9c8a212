import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { PairLint } from "../../core/captions/lints/pairLint.ts";
import type { EncoderId } from "../../core/encoder.ts";
import type { Group } from "../../core/group.ts";
import type { Problem } from "../../core/problem.ts";
import type { Caption, CaptionId, CaptionOrigin, Locator, Sample, SampleId, Split } from "../../core/sample.ts";
import { signals } from "../../core/signals/signals.ts";
import { captionHash } from "./dotWinnow.ts";
import { writeAtomically } from "./files.ts";
import type { Generation } from "./generations.ts";
import type { Cell, Column, Tables } from "./tables.ts";
import { openTables, quoteName, writeTable } from "./tables.ts";

/** What a run found out about a dataset, as it is saved. `sampleColumns` and `pairColumns` are the signals, one entry a sample or pair. */
export interface Analysis {
  readonly summary: AnalysisSummary;
  readonly samples: readonly Sample[];
  readonly sampleColumns: readonly Column[];
  readonly pairColumns: readonly Column[];
  readonly groups: readonly Group[];
  readonly problems: readonly Problem[];
  /** What was found in captions; none where nobody looked. */
  readonly lints?: readonly PairLint[];
}

/** What is told of a run at a glance. `digest` stands for everything that the tables depend on: equal digest, equal tables. */
export interface AnalysisSummary {
  readonly root: string;
  readonly format: string;
  readonly formatReason: string;
  readonly samples: number;
  readonly captions: number;
  readonly encoder: {
    readonly id: EncoderId;
    readonly name: string;
    readonly folder: string;
    readonly provider: string;
    readonly builtin: boolean;
  };
  /** The second encoder that looked for near-duplicates; absent where there was none. */
  readonly companion?: { readonly id: EncoderId; readonly name: string; readonly folder: string };
  readonly groups: Readonly<Record<string, number>>;
  /** The margin of confusable groups as a cosine; null where there was too little to measure it by. */
  readonly marginCosine: number | null;
  readonly digest: string;
  readonly finishedAt: string;
}

/** Tables of a generation, opened: views `pairs`, `samples`, `members`, `problems` and `lints`. */
export interface OpenAnalysis {
  readonly summary: AnalysisSummary;
  readonly tables: Tables;
  groups(): Promise<Group[]>;
  /** The samples with their captions, as they were discovered. */
  samples(): Promise<Sample[]>;
  /** The values of all signals by their ids, one a pair or a sample; NaN is unknown. */
  signals(): Promise<Record<string, Float32Array>>;
  close(): void;
}

/** Writes all tables of a generation. The generation becomes current only afterwards, by `switchGeneration`. */
export async function saveAnalysis(generation: Generation, analysis: Analysis): Promise<void> {
  const { samples, groups, problems } = analysis;
  const file = (name: string): string => join(generation.folder, name);
  await writeTable(file("samples.parquet"), [...samplesTable(samples), ...analysis.sampleColumns]);
  await writeTable(file("pairs.parquet"), [...pairsTable(samples), ...analysis.pairColumns]);
  await writeTable(file("members.parquet"), membersTable(groups));
  await writeTable(file("problems.parquet"), problemsTable(problems));
  await writeTable(file("lints.parquet"), lintsTable(analysis.lints ?? []));
  await writeAtomically(file("groups.jsonl"), groups.map((group) => `${JSON.stringify(group)}\n`).join(""));
  await writeAtomically(file("summary.json"), `${JSON.stringify(analysis.summary, undefined, 2)}\n`);
}

/** What is told of a generation at a glance, without opening its tables. */
export async function readSummary(generation: Generation): Promise<AnalysisSummary> {
  return JSON.parse(await readFile(join(generation.folder, "summary.json"), "utf8")) as AnalysisSummary;
}

/** Opens a generation for questions. */
export async function openAnalysis(generation: Generation): Promise<OpenAnalysis> {
  const file = (name: string): string => join(generation.folder, name);
  const summary = await readSummary(generation);
  const names = ["samples", "pairs", "members", "problems", "lints"];
  const tables = await openTables(Object.fromEntries(names.map((name) => [name, file(`${name}.parquet`)])));
  return {
    summary,
    tables,
    groups: () => readGroups(file("groups.jsonl")),
    samples: () => readSamples(tables),
    signals: () => readSignals(tables),
    close: () => tables.close(),
  };
}

/** Characters of groups that are parsed before the event loop turns: some 10 ms of work. */
const charactersATurn = 1 << 20;

async function readGroups(path: string): Promise<Group[]> {
  const groups: Group[] = [];
  let parsed = 0;
  for (const line of (await readFile(path, "utf8")).split("\n")) {
    if (line === "") continue;
    groups.push(JSON.parse(line) as Group);
    parsed += line.length;
    if (parsed < charactersATurn) continue;
    parsed = 0;
    await setImmediate();
  }
  return groups;
}

async function readSamples(tables: Tables): Promise<Sample[]> {
  const samples: (Sample & { readonly captions: Caption[] })[] = [];
  const ofSamples = "SELECT sample, folder, split, locator, sizeBytes, mtimeMs, inode FROM samples ORDER BY sampleRow";
  for await (const rows of tables.stream(ofSamples)) samples.push(...rows.map(sampleFromRow));
  const ofPairs = "SELECT sampleRow, captionId, caption, author, captionOrigin FROM pairs ORDER BY pair";
  for await (const rows of tables.stream(ofPairs))
    for (const row of rows) samples[Number(row["sampleRow"])]!.captions.push(captionFromRow(row));
  return samples;
}

function sampleFromRow(row: Readonly<Record<string, Cell>>): Sample & { readonly captions: Caption[] } {
  return {
    id: row["sample"] as SampleId,
    locator: locatorFromStored(String(row["locator"])),
    folder: String(row["folder"]),
    captions: [],
    ...(row["split"] === null ? {} : { split: row["split"] as Split }),
    sizeBytes: Number(row["sizeBytes"]),
    mtimeMs: Number(row["mtimeMs"]),
    inode: Number(row["inode"]),
  };
}

function captionFromRow(row: Readonly<Record<string, Cell>>): Caption {
  return {
    id: row["captionId"] as CaptionId,
    text: String(row["caption"]),
    author: String(row["author"]),
    origin: JSON.parse(String(row["captionOrigin"])) as CaptionOrigin,
  };
}

async function readSignals(tables: Tables): Promise<Record<string, Float32Array>> {
  return { ...(await readSignalColumns(tables, "pairs", "pair")), ...(await readSignalColumns(tables, "samples", "sampleRow")) };
}

async function readSignalColumns(tables: Tables, table: string, order: string): Promise<Record<string, Float32Array>> {
  const described = await tables.query(`SELECT column_name AS name FROM (DESCRIBE ${table})`);
  const ids = described.map(({ name }) => String(name)).filter((name) => signals.some((signal) => signal.id === name));
  if (ids.length === 0) return {};
  const columns = await tables.floats(`SELECT ${ids.map((id) => `${quoteName(id)}::FLOAT`).join(", ")} FROM ${table} ORDER BY ${order}`);
  return Object.fromEntries(ids.map((id, index) => [id, columns[index]!]));
}

/** A locator from the `samples` table. */
export function locatorFromStored(text: string): Locator {
  const stored = JSON.parse(text) as Locator & { readonly nameBytes?: string };
  return stored.kind === "file" && stored.nameBytes !== undefined ? { ...stored, nameBytes: Buffer.from(stored.nameBytes, "hex") } : stored;
}

function samplesTable(samples: readonly Sample[]): Column[] {
  return [
    { name: "sampleRow", type: "integer", values: Int32Array.from(samples, (_, row) => row) },
    { name: "sample", type: "text", values: samples.map((sample) => sample.id) },
    { name: "folder", type: "text", values: samples.map((sample) => sample.folder) },
    { name: "split", type: "text", values: samples.map((sample) => sample.split) },
    { name: "captionCount", type: "integer", values: samples.map((sample) => sample.captions.length) },
    { name: "sizeBytes", type: "double", values: samples.map((sample) => sample.sizeBytes) },
    { name: "mtimeMs", type: "double", values: samples.map((sample) => sample.mtimeMs) },
    { name: "inode", type: "double", values: samples.map((sample) => sample.inode) },
    { name: "locator", type: "text", values: samples.map((sample) => JSON.stringify(storedLocator(sample))) },
  ];
}

/** A locator as JSON; the exact bytes of a name that is not UTF-8 are kept as hexadecimal digits. */
function storedLocator({ locator }: Sample): object {
  if (locator.kind !== "file" || locator.nameBytes === undefined) return locator;
  return { ...locator, nameBytes: Buffer.from(locator.nameBytes).toString("hex") };
}

function pairsTable(samples: readonly Sample[]): Column[] {
  const pairs = samples.flatMap((sample, sampleRow) =>
    sample.captions.map((caption, captionIndex) => ({ sample, sampleRow, caption, captionIndex })),
  );
  return [
    { name: "pair", type: "integer", values: Int32Array.from(pairs, (_, row) => row) },
    { name: "sampleRow", type: "integer", values: Int32Array.from(pairs, (pair) => pair.sampleRow) },
    { name: "sample", type: "text", values: pairs.map((pair) => pair.sample.id) },
    { name: "captionIndex", type: "integer", values: Int32Array.from(pairs, (pair) => pair.captionIndex) },
    { name: "captionId", type: "text", values: pairs.map((pair) => pair.caption.id) },
    { name: "captionHash", type: "text", values: pairs.map((pair) => captionHash(pair.caption.text)) },
    { name: "caption", type: "text", values: pairs.map((pair) => pair.caption.text) },
    { name: "author", type: "text", values: pairs.map((pair) => pair.caption.author) },
    { name: "captionOrigin", type: "text", values: pairs.map((pair) => JSON.stringify(pair.caption.origin)) },
    { name: "folder", type: "text", values: pairs.map((pair) => pair.sample.folder) },
    { name: "split", type: "text", values: pairs.map((pair) => pair.sample.split) },
  ];
}

function membersTable(groups: readonly Group[]): Column[] {
  const members = groups.flatMap((group) => group.members.map((member, position) => ({ group, member, position })));
  return [
    { name: "id", type: "text", values: members.map(({ group }) => group.id) },
    { name: "kind", type: "text", values: members.map(({ group }) => group.kind) },
    { name: "name", type: "text", values: members.map(({ group }) => group.name) },
    { name: "review", type: "text", values: members.map(({ group }) => group.review) },
    { name: "position", type: "integer", values: members.map(({ position }) => position) },
    { name: "sampleRow", type: "integer", values: members.map(({ member }) => member.row) },
    { name: "captionIndex", type: "integer", values: members.map(({ member }) => member.captionIndex) },
  ];
}

function problemsTable(problems: readonly Problem[]): Column[] {
  return (["code", "severity", "sample", "file", "message", "hint"] as const).map((name) => ({
    name,
    type: "text",
    values: problems.map((problem) => problem[name]),
  }));
}

function lintsTable(lints: readonly PairLint[]): Column[] {
  return [
    { name: "pair", type: "integer", values: Int32Array.from(lints, ({ pair }) => pair) },
    ...(["lint", "severity", "message"] as const).map((name): Column => ({ name, type: "text", values: lints.map((lint) => lint[name]) })),
  ];
}
