import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { emptyRecipe, formatRecipe } from "../../src/core/recipe.ts";
import { readBins, readSortedColumn } from "../../src/engine/requests/columns.ts";
import type { AnalysedDataset } from "../../src/engine/requests/analysedDataset.ts";
import { openView } from "../../src/engine/requests/openView.ts";
import { readOverview } from "../../src/engine/requests/overview.ts";
import { readPage } from "../../src/engine/requests/readPage.ts";
import { readSampleColumn } from "../../src/engine/requests/sampleColumn.ts";
import { createSessions } from "../../src/engine/requests/sessions.ts";
import { setVerdicts } from "../../src/engine/requests/setVerdicts.ts";
import { captionHash } from "../../src/engine/store/dotWinnow.ts";
import { findGeneration } from "../../src/engine/store/generations.ts";
import type { Tables } from "../../src/engine/store/tables.ts";
import { openTables } from "../../src/engine/store/tables.ts";
import type { ViewRequest } from "../../src/protocol/gallery.ts";
import type { MadeAnalysis } from "../unit/engine/requests/analysisFixture.ts";
import { saveMadeAnalysis } from "../unit/engine/requests/analysisFixture.ts";
import { envIn, inFolder } from "./compare.ts";
import { describeMachine, median, peakMb, report } from "./peers.ts";

// node test/bench/store.bench.ts [--quick]: what the panel asks of the store process, over made-up pairs of which 30 % are dropped by a rule: medians in ms,
// and how long the event loop stood still at most (`delayMs`). The peer is the same question in plain SQL to a DuckDB that is open on the Parquet
// files. Throws where the two find different numbers of pairs.
const quick = process.argv.includes("--quick");
const sizes = quick ? [1000] : [1000, 100_000, 1_000_000];
const rounds = quick ? 1 : 5;

/** A question, how many rows it finds (undefined where that isn't compared), and the same in SQL. */
interface Question {
  readonly name: string;
  readonly ask: (dataset: AnalysedDataset, round: number) => Promise<number | undefined>;
  readonly sql?: string;
  readonly goal?: number;
}

// `--make <folder> <count>`: what is measured is made in a process of its own, which leaves no memory behind to be cleared.
const [isMaking, madeFolder = "", madeCount] = process.argv.slice(2);
if (isMaking === "--make") await make(madeFolder, Number(madeCount));
else for (const size of sizes) await inFolder((folder) => benchSize(folder, size));

async function make(folder: string, count: number): Promise<void> {
  const root = join(folder, "dataset");
  await dropByRule(root, await saveMadeAnalysis(envIn(folder), root, { samples: count, problems: false }));
}

async function benchSize(folder: string, count: number): Promise<void> {
  const [env, root] = [envIn(folder), join(folder, "dataset")];
  await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), "--make", folder, String(count)]);
  const generation = (await findGeneration(env, root))!;
  const sessions = createSessions(env);
  const peer = await openTables({
    pairs: join(generation.folder, "pairs.parquet"),
    samples: join(generation.folder, "samples.parquet"),
    members: join(generation.folder, "members.parquet"),
  });
  const measureOne = (question: Question): Promise<void> =>
    measure(question, { count, peer, ask: (round) => sessions.use(root, (dataset) => question.ask(dataset, round)) });
  try {
    const opening = {
      name: "open with verdicts",
      ask: (dataset: AnalysedDataset) => Promise.resolve(dataset.summary.captions),
      goal: 1000,
    };
    await measure(opening, { count, peer, once: true, ask: () => sessions.use(root, opening.ask) });
    await measure({ name: "overview", ask: () => Promise.resolve(undefined) }, { count, peer, once: true, ask: () => overview() });
    for (const question of questions(generation.id, count)) await measureOne(question);
    await benchPages(measureOne);
    await benchVerdicts(measureOne);
    await measure(
      { name: "overview after a verdict", ask: () => Promise.resolve(undefined) },
      { count, peer, once: true, ask: () => overview() },
    );
  } finally {
    sessions.close();
    peer.close();
  }

  async function overview(): Promise<undefined> {
    await readOverview(env, sessions, { root });
  }

  async function benchPages(measurePage: (question: Question) => Promise<void>): Promise<void> {
    const { view } = await sessions.use(root, (dataset) => openView(dataset, { unit: "pair", sort: "clipScore" }));
    for (const rows of [60, 500]) {
      const ask = async (dataset: AnalysedDataset, round: number): Promise<undefined> => {
        const from = Math.floor((count / 7) * (round + 1)) % Math.max(1, count - rows);
        await readPage(dataset, { view, from, to: from + rows, fields: ["clipScore", "captionRank"] });
      };
      await measurePage({ name: `page of ${rows}`, ask, goal: 100 });
    }
  }

  async function benchVerdicts(measureVerdicts: (question: Question) => Promise<void>): Promise<void> {
    const { view } = await sessions.use(root, (dataset) => openView(dataset, { unit: "pair", sort: "-clipScore" }));
    for (const targets of [1, 1000].filter((number) => number * rounds <= count)) {
      const ask = async (dataset: AnalysedDataset, round: number): Promise<undefined> => {
        const ranges = [[round * targets, (round + 1) * targets]] as const;
        await setVerdicts(env, dataset, { targets: { kind: "view", view, ranges }, decision: "drop", reason: `bench ${targets}` });
      };
      await measureVerdicts({ name: `verdict on ${targets}`, ask });
      const page = async (dataset: AnalysedDataset): Promise<undefined> => {
        await readPage(dataset, { view, from: 0, to: 60, fields: ["clipScore"] });
      };
      await measureVerdicts({ name: `first page after verdicts on ${targets}`, ask: page });
    }
  }
}

function questions(generation: string, count: number): Question[] {
  const view =
    (request: Omit<ViewRequest, "root">): Question["ask"] =>
    async (dataset) =>
      (await openView(dataset, request)).count;
  const near = "SELECT sampleRow FROM members WHERE kind = 'nearDuplicate'";
  const similarity = { generation, values: Float32Array.from({ length: count }, (_, row) => Math.sin(row)) };
  return [
    { name: "list all", ask: view({ unit: "pair" }), sql: "SELECT pair FROM pairs ORDER BY pair" },
    {
      name: "filter by score",
      ask: view({ unit: "pair", where: "clipScore < 0.2" }),
      sql: "SELECT pair FROM pairs WHERE clipScore < 0.2 ORDER BY pair",
    },
    {
      name: "filter by text",
      ask: view({ unit: "pair", where: "caption ~ DOG" }),
      sql: "SELECT pair FROM pairs WHERE contains(lower(caption), 'dog') ORDER BY pair",
    },
    {
      name: "filter by group, samples",
      ask: view({ unit: "sample", where: "group = nearDuplicate" }),
      sql: `SELECT sampleRow FROM samples WHERE sampleRow IN (${near}) ORDER BY sampleRow`,
    },
    {
      name: "filter by verdict, format and score",
      ask: view({ unit: "pair", where: "verdict = keep and pictureFormat = png and (clipScore < 0.2 or clipScore > 0.35)" }),
    },
    {
      name: "sort by score",
      ask: view({ unit: "pair", sort: "-clipScore" }),
      sql: "SELECT pair FROM pairs ORDER BY clipScore DESC NULLS LAST, pair",
    },
    { name: "sort by score, samples", ask: view({ unit: "sample", sort: "clipScore" }) },
    {
      name: "filter by pixels, sort by two",
      ask: view({ unit: "pair", where: "pixels < 100000", sort: "captionRank,-clipScore" }),
      sql: `SELECT p.pair FROM pairs p JOIN samples s USING (sampleRow) WHERE s.pixels < 100000 ORDER BY p.captionRank, p.clipScore DESC, p.pair`,
    },
    { name: "sort by caption", ask: view({ unit: "pair", sort: "caption" }), sql: "SELECT pair FROM pairs ORDER BY caption, pair" },
    { name: "sort by similarity, samples", ask: view({ unit: "sample", sort: "-similarity", similarity }) },
    {
      name: "bins",
      ask: async (dataset: AnalysedDataset) => (await readBins(dataset, { field: "clipScore" })).counts.reduce((sum, bin) => sum + bin, 0),
    },
    {
      name: "sorted column",
      ask: async (dataset: AnalysedDataset) => (await readSortedColumn(dataset, { field: "clipScore" })).values.length,
    },
    {
      name: "column of samples",
      ask: async (dataset: AnalysedDataset) => (await readSampleColumn(dataset, { field: "concept" })).values.length,
    },
  ].map((question) => ({ goal: 100, ...question }));
}

interface Measured {
  readonly count: number;
  readonly peer: Tables;
  readonly ask: (round: number) => Promise<number | undefined>;
  readonly once?: boolean;
}

async function measure({ name, sql, goal }: Question, { count, peer, ask, once = false }: Measured): Promise<void> {
  const [mine, theirs, delays]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < (once ? 1 : rounds); round += 1) {
    const { ms, delayMs, found } = await timed(() => ask(round));
    mine.push(ms);
    delays.push(delayMs);
    if (sql === undefined) continue;
    const other = await timed(async () => (await peer.integers(sql))[0]?.length);
    theirs.push(other.ms);
    if (found !== other.found) throw new Error(`Expected ${other.found} rows of "${name}" but received ${found}`);
  }
  const [ours, theirMs] = [median(mine), median(theirs)];
  const ratio = theirMs === undefined ? undefined : theirMs / ours!;
  const figures = { delayMs: Math.max(...delays), peakMb: peakMb(), machine: describeMachine() };
  report({
    name: `store: ${name}`,
    unit: "ms",
    ours,
    peer: theirMs,
    ratio,
    goal: count <= 100_000 ? goal : undefined,
    count,
    rounds: mine.length,
    ...figures,
  });
}

async function timed(ask: () => Promise<number | undefined>): Promise<{ ms: number; delayMs: number; found: number | undefined }> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const began = performance.now();
  const found = await ask();
  const ms = performance.now() - began;
  await new Promise((resolve) => setTimeout(resolve, 5));
  delay.disable();
  return { ms, delayMs: delay.max / 1e6, found };
}

/** Writes a recipe and a selection in which a rule drops the pairs below 0.19, three in ten. */
async function dropByRule(root: string, { samples, clipScore }: MadeAnalysis): Promise<void> {
  const rows = samples.flatMap(({ id, captions }, row) =>
    clipScore[row]! < 0.19 ? [`${id},0,${captionHash(captions[0]!.text)},drop,rule,clipScore below 0.19\n`] : [],
  );
  await mkdir(join(root, ".winnow"), { recursive: true });
  const rules = [{ policy: "threshold", signal: "clipScore", min: 0.19 }];
  await writeFile(join(root, ".winnow", "recipe.json"), formatRecipe({ ...emptyRecipe, rules }));
  await writeFile(join(root, ".winnow", "selection.csv"), `sample,captionIndex,captionHash,verdict,actor,reason\n${rows.join("")}`);
}
