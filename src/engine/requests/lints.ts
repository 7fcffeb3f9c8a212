import { datasetLints, type DatasetLint } from "../../core/captions/lints/pairLint.ts";
import { lints } from "../../core/captions/lints/lints.ts";
import { findNearSame, usualOverlap } from "../../core/captions/nearSame.ts";
import { tokenLimits, trainerLimits } from "../../core/captions/tokenLimits.ts";
import type { Severity } from "../../core/problem.ts";
import type { LintCount, LintReport, LintRequest } from "../../protocol/lints.ts";
import type { Env } from "../env.ts";
import { inTurns } from "../store/inTurns.ts";
import { openAnalysed, type AnalysedDataset } from "./analysedDataset.ts";
import { collectPairs } from "../run/texts.ts";

const usualExamples = 5;

/** What the lints found in the captions of an analysed dataset, those that found nothing too. Throws a `RangeError` for a limit or an overlap that isn't known. */
export async function readLints(env: Env, dataset: AnalysedDataset, request: LintRequest, signal: AbortSignal): Promise<LintReport> {
  const examples = request.examples ?? usualExamples;
  const ofCaptions: LintCount[] = [];
  for (const { id, title, about } of lints) ofCaptions.push(await countPairs(dataset, { id, title, about, severity: "warning" }, examples));
  const ofDataset: LintCount[] = [];
  for (const lint of datasetLints) ofDataset.push(await countOf(env, dataset, { lint, request, examples, signal }));
  const overTokens: LintCount[] = [];
  for (const tokens of request.tokens === undefined ? trainerLimits : [request.tokens])
    overTokens.push(await countTooLong(dataset, tokens, { examples, isAsked: request.tokens !== undefined }));
  const [weak] = await dataset.tables.query("SELECT count(*) AS weak FROM pairs WHERE captionLints > 0");
  return {
    captions: dataset.summary.captions,
    weak: Number(weak?.["weak"] ?? 0),
    overlap: request.overlap ?? usualOverlap,
    lints: [...ofCaptions, ...overTokens, ...ofDataset],
  };
}

/** The same of the dataset at a root, opened for this one question. Throws `NotAnalysedError`. */
export async function lint(env: Env, request: LintRequest, signal: AbortSignal): Promise<LintReport> {
  const dataset = await openAnalysed(env, request.root);
  try {
    return await readLints(env, dataset, request, signal);
  } finally {
    dataset.close();
  }
}

interface Asked {
  readonly lint: DatasetLint;
  readonly request: LintRequest;
  readonly examples: number;
  readonly signal: AbortSignal;
}

async function countOf(env: Env, dataset: AnalysedDataset, { lint, request, examples, signal }: Asked): Promise<LintCount> {
  const { from } = lint;
  switch (from.kind) {
    case "pairs":
      if (request.overlap === undefined) return await countPairs(dataset, lint, examples);
      return await countNearSame(env, dataset, { lint, overlap: request.overlap, examples, signal });
    case "group":
      return await countGroups(dataset, lint, { group: from.group, examples });
    case "problems":
      return await countProblems(dataset, lint, { codes: from.codes, examples });
  }
}

type Described = Pick<LintCount, "title" | "about" | "severity"> & { readonly id: string };

async function countPairs({ tables }: AnalysedDataset, { id, title, about, severity }: Described, examples: number): Promise<LintCount> {
  const [counted] = await tables.query("SELECT count(DISTINCT pair) AS found, min(severity) AS severity FROM lints WHERE lint = $1", [id]);
  const rows = await tables.query(
    `SELECT p.sample, p.captionIndex, p.caption, l.message FROM lints l JOIN pairs p USING (pair) WHERE l.lint = $1 ORDER BY l.pair LIMIT ${examples}`,
    [id],
  );
  return {
    lint: id,
    title,
    about,
    severity: (counted?.["severity"] ?? severity) as Severity,
    count: Number(counted?.["found"] ?? 0),
    where: `lint = ${id}`,
    examples: rows.map((row) => exampleOf(row, String(row["message"]))),
  };
}

async function countGroups(
  { tables }: AnalysedDataset,
  { id, title, about, severity }: Described,
  { group, examples }: { readonly group: string; readonly examples: number },
): Promise<LintCount> {
  const members = "FROM members m JOIN pairs p ON p.sampleRow = m.sampleRow AND p.captionIndex = m.captionIndex WHERE m.kind = $1";
  const [counted] = await tables.query(`SELECT count(DISTINCT p.pair) AS found ${members}`, [group]);
  const rows = await tables.query(
    `SELECT p.sample, p.captionIndex, p.caption, m.id ${members} ORDER BY m.id, m.position LIMIT ${examples}`,
    [group],
  );
  const found = rows.map((row) => exampleOf(row, `The caption stands under other pictures too (group ${String(row["id"])})`));
  return { lint: id, title, about, severity, count: Number(counted?.["found"] ?? 0), where: `group = ${group}`, examples: found };
}

async function countProblems(
  { tables }: AnalysedDataset,
  { id, title, about, severity }: Described,
  { codes, examples }: { readonly codes: readonly string[]; readonly examples: number },
): Promise<LintCount> {
  const fitting = `FROM problems WHERE code IN (${codes.map((_, at) => `$${at + 1}`).join(", ")})`;
  const [counted] = await tables.query(`SELECT count(*) AS found ${fitting}`, codes);
  const rows = await tables.query(`SELECT sample, message ${fitting} LIMIT ${examples}`, codes);
  const found = rows.map(({ sample, message }) => ({
    sample: typeof sample === "string" ? sample : null,
    captionIndex: null,
    text: "",
    message: String(message),
  }));
  return { lint: id, title, about, severity, count: Number(counted?.["found"] ?? 0), where: null, examples: found };
}

/** A limit that was asked for is an objection, one of those that nobody asked for a note. */
async function countTooLong(
  { tables, summary }: AnalysedDataset,
  tokens: number,
  { examples, isAsked }: { readonly examples: number; readonly isAsked: boolean },
): Promise<LintCount> {
  const limit = tokenLimits.get(tokens);
  if (limit === undefined) throw new RangeError(`Expected one of ${[...tokenLimits.keys()].join(", ")} tokens but received ${tokens}`);
  const [counted] = await tables.query(`SELECT count(*) AS found FROM pairs WHERE captionTokens > ${limit}`);
  const rows = await tables.query(
    `SELECT sample, captionIndex, caption, captionTokens FROM pairs WHERE captionTokens > ${limit} ORDER BY captionTokens DESC, pair LIMIT ${examples}`,
  );
  return {
    lint: `tokensOver${tokens}`,
    title: `More than ${tokens} tokens`,
    about: `The caption has more tokens than such a reader takes, counted by ${summary.encoder.name}`,
    severity: isAsked ? "warning" : "note",
    count: Number(counted?.["found"] ?? 0),
    where: `captionTokens > ${limit}`,
    examples: rows.map((row) => exampleOf(row, `${String(row["captionTokens"])} tokens, special ones counted`)),
  };
}

/** Captions that are nearly the same by another threshold than the run's; duplicates are known by their groups. */
async function countNearSame(
  env: Env,
  dataset: AnalysedDataset,
  { lint, overlap, examples, signal }: { lint: Described; overlap: number; examples: number; signal: AbortSignal },
): Promise<LintCount> {
  const samples = await dataset.samples();
  const { pairs, texts } = collectPairs(samples);
  const duplicateOf = Int32Array.from(samples.keys());
  const copies = new Map<string, number>();
  const rows = await dataset.tables.query("SELECT sampleRow, duplicateGroup FROM samples WHERE duplicateGroup IS NOT NULL");
  for (const { sampleRow, duplicateGroup } of rows) {
    const first = copies.get(String(duplicateGroup)) ?? Number(sampleRow);
    copies.set(String(duplicateGroup), first);
    duplicateOf[Number(sampleRow)] = first;
  }
  const near = await inTurns(env, findNearSame({ texts, pairs, duplicateOf }, overlap), signal);
  const found = Array.from(pairs.text.keys()).filter((pair) => pairs.text[pair]! >= 0 && near.partner[pairs.text[pair]!]! >= 0);
  return {
    lint: lint.id,
    title: lint.title,
    about: lint.about,
    severity: lint.severity,
    count: found.length,
    where: null,
    examples: found.slice(0, examples).map((pair) => {
      const text = pairs.text[pair]!;
      const share = Math.round(100 * near.overlap[text]!);
      const message = `${share} % of the content words are those of "${texts[near.partner[text]!]!}"`;
      return { sample: samples[pairs.image[pair]!]!.id, captionIndex: pairs.captionIndex[pair]!, text: texts[text]!, message };
    }),
  };
}

function exampleOf(row: Readonly<Record<string, unknown>>, message: string): LintCount["examples"][number] {
  return { sample: String(row["sample"]), captionIndex: Number(row["captionIndex"]), text: String(row["caption"]), message };
}
