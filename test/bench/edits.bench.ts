import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Env } from "../../src/engine/env.ts";
import { withDataset } from "../../src/engine/store/dataset.ts";
import { applyBatch, planBatch, type BatchFile } from "../../src/engine/write/captionBatch.ts";
import { planCaptions } from "../../src/engine/write/captionPlans.ts";
import { undo } from "../../src/engine/write/undo.ts";
import { compare, envIn, inFolder, time, type Timing } from "./compare.ts";

// node test/bench/edits.bench.ts [--quick]: a word changed in as many caption files, and taken back, against a plain loop that keeps a copy of each, writes it and copies it back. Ours
// does more: all or nothing after a kill, no file overwritten that was changed meanwhile, a hash of each before and after, and all on the disk at the end.
const quick = process.argv.includes("--quick");
const { count, rounds } = quick ? { count: 200, rounds: 1 } : { count: 20_000, rounds: 3 };
const [before, after] = ["a photo of a cat on a wall", "a photo of a dog on a wall"];

await inFolder(async (folder) => {
  const root = join(folder, "data");
  await mkdir(root);
  const files = Array.from({ length: count }, (_, at): string => join(root, `${String(at).padStart(6, "0")}.txt`));
  for (const file of files) await writeFile(file, `${before}\n`);
  await compare({
    name: "edits: change and undo caption files, copy loop",
    unit: "pairs/s",
    count,
    rounds,
    ours: () => changeAndUndo(envIn(folder), root, files),
    peer: () => copyLoop(join(folder, "copies"), files),
  });
});

async function changeAndUndo(env: Env, root: string, files: readonly string[]): Promise<Timing> {
  const { signal } = new AbortController();
  const place = { kind: "plain", part: { kind: "line", line: 0, alone: true } } as const;
  const asked = files.map((file, pair): BatchFile => ({ file, changes: [{ pair, place, before, after }] }));
  const edited = files.map((_, at) => ({ sample: `${at}.jpg`, captionIndex: 0 }));
  return await time(async () => {
    const plan = await planBatch(env, asked, async (_, bytes, wanted) => ({ plans: await planCaptions(env, bytes, wanted), bytes }), {
      signal,
    });
    await withDataset(env, root, async (dataset, state) => {
      const operation = await applyBatch(dataset, state, { plan, note: { summary: "bench", samples: new Map(), edited }, signal });
      check(files, after);
      const { left } = await undo(dataset, operation!);
      if (left.length > 0) throw new Error(`Expected all files back but ${left.length} were left`);
    });
    check(files, before);
  });
}

/** The way of a short script. */
function copyLoop(copies: string, files: readonly string[]): Promise<Timing> {
  return time(() => {
    mkdirSync(copies);
    const copyOf = (at: number): string => join(copies, `${at}.txt`);
    for (const [at, file] of files.entries()) {
      copyFileSync(file, copyOf(at));
      writeFileSync(file, readFileSync(file, "utf8").replace("cat", "dog"));
    }
    check(files, after);
    for (const [at, file] of files.entries()) copyFileSync(copyOf(at), file);
    check(files, before);
    rmSync(copies, { recursive: true });
  });
}

function check(files: readonly string[], text: string): void {
  for (const file of [files[0]!, files.at(-1)!])
    if (readFileSync(file, "utf8") !== `${text}\n`) throw new Error(`Expected ${file} to say "${text}"`);
}
