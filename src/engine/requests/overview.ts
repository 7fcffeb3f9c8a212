import { basename, resolve } from "node:path";
import type { EncoderId } from "../../core/encoder.ts";
import type { ProblemCode, Severity } from "../../core/problem.ts";
import type { Analysed, Overview } from "../../protocol/overview.ts";
import type { OfDataset } from "../../protocol/storeApi.ts";
import type { Env } from "../env.ts";
import { readCertificate } from "../store/certificates.ts";
import { readDataset } from "../store/dataset.ts";
import { locateDataset } from "../store/dotWinnow.ts";
import { datasetCacheFolder } from "../store/statIndex.ts";
import type { AnalysedDataset } from "./analysedDataset.ts";
import { NotAnalysedError } from "./analysedDataset.ts";
import { readBuckets } from "./bucketCounts.ts";
import type { CurrentState } from "./currentState.ts";
import { readStamp } from "./currentState.ts";
import { findUndoable, listedOperation } from "./operations.ts";
import { readOverviewFields } from "./overviewFields.ts";
import type { Sessions } from "./sessions.ts";
import { readTuneRuns } from "./tuneRuns.ts";

/** Operations that are told at most. */
const mostOperations = 50;

/** What is known of a dataset at a glance, also of one that was never analysed. */
export async function readOverview(env: Env, sessions: Sessions, { root }: OfDataset): Promise<Overview> {
  const { folder } = await locateDataset(env, root);
  const { runs, watched } = await readTuneRuns(env, folder);
  const { analysed, ...overview } = await readOwnOverview(env, sessions, root);
  return {
    ...overview,
    analysed: analysed === null ? null : await withParity(env, analysed),
    tuneRuns: runs,
    watched: [folder, datasetCacheFolder(env, resolve(root)), ...watched],
  };
}

/** Looked up each time, for a certificate may be made long after the analysis; told anew only where it changed. */
async function withParity(env: Env, analysed: Analysed): Promise<Analysed> {
  const parity = (await readCertificate(env, analysed.encoder.id as EncoderId))?.grade ?? null;
  const known = graded.get(analysed);
  if (known?.encoder.parity === parity) return known;
  const told = { ...analysed, encoder: { ...analysed.encoder, parity } };
  graded.set(analysed, told);
  return told;
}

const graded = new WeakMap<Analysed, Analysed>();

async function readOwnOverview(env: Env, sessions: Sessions, root: string): Promise<Overview> {
  try {
    return await sessions.use(root, describeDataset);
  } catch (error) {
    if (!(error instanceof NotAnalysedError)) throw error;
    const stamp = await readStamp(env, root);
    const { state, ledger } = await readDataset(env, root);
    return overviewOf(resolve(root), { state, operations: ledger.operations, stamp }, null);
  }
}

/** What is known of an analysed dataset at a glance. Told anew only where something changed. */
export async function describeDataset(dataset: AnalysedDataset): Promise<Overview> {
  const known = described.get(dataset) ?? describeAnalysis(dataset).then((analysed) => overviewOf(dataset.root, dataset, analysed));
  described.set(dataset, known);
  known.catch(() => described.delete(dataset));
  return await known;
}

const described = new WeakMap<AnalysedDataset, Promise<Overview>>();

function overviewOf(root: string, { state, operations, stamp }: CurrentState, analysed: Analysed | null): Overview {
  const undoable = findUndoable(operations);
  return {
    root,
    name: basename(root),
    analysed,
    recipe: state.recipe,
    operations: operations.slice(-mostOperations).reverse().map(listedOperation),
    undoable: undoable === undefined ? null : listedOperation(undoable),
    readOnly: state.readOnly ?? null,
    state: stamp,
  };
}

async function describeAnalysis(dataset: AnalysedDataset): Promise<Analysed> {
  const { summary, generation } = dataset;
  const [buckets, fields, kept, frozen, problems] = await Promise.all([
    readBuckets(dataset),
    readOverviewFields(dataset),
    countKept(dataset),
    countFrozen(dataset),
    countProblems(dataset),
  ]);
  const { samples, captions, format, formatReason, finishedAt } = summary;
  const { id, name, provider, builtin } = summary.encoder;
  const encoder = { id, name, provider, builtin };
  return { generation, samples, captions, format, formatReason, encoder, finishedAt, buckets, fields, kept, frozen, problems };
}

/** Pairs that are neither dropped nor in review, and samples with one of them (without captions: that are neither themselves). */
async function countKept({ tables, summary }: AnalysedDataset): Promise<{ samples: number; captions: number }> {
  const [row] = await tables.query(`
    WITH unkept AS (SELECT sampleRow, count(captionIndex) AS captions, count(*) AS items FROM verdicts WHERE verdict <> 'keep' GROUP BY sampleRow)
    SELECT sum(u.captions) AS captions, count(*) FILTER (WHERE u.items >= s.captionCount) AS samples
    FROM unkept u JOIN samples s ON s.sampleRow = u.sampleRow`);
  return { samples: summary.samples - Number(row?.["samples"] ?? 0), captions: summary.captions - Number(row?.["captions"] ?? 0) };
}

async function countFrozen({ tables }: AnalysedDataset): Promise<number> {
  const [row] = await tables.query(`SELECT count(*) AS frozen FROM samples s LEFT JOIN decidedSplits d ON d.sampleRow = s.sampleRow
    WHERE coalesce(s.split, d.split) IN ('validation', 'test')`);
  return Number(row?.["frozen"] ?? 0);
}

async function countProblems({ tables }: AnalysedDataset): Promise<Analysed["problems"]> {
  const rows = await tables.query("SELECT code, severity, count(*) AS count FROM problems GROUP BY ALL ORDER BY count DESC, code");
  return rows.map(({ code, severity, count }) => ({ code: code as ProblemCode, severity: severity as Severity, count: Number(count) }));
}
