import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decide } from "../../src/core/prune/decide.ts";
import { dryRunOf } from "../../src/core/prune/dryRun.ts";
import type { DryRun } from "../../src/core/prune/dryRun.ts";
import type { DecideInput } from "../../src/core/prune/policy.ts";
import { createRandom } from "../../src/core/random.ts";
import { compare, inFolder, time, timingOf } from "./compare.ts";
import { runPeer } from "./peers.ts";

// node test/bench/decide.bench.ts [--quick]: keepTop 70% of pairs, five captions a sample, with the dry run's lists and counts, against pandas doing
// the same from columns that lie in memory. Throws where the two keep different numbers.
const quick = process.argv.includes("--quick");
const rounds = quick ? 1 : 3;
const sizes = quick ? [5000] : [100_000, 1_000_000];
const captionsPerSample = 5;

await inFolder(async (folder) => {
  for (const count of sizes) await benchDecide(folder, count);
});

async function benchDecide(folder: string, count: number): Promise<void> {
  const input = makeInput(count);
  const files = ["scores.f32", "rows.u32", "captions.u32"].map((name) => join(folder, name));
  const columns = [input.signals["clipScore"]!.values, input.pairs.row, input.pairs.captionIndex];
  for (const [index, column] of columns.entries()) await writeFile(files[index]!, column);
  let dryRun: DryRun | undefined;
  await compare({
    name: "decide: keepTop 70% and its dry run, pandas",
    unit: "pairs/s",
    count,
    rounds,
    ours: () => time(() => (dryRun = dryRunOf(decide(input, [{ policy: "keepTop", signal: "clipScore", keep: "70%" }])))),
    peer: async () => {
      const figures = await runPeer("pandas_keep_top.py", files);
      if (figures !== undefined) requireEqual(dryRun!, figures);
      return timingOf(figures);
    },
    more: () => ({ kept: dryRun?.kept.captions }),
  });
}

function makeInput(count: number): DecideInput {
  const random = createRandom(1);
  const samples = Array.from({ length: count / captionsPerSample }, (_, row) => {
    const folder = `folder${String(row % 100).padStart(2, "0")}`;
    return { id: `${folder}/${String(row).padStart(7, "0")}.jpg`, folder };
  });
  return {
    samples,
    pairs: {
      row: Uint32Array.from({ length: count }, (_, pair) => Math.floor(pair / captionsPerSample)),
      captionIndex: Uint32Array.from({ length: count }, (_, pair) => pair % captionsPerSample),
      captionHash: Array.from({ length: count }, (_, pair) => `hash${pair}`),
    },
    signals: { clipScore: { of: "pair", values: Float32Array.from({ length: count }, () => 0.1 + 0.3 * random()), better: "higher" } },
    groups: [],
    verdicts: [],
  };
}

function requireEqual({ kept, dropped, foldersThatVanish }: DryRun, peer: Readonly<Record<string, number>>): void {
  const ours = { samples: kept.samples, captions: kept.captions, listed: dropped.length, folders: foldersThatVanish.length };
  for (const [name, value] of Object.entries(ours))
    if (peer[name] !== value) throw new Error(`Expected ${value} ${name} but pandas gave ${peer[name]}`);
}
