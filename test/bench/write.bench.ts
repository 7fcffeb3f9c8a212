import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Sample } from "../../src/core/sample.ts";
import { withDataset } from "../../src/engine/store/dataset.ts";
import { exportItems } from "../../src/engine/write/export.ts";
import { exportItemsOf } from "../../src/engine/write/exportItems.ts";
import { readPicture } from "../../src/engine/decode/openLocator.ts";
import type { Timing } from "./compare.ts";
import { compare, envIn, inFolder, time, timingOf } from "./compare.ts";
import { runPeer } from "./peers.ts";
import { writePictures } from "./pictures.ts";

// node test/bench/write.bench.ts [--quick]: exports with copied pictures, one caption each, against a short Python loop that copies and writes. Ours
// does more: nothing is overwritten, all or nothing after a kill, a hash of every file for undo, and the captions are on the disk at the end.
const quick = process.argv.includes("--quick");
const { count, rounds } = quick ? { count: 100, rounds: 1 } : { count: 10_000, rounds: 3 };

await inFolder(async (folder) => {
  const root = join(folder, "data");
  const samples = await writePictures(root, "224 × 224", count);
  const pairsFile = join(folder, "pairs.json");
  await writeFile(pairsFile, JSON.stringify(samples.map(({ id, captions }) => ({ path: join(root, id), caption: captions[0]!.text }))));
  for (const format of ["jsonl", "sidecar"]) {
    const out = join(folder, "out");
    await compare({
      name: `write: export ${format} with copies, Python loop`,
      unit: "pairs/s",
      count,
      rounds,
      ours: async () => {
        await rm(out, { recursive: true, force: true });
        return await timeExport(folder, { root, samples, format, out });
      },
      peer: async () => {
        const files = (await readdir(out, { recursive: true })).length;
        await rm(out, { recursive: true });
        const timing = timingOf(await runPeer("copy_loop.py", [pairsFile, out, format]));
        if (timing === undefined) return undefined;
        const others = (await readdir(out, { recursive: true })).length;
        if (others !== files) throw new Error(`Expected ${files} files and folders but the Python loop wrote ${others}`);
        return timing;
      },
    });
    await rm(out, { recursive: true, force: true });
  }
});

async function timeExport(
  folder: string,
  { root, samples, format, out }: { root: string; samples: readonly Sample[]; format: string; out: string },
): Promise<Timing> {
  const env = envIn(folder);
  return await time(() =>
    withDataset(env, root, async (dataset, state) => {
      const { items } = exportItemsOf(samples, state);
      await exportItems(dataset, items, { format, out, pictures: "copy", readPicture: (locator) => readPicture(env, locator) });
    }),
  );
}
