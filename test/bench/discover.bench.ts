import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { discover } from "../../src/engine/discover/discover.ts";
import { createListing } from "../../src/engine/discover/listing.ts";
import { walk } from "../../src/engine/discover/walk.ts";
import type { Env } from "../../src/engine/env.ts";
import { createCounters } from "../../src/engine/env.ts";
import { describeMachine, median, peakMb, report } from "./peers.ts";

// node test/bench/discover.bench.ts [--quick]: pictures with captions beside them in 100 folders; a bare listing, a first look (all captions read),
// a second look (nothing read) and one after a single change, in turn with Python's os.walk and stat, which is the least that a listing can be.
const quick = process.argv.includes("--quick");
const { pairs, repeats } = quick ? { pairs: 5_000, repeats: 1 } : { pairs: 100_000, repeats: 3 };
const folders = 100;
const peerName = "os.walk";
const writtenAt = Date.UTC(2026, 0, 1) / 1000;

const pythonWalk = `
import os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names: os.stat(os.path.join(folder, name))
`;

const base = mkdtempSync(join(tmpdir(), "winnow-bench-"));
const root = join(base, "data");
const env: Env = {
  cacheFolder: join(base, "cache"),
  dataFolder: base,
  now: () => Date.now(),
  log: () => undefined,
  counters: createCounters(),
};
try {
  makePairs();
  await benchDiscover();
} finally {
  rmSync(base, { recursive: true });
}

async function benchDiscover(): Promise<void> {
  const measured = new Map<string, { ms: number[]; filesRead: number }>();
  const measure = async (what: string, work: () => unknown): Promise<void> => {
    const [readBefore, started] = [env.counters.filesRead, performance.now()];
    await work();
    const figures = measured.get(what) ?? { ms: [], filesRead: 0 };
    figures.ms.push(performance.now() - started);
    measured.set(what, { ms: figures.ms, filesRead: env.counters.filesRead - readBefore });
  };
  for (let repeat = 0; repeat < repeats; repeat += 1) {
    rmSync(env.cacheFolder, { recursive: true, force: true });
    await measure("list", async () => createListing(root, (await walk(env, root)).files));
    await measure(peerName, () => execFileSync("python3", ["-c", pythonWalk, root]));
    await measure("first look", () => discover(env, root));
    await measure("second look", () => discover(env, root));
    writeFileSync(join(root, "000/000000.txt"), `caption ${repeat}`);
    utimesSync(join(root, "000/000000.txt"), writtenAt, writtenAt + repeat + 1);
    await measure("one change", () => discover(env, root));
  }
  const peer = median(measured.get(peerName)!.ms);
  for (const [what, { ms, filesRead }] of measured) {
    const ours = median(ms);
    if (what === peerName || ours === undefined || peer === undefined) continue;
    const machine = describeMachine();
    report({
      name: `discover, ${what}, os.walk and stat`,
      unit: "ms",
      ours,
      peer,
      ratio: peer / ours,
      pairs,
      filesRead,
      peakMb: peakMb(),
      machine,
    });
  }
}

function makePairs(): void {
  const picture = Buffer.alloc(200, 1);
  for (let index = 0; index < pairs; index += 1) {
    const folder = join(root, String(index % folders).padStart(3, "0"));
    if (index < folders) mkdirSync(folder, { recursive: true });
    const stem = join(folder, String(index).padStart(6, "0"));
    writeFileSync(`${stem}.jpg`, picture);
    writeFileSync(`${stem}.txt`, `a photo of thing ${index}\n`);
    utimesSync(`${stem}.txt`, writtenAt, writtenAt);
  }
}
