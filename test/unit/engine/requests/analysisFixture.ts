import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { EncoderId } from "../../../../src/core/encoder.ts";
import type { Group } from "../../../../src/core/group.ts";
import { groupKinds } from "../../../../src/core/group.ts";
import type { Problem } from "../../../../src/core/problem.ts";
import { createRandom } from "../../../../src/core/random.ts";
import type { Caption, Sample, SampleId, Split } from "../../../../src/core/sample.ts";
import { captionIdFromIndex } from "../../../../src/core/sample.ts";
import type { Env } from "../../../../src/engine/env.ts";
import type { AnalysisSummary } from "../../../../src/engine/store/analysis.ts";
import { saveAnalysis } from "../../../../src/engine/store/analysis.ts";
import type { Generation } from "../../../../src/engine/store/generations.ts";
import { createGeneration, switchGeneration } from "../../../../src/engine/store/generations.ts";
import type { Column } from "../../../../src/engine/store/tables.ts";

/** What a made-up analysis is to hold. Equal options give equal tables. */
export interface MadeOptions {
  /** Number of pictures. */
  readonly samples: number;
  /** Captions of each picture, 1 where not said. */
  readonly captionsPerSample?: number;
  readonly seed?: number;
  /** Whether every hundredth picture (from the 40th on) lacks captions, and others are broken or have problems; true where not said. */
  readonly problems?: boolean;
  /** Whether there are groups of every kind; true where not said. */
  readonly groups?: boolean;
  /** Whether the caption files are written below the root (one a picture, a line a caption). */
  readonly files?: boolean;
  /** Share of pictures in the evaluation split; none where not said. */
  readonly validation?: number;
  /** Scores instead of drawn ones, one a pair; NaN is unknown. */
  readonly clipScore?: ArrayLike<number>;
}

/** A made-up analysis as it was saved. `clipScore` has one value a pair. */
export interface MadeAnalysis {
  readonly generation: Generation;
  readonly samples: readonly Sample[];
  readonly groups: readonly Group[];
  readonly problems: readonly Problem[];
  readonly clipScore: Float32Array;
}

const folders = ["garden", "garden/roses", "market", "night"];
const formats = ["jpeg", "png", "webp"];
const words = "dog cat rose tree house star ring arrow lamp boat hill bird".split(" ");

/** Makes an analysis up, saves it as a generation of the dataset at `root` and makes it the current one. The root's folder is made where it is missing. */
export async function saveMadeAnalysis(env: Env, root: string, options: MadeOptions): Promise<MadeAnalysis> {
  const random = createRandom(options.seed ?? 1);
  const samples = makeSamples(root, options, random);
  const pairCount = samples.reduce((count, { captions }) => count + captions.length, 0);
  const clipScore = Float32Array.from(options.clipScore ?? Array.from({ length: pairCount }, () => 0.1 + 0.3 * random()));
  if (clipScore.length !== pairCount) throw new RangeError(`Expected ${pairCount} scores but received ${clipScore.length}`);
  const groups = options.groups === false ? [] : makeGroups(samples);
  const problems = options.problems === false ? [] : makeProblems(samples);
  const generation = await createGeneration(env, root);
  await mkdir(root, { recursive: true });
  if (options.files === true) await writeCaptionFiles(samples);
  await saveAnalysis(generation, {
    summary: summaryOf(root, samples, { captions: pairCount, groups }),
    samples,
    sampleColumns: sampleColumns(samples, groups, options),
    pairColumns: pairColumns(clipScore),
    groups,
    problems,
  });
  await switchGeneration(env, root, generation);
  return { generation, samples, groups, problems, clipScore };
}

function summaryOf(
  root: string,
  samples: readonly Sample[],
  { captions, groups }: { captions: number; groups: readonly Group[] },
): AnalysisSummary {
  return {
    root,
    format: "sidecar",
    formatReason: "Pictures with caption files beside them",
    samples: samples.length,
    captions,
    encoder: { id: "made@0/0/8/fp32" as EncoderId, name: "made", folder: root, provider: "cpu", builtin: false },
    groups: Object.fromEntries(groupKinds.map((kind) => [kind, groups.filter((group) => group.kind === kind).length])),
    marginCosine: 0.01,
    digest: "made",
    finishedAt: "2026-11-24T12:00:00.000Z",
  };
}

function makeSamples(
  root: string,
  { samples, captionsPerSample = 1, problems = true, validation = 0 }: MadeOptions,
  random: () => number,
): Sample[] {
  const width = String(samples).length;
  return Array.from({ length: samples }, (_, row) => {
    const folder = folders[row % folders.length]!;
    const id = `${folder}/${String(row).padStart(width, "0")}.jpg` as SampleId;
    const isBare = problems && row % 100 === 40;
    const split: Split | undefined = row < samples * validation ? "validation" : undefined;
    return {
      id,
      locator: { kind: "file", path: join(root, id) },
      folder,
      captions: Array.from({ length: isBare ? 0 : captionsPerSample }, (_, index) => makeCaption(root, id, { index, row, random })),
      ...(split === undefined ? {} : { split }),
      sizeBytes: 1000 + row,
      mtimeMs: 0,
      inode: row,
    };
  });
}

function makeCaption(root: string, id: SampleId, { index, row, random }: { index: number; row: number; random: () => number }): Caption {
  const pick = (): string => words[Math.floor(random() * words.length)]!;
  return {
    id: captionIdFromIndex(id, index),
    text: `A ${pick()} beside a ${pick()} in picture ${row}, caption ${index}`,
    author: index % 2 === 0 ? "import" : "human",
    origin: { file: join(root, id.replace(/\.jpg$/, ".txt")), line: index },
  };
}

/** Groups of every kind; those of pairs take the first caption. Row r belongs to the groups that begin at the last multiple of 200. */
function makeGroups(samples: readonly Sample[]): Group[] {
  const groups: Group[] = [];
  const counts = new Map<Group["kind"], number>();
  const add = (group: Omit<Group, "id" | "name">, name: string): void => {
    const number = (counts.get(group.kind) ?? 0) + 1;
    counts.set(group.kind, number);
    groups.push({ ...group, id: `${group.kind}-${String(number).padStart(4, "0")}`, name });
  };
  const blocks = Math.min(Math.ceil(samples.length / 200), 500);
  for (let block = 0; block < blocks; block += 1) {
    const at = block * 200;
    const rows = (...offsets: number[]): { row: number }[] =>
      offsets.map((offset) => ({ row: at + offset })).filter(({ row }) => row < samples.length);
    const pairs = (...offsets: number[]): { row: number; captionIndex: number }[] =>
      rows(...offsets)
        .filter(({ row }) => samples[row]!.captions.length > 0)
        .map(({ row }) => ({ row, captionIndex: 0 }));
    const kinds: [Group["kind"], Group["members"], Omit<Group, "id" | "name" | "kind" | "members">][] = [
      ["duplicate", rows(1, 2), {}],
      ["pixelDuplicate", rows(3, 4), {}],
      ["nearDuplicate", rows(5, 6, 7), { scores: squareOf(3, 0.95), ...(block % 2 === 1 ? { review: "the members differ in size" } : {}) }],
      ["sameCaption", pairs(8, 9), {}],
      ["sameImage", rows(10, 11), {}],
      ["confusable", pairs(12, 13, 14), { scores: squareOf(3, 0.3) }],
      ["falseNegative", pairs(15, 16), { scores: squareOf(2, 0.3) }],
    ];
    for (const [kind, members, rest] of kinds) if (members.length > 1) add({ kind, members, ...rest }, `${kind} ${block}`);
  }
  for (let concept = 0; concept < Math.min(12, samples.length); concept += 1) {
    const members = samples.flatMap((_, row) => (row % 12 === concept ? [{ row }] : []));
    add({ kind: "concept", members }, words[concept]!);
  }
  return groups;
}

function squareOf(size: number, value: number): number[][] {
  return Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => (row === column ? 2 * value : value)));
}

function makeProblems(samples: readonly Sample[]): Problem[] {
  const found = samples.flatMap(({ id, captions }, row): Problem[] => {
    if (captions.length === 0)
      return [
        { code: "missingCaption", severity: "warning", sample: id, file: id, message: `${id} has no caption`, hint: "Write the caption" },
      ];
    return row % 100 === 60
      ? [{ code: "brokenImage", severity: "error", sample: id, file: id, message: `${id} can't be decoded`, hint: "Replace it" }]
      : [];
  });
  return [
    ...found,
    { code: "orphanCaption", severity: "note", file: "night/lonely.txt", message: "night/lonely.txt has no picture", hint: "Remove it" },
  ];
}

function sampleColumns(samples: readonly Sample[], groups: readonly Group[], { problems = true }: MadeOptions): Column[] {
  const isBroken = (row: number): boolean => problems && row % 100 === 60;
  const known = (type: Column["type"], name: string, value: (row: number) => string | number): Column => ({
    name,
    type,
    values: samples.map((_, row) => (isBroken(row) ? undefined : value(row))),
  });
  const duplicateGroup: (string | undefined)[] = samples.map(() => undefined);
  const concept: (string | undefined)[] = samples.map(() => undefined);
  for (const { id, kind, members } of groups)
    for (const { row } of members) {
      if (kind === "concept") concept[row] = id;
      else if (kind === "duplicate" || kind === "nearDuplicate") duplicateGroup[row] ??= id;
    }
  return [
    known("text", "contentHash", (row) => row.toString(16).padStart(64, "0")),
    known("integer", "width", (row) => 200 + (row % 7) * 100),
    known("integer", "height", (row) => 150 + (row % 5) * 100),
    known("double", "pixels", (row) => (200 + (row % 7) * 100) * (150 + (row % 5) * 100)),
    known("text", "pictureFormat", (row) => formats[row % formats.length]!),
    known("integer", "orientation", () => 1),
    known("integer", "frames", () => 1),
    { name: "concept", type: "text", values: concept },
    { name: "duplicateGroup", type: "text", values: duplicateGroup },
  ];
}

function pairColumns(clipScore: Float32Array): Column[] {
  const order = Int32Array.from(clipScore.keys())
    .filter((pair) => !Number.isNaN(clipScore[pair]))
    .sort((a, b) => clipScore[a]! - clipScore[b]!);
  const percentile = new Float32Array(clipScore.length).fill(NaN);
  order.forEach((pair, position) => (percentile[pair] = order.length < 2 ? 100 : (100 * position) / (order.length - 1)));
  const rank = percentile.map((value) => Math.round(1 + (100 - value) / 5));
  const isKnown = (pair: number): boolean => !Number.isNaN(clipScore[pair]);
  const flags = (test: (pair: number) => boolean): (boolean | undefined)[] =>
    Array.from(clipScore, (_, pair) => (isKnown(pair) ? test(pair) : undefined));
  return [
    { name: "clipScore", type: "float", values: clipScore },
    { name: "clipScorePercentile", type: "float", values: percentile },
    { name: "captionRank", type: "integer", values: rank },
    { name: "imageRank", type: "integer", values: rank },
    { name: "matchProbability", type: "float", values: percentile.map((value) => value / 100) },
    { name: "captionTokens", type: "integer", values: Int32Array.from(clipScore, (_, pair) => 8 + (pair % 90)) },
    { name: "truncated", type: "boolean", values: flags((pair) => 8 + (pair % 90) > 77) },
    { name: "suspectedMismatch", type: "boolean", values: flags((pair) => rank[pair]! > 19) },
  ];
}

async function writeCaptionFiles(samples: readonly Sample[]): Promise<void> {
  for (const { captions } of samples) {
    const [first] = captions;
    if (first === undefined) continue;
    await mkdir(dirname(first.origin.file), { recursive: true });
    await writeFile(first.origin.file, `${captions.map(({ text }) => text).join("\n")}\n`);
  }
}
